package main

import (
	"fmt"

	"github.com/rtgen/rtgen/examples/benchmarks/load"
)

// Sizes at which the cost of rtgen is measured: what is linear is a straight line over them.
var (
	growthSockets    = []int{1000, 2500, 5000, 10000}
	growthEvents     = []int{200, 400, 800, 1600}
	growthOperations = []int{250, 500, 1000, 2000, 4000}
)

// eventsToSockets is how many events are sent to each of the sockets.
const eventsToSockets = 200

// growth measures rtgen alone, at several sizes.
func (b *bench) growth() error {
	for _, part := range []func() error{b.growSockets, b.growFanOut, b.growEvents, b.growDocuments} {
		if b.over() {
			break
		}
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) growSockets() error {
	if err := enoughFiles(growthSockets[len(growthSockets)-1]); err != nil {
		return err
	}
	grown, err := b.memory("rtgen", growthSockets)
	for i, bytes := range grown {
		b.note("rtgen", fmt.Sprintf("sockets %d", growthSockets[i]), bytes/(1<<20))
	}
	return err
}

// growFanOut sends as many events to more and more sockets.
func (b *bench) growFanOut() error {
	for range b.rounds {
		server, err := b.start("rtgen")
		if err != nil {
			return err
		}
		m := load.NewMembers(server.addr, "rtgen")
		for _, size := range growthSockets {
			if err = m.Grow(size); err != nil {
				break
			}
			var seconds float64
			if seconds, err = b.costOfEvents(server, m, size, eventsToSockets); err != nil {
				break
			}
			b.note("rtgen", fmt.Sprintf("deliveries %d", size), seconds)
		}
		m.Close()
		server.end()
		if err != nil {
			return err
		}
	}
	return nil
}

// growEvents sends more and more events to as many sockets.
func (b *bench) growEvents() error {
	for range b.rounds {
		err := b.withMembers("rtgen", b.sockets, nil, func(server *child, m *load.Members) error {
			for _, events := range growthEvents {
				seconds, err := b.costOfEvents(server, m, b.sockets, events)
				if err != nil {
					return err
				}
				b.note("rtgen", fmt.Sprintf("events %d", events), seconds)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// costOfEvents is the processor time in seconds that so many events take, in bursts that no queue overflows by.
func (b *bench) costOfEvents(server *child, m *load.Members, size, events int) (float64, error) {
	const atOnce = 100
	if err := burst(server, m, size, atOnce); err != nil { // buffers reach their sizes
		return 0, err
	}
	before, err := server.usage()
	if err != nil {
		return 0, err
	}
	for sent := 0; sent < events; sent += atOnce {
		if err := burst(server, m, size, min(atOnce, events-sent)); err != nil {
			return 0, err
		}
	}
	after, err := server.usage()
	return after.since(before).cpu.Seconds(), err
}

// growDocuments generates from longer and longer documents.
func (b *bench) growDocuments() error {
	tool, clean, err := b.tool()
	if err != nil {
		return err
	}
	defer clean()
	for range b.rounds {
		for _, n := range growthOperations {
			if b.over() {
				return nil
			}
			g, err := b.generateOnce(tool, synthetic(n))
			if err != nil {
				return err
			}
			b.note("rtgen", fmt.Sprintf("operations %d", n), g.cpu.Seconds())
		}
	}
	return nil
}
