package runtime

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestMembershipOutlivesAnAuthorityThatIsAwayForAMoment(t *testing.T) {
	for _, how := range []string{"503", "panic", "silence"} {
		inBubbleNamed(t, how, func(t *testing.T) {
			g := newGuarded(t, "10s")
			c := g.as("ada")
			c.list("own", "")
			c.list("r", "bob")
			stream := g.stream("r", "cy", "")
			stream.block()
			g.fail(how)
			<-time.After(doubtPatience - 20*time.Second)
			c.silent()
			if g.mu.Lock(); g.checks < 6 || g.checks > 3*20 {
				t.Errorf("%d checks", g.checks)
			}
			g.mu.Unlock()
			// It comes back, in time: everybody stays, and is checked as before.
			g.fail("")
			<-time.After(time.Minute)
			c.silent()
			g.publish("r", "1")
			c.event("1")
			if f := stream.next(); f["data"] != `{"id":"1"}` {
				t.Fatalf("got %v", f)
			}
			g.ban("bob")
			began := time.Now()
			c.gone("forbidden")
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("put out after %v", took)
			}
			g.publish("own", "2")
			c.event("2")
		})
	}
}

func TestMembershipEndsWhenItCannotBeCheckedForTooLong(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "10s")
		c := g.as("ada")
		c.list("r", "")
		stream := g.stream("r", "ada", "")
		g.fail("503")
		began := time.Now()
		c.gone("unavailable")
		stream.rest()
		if took := time.Since(began) - 10*time.Second; took < doubtPatience || took > doubtPatience+time.Second {
			t.Errorf("ended after %v of doubt, want %v", took, doubtPatience)
		}
		g.publish("r", "late")
		c.silent()
		// Without an interval a check after new credentials can fail, too.
		g.rt.hub.types["room"].reauthorize = 0
		g.fail("")
		c.list("r", "")
		g.fail("503")
		c.send(`{"t":"auth","id":90,"scheme":"bearer","token":"ada"}`)
		c.want("res")
		<-time.After(time.Minute)
		g.fail("")
		<-time.After(time.Minute)
		g.publish("r", "1")
		c.event("1")
	})
}

func TestCheckThatPanicsWhileResumingRefusesThatChannel(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "")
		c := g.as("ada")
		sub := c.list("r", "")["subs"].([]any)[0].(map[string]any)
		g.fail("panic")
		c = g.open(nil)
		c.send(`{"t":"hello","auth":{"scheme":"bearer","token":"ada"},"resume":[{"op":"list","path":{"room":"r"},"ch":[` +
			`{"name":"room","address":"rooms/r","epoch":"` + sub["epoch"].(string) + `","seq":0}]}]}`)
		c.want("welcome")
		if f := c.want("ch"); f["state"] != "reset" || f["reason"] != "forbidden" {
			t.Fatalf("got %v", f)
		}
	})
}

// TestSecurityOfAChannelHoldsForItsSnapshotToo: the position and the snapshot are for members, whichever
// transport the call takes and whatever joins.
func TestSecurityOfAChannelHoldsForItsSnapshotToo(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "")
		g.ban("eve")
		g.rt.hub.types["room"].spec.Security = []Requirement{{{Scheme: "token"}}}
		g.server.ops["list"].op.Security = nil
		c := g.as("")
		for token, status := range map[string]int{"eve": 401, "ada": 200} {
			resp, err := g.get("/rooms/r", token, "")
			if err != nil || resp.StatusCode != status || (resp.Header.Get("Realtime-Position") != "") != (status == 200) {
				t.Errorf("%s over HTTP: got %v, %v", token, resp, err)
			}
			_ = resp.Body.Close()
			if f := c.list("r", token); f["status"] != float64(status) || (f["subs"] != nil) != (status == 200) {
				t.Errorf("%s by socket: got %v", token, f)
			}
		}
		if resp, err := g.get("/rooms/r", "eve", "", "Realtime-Session", "unknown"); err != nil || resp.StatusCode != 401 {
			t.Errorf("for an unknown session: got %v, %v", resp, err)
		}
	})
}

// TestChannelsSecuritySeesWhatMiddlewareMakesOfACall has a middleware that turns a cookie of its own into the
// header that the channel's check looks at.
func TestChannelsSecuritySeesWhatMiddlewareMakesOfACall(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "")
		g.rt.hub.types["room"].spec.Security = []Requirement{{{Scheme: "token"}}}
		g.server.ops["list"].op.Security = nil
		g.server.Use(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if name := r.Header.Get("X-Ticket"); name != "" {
					r.Header.Set("Authorization", "Bearer "+name)
				}
				next.ServeHTTP(w, r)
			})
		})
		if resp, err := g.get("/rooms/r", "", "", "X-Ticket", "ada"); err != nil || resp.StatusCode != 200 {
			t.Errorf("over HTTP: got %v, %v", resp, err)
		}
		c := g.as("")
		for _, op := range []string{`"op":"list","path":{"room":"r"}`, `"op":"GET /rooms/r"`} {
			c.id++
			c.send(`{"t":"call","id":` + string(rune('0'+c.id)) + `,` + op + `,"headers":{"x-ticket":"ada"}}`)
			if f := c.want("res"); f["status"] != 200.0 {
				t.Errorf("by socket, %s: got %v", op, f)
			}
		}
	})
}

// A running server has calls that wait until their context ends.
func newRunning(t *testing.T) (g *guarded, ended chan error) {
	g = newGuarded(t, "")
	ended = make(chan error, 8)
	type none struct{}
	for _, op := range []*Operation{
		{ID: "wait", Method: "GET", Path: "/wait", Responses: echoResponses},
		{ID: "order", Method: "POST", Path: "/order", Responses: echoResponses},
	} {
		op.Security = []Requirement{{{Scheme: "token"}}}
		g.server.bind(Bind(op, func(ctx context.Context, _ *none) (any, error) {
			<-ctx.Done()
			ended <- ctx.Err()
			return nil, ctx.Err()
		}))
	}
	return g, ended
}

func TestCallsOfARevokedUserAreCancelledOnEverySocket(t *testing.T) {
	for _, middleware := range []bool{false, true} {
		name := map[bool]string{false: "plain", true: "behind middleware"}[middleware]
		inBubbleNamed(t, name, func(t *testing.T) {
			g, ended := newRunning(t)
			if middleware {
				g.server.Use(func(next http.Handler) http.Handler { return next })
			}
			ada, bob := g.as("ada"), g.as("bob")
			ada.list("own", "") // the socket is ada's: its handshake has not said so
			for _, s := range g.rt.sockets.all() {
				if len(s.joined()) > 0 {
					s.identity.Store(&Identity{Subject: "ada"})
				}
			}
			ada.send(`{"t":"call","id":20,"op":"wait"}`)
			ada.send(`{"t":"call","id":21,"op":"wait","headers":{"authorization":"Bearer bob"}}`)
			ada.send(`{"t":"call","id":22,"op":"order","headers":{"authorization":"Bearer bob","idempotency-key":"k"}}`)
			bob.list("r", "")
			bob.send(`{"t":"call","id":20,"op":"wait"}`)
			<-time.After(time.Second) // all of them run, and none holds the others up any more
			synctest.Wait()
			begin := time.Now()
			g.server.RevokeUser("bob", "logged out")
			for range 2 {
				f := ada.want("res")
				if id := f["id"]; f["status"] != 401.0 || id != 21.0 && id != 22.0 || !strings.HasSuffix(f["body"].(map[string]any)["type"].(string), "revoked") {
					t.Fatalf("got %v", f)
				}
			}
			bob.bye(closeRevoked)
			for range 3 {
				if err := <-ended; err != context.Canceled {
					t.Errorf("ended with %v", err)
				}
			}
			if took := time.Since(begin); took > time.Second {
				t.Errorf("took %v", took)
			}
			synctest.Wait()
			if len(ended) != 0 {
				t.Error("a call of ada's has ended, too")
			}
			ada.send(`{"t":"cancel","id":20}`)
			if f := ada.want("res"); f["status"] != 499.0 {
				t.Errorf("got %v", f)
			}
		})
	}
}

func TestCallWhoseCallerIsRevokedWhileItIsCheckedDoesNotRun(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g, ended := newRunning(t)
		g.during = func() { g.server.RevokeUser("bob", "") }
		if resp, err := g.get("/wait", "bob", ""); err != nil || resp.StatusCode != 401 {
			t.Errorf("over HTTP: got %v, %v", resp, err)
		}
		g.mu.Lock()
		g.during = func() { g.server.RevokeUser("bob", "") }
		g.mu.Unlock()
		c := g.as("ada")
		c.send(`{"t":"call","id":1,"op":"wait","headers":{"authorization":"Bearer bob"}}`)
		if f := c.want("res"); f["status"] != 401.0 {
			t.Errorf("by socket: got %v", f)
		}
		if len(ended) != 0 {
			t.Error("the handler has run")
		}
	})
}

func TestStreamOfAHandlerEndsWithItsCaller(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "")
		type none struct{}
		op := &Operation{
			ID: "tail", Method: "GET", Path: "/tail", Security: []Requirement{{{Scheme: "token"}}}, Timeout: "1h",
			Responses: []Response{{Status: "200", As: (*linesOK)(nil), Content: []Media{{Type: "application/jsonl", Schema: "Item"}}}},
		}
		g.server.bind(Bind(op, func(ctx context.Context, _ *none) (any, error) {
			return linesOK{Body: func(yield func(*tick, error) bool) {
				if yield(&tick{1}, nil) {
					<-ctx.Done()
					yield(nil, ctx.Err())
				}
			}}, nil
		}))
		open := func(token string) io.ReadCloser {
			resp, err := g.get("/tail", token, "")
			if err != nil || resp.StatusCode != 200 {
				t.Fatalf("got %v, %v", resp, err)
			}
			return resp.Body
		}
		ada, bob := open("ada"), open("bob")
		synctest.Wait()
		g.server.DisconnectUser("bob", "")
		text, err := io.ReadAll(bob)
		if string(text) != "{\"n\":1}\n" || err == nil {
			t.Errorf("got %q, %v, want a stream that is broken off", text, err)
		}
		if n := len(g.server.revoked.streams); n != 1 {
			t.Errorf("%d streams are followed", n)
		}
		_ = ada.Close()
	})
}

func TestCallThatRunsWhereItIsReadIsCancelledToo(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g, ended := newRunning(t)
		c := g.as("ada")
		c.send(`{"t":"call","id":1,"op":"wait","headers":{"authorization":"Bearer bob"}}`)
		synctest.Wait()
		g.server.RevokeUser("bob", "")
		if err := <-ended; err != context.Canceled {
			t.Errorf("ended with %v", err)
		}
		if f := c.want("res"); f["status"] != 401.0 {
			t.Errorf("got %v", f)
		}
	})
}
