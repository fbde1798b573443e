package runtime

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// roomSpec is a document with one channel that keeps history.
func roomSpec() *Realtime {
	key := "/id"
	return &Realtime{Channels: []ChannelSpec{{
		Name: "room", Address: "rooms/{room}", History: 50, TTL: "10m", Recovery: "stream",
		Events: []EventSpec{{Name: "said", Key: &key}, {Name: "typing", Volatile: true}},
	}}}
}

type said struct {
	ID string `json:"id"`
}

// newRooms is a server whose join and leave take the room from the body, and whose say publishes
// its body by declaration.
func newRooms(t *testing.T, opts ...Option) *rig {
	t.Helper()
	g := newRig(t, roomSpec(), opts...)
	bind := map[string]string{"room": "$request.body#/room"}
	ok := func(context.Context, *callInput) (int, string) { return 200, `{"snapshot":true}` }
	g.handle(&Operation{ID: "join", Subscribe: []Target{{Channel: "room", Bind: bind}}}, ok)
	g.handle(&Operation{ID: "leave", Unsubscribe: []Target{{Channel: "room", Bind: bind}}}, ok)
	g.handle(&Operation{ID: "say", Publish: []Publish{{Channel: "room", Event: "said", Bind: bind, Data: "$request.body"}}}, ok)
	g.handle(&Operation{ID: "refused", Subscribe: []Target{{Channel: "room", Bind: bind}}},
		func(context.Context, *callInput) (int, string) { return 403, `{}` })
	return g
}

func (g *rig) room(name string) Channel { return NewChannel(g.rt.server, "room", name) }

func (g *rig) publish(room, id string, opts ...PublishOption) Position {
	g.t.Helper()
	pos, err := PublishEvent(g.t.Context(), g.room(room), "said", &said{ID: id}, opts...)
	if err != nil {
		g.t.Fatal(err)
	}
	return pos
}

// event takes the next frame, which must be an event with the id as its data.
func (c *client) event(id string) map[string]any {
	c.t.Helper()
	f := c.want("ev")
	if got := f["data"].(map[string]any)["id"]; got != id {
		c.t.Fatalf("got event %v, want %s", f, id)
	}
	return f
}

func TestBroadcastReachesEachMemberOnceAndNobodyElse(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		a, b, other := g.connect(), g.connect(), g.connect()
		a.status(200, "join", `{"room":"r"}`)
		b.status(200, "join", `{"room":"r"}`)
		g.publish("r", "1")
		for _, c := range []*client{a, b} {
			if f := c.event("1"); f["seq"] != 1.0 || f["prev"] != nil {
				t.Fatalf("got %v", f)
			}
			c.silent()
		}
		other.silent()
	})
}

func TestSubscribingAnswersWithThePosition(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		pos := g.publish("r", "1")
		c := g.connect()
		f := c.status(200, "join", `{"room":"r"}`)
		one := f["subs"].([]any)[0].(map[string]any)
		if one["name"] != "room" || one["address"] != "rooms/r" || one["seq"] != 1.0 || one["last"] != pos.Last ||
			!strings.HasPrefix(one["epoch"].(string), pos.Epoch) {
			t.Fatalf("got %v, want position %v", one, pos)
		}
		g.publish("r", "2")
		if f := c.event("2"); f["ch"] != one["ch"] || f["seq"] != 2.0 {
			t.Fatalf("got %v after %v", f, one)
		}
	})
}

func TestEventsDuringASubscribingCallFollowItsAnswer(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		g.handle(&Operation{ID: "busy", Subscribe: g.ops["join"].op.Subscribe}, func(ctx context.Context, _ *callInput) (int, string) {
			g.publish("r", "during")
			return 200, `{}`
		})
		c := g.connect()
		f := c.status(200, "busy", `{"room":"r"}`)
		if seq := f["subs"].([]any)[0].(map[string]any)["seq"]; seq != 0.0 {
			t.Fatalf("got position %v, want the one before the handler ran", seq)
		}
		c.event("during")
	})
}

func TestRefusedSubscriptionJoinsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		c := g.connect()
		if f := c.status(403, "refused", `{"room":"r"}`); f["subs"] != nil {
			t.Fatalf("got %v", f)
		}
		g.publish("r", "1")
		c.silent()
		if n, _ := g.room("r").Count(t.Context()); n != 0 {
			t.Fatalf("got %d members", n)
		}
	})
}

func TestCallerSeesItsAnswerBeforeTheEventsThatItDeclares(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		c := g.connect()
		c.status(200, "join", `{"room":"r"}`)
		for i := range 20 {
			f := c.status(200, "say", fmt.Sprintf(`{"room":"r","id":"%d"}`, i))
			pub := f["pub"].([]any)[0].(map[string]any)
			if pub["seq"] != float64(i+1) || pub["ch"] == nil || pub["address"] != "rooms/r" {
				t.Fatalf("got %v", pub)
			}
			c.event(fmt.Sprint(i))
		}
	})
}

func TestEventsOfAHandlerKeepTheirPlaceAroundTheAnswer(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		g.handle(&Operation{ID: "talk"}, func(ctx context.Context, _ *callInput) (int, string) {
			g.publish("r", "before")
			return 200, `{}`
		})
		c := g.connect()
		c.status(200, "join", `{"room":"r"}`)
		c.send(`{"t":"call","id":50,"op":"talk"}`)
		c.event("before")
		c.want("res")
		g.publish("r", "after")
		c.event("after")
	})
}

func TestOmittedCallerGetsNothingAndKeepsItsPlace(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		g.handle(&Operation{ID: "quiet"}, func(ctx context.Context, _ *callInput) (int, string) {
			if _, err := PublishEvent(ctx, g.room("r"), "said", &said{ID: "1"}, OmitCaller()); err != nil {
				return 500, `{}`
			}
			return 200, `{}`
		})
		a, b := g.connect(), g.connect()
		a.status(200, "join", `{"room":"r"}`)
		b.status(200, "join", `{"room":"r"}`)
		a.status(200, "quiet", `{}`)
		b.event("1")
		a.silent()
		g.publish("r", "2")
		if f := a.event("2"); f["seq"] != 2.0 || f["prev"] != 0.0 {
			t.Fatalf("got %v, want prev 0", f)
		}
		if f := b.event("2"); f["prev"] != nil {
			t.Fatalf("got %v, want no prev", f)
		}
	})
}

func TestChannelWithoutEchoOmitsTheCaller(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		g.rt.hub.types["room"].spec.NoEcho = true
		a, b := g.connect(), g.connect()
		a.status(200, "join", `{"room":"r"}`)
		b.status(200, "join", `{"room":"r"}`)
		a.status(200, "say", `{"room":"r","id":"1"}`)
		b.event("1")
		a.silent()
	})
}

func TestJoiningTwiceDeliversOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		c, id := g.session()
		c.status(200, "join", `{"room":"r"}`)
		c.status(200, "join", `{"room":"r"}`)
		if err := g.room("r").Join(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		g.publish("r", "1")
		c.event("1")
		c.silent()
	})
}

func TestLeavingARoomNeverJoinedIsNoError(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		c, id := g.session()
		c.status(200, "join", `{"room":"r"}`)
		c.status(200, "leave", `{"room":"other"}`)
		if err := g.room("third").Leave(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		g.publish("r", "1")
		c.event("1")
	})
}

func TestUnsubscribedSocketGetsNothingMore(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		c := g.connect()
		c.status(200, "join", `{"room":"r"}`)
		c.status(200, "leave", `{"room":"r"}`)
		if f := c.want("ch"); f["state"] != "gone" || f["address"] != "rooms/r" {
			t.Fatalf("got %v", f)
		}
		g.publish("r", "1")
		c.silent()
	})
}

func TestChannelNumberIsNeverReusedOnAConnection(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		keeper, c := g.connect(), g.connect()
		keeper.status(200, "join", `{"room":"r"}`)
		seen := map[any]bool{}
		for i := range 3 {
			f := c.status(200, "join", `{"room":"r"}`)
			num := f["subs"].([]any)[0].(map[string]any)["ch"]
			if seen[num] {
				t.Fatalf("number %v is used again", num)
			}
			seen[num] = true
			g.publish("r", fmt.Sprint(i))
			keeper.event(fmt.Sprint(i))
			if f := c.event(fmt.Sprint(i)); f["ch"] != num {
				t.Fatalf("got %v, want number %v", f, num)
			}
			c.status(200, "leave", `{"room":"r"}`)
			c.want("ch")
		}
	})
}

func TestDirectSendReachesOnlyItsSocket(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		a, id := g.session()
		b := g.connect()
		b.status(200, "join", `{"room":"r"}`)
		g.publish("r", "1", ToSocket(id))
		if f := a.event("1"); f["ch"] != 0.0 || f["seq"] != nil || f["name"] != "room" || f["address"] != "rooms/r" {
			t.Fatalf("got %v", f)
		}
		b.silent()
		if _, err := PublishEvent(t.Context(), g.room("r"), "said", &said{}, ToSocket("nobody")); err != ErrNoSocket {
			t.Fatalf("got %v, want ErrNoSocket", err)
		}
	})
}

func TestBlastReachesAllButTheCaller(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		g.handle(&Operation{ID: "blast"}, func(ctx context.Context, _ *callInput) (int, string) {
			_, _ = PublishEvent(ctx, g.room("r"), "said", &said{ID: "1"}, ToAll(), OmitCaller())
			return 200, `{}`
		})
		a, b, c := g.connect(), g.connect(), g.connect()
		a.status(200, "blast", `{}`)
		b.event("1")
		c.event("1")
		a.silent()
	})
}

func TestMembersOfOneRoomJoinAndLeaveAnother(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		a, b := g.connect(), g.connect()
		a.status(200, "join", `{"room":"A"}`)
		b.status(200, "join", `{"room":"A"}`)
		if err := g.room("B").JoinMembersOf(t.Context(), g.room("A")); err != nil {
			t.Fatal(err)
		}
		for _, c := range []*client{a, b} {
			if f := c.want("ch"); f["state"] != "live" || f["address"] != "rooms/B" {
				t.Fatalf("got %v", f)
			}
		}
		g.publish("B", "1")
		a.event("1")
		b.event("1")
		if err := g.room("B").LeaveMembersOf(t.Context(), g.room("A")); err != nil {
			t.Fatal(err)
		}
		a.want("ch")
		b.want("ch")
		g.publish("B", "2")
		a.silent()
		b.silent()
	})
}

func TestLeaveAllEmptiesTheRoomAndKeepsTheSockets(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		a, id := g.session()
		a.status(200, "join", `{"room":"r"}`)
		if members, err := g.room("r").Members(t.Context()); err != nil || len(members) != 1 || members[0].SocketID != id {
			t.Fatalf("got %v, %v", members, err)
		}
		if err := g.room("r").LeaveAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		a.want("ch")
		if n, _ := g.room("r").Count(t.Context()); n != 0 {
			t.Fatalf("got %d members", n)
		}
		g.publish("r", "1")
		g.publish("r", "2", ToSocket(id))
		a.event("2")
	})
}

func TestVolatileEventsTakeNoPosition(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		c := g.connect()
		c.status(200, "join", `{"room":"r"}`)
		if _, err := PublishEvent(t.Context(), g.room("r"), "typing", &said{ID: "t"}); err != nil {
			t.Fatal(err)
		}
		if f := c.event("t"); f["seq"] != nil {
			t.Fatalf("got %v", f)
		}
		g.publish("r", "1")
		if f := c.event("1"); f["seq"] != 1.0 || f["prev"] != nil {
			t.Fatalf("got %v", f)
		}
	})
}

func TestAddressKeepsParametersInTheirSegment(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		if got := g.room("a/b c%é").Address(); got != "rooms/a%2Fb%20c%25%C3%A9" {
			t.Fatalf("got %s", got)
		}
		c := g.connect()
		c.status(200, "join", `{"room":"a/b"}`)
		g.publish("a/b", "1")
		c.event("1")
	})
}

func TestChannelLimitRefusesOneMore(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t, WithLimits(Limits{Channels: 2}))
		c := g.connect()
		c.status(200, "join", `{"room":"1"}`)
		c.status(200, "join", `{"room":"2"}`)
		c.status(429, "join", `{"room":"3"}`)
		c.status(200, "join", `{"room":"2"}`)
	})
}

func TestNothingIsLeftOfAChannelWithoutMembers(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		c := g.connect()
		c.status(200, "join", `{"room":"r"}`)
		_ = c.ws.Close()
		<-g.rt.sockets.gone()
		for i := range g.rt.hub.shards {
			if n := len(g.rt.hub.shards[i].channels); n != 0 {
				t.Fatalf("shard %d holds %d channels", i, n)
			}
		}
	})
}
