package runtime

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestDisconnectEndsOneSocketOrAllOfAUser(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil, Authenticate(byToken))
		enter := func(token string) (*client, string) {
			c := g.open(tokenProtocol(token))
			c.send(`{"t":"hello"}`)
			return c, c.want("welcome")["session"].(string)
		}
		a1, _ := enter("ada")
		a2, id := enter("ada")
		bob, _ := enter("bob")
		server := g.rt.server
		if len(server.Sockets()) != 3 || server.Socket(id).RemoteAddr() == "" {
			t.Fatalf("got %v", server.Sockets())
		}
		if !server.Disconnect(id, "bye now") || server.Disconnect("nobody", "") {
			t.Fatal("Disconnect does not know whom it disconnects")
		}
		if f := a2.bye(closeDisconnected); f["problem"].(map[string]any)["detail"] != "bye now" {
			t.Fatalf("got %v", f)
		}
		_ = a2.ws.Close()
		synctest.Wait()
		if n := server.DisconnectUser("ada", ""); n != 1 {
			t.Fatalf("got %d", n)
		}
		a1.bye(closeDisconnected)
		if n := server.RevokeUser("bob", "logged out"); n != 1 {
			t.Fatalf("got %d", n)
		}
		bob.bye(closeRevoked)
	})
}

func TestApplicationClosesWithItsOwnCode(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		for code, want := range map[int]int{4801: 4801, 4999: 4999, 1000: closeDisconnected, 4300: closeDisconnected} {
			c, id := g.session()
			g.rt.server.Socket(id).Close(code, "because")
			c.bye(want)
		}
	})
}

func TestClosingCancelsRunningCalls(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		ended := make(chan error, 1)
		g.handle(&Operation{ID: "wait"}, func(ctx context.Context, _ *callInput) (int, string) {
			<-ctx.Done()
			ended <- ctx.Err()
			return 200, `{}`
		})
		c := g.connect()
		c.send(`{"t":"call","id":1,"op":"wait"}`)
		synctest.Wait()
		_ = c.ws.NetConn().Close()
		if err := <-ended; err != context.Canceled {
			t.Fatalf("got %v", err)
		}
	})
}

func TestCredentialsAreRenewedInPlace(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil, Authenticate(byToken))
		c := g.open(tokenProtocol("ada"))
		c.send(`{"t":"hello"}`)
		c.want("welcome")
		c.send(`{"t":"auth","id":1,"scheme":"bearer","token":"bad"}`)
		if f := c.want("res"); f["status"] != 401.0 {
			t.Fatalf("got %v", f)
		}
		c.send(`{"t":"auth","id":2,"scheme":"bearer","token":"ada"}`)
		if f := c.want("res"); f["status"] != 204.0 || f["id"] != 2.0 {
			t.Fatalf("got %v", f)
		}
		c.send(`{"t":"auth","id":3,"scheme":"bearer","token":"eve"}`)
		c.bye(closeRevoked)
	})
}

// withLifetime accepts any token for so long.
func withLifetime(d time.Duration) Option {
	return Authenticate(func(_ context.Context, _ *http.Request, c Credentials) (*Identity, error) {
		return &Identity{Subject: c.Token, Expires: time.Now().Add(d)}, nil
	})
}

func TestExpiredCredentialsEndTheSocketAfterANotice(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil, withLifetime(10*time.Second))
		c := g.open(tokenProtocol("ada"))
		c.send(`{"t":"hello"}`)
		if f := c.want("welcome"); f["auth"].(map[string]any)["expires_in"] != 10000.0 {
			t.Fatalf("got %v", f)
		}
		begin := time.Now()
		if f := c.want("auth"); f["due"] != 2000.0 || time.Since(begin) != 8*time.Second {
			t.Fatalf("got %v after %v", f, time.Since(begin))
		}
		c.send(`{"t":"auth","id":1,"scheme":"bearer","token":"ada"}`)
		c.want("res")
		c.want("auth")
		c.bye(closeExpired)
		if took := time.Since(begin); took != 18*time.Second {
			t.Fatalf("took %v", took)
		}
	})
}

func TestChannelsAreLookedAtAgainWithNewCredentialsAndInTime(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t, Authenticate(byToken))
		typ := g.rt.hub.types["room"]
		typ.spec.Security = []Requirement{{{Scheme: "bearer"}}}
		typ.reauthorize = time.Minute
		allowed := true
		g.allow = func(*callInput, []Requirement) (*Identity, *Problem) {
			if !allowed {
				return nil, Forbidden("")
			}
			return nil, nil
		}
		c := g.open(tokenProtocol("ada"))
		c.send(`{"t":"hello"}`)
		c.want("welcome")
		c.status(200, "join", `{"room":"a"}`)
		allowed = false
		begin := time.Now()
		if f := c.want("ch"); f["state"] != "gone" || f["reason"] != "forbidden" {
			t.Fatalf("got %v", f)
		}
		if took := time.Since(begin); took < time.Minute || took > 2*time.Minute {
			t.Fatalf("took %v", took)
		}
		g.publish("a", "1")
		c.silent()

		allowed = true
		c.status(200, "join", `{"room":"a"}`)
		allowed = false
		c.send(`{"t":"auth","id":99,"scheme":"bearer","token":"ada"}`)
		c.want("ch")
		c.want("res")
	})
}

func TestOrderedCallsRunOneAfterTheOtherInTheirOrder(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		var mu sync.Mutex
		var log []string
		running := 0
		f := func(_ context.Context, in *callInput) (int, string) {
			mu.Lock()
			running++
			if running > 1 && in.op == "byConnection" {
				t.Error("two ordered calls run at once")
			}
			log = append(log, string(in.body))
			mu.Unlock()
			<-time.After(time.Second)
			mu.Lock()
			running--
			mu.Unlock()
			return 200, string(in.body)
		}
		g.handle(&Operation{ID: "byConnection", Order: "connection"}, f)
		g.handle(&Operation{ID: "byKey", Order: "$request.body#/key"}, f)
		c := g.connect()
		for i := range 10 {
			c.send(fmt.Sprintf(`{"t":"call","id":%d,"op":"byConnection","body":%d}`, i+1, i))
		}
		for range 10 {
			c.want("res")
		}
		if got := strings.Join(log, ""); got != "0123456789" {
			t.Fatalf("got order %s", got)
		}
		log = nil
		begin := time.Now()
		for i := range 9 {
			c.send(fmt.Sprintf(`{"t":"call","id":%d,"op":"byKey","body":{"key":%d,"n":%d}}`, i+1, i%3, i))
		}
		for range 9 {
			c.want("res")
		}
		if took := time.Since(begin); took != 3*time.Second {
			t.Fatalf("took %v, want three rounds", took)
		}
		for key := range 3 {
			var mine []string
			for _, l := range log {
				if strings.Contains(l, fmt.Sprintf(`"key":%d`, key)) {
					mine = append(mine, l)
				}
			}
			if !slices.IsSorted(mine) {
				t.Fatalf("got %v", mine)
			}
		}
		if len(g.rt.lines.byKey) != 0 {
			t.Fatalf("%d lines are left", len(g.rt.lines.byKey))
		}
	})
}

func TestCancelledCallLeavesTheLine(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		started, release := g.blocked("slow", &Operation{Order: "connection"})
		c := g.connect()
		for i := range 3 {
			c.send(fmt.Sprintf(`{"t":"call","id":%d,"op":"slow"}`, i+1))
		}
		<-started
		c.send(`{"t":"cancel","id":2}`)
		if f := c.want("res"); f["id"] != 2.0 || f["status"] != 499.0 {
			t.Fatalf("got %v", f)
		}
		synctest.Wait()
		if len(started) != 0 {
			t.Fatal("the third call overtook the first")
		}
		release()
		c.want("res")
		c.want("res")
	})
}

func TestCallRateIsLimited(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil, WithLimits(Limits{Rate: "3/s"}))
		c := g.connect()
		for range 3 {
			c.status(200, "echo", `1`)
		}
		if f := c.status(429, "echo", `1`); f["headers"].(map[string]any)["retry-after"] != "1" {
			t.Fatalf("got %v", f)
		}
		<-time.After(time.Second)
		c.status(200, "echo", `1`)
	})
}

func TestShutdownLetsRunningCallsFinish(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		started, release := g.blocked("slow", &Operation{})
		busy, idle := g.connect(), g.connect()
		for i := range 10 {
			busy.send(fmt.Sprintf(`{"t":"call","id":%d,"op":"slow"}`, i+1))
			<-started
		}
		done := make(chan error, 1)
		go func() { done <- g.rt.server.Shutdown(context.Background()) }()
		idle.want("drain")
		idle.bye(closeDrain)
		_ = idle.ws.Close()
		busy.want("drain")
		synctest.Wait()
		busy.send(`{"t":"call","id":100,"op":"echo","body":1}`)
		if f := busy.want("res"); f["status"] != 503.0 || f["id"] != 100.0 || f["again"] != true {
			t.Fatalf("got %v", f)
		}
		if status, _, _ := g.refused(nil); status != 503 {
			t.Fatalf("a new handshake got %d", status)
		}
		release()
		for range 10 {
			if f := busy.want("res"); f["status"] != 200.0 {
				t.Fatalf("got %v", f)
			}
		}
		busy.bye(closeDrain)
		_ = busy.ws.Close()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
}

func TestShutdownEndsWithItsContext(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		started, _ := g.blocked("slow", &Operation{})
		c := g.connect()
		c.send(`{"t":"call","id":1,"op":"slow"}`)
		<-started
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		begin := time.Now()
		if err := g.rt.server.Shutdown(ctx); err != context.DeadlineExceeded {
			t.Fatalf("got %v", err)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Fatalf("took %v", took)
		}
		if f := c.want("drain"); f["deadline"] != 3000.0 {
			t.Fatalf("got %v", f)
		}
		c.bye(closeCutOff) // and not 4200: the call has run
	})
}
