package main

import (
	"fmt"
	"os"
	"time"

	"github.com/rtgen/rtgen/examples/benchmarks/load"
)

// A room with a member that does not read. The system's buffers are made as small as those of a
// network: on the loopback device a member may be minutes behind before anybody notices.
const (
	stalledMembers = 200
	stalledPace    = 250 // events per second
	stalledBuffer  = 64 << 10
	stalledLength  = 12 * time.Second // longer than the write deadlines of those that have one, which are 5 s
)

// stalled measures what a member that does not read does to the others.
func (b *bench) stalled() error {
	contestants := []string{"rtgen", "gorilla", "gorilla-hub", "gws", "centrifuge"} // node cannot set the buffer
	if b.budget < 2*time.Minute {
		fmt.Fprintln(os.Stderr, "stalled: not measured, takes two minutes")
		return nil
	}
	events := int(stalledLength.Seconds() * stalledPace)
	// Once is enough: what happens is the same each time, and takes long.
	rounds := b.rounds
	b.rounds = 1
	defer func() { b.rounds = rounds }()
	return b.inTurns(contestants, func(contestant string) error {
		return b.withMembers(contestant, stalledMembers, []string{"-sndbuf", fmt.Sprint(stalledBuffer)}, func(server *child, m *load.Members) error {
			calm, _, err := b.behindStalled(server, m, events/4)
			if err != nil {
				return err
			}
			b.note(contestant, "calm p99", calm.Seconds()*1e3)
			if err := m.Stall(); err != nil {
				return err
			}
			before, err := server.resident()
			if err != nil {
				return err
			}
			late, publish, err := b.behindStalled(server, m, events)
			if err != nil {
				// The publisher hangs in the member that does not read: that is the figure.
				b.note(contestant, "frozen", 1)
				return nil
			}
			after, err := server.resident()
			if err != nil {
				return err
			}
			b.note(contestant, "p99", late.Seconds()*1e3)
			b.note(contestant, "publish p99", publish.Seconds()*1e3)
			b.note(contestant, "growth", float64(after-before)/(1<<20))
			dropped := 0.0
			if m.Dropped() {
				dropped = 1
			}
			b.note(contestant, "dropped", dropped)
			return nil
		})
	})
}

// behindStalled publishes at a pace and returns how late events were, and how long Publish took.
// It gives up when nothing has arrived for some seconds.
func (b *bench) behindStalled(server *child, m *load.Members, events int) (late, publish time.Duration, err error) {
	m.Time()
	m.Expect(events * stalledMembers)
	answer := make(chan string, 1)
	go func() {
		line, err := server.do(fmt.Sprintf("pace %d %d", 1_000_000/stalledPace, events), "paced")
		if err != nil {
			line = "-1"
		}
		answer <- line
	}()
	if err := m.Wait(time.Duration(events)*time.Second/stalledPace + 15*time.Second); err != nil {
		return 0, 0, err
	}
	var us int
	if _, err := fmt.Sscan(<-answer, &us); err != nil || us < 0 {
		return 0, 0, fmt.Errorf("publishing has failed")
	}
	return m.Latency(), time.Duration(us) * time.Microsecond, nil
}
