package rolling

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/internal/follower"
	"github.com/rtgen/rtgen/runtime/rttest/conformance/reference"
)

// A Fleet is some reference servers behind one address.
type Fleet struct {
	// Journal has what was published, over all servers.
	Journal follower.Journal

	// Prompt is for a balancer that knows that a server is going to stop before it does.
	Prompt bool

	balancer *balancer
	options  func() []rt.Option
	engines  []rt.Engine

	mu      sync.Mutex // guards what follows
	servers []*server  // oldest first
	said    map[uint64]struct{}
	twice   []string
	seed    maphash.Seed
}

// A server is one of them.
type server struct {
	app    *reference.Server
	http   *http.Server
	port   *port
	served chan error
}

// NewFleet starts servers that share an engine, and the answers of calls with an Idempotency-Key.
func NewFleet(servers int, opts ...rt.Option) (*Fleet, error) {
	f := newFleet()
	engine, store, key := f.engine(), rt.NewMemoryIdempotency(64<<20, 2*Silence), []byte(strings.Repeat("rolling.", 4))
	f.options = func() []rt.Option {
		return append([]rt.Option{rt.WithEngine(engine), rt.WithResumeKey(key), rt.WithIdempotency(store), rt.MaxWaiting(-1), rt.MaxWaitingPerIP(-1)}, opts...)
	}
	return f, f.start(servers)
}

// NewFleetOfStrangers starts one server that knows nothing of the one before, nor will the next know of it,
// as when a process with its engine in memory is restarted.
func NewFleetOfStrangers(opts ...rt.Option) (*Fleet, error) {
	f := newFleet()
	f.options = func() []rt.Option { return append([]rt.Option{rt.WithEngine(f.engine())}, opts...) }
	return f, f.start(1)
}

func newFleet() *Fleet { return &Fleet{said: make(map[uint64]struct{}), seed: maphash.MakeSeed()} }

func (f *Fleet) start(servers int) (err error) {
	if f.balancer, err = newBalancer(); err != nil {
		return err
	}
	for range servers {
		f.add()
	}
	return nil
}

func (f *Fleet) add() {
	s := &server{app: reference.New(f.options()...), port: f.balancer.port(), served: make(chan error, 1)}
	s.http = &http.Server{Handler: s.app, ReadHeaderTimeout: 10 * time.Second}
	go func() { s.served <- s.http.Serve(s.port) }()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.servers = append(f.servers, s)
}

// Addr is where clients connect to.
func (f *Fleet) Addr() string { return f.balancer.ln.Addr().String() }

// Newest returns the server that was started last.
func (f *Fleet) Newest() *reference.Server {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.servers[len(f.servers)-1].app
}

// Sockets returns how many there are, on each server.
func (f *Fleet) Sockets() (n []int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.servers {
		n = append(n, len(s.app.Sockets()))
	}
	return n
}

// Replace starts a server, and stops the oldest one, which has so much time.
func (f *Fleet) Replace(ctx context.Context, within time.Duration) error {
	f.add()
	f.mu.Lock()
	old := f.servers[0]
	f.servers = f.servers[1:]
	f.mu.Unlock()
	return f.stop(ctx, old, within)
}

// stop drains a server. Unless it is prompt, the balancer notices some time later only, so that clients meet a
// server that refuses them.
func (f *Fleet) stop(ctx context.Context, s *server, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	begin := time.Now()
	drained := make(chan error, 1)
	if f.Prompt {
		f.balancer.remove(s.port)
	}
	go func() { drained <- s.app.Shutdown(ctx) }()
	select {
	case err := <-drained:
		drained <- err
	case <-time.After(within / 100):
	}
	f.balancer.remove(s.port)
	err := errors.Join(s.http.Shutdown(ctx), <-drained)
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		return fmt.Errorf("a server with %v to stop has stopped after %v: %w", within, time.Since(begin), err)
	}
	return nil
}

// Close stops all servers, at once.
func (f *Fleet) Close() error {
	var err error
	for _, s := range f.servers {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = s.app.Shutdown(ctx) // cut off, as is wanted
		_ = s.http.Close()
		<-s.served
	}
	f.balancer.close()
	for _, e := range f.engines {
		err = errors.Join(err, e.Close())
	}
	return err
}

// Said returns how many things have been said, and those that were said more than once.
func (f *Fleet) Said() (n int, twice []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.said), slices.Clone(f.twice)
}

// note remembers what was said, by its digest: a soak says much.
func (f *Fleet) note(data []byte) {
	digest := maphash.Bytes(f.seed, data)
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.said[digest]; ok {
		f.twice = append(f.twice, string(data))
	}
	f.said[digest] = struct{}{}
}

// engine returns a new engine in memory that notes what is published.
func (f *Fleet) engine() rt.Engine {
	e := recorder{rt.NewMemoryEngine(), f}
	f.engines = append(f.engines, e)
	return e
}

type recorder struct {
	rt.Engine
	fleet *Fleet
}

// Subscribe notes what is delivered before anybody has it.
func (r recorder) Subscribe(
	ctx context.Context, channel string, retain rt.Retention, deliver func(rt.Position, *rt.Event),
) (rt.Subscription, error) {
	return r.Engine.Subscribe(ctx, channel, retain, func(at rt.Position, event *rt.Event) {
		if !event.Volatile {
			r.fleet.Journal.Published(channel, at.Epoch, at.Seq, event.ID)
		}
		deliver(at, event)
	})
}

// Publish publishes and notes the position.
func (r recorder) Publish(ctx context.Context, channel string, retain rt.Retention, event *rt.Event) (rt.Position, error) {
	at, err := r.Engine.Publish(ctx, channel, retain, event)
	if err == nil && !event.Volatile {
		r.fleet.Journal.Published(channel, at.Epoch, at.Seq, event.ID)
		r.fleet.note(event.Data)
	}
	return at, err
}
