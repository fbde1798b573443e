package runtime

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// newLobby is newRooms with presence.
func newLobby(t *testing.T, p PresenceSpec) *rig {
	t.Helper()
	g := newRooms(t, Authenticate(byToken))
	g.rt.hub.types["room"].spec.Presence = &p
	g.rt.heartbeat = time.Hour // these clients do not read all the time
	bind := map[string]string{"room": "$request.body#/room"}
	g.handle(&Operation{ID: "enter", Subscribe: []Target{{Channel: "room", Bind: bind, Presence: true}}},
		func(context.Context, *callInput) (int, string) { return 200, `{}` })
	return g
}

func (g *rig) enter(token string) *client {
	g.t.Helper()
	c := g.open(tokenProtocol(token))
	c.send(`{"t":"hello"}`)
	c.want("welcome")
	c.status(200, "enter", `{"room":"r"}`)
	return c
}

// present takes the next frame, which must be a presence event, and returns its data in short:
// "+ada -bob 2", with an asterisk when it is everybody.
func (c *client) present() string {
	c.t.Helper()
	f := c.want("ev")
	if f["type"] != presenceEvent || f["seq"] != nil {
		c.t.Fatalf("got %v", f)
	}
	raw, _ := json.Marshal(f["data"])
	var d struct {
		Join  []struct{ ID string }
		Leave []string
		Count int
		Full  bool
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		c.t.Fatal(err)
	}
	var parts []string
	for _, p := range d.Join {
		parts = append(parts, "+"+p.ID)
	}
	for _, id := range d.Leave {
		parts = append(parts, "-"+id)
	}
	parts = append(parts, fmt.Sprint(d.Count))
	if d.Full {
		parts = append(parts, "*")
	}
	return strings.Join(parts, " ")
}

func (c *client) wantPresent(want string) {
	c.t.Helper()
	if got := c.present(); got != want {
		c.t.Fatalf("got presence %q, want %q", got, want)
	}
}

func TestPresenceTellsWhoComesAndGoes(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newLobby(t, PresenceSpec{Identity: "$auth.sub"})
		ada := g.enter("ada")
		ada.wantPresent("+ada 1 *")
		ada.wantPresent("+ada 1")
		bob := g.enter("bob")
		bob.wantPresent("+ada +bob 2 *")
		ada.wantPresent("+bob 2")
		_ = bob.ws.Close()
		ada.wantPresent("-bob 1")
	})
}

func TestSecondTabIsTheSamePersonAndGraceHidesAReload(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newLobby(t, PresenceSpec{Identity: "$auth.sub", Grace: "15s"})
		ada := g.enter("ada")
		ada.wantPresent("+ada 1 *")
		ada.wantPresent("+ada 1")
		one, two := g.enter("bob"), g.enter("bob")
		ada.wantPresent("+bob 2")
		two.wantPresent("+ada +bob 2 *")
		_ = one.ws.Close()
		<-time.After(20 * time.Second)
		ada.silent()
		_ = two.ws.Close()
		<-time.After(10 * time.Second)
		again := g.enter("bob")
		<-time.After(20 * time.Second)
		ada.silent()
		begin := time.Now()
		_ = again.ws.Close()
		ada.wantPresent("-bob 1")
		if took := time.Since(begin); took < 15*time.Second || took > 17*time.Second {
			t.Fatalf("took %v", took)
		}
	})
}

func TestPresenceChangesAreToldAtMostOnceASecond(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newLobby(t, PresenceSpec{Identity: "$auth.sub", Visibility: "count"})
		ada := g.enter("ada")
		ada.wantPresent("1 *")
		ada.wantPresent("1")
		for i := range 30 {
			g.enter(fmt.Sprint("guest", i))
		}
		ada.wantPresent("31")
		ada.silent()
	})
}

func TestResumedMemberIsPresentAgain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newLobby(t, PresenceSpec{Identity: "$auth.sub"})
		ada := g.enter("ada")
		ada.wantPresent("+ada 1 *")
		ada.wantPresent("+ada 1")
		bob := g.open(tokenProtocol("bob"))
		bob.send(`{"t":"hello"}`)
		bob.want("welcome")
		p := bob.joined("r")
		_ = bob.ws.Close()
		raw, _ := json.Marshal([]heldPosition{p})
		bob = g.open(tokenProtocol("bob"))
		bob.send(fmt.Sprintf(`{"t":"hello","resume":[{"op":"enter","ch":%s}]}`, raw))
		bob.want("welcome")
		bob.want("ch")
		bob.wantPresent("+ada +bob 2 *")
		ada.wantPresent("+bob 2")
	})
}
