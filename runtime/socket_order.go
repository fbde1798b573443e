package runtime

import (
	"context"
	"slices"
	"sync"
)

// Ordered calls run one after the other, in the order in which they came: for each socket a
// sequence keeps the order of arrival until a call knows its key (which takes decoding), and for
// each key a line keeps it from there.

// A sequence hands out tickets and lets their holders pass in order. The zero value is ready. It holds as
// many tickets as calls run on the socket.
type sequence struct {
	mu     sync.Mutex // guards everything below
	issued uint64
	open   []orderTicket // tickets that have not passed, oldest first
}

// An orderTicket is one that has not passed.
type orderTicket struct {
	ticket uint64
	come   chan struct{} // closed when it is the oldest; nil: its holder does not wait
}

func (q *sequence) issue() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.issued++
	q.open = append(q.open, orderTicket{ticket: q.issued})
	return q.issued
}

// place returns where a ticket is among those that have not passed, -1 when it has. Called with mu held.
func (q *sequence) place(ticket uint64) int {
	return slices.IndexFunc(q.open, func(t orderTicket) bool { return t.ticket == ticket })
}

// wait returns when all tickets before this one have passed. The ticket still has to be passed.
func (q *sequence) wait(ctx context.Context, ticket uint64) error {
	q.mu.Lock()
	at := q.place(ticket)
	if at <= 0 {
		q.mu.Unlock()
		return nil
	}
	come := make(chan struct{})
	q.open[at].come = come
	q.mu.Unlock()
	select {
	case <-come:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// done passes a ticket; more than once is harmless.
func (q *sequence) done(ticket uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := q.place(ticket)
	if at < 0 {
		return
	}
	q.open = slices.Delete(q.open, at, at+1)
	if at == 0 && len(q.open) > 0 && q.open[0].come != nil {
		close(q.open[0].come)
		q.open[0].come = nil
	}
}

// maxLine bounds the calls of one line, the one that runs included. Each of those that wait is a call in
// flight, of which a socket has 64; over HTTP nothing else bounds them.
const maxLine = 1024

// lines serialise calls by key. A line exists while calls are in it.
type lines struct {
	mu    sync.Mutex // guards everything below, and the lines and places
	byKey map[lineKey]*callLine
}

// A lineKey names a line: an operation and a value, or an operation and a socket.
type lineKey struct {
	op     *boundOperation
	value  string
	socket *Socket
}

// A callLine is the calls of one key: the first runs, the others wait.
type callLine struct {
	first, last *place
	length      int
}

// A place is one call in a line.
type place struct {
	key            lineKey
	first          chan struct{} // closed when it is the first; nil: it was at once
	before, behind *place
	left           bool
}

// enter takes the last place. It returns nil when the line is as long as it may be.
func (l *lines) enter(key lineKey) *place {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byKey == nil {
		l.byKey = make(map[lineKey]*callLine)
	}
	p := &place{key: key}
	in := l.byKey[key]
	switch {
	case in == nil:
		l.byKey[key] = &callLine{first: p, last: p, length: 1}
		return p
	case in.length >= maxLine:
		return nil
	}
	p.first, p.before = make(chan struct{}), in.last
	in.last.behind = p
	in.last = p
	in.length++
	return p
}

// wait returns when the place is the first.
func (p *place) wait(ctx context.Context) error {
	if p.first == nil {
		return nil
	}
	select {
	case <-p.first:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leave gives a place up, wherever it is in its line, and lets the next one run if it was the first.
func (l *lines) leave(p *place) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.left {
		return
	}
	p.left = true
	in := l.byKey[p.key]
	in.length--
	if p.behind != nil {
		p.behind.before = p.before
	} else {
		in.last = p.before
	}
	if p.before != nil {
		p.before.behind = p.behind
		return
	}
	if in.first = p.behind; in.first == nil {
		delete(l.byKey, p.key)
		return
	}
	close(in.first.first)
}
