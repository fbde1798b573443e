//go:build linux

package runtime

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// A stormRider is a client that does at random what clients do, and keeps count of its answers.
type stormRider struct {
	c      *client
	mu     sync.Mutex // guards everything below
	open   map[float64]bool
	idle   *sync.Cond // nothing is open, or the connection has ended
	ended  bool
	failed error
}

// listen takes frames until the connection ends. Whatever is answered must have been asked.
func (r *stormRider) listen() {
	for {
		f, err := r.c.read()
		r.mu.Lock()
		if err != nil {
			r.ended = true
			r.idle.Broadcast()
			r.mu.Unlock()
			return
		}
		id, _ := f["id"].(float64)
		switch {
		case f["t"] == "problem", f["t"] == "res" && !r.open[id]:
			r.failed = fmt.Errorf("got %v", f)
		case f["t"] == "res":
			delete(r.open, id)
			r.idle.Broadcast()
		}
		r.mu.Unlock()
	}
}

// ride sends some messages, with pauses in which the socket is parked, and waits for what they come to.
func (r *stormRider) ride(steps int) error {
	defer func() { _ = r.c.ws.Close() }()
	go r.listen()
	_, _ = r.c.ws.NetConn().Write(stormFrame(websocket.TextMessage, `{"t":"hello"}`)) // and the calls behind it, unless it is closed
	for id := 1; id <= steps; {
		var lines []string
		for range 1 + rand.IntN(4) {
			r.mu.Lock()
			r.open[float64(id)] = true
			r.mu.Unlock()
			op := []string{"work", "work", "say", "join", "leave", "ordered"}[rand.IntN(6)]
			lines = append(lines, fmt.Sprintf(`{"t":"call","id":%d,"op":%q,"body":{"room":"r","id":"%d"}}`, id, op, id))
			if rand.IntN(4) == 0 {
				lines = append(lines, fmt.Sprintf(`{"t":"cancel","id":%d}`, 1+rand.IntN(id)))
			}
			id++
		}
		var raw strings.Builder
		switch rand.IntN(3) {
		case 0: // one message, then a control frame
			raw.Write(stormFrame(websocket.TextMessage, strings.Join(lines, "\n")))
			raw.Write(stormFrame(websocket.PingMessage, "hey"))
		default:
			for _, line := range lines {
				raw.Write(stormFrame(websocket.TextMessage, line))
			}
		}
		text := raw.String()
		cut := rand.IntN(len(text))
		for _, piece := range []string{text[:cut], text[cut:]} {
			if rand.IntN(4) == 0 {
				time.Sleep(time.Duration(rand.IntN(4)) * time.Millisecond) // not to wait for anything: to be parked now and then
			}
			if _, err := r.c.ws.NetConn().Write([]byte(piece)); err != nil {
				break // the server has closed it
			}
		}
	}
	giveUp := time.AfterFunc(time.Minute, func() { _ = r.c.ws.Close() })
	defer giveUp.Stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.open) > 0 && !r.ended {
		r.idle.Wait()
	}
	if r.failed == nil && !giveUp.Stop() {
		return fmt.Errorf("no answer to %v", r.open)
	}
	return r.failed
}

// stormFrame is a masked frame with a zero mask.
func stormFrame(opcode byte, payload string) []byte {
	b := []byte{0x80 | opcode}
	if n := len(payload); n < 126 {
		b = append(b, 0x80|byte(n))
	} else {
		b = append(b, 0xFE, byte(n>>8), byte(n))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

// Over TCP everything happens at once: sockets are parked, calls take as long as they like, events come,
// calls are cancelled and sockets closed, and in the end the server goes away. Each call is answered once or
// its socket is closed, and nothing is left.
func TestStormLeavesNothing(t *testing.T) {
	const riders, rounds, steps = 12, 4, 60
	g := newRooms(t, WithLimits(Limits{Inflight: 6}))
	g.rt.limits.controls = 1000
	dial := g.overLoopback()
	work := func(ctx context.Context, in *callInput) (int, string) {
		if rand.IntN(6) == 0 {
			select {
			case <-time.After(rand.N(3 * patience)):
			case <-ctx.Done():
				return 499, `{}`
			}
		}
		return 200, string(in.body)
	}
	g.handle(&Operation{ID: "work"}, work)
	g.handle(&Operation{ID: "ordered", Order: "connection"}, work)
	var (
		seen sync.Map // *Socket
		over = make(chan struct{})
		side sync.WaitGroup
	)
	every := func(pause time.Duration, do func(*Socket)) {
		side.Go(func() {
			tick := time.NewTicker(pause)
			defer tick.Stop()
			for {
				select {
				case <-over:
					return
				case <-tick.C:
				}
				for _, s := range g.rt.sockets.all() { // in no order
					seen.Store(s, true)
					do(s)
					break
				}
			}
		})
	}
	every(time.Millisecond, func(*Socket) {
		if _, err := PublishEvent(t.Context(), g.room("r"), "said", &said{ID: "tick"}); err != nil && !g.rt.stopping.Load() {
			t.Error(err)
		}
	})
	every(15*time.Millisecond, func(s *Socket) { s.Close(4900, "enough") })
	every(2*time.Millisecond, func(s *Socket) { s.askToLeave() })
	every(40*time.Millisecond, (*Socket).refuseCalls)

	ridden := make(chan error, riders)
	ride := func() error {
		c, err := dial()
		if err != nil && g.rt.stopping.Load() {
			return nil // there is nobody any more
		}
		if err != nil {
			return err
		}
		c.pings = true // nobody answers them: what is sent is sent by ride
		r := &stormRider{c: c, open: map[float64]bool{}}
		r.idle = sync.NewCond(&r.mu)
		return r.ride(steps)
	}
	for n := range riders {
		go func() {
			var err error
			for round := 0; round < rounds && err == nil; round++ {
				err = ride()
			}
			if err == nil && n%2 == 0 {
				err = ride() // what the shutdown meets
			}
			ridden <- err
		}()
	}
	for n := range riders {
		if err := <-ridden; err != nil {
			t.Error(err)
		}
		if n == riders/2 {
			side.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if err := g.rt.shutdown(ctx); err != nil {
					t.Errorf("shutdown: %v", err)
				}
			})
		}
	}
	close(over)
	side.Wait()
	<-g.rt.sockets.gone()
	// The last calls may still be letting go of what they held.
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		left := ""
		seen.Range(func(key, _ any) bool {
			left = key.(*Socket).remains()
			return left == ""
		})
		if left == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(left)
		}
	}
}

// remains tells what a socket that has ended still holds.
func (s *Socket) remains() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.here == nil && len(s.calls) == 0 && s.active == 0 && len(s.slots) == 0 && len(s.memberships) == 0 {
		return ""
	}
	return fmt.Sprintf("a socket has left %d calls, %d places, %d memberships, here: %v", s.active, len(s.slots), len(s.memberships), s.here != nil)
}
