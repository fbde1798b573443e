package runtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

type roomRequest struct {
	ID    string  `path:"id"`
	Limit int     `query:"limit"`
	Key   *string `header:"X-Key"`
}

var roomOperation = Operation{
	ID: "getRoom", Method: "GET", Path: "/rooms/{id}",
	Params: []Param{
		{Name: "id", In: InPath, Required: true, Schema: "S"}, {Name: "limit", In: InQuery, Schema: "I"}, {Name: "X-Key", In: InHeader, Schema: "S"},
	},
	Responses: echoResponses,
}

type traceKey struct{}

func roomServer(opts ...Option) *Server {
	return NewServer(&API{Schemas: `{"S":{"type":"string"},"I":{"type":"integer","default":7}}`}, []Binding{
		Bind(&roomOperation, func(ctx context.Context, r *roomRequest) (any, error) {
			call, ok := CallFrom(ctx)
			trace, _ := ctx.Value(traceKey{}).(string)
			return echoOf([]any{r.ID, r.Limit, r.Key, call.Operation, ok, trace})
		}),
	}, append([]Option{silent()}, opts...)...)
}

// room is the call that the tests of middleware make by socket, and its HTTP form.
var room = frame{op: "getRoom", path: `{"id":"a/b c"}`, query: `{"limit":3,"debug":"1"}`, headers: `{"x-key":"k"}`}

func roomHTTP() *http.Request { return get("/rooms/a%2Fb%20c?limit=3&debug=1", "X-Key: k") }

func TestMiddlewareRunsInOrderOnBothTransports(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var trace []string
	note := func(name string) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				trace = append(trace, name)
				mu.Unlock()
				next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), traceKey{}, "traced")))
			})
		}
	}
	s := roomServer()
	s.Use(note("a"), note("b"))
	s.UseHTTP(note("http"))
	s.UseSocket(note("socket"))
	s.Use(note("c"))
	want := `200 ["a/b c",3,"k","getRoom",true,"traced"]`
	if got := serve(s, roomHTTP()); got.String() != want {
		t.Errorf("HTTP: got %s, want %s", got, want)
	}
	if got := callFrame(t.Context(), s, room); got.String() != want {
		t.Errorf("socket: got %s, want %s", got, want)
	}
	if got, want := strings.Join(trace, " "), "http a b c socket a b c"; got != want {
		t.Errorf("order: got %s, want %s", got, want)
	}
}

func TestMiddlewareCanRejectOnBothTransports(t *testing.T) {
	t.Parallel()
	s := roomServer()
	s.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "3")
			http.Error(w, "slow down", http.StatusTooManyRequests)
		})
	})
	want := serve(s, roomHTTP())
	if want.status != 429 || want.header.Get("Retry-After") != "3" {
		t.Fatalf("HTTP: got %s", want.comparable())
	}
	got := callFrame(t.Context(), s, room)
	if got.comparable() != want.comparable() {
		t.Errorf("socket differs from HTTP:\n got %s\nwant %s", got.comparable(), want.comparable())
	}
}

func TestOneLimiterCountsBothTransports(t *testing.T) {
	t.Parallel()
	s, made := roomServer(), 0
	s.Use(func(next http.Handler) http.Handler {
		made++
		left := 2
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if left--; left < 0 {
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	statuses := []int{serve(s, roomHTTP()).status, callFrame(t.Context(), s, room).status, serve(s, roomHTTP()).status, callFrame(t.Context(), s, room).status}
	if want := []int{200, 200, 429, 429}; !slices.Equal(statuses, want) || made != 1 {
		t.Errorf("got %v from %d instances, want %v from one", statuses, made, want)
	}
}

func TestVirtualRequestLooksLikeTheHTTPRequest(t *testing.T) {
	t.Parallel()
	show := func(r *http.Request) string {
		names := make([]string, 0)
		for name := range r.Header {
			names = append(names, name+"="+strings.Join(r.Header[name], "|"))
		}
		slices.Sort(names)
		q, err := url.ParseQuery(r.URL.RawQuery)
		return fmt.Sprint(r.Method, " ", r.URL.Path, " ", r.URL.EscapedPath(), " ", q, " ", err, " ", r.Pattern, " ", r.PathValue("id"), " ", r.Host, " ", r.RemoteAddr, " ", r.Proto, " ", names)
	}
	var seen []string
	s := roomServer()
	s.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = append(seen, show(r))
			next.ServeHTTP(w, r)
		})
	})
	direct := roomHTTP()
	direct.Header.Set("User-Agent", "browser")
	direct.Header.Set("Cookie", "sid=1")
	serve(s, direct)

	shake := get("/realtime", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x", "Sec-WebSocket-Protocol: rtgen.v1.json, rtgen.auth.c2VjcmV0",
		"Origin: https://app.example", "Accept-Encoding: gzip", "User-Agent: browser", "Cookie: sid=1")
	call := room
	call.handshake = shake
	call.headers = `{"x-key":"k","host":"evil","cookie":"sid=2","origin":"https://evil","x-forwarded-for":"1.2.3.4","forwarded":"for=1.2.3.4",
		"connection":"close","transfer-encoding":"chunked","bad name":"x","x-bad":"a\r\nb","content-length":"99"}`
	call.defaults = http.Header{"Cookie": {"sid=3"}}
	callFrame(t.Context(), s, call)
	if len(seen) != 2 || seen[0] != seen[1] {
		t.Errorf("got  %s\nwant %s", strings.Join(seen[1:], "\n"), seen[0])
	}
}

func TestMiddlewareMayChangeTheRequest(t *testing.T) {
	t.Parallel()
	build := func() *Server {
		s := roomServer()
		s.Use(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.Header.Set("X-Key", "from middleware")
				r.URL.RawQuery = "limit=9"
				next.ServeHTTP(w, r)
			})
		})
		return s
	}
	const want = `200 ["a/b c",9,"from middleware","getRoom",true,""]`
	if got := serve(build(), roomHTTP()); got.String() != want {
		t.Errorf("HTTP: got %s, want %s", got, want)
	}
	if got := callFrame(t.Context(), build(), room); got.String() != want {
		t.Errorf("socket: got %s, want %s", got, want)
	}
}

func TestMiddlewareMayReadAndLimitTheBody(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int64]int{8: 413, 100: 200} {
		build := func() *Server {
			s := bodyServer()
			s.Use(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					r.Body = http.MaxBytesReader(w, r.Body, limit)
					next.ServeHTTP(w, r)
				})
			})
			return s
		}
		http := serve(build(), request("POST", "/op", `{"name":"abc"}`, "Content-Type: application/json"))
		call := callFrame(t.Context(), build(), frame{op: "op", body: `{"name":"abc"}`})
		if http.status != want || call.comparable() != http.comparable() {
			t.Errorf("limit %d:\n HTTP   %s\n socket %s\nwant %d", limit, http.comparable(), call.comparable(), want)
		}
	}
}

func TestUnroutedRequestsPassMiddleware(t *testing.T) {
	t.Parallel()
	s := roomServer()
	s.UseHTTP(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
				w.Header().Set("Access-Control-Allow-Origin", "https://app.example")
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	preflight := httptest.NewRequest("OPTIONS", "/rooms/1", nil)
	preflight.Header.Set("Access-Control-Request-Method", "GET")
	if got := serve(s, preflight); got.status != 200 || got.header.Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("preflight: got %s", got.comparable())
	}
	if got := serve(s, get("/nowhere")); got.status != 404 {
		t.Errorf("got %s, want 404", got)
	}
}

func TestReplacedContextIsExplained(t *testing.T) {
	t.Parallel()
	s := roomServer()
	s.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, r.WithContext(context.Background())) })
	})
	if got := serve(s, roomHTTP()); got.status != 500 {
		t.Errorf("got %s, want 500", got)
	}
}

func TestCallsKnowTheirTransport(t *testing.T) {
	t.Parallel()
	op := Operation{ID: "op", Method: "GET", Path: "/op", Responses: echoResponses}
	s := NewServer(&API{}, []Binding{Bind(&op, func(ctx context.Context, _ *noRequest) (any, error) {
		id, ok := SocketID(ctx)
		call, _ := CallFrom(ctx)
		return echoOf([]any{IsSocket(ctx), ok, id, call.Transport, ServerFrom(ctx) != nil})
	})}, silent())
	for range 2 {
		if got := serve(s, get("/op")); got.body != `[false,false,"","http",true]` {
			t.Errorf("HTTP: got %s", got)
		}
		if got := callFrame(t.Context(), s, frame{op: "op"}); got.body != `[true,true,"s1","socket",true]` {
			t.Errorf("socket: got %s", got)
		}
		s.Use(passing)
	}
	ctx := t.Context()
	if _, ok := CallFrom(ctx); ok || IsSocket(ctx) || ServerFrom(ctx) != nil || IdentityFrom(ctx) != nil {
		t.Error("a context that belongs to no call answers as if it did")
	}
}

// The assumptions about http.ResponseWriter that handlers live by, checked against net/http's own.
func TestVirtualWriterBehavesAsNetHTTP(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"forgets WriteHeader":      func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") },
		"writes nothing":           func(http.ResponseWriter, *http.Request) {},
		"WriteHeader twice":        func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201); w.WriteHeader(500) },
		"WriteHeader after Write":  func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "x"); w.WriteHeader(500) },
		"informational first":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(202) },
		"header too late":          func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200); w.Header().Set("X-Late", "1") },
		"header before":            func(w http.ResponseWriter, _ *http.Request) { w.Header().Add("X-A", "1"); w.Header().Add("X-A", "2") },
		"writes after 204":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204); io.WriteString(w, "x") },
		"writes after 304":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304); io.WriteString(w, "x") },
		"error of Write after 204": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204); reportWrite(w) },
		"sniffs HTML":              func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html><body>") },
		"sniffs PNG":               func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "\x89PNG\x0D\x0A\x1A\x0A") },
		"sniffs long text":         func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", 5000)) },
		"does not sniff nothing":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) },
		"keeps Content-Type": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "a/b")
			io.WriteString(w, "<html>")
		},
		"suppresses sniffing": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			io.WriteString(w, "<html>")
		},
		"encoded body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "x")
			io.WriteString(w, "<html>")
		},
		"http.Error":   func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 418) },
		"redirect":     func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", 303) },
		"not modified": func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Etag", `"1"`); w.WriteHeader(304) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web := httptest.NewUnstartedServer(h)
			web.Config.ErrorLog = discardLog()
			web.Start()
			defer web.Close()
			client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			res, err := client.Get(web.URL + "/op")
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			want := answer{status: res.StatusCode, header: res.Header, body: string(body)}

			s := answering(nil, nil)
			s.Use(func(http.Handler) http.Handler { return h })
			if got := callFrame(t.Context(), s, frame{op: "op"}); got.comparable() != want.comparable() {
				t.Errorf("got  %s\nwant %s", got.comparable(), want.comparable())
			}
		})
	}
}

// reportWrite panics unless Write says what net/http's says for a status without body.
func reportWrite(w http.ResponseWriter) {
	if _, err := io.WriteString(w, "abc"); !errors.Is(err, http.ErrBodyNotAllowed) {
		panic(fmt.Sprint("Write returned ", err))
	}
}

func TestBodyOfAnotherLengthThanDeclaredIsNotSent(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"a", "abc"} {
		s := answering(nil, nil)
		var failure error
		s.Use(func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "2")
				_, failure = io.WriteString(w, body)
			})
		})
		if got := callFrame(t.Context(), s, frame{op: "op"}); got.status != 500 {
			t.Errorf("%d bytes for 2: got %s, want 500", len(body), got)
		}
		if long := len(body) > 2; errors.Is(failure, http.ErrContentLength) != long {
			t.Errorf("%d bytes for 2: Write returned %v", len(body), failure)
		}
	}
}

func TestCookiesDoNotTravelBySocket(t *testing.T) {
	t.Parallel()
	s := answering(&thingOK{Body: thing{ID: "1"}}, nil)
	s.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: "1"})
			w.Header().Set("Connection", "close")
			next.ServeHTTP(w, r)
		})
	})
	got := callFrame(t.Context(), s, frame{op: "op"})
	if got.status != 200 || got.header["Set-Cookie"] != nil || got.header["Connection"] != nil {
		t.Errorf("got %s", got.comparable())
	}
}

func TestResponseControllerWorksOnBothTransports(t *testing.T) {
	t.Parallel()
	s := answering(&thingOK{Body: thing{ID: "1"}}, nil)
	s.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c := http.NewResponseController(w)
			if err := errors.Join(c.SetReadDeadline(time.Now().Add(time.Minute)), c.SetWriteDeadline(time.Now().Add(time.Minute))); err != nil {
				http.Error(w, err.Error(), 500)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	web := httptest.NewServer(s)
	defer web.Close()
	res, err := http.Get(web.URL + "/op")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := callFrame(t.Context(), s, frame{op: "op"}); res.StatusCode != 200 || got.status != 200 {
		t.Errorf("got %d over HTTP and %s by socket, want 200", res.StatusCode, got)
	}
}

func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	s := roomServer()
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			if i == 8 {
				s.Use(passing)
			}
			for range 50 {
				if got := serve(s, roomHTTP()); got.status != 200 {
					t.Errorf("HTTP: got %s", got)
				}
				if got := callFrame(t.Context(), s, room); got.status != 200 {
					t.Errorf("socket: got %s", got)
				}
			}
		})
	}
	group.Wait()
}
