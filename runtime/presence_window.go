package runtime

import (
	"context"
	"slices"
)

// Members hear of presence in windows of a second. Whoever comes within a window has got the whole
// list when it came, so of the window's changes it hears those that are newer than its list: nobody is
// told twice of anybody, its own arrival included, and nobody misses somebody who left in between.

// A presenceChange is somebody coming or going.
type presenceChange struct {
	id   string
	join bool
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
		joined, gone := w.net(w.from)
		w.from = w.to()
		w.changes = w.changes[:0]
		for _, id := range joined {
			w.changes = append(w.changes, presenceChange{id, true})
		}
		for _, id := range gone {
			w.changes = append(w.changes, presenceChange{id, false})
		}
		w.kept = len(w.changes)
	}
	w.changes = append(w.changes, c)
}

// net returns what has changed since the change with a number, sorted. Who came and went again, or the
// other way round, is in neither list.
func (w *presenceWindow) net(since uint64) (joined, gone []string) {
	type course struct{ first, last bool }
	changes := w.changes
	if since > w.from {
		changes = changes[min(since-w.from, uint64(len(changes))):]
	}
	people := make(map[string]course, len(changes))
	for _, c := range changes {
		one, seen := people[c.id]
		if !seen {
			one.first = c.join
		}
		one.last = c.join
		people[c.id] = one
	}
	for id, one := range people {
		switch {
		case one.first != one.last:
		case one.last:
			joined = append(joined, id)
		default:
			gone = append(gone, id)
		}
	}
	slices.Sort(joined)
	slices.Sort(gone)
	return joined, gone
}

// tell publishes the changes since the last time. It is what the timer calls.
func (p *presence) tell() {
	c := p.channel
	p.mu.Lock()
	p.timer, p.told = nil, c.hub.rt.clock()
	w := p.window
	p.window = presenceWindow{from: w.to()}
	data := p.diff(w.net(w.from))
	event := &Event{Type: presenceEvent, ID: newEventID(), Data: data, Volatile: true}
	p.telling[event.ID] = &w
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.telling, event.ID)
		p.mu.Unlock()
	}()

	c.mu.Lock()
	empty := len(c.members) == 0
	if data == nil && !empty {
		// For most nothing has changed; for those that came meanwhile something may have.
		var flush flushList
		c.fanOutPresence(&outEvent{Event: event}, &w, &flush)
		c.mu.Unlock()
		c.hub.rt.flushers.scheduleAll(flush)
		return
	}
	c.mu.Unlock()
	if empty {
		return
	}
	// A publish delivers before it returns, so the window is still known then.
	if _, err := c.hub.publish(context.Background(), c.typ, c.address, event); err != nil {
		c.hub.rt.log().Error("presence is not published", "channel", c.typ.name, "error", err)
	}
}

// presenceWindow returns the window that an event tells of; nil when it is about something else, or from
// another node.
func (c *channel) presenceWindow(event *Event) *presenceWindow {
	p := c.presence
	if p == nil || event.Type != presenceEvent {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.telling[event.ID]
}

// fanOutPresence offers a window's event to the members that were here before it, and to the others
// what is news to them. Called with channel.mu held.
func (c *channel) fanOutPresence(ev *outEvent, w *presenceWindow, flush *flushList) {
	for _, m := range c.members {
		switch {
		case m.informed >= w.to():
		case m.informed > w.from:
			if data := c.presence.diffSince(w, m.informed); data != nil {
				m.offer(&outEvent{Event: &Event{Type: presenceEvent, ID: newEventID(), Data: data, Volatile: true}, seq: ev.seq}, flush)
			}
		case ev.Data != nil:
			m.offer(ev, flush)
		}
	}
}

func (p *presence) diffSince(w *presenceWindow, since uint64) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.diff(w.net(since))
}
