package runtime

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// A client that is let go because an event found no room must not get a smaller one that came later:
// it would resume behind the hole.
func TestNothingFollowsAnEventThatFoundNoRoom(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t, WithLimits(Limits{Queue: 16 << 10}))
		g.stall("r")
		s := g.rt.sockets.all()[0]
		synctest.Wait()
		refusals := 0
		for i := range 40 {
			g.publish("r", fmt.Sprintf("%0*d", 3000, i))
			if !s.evicted.Load() {
				continue
			}
			refusals++
			if v := s.out.append(outEntry{data: []byte("small")}); v != refused {
				t.Fatalf("a small frame is taken after a refused one: %d", v)
			}
		}
		if refusals == 0 {
			t.Fatal("everything found room")
		}
	})
}

func TestWaitForATokenIsLongEnough(t *testing.T) {
	t.Parallel()
	for n := 1; n < 1000; n += 7 {
		for _, per := range []time.Duration{time.Second, time.Minute} {
			r := rate{n, per}
			var b bucket
			now := time.Unix(1, 0)
			for range n {
				if _, ok := b.take(r, now); !ok {
					t.Fatalf("%v: no token", r)
				}
			}
			for refusals := 0; ; refusals++ {
				wait, ok := b.take(r, now)
				if ok {
					break
				}
				if wait <= 0 || refusals == 3 {
					t.Fatalf("%v: told to wait %v for the %d. time", r, wait, refusals+1)
				}
				now = now.Add(wait)
			}
		}
	}
}
