package runtime

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// heldPosition is what a client keeps of a channel.
type heldPosition struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Epoch   string `json:"epoch"`
	Seq     uint64 `json:"seq"`
	Last    string `json:"last,omitempty"`
}

// joined joins a room and returns the position of the answer.
func (c *client) joined(room string) heldPosition { return c.joinedBy("join", room) }

func (c *client) joinedBy(op, room string) heldPosition {
	c.t.Helper()
	f := c.status(200, op, `{"room":"`+room+`"}`)
	raw, _ := json.Marshal(f["subs"].([]any)[0])
	var p heldPosition
	if err := json.Unmarshal(raw, &p); err != nil {
		c.t.Fatal(err)
	}
	return p
}

// after is the position behind an event.
func (p heldPosition) after(f map[string]any) heldPosition {
	p.Seq, p.Last = uint64(f["seq"].(float64)), f["id"].(string)
	return p
}

// resume opens a socket that goes on from positions.
func (g *rig) resume(op string, positions ...heldPosition) *client {
	g.t.Helper()
	c := g.open(nil)
	raw, _ := json.Marshal(positions)
	c.send(fmt.Sprintf(`{"t":"hello","resume":[{"op":%q,"ch":%s}]}`, op, raw))
	c.want("welcome")
	return c
}

func TestMissedEventsArriveInOrderOnceAfterAReconnect(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		c := g.connect()
		p := c.joined("r")
		g.publish("r", "1")
		p = p.after(c.event("1"))
		_ = c.ws.NetConn().Close()
		<-g.rt.sockets.gone()
		for i := range 5 {
			g.publish("r", fmt.Sprint(i+2))
		}
		c = g.resume("join", p)
		f := c.want("ch")
		if f["state"] != "live" || f["recovered"] != true || f["seq"] != 1.0 || f["address"] != "rooms/r" {
			t.Fatalf("got %v", f)
		}
		for i := range 5 {
			ev := c.event(fmt.Sprint(i + 2))
			if ev["seq"] != float64(i+2) || ev["ch"] != f["ch"] || ev["prev"] != nil {
				t.Fatalf("got %v", ev)
			}
		}
		g.publish("r", "7")
		c.event("7")
		c.silent()
	})
}

func TestResumeWithNothingMissedGoesOn(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		c := g.connect()
		p := c.joined("r")
		_ = c.ws.Close()
		c = g.resume("join", p)
		if f := c.want("ch"); f["state"] != "live" || f["recovered"] != true {
			t.Fatalf("got %v", f)
		}
		c.silent()
	})
}

func TestResumeIsRefusedWithItsReason(t *testing.T) {
	tests := []struct {
		name, reason string
		change       func(g *rig, p *heldPosition)
		op           string
	}{
		{name: "history too short", reason: "truncated", change: func(g *rig, p *heldPosition) {
			for i := range 60 {
				g.publish("r", fmt.Sprint(i))
			}
		}},
		{name: "history too old", reason: "truncated", change: func(g *rig, _ *heldPosition) {
			if _, err := g.rt.hub.acquire(g.t.Context(), g.rt.hub.types["room"], "rooms/r"); err != nil { // keeps the log
				g.t.Fatal(err)
			}
			g.publish("r", "old")
			<-time.After(11 * time.Minute)
			g.publish("r", "x")
		}},
		{name: "position ahead of the log", reason: "diverged", change: func(_ *rig, p *heldPosition) { p.Seq = 99 }},
		{name: "another event at the position", reason: "diverged", change: func(g *rig, p *heldPosition) {
			g.publish("r", "x")
			p.Seq, p.Last = 1, "01ARZ3NDEKTSV4RRFFQ69G5FAV"
		}},
		{name: "made up epoch", reason: "epoch", change: func(_ *rig, p *heldPosition) { p.Epoch = "ABC" }},
		{name: "forged proof", reason: "epoch", change: func(_ *rig, p *heldPosition) { p.Epoch += "A" }},
		{name: "proof of another channel", reason: "epoch", change: func(_ *rig, p *heldPosition) { p.Address = "rooms/other" }},
		{name: "log lost", reason: "epoch", change: func(g *rig, _ *heldPosition) {
			<-time.After(30 * time.Minute)
		}},
		{name: "unknown operation", reason: "forbidden", op: "nothing", change: func(*rig, *heldPosition) {}},
		{name: "operation that does not subscribe", reason: "forbidden", op: "echo", change: func(*rig, *heldPosition) {}},
		{name: "no longer allowed", reason: "forbidden", change: func(g *rig, _ *heldPosition) {
			g.rt.hub.types["room"].spec.Security = []Requirement{{{Scheme: "bearer"}}}
			g.allow = func(*callInput, []Requirement) (*Identity, *Problem) { return nil, Forbidden("") }
		}},
	}
	inBubble(t, func(t *testing.T) {
		for _, tt := range tests {
			g := newRooms(t)
			c := g.connect()
			p := c.joined("r")
			_ = c.ws.Close()
			<-g.rt.sockets.gone()
			tt.change(g, &p)
			op := tt.op
			if op == "" {
				op = "join"
			}
			c = g.resume(op, p)
			if f := c.want("ch"); f["state"] != "reset" || f["reason"] != tt.reason {
				t.Errorf("%s: got %v, want %s", tt.name, f, tt.reason)
			}
			c.silent()
			if n, _ := g.room("r").Count(t.Context()); n != 0 {
				t.Errorf("%s: %d members", tt.name, n)
			}
		}
	})
}

func TestPositionOfAnotherPrincipalIsWorthless(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t, Authenticate(byToken))
		c := g.open(tokenProtocol("ada"))
		c.send(`{"t":"hello"}`)
		c.want("welcome")
		p := c.joined("r")
		g.publish("r", "private")
		raw, _ := json.Marshal([]heldPosition{p})
		eve := g.open(tokenProtocol("eve"))
		eve.send(fmt.Sprintf(`{"t":"hello","resume":[{"op":"join","ch":%s}]}`, raw))
		eve.want("welcome")
		if f := eve.want("ch"); f["state"] != "reset" || f["reason"] != "epoch" {
			t.Fatalf("got %v", f)
		}
		eve.silent()
	})
}

func TestReplayIsAllOrAReset(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t, WithLimits(Limits{Queue: 4096}))
		c := g.connect()
		p := c.joined("r")
		_ = c.ws.Close()
		<-g.rt.sockets.gone()
		for i := range 40 {
			g.publish("r", fmt.Sprintf("%0100d", i))
		}
		c = g.resume("join", p)
		if f := c.want("ch"); f["state"] != "reset" || f["reason"] != "too-many" {
			t.Fatalf("got %v", f)
		}
		c.silent()
	})
}

func TestRecoveryOfTheLatestSendsTheNewestOnly(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		g.rt.hub.types["room"].spec.Recovery = "latest"
		g.rt.hub.types["room"].retain.Size = 1
		c := g.connect()
		p := c.joined("r")
		_ = c.ws.Close()
		<-g.rt.sockets.gone()
		for i := range 5 {
			g.publish("r", fmt.Sprint(i))
		}
		c = g.resume("join", p)
		c.want("ch")
		if f := c.event("4"); f["seq"] != 5.0 || f["prev"] != 0.0 {
			t.Fatalf("got %v", f)
		}
		c.silent()
	})
}
