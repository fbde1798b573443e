package acceptance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest"
)

// ticket is a call that must not run twice.
func ticket(text, key string, header ...string) call {
	return call{
		op: "openTicket", method: "POST", target: "/desks/d1",
		in:     rttest.Input{Path: map[string]string{"desk": "d1"}, Body: map[string]string{"text": text}},
		header: append([]string{"Idempotency-Key", key}, header...),
	}
}

// same insists that two answers are equal.
func same(t *testing.T, first, second answer) {
	t.Helper()
	if first.status != second.status || first.body != second.body || !maps.Equal(first.header, second.header) {
		t.Errorf("the answers differ:\nfirst  %v\nsecond %v", first, second)
	}
}

func (w *world) wantRuns(n int64) {
	w.t.Helper()
	if got := w.app.ran.Load(); got != n {
		w.t.Errorf("the handler ran %d times, want %d", got, n)
	}
}

func TestRetriedPostRunsOnceAndAnswersEqually(t *testing.T) {
	w := newWorld(t)
	c := ticket("printer", "k1")
	listener := w.dial()
	must(t, listener.Call("openTicket", ticket("first", "other").in), 201)
	listener.Event()
	w.app.ran.Store(0)

	first := bySocket(w.dial(), c)
	if first.status != 201 || first.header["location"] != "/tickets/1" {
		t.Fatalf("got %v", first)
	}
	same(t, first, w.overHTTP(c))
	same(t, first, bySocket(w.dial(), c))
	quoted := ticket("printer", `"k1"`) // as structured fields write it
	same(t, first, w.overHTTP(quoted))
	w.wantRuns(1)

	plain := w.overHTTP(ticket("paper", "k2"))
	same(t, plain, bySocket(w.dial(), ticket("paper", "k2")))
	w.wantRuns(2)
	for _, want := range []string{"printer 1", "paper 2"} {
		if f := listener.Event(); string(f.Data) != `{"text":"`+want+`"}` {
			t.Errorf("heard %s, want %q once", f.Data, want)
		}
	}
	must(t, listener.Call("hello", rttest.Input{}), 200)
}

// TestRetryAfterADropWaitsForTheFirstCall is a call whose caller is lost while the handler runs.
func TestRetryAfterADropWaitsForTheFirstCall(t *testing.T) {
	gone := make(chan struct{}, 8)
	w := newWorld(t, rt.OnDisconnect(func(*rt.Socket, rt.CloseInfo) { gone <- struct{}{} }))
	c := ticket("wait", "k1")
	s := w.dial()
	s.Send(map[string]any{
		"t": "call", "id": 1, "op": c.op, "path": c.in.Path, "body": c.in.Body,
		"headers": map[string]string{"idempotency-key": "k1"},
	})
	<-w.app.at
	s.Close()
	<-gone
	answers := make(chan answer, 3)
	for range 2 {
		other := w.dial()
		go func() { answers <- bySocket(other, c) }()
	}
	go func() { answers <- w.overHTTP(c) }()
	close(w.app.gate)
	first := <-answers
	if first.status != 201 || first.body != `{"text":"wait 1"}` {
		t.Fatalf("got %v", first)
	}
	same(t, first, <-answers)
	same(t, first, <-answers)
	w.wantRuns(1)
}

func TestKeyBelongsToOneRequestOfOneCaller(t *testing.T) {
	w := newWorld(t)
	ada := ticket("mine", "k1", "Authorization", "Bearer ada")
	first := w.wantStatus(201, ada)
	bob := w.wantStatus(201, ticket("mine", "k1", "Authorization", "Bearer bob"))
	if first.body == bob.body {
		t.Errorf("bob got what ada had made: %v", bob)
	}
	w.wantRuns(2)

	other := ticket("another text", "k1", "Authorization", "Bearer ada")
	if a := w.wantStatus(422, other); a.header["content-type"] != "application/problem+json" {
		t.Errorf("got %v", a)
	}
	elsewhere := ada
	elsewhere.target, elsewhere.in.Path = "/desks/d2", map[string]string{"desk": "d2"}
	w.wantStatus(422, elsewhere)
	// By her session she is the same ada.
	byCookie := ticket("mine", "k1")
	byCookie.cookie = "sid=ada"
	same(t, first, w.overHTTP(byCookie))
	w.wantStatus(400, ticket("mine", ""))
	w.wantStatus(400, ticket("mine", `"open`))
	w.wantRuns(2)
}

func TestCallerWithoutAnIdentityIsKnownByWhatItShows(t *testing.T) {
	type who struct{}
	w := newWorld(t, rt.IdempotencyScope(func(ctx context.Context) string { return fmt.Sprint(ctx.Value(who{})) }))
	w.server.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(rw, r.WithContext(context.WithValue(r.Context(), who{}, r.Header.Get("X-User"))))
		})
	})
	echo := func(user string) call {
		return call{op: "echo", method: "POST", target: "/values",
			in:     rttest.Input{Body: json.RawMessage(`{"lists": [], "maybe":null}`)},
			header: []string{"Idempotency-Key", "k", "X-User", user}}
	}
	w.wantStatus(200, echo("ada"))
	w.wantRuns(1)
	w.wantStatus(200, echo("bob"))
	w.wantRuns(2)

	// Without a scope of the application: by the cookie, which the handler may go by.
	v := anotherWorld(t)
	cookie := func(value string) call { c := echo("x"); c.cookie = value; return c }
	v.wantStatus(200, cookie("a=1"))
	v.wantStatus(200, cookie("a=2"))
	v.wantStatus(200, echo("x"))
	v.wantRuns(3)
}

func TestWhatCannotBeTheLastWordIsNotKept(t *testing.T) {
	w := newWorld(t)
	for _, status := range []string{"500", "503", "429"} {
		w.app.ran.Store(0)
		if a := w.overHTTP(ticket(status, status)); fmt.Sprint(a.status) != status {
			t.Fatalf("got %v", a)
		}
		_ = bySocket(w.dial(), ticket(status, status))
		w.wantRuns(2)
	}
	for _, status := range []string{"404", "409", "422"} {
		w.app.ran.Store(0)
		w.both(ticket(status, status))
		w.wantRuns(1)
	}
	// Without a key, and where nothing is changed, calls are what they are.
	w.app.ran.Store(0)
	none := ticket("none", "")
	none.header = nil
	w.overHTTP(none)
	w.overHTTP(none)
	hello := call{op: "hello", method: "GET", target: "/hello", header: []string{"Idempotency-Key", "k1"}}
	w.both(hello)
	w.wantRuns(4)
}

// TestRetryJoinsWhereTheFirstAnswerStood: the answer is a snapshot of then, so the events since then follow.
func TestRetryJoinsWhereTheFirstAnswerStood(t *testing.T) {
	w := newWorld(t)
	c := ticket("first", "k1")
	w.overHTTP(c) // reaches the server, and its answer is lost
	for _, text := range []string{"a", "b"} {
		w.overHTTP(ticket(text, "k "+text))
	}
	s := w.dial()
	f := must(t, s.Call(c.op, rttest.Input{Path: c.in.Path, Body: c.in.Body, Headers: map[string]string{"Idempotency-Key": "k1"}}), 201)
	if len(f.Subs) != 1 || f.Subs[0].Seq != 0 {
		t.Fatalf("got %s, want a subscription from position 0", f.Raw)
	}
	for i, want := range []string{"first 1", "a 2", "b 3"} {
		if e := s.Event(); string(e.Data) != `{"text":"`+want+`"}` || e.Seq != int64(i+1) {
			t.Errorf("got %s, want %q", e.Raw, want)
		}
	}
	w.overHTTP(ticket("c", "k c"))
	if e := s.Event(); e.Seq != 4 {
		t.Errorf("got %s", e.Raw)
	}
	// Joined already, it misses nothing and is told nothing twice.
	must(t, s.Call(c.op, rttest.Input{Path: c.in.Path, Body: c.in.Body, Headers: map[string]string{"Idempotency-Key": "k1"}}), 201)
	w.overHTTP(ticket("d", "k d"))
	if e := s.Event(); e.Seq != 5 {
		t.Errorf("got %s", e.Raw)
	}
	w.wantRuns(5)
}

// brokenStore cannot be reached.
type brokenStore struct{ rt.IdempotencyStore }

func (brokenStore) Claim(context.Context, string, rt.IdempotencyEntry) (*rt.IdempotencyEntry, error) {
	return nil, errors.New("no connection")
}

func TestStoreDecidesForAllServersThatShareIt(t *testing.T) {
	store := rt.NewMemoryIdempotency(0, time.Hour)
	w := newWorld(t, rt.WithIdempotency(store))
	other := anotherWorld(t, rt.WithIdempotency(store))
	same(t, w.overHTTP(ticket("here", "k1")), bySocket(other.dial(), ticket("here", "k1")))
	other.wantRuns(0)

	done := make(chan answer)
	go func() { done <- w.overHTTP(ticket("wait", "k2")) }()
	<-w.app.at
	if a := other.wantStatus(409, ticket("wait", "k2")); a.header["retry-after"] == "" {
		t.Errorf("got %v", a)
	}
	close(w.app.gate)
	same(t, <-done, other.overHTTP(ticket("wait", "k2")))

	broken := anotherWorld(t, rt.WithIdempotency(brokenStore{}))
	broken.wantStatus(503, ticket("x", "k"))
	broken.wantRuns(0)
	off := anotherWorld(t, rt.WithIdempotency(nil))
	off.overHTTP(ticket("x", "k"))
	off.overHTTP(ticket("x", "k"))
	off.wantRuns(2)
}
