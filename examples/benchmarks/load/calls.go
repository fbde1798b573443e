package load

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rtgen/rtgen/examples/benchmarks/message"
)

// Calls are connections that make one call after the other, each with so many of them open.
type Calls struct {
	callers []caller
}

// A caller is one connection.
type caller interface {
	// run makes calls until stop is set and the last answer is there.
	run(stop *atomic.Bool) (calls int, err error)
	close()
}

// DialCalls opens sockets with depth calls in flight on each.
func DialCalls(addr, contestant string, conns, depth int) (*Calls, error) {
	d := DialectOf(contestant)
	all := &Calls{}
	for range conns {
		w, err := dial(addr, &d, 64<<10, 0)
		if err != nil {
			all.Close()
			return nil, err
		}
		all.callers = append(all.callers, newSocketCaller(w, depth))
	}
	return all, nil
}

// Run makes calls for a time and returns how many there were, and how long the last of them took
// to come in.
func (c *Calls) Run(length time.Duration) (calls int, took time.Duration, err error) {
	var stop atomic.Bool
	var wg sync.WaitGroup
	counts, errs := make([]int, len(c.callers)), make([]error, len(c.callers))
	began := time.Now()
	for i, one := range c.callers {
		wg.Go(func() { counts[i], errs[i] = one.run(&stop) })
	}
	time.Sleep(length)
	stop.Store(true)
	wg.Wait()
	took = time.Since(began)
	for _, n := range counts {
		calls += n
	}
	return calls, took, errors.Join(errs...)
}

// Close ends the connections.
func (c *Calls) Close() {
	for _, one := range c.callers {
		one.close()
	}
}

// A socketCaller makes calls over a socket.
type socketCaller struct {
	*wire
	frames []byte // depth frames, one behind the other
	size   int    // of each
	at     int    // of the id within each
	depth  int
	id     int
	looked bool // the first answer has been looked at
}

// Ids have seven digits, and begin again when these are used up.
const firstID, lastID = 1_000_000, 9_999_999

func newSocketCaller(w *wire, depth int) *socketCaller {
	frame, at := w.d.request()
	return &socketCaller{wire: w, frames: bytes.Repeat(frame, depth), size: len(frame), at: at, depth: depth, id: firstID}
}

func (c *socketCaller) close() { _ = c.wire.Close() }

// send writes n calls at once.
func (c *socketCaller) send(n int) error {
	for i := range n {
		at := i*c.size + c.at
		strconv.AppendInt(c.frames[at:at], int64(c.id), 10)
		if c.id++; c.id > lastID {
			c.id = firstID
		}
	}
	_, err := c.Write(c.frames[:n*c.size])
	return err
}

func (c *socketCaller) run(stop *atomic.Bool) (calls int, err error) {
	_ = c.SetDeadline(time.Now().Add(10 * time.Minute))
	open := c.depth
	if err := c.send(open); err != nil {
		return 0, err
	}
	for open > 0 {
		payload, err := c.next()
		if err != nil {
			return calls, err
		}
		came := 0
		for ok := true; ok; {
			n, err := c.answers(payload)
			if err != nil {
				return calls, err
			}
			came += n
			if payload, ok, err = c.buffered(); err != nil {
				return calls, err
			}
		}
		calls += came
		open -= came
		if came > 0 && !stop.Load() {
			if err := c.send(came); err != nil {
				return calls, err
			}
			open += came
		}
	}
	return calls, nil
}

// answers counts the answers in a message. One that is much shorter than a reply is a refusal.
func (c *socketCaller) answers(payload []byte) (int, error) {
	n, err := c.count(payload, c.d.reply)
	if err == nil && n > 0 && len(payload) < n*message.BodySize || !c.looked && !bytes.Contains(payload, []byte(`"grace"`)) && n > 0 {
		return n, fmt.Errorf("no answer to createMessage: %.300s", payload)
	}
	c.looked = c.looked || n > 0
	return n, err
}
