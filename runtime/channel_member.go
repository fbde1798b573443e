package runtime

import (
	"sync/atomic"
	"time"
)

// A membership is one socket in one channel.
type membership struct {
	channel *channel
	socket  *Socket
	num     uint64       // the channel's number on this connection
	backlog atomic.Int64 // bytes of its events that wait in the socket's outbox
	frames  atomic.Int32 // those events

	// Guarded by channel.mu.
	index    int         // in channel.members
	gone     bool        // no member any more
	live     bool        // a call that joined has succeeded, or the application joined
	holds    int         // calls whose answer must come before further events
	held     []*outEvent // events that wait for those answers
	heldSize int
	slack    uint              // how often the share of the backlog has been doubled
	seq      uint64            // of the last event that was queued for the socket
	last     string            // its id
	op       *boundOperation   // the operation that joined; nil: the application
	identity *Identity         // who made the call that joined; nil: nobody known
	shown    *shownCredentials // that the call had itself; nil: the connection's
	warned   bool              // the client has been asked for new ones
	present  string            // identity under which it is present; empty: it is not
	attends  bool              // it hears of presence
	informed uint64            // number of the newest change of presence that its list had
	checked  time.Time         // when it was last authorised
	doubt    *doubt            // the check that was due could not decide; nil: it has, or none was
}

// joining says how a socket joins a channel.
type joining struct {
	hold     bool              // hold events back until release
	op       *boundOperation   // nil: the application joins the socket
	identity *Identity         // who makes the call; nil: nobody known
	shown    *shownCredentials // that the call has itself; nil: none
}

// join makes the socket a member, or returns the membership that it has.
func (c *channel) join(s *Socket, j joining) (*membership, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errSocketClosed
	}
	m := s.memberships[c]
	if m == nil {
		if len(s.memberships) >= s.rt.limits.channels {
			return nil, fault(429, "too-many-channels", "the socket is in as many channels as it may be")
		}
		m = &membership{
			channel: c, socket: s, num: s.channelNumber(c), index: len(c.members),
			seq: c.pos.Seq, last: c.pos.Last,
		}
		c.members = append(c.members, m)
		if s.memberships == nil {
			s.memberships = make(map[*channel]*membership)
		}
		s.memberships[c] = m
		c.hub.retain(c)
		c.hub.rt.observers().subscribed(c.typ)
	}
	if !m.live {
		m.take(j) // else it stays as it is until the call has succeeded
	}
	if j.hold {
		m.holds++
	} else {
		m.live = true
	}
	return m, nil
}

// take notes by which right the socket is in the channel. Called with channel.mu and socket.mu held.
func (m *membership) take(j joining) {
	m.checked = time.Now()
	if j.op != nil {
		m.op, m.identity, m.shown, m.warned = j.op, j.identity, j.shown, false
		m.socket.watch(m.deadline())
	}
}

// authorised is take for a call that has succeeded.
func (m *membership) authorised(j joining) {
	m.channel.mu.Lock()
	defer m.channel.mu.Unlock()
	m.socket.mu.Lock()
	defer m.socket.mu.Unlock()
	if !m.gone {
		m.take(j)
	}
}

// who returns whose membership it is: whoever made the call that joined, or who opened the socket where
// that is not known or the same person, whose credentials may have been renewed since.
func (m *membership) who() *Identity {
	m.channel.mu.Lock()
	defer m.channel.mu.Unlock()
	return m.identified()
}

// identified is who with channel.mu held.
func (m *membership) identified() *Identity {
	if own := m.own(); own != nil {
		return own
	}
	return m.socket.Identity()
}

// retain keeps a channel that the caller has acquired for one more holder: a membership.
func (h *hub) retain(c *channel) {
	sh := h.shard(c.address)
	sh.mu.Lock()
	c.refs++
	sh.mu.Unlock()
}

// retainLive is retain for who does not hold the channel; false when nobody does any more.
func (h *hub) retainLive(c *channel) bool {
	sh := h.shard(c.address)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.channels[c.address] != c {
		return false
	}
	c.refs++
	return true
}

// hold makes the member wait for an answer before it gets further events. It tells where the
// member stands.
func (m *membership) hold() (ok bool) {
	m.channel.mu.Lock()
	defer m.channel.mu.Unlock()
	if m.gone {
		return false
	}
	m.holds++
	return true
}

// release ends a hold. When it was the last one, a member that a call has made live gets what
// was held back, any other is no member.
func (m *membership) release(success bool) {
	c := m.channel
	var flush flushList
	c.mu.Lock()
	m.holds--
	if success {
		m.live = true
	}
	removed := false
	if m.holds == 0 && !m.gone {
		if m.live {
			m.flushHeld(&flush)
		} else {
			removed = c.remove(m)
		}
	}
	c.mu.Unlock()
	c.hub.rt.flushers.scheduleAll(flush)
	if removed {
		c.hub.release(c)
	}
}

func (m *membership) flushHeld(flush *flushList) {
	held := m.held
	m.held, m.heldSize = nil, 0
	for _, ev := range held {
		m.send(ev, flush)
	}
}

// position is where the member stands: the event it got last, or the position at which it
// joined.
func (m *membership) position() (epoch string, seq uint64, last string) {
	m.channel.mu.Lock()
	defer m.channel.mu.Unlock()
	return m.channel.pos.Epoch, m.seq, m.last
}

// remove takes a member off the channel. Called with mu held; the caller releases the channel
// afterwards, for the membership held it.
func (c *channel) remove(m *membership) bool {
	if m.gone {
		return false
	}
	m.gone, m.held = true, nil
	last := len(c.members) - 1
	c.members[m.index] = c.members[last]
	c.members[m.index].index = m.index
	c.members[last] = nil
	c.members = c.members[:last]
	if c.presence != nil && m.present != "" {
		c.presence.leave(m.present)
	}
	m.socket.forget(m)
	c.hub.rt.observers().unsubscribed(c.typ)
	return true
}

// leave ends the membership; the socket is told with a reason, which may be empty.
func (m *membership) leave(reason string) {
	if m.part() {
		m.sayGone(reason)
	}
}

// part ends the membership. It reports whether the client has still to be told, by sayGone, which must follow.
func (m *membership) part() (tell bool) {
	c := m.channel
	c.mu.Lock()
	known := m.live // else its client has not heard of it
	removed := c.remove(m)
	c.mu.Unlock()
	if removed && !known {
		c.hub.release(c)
	}
	return removed && known
}

// sayGone tells the client of a membership that part has ended.
func (m *membership) sayGone(reason string) {
	c := m.channel
	var flush flushList
	c.mu.Lock()
	m.queueState(chState{state: "gone", reason: reason}, &flush)
	c.mu.Unlock()
	c.hub.rt.flushers.scheduleAll(flush)
	c.hub.release(c)
}

// drop ends the membership of a socket that is closed; nobody is told.
func (m *membership) drop() {
	c := m.channel
	c.mu.Lock()
	removed := c.remove(m)
	c.mu.Unlock()
	if removed {
		c.hub.release(c)
	}
}

// isGone reports whether the membership has ended.
func (m *membership) isGone() bool {
	m.channel.mu.Lock()
	defer m.channel.mu.Unlock()
	return m.gone
}
