package runtime

import (
	"context"
	"sync"
)

// Ordered calls run one after the other, in the order in which they came: for each socket a
// sequence keeps the order of arrival until a call knows its key (which takes decoding), and for
// each key a line keeps it from there.

// A sequence hands out tickets and lets their holders pass in order. The zero value is ready.
type sequence struct {
	mu      sync.Mutex // guards everything below
	issued  uint64
	next    uint64                   // tickets below have passed; counts from 1
	passed  map[uint64]struct{}      // passed out of order
	waiting map[uint64]chan struct{} // holders that wait for their turn
}

func (q *sequence) issue() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.issued == 0 {
		q.next = 1
	}
	q.issued++
	return q.issued
}

// wait returns when all tickets before this one have passed. The ticket still has to be passed.
func (q *sequence) wait(ctx context.Context, ticket uint64) error {
	q.mu.Lock()
	if q.next >= ticket {
		q.mu.Unlock()
		return nil
	}
	if q.waiting == nil {
		q.waiting = make(map[uint64]chan struct{})
	}
	turn := make(chan struct{})
	q.waiting[ticket] = turn
	q.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		q.mu.Lock()
		delete(q.waiting, ticket)
		q.mu.Unlock()
		return ctx.Err()
	}
}

// done passes a ticket; more than once is harmless.
func (q *sequence) done(ticket uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if ticket < q.next {
		return
	}
	if q.passed == nil {
		q.passed = make(map[uint64]struct{})
	}
	q.passed[ticket] = struct{}{}
	for {
		if _, ok := q.passed[q.next]; !ok {
			break
		}
		delete(q.passed, q.next)
		q.next++
	}
	if turn, ok := q.waiting[q.next]; ok {
		delete(q.waiting, q.next)
		close(turn)
	}
}

// lines serialise calls by key. A line exists while calls are in it.
type lines struct {
	mu   sync.Mutex // guards tails
	tail map[lineKey]*place
}

// A lineKey names a line: an operation and a value, or an operation and a socket.
type lineKey struct {
	op     *boundOperation
	value  string
	socket *Socket
}

// A place is one call in a line.
type place struct {
	before <-chan struct{} // closed when the call in front has left; nil: the first
	left   chan struct{}
	key    lineKey
}

// enter takes the last place.
func (l *lines) enter(key lineKey) *place {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tail == nil {
		l.tail = make(map[lineKey]*place)
	}
	p := &place{left: make(chan struct{}), key: key}
	if t := l.tail[key]; t != nil {
		p.before = t.left
	}
	l.tail[key] = p
	return p
}

// wait returns when the place is the first.
func (p *place) wait(ctx context.Context) error {
	if p.before == nil {
		return nil
	}
	select {
	case <-p.before:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leave lets the next one run. A place that has not become the first hands over when it does.
func (l *lines) leave(p *place) {
	if p.before != nil {
		select {
		case <-p.before:
		default:
			go func() {
				<-p.before
				l.vacate(p)
			}()
			return
		}
	}
	l.vacate(p)
}

func (l *lines) vacate(p *place) {
	l.mu.Lock()
	if l.tail[p.key] == p {
		delete(l.tail, p.key)
	}
	l.mu.Unlock()
	close(p.left)
}
