package runtime

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A socket whose peer is silent would keep a goroutine and its stack for nothing but waiting. So a reader
// that has waited for a while leaves, and its socket is parked: one goroutine waits for all that are, in
// the system's poller, and gives each a reader again when something comes. What a parked socket needs
// is what it holds as a value.
//
// Only connections are parked that can be waited for without a buffer (see rawInput), and between two
// messages only. Where the system has no such poller, each socket keeps its reader.

// parkAfter is how long a reader waits at least before it leaves its socket.
const parkAfter = time.Second

// A berth is what parking knows of a socket.
type berth struct {
	may     bool         // the connection can be parked
	passing bool         // the reader has come for a sign of life only; only the reader uses it
	stirred atomic.Bool  // a message came since the last round
	waiting atomic.Int32 // what the reader is at
	parked  bool         // nobody reads; guarded by the socket's mu
	place   int          // among those that parking looks at, from 1; guarded by its mu
	ticket  int32        // of the poller, which guards it; 0: none
}

// What a reader is at.
const (
	notWaiting int32 = iota
	waitingHere
	askedToLeave
)

// parking asks readers to leave whose sockets have been silent.
type parking struct {
	after time.Duration // 0: parkAfter
	done  func()        // called when a socket has been parked, or is to be; nil: nobody asks

	mu      sync.Mutex // guards everything below
	sockets []*Socket  // that have a reader
	timer   *time.Timer
	armed   bool
}

// add has a socket looked at in the rounds to come.
func (p *parking) add(s *Socket) {
	if !s.berth.may {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.berth.place != 0 {
		return
	}
	p.sockets = append(p.sockets, s)
	s.berth.place = len(p.sockets)
	if p.armed {
		return
	}
	p.armed = true
	after := p.after
	if after == 0 {
		after = parkAfter
	}
	if p.timer == nil {
		p.timer = time.AfterFunc(after, func() { p.round(after) })
	} else {
		p.timer.Reset(after)
	}
}

// remove forgets a socket that has ended or is parked.
func (p *parking) remove(s *Socket) {
	if !s.berth.may {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	at, last := s.berth.place-1, len(p.sockets)-1
	if at < 0 {
		return
	}
	p.sockets[at] = p.sockets[last]
	p.sockets[at].berth.place = at + 1
	p.sockets[last], s.berth.place = nil, 0
	if p.sockets = p.sockets[:last]; last < cap(p.sockets)/4 {
		p.sockets = append([]*Socket(nil), p.sockets...)
	}
}

// round asks all to leave who have not read anything since the last one.
func (p *parking) round(after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.sockets {
		if !s.berth.stirred.Swap(false) {
			s.askToLeave()
		}
	}
	if p.armed = len(p.sockets) > 0; p.armed {
		p.timer.Reset(after)
	}
}

// askToLeave wakes a reader that waits.
func (s *Socket) askToLeave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed && s.berth.waiting.CompareAndSwap(waitingHere, askedToLeave) {
		s.wire.setReadDeadline(longAgo)
	}
}

var longAgo = time.Unix(1, 0)

// await waits for the peer. It returns true when the caller is not to read any more: the socket is parked.
func (s *Socket) await() (parked bool) {
	s.back = 0
	b := &s.berth
	if b.passing && s.park(nil) {
		return true
	}
	b.passing = false
	b.waiting.Store(waitingHere)
	err := s.ws.conn.await() // it is also that of reading
	if b.waiting.CompareAndSwap(waitingHere, notWaiting) {
		return false
	}
	return s.park(err)
}

// park leaves the socket to the poller: by itself, or because it was asked to and waiting has ended with
// err. It returns false when there is something to read.
func (s *Socket) park(err error) bool {
	b := &s.berth
	s.mu.Lock()
	if b.waiting.Swap(notWaiting) == askedToLeave {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			s.ws.conn.err, err = nil, nil
		}
		if !s.closed {
			s.wire.setReadDeadline(time.Time{})
		}
	}
	if s.closed || err != nil || s.ws.conn.ready() {
		s.mu.Unlock()
		return false
	}
	b.parked = true
	s.mu.Unlock()
	if s.rt.parking.done != nil {
		s.rt.parking.done()
	}
	s.rt.parking.remove(s)
	if !idlePoller.wait(s) {
		s.unpark(false)
	}
	return true
}

// unpark gives a parked socket a reader. Passing says that it will probably not find much.
func (s *Socket) unpark(passing bool) {
	s.mu.Lock()
	parked := s.berth.parked
	s.berth.parked = false
	s.mu.Unlock()
	if parked {
		s.rt.workers.submit(taskFunc(func() {
			s.rt.parking.add(s)
			s.berth.passing = false
			if s.readOn() {
				s.berth.passing = passing // until it is found to be more
				s.read()
			}
		}))
	}
}
