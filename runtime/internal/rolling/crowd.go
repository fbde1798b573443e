package rolling

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rtgen/rtgen/runtime/internal/follower"
)

// A Crowd is clients of a fleet.
type Crowd struct {
	Rovers  []*follower.Rover
	Silence time.Duration // that clients bear; of those that are added later

	fleet   *Fleet
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex // guards broken
	broken []error
}

// Silence is how long clients wait for a sign of life. The reference server pings every 2 s; the rest is for machines
// that have other things to do.
const Silence = 30 * time.Second

// NewCrowd returns a crowd without anybody.
func NewCrowd(ctx context.Context, f *Fleet) *Crowd {
	c := &Crowd{fleet: f, Silence: Silence}
	c.ctx, c.cancel = context.WithCancel(ctx)
	return c
}

// Dial returns how the n-th client connects: half of them by one WebSocket library, half by another.
func (c *Crowd) Dial(n int) follower.Dial {
	if n%2 == 0 {
		return follower.Coder(c.fleet.Addr(), Silence)
	}
	return follower.Gorilla(c.fleet.Addr(), Silence)
}

// Add starts a client in a room. It says something there every so often, with an Idempotency-Key.
func (c *Crowd) Add(room string, dial follower.Dial, every time.Duration) {
	r := &follower.Rover{
		Follower: follower.New(rules()), Dial: dial, Silence: c.Silence, Every: every,
		Request: func(key string) string {
			return fmt.Sprintf(`"op":"say","path":{"room":%q},"headers":{"idempotency-key":%q},"body":{"id":%q}`, room, key, key)
		},
	}
	r.Join(room)
	n := len(c.Rovers)
	c.Rovers = append(c.Rovers, r)
	c.running.Go(func() {
		if err := r.Run(c.ctx); err != nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.broken = append(c.broken, fmt.Errorf("client %d: %w", n, err))
		}
	})
}

// rules are those of the rooms of the reference server.
func rules() follower.Rules {
	path := func(room string) string { return fmt.Sprintf(`"path":{"room":%q}`, room) }
	return follower.Rules{
		Channel: "room", Join: "join", Leave: "leave", Members: path, ResumePath: path,
		Address: func(room string) string { return "rooms/" + room },
	}
}

// Arrive waits until every client has been answered.
func (c *Crowd) Arrive(ctx context.Context) error {
	return c.wait(ctx, func(r *follower.Rover) error {
		if trips, _ := r.Trips(); trips.Answered == 0 {
			return errors.New("it has no answer yet")
		}
		return nil
	})
}

// Settle waits until every client is where it wants to be, has an answer to each of its calls and has every event.
func (c *Crowd) Settle(ctx context.Context) error {
	return c.wait(ctx, func(r *follower.Rover) error {
		if _, open := r.Trips(); open > 0 {
			return fmt.Errorf("%d calls are open", open)
		}
		return r.Settled(&c.fleet.Journal)
	})
}

func (c *Crowd) wait(ctx context.Context, until func(r *follower.Rover) error) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		var first error
		for n, r := range c.Rovers {
			if err := until(r); err != nil {
				first = fmt.Errorf("client %d: %w", n, err)
				break
			}
		}
		if err := c.Broken(); first == nil || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("somebody is still waiting: %w", first)
		}
	}
}

// Quiet lets nobody make another call.
func (c *Crowd) Quiet() {
	for _, r := range c.Rovers {
		r.Quiet()
	}
}

// Broken returns the promises that were broken.
func (c *Crowd) Broken() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(c.broken...)
}

// Close ends the clients.
func (c *Crowd) Close() {
	c.cancel()
	c.running.Wait()
}

// Sum adds up what clients have met, those that are chosen; nil: all.
func (c *Crowd) Sum(chosen func(n int) bool) (trips follower.Trips, stats follower.Stats) {
	stats.Resets = make(map[string]int)
	for n, r := range c.Rovers {
		if chosen != nil && !chosen(n) {
			continue
		}
		t, _ := r.Trips()
		trips.Answered, trips.Elsewhere, trips.Unknown = trips.Answered+t.Answered, trips.Elsewhere+t.Elsewhere, trips.Unknown+t.Unknown
		trips.Moves, trips.Breaks = trips.Moves+t.Moves, trips.Breaks+t.Breaks
		trips.Failed = append(trips.Failed, t.Failed...)
		s := r.Stats()
		stats.Events, stats.Recovered, stats.Gaps = stats.Events+s.Events, stats.Recovered+s.Recovered, stats.Gaps+s.Gaps
		for why, n := range s.Resets {
			stats.Resets[why] += n
		}
	}
	return trips, stats
}

// Check holds what has arrived since the last check against what was published. Every call has to have run once.
func (c *Crowd) Check() error {
	errs := []error{c.Broken()}
	for n, r := range c.Rovers {
		if err := r.Check(&c.fleet.Journal); err != nil {
			errs = append(errs, fmt.Errorf("client %d: %w", n, err))
		}
	}
	trips, _ := c.Sum(nil)
	for _, text := range trips.Failed {
		errs = append(errs, fmt.Errorf("a call has failed: %s", text))
	}
	if _, twice := c.fleet.Said(); len(twice) > 0 {
		errs = append(errs, fmt.Errorf("said twice: %s", twice))
	}
	return errors.Join(errs...)
}
