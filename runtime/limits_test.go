package runtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestBodyLimitRaisesTheMessageLimit(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts []Option
		want int
	}{
		{"default", nil, 64 << 10},
		{"smaller", []Option{WithBodyLimit(1 << 10)}, 64 << 10},
		{"larger", []Option{WithBodyLimit(200 << 10)}, 200<<10 + envelope},
		{"far larger", []Option{WithBodyLimit(1 << 30)}, 1<<20 + envelope},
		{"a larger limit stays", []Option{WithBodyLimit(200 << 10), WithLimits(Limits{Message: 300 << 10})}, 300 << 10},
	} {
		inBubbleNamed(t, tt.name, func(t *testing.T) {
			g := newRig(t, nil, tt.opts...)
			c := g.open(nil)
			c.send(`{"t":"hello"}`)
			limits := c.want("welcome")["limits"].(map[string]any)
			if limits["message"] != float64(tt.want) {
				t.Fatalf("welcome says %v, want %d", limits["message"], tt.want)
			}
			head := `{"t":"call","id":9,"op":"echo","body":"`
			for size, status := range map[int]float64{tt.want: 200, tt.want + 1: 413} {
				c.send(head + strings.Repeat("a", size-len(head)-2) + `"}`)
				if f := c.want("res"); f["status"] != status {
					t.Fatalf("%d bytes: got %v, want %v", size, f["status"], status)
				}
			}
		})
	}
}

// inBubbleNamed is inBubble for a row of a table.
func inBubbleNamed(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { inBubble(t, f) })
}

func TestPeersAreCountedByNetwork(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.7:1234":                 "192.0.2.7",
		"[::ffff:192.0.2.7]:1":           "192.0.2.7",
		"[2001:db8:1:2:3:4:5:6]:443":     "2001:db8:1:2::/64",
		"[2001:db8:1:2:ffff::1]:443":     "2001:db8:1:2::/64",
		"[fe80::1%eth0]:443":             "fe80::/64",
		"@":                              "@",
		"":                               "",
		"[2001:db8:1:2:3:4:5:6%x y]:443": "2001:db8:1:2::/64",
	} {
		if got := peerOf(remote); got != want {
			t.Errorf("%s counts for %s, want %s", remote, got, want)
		}
	}
}

func TestOneAddressDoesNotTakeTheWaitingRoomFromOthers(t *testing.T) {
	t.Parallel()
	g := newRegistry(&socketSettings{maxWaitingPerIP: 2})
	now := time.Unix(1, 0)
	for range 2 {
		if p := g.reserve(now, "192.0.2.7"); p != nil {
			t.Fatal(p)
		}
	}
	if p := g.reserve(now, "192.0.2.7"); p == nil || p.Status != http.StatusTooManyRequests || p.Header.Get("Retry-After") == "" {
		t.Fatalf("the third from one address: got %v", p)
	}
	if p := g.reserve(now, "192.0.2.8"); p != nil {
		t.Fatalf("another address: got %v", p)
	}
	g.unreserve("192.0.2.7")
	if p := g.reserve(now, "192.0.2.7"); p != nil {
		t.Fatalf("after one has gone: got %v", p)
	}
	for _, peer := range []string{"192.0.2.7", "192.0.2.7", "192.0.2.8"} {
		g.unreserve(peer)
	}
	if len(g.peers) != 0 {
		t.Errorf("left behind: %v", g.peers)
	}
}

func TestHelloMakesRoomForTheNextOfTheAddress(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil, MaxWaitingPerIP(1))
		g.connect()
		g.open(nil)
		if status, _, h := g.refused(nil); status != http.StatusTooManyRequests || h.Get("Retry-After") == "" {
			t.Fatalf("got %d %v", status, h)
		}
		<-time.After(15 * time.Second) // the silent one is gone
		synctest.Wait()
		g.connect()
		synctest.Wait()
		if len(g.rt.sockets.peers) != 0 {
			t.Errorf("left behind: %v", g.rt.sockets.peers)
		}
	})
}

func TestDrainWindowGrowsWithTheSockets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		sockets int
		left    time.Duration
		want    time.Duration
	}{
		{1, 0, 0},
		{99, time.Minute, 0},
		{100, 0, 100 * time.Millisecond},
		{5000, 0, 5 * time.Second},
		{5000, 8 * time.Second, 4 * time.Second},
		{1_000_000, 0, 30 * time.Second},
	} {
		if got := drainWindow(tt.sockets, tt.left); got != tt.want {
			t.Errorf("%d sockets, %v left: %v, want %v", tt.sockets, tt.left, got, tt.want)
		}
	}
}

// TestManySocketsAreServedUntilTheyHaveLeft drains a server that many clients leave one by one.
func TestManySocketsAreServedUntilTheyHaveLeft(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		clients := make([]*client, 200)
		for i := range clients {
			clients[i] = g.connect()
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		begin := time.Now()
		done := make(chan error, 1)
		go func() { done <- g.rt.server.Shutdown(ctx) }()
		for _, c := range clients {
			if f := c.want("drain"); f["after"] != 200.0 || f["deadline"] != 10000.0 {
				t.Fatalf("got %v", f)
			}
		}
		clients[0].status(200, "echo", `"still here"`)
		for _, c := range clients[1:] {
			_ = c.ws.Close() // it has connected elsewhere
		}
		clients[0].bye(closeDrain)
		if took := time.Since(begin); took < time.Second || took > 1500*time.Millisecond {
			t.Errorf("the last one is closed after %v", took)
		}
		_ = clients[0].ws.Close()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
}

func TestPathFormKeepsTheOrder(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := NewServer(&API{Realtime: &Realtime{}}, nil, silent())
		var got []string
		op := &Operation{
			ID: "add", Method: "POST", Path: "/lists/{list}", Order: "$request.path.list",
			Params:    []Param{{Name: "list", In: InPath, Required: true}},
			Responses: echoResponses,
			Body:      &Body{Required: true, Content: []Media{{Type: "application/json"}}},
		}
		type request struct {
			List string `path:"list"`
			Body int    `body:"application/json"`
		}
		s.bind(Bind(op, func(_ context.Context, r *request) (any, error) {
			<-time.After(time.Millisecond)
			got = append(got, fmt.Sprint(r.Body)) // one after the other, or the race detector speaks
			return echoOf(r.Body)
		}))
		g := servedRig(t, s)
		c := g.connect()
		var want, frames []string
		for i := range 30 {
			want = append(want, fmt.Sprint(i))
			name := "POST /lists/a"
			if i%3 == 0 {
				name = "add"
			}
			frames = append(frames, fmt.Sprintf(`{"t":"call","id":%d,"op":%q,"path":{"list":"a"},"body":%d}`, i+1, name, i))
		}
		c.send(strings.Join(frames, "\n"))
		for range frames {
			if f := c.want("res"); f["status"] != 200.0 {
				t.Fatalf("got %v", f)
			}
		}
		if a, b := strings.Join(got, " "), strings.Join(want, " "); a != b {
			t.Errorf("got  %s\nwant %s", a, b)
		}
	})
}

func TestWelcomeAnnouncesEveryLimitThatAClientCanReach(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		welcome := func(opts ...Option) string {
			c := newRig(t, nil, opts...).open(nil)
			c.send(`{"t":"hello"}`)
			text, _ := json.Marshal(c.want("welcome")["limits"])
			return string(text)
		}
		const base = `"channels":128,"controls":10,"depth":64,"faults":20,"fragments":1024,"frames":4096,"headers":8192,"inflight":64,"message":65536`
		if got, want := welcome(), `{"address":255,"batch":32,`+base+`,"queue":1048576}`; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if got, want := welcome(WithLimits(Limits{Rate: "90/m"})), `{"address":255,"batch":32,`+base+`,"per":60000,"queue":1048576,"rate":90}`; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestHeadersOfACallAreBoundedExactly(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c := newRig(t, nil).connect()
		const most = 8 << 10
		for size, status := range map[int]float64{most: 200, most + 1: 431} {
			headers := `{"x":"` + strings.Repeat("a", size-len(`{"x":""}`)) + `"}`
			c.send(`{"t":"call","id":1,"op":"echo","body":1,"headers":` + headers + `}`)
			if f := c.want("res"); f["status"] != status {
				t.Errorf("%d bytes: got %v, want %v", size, f["status"], status)
			}
		}
		c.silent()
	})
}

// TestAddressOfAChannelIsBoundedOnBothTransports, whether it is joined or only looked at, and for publishers.
func TestAddressOfAChannelIsBoundedOnBothTransports(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "")
		c := g.as("ada")
		for size, status := range map[int]int{255: 200, 256: 400} {
			room := strings.Repeat("r", size-len("rooms/"))
			if f := c.list(room, ""); f["status"] != float64(status) {
				t.Errorf("%d bytes by socket: got %v", size, f)
			}
			for _, path := range []string{"/rooms/" + room, "/rooms/" + room + "/events"} {
				if resp, err := g.get(path, "ada", ""); err != nil || resp.StatusCode != status {
					t.Errorf("%d bytes over HTTP: got %v, %v", size, resp, err)
				}
			}
			_, err := PublishEvent(t.Context(), NewChannel(g.server, "room", room), "said", &said{ID: "1"})
			if p, _ := errors.AsType[*Problem](err); (err == nil) != (status == 200) || p != nil && p.Status != 400 {
				t.Errorf("%d bytes published: got %v", size, err)
			}
			if err == nil {
				c.event("1")
			}
		}
	})
}

func TestChannelsOfAStreamAreBoundedToo(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil, WithLimits(Limits{Channels: 2}))
		c := g.stream(hello)
		for i, status := range []int{200, 200, 429} {
			if a := c.call("join", fmt.Sprint(i)); a.status != status {
				t.Errorf("channel %d: got %d, want %d", i, a.status, status)
			}
		}
		if a := c.call("join", "1"); a.status != 200 {
			t.Errorf("one that it is in: got %d", a.status)
		}
		c.call("leave", "0")
		if a := c.call("join", "2"); a.status != 200 {
			t.Errorf("after leaving one: got %d", a.status)
		}
	})
}

// TestRateOfCallsIsExact: as many as the rate says at once, then one whenever there is room for it, and refused
// calls cost nothing.
func TestRateOfCallsIsExact(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil, WithLimits(Limits{Rate: "10/s"}))
		g.rt.heartbeat = 1000 * time.Hour // this client does not read all the time
		c := g.connect()
		for range 10 {
			c.status(200, "echo", `1`)
		}
		for range 50 {
			c.status(429, "echo", `1`)
		}
		<-time.After(99 * time.Millisecond)
		c.status(429, "echo", `1`)
		<-time.After(time.Millisecond)
		c.status(200, "echo", `1`)
		c.status(429, "echo", `1`)
		<-time.After(time.Hour) // saves up no more than a second's
		for range 10 {
			c.status(200, "echo", `1`)
		}
		c.status(429, "echo", `1`)
	})
}
