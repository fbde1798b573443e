package acceptance

import (
	"context"
	"errors"
	"strings"
	"testing"

	acceptance "github.com/rtgen/rtgen/golden/acceptance/go"
	rt "github.com/rtgen/rtgen/runtime"
)

// TestPublishingWorksFromAnywhere: from the handler of either transport, from a goroutine that outlives its
// call, and from a package that has nothing but the server, with members and without.
func TestPublishingWorksFromAnywhere(t *testing.T) {
	w := newWorld(t)
	desk := acceptance.NewDeskChannel(w.server, "d1")
	before, err := desk.PublishOpened(t.Context(), acceptance.Said{Text: "to nobody"})
	if err != nil || before.Seq != 1 || before.Epoch == "" {
		t.Fatalf("got %v, %v before there are members", before, err)
	}
	s := w.dial()
	c := ticket("by socket", "k1")
	if f := must(t, s.Call(c.op, c.in), 201); f.Subs[0].Seq != 1 || f.Subs[0].Epoch == "" {
		t.Errorf("got %s, want the position after what was published before", f.Raw)
	}
	w.overHTTP(ticket("over HTTP", "k2"))
	done := make(chan error)
	go func() {
		_, err := desk.PublishOpened(context.Background(), acceptance.Said{Text: "from a goroutine"})
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"by socket 1", "over HTTP 2", "from a goroutine"} {
		if e := s.Event(); string(e.Data) != `{"text":"`+want+`"}` || e.Seq != int64(i+2) {
			t.Errorf("got %s, want %q", e.Raw, want)
		}
	}

	// What the document leaves to the handler is not published by itself.
	room := w.dial()
	join(t, "r", room)
	say := call{op: "say", method: "POST", target: "/rooms/r"}
	say.in.Body = map[string]string{"text": "once"}
	if a := w.overHTTP(say); a.status != 204 {
		t.Fatalf("got %v", a)
	}
	around := say
	around.in.Body = map[string]string{"text": "x", "to": "around"} // the second one after its call has ended
	w.overHTTP(around)
	for _, want := range []string{"once", "before x", "after x"} {
		if e := room.Event(); string(e.Data) != `{"text":"`+want+`"}` {
			t.Errorf("got %s, want %q", e.Raw, want)
		}
	}
}

// TestErrorsOfPublishingCanBeToldApart by what a program would do about them.
func TestErrorsOfPublishingCanBeToldApart(t *testing.T) {
	w := newWorld(t)
	room := w.room("r")
	_, err := room.PublishMoved(t.Context(), acceptance.RoomMoved{X: -1})
	var unfit *rt.EventError
	if !errors.As(err, &unfit) {
		t.Fatalf("got %v", err)
	}
	if unfit.Channel != "room" || unfit.Event != "moved" || len(unfit.Errors) != 1 ||
		unfit.Errors[0].Pointer != "/x" || unfit.Errors[0].Rule != "minimum" || !strings.Contains(err.Error(), "moved") {
		t.Errorf("got %+v: %v", unfit, err)
	}
	for what, attempt := range map[string]struct {
		room acceptance.RoomChannel
		opts []rt.PublishOption
		want error
	}{
		"a socket that is not there":  {room, []rt.PublishOption{rt.ToSocket("nobody")}, rt.ErrNoSocket},
		"a channel of no server":      {acceptance.RoomChannel{}, nil, nil},
		"an address that is too long": {w.room(strings.Repeat("x", 300)), nil, nil},
	} {
		pos, err := attempt.room.PublishSaid(t.Context(), acceptance.Said{Text: "x"}, attempt.opts...)
		if err == nil || attempt.want != nil && !errors.Is(err, attempt.want) || errors.As(err, &unfit) || pos != (rt.Position{}) {
			t.Errorf("%s: got %v, %v", what, pos, err)
		}
	}
	if err := w.server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := room.PublishSaid(t.Context(), acceptance.Said{Text: "x"}); !errors.Is(err, rt.ErrEngineClosed) {
		t.Errorf("after the shutdown: got %v", err)
	}
}
