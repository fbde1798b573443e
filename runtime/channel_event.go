package runtime

import "strconv"

// An outEvent is an event on its way to members. The frame that most members get is built once,
// by the first of them; the field is guarded by the channel.
type outEvent struct {
	*Event
	seq    uint64 // position of the event; of a volatile one, the position it follows
	shared []byte
	lost   uint64 // position of the first event that was left out before it; 0: none
	why    string // what left it out; empty: the channel's rate
	gapTo  uint64 // the outEvent stands for a gap from seq to gapTo; Event is nil
	since  uint64 // of a copy for one member: the first position since its last event; 0: seq
}

// frame returns the bytes for a member: those that all share, unless the member calls the
// channel by another number or did not get the event before this one.
func (ev *outEvent) frame(m *membership) []byte {
	contiguous := ev.Volatile || m.seq+1 == ev.seq
	if m.num != m.channel.num || !contiguous {
		prev := m.seq
		if contiguous {
			prev = ev.seq
		}
		return ev.encode(m.num, prev)
	}
	if ev.shared == nil {
		ev.shared = ev.encode(m.num, ev.seq)
	}
	return ev.shared
}

// encode frames the event; a prev that is not seq is written.
func (ev *outEvent) encode(num, prev uint64) []byte {
	b := make([]byte, 0, frameRoom+96+len(ev.Type)+len(ev.ID)+len(ev.Data))
	b = openFrame(b)
	b = append(b, `{"t":"ev","ch":`...)
	b = strconv.AppendUint(b, num, 10)
	if !ev.Volatile {
		b = append(b, `,"seq":`...)
		b = strconv.AppendUint(b, ev.seq, 10)
		if prev != ev.seq {
			b = append(b, `,"prev":`...)
			b = strconv.AppendUint(b, prev, 10)
		}
	}
	b = ev.appendContent(b)
	return sealFrame(b, opText)
}

func (ev *outEvent) appendContent(b []byte) []byte {
	b = append(b, `,"type":`...)
	b = appendString(b, ev.Type)
	b = append(b, `,"id":`...)
	b = appendString(b, ev.ID)
	b = append(b, `,"data":`...)
	b = append(b, ev.Data...)
	return append(b, '}')
}

// encodeDirect frames an event for sockets that are addressed themselves, members or not.
func (ev *outEvent) encodeDirect(typ *channelType, address string) []byte {
	b := openFrame(nil)
	b = append(b, `{"t":"ev","ch":0,"name":`...)
	b = appendString(b, typ.name)
	b = append(b, `,"address":`...)
	b = appendString(b, address)
	b = ev.appendContent(b)
	return sealFrame(b, opText)
}

// A chState is what a ch frame says beside the channel and its position.
type chState struct {
	state     string // "live", "reset" or "gone"
	recovered bool
	reason    string
}

// appendChannelRef appends the members by which frames name a channel and a position in it.
func appendChannelRef(b []byte, num uint64, name, address, epoch string, seq uint64, last string) []byte {
	b = append(b, `"ch":`...)
	b = strconv.AppendUint(b, num, 10)
	return appendStanding(append(b, ','), name, address, epoch, seq, last)
}

// appendStanding appends the members that name a channel and a position in it.
func appendStanding(b []byte, name, address, epoch string, seq uint64, last string) []byte {
	b = append(b, `"name":`...)
	b = appendString(b, name)
	b = append(b, `,"address":`...)
	b = appendString(b, address)
	b = append(b, `,"epoch":`...)
	b = appendString(b, epoch)
	b = append(b, `,"seq":`...)
	b = strconv.AppendUint(b, seq, 10)
	if last != "" {
		b = append(b, `,"last":`...)
		b = appendString(b, last)
	}
	return b
}

func appendState(b []byte, st chState) []byte {
	b = append(b, `,"state":`...)
	b = appendString(b, st.state)
	if st.recovered {
		b = append(b, `,"recovered":true`...)
	}
	if st.reason != "" {
		b = append(b, `,"reason":`...)
		b = appendString(b, st.reason)
	}
	return append(b, '}')
}

// queueState queues a ch frame behind the member's events. Called with channel.mu held.
func (m *membership) queueState(st chState, flush *flushList) {
	c := m.channel
	b := append(openFrame(nil), `{"t":"ch",`...)
	b = appendChannelRef(b, m.num, c.typ.name, c.address, m.socket.rt.proof(c.address, c.pos.Epoch, m.identified()), m.seq, m.last)
	b = appendState(b, st)
	m.socket.queue(outEntry{data: sealFrame(b, opText)}, flush)
}

// offer gives an event to a member, or holds it back for the answer that comes first. Called
// with channel.mu held, by the engine's delivery: it may not wait for anything.
func (m *membership) offer(ev *outEvent, flush *flushList) {
	if m.holds == 0 {
		m.send(ev, flush)
		return
	}
	limits := &m.socket.rt.limits
	if policy := m.channel.typ.spec.Overflow; policy != "" &&
		(m.heldSize > limits.queue/overflowShare || len(m.held) >= limits.queueFrames/frameShare) {
		ev = m.thinHeld(policy, ev)
	}
	m.heldSize += len(ev.Data)
	if m.heldSize > limits.queue || len(m.held) >= limits.queueFrames {
		m.held = nil
		m.socket.evict(closeSlowConsumer, "too many events while a call was running")
		return
	}
	m.held = append(m.held, ev)
}

// thinHeld makes room among the events that wait for an answer, by the rule of the channel, and returns
// the newest with what it has to tell of them.
func (m *membership) thinHeld(policy string, newest *outEvent) *outEvent {
	seen := map[string]bool{}
	drop := (len(m.held) + 1) / 2
	list := append(m.held, newest)
	out := make([]bool, len(list))
	for i := len(list) - 1; i >= 0; i-- {
		key := list[i].Key
		out[i] = policy == "drop" && i < drop || policy == "conflate" && key != "" && seen[key]
		seen[key] = true
	}
	kept, lost := list[:0], uint64(0)
	m.heldSize = 0
	for i, ev := range list {
		if out[i] {
			first := ev.lost
			if first == 0 && !ev.Volatile {
				first = ev.seq
			}
			if lost == 0 {
				lost = first
			}
			continue
		}
		if lost != 0 && (ev.lost == 0 || lost < ev.lost) {
			own := *ev // others share it
			own.lost, own.why = lost, policy
			ev = &own
		}
		lost = 0
		m.heldSize += len(ev.Data)
		kept = append(kept, ev)
	}
	newest = kept[len(kept)-1]
	clear(list[len(kept):])
	m.held = kept[:len(kept)-1]
	m.heldSize -= len(newest.Data)
	return newest
}

// send queues an event for the member and applies the channel's overflow rule where it does not
// fit. Called with channel.mu held.
func (m *membership) send(ev *outEvent, flush *flushList) {
	if !ev.Volatile && ev.seq <= m.seq {
		return // part of the replay that went before
	}
	m.sayMissing(ev, flush)
	if !ev.Volatile && m.seq+1 != ev.seq {
		// Should the event be left out, so is what its frame tells of the positions before it.
		own := *ev
		own.since = m.seq + 1
		ev = &own
	}
	e := outEntry{data: ev.frame(m), event: m, ev: ev}
	if !ev.Volatile {
		m.seq, m.last = ev.seq, ev.ID
	}
	policy := m.channel.typ.spec.Overflow
	if policy != "" && m.overShare() {
		m.socket.out.thin(m, policy, ev.Key)
		if m.overShare() {
			m.slack++ // little could go: it is looked at again when twice as much waits
		}
	}
	m.waits(len(e.data))
	v := m.socket.out.append(e)
	if v == full && policy != "" {
		m.socket.out.thin(m, policy, ev.Key)
		v = m.socket.out.append(e)
	}
	switch v {
	case mustFlush:
		flush.add(m.socket)
	case full:
		m.waitsNot(len(e.data))
		m.socket.evict(closeSlowConsumer, "events arrive faster than they are read")
	case refused:
		m.waitsNot(len(e.data))
	}
}

// waits and waitsNot count what of the channel waits in the socket's outbox.
func (m *membership) waits(n int)    { m.backlog.Add(int64(n)); m.frames.Add(1) }
func (m *membership) waitsNot(n int) { m.backlog.Add(-int64(n)); m.frames.Add(-1) }

// overShare tells whether more waits than the channel may have. Called with channel.mu held.
func (m *membership) overShare() bool {
	bytes, frames := int64(m.socket.rt.limits.queue/overflowShare), int32(m.socket.rt.limits.queueFrames/frameShare)
	if m.backlog.Load() <= bytes && m.frames.Load() <= frames {
		m.slack = 0
		return false
	}
	return m.backlog.Load() > bytes<<m.slack || m.frames.Load() > frames<<m.slack
}

// overflowShare is the part of a queue that the events of one conflating or dropping channel
// may take before its rule applies: an eighth, so that such channels leave room to the others.
const overflowShare = 8

// frameShare is the same in frames: a half, since small ones cost little else.
const frameShare = 2
