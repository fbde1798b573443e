package reference_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/rtgen/rtgen/runtime/internal/faultproxy"
	"github.com/rtgen/rtgen/runtime/internal/follower"
	"github.com/rtgen/rtgen/runtime/internal/rolling"
	"github.com/rtgen/rtgen/runtime/rttest/conformance/reference"
	"github.com/rtgen/rtgen/runtime/rttest/conformance/reference/api"
)

// randomFault is drawn anew for each connection: most are cut within a few frames, at any byte.
func randomFault(rng *rand.Rand) faultproxy.Fault {
	f := faultproxy.Fault{Down: 300 + rng.Int64N(6000)}
	switch rng.IntN(9) {
	case 0:
		f.HalfOpen = true
	case 1:
		f.Up = 200 + rng.Int64N(600) // in the middle of the handshake, of hello or of a call
	case 2:
		f.Delay = time.Duration(rng.IntN(20)) * time.Millisecond
	case 3:
		f.Hold = true
	case 4:
		f = faultproxy.Fault{Up: 300 + rng.Int64N(600), Late: true}
	}
	return f
}

// faulty is a proxy before addr whose first connections have random faults; whoever asks for it closes it.
func faulty(t *testing.T, addr string, connections int, source rand.Source) *faultproxy.Proxy {
	t.Helper()
	var mu sync.Mutex
	rng := rand.New(source)
	proxy, err := faultproxy.New(addr, func(n int) faultproxy.Fault {
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
	return proxy
}

func roomRules() follower.Rules {
	path := func(room string) string { return fmt.Sprintf(`"path":{"room":%q}`, room) }
	return follower.Rules{
		Channel: "room", Join: "join", Leave: "leave", Members: path, ResumePath: path,
		Address: func(room string) string { return "rooms/" + room },
	}
}

// dialer is one of two WebSocket libraries, in turn.
func dialer(address string, n int) follower.Dial {
	const handshake = 2 * time.Second // so long as a half-open one takes
	if n%2 == 0 {
		return follower.Gorilla(address, handshake)
	}
	return follower.Coder(address, handshake)
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
	proxy := faulty(t, srv.Listener.Addr().String(), connections, rand.NewPCG(1, 2))

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
			if err := f.Run(ctx, dialer(proxy.Addr(), i), 3*time.Second); err != nil {
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

// TestReaderThatTakesNothingSlowsNobody has clients whose window has closed beside others that have to have
// each batch of events before the next is published. What waits for a stalled one stays within its cap, and
// it is let go of.
func TestReaderThatTakesNothingSlowsNobody(t *testing.T) {
	t.Parallel()
	const healthy, stalled, batch, queue = 4, 3, 10, 64 << 10
	server := reference.New()
	srv := httptest.NewUnstartedServer(server)
	srv.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetWriteBuffer(8 << 10) // what the system takes on top of our queue: the less, the sooner it is full
		}
		return ctx
	}
	srv.Start()
	t.Cleanup(srv.Close)
	proxy, err := faultproxy.New(srv.Listener.Addr().String(), func(n int) faultproxy.Fault {
		return faultproxy.Fault{Down: 2000, Stall: true}
	})
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	defer func() {
		cancel()
		proxy.Close()
		running.Wait()
	}()
	var journal follower.Journal
	var followers []*follower.Follower
	enter := func(address string) {
		f := follower.New(roomRules())
		dial := dialer(address, len(followers))
		followers = append(followers, f)
		f.Join("r")
		running.Go(func() {
			if err := f.Run(ctx, dial, time.Minute); err != nil {
				t.Error(err)
			}
		})
	}
	for range healthy {
		enter(srv.Listener.Addr().String())
	}
	for range stalled {
		enter(proxy.Addr())
	}
	eventually(t, func() error {
		var errs []error
		for _, f := range followers {
			errs = append(errs, f.Settled(&journal))
		}
		return errors.Join(errs...)
	})

	room, published := api.NewRoomChannel(server.Server, "r"), 0
	for len(server.Sockets()) > healthy {
		if published > 200_000 {
			t.Fatal("the stalled ones are still there")
		}
		for range batch {
			pos, err := room.PublishSaid(ctx, api.Said{ID: fmt.Sprintf("%03000d", published)})
			if err != nil {
				t.Fatal(err)
			}
			journal.Published("rooms/r", pos.Epoch, pos.Seq, pos.Last)
			published++
		}
		for _, s := range server.Sockets() {
			if n, _ := s.Queued(); n > queue+4096 {
				t.Fatalf("%d bytes wait for one socket", n)
			}
		}
		eventually(t, func() error {
			var errs []error
			for _, f := range followers[:healthy] {
				errs = append(errs, f.Settled(&journal))
			}
			return errors.Join(errs...)
		})
	}
	for i, f := range followers[:healthy] {
		if got := f.Stats(); got.Events != published || got.Recovered != 0 || got.Gaps != 0 || len(got.Resets) != 0 || len(f.Byes()) != 0 {
			t.Errorf("client %d of %d events: %+v, %v", i, published, got, f.Byes())
		}
	}
	t.Logf("the stalled ones were let go after %d events", published)
}

// TestCallsWithAKeyRunOnceOverBrokenNetworks has clients that make a call again when its connection has ended
// before the answer: the first may have run, may run still, or may arrive after the second.
func TestCallsWithAKeyRunOnceOverBrokenNetworks(t *testing.T) {
	t.Parallel()
	const clients, connections = 8, 100
	fleet, err := rolling.NewFleet(2)
	if err != nil {
		t.Fatal(err)
	}
	proxy := faulty(t, fleet.Addr(), connections, rand.NewPCG(5, 6))
	crowd := rolling.NewCrowd(t.Context(), fleet)
	defer func() {
		crowd.Close()
		proxy.Close()
		if err := fleet.Close(); err != nil {
			t.Error(err)
		}
	}()
	crowd.Silence = 3 * time.Second // a half-open connection is given up by then
	for n := range clients {
		crowd.Add("r", dialer(proxy.Addr(), n), 100*time.Millisecond)
	}
	eventually(t, func() error {
		if n := proxy.Count(); n < connections {
			return fmt.Errorf("only %d connections so far", n)
		}
		return crowd.Broken()
	})
	proxy.Cut()
	crowd.Quiet()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := crowd.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	if err := crowd.Check(); err != nil {
		t.Fatal(err)
	}
	trips, stats := crowd.Sum(nil)
	t.Logf("%d connections: %+v, %+v", proxy.Count(), trips, stats)
	if said, _ := fleet.Said(); said != trips.Answered || trips.Unknown == 0 {
		t.Errorf("%d calls were answered, %d have run, %d were made again", trips.Answered, said, trips.Unknown)
	}
}
