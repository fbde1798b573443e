package runtime

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A mortal engine is one server's connection to an engine that others use too. When it is cut, nothing
// goes through it any more, as when the server's process ends.
type mortal struct {
	lasting
	cut  atomic.Bool
	lose atomic.Int32 // events of servers to lose on the way
}

func (e *mortal) Publish(ctx context.Context, channel string, r Retention, event *Event) (Position, error) {
	if e.cut.Load() || event.Type == nodeEvent && e.lose.Add(-1) >= 0 {
		return Position{}, nil
	}
	return e.lasting.Publish(ctx, channel, r, event)
}

func newNode(t *testing.T, engine Engine, p PresenceSpec) (*rig, *mortal) {
	t.Helper()
	e := &mortal{lasting: lasting{engine}}
	g := newRooms(t, Authenticate(byToken), WithEngine(e), WithResumeKey([]byte("0123456789abcdef0123456789abcdef")))
	lobby(g, p)
	return g, e
}

func TestPeopleOfAllServersArePresent(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		engine := NewMemoryEngine()
		one, _ := newNode(t, engine, PresenceSpec{Identity: "$auth.sub", Grace: "5s"})
		two, _ := newNode(t, engine, PresenceSpec{Identity: "$auth.sub", Grace: "5s"})
		ada := one.enter("ada")
		ada.wantPresent("+ada 1 *")
		<-time.After(time.Minute)
		bob := two.enter("bob")
		bob.wantPresent("+bob 1 *")
		bob.wantPresent("+ada 2")
		ada.wantPresent("+bob 2")
		// The same person at both is one; leaving one of them is no leaving.
		tab := two.enter("ada")
		tab.wantPresent("+ada +bob 2 *")
		_ = ada.ws.Close()
		<-time.After(2 * time.Minute)
		bob.silent()
		tab.silent()
		begin := time.Now()
		_ = tab.ws.Close()
		bob.wantPresent("-ada 1")
		if took := time.Since(begin); took < 5*time.Second || took > 7*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestPeopleOfACrashedServerAreGoneWhenItsLeaseEnds(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		engine := NewMemoryEngine()
		one, _ := newNode(t, engine, PresenceSpec{Identity: "$auth.sub"})
		two, dying := newNode(t, engine, PresenceSpec{Identity: "$auth.sub"})
		ada := one.enter("ada")
		ada.wantPresent("+ada 1 *")
		two.enter("bob")
		ada.wantPresent("+bob 2")
		<-time.After(5 * time.Minute)
		ada.silent()
		dying.cut.Store(true)
		begin := time.Now()
		ada.wantPresent("-bob 1")
		if took := time.Since(begin); took < nodeLease/2 || took > nodeLease+15*time.Second {
			t.Errorf("took %v", took)
		}
		room := one.rt.hub.lookup("rooms/r")
		defer one.rt.hub.release(room)
		room.presence.mu.Lock()
		defer room.presence.mu.Unlock()
		if n := len(room.presence.nodes.others); n != 0 {
			t.Errorf("%d servers are remembered", n)
		}
	})
}

func TestLostNewsOfAnotherServerAreAskedFor(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		engine := NewMemoryEngine()
		one, _ := newNode(t, engine, PresenceSpec{Identity: "$auth.sub"})
		two, lossy := newNode(t, engine, PresenceSpec{Identity: "$auth.sub"})
		ada := one.enter("ada")
		ada.wantPresent("+ada 1 *")
		two.enter("bob")
		ada.wantPresent("+bob 2")
		<-time.After(2 * time.Second)
		lossy.lose.Store(1)
		two.enter("cleo")
		ada.wantPresent("+cleo 3")
	})
}

func TestGraceLastsWithoutAnotherMemberOnTheServer(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		engine := NewMemoryEngine()
		one, _ := newNode(t, engine, PresenceSpec{Identity: "$auth.sub", Grace: "10s"})
		two, _ := newNode(t, engine, PresenceSpec{Identity: "$auth.sub", Grace: "10s"})
		ada := one.enter("ada")
		ada.wantPresent("+ada 1 *")
		bob := two.enter("bob")
		ada.wantPresent("+bob 2")
		_ = bob.ws.Close()
		<-time.After(5 * time.Second)
		two.enter("bob")
		<-time.After(20 * time.Second)
		ada.silent()
		for _, s := range two.rt.sockets.all() {
			s.wire.close()
		}
		ada.wantPresent("-bob 1")
		<-time.After(5 * time.Second)
		synctest.Wait()
		if room := two.rt.hub.lookup("rooms/r"); room != nil {
			t.Error("the channel is kept")
		}
	})
}

func TestAsManyAsThereIsRoomForAreListed(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newLobby(t, PresenceSpec{Identity: "$auth.sub", Max: 2})
		ada := g.enter("ada")
		ada.wantPresent("+ada 1 *")
		bob := g.enter("bob")
		ada.wantPresent("+bob 2")
		cleo := g.enter("cleo")
		cleo.wantPresent("+ada +bob 3 *")
		ada.wantPresent("3")
		dan := g.enter("dan")
		ada.wantPresent("4")
		_ = dan.ws.Close()
		ada.wantPresent("3") // nobody who was not on the list leaves it
		_ = bob.ws.Close()
		ada.wantPresent("+cleo -bob 2")
	})
}

func TestWatcherHearsWhoIsThereAndIsNotThere(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newLobby(t, PresenceSpec{Identity: "$auth.sub"})
		ada := g.enter("ada")
		ada.wantPresent("+ada 1 *")
		<-time.After(2 * time.Second)
		eye := g.connect()
		eye.joined("r") // without presence
		eye.wantPresent("+ada 1 *")
		g.enter("bob")
		eye.wantPresent("+bob 2")
		ada.wantPresent("+bob 2")
	})
}
