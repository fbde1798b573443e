package conformance

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Target is a server to play against.
type Target struct {
	URL      string        // scheme and host, and what is before the endpoint: "http://localhost:8080"
	Manifest *Manifest     // nil: that of the reference server
	Client   *http.Client  // for handshakes and HTTP requests; nil: http.DefaultClient
	Timeout  time.Duration // for each case; 0: 30 s
	Parallel int           // cases at a time; 0: 8
	Library  string        // WebSocket library to speak through; empty: [Coder]

	// Match chooses cases by "section: name"; nil: all of them.
	Match *regexp.Regexp
}

// A Result is what became of one case.
type Result struct {
	Section string        // chapter of the protocol
	Name    string        // what should hold
	Failure string        // what does not; empty: it holds
	Skipped string        // why it was not played; empty: it was
	Took    time.Duration // from its first connection on
}

// OK tells whether the case was played and holds.
func (r Result) OK() bool { return r.Failure == "" && r.Skipped == "" }

// Run plays all cases and returns their results in the order of the protocol. When ctx ends, the cases
// that are left fail. The cases that end the server come last, each alone.
func Run(ctx context.Context, target Target) []Result {
	target.setDefaults()
	all := slices.DeleteFunc(cases(), func(c testCase) bool {
		return target.Match != nil && !target.Match.MatchString(c.section+": "+c.name)
	})
	results := make([]Result, len(all))
	var wg sync.WaitGroup
	slots := make(chan struct{}, target.Parallel)
	for i, one := range all {
		if one.last {
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			results[i] = target.play(ctx, one)
		})
	}
	wg.Wait()
	for i, one := range all {
		if one.last {
			results[i] = target.play(ctx, one)
		}
	}
	return results
}

func (t *Target) setDefaults() {
	if t.Manifest == nil {
		t.Manifest = ReferenceManifest()
	}
	if t.Client == nil {
		t.Client = http.DefaultClient
	}
	if t.Timeout == 0 {
		t.Timeout = 30 * time.Second
	}
	if t.Parallel == 0 {
		t.Parallel = 8
	}
	t.URL = strings.TrimRight(t.URL, "/")
}

// A testCase is one thing that should hold.
type testCase struct {
	section, name string
	run           func(c *play)
	last          bool // the server is not the same afterwards
}

// A play is one case being played.
type play struct {
	ctx      context.Context
	target   *Target
	room     string // a name that no other case uses
	cleanups []func()
}

func (t *Target) play(ctx context.Context, one testCase) (r Result) {
	r = Result{Section: one.section, Name: one.name}
	begin := time.Now()
	ctx, cancel := context.WithTimeout(ctx, t.Timeout)
	c := &play{ctx: ctx, target: t, room: rand.Text()[:10]}
	defer func() {
		switch v := recover().(type) {
		case nil:
		case failure:
			r.Failure = string(v)
		case skip:
			r.Skipped = string(v)
		default:
			panic(v)
		}
		cancel()
		for i := len(c.cleanups) - 1; i >= 0; i-- {
			c.cleanups[i]()
		}
		r.Took = time.Since(begin)
	}()
	one.run(c)
	return r
}

type (
	failure string
	skip    string
)

// fail ends the case: something does not hold.
func (c *play) fail(format string, args ...any) { panic(failure(fmt.Sprintf(format, args...))) }

// check ends the case unless ok.
func (c *play) check(ok bool, format string, args ...any) {
	if !ok {
		c.fail(format, args...)
	}
}

func (c *play) cleanup(f func()) { c.cleanups = append(c.cleanups, f) }

// role returns the call of a role; without one the case is skipped.
func (c *play) role(name string) Call {
	if roles[name] == "" {
		panic("no role is called " + name)
	}
	call, ok := c.target.Manifest.Calls[name]
	if !ok {
		panic(skip("the manifest has no call " + name))
	}
	return call
}

func (c *play) token(who string) string {
	token, ok := c.target.Manifest.Tokens[who]
	if !ok {
		panic(skip("the manifest has no token " + who))
	}
	return token
}

func (c *play) socketURL() string {
	endpoint := c.target.Manifest.Endpoint
	if endpoint == "" {
		endpoint = "/realtime"
	}
	return c.target.URL + endpoint
}

// WriteTAP writes results in the Test Anything Protocol, version 14.
func WriteTAP(w io.Writer, results []Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "TAP version 14\n1..%d\n", len(results))
	section := ""
	for i, r := range results {
		if r.Section != section {
			section = r.Section
			fmt.Fprintf(&b, "# %s\n", section)
		}
		switch {
		case r.Skipped != "":
			fmt.Fprintf(&b, "ok %d - %s # SKIP %s\n", i+1, r.Name, r.Skipped)
		case r.Failure != "":
			fmt.Fprintf(&b, "not ok %d - %s\n  ---\n  message: %s\n  ...\n", i+1, r.Name, quote(r.Failure))
		default:
			fmt.Fprintf(&b, "ok %d - %s\n", i+1, r.Name)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
