package runtime

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// pubs returns what an answer says to have published: "rooms/r 3", with an asterisk where the caller is a member.
func pubs(f map[string]any) string {
	raw, _ := json.Marshal(f["pub"])
	var list []struct {
		Ch      uint64
		Address string
		Seq     uint64
	}
	_ = json.Unmarshal(raw, &list)
	var out []string
	for _, p := range list {
		text := fmt.Sprint(p.Address, " ", p.Seq)
		if p.Ch != 0 {
			text += "*"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func TestAnswerListsWhatItsCallHasPublished(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		ctxs := make(chan context.Context, 1)
		publish := func(ctx context.Context, room, event string, opts ...PublishOption) {
			if _, err := PublishEvent(ctx, g.room(room), event, &said{ID: "x"}, opts...); err != nil {
				t.Error(err)
			}
		}
		talk := func(ctx context.Context, in *callInput) (int, string) {
			publish(ctx, "r", "said")
			publish(ctx, "r", "typing")                             // volatile: no position
			publish(ctx, "r", "said", ToAll())                      // likewise
			publish(ctx, "r", "said", ToSocket(in.socketID))        // likewise
			publish(context.Background(), "r", "said")              // not the call's
			_, _ = PublishEvent(ctx, g.room("r"), "said", &struct { // does not fit: nothing is published
				ID chan int `json:"id"`
			}{})
			var others sync.WaitGroup
			others.Go(func() { publish(context.WithoutCancel(ctx), "other", "said", OmitCaller()) })
			others.Wait()
			select {
			case ctxs <- ctx:
			default:
			}
			return 200, `{}`
		}
		bind := map[string]string{"room": `"r"`}
		declared := func(event string) []Publish {
			return []Publish{{Channel: "room", Event: event, Bind: bind, DataFields: map[string]string{"id": `"d"`}}}
		}
		g.handle(&Operation{ID: "talk"}, talk) // no hook of the document
		g.handle(&Operation{ID: "both", Publish: declared("said")}, talk)
		g.handle(&Operation{ID: "volatile", Publish: declared("typing")}, func(context.Context, *callInput) (int, string) { return 200, `{}` })
		c := g.connect()
		answer := func(op string) map[string]any {
			c.id++
			c.send(fmt.Sprintf(`{"t":"call","id":%d,"op":%q}`, c.id, op))
			for {
				if f := c.next(); f["t"] == "res" {
					return f
				}
			}
		}
		if got := pubs(answer("talk")); got != "rooms/r 1, rooms/other 1" {
			t.Errorf("got %s", got)
		}
		if got := pubs(answer("both")); got != "rooms/r 3, rooms/other 2, rooms/r 5" {
			t.Errorf("got %s", got)
		}
		if f := answer("volatile"); f["pub"] != nil {
			t.Errorf("a volatile event has a position: %v", f["pub"])
		}
		// What comes after the answer is not part of it, nor of another one.
		publish(<-ctxs, "r", "said")
		if f := answer("echo"); f["pub"] != nil {
			t.Errorf("got %v", f["pub"])
		}
		c.id++
		c.send(fmt.Sprintf(`{"t":"call","id":%d,"op":"join","body":{"room":"r"}}`, c.id))
		c.want("res")
		c.id++
		c.send(fmt.Sprintf(`{"t":"call","id":%d,"op":"talk"}`, c.id))
		for {
			f := c.next()
			if f["t"] == "res" {
				if got := pubs(f); got != "rooms/r 7*, rooms/other 3" {
					t.Errorf("of a member: got %s", got)
				}
				break
			}
		}
	})
}

func TestAnswerListsNoMoreThanTheNewest(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		g.handle(&Operation{ID: "import"}, func(ctx context.Context, _ *callInput) (int, string) {
			for range 3 * maxPubs {
				if _, err := PublishEvent(ctx, g.room("r"), "said", &said{ID: "x"}); err != nil {
					t.Error(err)
				}
			}
			return 200, `{}`
		})
		list := g.connect().call("import", `0`)["pub"].([]any)
		if len(list) != maxPubs || list[0].(map[string]any)["seq"] != 2.0*maxPubs+1 || list[maxPubs-1].(map[string]any)["seq"] != 3.0*maxPubs {
			t.Errorf("got %d, from %v to %v", len(list), list[0], list[len(list)-1])
		}
	})
}

// TestRepeatedAnswerListsTheSame: a call with an Idempotency-Key that is made again, by the other transport.
func TestRepeatedAnswerListsTheSame(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		runs := 0
		var g *guarded
		g = newListed(t, "", "", func(ctx context.Context, r *listRequest) (any, error) {
			runs++
			if _, err := PublishEvent(ctx, g.room(r.List), "said", &said{ID: "x"}); err != nil {
				return nil, err
			}
			return echoOf(r.Body)
		})
		if status, err := g.post(t.Context(), "/lists/a", "1", "Idempotency-Key", "k"); err != nil || status != 200 {
			t.Fatalf("got %d, %v", status, err)
		}
		c := g.as("")
		for id := range 2 {
			c.add(id+1, "a", 1, `,"headers":{"idempotency-key":"k"}`)
			if f := c.want("res"); f["status"] != 200.0 || pubs(f) != "rooms/a 1" {
				t.Errorf("got %v", f)
			}
		}
		if runs != 1 {
			t.Errorf("%d runs", runs)
		}
	})
}

// TestEchoIsKeptFromTheCallingSocketOnly: other sockets of the same user are others.
func TestEchoIsKeptFromTheCallingSocketOnly(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t, Authenticate(byToken))
		g.rt.hub.types["room"].spec.NoEcho = true
		g.handle(&Operation{ID: "talk"}, func(ctx context.Context, _ *callInput) (int, string) {
			if _, err := PublishEvent(ctx, g.room("r"), "said", &said{ID: "by hand"}); err != nil {
				t.Error(err)
			}
			return 200, `{}`
		})
		g.rt.heartbeat = time.Hour
		enter := func() *client {
			c := g.open(tokenProtocol("ada"))
			c.send(`{"t":"hello"}`)
			c.want("welcome")
			c.status(200, "join", `{"room":"r"}`)
			return c
		}
		caller, tab, third := enter(), enter(), enter()
		caller.status(200, "say", `{"room":"r","id":"declared"}`)
		caller.status(200, "talk", `{}`)
		caller.silent()
		for _, c := range []*client{tab, third} {
			c.event("declared")
			c.event("by hand")
			c.silent()
		}
		tab.status(200, "say", `{"room":"r","id":"2"}`)
		if f := caller.event("2"); f["seq"] != 3.0 || f["prev"] != 0.0 {
			t.Errorf("got %v, want what came before to be told", f)
		}
		tab.silent()
	})
}

// TestEchoOverHTTPIsKeptFromTheStreamThatTheCallNames, and from no other of the same user: another tab by stream,
// and one by socket.
func TestEchoOverHTTPIsKeptFromTheStreamThatTheCallNames(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		spec := roomSpec()
		spec.Channels[0].NoEcho = true
		g := newFallback(t, spec, byHeader())
		caller := g.stream(hello, "Authorization: User ann")
		tab := g.stream(hello, "Authorization: User ann")
		caller.call("join", "r", "Authorization: User ann")
		tab.call("join", "r", "Authorization: User ann")
		g.inside = func(ctx context.Context, room string) {
			_, err := PublishEvent(ctx, NewChannel(g.s, "room", room), "said", &said{ID: "by hand"})
			if err != nil {
				t.Error(err)
			}
			g.inside = func(context.Context, string) {}
		}
		caller.call("ordered", "r", "Authorization: User ann")
		caller.call("say", "r", "Authorization: User ann")
		tab.said("by hand")
		tab.said("r")
		g.publish("r", "all")
		caller.said("all")
		tab.said("all")
		// Without the session nobody is the caller.
		g.call(g.client, "http://chat.example", "say", "r", "Authorization: User ann")
		caller.said("r")
		tab.said("r")
	})
}
