package acceptance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/justinas/nosurf"

	acceptance "github.com/rtgen/rtgen/golden/acceptance/go"
	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest"
)

// visits is an application with sessions, which are ordinary middleware's: echo remembers a text, hello
// tells it, private wants somebody to be signed in.
type visits struct {
	*app
	sessions *scs.SessionManager
}

func (v visits) Echo(ctx context.Context, req *acceptance.EchoRequest) (acceptance.EchoResponse, error) {
	if req.Body.Text != nil {
		v.sessions.Put(ctx, "text", *req.Body.Text)
	}
	return v.app.Echo(ctx, req)
}

func (v visits) Hello(ctx context.Context, _ *acceptance.HelloRequest) (acceptance.HelloResponse, error) {
	return acceptance.HelloOK{Body: acceptance.Hello{Text: v.sessions.GetString(ctx, "text")}}, nil
}

// A visited is a world with sessions.
type visited struct {
	*world
	sessions *scs.SessionManager
	store    *memstore.MemStore
}

func newVisited(t *testing.T, opts ...rt.Option) *visited {
	t.Helper()
	v := &visited{sessions: scs.New(), store: memstore.NewWithCleanupInterval(0)}
	v.sessions.Store, v.sessions.Cookie.Name = v.store, "sid"
	// The check of the document's cookie: whoever the session belongs to. Middleware has loaded it.
	signedIn := acceptance.WithSession(func(ctx context.Context, c rt.APIKeyCredentials) (*rt.Identity, error) {
		return v.who(ctx)
	})
	// The handshake does not pass middleware.
	authenticate := rt.Authenticate(func(ctx context.Context, r *http.Request, _ rt.Credentials) (*rt.Identity, error) {
		cookie, err := r.Cookie("sid")
		if err != nil {
			return nil, nil
		}
		if ctx, err = v.sessions.Load(ctx, cookie.Value); err != nil {
			return nil, err
		}
		who, err := v.who(ctx)
		if err != nil {
			return nil, nil // a visitor, which is no refusal
		}
		return who, nil
	})
	v.world = newWorld(t)
	v.server = acceptance.NewServer(visits{v.app, v.sessions}, append(v.options(signedIn, authenticate), opts...)...)
	v.server.Use(v.sessions.LoadAndSave)
	return v
}

func (v *visited) who(ctx context.Context) (*rt.Identity, error) {
	if name := v.sessions.GetString(ctx, "name"); name != "" {
		return &rt.Identity{Subject: name}, nil
	}
	return nil, errors.New("nobody is signed in")
}

// kept counts the sessions in the store.
func (v *visited) kept() int {
	all, _ := v.store.All() // of memory: nothing can fail
	return len(all)
}

// visit makes a request within a session, as a page beside the API would, and returns the cookie that is
// set: "sid=…".
func (v *visited) visit(cookie string, do func(ctx context.Context) error) string {
	v.t.Helper()
	r, _ := http.NewRequestWithContext(v.t.Context(), "POST", "/", nil)
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	rw := httptest.NewRecorder()
	v.sessions.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := do(r.Context()); err != nil {
			v.t.Error(err)
		}
	})).ServeHTTP(rw, r)
	set, _, _ := strings.Cut(rw.Header().Get("Set-Cookie"), ";")
	return set
}

func (v *visited) signIn(cookie, name string) string {
	v.t.Helper()
	return v.visit(cookie, func(ctx context.Context) error {
		v.sessions.Put(ctx, "name", name)
		return v.sessions.RenewToken(ctx)
	})
}

func text(value string) rttest.Input {
	return rttest.Input{Body: map[string]any{"lists": []int{}, "maybe": nil, "text": value}}
}

func write(value string) call {
	return call{op: "echo", method: "POST", target: "/values", in: text(value)}
}

var (
	read    = call{op: "hello", method: "GET", target: "/hello"}
	private = call{op: "private", method: "GET", target: "/private"}
)

func TestSessionWrittenBySocketIsReadOverHTTPAndBack(t *testing.T) {
	v := newVisited(t)
	cookie := v.signIn("", "ada")
	s := v.dial("Cookie", cookie)
	over := func(c call) answer { c.cookie = cookie; return v.overHTTP(c) }
	if a := bySocket(s, write("by socket")); a.status != 200 || a.header["set-cookie"] != "" {
		t.Fatalf("got %v", a)
	}
	if a := over(read); a.body != `{"text":"by socket"}` {
		t.Errorf("got %v over HTTP", a)
	}
	over(write("over HTTP"))
	if a := bySocket(s, read); a.body != `{"text":"over HTTP"}` {
		t.Errorf("got %v by socket", a)
	}
	if a := bySocket(s, private); a.status != 200 || !strings.Contains(a.body, `"ada"`) {
		t.Errorf("got %v", a)
	}
	if n := v.kept(); n != 1 {
		t.Errorf("%d sessions in the store", n)
	}
}

// TestSessionThatRotatesOrEndsOverHTTPIsOverForTheSocket at its next call, and at once where it is told.
func TestSessionThatRotatesOrEndsOverHTTPIsOverForTheSocket(t *testing.T) {
	for _, rotate := range []bool{true, false} {
		t.Run(fmt.Sprint("rotate ", rotate), func(t *testing.T) {
			v := newVisited(t)
			cookie := v.signIn("", "ada")
			s := v.dial("Cookie", cookie)
			must(t, s.Call("private", rttest.Input{}), 200)
			v.visit(cookie, func(ctx context.Context) error {
				if rotate {
					return v.sessions.RenewToken(ctx)
				}
				return v.sessions.Destroy(ctx)
			})
			must(t, s.Call("private", rttest.Input{}), 401)
			if n := v.server.RevokeUser("ada", "signed out"); n != 1 {
				t.Fatalf("%d sockets were ada's", n)
			}
			if f := s.Next("bye"); f.Code != 4103 {
				t.Errorf("got %s", f.Raw)
			}
		})
	}
}

func TestSocketsWithoutASessionLeaveNothingInTheStore(t *testing.T) {
	var mu sync.Mutex
	left := 0
	all := make(chan struct{})
	v := newVisited(t, rt.MaxWaitingPerIP(-1), rt.OnDisconnect(func(*rt.Socket, rt.CloseInfo) {
		mu.Lock()
		defer mu.Unlock()
		if left++; left == 1000 {
			close(all)
		}
	}))
	for range 1000 {
		s := v.dial()
		must(t, s.Call("hello", rttest.Input{}), 200)
		s.Close()
	}
	<-all
	if n := v.kept(); n != 0 {
		t.Errorf("%d sessions in the store", n)
	}
}

func TestUnsafeOperationsNeedTheTokenOnBothTransports(t *testing.T) {
	v := newVisited(t)
	v.server.Use(func(next http.Handler) http.Handler {
		csrf := nosurf.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Csrf-Token", nosurf.Token(r)) // a page would have it in its HTML
			next.ServeHTTP(w, r)
		}))
		csrf.SetFailureHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
		return csrf
	})
	first := v.overHTTP(read)
	cookie, _, _ := strings.Cut(first.header["set-cookie"], ";")
	token := first.header["x-csrf-token"]
	s := v.dial("Cookie", cookie)
	for _, step := range []struct {
		what string
		call call
		want int
	}{
		{"a safe operation without the token", read, 200},
		{"without the token", write("x"), 403},
		{"with a wrong token", withHeader(write("x"), "X-Csrf-Token", strings.Repeat("A", len(token))), 403},
		{"with the token", withHeader(write("x"), "X-Csrf-Token", token), 200},
	} {
		if a := bySocket(s, step.call); a.status != step.want {
			t.Errorf("%s by socket: got %v, want %d", step.what, a, step.want)
		}
		plain := withHeader(step.call, "Sec-Fetch-Site", "same-origin")
		plain.cookie = cookie
		if a := v.overHTTP(plain); a.status != step.want {
			t.Errorf("%s over HTTP: got %v, want %d", step.what, a, step.want)
		}
	}
	// The token alone does not do: it belongs to the cookie of the visitor.
	if a := bySocket(v.dial(), withHeader(write("x"), "X-Csrf-Token", token)); a.status != 403 {
		t.Errorf("without the cookie: got %v", a)
	}
}

// TestCrossOriginProtectionKnowsThePageOfASocket: what net/http has against forged requests judges calls by
// socket like those of the page's own fetch.
func TestCrossOriginProtectionKnowsThePageOfASocket(t *testing.T) {
	w := newWorld(t, rt.AllowOrigins("https://app.example", "https://partner.example"))
	protection := http.NewCrossOriginProtection()
	if err := protection.AddTrustedOrigin("https://app.example"); err != nil {
		t.Fatal(err)
	}
	w.server.Use(protection.Handler)
	srv := w.listen()
	for origin, want := range map[string]int{srv.URL: 200, "https://app.example": 200, "https://partner.example": 403, "": 200} {
		h := http.Header{}
		if origin != "" {
			h.Set("Origin", origin)
		}
		r, res := w.handshake(srv, h, "rtgen.v1.json")
		if r == nil {
			t.Fatalf("%s: %s", origin, res.Status)
		}
		r.send(`{"t":"hello"}`)
		r.want("welcome")
		r.send(`{"t":"call","id":1,"op":"echo","headers":{"sec-fetch-site":"same-origin"},"body":{"lists":[],"maybe":null}}`)
		if f := r.want("res"); f.Status != want {
			t.Errorf("a page of %q: got %s, want %d", origin, f.Raw, want)
		}
	}
}

func withHeader(c call, name, value string) call {
	c.header = append(c.header[:len(c.header):len(c.header)], name, value)
	return c
}
