package acceptance

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	acceptance "github.com/rtgen/rtgen/golden/acceptance/go"
	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest"
)

func TestHandlerKnowsHowItIsCalled(t *testing.T) {
	w := newWorld(t).start()
	if a := w.overHTTP(call{method: "GET", target: "/caller"}); a.body != `{"socket":false}` {
		t.Errorf("over HTTP: got %v", a)
	}
	s := w.dial()
	if a := bySocket(s, call{op: "caller"}); a.body != `{"socket":true,"socketId":"`+s.Welcome.Session+`"}` {
		t.Errorf("by socket: got %v, want id %s", a, s.Welcome.Session)
	}
}

func TestBroadcastReachesTheRoomOnce(t *testing.T) {
	w := newWorld(t)
	a, b, other := w.dial(), w.dial(), w.dial()
	join(t, "r", a, b)
	join(t, "other", other)
	w.publish("r", "1")
	w.hears(a, "1")
	w.hears(b, "1")
	w.hears(other)
}

// say is the input of saying something in room r.
func say(text, to string) rttest.Input {
	return rttest.Input{Path: map[string]string{"room": "r"}, Body: map[string]string{"text": text, "to": to}}
}

func TestOmittedCallerGetsNothing(t *testing.T) {
	w := newWorld(t)
	a, b := w.dial(), w.dial()
	join(t, "r", a, b)
	must(t, a.Call("say", say("hi", "others")), 204)
	w.hears(a)
	w.hears(b, "hi")
	// Over HTTP there is no caller to leave out.
	if got := w.overHTTP(call{method: "POST", target: "/rooms/r", in: say("http", "others")}); got.status != 204 {
		t.Fatal(got)
	}
	w.hears(a, "http")
	w.hears(b, "http")
}

func TestJoiningTwiceIsJoiningOnce(t *testing.T) {
	w := newWorld(t)
	a := w.dial()
	join(t, "r", a, a)
	if err := w.room("r").Join(t.Context(), a.Welcome.Session); err != nil {
		t.Fatal(err)
	}
	w.publish("r", "1")
	w.hears(a, "1")
}

func TestLeavingWhereOneIsNotIsNoError(t *testing.T) {
	w := newWorld(t)
	a := w.dial()
	join(t, "r", a)
	must(t, a.Call("leave", inRoom("never")), 204)
	if err := w.room("never").Leave(t.Context(), a.Welcome.Session); err != nil {
		t.Errorf("leaving: %v", err)
	}
	w.publish("r", "still here")
	w.hears(a, "still here")
}

func TestSocketIDAsTargetReachesOnlyIt(t *testing.T) {
	w := newWorld(t)
	a, b := w.dial(), w.dial()
	join(t, "r", a, b)
	w.publish("r", "psst", rt.ToSocket(b.Welcome.Session))
	w.hears(a)
	w.hears(b, "psst")
	_, err := w.room("r").PublishSaid(t.Context(), acceptance.Said{Text: "?"}, rt.ToSocket("nobody"))
	if !errors.Is(err, rt.ErrNoSocket) {
		t.Errorf("a socket that is not there: %v", err)
	}
}

func TestBlastWithOmitReachesAllOthers(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.dial(), w.dial(), w.dial()
	join(t, "elsewhere", b)
	must(t, a.Call("say", say("all", "everybody-else")), 204)
	w.hears(a)
	w.hears(b, "all")
	w.hears(c, "all")
}

func TestMembersOfOneRoomAreAddedToAnother(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.dial(), w.dial(), w.dial()
	join(t, "A", a, b)
	ctx := t.Context()
	if err := w.room("B").JoinMembersOf(ctx, w.room("A").Channel); err != nil {
		t.Fatal(err)
	}
	w.publish("B", "1")
	if err := w.room("B").LeaveMembersOf(ctx, w.room("A").Channel); err != nil {
		t.Fatal(err)
	}
	w.publish("B", "2")
	w.publish("A", "3")
	w.hears(a, "1", "3")
	w.hears(b, "1", "3")
	w.hears(c)
}

func TestLeaveAllEmptiesTheRoomAndLeavesSocketsReachable(t *testing.T) {
	w := newWorld(t)
	a, b := w.dial(), w.dial()
	join(t, "A", a, b)
	if err := w.room("A").LeaveAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if members, err := w.room("A").Members(t.Context()); err != nil || len(members) != 0 {
		t.Errorf("members: %v, %v", members, err)
	}
	w.publish("A", "to nobody")
	w.publish("A", "by id", rt.ToSocket(a.Welcome.Session))
	w.hears(a, "by id")
	w.hears(b)
}

func TestEventsKeepTheirPlaceAroundTheAnswer(t *testing.T) {
	w := newWorld(t)
	r := w.rawSocket()
	r.send(`{"t":"call","id":1,"op":"join","path":{"room":"r"}}`)
	r.want("res")
	r.send(`{"t":"call","id":2,"op":"say","path":{"room":"r"},"body":{"text":"x","to":"around"}}`)
	var got []string
	for range 3 {
		f, err := r.next()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, f.T+string(f.Data))
	}
	if want := `ev{"text":"before x"} res ev{"text":"after x"}`; strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}

// TestPayloadOfAnotherTypeIsRefused has the compiler refuse one, and the runtime one that the type of Go
// cannot rule out.
func TestPayloadOfAnotherTypeIsRefused(t *testing.T) {
	w := newWorld(t)
	a := w.dial()
	join(t, "r", a)
	if _, err := w.room("r").PublishMoved(t.Context(), acceptance.RoomMoved{X: -1}); err == nil {
		t.Error("a payload that breaks its schema is published")
	}
	w.hears(a)

	const program = `package probe
import (
	"context"
	acceptance "github.com/rtgen/rtgen/golden/acceptance/go"
)
func _(c acceptance.RoomChannel) { _, _ = c.PublishSaid(context.Background(), acceptance.%s{}) }
`
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for typ, compiles := range map[string]bool{"Said": true, "RoomMoved": false} {
		file := filepath.Join(t.TempDir(), "probe.go")
		if err := os.WriteFile(file, []byte(strings.Replace(program, "%s", typ, 1)), 0o666); err != nil {
			t.Fatal(err)
		}
		// The overlay puts the file into the module without writing there.
		overlay, _ := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(here, "probe", "probe.go"): file}})
		config := filepath.Join(t.TempDir(), "overlay.json")
		if err := os.WriteFile(config, overlay, 0o666); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("go", "build", "-overlay", config, "./probe").CombinedOutput()
		if ok := err == nil; ok != compiles {
			t.Errorf("publishing %s compiles: %v, want %v\n%s", typ, ok, compiles, out)
		}
		if !compiles && !strings.Contains(string(out), "cannot use") {
			t.Errorf("it fails for another reason:\n%s", out)
		}
	}
}
