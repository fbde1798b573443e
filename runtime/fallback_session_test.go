package runtime

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestEventsWaitForTheAnswerOfACallForTheSession(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil)
		c := g.stream(hello)
		held := make(chan struct{})
		g.inside = func(_ context.Context, room string) {
			g.publish(room, "during") // between the position and the answer
			synctest.Wait()
			if n := g.waiting(c); n != 0 {
				t.Errorf("%d frames are on their way before the answer", n)
			}
			close(held)
		}
		a := c.call("join", "r")
		<-held
		if a.subs[0].Seq != 0 || len(a.at) != 1 || a.at[0].Seq != 0 {
			t.Fatalf("got %v", a.header)
		}
		if f := c.said("during"); f["seq"] != 1.0 {
			t.Fatalf("got %v", f)
		}
	})
}

// waiting is how many frames the stream has been given that are not read.
func (g *fallbackRig) waiting(c *streamClient) int { return len(c.queue) + c.r.Buffered() }

func TestCallForASessionSaysWhatItIs(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil)
		c := g.stream(hello)
		var got Call
		g.inside = func(ctx context.Context, _ string) { got, _ = CallFrom(ctx) }
		a := c.call("say", "r")
		if got.Transport != TransportHTTP || got.SocketID != c.session || a.body["isSocket"] != false || a.body["socket"] != c.session {
			t.Fatalf("got %+v and %v", got, a.body)
		}
		if a := g.call(g.client, "http://chat.example", "say", "r"); a.body["known"] != false || a.header.Get("Realtime-Subscriptions") != "" {
			t.Fatalf("got %v %v", a.body, a.header)
		}
	})
}

func TestCallerByStreamIsLeftOutOfItsOwnEvents(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		spec := roomSpec()
		spec.Channels[0].NoEcho = true
		g := newFallback(t, spec)
		caller, other := g.stream(hello), g.stream(hello)
		caller.call("join", "r")
		other.call("join", "r")
		caller.call("say", "r")
		other.said("r")
		g.inside = func(ctx context.Context, room string) {
			_, err := PublishEvent(ctx, NewChannel(g.s, "room", room), "said", &said{ID: "handler"}, OmitCaller())
			if err != nil {
				t.Error(err)
			}
			g.inside = func(context.Context, string) {}
		}
		caller.call("ordered", "r")
		other.said("handler")
		g.publish("r", "all")
		caller.said("all")
	})
}

func TestSessionOfSomebodyElseIsUnknown(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil, byHeader())
		ann := g.stream(hello, "Authorization: User ann")
		tests := []struct {
			op, user string
			acts     bool
		}{
			{"join", "User ann", true},
			{"private", "User ann", true},
			{"join", "User bob", false},
			{"private", "User bob", false},
			{"join", "User nobody", false},
			{"join", "", false},
		}
		for _, tt := range tests {
			headers := []string{"Realtime-Session: " + ann.session}
			if tt.user != "" {
				headers = append(headers, "Authorization: "+tt.user)
			}
			a := g.call(g.client, "http://chat.example", tt.op, "r", headers...)
			if a.status != 200 || (a.subs != nil) != tt.acts || len(a.at) != 1 || a.body["known"] != tt.acts {
				t.Errorf("%s by %q: got %d %v %v", tt.op, tt.user, a.status, a.header, a.body)
			}
		}
		if a := g.call(g.client, "http://chat.example", "leave", "r", "Realtime-Session: "+ann.session, "Authorization: User bob"); a.subs != nil {
			t.Errorf("got %v", a.header)
		}
		g.publish("r", "1")
		ann.said("1")
	})
}

func TestUnknownSessionIsAnOrdinaryCall(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil)
		ended := g.stream(hello)
		ended.cut()
		synctest.Wait()
		socket, id := servedSocket(g)
		for _, session := range []string{"nobody", ended.session, id} {
			a := g.call(g.client, "http://chat.example", "join", "r", "Realtime-Session: "+session)
			if a.status != 200 || a.subs != nil || len(a.at) != 1 || a.body["known"] != false {
				t.Errorf("%s: got %d %v %v", session, a.status, a.header, a.body)
			}
			// It does not turn into a stream of its own either, which nobody would read.
			a = g.call(g.client, "http://chat.example", "events", "r", "Realtime-Session: "+session)
			if a.status != 200 || len(a.at) != 1 || a.body["known"] != false {
				t.Errorf("%s: got %d %v %v", session, a.status, a.header, a.body)
			}
			left := g.call(g.client, "http://chat.example", "leave", "r", "Realtime-Session: "+session)
			if left.status != 200 || left.subs != nil || left.header.Get("Realtime-Position") != "[]" {
				t.Errorf("%s: got %d %v", session, left.status, left.header)
			}
			// The client opens a stream from there.
			g.publish("r", "1")
			c := g.stream(resuming("join", a.at[0]))
			c.want("ch")
			c.said("1")
			c.cut()
		}
		_ = socket.ws.Close()
	})
}

// servedSocket opens a WebSocket to the same server.
func servedSocket(g *fallbackRig) (*client, string) {
	return (&rig{t: g.t, rt: g.s.sockets(), listen: g.listen}).session()
}

func TestStreamOperationForASessionIsASubscription(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil)
		c := g.stream(hello)
		if a := c.call("events", "r"); a.status != 200 || len(a.subs) != 1 {
			t.Fatalf("got %d %v", a.status, a.header)
		}
		g.publish("r", "1")
		c.said("1")
	})
}

func TestSocketCannotNameASession(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil)
		c := g.stream(hello)
		socket, _ := servedSocket(g)
		for i, op := range []string{`"op":"join","path":{"room":"r"}`, `"op":"POST /rooms/r/join"`} {
			socket.send(fmt.Sprintf(`{"t":"call","id":%d,%s,"headers":{"Realtime-Session":%q}}`, i+1, op, c.session))
			if f := socket.want("res"); f["status"] != 200.0 || f["subs"] == nil {
				t.Fatalf("got %v", f)
			}
		}
		g.publish("r", "1")
		socket.event("1")
		c.call("join", "other")
		g.publish("other", "2")
		c.said("2")
		_ = socket.ws.Close()
	})
}

func TestPresenceByStream(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		spec := roomSpec()
		spec.Channels[0].Presence = &PresenceSpec{Visibility: "members", Identity: "$auth.sub"}
		g := newFallback(t, spec, byHeader())
		ann := g.stream(hello, "Authorization: User ann")
		ann.call("join", "r")
		present := func(c *streamClient) map[string]any {
			f := c.want("ev")
			if f["type"] != "$presence" {
				t.Fatalf("got %v", f)
			}
			return f["data"].(map[string]any)
		}
		if d := present(ann); d["count"] != 1.0 || fmt.Sprint(d["join"]) != "[map[id:ann]]" {
			t.Fatalf("got %v", d)
		}
		bob := g.stream(hello, "Authorization: User bob")
		bob.call("join", "r")
		present(bob)
		if d := present(ann); d["count"] != 2.0 {
			t.Fatalf("got %v", d)
		}
		bob.cut()
		if d := present(ann); d["count"] != 1.0 || fmt.Sprint(d["leave"]) != "[bob]" {
			t.Fatalf("got %v", d)
		}
	})
}

func TestDrainLetsCallsForTheSessionFinish(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil)
		c := g.stream(hello)
		running, finish := make(chan struct{}), make(chan struct{})
		g.inside = func(context.Context, string) {
			close(running)
			<-finish
		}
		var answer httpAnswer
		var wait sync.WaitGroup
		wait.Go(func() { answer = c.call("join", "r") })
		<-running
		wait.Go(func() { _ = g.s.Shutdown(context.Background()) })
		c.want("drain")
		<-time.After(drainGrace(0) + time.Millisecond)
		synctest.Wait()
		g.inside = func(context.Context, string) {}
		// What is new is not for the stream that ends.
		if late := c.call("join", "late"); late.subs != nil || len(late.at) != 1 {
			t.Fatalf("got %v", late.header)
		}
		g.publish("r", "1")
		close(finish)
		c.said("1")
		c.want("bye")
		c.ended()
		wait.Wait()
		if answer.status != 200 || len(answer.subs) != 1 {
			t.Fatalf("got %d %v", answer.status, answer.header)
		}
	})
}

func TestStreamThatEndsDuringACallLeavesItACall(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil)
		c := g.stream(hello)
		g.inside = func(context.Context, string) {
			c.cut()
			synctest.Wait()
		}
		if a := c.call("join", "r"); a.status != 200 || len(a.at) != 1 {
			t.Fatalf("got %d %v", a.status, a.header)
		}
		if ch := g.s.sockets().hub.lookup("rooms/r"); ch != nil {
			t.Fatal("the channel has a member that is gone")
		}
	})
}

func TestPanicDuringACallForTheSessionHoldsNothingBack(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil)
		for _, middleware := range []bool{false, true} {
			c := g.stream(hello)
			c.call("join", "r")
			g.inside = func(context.Context, string) { panic("in the handler") }
			if a := c.call("join", "r"); a.status != 500 {
				t.Fatalf("got %d", a.status)
			}
			g.publish("r", "1")
			c.said("1")
			g.inside = func(context.Context, string) {}
			c.cut()
			if !middleware {
				g.s.Use(passing)
			}
		}
	})
}

func TestSubscriptionsTravelInASCII(t *testing.T) {
	t.Parallel()
	if got, want := asciiJSON([]byte(`["räume 🚀 a"]`)), `["r\u00e4ume \ud83d\ude80 a"]`; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	if http.CanonicalHeaderKey(sessionHeader) != sessionHeader {
		t.Fatal("the header is looked up by its canonical name")
	}
}
