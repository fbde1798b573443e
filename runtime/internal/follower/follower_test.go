package follower

import (
	"strings"
	"testing"
)

func rules() Rules {
	return Rules{
		Channel: "room", Join: "join", Leave: "leave",
		Members: func(room string) string { return `"path":{"room":"` + room + `"}` },
		Address: func(room string) string { return "rooms/" + room },
	}
}

// joined is a follower that is live in room a at position 5.
func joined(t *testing.T, r Rules) *Follower {
	t.Helper()
	f := New(r)
	if calls := f.Join("a"); calls != nil {
		t.Fatalf("got %v without a connection", calls)
	}
	f.Connect()
	feed(t, f, `{"t":"welcome"}`)
	feed(t, f, `{"t":"res","id":1,"status":200,"subs":[{"ch":3,"address":"rooms/a","epoch":"E.p","seq":5,"last":"x5"}]}`)
	return f
}

func feed(t *testing.T, f *Follower, frames ...string) []string {
	t.Helper()
	answers, err := f.Receive([]byte(strings.Join(frames, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return answers
}

func TestBrokenPromisesAreFound(t *testing.T) {
	t.Parallel()
	const resumed = "resumed"
	tests := []struct{ name, frames, want string }{
		{"again", `{"t":"ev","ch":3,"seq":5,"id":"x5"}`, "again"},
		{"one is missing", `{"t":"ev","ch":3,"seq":7,"id":"x7"}`, "nobody told"},
		{"one is missing and said to be", `{"t":"ev","ch":3,"seq":7,"prev":5,"id":"x7"}`, "skips"},
		{"out of order", "{\"t\":\"ev\",\"ch\":3,\"seq\":6,\"id\":\"x6\"}\n{\"t\":\"ev\",\"ch\":3,\"seq\":8,\"id\":\"x8\"}", "nobody told"},
		{"another channel", `{"t":"ev","ch":4,"seq":6,"id":"x6"}`, "not in"},
		{"a gap that may not be", `{"t":"gap","ch":3,"from":6,"to":7}`, "may have none"},
		{"behind the answer that leaves", "{\"t\":\"res\",\"id\":2,\"status\":204}\n{\"t\":\"ev\",\"ch\":3,\"seq\":6,\"id\":\"x6\"}", "behind"},
		{"an answer to nothing", `{"t":"res","id":9,"status":200}`, "not open"},
		{"a reset out of the blue", `{"t":"ch","ch":3,"address":"rooms/a","state":"reset","reason":"epoch"}`, "reset, in state"},
		{"live out of the blue", `{"t":"ch","ch":3,"address":"rooms/a","state":"live","epoch":"E.p","seq":5,"recovered":true}`, "live, in state"},
		{resumed + " elsewhere", `{"t":"ch","ch":3,"address":"rooms/a","state":"live","epoch":"E.p","seq":6,"recovered":true}`, "goes on at"},
		{resumed + " in another epoch", `{"t":"ch","ch":3,"address":"rooms/a","state":"live","epoch":"F.p","seq":5,"recovered":true}`, "goes on at"},
		{resumed + " without a word", `{"t":"ev","ch":3,"seq":6,"id":"x6"}`, "not in"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := joined(t, rules())
			if strings.HasPrefix(tt.name, resumed) {
				f.Lost()
				if hello := f.Connect(); !strings.Contains(hello, `"epoch":"E.p","seq":5,"last":"x5"`) {
					t.Fatalf("got %s", hello)
				}
				feed(t, f, `{"t":"welcome"}`)
			}
			if strings.HasPrefix(tt.name, "behind") {
				f.Leave("a")
			}
			if _, err := f.Receive([]byte(tt.frames)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestKeptPromisesAreNot(t *testing.T) {
	t.Parallel()
	r := rules()
	r.Gaps = true
	f := joined(t, r)
	feed(t, f, `{"t":"ev","ch":3,"seq":6,"id":"x6"}`, `{"t":"ev","ch":3,"type":"typing","id":"v"}`, `{"t":"gap","ch":3,"from":7,"to":9}`)
	f.Lost()
	f.Connect()
	feed(t, f, `{"t":"welcome"}`, `{"t":"ch","ch":1,"address":"rooms/a","state":"live","epoch":"E.p","seq":9,"recovered":true}`, `{"t":"ev","ch":1,"seq":10,"id":"x10"}`)
	var j Journal
	for seq := range uint64(11) {
		j.Published("rooms/a", "E", seq, "x"+string("0123456789:"[seq]))
	}
	if err := f.Settled(&j); err != nil {
		t.Fatal(err)
	}
	if err := f.Check(&j); err == nil || !strings.Contains(err.Error(), "x10") {
		t.Fatalf("got %v: the journal has another event there", err)
	}
	j.Published("rooms/a", "E", 10, "x10")
	if err := f.Check(&j); err != nil {
		t.Fatal(err)
	}
	j.Published("rooms/a", "E", 11, "x11")
	if err := f.Settled(&j); err == nil {
		t.Fatal("an event is missing")
	}
}

func TestResetIsFollowedByANewSnapshot(t *testing.T) {
	t.Parallel()
	f := joined(t, rules())
	f.Lost()
	f.Connect()
	feed(t, f, `{"t":"welcome"}`)
	calls := feed(t, f, `{"t":"ch","ch":1,"address":"rooms/a","state":"reset","reason":"epoch"}`)
	if len(calls) != 1 || !strings.Contains(calls[0], `"op":"join"`) || f.Stats().Resets["epoch"] != 1 {
		t.Fatalf("got %v", calls)
	}
}
