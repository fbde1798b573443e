package runtime

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestServerTellsWhoIsConnectedAndWhere(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		begin := time.Now()
		a, id := g.session()
		b := g.connect()
		server := g.rt.server
		if got := server.Channels(); len(got) != 0 {
			t.Fatalf("got %v in a server without members", got)
		}
		for _, room := range []string{"y", "x"} {
			a.status(200, "join", fmt.Sprintf(`{"room":%q}`, room))
		}
		b.status(200, "join", `{"room":"x"}`)
		b.status(403, "refused", `{"room":"z"}`)
		list := func(channels []Channel) string {
			var lines []string
			for _, c := range channels {
				n, err := c.Count(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				lines = append(lines, fmt.Sprintf("%s %s %d", c.Name(), c.Address(), n))
			}
			return strings.Join(lines, "; ")
		}
		if got, want := list(server.Channels()), "room rooms/x 2; room rooms/y 1"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		<-time.After(time.Second)
		s := server.Socket(id)
		if got := list(s.Channels()); got != "room rooms/x 2; room rooms/y 1" || !s.Since().Equal(begin) {
			t.Errorf("got %s since %v", got, s.Since())
		}
		if bytes, frames := s.Queued(); bytes != 0 || frames != 0 {
			t.Errorf("%d bytes and %d frames wait for a client that reads", bytes, frames)
		}
		s.Close(4800, "")
		a.bye(4800)
		_ = a.ws.Close()
		synctest.Wait()
		if got := list(server.Channels()); got != "room rooms/x 1" || len(s.Channels()) != 0 {
			t.Errorf("got %s after the end, and %v of the socket", got, s.Channels())
		}
	})
}

func TestQueueOfAStalledSocketIsTold(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		c, id := g.session()
		c.status(200, "join", `{"room":"x"}`)
		s := g.rt.server.Socket(id)
		// Nobody reads; what the connection does not take stays here.
		for i := range 1000 {
			g.publish("x", strings.Repeat("x", 500)+fmt.Sprint(i))
			if bytes, frames := s.Queued(); frames > 0 {
				if bytes < 500 {
					t.Errorf("%d bytes in %d frames", bytes, frames)
				}
				return
			}
		}
		t.Error("nothing waits")
	})
}
