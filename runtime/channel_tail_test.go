package runtime

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// countingEngine counts reads of histories; each takes a while.
type countingEngine struct {
	Engine
	reads, running, most atomic.Int32
}

func (e *countingEngine) History(ctx context.Context, channel string, r Retention, seq uint64, limit int) (History, error) {
	e.reads.Add(1)
	e.most.Store(max(e.most.Load(), e.running.Add(1)))
	defer e.running.Add(-1)
	<-time.After(50 * time.Millisecond)
	return e.Engine.History(ctx, channel, r, seq, limit)
}

// TestManyResumesAreServedFromFewReads has ten thousand clients come back to one channel, each from a
// position of its own, while it goes on.
func TestManyResumesAreServedFromFewReads(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := &countingEngine{Engine: NewMemoryEngine()}
		g := newRooms(t, WithEngine(e))
		c := g.connect()
		start := c.joined("r")
		room, err := g.rt.hub.acquire(t.Context(), g.rt.hub.types["room"], "rooms/r")
		if err != nil {
			t.Fatal(err)
		}
		defer g.rt.hub.release(room)
		const before, clients = 40, 10_000
		positions := []Position{{Epoch: room.pos.Epoch, Seq: start.Seq, Last: start.Last}}
		for i := range before {
			positions = append(positions, g.publish("r", fmt.Sprint(i)))
		}
		var wg sync.WaitGroup
		for i := range clients {
			from := positions[rand.N(len(positions))]
			wg.Go(func() {
				<-time.After(time.Duration(i/100) * time.Millisecond)
				room.mu.Lock()
				to := room.pos
				room.mu.Unlock()
				events, reason := g.rt.missed(t.Context(), room, from, to)
				if reason != "" || len(events) != int(to.Seq-from.Seq) {
					t.Errorf("from %d to %d: got %d events, %q", from.Seq, to.Seq, len(events), reason)
				}
				for j, k := range events {
					if k.Seq != from.Seq+uint64(j)+1 {
						t.Errorf("from %d: event %d has position %d", from.Seq, j, k.Seq)
					}
				}
			})
		}
		for i := range 5 {
			<-time.After(20 * time.Millisecond)
			g.publish("r", fmt.Sprint("live ", i))
		}
		wg.Wait()
		reads, most := e.reads.Load(), e.most.Load()
		t.Logf("%d resumes: %d reads", clients, reads)
		if reads > 20 || most > 1 {
			t.Errorf("%d resumes took %d reads, %d of them at once", clients, reads, most)
		}
		<-time.After(2 * tailKept)
		room.mu.Lock()
		defer room.mu.Unlock()
		if room.tail.valid || room.tail.events != nil {
			t.Error("the history that was read is kept")
		}
	})
}

func TestClientsOfARestartShareOneRead(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := &countingEngine{Engine: NewMemoryEngine()}
		g := newRooms(t, WithEngine(e))
		c := g.connect()
		p := c.joined("r")
		for i := range 5 {
			g.publish("r", fmt.Sprint(i))
		}
		var clients []*client
		for range 50 {
			c := g.open(nil)
			c.send(fmt.Sprintf(`{"t":"hello","resume":[{"op":"join","ch":[{"name":"room","address":"rooms/r","epoch":%q,"seq":0}]}]}`, p.Epoch))
			clients = append(clients, c)
		}
		for _, c := range clients {
			c.want("welcome")
			if f := c.want("ch"); f["recovered"] != true {
				t.Fatalf("got %v", f)
			}
			for i := range 5 {
				c.event(fmt.Sprint(i))
			}
		}
		if n := e.reads.Load(); n != 1 {
			t.Errorf("%d reads", n)
		}
	})
}

// TestFailedReadIsEachReadersOwn: what is too old for one may be there for the next.
func TestFailedReadIsEachReadersOwn(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := &countingEngine{Engine: NewMemoryEngine()}
		g := newRooms(t, WithEngine(e))
		c := g.connect()
		c.joined("r")
		room := g.rt.hub.lookup("rooms/r")
		defer g.rt.hub.release(room)
		old := g.publish("r", "old")
		<-time.After(9 * time.Minute)
		newer := g.publish("r", "newer")
		<-time.After(2 * time.Minute)
		g.publish("r", "newest")
		var wg sync.WaitGroup
		for _, tt := range []struct {
			from Position
			want string
		}{{Position{Epoch: old.Epoch}, "truncated"}, {old, ""}, {newer, ""}, {Position{Epoch: old.Epoch}, "truncated"}} {
			wg.Go(func() {
				if _, reason := g.rt.missed(t.Context(), room, tt.from, room.pos); reason != tt.want {
					t.Errorf("from %d: got %q, want %q", tt.from.Seq, reason, tt.want)
				}
			})
		}
		wg.Wait()
		if n := e.reads.Load(); n > 4 {
			t.Errorf("%d reads", n)
		}
	})
}

func TestPositionOfAChannelWithoutEventsOutlivesAReload(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		c := g.connect()
		p := c.joined("r")
		if p.Epoch == "" || p.Seq != 0 {
			t.Fatalf("got %+v", p)
		}
		_ = c.ws.Close()
		<-time.After(45 * time.Second)
		if f := g.resume("join", p).want("ch"); f["state"] != "live" || f["recovered"] != true {
			t.Fatalf("got %v", f)
		}
	})
}

func TestEveryChannelOfAHelloIsAnswered(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t, WithLimits(Limits{Channels: 2}))
		c := g.connect()
		p := c.joined("a")
		var list []string
		for _, room := range []string{"a", "b", "c"} {
			list = append(list, fmt.Sprintf(`{"name":"room","address":"rooms/%s","epoch":%q,"seq":0}`, room, p.Epoch))
		}
		list = append(list, `{"name":"room","address":"rooms/d","epoch":"x","seq":-1}`)
		c = g.open(nil)
		c.send(`{"t":"hello","resume":[{"op":"join","ch":[` + strings.Join(list, ",") + `]}]}`)
		c.want("welcome")
		for _, want := range []string{"rooms/a <nil>", "rooms/b epoch", "rooms/c too-many", "rooms/d too-many"} {
			if f := c.want("ch"); fmt.Sprint(f["address"], " ", f["reason"]) != want {
				t.Errorf("got %v, want %s", f, want)
			}
		}
		c.silent()
	})
}

// TestReplayOfManyChannelsLeavesRoom: a replay that would fill the queue would end the socket, for ever.
func TestReplayOfManyChannelsLeavesRoom(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		g.rt.hub.types["room"].retain.Size = 2000
		g.rt.limits.queueFrames = 2048
		c := g.connect()
		var ps []heldPosition
		for _, room := range []string{"a", "b"} {
			ps = append(ps, c.joined(room))
		}
		_ = c.ws.Close()
		<-g.rt.sockets.gone()
		for i := range 900 {
			g.publish("a", fmt.Sprint(i))
			g.publish("b", fmt.Sprint(i))
		}
		c = g.resume("join", ps...)
		if f := c.want("ch"); f["recovered"] != true {
			t.Fatalf("got %v", f)
		}
		for i := range 900 {
			c.event(fmt.Sprint(i))
		}
		if f := c.want("ch"); f["reason"] != "too-many" {
			t.Fatalf("got %v", f)
		}
		c.silent()
	})
}
