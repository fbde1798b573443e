package conformance_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/rtgen/rtgen/runtime/rttest/conformance"
	"github.com/rtgen/rtgen/runtime/rttest/conformance/reference"
)

// liar stands before a server and changes what it says.
func liar(server string, change func(frame string) []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
		defer cancel()
		up, _, err := websocket.Dial(ctx, server+r.URL.Path, &websocket.DialOptions{Subprotocols: []string{"rtgen.v1.json"}})
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer func() { _ = up.CloseNow() }()
		down, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"rtgen.v1.json"}})
		if err != nil {
			return // Accept has answered
		}
		defer func() { _ = down.CloseNow() }()
		go func() {
			defer cancel()
			for {
				kind, data, err := down.Read(ctx)
				if err != nil || up.Write(ctx, kind, data) != nil {
					return
				}
			}
		}()
		for {
			_, data, err := up.Read(ctx)
			if err != nil {
				_ = down.Close(websocket.CloseStatus(err), "") // fails when nobody is there
				return
			}
			for line := range bytes.SplitSeq(data, []byte("\n")) {
				for _, out := range change(string(line)) {
					if down.Write(ctx, websocket.MessageText, []byte(out)) != nil {
						return
					}
				}
			}
		}
	})
}

func TestLiesAreFound(t *testing.T) {
	t.Parallel()
	on := func(kind string, f func(frame string) []string) func(string) []string {
		return func(frame string) []string {
			if strings.HasPrefix(frame, `{"t":"`+kind+`"`) {
				return f(frame)
			}
			return []string{frame}
		}
	}
	twice := func(frame string) []string { return []string{frame, frame} }
	never := func(string) []string { return nil }
	replace := func(old, with string) func(string) []string {
		return func(frame string) []string { return []string{strings.ReplaceAll(frame, old, with)} }
	}
	tests := []struct {
		name   string
		change func(string) []string
		found  string // by the case with this in its name
	}{
		{"answers come twice", on("res", twice), "calls: a call is answered exactly once"},
		{"events come twice", on("ev", twice), "channels: each member gets each event once"},
		{"gaps are kept back", on("gap", never), "channels: what a rate leaves out"},
		{"byes are kept back", on("bye", never), "hello: a second hello"},
		{"nobody is told of a channel that goes on", on("ch", never), "recovery: what was missed is replayed"},
		{"a reset is called live", on("ch", replace(`"state":"reset"`, `"state":"live"`)), "recovery: reset: epoch"},
		{"answers have another id", on("res", replace(`"id":1,`, `"id":2,`)), "calls: a call is answered exactly once"},
		{"every status is 200", on("res", replace(`"status":4`, `"status":2`)), "calls: an unknown operation"},
		{"no limits are announced", on("welcome", replace(`"limits"`, `"limit"`)), "hello: welcome has the session"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			honest := serve(t, reference.New())
			target := serve(t, liar(honest.URL, tt.change))
			target.Timeout = 2 * time.Second
			target.Match = regexp.MustCompile(regexp.QuoteMeta(tt.found))
			results := conformance.Run(t.Context(), target)
			if len(results) != 1 || results[0].Failure == "" {
				t.Fatalf("got %+v, want one failure", results)
			}
		})
	}
}

func TestLiarThatTellsTheTruthConforms(t *testing.T) {
	t.Parallel()
	honest := serve(t, reference.New())
	target := serve(t, liar(honest.URL, func(frame string) []string { return []string{frame} }))
	target.Match = regexp.MustCompile("^(calls|channels|recovery): ")
	for _, r := range conformance.Run(t.Context(), target) {
		if !r.OK() {
			t.Errorf("%s: %s%s", r.Name, r.Failure, r.Skipped)
		}
	}
}

func TestServerOfAnotherKindFailsEveryCaseInTime(t *testing.T) {
	t.Parallel()
	target := serve(t, http.NotFoundHandler())
	target.Match = regexp.MustCompile("^(hello|frames|recovery): ")
	for _, r := range conformance.Run(t.Context(), target) {
		if r.Failure == "" || r.Took > 10*time.Second {
			t.Errorf("%s: %+v", r.Name, r)
		}
	}
}

func TestCasesWithoutTheirRoleAreSkipped(t *testing.T) {
	t.Parallel()
	target := serve(t, reference.New())
	target.Manifest = &conformance.Manifest{Calls: map[string]conformance.Call{"echo": conformance.ReferenceManifest().Calls["echo"]}}
	target.Match = regexp.MustCompile("^(calls|streams|presence): ")
	results := conformance.Run(t.Context(), target)
	skipped := slices.DeleteFunc(slices.Clone(results), func(r conformance.Result) bool { return r.Skipped == "" })
	for _, r := range results {
		if r.Failure != "" {
			t.Errorf("%s: %s", r.Name, r.Failure)
		}
	}
	if len(skipped) == 0 || len(skipped) == len(results) {
		t.Errorf("%d of %d cases are skipped", len(skipped), len(results))
	}
}

func TestResultsAreWrittenAsTAP(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	err := conformance.WriteTAP(&b, []conformance.Result{
		{Section: "a", Name: "holds"}, {Section: "a", Name: "fails", Failure: "got\n1"}, {Section: "b", Name: "is left out", Skipped: "no call x"},
	})
	const want = "TAP version 14\n1..3\n# a\nok 1 - holds\nnot ok 2 - fails\n  ---\n  message: \"got\\n1\"\n  ...\n# b\nok 3 - is left out # SKIP no call x\n"
	if err != nil || b.String() != want {
		t.Fatalf("got %v\n%s\nwant\n%s", err, b.String(), want)
	}
}

// streamLiar stands before a server and changes what goes over HTTP.
func streamLiar(t *testing.T, server string, request func(h http.Header), answer func(h http.Header), change func(event string) string) http.Handler {
	to, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	return &httputil.ReverseProxy{
		FlushInterval: -1,
		ErrorLog:      log.New(io.Discard, "", 0), // clients leave, as they may
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			request(r.Out.Header)
		},
		ModifyResponse: func(resp *http.Response) error {
			answer(resp.Header)
			if resp.Header.Get("Content-Type") != "text/event-stream" {
				return nil
			}
			from, to := resp.Body, change
			r, w := io.Pipe()
			resp.Body = struct {
				io.Reader
				io.Closer
			}{r, from}
			go func() {
				lines := bufio.NewReader(from)
				for {
					line, err := lines.ReadString('\n')
					if _, failed := io.WriteString(w, to(line)); err != nil || failed != nil {
						_ = w.CloseWithError(err)
						return
					}
				}
			}()
			return nil
		},
	}
}

func TestLiesAboutStreamsAreFound(t *testing.T) {
	t.Parallel()
	nothing := func(http.Header) {}
	same := func(line string) string { return line }
	without := func(name string) func(http.Header) { return func(h http.Header) { h.Del(name) } }
	on := func(kind string, change func(string) string) func(string) string {
		return func(line string) string {
			if strings.HasPrefix(line, `data: {"t":"`+kind+`"`) {
				return change(line)
			}
			return line
		}
	}
	never := func(string) string { return "" }
	twice := func(line string) string { return line + line }
	tests := []struct {
		name            string
		request, answer func(http.Header)
		change          func(string) string
		found           string
	}{
		{"the truth", nothing, nothing, same, ""},
		{"the session is lost", without("Realtime-Session"), nothing, same, "event stream: a call with the session joins"},
		{"joining is not said", nothing, without("Realtime-Subscriptions"), same, "event stream: a call with the session joins"},
		{"events come twice", nothing, nothing, on("ev", twice), "event stream: a call with the session joins"},
		{"byes are kept back", nothing, nothing, on("bye", never), "event stream: the application's close"},
		{"gaps are kept back", nothing, nothing, on("gap", never), "event stream: what a rate leaves out"},
		{"positions are lost", without("Last-Event-ID"), nothing, same, "event stream: what was missed is replayed in order, by Last-Event-ID"},
		{"origins are lost", without("Origin"), nothing, same, "event stream: a stream that is not to be"},
		{"keys are lost", without("Idempotency-Key"), nothing, same, "repeated calls: over HTTP"},
		{"nginx may buffer", nothing, without("X-Accel-Buffering"), same, "event stream: POST with a hello"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			honest := serve(t, reference.New())
			target := serve(t, streamLiar(t, honest.URL, tt.request, tt.answer, tt.change))
			target.Timeout = 2 * time.Second
			target.Match = regexp.MustCompile(regexp.QuoteMeta(tt.found))
			if tt.found == "" {
				target.Timeout = 20 * time.Second
				target.Match = regexp.MustCompile("^event stream: (a call|events|what|pings)")
			}
			results := conformance.Run(t.Context(), target)
			for _, r := range results {
				if (r.Failure == "") != (tt.found == "") {
					t.Errorf("%s: got %+v", r.Name, r)
				}
			}
			if tt.found != "" && len(results) != 1 {
				t.Errorf("%d cases were played", len(results))
			}
		})
	}
}
