package reference_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/rtgen/rtgen/runtime/internal/faultproxy"
	"github.com/rtgen/rtgen/runtime/internal/follower"
	"github.com/rtgen/rtgen/runtime/rttest/conformance/reference"
	"github.com/rtgen/rtgen/runtime/rttest/conformance/reference/api"
)

// randomFault is drawn anew for each connection: most are cut within a few frames, at any byte.
func randomFault(rng *rand.Rand) faultproxy.Fault {
	f := faultproxy.Fault{Down: 300 + rng.Int64N(6000)}
	switch rng.IntN(8) {
	case 0:
		f.HalfOpen = true
	case 1:
		f.Up = 200 + rng.Int64N(600) // in the middle of the handshake, of hello or of a call
	case 2:
		f.Delay = time.Duration(rng.IntN(20)) * time.Millisecond
	case 3:
		f.Hold = true
	}
	return f
}

func roomRules() follower.Rules {
	path := func(room string) string { return fmt.Sprintf(`"path":{"room":%q}`, room) }
	return follower.Rules{
		Channel: "room", Join: "join", Leave: "leave", Members: path, ResumePath: path,
		Address: func(room string) string { return "rooms/" + room },
	}
}

func dialer(address string) follower.Dial {
	d := websocket.Dialer{Subprotocols: []string{"rtgen.v1.json"}, HandshakeTimeout: 2 * time.Second}
	return func(ctx context.Context) (*websocket.Conn, error) {
		ws, _, err := d.DialContext(ctx, "ws://"+address+"/realtime", nil)
		return ws, err
	}
}

// publish publishes until ctx ends and notes what it was told.
func publish(ctx context.Context, server *reference.Server, j *follower.Journal, rooms []string, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		room := rooms[n%len(rooms)]
		pos, err := api.NewRoomChannel(server.Server, room).PublishSaid(context.Background(), api.Said{ID: fmt.Sprint(n)})
		if err != nil {
			return err
		}
		j.Published("rooms/"+room, pos.Epoch, pos.Seq, pos.Last)
	}
}

// eventually waits until f returns nil.
func eventually(t *testing.T, f func() error) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for {
		err := f()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal(err)
		}
	}
}

func TestNoEventIsLostOrDoubledOverBrokenNetworks(t *testing.T) {
	t.Parallel()
	const clients, connections = 6, 120
	server := reference.New()
	srv := httptest.NewServer(server)
	t.Cleanup(srv.Close)
	var mu sync.Mutex
	rng := rand.New(rand.NewPCG(1, 2))
	proxy, err := faultproxy.New(srv.Listener.Addr().String(), func(n int) faultproxy.Fault {
		mu.Lock()
		defer mu.Unlock()
		if n >= connections {
			return faultproxy.Fault{}
		}
		return randomFault(rng)
	})
	if err != nil {
		t.Fatal(err)
	}

	var journal follower.Journal
	var running sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	defer func() {
		cancel()
		proxy.Close()
		running.Wait()
	}()
	rooms := []string{"a", "b"}
	followers := make([]*follower.Follower, clients)
	for i := range followers {
		f := follower.New(roomRules())
		followers[i] = f
		for _, room := range rooms {
			f.Join(room)
		}
		running.Go(func() {
			if err := f.Run(ctx, dialer(proxy.Addr()), 3*time.Second); err != nil {
				t.Errorf("client %d: %v", i, err)
			}
		})
	}
	publishing, stop := context.WithCancel(ctx)
	published := make(chan error, 1)
	go func() { published <- publish(publishing, server, &journal, rooms, 2*time.Millisecond) }()
	eventually(t, func() error {
		if n := proxy.Count(); n < connections {
			return fmt.Errorf("only %d connections so far", n)
		}
		return nil
	})
	proxy.Cut() // the last ones that had a fault
	stop()
	if err := <-published; err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		var errs []error
		for _, f := range followers {
			errs = append(errs, f.Settled(&journal))
		}
		return errors.Join(errs...)
	})
	recovered, events := 0, 0
	for i, f := range followers {
		if err := f.Check(&journal); err != nil {
			t.Errorf("client %d: %v", i, err)
		}
		recovered += f.Stats().Recovered
		events += f.Stats().Events
	}
	t.Logf("%d connections, %d events arrived, %d channels went on", proxy.Count(), events, recovered)
	if recovered < connections/4 {
		t.Errorf("only %d channels went on over %d connections", recovered, connections)
	}
}
