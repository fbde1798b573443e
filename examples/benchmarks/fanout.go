package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/rtgen/rtgen/examples/benchmarks/load"
)

var fanOutContestants = []string{"rtgen", "gorilla", "gorilla-hub", "gws", "centrifuge", "socketio"}

// deliveriesAtOnce is how many deliveries are asked for at a time when events are published as fast
// as possible: every member has everything before there is more, so that no queue overflows.
const (
	deliveriesAtOnce = 400_000
	eventsAtOnce     = 500
)

// Events at a pace.
const (
	paceOf   = 50 // events per second
	manyMore = 10_000
)

// fanOut measures how an event comes to many sockets.
func (b *bench) fanOut() error {
	sizes := []int{b.sockets}
	if b.many {
		sizes = append(sizes, manyMore)
	}
	for _, size := range sizes {
		if err := enoughFiles(size); err != nil {
			return err
		}
		err := b.inTurns(fanOutContestants, func(contestant string) error {
			return b.withMembers(contestant, size, nil, func(server *child, m *load.Members) error {
				if err := b.asFastAsPossible(contestant, server, m, size); err != nil {
					return err
				}
				if size == manyMore {
					return nil
				}
				return b.paced(contestant, server, m, size)
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// withMembers runs a contestant with a full room.
func (b *bench) withMembers(contestant string, n int, flags []string, do func(*child, *load.Members) error) error {
	server, err := b.start(contestant, flags...)
	if err != nil {
		return err
	}
	defer server.end()
	m := load.NewMembers(server.addr, contestant)
	defer m.Close()
	if err := m.Grow(n); err != nil {
		return err
	}
	return do(server, m)
}

// burst publishes as fast as possible and waits until everybody has everything.
func burst(server *child, m *load.Members, size, events int) error {
	m.Expect(events * size)
	if _, err := server.do("publish "+strconv.Itoa(events), "published"); err != nil {
		return err
	}
	return m.Wait(2 * time.Minute)
}

func (b *bench) asFastAsPossible(contestant string, server *child, m *load.Members, size int) error {
	events := min(max(deliveriesAtOnce/size, 1), eventsAtOnce)
	if err := burst(server, m, size, max(events/4, 1)); err != nil {
		return err
	}
	before, err := server.usage()
	if err != nil {
		return err
	}
	bursts, began := 0, time.Now()
	do := func() error {
		for bursts == 0 || time.Since(began) < b.phase() {
			if err := burst(server, m, size, events); err != nil {
				return err
			}
			bursts++
		}
		return nil
	}
	if contestant == "rtgen" {
		err = b.profile(server, fmt.Sprint("fanout-", size), do)
	} else {
		err = do()
	}
	if err != nil {
		return err
	}
	took := time.Since(began)
	after, err := server.usage()
	if err != nil {
		return err
	}
	deliveries := float64(bursts * events * size)
	b.note(contestant, fmt.Sprint(size, " rate"), deliveries/took.Seconds())
	b.note(contestant, fmt.Sprint(size, " cpu"), after.since(before).cpu.Seconds()/deliveries*1e6)
	return nil
}

// paced publishes at 50 events a second, which is what rooms are like.
func (b *bench) paced(contestant string, server *child, m *load.Members, size int) error {
	events := max(int(2*b.phase().Seconds()*paceOf), 10)
	before, err := server.usage()
	if err != nil {
		return err
	}
	m.Time()
	m.Expect(events * size)
	if _, err := server.do(fmt.Sprintf("pace %d %d", 1_000_000/paceOf, events), "paced"); err != nil {
		return err
	}
	if err := m.Wait(time.Minute); err != nil {
		return err
	}
	after, err := server.usage()
	if err != nil {
		return err
	}
	b.note(contestant, "paced cpu", after.since(before).cpu.Seconds()/float64(events*size)*1e6)
	b.note(contestant, "paced p99", m.Latency().Seconds()*1e3)
	return nil
}
