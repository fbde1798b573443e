package runtime

import (
	"context"
	"errors"
	"time"
)

// A tail is a piece of a channel's history that has been read from the engine, kept for a moment: after a
// restart all clients come back at once, and are served from one read. It grows with every event and so
// ends where the channel stands. Guarded by the channel's lock.
type tail struct {
	events  []Kept        // without a hole
	from    uint64        // the position before them
	before  string        // id of the event there; empty: not kept any more
	valid   bool          // there are events, or it is known that there are none
	first   uint64        // the log does not reach back to positions below
	reading chan struct{} // closed when the read that is under way has ended; nil: none is
	fresh   []Kept        // events that came while it is
}

// tailKept is how long a tail is kept.
const tailKept = 2 * time.Second

// errTooMany tells that more is missing than one client gets replayed.
var errTooMany = errors.New("too many events")

// add appends an event that has come. One that the tail has already came by reading.
func (t *tail) add(pos Position, event *Event) {
	if t.reading != nil {
		t.fresh = append(t.fresh, Kept{pos.Seq, event})
	}
	if t.valid && pos.Seq == t.from+uint64(len(t.events))+1 {
		t.events = append(t.events, Kept{pos.Seq, event})
	}
}

// after returns the events behind a position and the id of the one there.
func (t *tail) after(seq uint64) (events []Kept, before string, ok bool) {
	if !t.valid || seq < t.from || seq-t.from > uint64(len(t.events)) {
		return nil, "", false
	}
	n := int(seq - t.from)
	if before = t.before; n > 0 {
		before = t.events[n-1].Event.ID
	}
	return t.events[n:len(t.events):len(t.events)], before, true
}

// history returns the events behind a position up to the newest one, and the id of the event there. At
// any time one read of a channel is under way, whoever waits for it.
func (c *channel) history(ctx context.Context, seq uint64) (events []Kept, before string, err error) {
	for {
		c.mu.Lock()
		events, before, ok := c.tail.after(seq)
		reading, first := c.tail.reading, c.tail.first
		if !ok && seq >= first && reading == nil {
			c.tail.reading = make(chan struct{})
			c.mu.Unlock()
			return c.read(ctx, seq)
		}
		c.mu.Unlock()
		switch {
		case ok:
			return events, before, nil
		case seq < first:
			return nil, "", ErrTruncated
		}
		select {
		case <-reading:
		case <-ctx.Done():
			return nil, "", ctx.Err()
		}
	}
}

// read reads the tail from a position on, for everybody.
func (c *channel) read(ctx context.Context, seq uint64) ([]Kept, string, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.hub.rt.limits.hello)
	defer cancel()
	limit := c.hub.rt.limits.queueFrames
	h, err := c.hub.engine.History(ctx, c.address, c.typ.retain, seq, limit)
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.tail
	fresh := t.fresh
	close(t.reading)
	t.reading, t.fresh = nil, nil
	switch {
	case errors.Is(err, ErrTruncated):
		t.first = max(t.first, seq+1)
	case err == nil && h.Position.Epoch != c.pos.Epoch:
		err = ErrTruncated // the sequence has begun anew, which this channel is about to hear
	case err == nil && uint64(len(h.Events)) < h.Position.Seq-seq:
		err = errTooMany
	}
	if err != nil {
		return nil, "", err
	}
	*t = tail{events: h.Events, from: seq, before: h.Before, valid: true, first: t.first}
	for _, k := range fresh {
		t.add(Position{Seq: k.Seq}, k.Event)
	}
	time.AfterFunc(tailKept, c.forgetTail)
	events, before, _ := t.after(seq)
	return events, before, nil
}

func (c *channel) forgetTail() {
	c.mu.Lock()
	defer c.mu.Unlock()
	reading, fresh := c.tail.reading, c.tail.fresh
	c.tail = tail{reading: reading, fresh: fresh}
}
