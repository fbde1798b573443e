package runtime

import (
	"slices"
)

// Members hear of presence in windows of a second. Whoever comes within a window has got the whole
// list when it came, so of the window's changes it hears those that are newer than its list: nobody is
// told twice of anybody, its own arrival included, and nobody misses somebody who left in between.

// A presenceChange is somebody coming or going, on the list or, where that is full, beside it.
type presenceChange struct {
	id       string
	join     bool
	unlisted bool
}

// A presenceWindow is a run of changes; the first of them has the number from+1. It does not change any
// more once it is told.
type presenceWindow struct {
	from    uint64
	changes []presenceChange
	kept    int // changes that the last shortening has left
}

func (w *presenceWindow) to() uint64 { return w.from + uint64(len(w.changes)) }

// maxChanges bounds what is remembered of people that come and go all the time, beside one change for
// each of those that are left.
const maxChanges = 1 << 12

// add notes a change. In a window that has become too long, who came and went again is forgotten, and
// numbers go on behind all that members know: whoever came within the window hears of it as a whole.
func (w *presenceWindow) add(c presenceChange) {
	if len(w.changes) >= 2*w.kept+maxChanges {
		w.changes, w.from = w.left(w.from), w.to()
		w.kept = len(w.changes)
	}
	w.changes = append(w.changes, c)
}

// A presenceNet is what is left of a run of changes when it is over.
type presenceNet struct {
	joined, gone []string // on the list; sorted
	any          bool     // somebody has come or gone, listed or not
}

// net returns what has changed since the change with a number.
func (w *presenceWindow) net(since uint64) (n presenceNet) {
	for _, c := range w.left(since) {
		n.any = true
		switch {
		case c.unlisted:
		case c.join:
			n.joined = append(n.joined, c.id)
		default:
			n.gone = append(n.gone, c.id)
		}
	}
	slices.Sort(n.joined)
	slices.Sort(n.gone)
	return n
}

// left returns the changes since one with a number without those that another one has undone: who came
// and went again, or the other way round.
func (w *presenceWindow) left(since uint64) (left []presenceChange) {
	type place struct {
		id       string
		unlisted bool
	}
	type course struct{ first, last bool }
	changes := w.changes
	if since > w.from {
		changes = changes[min(since-w.from, uint64(len(changes))):]
	}
	people := make(map[place]course, len(changes))
	for _, c := range changes {
		at := place{c.id, c.unlisted}
		one, seen := people[at]
		if !seen {
			one.first = c.join
		}
		one.last = c.join
		people[at] = one
	}
	for at, one := range people {
		if one.first == one.last {
			left = append(left, presenceChange{at.id, one.last, at.unlisted})
		}
	}
	return left
}

// tell tells the members what has changed since the last time, and other servers what has changed here.
// It is what the timer calls.
func (p *presence) tell() {
	c := p.channel
	var flush flushList
	c.mu.Lock()
	p.mu.Lock()
	p.timer, p.told = nil, c.hub.rt.clock()
	w := p.window
	p.window = presenceWindow{from: w.to()}
	data := p.diff(w.net(w.from))
	news := p.nodes.news(p)
	p.mu.Unlock()
	c.fanOutPresence(data, &w, &flush)
	c.mu.Unlock()
	c.hub.rt.flushers.scheduleAll(flush)
	p.nodes.send(p, news)
	p.nodes.rest(p)
}

// fanOutPresence offers a window's changes to the members that were here before it, and to the others
// what is news to them. Called with channel.mu held.
func (c *channel) fanOutPresence(data []byte, w *presenceWindow, flush *flushList) {
	var shared *outEvent // nil: for most nothing has changed
	if data != nil {
		shared = &outEvent{Event: presenceNews(data), seq: c.pos.Seq}
	}
	news := func(informed uint64) *outEvent {
		switch {
		case informed >= w.to():
			return nil
		case informed > w.from:
			if data := c.presence.diffSince(w, informed); data != nil {
				return &outEvent{Event: presenceNews(data), seq: c.pos.Seq}
			}
			return nil
		}
		return shared
	}
	for _, m := range c.members {
		if ev := news(m.informed); ev != nil && m.attends {
			m.offer(ev, flush)
		}
	}
	for _, l := range c.listeners {
		if ev := news(l.informed); ev != nil {
			l.offer(c.pos, ev.Event)
		}
	}
}

func (p *presence) diffSince(w *presenceWindow, since uint64) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.diff(w.net(since))
}
