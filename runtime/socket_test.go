package runtime

import (
	"testing"
)

func TestHelloIsWelcomedWithTheLimits(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, &Realtime{Limits: Limits{Inflight: 7}})
		c := g.open(nil)
		c.send(`{"t":"hello","spec":"f1","client":"test"}`)
		f := c.want("welcome")
		limits := f["limits"].(map[string]any)
		if limits["inflight"] != 7.0 || limits["message"] != 65536.0 || f["spec"] != "f1" || f["session"] == "" {
			t.Fatalf("got %v", f)
		}
		if f["stale"] != nil {
			t.Fatalf("got %v, want no word about a stale client", f)
		}
	})
}

func TestCallIsAnswered(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		c := g.connect()
		f := c.status(200, "echo", `{"text":"hi"}`)
		if f["body"].(map[string]any)["text"] != "hi" {
			t.Fatalf("got %v", f)
		}
	})
}
