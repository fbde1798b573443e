package runtime

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// An answer is what a call came to, whichever transport it took.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, a.body) }

// notParity are the headers that the promise of equal answers leaves out.
var notParity = []string{
	"Date", "Content-Length", "Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "Trailer", "Vary", "Set-Cookie", "Alt-Svc",
	"X-Content-Type-Options",
}

func (a answer) comparable() string {
	h := a.header.Clone()
	for _, name := range notParity {
		h.Del(name)
	}
	return fmt.Sprintf("%d %v %s", a.status, h, a.body)
}

// serve sends a request without a network.
func serve(h http.Handler, r *http.Request) answer {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{status: w.Code, header: w.Result().Header, body: w.Body.String()}
}

// get builds a GET request with headers given as "Name: value".
func get(target string, headers ...string) *http.Request {
	return request("GET", target, "", headers...)
}

func request(method, target, body string, headers ...string) *http.Request {
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, content)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	return r
}

// A frame is a call frame in the words of a test: JSON texts.
type frame struct {
	op                         string
	path, query, headers, body string
	enc                        string
	handshake                  *http.Request
	identity                   *Identity
	credentials                []credential
	defaults                   http.Header
}

func (f frame) input() *callInput {
	text := func(s string) []byte {
		if s == "" {
			return nil
		}
		return []byte(s)
	}
	in := &callInput{
		op: f.op, path: text(f.path), query: text(f.query), headers: text(f.headers), body: text(f.body), enc: f.enc,
		socketID: "s1", handshake: f.handshake, identity: f.identity, credentials: f.credentials, defaults: f.defaults,
	}
	if in.handshake == nil {
		in.handshake = httptest.NewRequest("GET", "/realtime", nil)
	}
	return in
}

// callFrame sends a call the way the socket transport does.
func callFrame(ctx context.Context, s *Server, f frame) answer {
	out := s.call(ctx, f.input())
	defer out.release()
	a := answer{status: out.status, header: out.header.Clone(), body: string(out.body)}
	if a.header == nil {
		a.header = http.Header{}
	}
	if out.media != "" {
		a.header.Set("Content-Type", out.media)
	}
	return a
}

// passing is middleware that does nothing: with it, calls take the virtual path.
func passing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, r) })
}

// quiet collects the log of a server.
func quiet(into *bytes.Buffer) Option {
	return WithLogger(slog.New(slog.NewTextHandler(into, &slog.HandlerOptions{Level: slog.LevelDebug})))
}

// discardLog is for http.Server.ErrorLog.
func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

// silent drops the log of a server.
func silent() Option { return WithLogger(slog.New(slog.DiscardHandler)) }

// echo is an answer of whatever JSON the handler makes.
type echo struct {
	Body json.RawMessage `body:"application/json"`
}

var echoResponses = []Response{{Status: "200", As: (*echo)(nil), Content: []Media{{Type: "application/json"}}}}

func echoOf(v any) (any, error) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return &echo{Body: bytes.TrimSpace(body.Bytes())}, err
}

// errorsOf shows the violations of a problem, one per line: "query limit /0 maximum".
func errorsOf(t testing.TB, body string) string {
	t.Helper()
	var p Problem
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Fatalf("%q is no problem: %v", body, err)
	}
	var lines []string
	for _, e := range p.Errors {
		lines = append(lines, strings.Join(strings.Fields(e.In+" "+e.Name+" "+e.Pointer+" "+e.Rule), " "))
	}
	return strings.Join(lines, "; ")
}
