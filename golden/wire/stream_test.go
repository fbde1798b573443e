package wire

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	chat "github.com/rtgen/rtgen/golden/chat/go"
	rt "github.com/rtgen/rtgen/runtime"
)

// room is where somebody says something.
const room = "0b0e2a5c-6d2f-4a3e-9a5e-1c7f5d0c9a11"

// replayStream replays an archive with a file stream: requests, their responses, and what comes by the event
// stream meanwhile. It runs under a virtual clock, so pings come at once.
func replayStream(t *testing.T, x *exchange) {
	world := newStreamWorld(t)
	defer world.close()
	want := string(x.get("stream"))
	var record strings.Builder
	for steps := strings.SplitAfter(want, "\n"); len(steps) > 0; {
		kind := steps[0]
		if kind != "" {
			kind = kind[:1]
		}
		n := 1
		for n < len(steps) && kind == ">" && strings.HasPrefix(steps[n], ">") {
			n++
		}
		text := strings.Join(steps[:n], "")
		steps = steps[n:]
		switch kind {
		case "", "\n": // the end, or a line for the eye
			record.WriteString(text)
		case "$": // what the application does shows in what the client sends
			record.WriteString(text)
		case "+":
			record.WriteString(text)
			world.say(strings.TrimSpace(text[1:]))
		case "!":
			record.WriteString(text)
			world.happens(strings.TrimSpace(text[1:]))
		case ">":
			record.WriteString(text)
			record.WriteString(world.request(text))
		case "<": // has been recorded with its request
		case "|":
			record.WriteString("| " + world.line() + "\n")
		default:
			t.Fatalf("%s: a line of stream starts with $ > < | + or !: %s", x.path, text)
		}
	}
	if *update {
		x.set("stream", []byte(record.String()))
		x.save(t)
		return
	}
	if got := record.String(); got != want {
		t.Errorf("%s: the exchange is\n%s\nwant\n%s", x.path, got, want)
	}
}

// A streamWorld is two servers that share an engine and a key, and one client by event stream.
type streamWorld struct {
	t       *testing.T
	engine  rt.Engine
	servers [2]*rt.Server
	clients [2]*http.Client
	at      int // the server that requests reach which do not open the stream
	ends    []func()
	cut     func()
	lines   *bufio.Reader
	names   map[string]string // of values that differ from run to run
	values  map[string]string // by name
}

func newStreamWorld(t *testing.T) *streamWorld {
	w := &streamWorld{t: t, cut: func() {}, names: map[string]string{}, values: map[string]string{}}
	w.start()
	return w
}

// shared is an engine that one server does not close for the other.
type shared struct{ rt.Engine }

// Close does nothing.
func (shared) Close() error { return nil }

// start brings both servers up, with no memory of others before.
func (w *streamWorld) start() {
	w.engine = rt.NewMemoryEngine()
	for i := range w.servers {
		s := newServer(rt.WithEngine(shared{w.engine}), rt.WithResumeKey(bytes.Repeat([]byte{'k'}, 32)))
		listen := newPipes()
		srv := &http.Server{Handler: s}
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = srv.Serve(listen) // ends with ErrServerClosed
		}()
		tr := &http.Transport{DialContext: listen.dial}
		w.servers[i], w.clients[i] = s, &http.Client{Transport: tr}
		w.ends = append(w.ends, func() {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_ = s.Shutdown(ctx)
			tr.CloseIdleConnections()
			_ = srv.Close()
			<-done
		})
	}
}

func (w *streamWorld) close() {
	w.cut()
	for _, end := range w.ends {
		end()
	}
	w.ends = nil
	_ = w.engine.Close()
}

// happens makes something happen to the connection or to the servers.
func (w *streamWorld) happens(what string) {
	switch what {
	case "cut":
		w.cut()
	case "elsewhere":
		w.at = 1
	case "restart":
		w.close()
		w.start()
	default:
		w.t.Fatalf("nothing known happens: %q", what)
	}
	synctest.Wait()
}

// say is somebody else saying something in the room.
func (w *streamWorld) say(text string) {
	id, err := rt.ParseUUID(room)
	if err != nil {
		w.t.Fatal(err)
	}
	message := chat.Message{ID: text, Author: "grace", Text: text, At: noon}
	if _, err := chat.NewRoomChannel(w.servers[0], id).PublishMessageCreated(w.t.Context(), message); err != nil {
		w.t.Fatal(err)
	}
}

// request sends a request and returns its response as lines. One that opens a stream leaves it open.
func (w *streamWorld) request(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimPrefix(strings.TrimSuffix(line[1:], "\n"), " "))
	}
	head, body, _ := strings.Cut(w.unmasked(strings.Join(lines, "\n")), "\n\n")
	start, headers, _ := strings.Cut(head, "\n")
	method, target, _ := strings.Cut(strings.TrimSuffix(start, " HTTP/1.1"), " ")
	opens := target == "/realtime/stream"
	server := w.at
	if opens {
		server = 0
	}
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, method, "http://chat.example"+target, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for line := range strings.Lines(headers) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		req.Header.Set(name, value)
	}
	resp, err := w.clients[server].Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	var answer []byte
	if opens && resp.StatusCode == http.StatusOK {
		w.cut() // a client has one
		w.lines = bufio.NewReader(resp.Body)
		w.cut = func() {
			cancel()
			_ = resp.Body.Close()
		}
	} else {
		defer cancel()
		answer, err = io.ReadAll(resp.Body)
		if err = errors.Join(err, resp.Body.Close()); err != nil {
			w.t.Fatal(err)
		}
	}
	return quoted("<", w.masked(string(responseWith(resp.StatusCode, resp.Header, answer, false))))
}

// quoted puts a mark before each line.
func quoted(mark, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimSpace(mark+" "+strings.TrimSuffix(line, "\n")) + "\n")
	}
	return b.String()
}

// line returns the next line of the stream that says something and is not about presence.
func (w *streamWorld) line() string {
	for {
		line, err := w.lines.ReadString('\n')
		if err != nil {
			w.t.Fatalf("the stream ends: %v", err)
		}
		line = strings.TrimSuffix(line, "\n")
		if line != "" && !strings.Contains(line, `"type":"$presence"`) {
			return w.masked(line)
		}
	}
}

// differing finds the values that differ from run to run, each with what it is called.
var differing = []struct {
	name string
	find *regexp.Regexp
}{
	{"SESSION", regexp.MustCompile(`"session":"([^"]+)"`)},
	{"SPEC", regexp.MustCompile(`"spec":"([^"]+)"`)},
	{"EPOCH", regexp.MustCompile(`"epoch":"([^"]+)"`)},
	{"EVENT", regexp.MustCompile(`"last":"([^"]+)"`)},
	{"EVENT", regexp.MustCompile(`^data: {"t":"ev",.*?"id":"([^"]+)"`)},
	{"VECTOR", regexp.MustCompile(`^id: (.+)`)},
}

// masked gives values that differ from run to run a name each, always the same.
func (w *streamWorld) masked(text string) string {
	for _, d := range differing {
		for _, m := range d.find.FindAllStringSubmatch(text, -1) {
			if w.names[m[1]] == "" {
				n := 1
				for w.values[fmt.Sprint(d.name, n)] != "" {
					n++
				}
				name := fmt.Sprint(d.name, n)
				w.names[m[1]], w.values[name] = name, m[1]
			}
		}
	}
	for value, name := range w.names {
		text = strings.ReplaceAll(text, value, name)
	}
	return text
}

// unmasked is masked, undone.
func (w *streamWorld) unmasked(text string) string {
	for name, value := range w.values {
		text = regexp.MustCompile(`\b`+name+`\b`).ReplaceAllLiteralString(text, value)
	}
	return text
}

// pipes is a listener without a network, which a virtual clock needs.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once // closes done
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.done:
	case <-ctx.Done():
	}
	return nil, net.ErrClosed
}

// Accept returns the next connection.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close ends the listener.
func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

// Addr returns an address of no network.
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "pipe"} }
