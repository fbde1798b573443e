package runtime

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestCallsForTheSessionCountInItsRate(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil, WithLimits(Limits{Rate: "3/s"}), byHeader())
		c, other := g.stream(hello, "Authorization: User ann"), g.stream(hello)
		for range 3 {
			c.call("say", "r")
		}
		a := c.call("say", "r")
		if a.status != 429 || a.header.Get("Retry-After") != "1" || a.body["type"] != "urn:rtgen:problem:rate-limited" {
			t.Fatalf("got %d %v %v", a.status, a.header, a.body)
		}
		// Who is not the owner spends nothing, whoever names no session has no such limit.
		if a := g.call(g.client, "http://chat.example", "say", "r", "Realtime-Session: "+c.session); a.status != 200 {
			t.Fatalf("got %d", a.status)
		}
		if a := other.call("say", "r"); a.status != 200 {
			t.Fatalf("got %d", a.status)
		}
		<-time.After(time.Second)
		if a := c.call("join", "r"); a.status != 200 || len(a.subs) != 1 {
			t.Fatalf("got %d %v", a.status, a.header)
		}
	})
}

func TestCallsForTheSessionRunSideBySideWithinItsLimit(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil, WithLimits(Limits{Inflight: 2}))
		c := g.stream(hello)
		var running, most atomic.Int32
		finish := make(chan struct{})
		g.inside = func(context.Context, string) {
			most.Store(max(most.Load(), running.Add(1)))
			<-finish
			running.Add(-1)
		}
		var wait sync.WaitGroup
		for i := range 5 {
			wait.Go(func() {
				if a := c.call("say", fmt.Sprint(i)); a.status != 200 || a.body["socket"] != c.session {
					t.Errorf("got %d %v", a.status, a.body)
				}
			})
		}
		synctest.Wait()
		if n := running.Load(); n != 2 {
			t.Errorf("%d run at once", n)
		}
		close(finish)
		wait.Wait()
		if n := most.Load(); n != 2 {
			t.Errorf("%d ran at once", n)
		}
	})
}

func TestCallThatWaitsForItsTurn(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		for _, ends := range []string{"the stream", "the caller"} {
			g := newFallback(t, nil, WithLimits(Limits{Inflight: 1}))
			c := g.stream(hello)
			first, finish := make(chan struct{}), make(chan struct{})
			g.inside = func(context.Context, string) {
				g.inside = func(context.Context, string) {}
				close(first)
				<-finish
			}
			var wait sync.WaitGroup
			wait.Go(func() { c.call("say", "r") })
			<-first
			if ends == "the stream" {
				// What has waited is an ordinary call then.
				wait.Go(func() {
					if a := c.call("join", "r"); a.status != 200 || a.subs != nil || len(a.at) != 1 {
						t.Errorf("got %d %v", a.status, a.header)
					}
				})
				synctest.Wait()
				c.cut()
				synctest.Wait() // the server has noticed
			} else {
				ctx, cancel := context.WithCancel(t.Context())
				wait.Go(func() {
					r, _ := http.NewRequestWithContext(ctx, "POST", "http://chat.example/rooms/r/join", nil)
					r.Header.Set("Realtime-Session", c.session)
					if resp, err := g.client.Do(r); err == nil {
						t.Errorf("got %d", resp.StatusCode)
						_ = resp.Body.Close()
					}
				})
				synctest.Wait()
				cancel()
				synctest.Wait()
				s := g.s.Socket(c.session)
				s.mu.Lock()
				if s.active != 1 {
					t.Errorf("%d calls are counted", s.active)
				}
				s.mu.Unlock()
			}
			close(finish)
			wait.Wait()
		}
	})
}

// TestCredentialsOfACallForTheSessionAreThoseOfItsChannel: on a stream of nobody's each membership lasts as
// long as what its call has shown, and the stream goes on.
func TestCredentialsOfACallForTheSessionAreThoseOfItsChannel(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		spec := roomSpec()
		spec.Channels[0].Reauthorize = "5s"
		var banned atomic.Bool
		soon := time.Now().Add(time.Minute)
		check := WithSecurity("user", func(_ context.Context, c BearerCredentials) (*Identity, error) {
			switch {
			case c.Token == "bob" && banned.Load():
				return nil, errors.New("banned")
			case c.Token == "brief":
				return &Identity{Subject: "kim", Expires: soon}, nil
			}
			return &Identity{Subject: c.Token}, nil
		})
		g := newFallback(t, spec, check)
		c := g.stream("")
		for room, user := range map[string]string{"ban": "bob", "end": "brief", "out": "cleo"} {
			if a := c.call("private", room, "Authorization: User "+user); len(a.subs) != 1 {
				t.Fatalf("got %d %v", a.status, a.header)
			}
		}
		gone := func(room, reason string) {
			t.Helper()
			if f := c.want("ch"); f["state"] != "gone" || f["reason"] != reason || f["address"] != "rooms/"+room {
				t.Fatalf("got %v", f)
			}
		}
		<-time.After(21 * time.Second)
		g.publish("ban", "1")
		c.said("1")
		banned.Store(true)
		gone("ban", "forbidden")
		g.s.RevokeUser("cleo", "signed out")
		g.publish("out", "late")
		gone("out", "revoked")
		gone("end", "expired")
		if late := time.Since(soon); late > time.Second {
			t.Errorf("it took %v", late)
		}
		c.call("join", "r")
		g.publish("r", "2")
		c.said("2")
	})
}

// TestCredentialsOfTheStreamAreThoseOfItsChannels: what is shown twice ends once, as by socket.
func TestCredentialsOfTheStreamAreThoseOfItsChannels(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ends := time.Now().Add(time.Minute)
		check := WithSecurity("user", func(context.Context, BearerCredentials) (*Identity, error) {
			return &Identity{Subject: "ann", Expires: ends}, nil
		})
		for _, open := range []string{`{"auth":{"scheme":"user","token":"t"}}`, ""} {
			ends = time.Now().Add(time.Minute)
			g := newFallback(t, nil, check)
			var c *streamClient
			if open != "" {
				c = g.stream(open)
			} else {
				c = g.stream(open, "Authorization: User t")
			}
			if a := c.call("private", "r", "Authorization: User t"); len(a.subs) != 1 {
				t.Fatalf("got %d %v", a.status, a.header)
			}
			c.want("auth")
			if f := c.want("bye"); f["code"] != float64(closeExpired) {
				t.Fatalf("got %v", f)
			}
			if late := time.Since(ends); late > time.Second {
				t.Errorf("it took %v", late)
			}
			c.ended()
		}
	})
}

func TestNothingFollowsARevocationByStream(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil, byHeader())
		c := g.stream(hello, "Authorization: User ann")
		c.call("join", "r")
		began := time.Now()
		g.s.RevokeUser("ann", "signed out")
		g.publish("r", "secret")
		if f := c.want("bye"); f["code"] != float64(closeRevoked) {
			t.Fatalf("got %v", f)
		}
		c.ended()
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %v", took)
		}
		if a := c.call("join", "r"); a.status != 200 || a.subs != nil {
			t.Fatalf("got %d %v", a.status, a.header)
		}
	})
}

// TestStreamOfAnotherServer: every subscribing call meets a server that does not have the stream, and the
// client gets its channels by opening the stream again, wherever that leads.
func TestStreamOfAnotherServer(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		engine := NewMemoryEngine()
		defer func() { _ = engine.Close() }()
		opts := []Option{WithEngine(lasting{engine}), WithResumeKey([]byte(strings.Repeat("k", 32)))}
		g := newFallback(t, nil, opts...)
		other := g.server(roomSpec(), opts...)
		there, _ := g.inMemory(other)
		clients := []*http.Client{g.client, there}
		const url = "http://chat.example"

		c := g.stream(hello)
		var at []heldPosition
		for i, room := range []string{"a", "b", "c"} {
			a := g.call(clients[(i+1)%2], url, "join", room, "Realtime-Session: "+c.session)
			if a.status != 200 || a.subs != nil || len(a.at) != 1 {
				t.Fatalf("got %d %v", a.status, a.header)
			}
			publishSaid(t, other, room, room+"1") // while the client has no stream
			c.cut()
			at = append(at, a.at[0])
			c = g.streamAt(clients[(i+1)%2], url, resuming("join", at...))
			for j := range at {
				if f := c.want("ch"); f["recovered"] != true || f["address"] != at[j].Address {
					t.Fatalf("got %v", f)
				}
				if j == i {
					at[j] = at[j].after(c.said(room + "1"))
				}
			}
		}
		g.publish("a", "a2")
		c.said("a2")
		publishSaid(t, other, "b", "b2")
		c.said("b2")
	})
}

// TestAnswersForTheSessionAreInNoCache: one that a browser has kept would join nothing and say that it has. What is
// kept with an idempotency key is for whoever repeats the call.
func TestAnswersForTheSessionAreInNoCache(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil)
		c := g.stream(hello)
		for range 2 {
			if h := c.call("join", "r", "Idempotency-Key: k").header; h.Get("Cache-Control") != "no-store" || fmt.Sprint(h["Vary"]) != "[Realtime-Session]" {
				t.Errorf("got %v", h)
			}
			if h := g.call(g.client, "http://chat.example", "join", "r", "Idempotency-Key: k").header; h.Get("Cache-Control") != "" || fmt.Sprint(h["Vary"]) != "[Realtime-Session]" {
				t.Errorf("got %v", h)
			}
		}
		if h := g.call(g.client, "http://chat.example", "say", "r").header; h.Get("Cache-Control") != "" || h.Get("Vary") != "" {
			t.Errorf("got %v", h)
		}
	})
}

// TestLargeHeadersPassAStream: cookies and tokens of several KB are everyday matters.
func TestLargeHeadersPassAStream(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil, AllowOrigins("https://app.example"))
		large := []string{
			"Origin: https://app.example", "Cookie: a=" + strings.Repeat("x", 8<<10), "X-Trace: " + strings.Repeat("y", 6<<10),
			"Authorization: User " + strings.Repeat("z", 8<<10),
		}
		for _, open := range []string{hello, ""} {
			c := g.stream(open, large...)
			if a := c.call("join", "r", large...); a.status != 200 || len(a.subs) != 1 {
				t.Fatalf("got %d %v", a.status, a.header)
			}
			g.publish("r", "1")
			c.said("1")
		}
	})
}
