package runtime

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// TestChurnLeavesNothingBehind has clients that join, leave, publish, stall and disappear at
// once, while the application moves them about. It ends only if no lock waits for another, and
// what is left must be nothing.
func TestChurnLeavesNothingBehind(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t, WithLimits(Limits{Queue: 16 << 10}))
		var clients, readers sync.WaitGroup
		for n := range 24 {
			clients.Go(func() {
				r := rand.New(rand.NewPCG(uint64(n), 1))
				for range 4 {
					c, _, err := g.dial(nil)
					if err != nil {
						t.Error(err)
						return
					}
					stalls := r.IntN(6) == 0
					readers.Go(func() {
						for !stalls {
							if _, _, err := c.ws.ReadMessage(); err != nil {
								return
							}
						}
					})
					_ = c.ws.WriteMessage(websocket.TextMessage, []byte(`{"t":"hello"}`))
					for i := range 60 {
						op := []string{"join", "leave", "say", "say"}[r.IntN(4)]
						frame := fmt.Sprintf(`{"t":"call","id":%d,"op":%q,"body":{"room":"%d","id":"%0200d"}}`, i+1, op, r.IntN(3), i)
						_ = c.ws.SetWriteDeadline(time.Now().Add(time.Second))
						if c.ws.WriteMessage(websocket.TextMessage, []byte(frame)) != nil {
							break
						}
					}
					if r.IntN(2) == 0 {
						_ = c.ws.NetConn().Close()
					} else {
						_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
					}
				}
			})
		}
		clients.Go(func() {
			r := rand.New(rand.NewPCG(99, 1))
			for range 300 {
				a, b := g.room(fmt.Sprint(r.IntN(3))), g.room(fmt.Sprint(r.IntN(3)))
				switch r.IntN(5) {
				case 0:
					_ = a.LeaveAll(t.Context())
				case 1:
					_ = a.JoinMembersOf(t.Context(), b)
				case 2:
					_ = a.LeaveMembersOf(t.Context(), b)
				case 3:
					_, _ = PublishEvent(t.Context(), a, "said", &said{ID: "x"}, ToAll())
				case 4:
					if all := g.rt.server.Sockets(); len(all) > 0 {
						g.rt.server.Disconnect(all[0].ID(), "")
					}
				}
				<-time.After(time.Microsecond)
			}
		})
		clients.Wait()
		for _, s := range g.rt.sockets.all() {
			s.wire.close()
		}
		<-g.rt.sockets.gone()
		readers.Wait()
		for i := range g.rt.hub.shards {
			if n := len(g.rt.hub.shards[i].channels); n != 0 {
				t.Errorf("shard %d holds %d channels", i, n)
			}
		}
		if n := g.rt.sockets.count.Load(); n != 0 || g.rt.sockets.unknown != 0 || g.rt.sockets.reserved != 0 {
			t.Errorf("%d sockets, %d unknown, %d reserved are left", n, g.rt.sockets.unknown, g.rt.sockets.reserved)
		}
	})
}
