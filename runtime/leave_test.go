package runtime

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// TestNothingOfAChannelFollowsTheAnswerThatLeavesIt publishes while a client leaves, again and again.
func TestNothingOfAChannelFollowsTheAnswerThatLeavesIt(t *testing.T) {
	t.Parallel()
	g := newRooms(t)
	c := g.connect()
	skip := func(kind string) map[string]any {
		for {
			if f := c.next(); f["t"] == kind {
				return f
			} else if f["t"] != "ev" {
				t.Fatalf("got %v, want a %s", f, kind)
			}
		}
	}
	for i := range 800 {
		c.send(fmt.Sprintf(`{"t":"call","id":%d,"op":"join","body":{"room":"r"}}`, 2*i+1))
		joined := skip("res")
		num := joined["subs"].([]any)[0].(map[string]any)["ch"]
		var left atomic.Bool
		var publisher sync.WaitGroup
		publisher.Go(func() {
			for n := 0; n < 100 && !left.Load(); n++ {
				g.publish("r", "x")
			}
		})
		c.send(fmt.Sprintf(`{"t":"call","id":%d,"op":"leave","body":{"room":"r"}}`, 2*i+2))
		skip("res")
		left.Store(true)
		publisher.Wait()
		if f := c.next(); f["t"] != "ch" || f["state"] != "gone" || f["ch"] != num {
			t.Fatalf("round %d: got %v behind the answer", i, f)
		}
	}
}

// TestCallThatPublishesWhereItLeaves: others hear of it, the caller is told where it stands and that it is out.
func TestCallThatPublishesWhereItLeaves(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		bind := map[string]string{"room": "$request.body#/room"}
		g.handle(&Operation{
			ID: "quit", Unsubscribe: []Target{{Channel: "room", Bind: bind}},
			Publish: []Publish{{Channel: "room", Event: "said", Bind: bind, DataFields: map[string]string{"id": `"quit"`}}},
		}, func(context.Context, *callInput) (int, string) { return 200, `{}` })
		a, b := g.connect(), g.connect()
		a.status(200, "join", `{"room":"r"}`)
		b.status(200, "join", `{"room":"r"}`)
		a.status(200, "quit", `{"room":"r"}`)
		if f := a.want("ch"); f["state"] != "gone" {
			t.Fatalf("got %v", f)
		}
		b.event("quit")
		g.publish("r", "later")
		b.event("later")
		a.silent()
	})
}
