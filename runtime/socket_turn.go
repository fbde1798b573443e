package runtime

import (
	"sync"
	"sync/atomic"
	"time"
)

// Reading a socket is a role, and one goroutine at a time has it. It runs short calls itself, right where
// it has read them, so that they cost no handing over and their answers leave in one write when nothing
// more is there to be read. What a call does is not known before it has run, so the role can be taken
// away: while a goroutine runs a handler or writes, it is said in turn since when, and after patience
// the watch gives the role to another one. Whoever comes back from a handler and finds the role gone ends
// as any worker does. Operations that were too slow to be run there are given to workers at once, until
// some calls have been quick again (see tempo).
//
// So a slow handler delays what its client has sent behind it by some milliseconds, now and then.

// A turn is what the goroutine that reads a socket is at. Only begin and end of the reader, and take of
// the watch, use it.
type turn struct {
	since   atomic.Int64 // when it went off to a handler or into a write; 0: it reads
	watched atomic.Bool  // the watch looks after the socket
}

// started is what clock counts from.
var started = time.Now()

// clock returns the time in nanoseconds, for durations; never 0.
func clock() int64 { return int64(time.Since(started)) + 1 }

// goOff says that the reader may be away for long. If it has not waited for anything since it was back
// last, a few microseconds ago, that is the time: looking at the clock is a noticeable part of a short call.
func (s *Socket) goOff() (since int64) {
	if since = s.back; since == 0 {
		since = clock()
	}
	s.turn.since.Store(since)
	if !s.turn.watched.Load() {
		s.rt.watch.add(s)
	}
	return since
}

// comeBack reports whether the role is still the caller's.
func (s *Socket) comeBack(since int64) bool { return s.turn.since.CompareAndSwap(since, 0) }

// takeOver gives the role to another goroutine, if the one that has it is still where it was.
func (s *Socket) takeOver(since int64) {
	s.mu.Lock()
	if !s.turn.since.CompareAndSwap(since, 0) {
		s.mu.Unlock()
		return
	}
	s.setAside()
	s.mu.Unlock()
	s.rt.workers.submit(taskFunc(s.read))
}

// giveUp gives the role of the caller, who goes on with its call, to another goroutine.
func (s *Socket) giveUp() {
	s.mu.Lock()
	s.setAside()
	s.mu.Unlock()
	s.rt.workers.submit(taskFunc(s.read))
}

// setAside makes the call that the reader runs one like all others. Called with mu held.
func (s *Socket) setAside() {
	c := s.here
	if c == nil {
		return
	}
	s.here = nil
	s.calls[c.id] = c
	if c.op != nil {
		c.op.tempo.took(patience)
	}
	if !c.slot {
		c.slot = true
		s.slots <- struct{}{} // there is room: only a reader takes any
	}
}

// A watch looks after readers that are away. It wakes up only while there are some.
type watch struct {
	mu      sync.Mutex // guards everything below
	sockets []*Socket
	timer   *time.Timer
	armed   bool
}

// add has the watch look after a socket until its reader stays for a while.
func (w *watch) add(s *Socket) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.turn.watched.Swap(true) {
		return
	}
	w.sockets = append(w.sockets, s)
	if w.armed {
		return
	}
	w.armed = true
	if w.timer == nil {
		w.timer = time.AfterFunc(patience, w.look)
	} else {
		w.timer.Reset(patience)
	}
}

// look takes the role from all who have been away too long.
func (w *watch) look() {
	var late []*Socket
	w.mu.Lock()
	now := clock()
	kept := w.sockets[:0]
	for _, s := range w.sockets {
		since := s.turn.since.Load()
		if since == 0 {
			s.turn.watched.Store(false)
			if since = s.turn.since.Load(); since == 0 || s.turn.watched.Swap(true) {
				continue // who goes off now sees that nobody watches
			}
		}
		kept = append(kept, s)
		if time.Duration(now-since) >= patience {
			late = append(late, s)
		}
	}
	clear(w.sockets[len(kept):])
	w.sockets = kept
	if w.armed = len(kept) > 0; w.armed {
		w.timer.Reset(patience)
	}
	w.mu.Unlock()
	for _, s := range late {
		if since := s.turn.since.Load(); since != 0 && time.Duration(now-since) >= patience {
			s.takeOver(since)
		}
	}
}

// A tempo tells whether calls of an operation are short enough to be run where they are read. One slow call
// proves little: on a busy machine the system stops a thread in the middle of a short one.
type tempo struct{ score atomic.Int32 }

const (
	quickCall = 200 * time.Microsecond // several times what handing a call over costs

	slowScore = 8  // that a slow call adds; a quick one takes one away
	slowFrom  = 12 // two of them soon after one another, or more than one in nine
	slowMost  = 24 // so that a dozen quick ones are forgiven for
)

func (p *tempo) quick() bool { return p.score.Load() < slowFrom }

// took learns from a call. Calls that run at once may overwrite what one another has taught.
func (p *tempo) took(d time.Duration) {
	switch n := p.score.Load(); {
	case d > quickCall:
		if n < slowMost {
			p.score.CompareAndSwap(n, min(n+slowScore, slowMost))
		}
	case n > 0:
		p.score.CompareAndSwap(n, n-1)
	}
}
