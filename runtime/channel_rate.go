package runtime

import "time"

// pace spreads the events of a channel that has a rate: what comes faster waits, and while it
// waits it gives way to newer events by the channel's overflow rule. It is the state of one
// channel and guarded by its lock.
type pace struct {
	bucket  bucket
	waiting []*outEvent // in the order of positions
	timer   *time.Timer // nil: nothing waits
}

// admit tells whether an event may go out now. One that may not is kept for later.
func (c *channel) admitEvent(ev *outEvent) bool {
	r := c.typ.rate
	if r.n == 0 {
		return true
	}
	wait, ok := time.Duration(0), false
	if len(c.pace.waiting) == 0 {
		if wait, ok = c.pace.bucket.take(r, time.Now()); ok {
			return true
		}
	}
	c.keepWaiting(ev)
	if c.pace.timer == nil {
		c.pace.timer = time.AfterFunc(wait, c.letGo)
	}
	return false
}

// keepWaiting queues an event: a conflating channel forgets the one of the same key that waits, and
// every channel the oldest of too many.
func (c *channel) keepWaiting(ev *outEvent) {
	p := &c.pace
	if c.typ.spec.Overflow == "conflate" && ev.Key != "" {
		for i, old := range p.waiting {
			if old.Key == ev.Key {
				p.forget(i, ev)
				break
			}
		}
	}
	if len(p.waiting) >= c.hub.rt.limits.queueFrames {
		p.forget(0, ev)
	}
	p.waiting = append(p.waiting, ev)
}

// forget drops a waiting event. The one behind it, or last, will say that something is missing.
func (p *pace) forget(i int, last *outEvent) {
	old, next := p.waiting[i], last
	if i+1 < len(p.waiting) {
		next = p.waiting[i+1]
	}
	from := old.lost
	if from == 0 && !old.Volatile {
		from = old.seq
	}
	if from != 0 && (next.lost == 0 || from < next.lost) {
		next.lost = from
	}
	p.waiting = append(p.waiting[:i], p.waiting[i+1:]...)
}

// letGo sends what the rate allows by now, and comes again for the rest.
func (c *channel) letGo() {
	var flush flushList
	c.mu.Lock()
	p := &c.pace
	p.timer = nil
	for len(p.waiting) > 0 {
		wait, ok := p.bucket.take(c.typ.rate, time.Now())
		if !ok {
			p.timer = time.AfterFunc(wait, c.letGo)
			break
		}
		ev := p.waiting[0]
		p.waiting[0] = nil
		p.waiting = p.waiting[1:]
		c.fanOut(ev, &flush)
	}
	c.mu.Unlock()
	c.hub.rt.flushers.scheduleAll(flush)
}

// sayMissing tells a member about the events that have been left out before ev.
func (m *membership) sayMissing(ev *outEvent, flush *flushList) {
	to := ev.seq - 1
	if ev.Volatile {
		to = ev.seq
	}
	from := max(ev.lost, m.seq+1)
	if ev.lost == 0 || from > to {
		return
	}
	why := ev.why
	if why == "" {
		why = "rate"
	}
	m.socket.queue(outEntry{data: encodeGap(m.num, from, to, why)}, flush)
	m.seq, m.last = to, ""
	m.channel.hub.rt.observers().gap(m.channel.typ, why)
}
