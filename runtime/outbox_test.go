package runtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// stall opens a socket that joins a room and then reads nothing.
func (g *rig) stall(room string) *client {
	g.t.Helper()
	g.listen.SetWindow(4 << 10)
	c := g.connect()
	c.status(200, "join", `{"room":"`+room+`"}`)
	g.listen.SetWindow(256 << 10)
	return c
}

func TestSlowReaderIsClosedAndTheOthersAreNotTouched(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		closed := make(chan CloseInfo, 1)
		g := newRooms(t, WithLimits(Limits{Queue: 64 << 10}), OnDisconnect(func(_ *Socket, i CloseInfo) { closed <- i }))
		g.stall("r")
		fast := g.connect()
		fast.status(200, "join", `{"room":"r"}`)
		begin := time.Now()
		for i := range 300 {
			id := fmt.Sprintf("%01000d", i)
			g.publish("r", id)
			fast.event(id)
		}
		if took := time.Since(begin); took > 10*time.Millisecond {
			t.Fatalf("the others waited %v", took)
		}
		info := <-closed
		if info.Code != closeSlowConsumer || !info.ByServer {
			t.Fatalf("got %+v", info)
		}
		if took := time.Since(begin); took > 10*time.Second {
			t.Fatalf("it took %v to let go of the slow one", took)
		}
		g.publish("r", "after")
		fast.event("after")
	})
}

func TestQueueOfAStalledSocketStaysWithinItsCap(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t, WithLimits(Limits{Queue: 64 << 10}))
		_, id := g.session()
		_ = id
		slow := g.stall("r")
		_ = slow
		var s *Socket
		for _, one := range g.rt.sockets.all() {
			if len(one.joined()) == 1 {
				s = one
			}
		}
		for i := range 200 {
			g.publish("r", fmt.Sprintf("%01000d", i))
			s.out.mu.Lock()
			if s.out.bytes > 64<<10+2048 {
				t.Fatalf("%d bytes wait", s.out.bytes)
			}
			s.out.mu.Unlock()
		}
	})
}

func TestConflatingChannelKeepsTheLatestOfEachKeyAndSaysWhatIsMissing(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t, WithLimits(Limits{Queue: 32 << 10}))
		g.rt.hub.types["room"].spec.Overflow = "conflate"
		c := g.stall("r")
		for i := range 1000 {
			// Ten keys, each getting a hundred events of its own.
			data := fmt.Sprintf(`{"id":"%d","pad":"%0300d"}`, i%10, i)
			g.publishRaw("r", data)
		}
		synctest.Wait()
		next := uint64(1)
		latest := map[string]uint64{}
		for next <= 1000 {
			switch f := c.next(); f["t"] {
			case "ev":
				if uint64(f["seq"].(float64)) != next {
					t.Fatalf("got %v, want seq %d", f["seq"], next)
				}
				latest[f["data"].(map[string]any)["id"].(string)] = next
				next++
			case "gap":
				from, to := uint64(f["from"].(float64)), uint64(f["to"].(float64))
				if from != next || to < from || f["why"] != "conflate" {
					t.Fatalf("got %v, want a gap from %d", f, next)
				}
				next = to + 1
			default:
				t.Fatalf("got %v", f)
			}
		}
		for key := range 10 {
			if want := uint64(991 + key); latest[fmt.Sprint(key)] != want {
				t.Errorf("key %d: the last event is %d, want %d", key, latest[fmt.Sprint(key)], want)
			}
		}
	})
}

func TestDroppingChannelLosesTheOldestAndSaysSo(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t, WithLimits(Limits{Queue: 32 << 10}))
		g.rt.hub.types["room"].spec.Overflow = "drop"
		c := g.stall("r")
		for i := range 500 {
			g.publish("r", fmt.Sprintf("%0300d", i))
		}
		synctest.Wait()
		next, gaps := uint64(1), 0
		for next <= 500 {
			switch f := c.next(); f["t"] {
			case "ev":
				if uint64(f["seq"].(float64)) != next {
					t.Fatalf("got %v, want seq %d", f["seq"], next)
				}
				next++
			case "gap":
				if uint64(f["from"].(float64)) != next || f["why"] != "drop" {
					t.Fatalf("got %v, want a gap from %d", f, next)
				}
				next = uint64(f["to"].(float64)) + 1
				gaps++
			}
		}
		if gaps == 0 {
			t.Fatal("nothing was dropped")
		}
	})
}

// publishRaw publishes JSON text as it is.
func (g *rig) publishRaw(room, data string) {
	g.t.Helper()
	ch := g.room(room)
	if _, err := ch.publish(g.t.Context(), newEvent(ch.typ, ch.typ.events["said"], []byte(data)), nil); err != nil {
		g.t.Fatal(err)
	}
}

func TestAnswersWaitForRoomInsteadOfEndingTheSocket(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil, WithLimits(Limits{Queue: 8 << 10}))
		g.listen.SetWindow(1 << 10)
		g.handle(&Operation{ID: "big"}, func(context.Context, *callInput) (int, string) {
			return 200, `"` + strings.Repeat("x", 6<<10) + `"`
		})
		c := g.connect()
		for i := range 30 {
			c.send(fmt.Sprintf(`{"t":"call","id":%d,"op":"big"}`, i+1))
		}
		for range 30 {
			c.want("res")
		}
	})
}

// slowWriter is a connection that takes what it is given when it is let.
type slowWriter struct {
	gate   chan struct{}
	writes atomic.Int64
	got    bytes.Buffer
	err    error
}

func (w *slowWriter) writeOut(b []byte) error {
	if w.gate != nil {
		<-w.gate
	}
	w.writes.Add(1)
	w.got.Write(b)
	return w.err
}
func (w *slowWriter) setWriteDeadline(time.Time) error { return nil }

func TestOutboxWritesManyFramesAtOnceAndInOrder(t *testing.T) {
	t.Parallel()
	l := resolveLimits(Limits{})
	w := &slowWriter{}
	o := &outbox{conn: w, limits: &l, onEnd: func(error) {}}
	var want strings.Builder
	for i := range 100 {
		text := fmt.Sprintf("frame %d;", i)
		want.WriteString(text)
		if v := o.append(outEntry{data: []byte(text)}); (v == mustFlush) != (i == 0) {
			t.Fatalf("append %d: got %d", i, v)
		}
	}
	if o.flush(clock()) {
		t.Fatal("more is said to wait")
	}
	if w.writes.Load() != 1 || w.got.String() != want.String() {
		t.Fatalf("%d writes, got %q", w.writes.Load(), w.got.String())
	}
	if o.bytes != 0 || o.owned || o.queue != nil {
		t.Fatalf("got %+v", o)
	}
}

func TestOutboxEndsOnceWithItsLastFrames(t *testing.T) {
	t.Parallel()
	l := resolveLimits(Limits{})
	var ends []error
	w := &slowWriter{}
	o := &outbox{conn: w, limits: &l, onEnd: func(err error) { ends = append(ends, err) }}
	o.append(outEntry{data: []byte("waiting")})
	if v := o.end(true, outEntry{data: []byte("bye")}, outEntry{data: []byte("close")}); v != queued {
		t.Fatalf("got %d, the first append owns the outbox", v)
	}
	if v := o.append(outEntry{data: []byte("late")}); v != refused {
		t.Fatalf("got %d", v)
	}
	for o.flush(clock()) {
	}
	o.fail(errors.New("later"))
	if w.got.String() != "byeclose" || len(ends) != 1 || ends[0] != nil {
		t.Fatalf("got %q, ended %v", w.got.String(), ends)
	}
}

func TestOutboxFailsOnceAndTakesNothingMore(t *testing.T) {
	t.Parallel()
	l := resolveLimits(Limits{})
	var ends []error
	o := &outbox{conn: &slowWriter{err: os.ErrDeadlineExceeded}, limits: &l, onEnd: func(err error) { ends = append(ends, err) }}
	o.append(outEntry{data: []byte("x")})
	if o.flush(clock()) {
		t.Fatal("more is said to wait")
	}
	if v := o.append(outEntry{data: []byte("y")}); v != refused || len(ends) != 1 || !errors.Is(ends[0], os.ErrDeadlineExceeded) {
		t.Fatalf("got %d, ended %v", v, ends)
	}
}

func TestWaitingForRoomEndsWithTheSocket(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := resolveLimits(Limits{Queue: 10})
		o := &outbox{conn: &slowWriter{}, limits: &l, onEnd: func(error) {}}
		o.append(outEntry{data: make([]byte, 10)})
		errs := make(chan error, 2)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			_, err := o.appendWait(ctx, outEntry{data: make([]byte, 5)})
			errs <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-errs; err != context.Canceled {
			t.Fatalf("got %v", err)
		}
		go func() {
			_, err := o.appendWait(t.Context(), outEntry{data: make([]byte, 5)})
			errs <- err
		}()
		synctest.Wait()
		o.fail(errors.New("gone"))
		if err := <-errs; err != errOutboxEnded {
			t.Fatalf("got %v", err)
		}
	})
}

// TestEvictionDuringABroadcastLocksNothing fills the queues of many members at once, of two rooms that
// publish at the same time, while members come and go. The bubble fails when everything is blocked.
func TestEvictionDuringABroadcastLocksNothing(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t, WithLimits(Limits{Queue: 16 << 10}))
		for range 20 {
			g.stall("a").status(200, "join", `{"room":"b"}`)
		}
		live := g.connect()
		live.status(200, "join", `{"room":"a"}`)
		done := make(chan struct{}, 3)
		for _, room := range []string{"a", "b"} {
			go func() {
				for i := range 100 {
					g.publish(room, fmt.Sprintf("%01000d", i))
					<-time.After(time.Millisecond) // the one that reads keeps up
				}
				done <- struct{}{}
			}()
		}
		go func() {
			for range 50 {
				c := g.connect()
				c.status(200, "join", `{"room":"b"}`)
				_ = c.ws.Close()
			}
			done <- struct{}{}
		}()
		for i := range 100 {
			live.event(fmt.Sprintf("%01000d", i))
		}
		for range 3 {
			<-done
		}
		<-time.After(15 * time.Second)
		if n := len(g.rt.sockets.all()); n != 1 {
			t.Errorf("%d sockets are left, want the one that reads", n)
		}
	})
}
