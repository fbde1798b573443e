package main

import (
	"fmt"
	"time"

	"github.com/rtgen/rtgen/examples/benchmarks/load"
)

var idleContestants = []string{"rtgen", "gorilla", "gws", "coder", "centrifuge", "socketio"}

// idle measures the memory of sockets that say nothing: joined, with heartbeats where there are any.
func (b *bench) idle() error {
	if err := enoughFiles(b.idleSockets); err != nil {
		return err
	}
	rounds := b.rounds
	b.rounds = 1
	defer func() { b.rounds = rounds }()
	return b.inTurns(idleContestants, func(contestant string) error {
		perSocket, err := b.memory(contestant, []int{b.idleSockets})
		if err == nil {
			b.note(contestant, "rss", perSocket[0]/float64(b.idleSockets))
		}
		return err
	})
}

// memory is how much larger a server is with so many sockets, in bytes.
func (b *bench) memory(contestant string, sizes []int) ([]float64, error) {
	server, err := b.start(contestant)
	if err != nil {
		return nil, err
	}
	defer server.end()
	m := load.NewMembers(server.addr, contestant)
	defer m.Close()
	empty, err := server.rss()
	if err != nil {
		return nil, err
	}
	var grown []float64
	for _, size := range sizes {
		if err := m.Grow(size); err != nil {
			return nil, err
		}
		full, err := server.settled()
		if err != nil {
			return nil, err
		}
		grown = append(grown, float64(full-empty))
	}
	if err := m.Err(); err != nil {
		return nil, fmt.Errorf("a socket has been lost: %w", err)
	}
	return grown, nil
}

// settled is the memory of a server when it has found out that its sockets are idle: when it gets no less
// for a while.
func (c *child) settled() (int, error) {
	const tries, pause = 5, time.Second
	least, err := c.rss()
	for again := 0; err == nil && again < tries; again++ {
		time.Sleep(pause)
		var now int
		if now, err = c.rss(); now >= least-least/100 && again > 0 {
			break
		}
		least = min(least, now)
	}
	return least, err
}
