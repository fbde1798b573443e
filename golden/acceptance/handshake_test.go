package acceptance

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest"
)

// opens tells whether a handshake with these headers is accepted; a refusal has to be a problem.
func (w *world) opens(srv *httptest.Server, h http.Header) bool {
	w.t.Helper()
	r, res := w.handshake(srv, h, "rtgen.v1.json")
	if r != nil {
		return true
	}
	text, _ := io.ReadAll(res.Body)
	if res.StatusCode != 403 || res.Header.Get("Content-Type") != "application/problem+json" {
		w.t.Errorf("%v is refused with %d %s", h, res.StatusCode, text)
	}
	return false
}

func TestOriginAllowList(t *testing.T) {
	w := newWorld(t, rt.AllowOrigins("https://app.example", "https://other.example:8443"))
	srv := w.listen()
	for _, tt := range []struct {
		origin, cookie string
		want           bool
	}{
		{"https://app.example", "sid=ada", true},
		{"HTTPS://App.Example:443", "sid=ada", true},
		{"https://other.example:8443", "", true},
		{"https://other.example", "", false},
		{"http://app.example", "", false},
		{"https://evil.example", "", false},
		{"https://app.example.evil.example", "", false},
		{"null", "", false},
		{"", "", true},         // no page: without Origin a cookie is what gives a browser away
		{"", "sid=ada", false}, //
		{srv.URL, "sid=ada", true},
	} {
		h := http.Header{}
		if tt.origin != "" {
			h.Set("Origin", tt.origin)
		}
		if tt.cookie != "" {
			h.Set("Cookie", tt.cookie)
		}
		if got := w.opens(srv, h); got != tt.want {
			t.Errorf("origin %q, cookie %q: accepted %v, want %v", tt.origin, tt.cookie, got, tt.want)
		}
	}
}

func TestWithoutAListOnlyTheServersOwnPagesMayConnect(t *testing.T) {
	w := newWorld(t)
	srv := w.listen()
	for origin, want := range map[string]bool{srv.URL: true, "https://app.example": false, strings.Replace(srv.URL, "http:", "https:", 1): false} {
		if got := w.opens(srv, http.Header{"Origin": {origin}}); got != want {
			t.Errorf("origin %q: accepted %v, want %v", origin, got, want)
		}
	}
	for site, want := range map[string]bool{"same-origin": true, "same-site": false, "cross-site": false, "none": false} {
		if got := w.opens(srv, http.Header{"Origin": {srv.URL}, "Sec-Fetch-Site": {site}}); got != want {
			t.Errorf("Sec-Fetch-Site %s: accepted %v, want %v", site, got, want)
		}
	}
}

func TestConnectHookRefusesReadably(t *testing.T) {
	w := newWorld(t,
		rt.Authenticate(func(_ context.Context, r *http.Request, _ rt.Credentials) (*rt.Identity, error) {
			switch r.Header.Get("X-Who") {
			case "banned":
				return nil, rt.Forbidden("banned until tomorrow")
			case "unknown":
				return nil, rt.Unauthorized("sign in first")
			case "broken":
				return nil, errors.New("the password of the database is 123")
			}
			return nil, nil
		}),
		rt.OnConnect(func(_ context.Context, s *rt.Socket) error {
			if s.Handshake().Header.Get("X-Who") == "late" {
				return rt.Forbidden("the room is full")
			}
			return nil
		}))
	srv := w.listen()
	for who, want := range map[string]struct {
		status int
		detail string
	}{"banned": {403, "banned until tomorrow"}, "unknown": {401, "sign in first"}, "broken": {401, "not accepted"}} {
		_, res := w.handshake(srv, http.Header{"X-Who": {who}}, "rtgen.v1.json")
		text, _ := io.ReadAll(res.Body)
		var p rt.Problem
		if err := json.Unmarshal(text, &p); err != nil || res.StatusCode != want.status || !strings.Contains(p.Detail, want.detail) || strings.Contains(string(text), "123") {
			t.Errorf("%s: got %d %s", who, res.StatusCode, text)
		}
	}
	// A browser does not show the answer to a refused handshake. What is refused after it, it can read.
	r, _ := w.handshake(srv, http.Header{"X-Who": {"late"}}, "rtgen.v1.json")
	r.send(`{"t":"hello"}`)
	if f := r.want("bye"); f.Code != 4003 || !strings.Contains(string(f.Raw), "the room is full") {
		t.Errorf("got %s", f.Raw)
	}
	r.ends(4003)
}

func TestStopSignalLetsTenCallsFinish(t *testing.T) {
	w := newWorld(t)
	s := w.dial()
	idle := w.dial()
	for i := range 10 {
		s.Send(map[string]any{"t": "call", "id": 100 + i, "op": "waitAtGate"})
		<-w.app.at
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- w.server.Shutdown(ctx) }()
	idle.Next("drain")
	if f := idle.Next("bye"); f.Code != 4200 {
		t.Errorf("idle: got %s", f.Raw)
	}
	s.Next("drain")
	for { // it is served until everybody has had time to go elsewhere
		res := s.Call("hello", rttest.Input{})
		if res.Status == 200 {
			continue
		}
		must(t, res, 503)
		break
	}
	close(w.app.gate)
	for range 10 {
		must(t, s.Next("res"), 204)
	}
	if f := s.Next("bye"); f.Code != 4200 {
		t.Errorf("busy: got %s", f.Raw)
	}
	idle.Close()
	s.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
