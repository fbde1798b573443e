package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/internal/follower"
	"github.com/rtgen/rtgen/runtime/rttest/conformance/reference"
	"github.com/rtgen/rtgen/runtime/rttest/conformance/reference/api"
)

// silence is how long followers wait for a sign of life; the reference server pings every 2 s.
const silence = 5 * time.Second

// settleWithin is how long followers may take to have everything when publishing has ended.
const settleWithin = 30 * time.Second

// A soak is one run.
type soak struct {
	clients int
	length  time.Duration
	out     io.Writer

	engine   rt.Engine
	server   atomic.Pointer[reference.Server] // who answers now
	address  string
	journal  follower.Journal
	calm     atomic.Bool // nobody misbehaves any more
	events   atomic.Int64
	restarts int

	mu     sync.Mutex // guards broken
	broken []error
}

// lasting is an engine that outlives its servers, as one behind a network does.
type lasting struct{ rt.Engine }

func (lasting) Close() error { return nil }

func (s *soak) newServer() *reference.Server {
	key := []byte(strings.Repeat("soak", 8))
	return reference.New(rt.WithEngine(lasting{s.engine}), rt.WithResumeKey(key), rt.MaxWaiting(-1))
}

func (s *soak) run(ctx context.Context) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.address, s.engine = ln.Addr().String(), rt.NewMemoryEngine()
	s.server.Store(s.newServer())
	srv := &http.Server{
		ReadHeaderTimeout: 5 * time.Second,
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.server.Load().ServeHTTP(w, r) }),
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()

	ctx, cancel := context.WithCancel(ctx)
	var clients sync.WaitGroup
	followers := s.start(ctx, &clients)
	figures, err := s.work(ctx, followers)
	if err == nil {
		err = s.settle(ctx, followers)
	}
	cancel()
	clients.Wait()
	end, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	err = errors.Join(err, s.server.Load().Shutdown(end), srv.Close())
	<-served
	err = errors.Join(err, s.engine.Close(), s.promises(), figures.flat())
	s.report(followers, figures)
	return err
}

// room is the room that a client is in, one of ten.
func room(i int) string { return fmt.Sprint("room", i%10) }

// start starts the clients: of each ten one stalls, one flaps, the others behave.
func (s *soak) start(ctx context.Context, running *sync.WaitGroup) (followers []*follower.Follower) {
	path := func(room string) string { return fmt.Sprintf(`"path":{"room":%q}`, room) }
	for i := range s.clients {
		if i%10 == 0 {
			running.Go(func() { s.stall(ctx, room(i/10)) })
			continue
		}
		f := follower.New(follower.Rules{
			Channel: "room", Join: "join", Leave: "leave", Members: path, ResumePath: path,
			Address: func(room string) string { return "rooms/" + room },
		})
		f.Join(room(i / 10))
		followers = append(followers, f)
		dial := s.dial
		if i%10 == 1 {
			dial = s.dialFlapping
		}
		running.Go(func() {
			if err := f.Run(ctx, dial, silence); err != nil {
				s.breaks(fmt.Errorf("client %d: %w", i, err))
			}
		})
	}
	return followers
}

func (s *soak) breaks(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = append(s.broken, err)
}

func (s *soak) promises() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.broken...)
}

// dial opens a connection by one of two libraries, as chance has it.
func (s *soak) dial(ctx context.Context) (follower.Conn, error) {
	if rand.IntN(2) == 0 {
		return follower.Coder(s.address)(ctx)
	}
	return follower.Gorilla(s.address)(ctx)
}

// dialFlapping opens connections that do not last.
func (s *soak) dialFlapping(ctx context.Context) (follower.Conn, error) {
	ws, err := s.dial(ctx)
	if err == nil && !s.calm.Load() {
		time.AfterFunc(time.Duration(50+rand.IntN(1000))*time.Millisecond, ws.Close)
	}
	return ws, err
}

// stall joins a room and reads nothing, until the server has had enough and a while longer; then it
// comes back.
func (s *soak) stall(ctx context.Context, room string) {
	for ctx.Err() == nil {
		ws, err := s.dial(ctx)
		if err == nil {
			join := fmt.Sprintf("{\"t\":\"hello\"}\n{\"t\":\"call\",\"id\":1,\"op\":\"join\",\"path\":{\"room\":%q}}", room)
			_ = ws.Write(ctx, join) // a broken one is given up all the same
		}
		select {
		case <-time.After(time.Duration(3+rand.IntN(5)) * time.Second):
		case <-ctx.Done():
		}
		if err == nil {
			ws.Close()
		}
	}
}

// work publishes, restarts and measures until the time is over.
func (s *soak) work(ctx context.Context, followers []*follower.Follower) (figures, error) {
	var all figures
	var rolling sync.WaitGroup
	defer rolling.Wait()
	publish := time.NewTicker(2 * time.Millisecond)
	restart := time.NewTicker(max(3*time.Second, s.length/40))
	measure := time.NewTicker(max(200*time.Millisecond, s.length/40))
	defer publish.Stop()
	defer restart.Stop()
	defer measure.Stop()
	end := time.After(s.length)
	text := strings.Repeat("x", 500)
	for n := 0; ; n++ {
		select {
		case <-end:
			return all, nil
		case <-publish.C:
			pos, err := api.NewRoomChannel(s.server.Load().Server, room(n)).PublishSaid(ctx, api.Said{ID: fmt.Sprint(n), Text: &text})
			if err != nil {
				return all, fmt.Errorf("publish: %w", err)
			}
			s.journal.Published("rooms/"+room(n), pos.Epoch, pos.Seq, pos.Last)
			s.events.Add(1)
		case <-restart.C:
			s.restarts++
			old := s.server.Swap(s.newServer())
			rolling.Go(func() { retire(ctx, old) })
		case <-measure.C:
			for _, f := range followers {
				if err := f.Check(&s.journal); err != nil {
					s.breaks(err)
				}
			}
			s.journal.Forget(1000) // more than the history that a client can get
			one := measured()
			all = append(all, one)
			fmt.Fprintf(s.out, "%v  events %d  restarts %d\n", one, s.events.Load(), s.restarts)
			if err := s.promises(); err != nil {
				return all, err
			}
		}
	}
}

// retire drains a server that gets no connections any more, while its successor works.
func retire(ctx context.Context, old *reference.Server) {
	end, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_ = old.Shutdown(end) // stalled clients are cut off
}

// settle waits until every follower has everything.
func (s *soak) settle(ctx context.Context, followers []*follower.Follower) error {
	s.calm.Store(true)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	for {
		var errs []error
		for _, f := range followers {
			errs = append(errs, f.Settled(&s.journal))
		}
		err := errors.Join(errs...)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("not everybody has everything: %w", err)
		}
	}
}

func (s *soak) report(followers []*follower.Follower, all figures) {
	arrived, recovered, resets := 0, 0, 0
	for _, f := range followers {
		st := f.Stats()
		arrived, recovered = arrived+st.Events, recovered+st.Recovered
		for _, n := range st.Resets {
			resets += n
		}
	}
	fmt.Fprintf(s.out, "%d events published, %d delivered; %d channels went on, %d began again; %d restarts\n",
		s.events.Load(), arrived, recovered, resets, s.restarts)
	early, late := all.halves()
	fmt.Fprintf(s.out, "first half: %v\nlast half:  %v\n", early, late)
}
