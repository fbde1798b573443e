package runtime

import (
	"fmt"
	"testing"
	"testing/synctest"
)

// follow reads events and gaps up to a position, which leave no hole, and returns how many gaps there were.
func (c *client) follow(from, to uint64, why string) (gaps int) {
	c.t.Helper()
	for next := from; next <= to; {
		switch f := c.next(); f["t"] {
		case "ev":
			if uint64(f["seq"].(float64)) != next {
				c.t.Fatalf("got %v, want seq %d", f["seq"], next)
			}
			next++
		case "gap":
			if uint64(f["from"].(float64)) != next || f["why"] != why {
				c.t.Fatalf("got %v, want a gap from %d", f, next)
			}
			next = uint64(f["to"].(float64)) + 1
			gaps++
		default:
			c.t.Fatalf("got %v", f)
		}
	}
	return gaps
}

// TestOverflowRuleHoldsWhileACallRuns: events that wait for the answer of a slow call are no reason to end
// the socket, where they may be left out.
func TestOverflowRuleHoldsWhileACallRuns(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		for _, policy := range []string{"drop", "conflate"} {
			g := newRooms(t, WithLimits(Limits{Queue: 64 << 10}))
			g.rt.hub.types["room"].spec.Overflow = policy
			started, release := g.blocked("slow", &Operation{Subscribe: g.ops["join"].op.Subscribe})
			c := g.connect()
			c.send(`{"t":"call","id":1,"op":"slow","body":{"room":"r"}}`)
			<-started
			const n = 5000
			for i := range n {
				g.publishRaw("r", fmt.Sprintf(`{"id":"%d","pad":"%0100d"}`, i%7, i))
			}
			release()
			if f := c.want("res"); f["status"] != 200.0 {
				t.Fatalf("got %v", f)
			}
			if c.follow(1, n, policy) == 0 {
				t.Error("nothing was left out")
			}
			c.silent()
		}
	})
}

// TestSmallEventsHaveAShareOfTheFrames: where the queue takes many bytes its frames are used up first.
func TestSmallEventsHaveAShareOfTheFrames(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t, WithLimits(Limits{Queue: 64 << 20}))
		g.rt.hub.types["room"].spec.Overflow = "drop"
		c := g.stall("r")
		const n = 20_000
		for i := range n {
			g.publish("r", fmt.Sprint(i))
		}
		synctest.Wait()
		// The last that it gets is the newest; what is missing before has been told.
		if c.follow(1, n, "drop") == 0 {
			t.Error("nothing was dropped")
		}
		c.silent()
	})
}
