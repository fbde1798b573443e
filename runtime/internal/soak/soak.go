package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rtgen/rtgen/runtime/internal/follower"
	"github.com/rtgen/rtgen/runtime/internal/rolling"
	"github.com/rtgen/rtgen/runtime/rttest/conformance/reference/api"
)

// settleWithin is how long clients may take to have everything when publishing has ended.
const settleWithin = time.Minute

// drainWithin is how long a server has to stop. Stalled clients, which take no goodbye, need most of it.
const drainWithin = 15 * time.Second

// A soak is one run.
type soak struct {
	clients int
	length  time.Duration
	out     io.Writer

	fleet    *rolling.Fleet
	crowd    *rolling.Crowd
	calm     atomic.Bool // nobody misbehaves any more
	events   atomic.Int64
	restarts int
	cut      atomic.Int64 // servers that had to cut somebody off
}

func (s *soak) run(ctx context.Context) (err error) {
	if s.fleet, err = rolling.NewFleet(3); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var stalled sync.WaitGroup
	s.start(ctx, &stalled)
	figures, err := s.work(ctx)
	if err == nil {
		s.calm.Store(true)
		s.crowd.Quiet()
		settle, stop := context.WithTimeout(ctx, settleWithin)
		err = s.crowd.Settle(settle)
		stop()
	}
	cancel()
	stalled.Wait()
	s.crowd.Close()
	err = errors.Join(err, s.crowd.Check(), s.fleet.Close(), figures.flat())
	s.report(figures)
	return err
}

// room is the room that a client is in, with nine others.
func (s *soak) room(n int) string { return fmt.Sprint("room", n%max(1, s.clients/10)) }

// flaps tells whether a client of the crowd loses its connection all the time: one of nine. The tenth stalls, and is
// none of the crowd.
func flaps(n int) bool { return n%9 == 0 }

// start starts the clients: of each ten one stalls, one flaps, the others behave.
func (s *soak) start(ctx context.Context, stalled *sync.WaitGroup) {
	s.crowd = rolling.NewCrowd(ctx, s.fleet)
	every := max(time.Second, time.Duration(s.clients)*4*time.Millisecond)
	come := time.NewTicker(2 * time.Millisecond) // thousands at once would be another test
	defer come.Stop()
	for n := range s.clients {
		<-come.C
		if n%10 == 0 {
			stalled.Go(func() { s.stall(ctx, s.room(n/10)) })
			continue
		}
		dial := s.crowd.Dial(n)
		if flaps(len(s.crowd.Rovers)) {
			dial = s.flapping(dial)
		}
		s.crowd.Add(s.room(n/10), dial, every)
	}
}

// flapping makes connections that do not last.
func (s *soak) flapping(dial follower.Dial) follower.Dial {
	return func(ctx context.Context) (follower.Conn, error) {
		ws, err := dial(ctx)
		if err == nil && !s.calm.Load() {
			time.AfterFunc(time.Duration(50+rand.IntN(1000))*time.Millisecond, ws.Close)
		}
		return ws, err
	}
}

// stall joins a room and reads nothing, until the server has had enough and a while longer; then it
// comes back.
func (s *soak) stall(ctx context.Context, room string) {
	for ctx.Err() == nil {
		ws, err := s.crowd.Dial(rand.IntN(2))(ctx)
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
func (s *soak) work(ctx context.Context) (figures, error) {
	var all figures
	var rolling sync.WaitGroup
	defer rolling.Wait()
	publish := time.NewTicker(4 * time.Millisecond)
	restart := time.NewTicker(max(3*time.Second, s.length/40, time.Duration(s.clients)*3*time.Millisecond))
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
			_, err := api.NewRoomChannel(s.fleet.Newest().Server, s.room(n)).PublishSaid(ctx, api.Said{ID: fmt.Sprint(n), Text: &text})
			if err != nil {
				return all, fmt.Errorf("publish: %w", err)
			}
			s.events.Add(1)
		case <-restart.C:
			s.restarts++
			rolling.Go(func() {
				if s.fleet.Replace(ctx, drainWithin) != nil {
					s.cut.Add(1)
				}
			})
		case <-measure.C:
			if err := s.crowd.Check(); err != nil {
				return all, err
			}
			s.fleet.Journal.Forget(1000) // more than the history that a client can get
			one := measured()
			all = append(all, one)
			fmt.Fprintf(s.out, "%v  events %d  restarts %d  sockets %v\n", one, s.events.Load(), s.restarts, s.fleet.Sockets())
		}
	}
}

func (s *soak) report(all figures) {
	fmt.Fprintf(s.out, "%d events published beside calls, %d servers replaced, %d of them cut somebody off\n", s.events.Load(), s.restarts, s.cut.Load())
	for _, group := range []struct {
		name  string
		which func(n int) bool
	}{{"steady", func(n int) bool { return !flaps(n) }}, {"flapping", flaps}} {
		trips, stats := s.crowd.Sum(group.which)
		fmt.Fprintf(s.out, "%s clients: %d calls answered, %d failed, %d run elsewhere, %d made again; %d moves, %d breaks; %d events; %d channels went on, began again: %v\n",
			group.name, trips.Answered, len(trips.Failed), trips.Elsewhere, trips.Unknown, trips.Moves, trips.Breaks, stats.Events, stats.Recovered, stats.Resets)
	}
	early, late := all.halves()
	fmt.Fprintf(s.out, "first half: %v\nlast half:  %v\n", early, late)
}
