package runtime

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

// Attacks whose bound is a number of things held; cases.txt of golden/acceptance says which.

// names counts what the server knows channels by.
func (g *rig) names() (channels, logs int) {
	for i := range g.rt.hub.shards {
		sh := &g.rt.hub.shards[i]
		sh.mu.Lock()
		channels += len(sh.channels)
		sh.mu.Unlock()
	}
	engine := g.rt.hub.engine.(*memoryEngine)
	for i := range engine.shards {
		sh := &engine.shards[i]
		sh.mu.Lock()
		logs += len(sh.logs)
		sh.mu.Unlock()
	}
	return channels, logs
}

// TestNamesOfChannelsLeaveNothingBehind goes through names in rounds, each of which has to end with nothing: that a
// million leave nothing either is then a matter of patience.
func TestNamesOfChannelsLeaveNothingBehind(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		g.rt.heartbeat = 24 * time.Hour
		_, id := g.session()
		s := g.rt.sockets.get(id)
		typ := g.rt.hub.types["room"]
		const rounds, each = 4, 5_000
		for round := range rounds {
			for n := range each {
				address := fmt.Sprintf("rooms/%d-%d", round, n)
				c, err := g.rt.hub.acquire(t.Context(), typ, address)
				if err != nil {
					t.Fatal(err)
				}
				m, err := c.join(s, joining{hold: true})
				if err != nil {
					t.Fatal(err)
				}
				m.release(false) // as a subscribing call that is refused
				if n%100 == 0 {
					g.publish(address[len("rooms/"):], "x") // has a history, for ten minutes
				}
				g.rt.hub.release(c)
			}
			if channels, logs := g.names(); channels != 0 || logs < each/100 {
				t.Fatalf("round %d: %d channels with members, %d logs", round, channels, logs)
			}
			<-time.After(10*time.Minute + 2*sweepEvery)
			synctest.Wait()
			if channels, logs := g.names(); channels != 0 || logs != 0 {
				t.Fatalf("round %d: %d channels and %d logs are left", round, channels, logs)
			}
			if n := len(s.joined()); n != 0 {
				t.Fatalf("the socket is in %d channels", n)
			}
		}
		for i := range g.rt.hub.shards {
			if most := g.rt.hub.shards[i].most; most > 256 { // more than one at a time are never there
				t.Errorf("a map keeps room for %d channels", most)
			}
		}
	})
}

// TestRoomOfAMapIsGivenBack looks at memory, so it is not parallel.
func TestRoomOfAMapIsGivenBack(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	engine := NewMemoryEngine().(*memoryEngine)
	before := heap()
	const names = 50_000
	for n := range names {
		l, err := engine.log(fmt.Sprint("rooms/", n), Retention{})
		if err != nil {
			t.Fatal(err)
		}
		l.idle = l.idle.Add(-2 * positionTTL)
		l.mu.Unlock()
	}
	grown := heap() - before
	for i := range engine.shards {
		engine.shards[i].forget()
	}
	if left := int64(heap()) - int64(before); left > int64(grown)/20 {
		t.Errorf("%d names took %d bytes, %d are left", names, grown, left)
	}
	if err := engine.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestNothingArrivesAfterARevocation publishes without a pause while a principal is revoked: what was
// published afterwards reaches none of its sockets, and those of others miss nothing.
func TestNothingArrivesAfterARevocation(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t, Authenticate(byToken))
		enter := func(token string) *client {
			c := g.open(tokenProtocol(token))
			c.send(`{"t":"hello"}`)
			c.want("welcome")
			c.status(200, "join", `{"room":"r"}`)
			return c
		}
		ada := []*client{enter("ada"), enter("ada"), enter("ada")}
		bob := enter("bob")
		const events, revokedAt = 200, 100
		for i := range events {
			if i == revokedAt {
				if n := g.rt.server.RevokeUser("ada", "logged out"); n != len(ada) {
					t.Fatalf("%d sockets are revoked", n)
				}
			}
			g.publish("r", fmt.Sprint(i))
		}
		for i := range events {
			bob.event(fmt.Sprint(i))
		}
		for _, c := range ada {
			for next := 0; ; next++ {
				f := c.next()
				if f["t"] == "bye" {
					if f["code"] != float64(closeRevoked) || next > revokedAt {
						t.Fatalf("got %v after %d events", f, next)
					}
					break
				}
				if id := f["data"].(map[string]any)["id"]; id != fmt.Sprint(next) || next >= revokedAt {
					t.Fatalf("got event %v, published after the revocation", f)
				}
			}
			if _, err := c.read(); !websocket.IsCloseError(err, closeRevoked) {
				t.Fatalf("got %v", err)
			}
		}
	})
}

// TestReconnectStormIsLetInAtTheRate has a thousand clients come at once, again and again. What reaches the
// application is what the rate allows; the others are told when to come.
func TestReconnectStormIsLetInAtTheRate(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		asked := 0
		g := newRig(t, nil, AcceptRate("50/s"), MaxWaiting(0), MaxWaitingPerIP(-1), OnConnect(func(context.Context, *Socket) error { asked++; return nil }))
		const clients, seconds = 300, 5
		in := 0
		for second := range seconds {
			for range clients {
				c, resp, err := g.dial(nil)
				if err == nil {
					in++
					c.send(`{"t":"hello"}`)
					c.want("welcome")
					continue
				}
				if resp == nil || resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
					t.Fatalf("second %d: got %v, %v", second, resp, err)
				}
			}
			if in > 50*(second+2) || in != asked {
				t.Fatalf("second %d: %d are in, the application was asked %d times", second, in, asked)
			}
			<-time.After(time.Second)
		}
		if in < 50*seconds {
			t.Fatalf("only %d got in", in)
		}
	})
}

// TestCompressedMessageIsNotInflated sends what would be an inflate bomb to a socket that has not agreed to
// compression: it ends at the reserved bit, and nothing is inflated.
func TestCompressedMessageIsNotInflated(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		conn, r := g.rawSocket()
		go func() {
			bomb := maskedFrame(0xC1, strings.Repeat("\x00", 100)) // RSV1: compressed
			_, _ = conn.Write([]byte(maskedFrame(0x81, `{"t":"hello"}`) + bomb))
		}()
		if code := lastClose(t, r); code != closeBroken {
			t.Errorf("got close %d", code)
		}
	})
}
