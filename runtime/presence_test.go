package runtime

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// newLobby is newRooms with presence.
func newLobby(t *testing.T, p PresenceSpec) *rig {
	t.Helper()
	g := newRooms(t, Authenticate(byToken))
	lobby(g, p)
	return g
}

// lobby gives rooms presence.
func lobby(g *rig, p PresenceSpec) {
	g.rt.hub.types["room"].spec.Presence = &p
	g.rt.heartbeat = time.Hour // these clients do not read all the time
	bind := map[string]string{"room": "$request.body#/room"}
	g.handle(&Operation{ID: "enter", Subscribe: []Target{{Channel: "room", Bind: bind, Presence: true}}},
		func(context.Context, *callInput) (int, string) { return 200, `{}` })
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

func TestNewcomersHearOnlyWhatTheirListLacks(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newLobby(t, PresenceSpec{Identity: "$auth.sub"})
		ada := g.enter("ada")
		ada.wantPresent("+ada 1 *")
		<-time.After(2 * time.Second)
		kim := g.enter("kim") // told at once: it has been quiet
		kim.wantPresent("+ada +kim 2 *")
		ada.wantPresent("+kim 2")

		// One window: bob comes, cy sees him, bob goes, dan does not see him.
		bob := g.enter("bob")
		bob.wantPresent("+ada +bob +kim 3 *")
		cy := g.enter("cy")
		cy.wantPresent("+ada +bob +cy +kim 4 *")
		_ = bob.ws.Close()
		synctest.Wait()
		dan := g.enter("dan")
		dan.wantPresent("+ada +cy +dan +kim 4 *")

		ada.wantPresent("+cy +dan 4")
		kim.wantPresent("+cy +dan 4")
		cy.wantPresent("+dan -bob 4")
		<-time.After(2 * time.Second)
		dan.silent()
		ada.silent()
	})
}

func TestSecondTabHearsThatSomebodyCameAndWent(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newLobby(t, PresenceSpec{Identity: "$auth.sub"})
		ada := g.enter("ada")
		ada.wantPresent("+ada 1 *")
		<-time.After(1100 * time.Millisecond)
		kim := g.enter("kim")
		kim.wantPresent("+ada +kim 2 *")
		ada.wantPresent("+kim 2")
		bob := g.enter("bob")
		tab := g.enter("ada")
		tab.wantPresent("+ada +bob +kim 3 *")
		_ = bob.ws.Close()
		<-time.After(2 * time.Second)
		tab.wantPresent("-bob 2")
		ada.silent()
	})
}

func TestLongPresenceWindowKeepsWhatCounts(t *testing.T) {
	t.Parallel()
	var w presenceWindow
	for i := range 3*maxChanges + 1 {
		w.add(presenceChange{id: "flapping", join: i%2 == 0})
	}
	w.add(presenceChange{id: "here"})
	if len(w.changes) > maxChanges {
		t.Errorf("%d changes are remembered", len(w.changes))
	}
	if n := w.net(0); fmt.Sprint(n.joined, n.gone) != "[flapping] [here]" {
		t.Errorf("got %v", n)
	}
}

// TestMemberIsWhoMadeTheCall has a socket that nobody is known to have opened: its calls show who they
// are, as those with a session cookie do.
func TestMemberIsWhoMadeTheCall(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newLobby(t, PresenceSpec{Identity: "$auth.sub"})
		g.ops["enter"].op.Security = []Requirement{{{Scheme: "session"}}}
		g.allow = func(in *callInput, _ []Requirement) (*Identity, *Problem) {
			c, err := in.handshake.Cookie("sid")
			if err != nil {
				return nil, Unauthorized("")
			}
			return &Identity{Subject: c.Value}, nil
		}
		page := func(sid string) *client {
			c := g.open(http.Header{"Cookie": {"sid=" + sid}, "Origin": {"http://chat.example"}})
			return c
		}
		ada := page("ada")
		ada.send(`{"t":"hello"}`)
		ada.want("welcome")
		p := ada.joinedBy("enter", "r")
		ada.wantPresent("+ada 1 *")
		members, err := g.room("r").Members(t.Context())
		if err != nil || len(members) != 1 || members[0].Identity == nil || members[0].Identity.Subject != "ada" {
			t.Fatalf("got %+v, %v", members, err)
		}
		_ = ada.ws.Close()

		raw, _ := json.Marshal([]heldPosition{p})
		eve := page("eve")
		eve.send(fmt.Sprintf(`{"t":"hello","resume":[{"op":"enter","ch":%s}]}`, raw))
		eve.want("welcome")
		if f := eve.want("ch"); f["state"] != "reset" || f["reason"] != "epoch" {
			t.Fatalf("with somebody else's position: got %v", f)
		}
		ada = page("ada")
		ada.send(fmt.Sprintf(`{"t":"hello","resume":[{"op":"enter","ch":%s}]}`, raw))
		ada.want("welcome")
		if f := ada.want("ch"); f["state"] != "live" {
			t.Fatalf("with its own position: got %v", f)
		}
		ada.wantPresent("+ada 1 *")
		members, err = g.room("r").Members(t.Context())
		if err != nil || len(members) != 1 || members[0].Identity == nil || members[0].Identity.Subject != "ada" {
			t.Fatalf("after resuming: got %+v, %v", members, err)
		}
	})
}

// TestSomebodyWithoutANameIsPresentUnderOneThatTellsNothing: the id of a socket is a secret where nobody is known
// to have opened it, and a name that is empty or endless is none.
func TestSomebodyWithoutANameIsPresentUnderOneThatTellsNothing(t *testing.T) {
	inBubbleNamed(t, "nobody", func(t *testing.T) {
		g := newLobby(t, PresenceSpec{Identity: "$auth.sub"})
		ada := g.enter("ada")
		ada.wantPresent("+ada 1 *")
		nobody, id := g.session()
		nobody.status(200, "enter", `{"room":"r"}`)
		first := strings.Fields(ada.present())
		if len(first) != 2 || len(first[0]) < 10 || strings.Contains(first[0], id) {
			t.Fatalf("got %q for socket %s", first, id)
		}
		_ = nobody.ws.Close()
		ada.wantPresent("-" + first[0][1:] + " 1")
	})
	inBubbleNamed(t, "claims", func(t *testing.T) {
		nick := ""
		g := newRooms(t, Authenticate(func(_ context.Context, _ *http.Request, c Credentials) (*Identity, error) {
			return &Identity{Subject: c.Token, Claims: map[string]any{"nick": nick}}, nil
		}))
		lobby(g, PresenceSpec{Identity: "$auth.nick"})
		nick = "ada"
		ada := g.enter("ada")
		ada.wantPresent("+ada 1 *")
		for _, nick = range []string{"", strings.Repeat("n", 100_000)} {
			c := g.enter("bob")
			got := strings.Fields(ada.present())
			if len(got) != 2 || len(got[0]) < 10 || len(got[0]) > 100 || got[1] != "2" {
				t.Fatalf("%d bytes: got %.200q", len(nick), got)
			}
			_ = c.ws.Close()
			ada.wantPresent("-" + got[0][1:] + " 1")
			<-time.After(2 * time.Second)
		}
	})
}

func TestListOfPeopleIsBoundedWithoutAWordOfTheDocument(t *testing.T) {
	t.Parallel()
	g := newLobby(t, PresenceSpec{Identity: "$auth.sub"})
	c, err := g.rt.hub.acquire(t.Context(), g.rt.hub.types["room"], "rooms/r")
	if err != nil {
		t.Fatal(err)
	}
	defer g.rt.hub.release(c)
	const people = 20_000
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []byte
	for i := range people {
		if i%1000 == 0 {
			list, _ = c.presence.enter(fmt.Sprint("person ", i), nil)
			continue
		}
		c.presence.mu.Lock()
		c.presence.meet(fmt.Sprint("person ", i), nil).refs++
		c.presence.mu.Unlock()
	}
	list, _ = c.presence.look()
	if n := bytes.Count(list, []byte(`"id"`)); n != presenceMax || !bytes.Contains(list, []byte(`"count":20000`)) || len(list) > 64<<10 {
		t.Errorf("%d of %d are listed in %d bytes", n, people, len(list))
	}
	for i := range people {
		c.presence.leave(fmt.Sprint("person ", i))
	}
	if len(c.presence.people) != 0 || c.presence.listed != 0 {
		t.Errorf("%d people, %d listed are left", len(c.presence.people), c.presence.listed)
	}
}

// TestCountTellsNoNames looks at everything that a member gets, whoever comes, goes, and is away for a moment.
func TestCountTellsNoNames(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newLobby(t, PresenceSpec{Identity: "$auth.sub", Visibility: "count", Grace: "5s"})
		ada := g.enter("ada")
		ada.wantPresent("1 *")
		bob := g.enter("secret-bob")
		if f := bob.next(); strings.Contains(fmt.Sprint(f), "ada") || fmt.Sprint(f["data"]) != "map[count:2 full:true]" {
			t.Errorf("got %v", f)
		}
		f := ada.next()
		if fmt.Sprint(f["data"]) != "map[count:2]" {
			t.Errorf("got %v", f)
		}
		_ = bob.ws.Close()
		<-time.After(2 * time.Second)
		again := g.enter("secret-bob") // within the grace: nothing has happened
		again.wantPresent("2 *")
		<-time.After(10 * time.Second)
		ada.silent()
		_ = again.ws.Close()
		if f := ada.next(); fmt.Sprint(f["data"]) != "map[count:1]" {
			t.Errorf("got %v", f)
		}
	})
}
