package main

import (
	"fmt"
	"time"

	"github.com/rtgen/rtgen/examples/benchmarks/load"
)

// A shape is how many connections there are, and how many calls are open on each.
type shape struct{ conns, depth int }

func (s shape) String() string { return fmt.Sprintf("%d×%d", s.conns, s.depth) }

var (
	socketShapes = []shape{{1, 1}, {1, 64}, {100, 16}}
	httpShapes   = []shape{{1, 1}, {64, 1}}
)

var socketContestants = []string{"rtgen", "gorilla", "gws", "coder", "gorilla-json", "centrifuge", "socketio", "nethttp"}

// requests measures createMessage over a socket.
func (b *bench) requests() error {
	return b.inTurns(socketContestants, func(contestant string) error {
		return b.calls(contestant, socketShapes, func(addr string, s shape) (*load.Calls, error) {
			if contestant == "nethttp" {
				return load.DialHTTP(addr, s.conns*s.depth)
			}
			return load.DialCalls(addr, contestant, s.conns, s.depth)
		})
	})
}

var httpContestants = []string{"rtgen", "nethttp", "oapi", "ogen"}

// http measures createMessage over HTTP.
func (b *bench) http() error {
	return b.inTurns(httpContestants, func(contestant string) error {
		return b.calls(contestant, httpShapes, func(addr string, s shape) (*load.Calls, error) {
			return load.DialHTTP(addr, s.conns)
		})
	})
}

// calls measures the shapes of one contestant, in a process of its own.
func (b *bench) calls(contestant string, shapes []shape, dial func(addr string, s shape) (*load.Calls, error)) error {
	server, err := b.start(contestant)
	if err != nil {
		return err
	}
	defer server.end()
	for _, s := range shapes {
		calls, err := dial(server.addr, s)
		if err != nil {
			return err
		}
		err = b.measureCalls(server, contestant, s, calls)
		calls.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) measureCalls(server *child, contestant string, s shape, calls *load.Calls) error {
	if _, _, err := calls.Run(b.phase() / 4); err != nil { // until buffers and pools have their sizes
		return err
	}
	before, err := server.usage()
	if err != nil {
		return err
	}
	var n int
	var took time.Duration
	measured := func() error {
		n, took, err = calls.Run(b.phase())
		return err
	}
	if contestant == "rtgen" {
		err = b.profile(server, b.section+"-"+s.String(), measured)
	} else {
		err = measured()
	}
	if err != nil {
		return err
	}
	after, err := server.usage()
	if err != nil {
		return err
	}
	used := after.since(before)
	b.note(contestant, s.String()+" rate", float64(n)/took.Seconds())
	b.note(contestant, s.String()+" cpu", used.cpu.Seconds()/float64(n)*1e5)
	b.note(contestant, s.String()+" allocs", float64(used.allocs)/float64(n))
	return nil
}
