package parity

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest"
)

// Middleware as people have it, in front of the document that uses everything.

type middleware = func(http.Handler) http.Handler

// behind makes servers behind middleware of their own, so that none share state.
func behind(make ...func() middleware) func() *rt.Server {
	return func() *rt.Server {
		s := everythingServer()
		for _, mw := range make {
			s.Use(mw())
		}
		return s
	}
}

// mixed are operations that differ in what they take and answer.
var mixed = []string{"getAnswer", "headAnswer", "getNegotiated", "putTree", "postSeveral", "postText", "getQuery", "useEither", "deleteAnswer"}

// some plays these operations only.
func some(operations ...string) []rttest.Option {
	return append(slices.Clone(credentials), rttest.Only(operations...))
}

// pair is one server with both transports open.
type pair struct {
	t      *testing.T
	host   *rttest.Host
	socket *rttest.Socket
}

func open(t *testing.T, s *rt.Server, handshake http.Header) *pair {
	h := rttest.Start(t, s)
	return &pair{t, h, h.Dial(t, "/realtime", handshake)}
}

// overHTTP makes a request with headers as "name: value".
func (p *pair) overHTTP(method, target string, headers map[string]string) *http.Response {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.host.URL()+target, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	res, err := p.host.Client().Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { res.Body.Close() })
	return res
}

// both makes the same request over both transports and returns the two statuses and the values of one header.
func (p *pair) both(operation, method, target string, in rttest.Input, header string) (http, socket string) {
	p.t.Helper()
	res := p.overHTTP(method, target, in.Headers)
	f := p.socket.Call(operation, in)
	return fmt.Sprint(res.StatusCode, " ", res.Header.Get(header)), fmt.Sprint(f.Status, " ", f.Headers[strings.ToLower(header)])
}

func status(n int) rttest.Input { return rttest.Input{Path: map[string]int{"status": n}} }

func TestMiddlewareRunsInOneOrder(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var trace []string
	step := func(name string) middleware {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				trace = append(trace, name+" "+r.Method+" "+r.Pattern+" "+r.PathValue("status"))
				mu.Unlock()
				next.ServeHTTP(w, r)
				mu.Lock()
				trace = append(trace, name+" done")
				mu.Unlock()
			})
		}
	}
	s := everythingServer()
	s.Use(step("a"), step("b"))
	s.Use(step("c"))
	p := open(t, s, nil)
	take := func() []string {
		mu.Lock()
		defer mu.Unlock()
		out := trace
		trace = nil
		return out
	}
	for _, n := range []int{200, 204, 404, 500} {
		p.overHTTP("GET", fmt.Sprint("/answers/", n), nil)
		http := take()
		p.socket.Call("getAnswer", status(n))
		if socket := take(); !slices.Equal(http, socket) || len(http) != 6 {
			t.Errorf("%d: over HTTP %q, by socket %q", n, http, socket)
		}
	}
}

// conditional answers GET with an ETag of the body and 304 where the client has it, and anything else with 412 where
// the client expects another one.
func conditional() middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := &recorder{header: http.Header{}, status: 200}
			next.ServeHTTP(rec, r)
			maps.Copy(w.Header(), rec.header)
			if rec.status == 200 && w.Header().Get("ETag") == "" {
				w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(rec.body.Bytes())))
			}
			tag := w.Header().Get("ETag")
			switch wanted, known := r.Header.Get("If-Match"), r.Header.Get("If-None-Match"); {
			case tag == "":
			case wanted != "" && !strings.Contains(wanted, tag):
				w.Header().Del("Content-Length")
				w.Header().Del("Content-Type")
				w.WriteHeader(http.StatusPreconditionFailed)
				return
			case known == "*" || strings.Contains(known, tag):
				w.Header().Del("Content-Length")
				w.WriteHeader(http.StatusNotModified)
				return
			}
			w.WriteHeader(rec.status)
			_, _ = w.Write(rec.body.Bytes())
		})
	}
}

// recorder keeps an answer back.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }

func TestConditionsHoldBehindETags(t *testing.T) {
	t.Parallel()
	p := open(t, behind(conditional)(), nil)
	tag := p.overHTTP("GET", "/answers/200", nil).Header.Get("ETag")
	for header, want := range map[string]string{"If-None-Match": "304 " + tag, "If-Match": "200 " + tag} {
		in := status(200)
		in.Headers = map[string]string{header: tag}
		http, socket := p.both("getAnswer", "GET", "/answers/200", in, "ETag")
		if http != want || socket != want {
			t.Errorf("%s: got %s over HTTP, %s by socket, want %s", header, http, socket, want)
		}
	}
	in := status(200)
	in.Headers = map[string]string{"If-Match": `"other"`}
	if http, socket := p.both("getAnswer", "GET", "/answers/200", in, "ETag"); http != socket || !strings.HasPrefix(http, "412") {
		t.Errorf("If-Match of another: got %s over HTTP, %s by socket, want 412", http, socket)
	}
	rttest.Parity(t, behind(conditional), some(mixed...)...)
}

func TestRedirectsAreDelivered(t *testing.T) {
	t.Parallel()
	p := open(t, everythingServer(), nil)
	const want = "303 /answers/200?a=b#c"
	if http, socket := p.both("getAnswer", "GET", "/answers/303", status(303), "Location"); http != want || socket != want {
		t.Errorf("got %s over HTTP, %s by socket, want %s", http, socket, want)
	}
}

// compress is gzip as most packages do it: for whoever accepts it.
func compress() middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Vary", "Accept-Encoding")
			if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				next.ServeHTTP(w, r)
				return
			}
			rec := &recorder{header: w.Header(), status: 200}
			next.ServeHTTP(rec, r)
			w.Header().Del("Content-Length")
			w.Header().Set("Content-Encoding", "gzip")
			w.WriteHeader(rec.status)
			z := gzip.NewWriter(w)
			_, _ = z.Write(rec.body.Bytes())
			_ = z.Close()
		})
	}
}

func TestNothingIsCompressedWithinAFrame(t *testing.T) {
	t.Parallel()
	p := open(t, behind(compress)(), http.Header{"Accept-Encoding": {"gzip"}})
	in := status(200)
	in.Headers = map[string]string{"Accept-Encoding": "gzip"}
	http, socket := p.both("getAnswer", "GET", "/answers/200", in, "Content-Encoding")
	if http != "200 gzip" || socket != "200 " {
		t.Errorf("got %q over HTTP, %q by socket", http, socket)
	}
	rttest.Parity(t, behind(compress), some(mixed...)...)
}

// crossOrigin is CORS as most packages do it.
func crossOrigin() middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Vary", "Origin")
			if origin := r.Header.Get("Origin"); origin != "" {
				w.Header().Set("Access-Control-Allow-Origin", origin)
				w.Header().Set("Access-Control-Allow-Credentials", "true")
				if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
					w.WriteHeader(http.StatusNoContent)
					return
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

func TestCrossOriginMiddlewareSeesNoOriginOfCalls(t *testing.T) {
	t.Parallel()
	p := open(t, behind(crossOrigin)(), nil)
	in := status(200)
	in.Headers = map[string]string{"Origin": "https://elsewhere.example"}
	http, socket := p.both("getAnswer", "GET", "/answers/200", in, "Access-Control-Allow-Origin")
	if http != "200 https://elsewhere.example" || socket != "200 " {
		t.Errorf("got %q over HTTP, %q by socket", http, socket)
	}
	rttest.Parity(t, behind(crossOrigin), some(mixed...)...)
}

// limited lets so many calls of one address through.
func limited(most int) func() middleware {
	return func() middleware {
		var mu sync.Mutex
		seen := map[string]int{}
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				from, _, _ := strings.Cut(r.RemoteAddr, ":")
				seen[from]++
				n := seen[from]
				mu.Unlock()
				if n > most {
					w.Header().Set("Retry-After", "7")
					http.Error(w, "Too many.", http.StatusTooManyRequests)
					return
				}
				next.ServeHTTP(w, r)
			})
		}
	}
}

func TestRateLimitCountsBothTransports(t *testing.T) {
	t.Parallel()
	p := open(t, behind(limited(6))(), nil)
	for n := range 3 {
		in := status(200)
		in.Headers = map[string]string{"X-Forwarded-For": fmt.Sprint("10.0.0.", n), "X-Real-IP": "10.0.0.1"}
		if http, socket := p.both("getAnswer", "GET", "/answers/200", in, "X-Count"); http != "200 3" || socket != "200 3" {
			t.Fatalf("call %d: got %q over HTTP, %q by socket", n, http, socket)
		}
	}
	if http, socket := p.both("getAnswer", "GET", "/answers/200", status(200), "Retry-After"); http != "429 7" || socket != "429 7" {
		t.Errorf("got %q over HTTP, %q by socket, want 429 with the same Retry-After", http, socket)
	}
	// Bodies that are too large for a message are refused before any middleware, so operations without one are played.
	rttest.Parity(t, behind(limited(200)), some("getAnswer", "getQuery", "useEither")...)
}

// sessions is session middleware in the manner of alexedwards/scs: data of a session in the context, saved and sent as
// a cookie when it has changed.
type sessions struct {
	mu   sync.Mutex
	data map[string]string // token → user
	next int
}

type sessionKey struct{}

type session struct{ token, user string }

func (s *sessions) loadAndSave(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Cookie")
		current := &session{}
		if c, err := r.Cookie("session"); err == nil {
			s.mu.Lock()
			current.token, current.user = c.Value, s.data[c.Value]
			s.mu.Unlock()
		}
		before := *current
		rec := &recorder{header: w.Header(), status: 200}
		next.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), sessionKey{}, current)))
		if *current != before {
			s.mu.Lock()
			s.next++
			delete(s.data, current.token)
			current.token = fmt.Sprint("token", s.next)
			s.data[current.token] = current.user
			s.mu.Unlock()
			http.SetCookie(w, &http.Cookie{Name: "session", Value: current.token, HttpOnly: true})
		}
		w.WriteHeader(rec.status)
		_, _ = w.Write(rec.body.Bytes())
	})
}

// signIn signs in whoever says a name, and says who is signed in.
func signIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		current := r.Context().Value(sessionKey{}).(*session)
		if name := r.Header.Get("X-Sign-In"); name != "" {
			current.user = name
		}
		w.Header().Set("X-User", current.user)
		next.ServeHTTP(w, r)
	})
}

func TestSessionOfTheCookieIsKnownToCalls(t *testing.T) {
	t.Parallel()
	store := &sessions{data: map[string]string{}}
	s := everythingServer()
	s.Use(store.loadAndSave, signIn)
	host := rttest.Start(t, s)
	anonymous := &pair{t, host, host.Dial(t, "/realtime", nil)}
	res := anonymous.overHTTP("GET", "/answers/204", map[string]string{"X-Sign-In": "ada"})
	cookies := res.Cookies()
	if len(cookies) != 1 {
		t.Fatalf("got cookies %v", cookies)
	}
	signed := &pair{t, host, host.Dial(t, "/realtime", http.Header{"Cookie": {cookies[0].String()}})}
	in := status(204)
	in.Headers = map[string]string{"Cookie": cookies[0].String()}
	if http, socket := signed.both("getAnswer", "GET", "/answers/204", in, "X-User"); http != "204 ada" || socket != "204 ada" {
		t.Errorf("got %q over HTTP, %q by socket", http, socket)
	}
	// A cookie in the headers of a call means nothing, and none comes back.
	if f := anonymous.socket.Call("getAnswer", in); f.Headers["x-user"] != "" {
		t.Errorf("a call has brought a cookie of its own: %s", f.Raw)
	}
	in.Headers = map[string]string{"X-Sign-In": "bob"}
	if f := anonymous.socket.Call("getAnswer", in); f.Status != 204 || f.Headers["set-cookie"] != "" {
		t.Errorf("got %s, want 204 without a cookie", f.Raw)
	}
	// Rotated over HTTP: the socket's cookie is that of a session that is gone.
	signed.overHTTP("GET", "/answers/204", map[string]string{"Cookie": cookies[0].String(), "X-Sign-In": "eve"})
	if f := signed.socket.Call("getAnswer", status(204)); f.Headers["x-user"] != "" {
		t.Errorf("the old session still opens: %s", f.Raw)
	}
}

// assuming are handlers and middleware that use http.ResponseWriter carelessly.
func TestResponseWriterAssumptions(t *testing.T) {
	t.Parallel()
	for name, careless := range map[string]http.HandlerFunc{
		"nothing is written": func(http.ResponseWriter, *http.Request) {},
		"no WriteHeader":     func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"a":1}`) },
		"two WriteHeaders":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201); w.WriteHeader(500) },
		"a body after 204":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204); _, _ = io.WriteString(w, "text") },
		"a body after 304":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304); _, _ = io.WriteString(w, "text") },
		"a header too late":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200); w.Header().Set("X-Late", "1") },
		"an interim answer":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(202) },
		"a type of its own": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "a/b")
			_, _ = w.Write([]byte{0xff})
		},
		"no type at all": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, "x")
		},
		"a header of several values": func(w http.ResponseWriter, _ *http.Request) { w.Header()["X-A"] = []string{"1", "2, 3"} },
		"a claim of JSON that is none": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "{\n")
		},
		"JSON in lines": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "{\n\"a\": 1\r\n}\n")
		},
		"a flush": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "a")
			_ = http.NewResponseController(w).Flush()
			w.WriteHeader(500)
		},
		"a body that is piped": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(w, io.MultiReader(strings.NewReader("<p>"), r.Body))
		},
		"a request that is read twice": func(w http.ResponseWriter, r *http.Request) {
			a, _ := io.ReadAll(r.Body)
			b, _ := io.ReadAll(r.Body)
			fmt.Fprint(w, len(a), len(b))
		},
		"what the request says": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, r.Method, r.URL.Path, r.URL.Query(), r.Proto, r.ContentLength, r.Pattern, r.Form, r.Header["Content-Type"])
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rttest.Parity(t, behind(func() middleware { return func(http.Handler) http.Handler { return careless } }), append(some("getAnswer", "postText", "headAnswer"), rttest.SkipCase("too large"))...) // refused before any middleware
		})
	}
}
