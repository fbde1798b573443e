package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/rtgen/rtgen/runtime/rttest"
)

var hello = call{op: "hello", method: "GET", target: "/hello"}

func TestOneHandlerAnswersBoth(t *testing.T) {
	w := newWorld(t)
	a := w.wantStatus(200, hello)
	if a.body != `{"text":"Hello"}` || w.app.ran.Load() != 2 {
		t.Errorf("got %v, and the handler ran %d times", a, w.app.ran.Load())
	}
}

func TestEncodedSlashStaysInItsParameter(t *testing.T) {
	w := newWorld(t)
	for plain, escaped := range map[string]string{"a/b": "a%2Fb", "50%": "50%25", "a b": "a%20b", "a+b": "a+b", "ü": "%C3%BC", "..": "%2E%2E"} {
		a := w.wantStatus(200, call{op: "getItem", method: "GET", target: "/items/" + escaped, in: rttest.Input{Path: map[string]string{"item": plain}}})
		if want, _ := json.Marshal(plain); a.body != string(want) {
			t.Errorf("%s: the handler saw %s", escaped, a.body)
		}
		byPath := bySocket(w.dial(), call{op: "GET /items/" + escaped})
		if byPath.body != a.body {
			t.Errorf("%s in path form: the handler saw %s", escaped, byPath.body)
		}
	}
}

func TestDataOfAGetIsItsQuery(t *testing.T) {
	w := newWorld(t)
	a := w.wantStatus(200, call{
		op: "search", method: "GET", target: "/search?q=x%20y&limit=3&tags=a&tags=b",
		in: rttest.Input{Query: map[string]any{"q": "x y", "limit": 3, "tags": []string{"a", "b"}}},
	})
	if a.body != `"x y ||| a,b"` {
		t.Errorf("the handler saw %s", a.body)
	}
}

func TestJSONBodiesDecodeAlike(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{
		`{"lists":[],"maybe":null}`,
		`{"lists":[[],[1],[2,3]],"maybe":"x"}`,
		`{"lists":[[9007199254740993]],"maybe":"","text":"\ud83d\ude00 \u0000 <b>","number":1e-7}`,
		`{"lists":[],"maybe":null,"anything":{"deep":[null,{},[],[[]],{"a":{"b":null}}]}}`,
		`{"lists":[],"maybe":null,"anything":null}`,
	} {
		a := w.wantStatus(200, call{op: "echo", method: "POST", target: "/values", in: rttest.Input{Body: json.RawMessage(body)}})
		var got, want any
		if json.Unmarshal([]byte(a.body), &got) != nil || json.Unmarshal([]byte(body), &want) != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s came back as %s", body, a.body)
		}
	}
}

func TestMissingFieldIsAnEqual400AndNoHandlerRuns(t *testing.T) {
	w := newWorld(t)
	a := w.wantStatus(400, call{op: "echo", method: "POST", target: "/values", in: rttest.Input{Body: json.RawMessage(`{"lists":[[1]]}`)}})
	if !strings.Contains(a.body, `"rule":"required"`) || !strings.Contains(a.body, "maybe") {
		t.Errorf("the problem does not name the field: %s", a.body)
	}
	if n := w.app.ran.Load(); n != 0 {
		t.Errorf("the handler ran %d times", n)
	}
}

func TestWrongQueryValueIsAnEqual400ThatNamesIt(t *testing.T) {
	w := newWorld(t)
	a := w.wantStatus(400, call{
		op: "search", method: "GET", target: "/search?q=x&limit=many",
		in: rttest.Input{Query: map[string]string{"q": "x", "limit": "many"}},
	})
	if !strings.Contains(a.body, `"in":"query","name":"limit"`) {
		t.Errorf("the problem does not name the parameter: %s", a.body)
	}
	if n := w.app.ran.Load(); n != 0 {
		t.Errorf("the handler ran %d times", n)
	}
}

func outcome(status int) call {
	return call{op: "outcome", method: "GET", target: fmt.Sprint("/outcomes/", status), in: rttest.Input{Path: map[string]int{"status": status}}}
}

func TestStatusesAreEqual(t *testing.T) {
	w := newWorld(t)
	for _, status := range []int{201, 202, 400, 404, 409, 422, 500, 503} {
		w.wantStatus(status, outcome(status))
	}
}

func TestRedirectIsAnAnswerWithOneLocation(t *testing.T) {
	w := newWorld(t)
	a := w.wantStatus(303, outcome(303))
	if a.header["location"] != "/hello" || w.app.ran.Load() != 0 {
		t.Errorf("got %v, and somebody followed it %d times", a, w.app.ran.Load())
	}
}

func TestResponseHeadersArriveAndCookiesDoNot(t *testing.T) {
	w := newWorld(t)
	w.server.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("X-From-Middleware", "yes")
			if r.URL.Path == "/hello" {
				rw.Header().Set("Set-Cookie", "secret=1; HttpOnly")
			}
			next.ServeHTTP(rw, r)
		})
	})
	a := w.wantStatus(200, outcome(200))
	if a.header["x-total"] != "3" || a.header["x-note"] != "three of them" || a.header["x-from-middleware"] != "yes" {
		t.Errorf("got %v", a)
	}
	if f := w.dial().Call("hello", rttest.Input{}); strings.Contains(string(f.Raw), "secret") {
		t.Errorf("a cookie left by socket: %s", f.Raw)
	}
	// An operation that sets one by declaration is left to HTTP.
	if f := w.dial().Call("signIn", rttest.Input{}); f.Status != http.StatusMethodNotAllowed {
		t.Errorf("got %s", f.Raw)
	}
}

// traced notes in the context which middleware a call has passed.
func traced(name string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Reject") == name {
				http.Error(rw, name+" says no", http.StatusForbidden)
				return
			}
			trace, _ := r.Context().Value(traceKey{}).([]string)
			trace = append(trace[:len(trace):len(trace)], name)
			next.ServeHTTP(rw, r.WithContext(context.WithValue(r.Context(), traceKey{}, trace)))
		})
	}
}

func TestMiddlewareRunsOnBothInOrderAndRejectsBoth(t *testing.T) {
	w := newWorld(t)
	w.server.Use(traced("one"), traced("two"))
	w.server.Use(traced("three"))
	w.start()
	for _, a := range []answer{
		w.overHTTP(call{method: "GET", target: "/caller"}),
		bySocket(w.dial(), call{op: "caller"}),
	} {
		if !strings.Contains(a.body, `"trace":["one","two","three"]`) {
			t.Errorf("got %v", a)
		}
	}
	a := w.wantStatus(403, call{op: "hello", method: "GET", target: "/hello", header: []string{"X-Reject", "two"}})
	if strings.TrimSpace(a.body) == "" || w.app.ran.Load() != 0 {
		t.Errorf("got %v, and the handler ran %d times", a, w.app.ran.Load())
	}
}

func TestIdentityIsTheSameOnBoth(t *testing.T) {
	w := newWorld(t)
	for _, c := range []call{
		{op: "private", method: "GET", target: "/private", cookie: "sid=ada"},
		{op: "private", method: "GET", target: "/private", header: []string{"Authorization", "Bearer ada"}},
	} {
		plain := w.overHTTP(c)
		var headers []string
		if c.cookie != "" {
			headers = []string{"Cookie", c.cookie}
		}
		socket := bySocket(w.dial(headers...), c)
		for _, a := range []answer{plain, socket} {
			if a.status != 200 || !strings.Contains(a.body, `"name":"ada"`) {
				t.Errorf("got %v", a)
			}
		}
	}
	for _, c := range []call{
		{op: "private", method: "GET", target: "/private"},
		{op: "private", method: "GET", target: "/private", cookie: "sid=expired"},
		{op: "private", method: "GET", target: "/private", header: []string{"Authorization", "Bearer expired"}},
	} {
		w.wantStatus(401, c)
	}
	if n := w.app.ran.Load(); n != 4 {
		t.Errorf("the handler ran %d times, want 4", n)
	}
}

func TestHeadAndOptionsAreEqual(t *testing.T) {
	w := newWorld(t).start()
	for _, line := range []string{"HEAD /hello", "OPTIONS /hello", "HEAD /nowhere", "OPTIONS /nowhere", "POST /hello", "HEAD /items/a%2Fb"} {
		method, target, _ := strings.Cut(line, " ")
		plain := w.overHTTP(call{method: method, target: target})
		socket := bySocket(w.dial(), call{op: line})
		if plain.status != socket.status || plain.header["allow"] != socket.header["allow"] {
			t.Errorf("%s: %v over HTTP, %v by socket", line, plain, socket)
		}
		if method == "HEAD" && socket.body != "" {
			t.Errorf("%s has a body by socket: %v", line, socket)
		}
	}
}
