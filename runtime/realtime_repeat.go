package runtime

import "context"

// This file is what a call with an Idempotency-Key does to channels when it is made again. It publishes
// nothing. It joins, because membership is of a connection; but its answer is the snapshot of the first
// time, so what was published since then has to follow.

// keepOutcome returns where the channels that a call joins stood when its handler looked.
func (rt *realtime) keepOutcome(ex *exchange, out *reply) (standings []standing) {
	did, _ := ex.realtime.(*outcome)
	if did == nil {
		return nil
	}
	for _, one := range did.subs {
		if one.joined {
			epoch, seq, last := one.membership.position()
			standings = append(standings, standing{address: one.membership.channel.address, at: Position{epoch, seq, last}})
		}
	}
	standings = append(standings, did.positions...)
	if ex.socket != nil {
		return standings
	}
	plan, a := rt.plan(ex.op.op), &answered{header: out.header, body: out.body}
	for i := range plan.subscribe {
		t := &plan.subscribe[i]
		if !t.needsResponse() || !t.matches(out.status) {
			continue // noted before the handler ran
		}
		if address, ok := t.address(ex, a); ok {
			if at, err := rt.hub.standing(ex.ctx, t.typ, address); err == nil {
				standings = append(standings, standing{address: address, at: at})
			}
		}
	}
	return standings
}

// repeatOutcome is the part of after that takes the place of publishing.
func (rt *realtime) repeatOutcome(ex *exchange, out *outcome) {
	for i := range out.positions {
		for _, s := range ex.kept.standings {
			if s.address == out.positions[i].address {
				out.positions[i].at = s.at
			}
		}
	}
}

// catchUp takes the members that the call has joined back to where the channel stood the first time, and
// puts what they have missed before what is held for them.
func (rt *realtime) catchUp(ex *exchange, out *outcome) {
	for i := range out.subs {
		one := &out.subs[i]
		if !one.joined {
			continue
		}
		for _, s := range ex.kept.standings {
			if s.address == one.membership.channel.address {
				one.missed = rt.rewind(ex, one.membership, s.at)
			}
		}
	}
}

// rewind returns the position up to which events are lost, 0 when none are.
func (rt *realtime) rewind(ex *exchange, m *membership, from Position) (lost uint64) {
	epoch, seq, last := m.position()
	at := Position{epoch, seq, last}
	if from == at {
		return 0
	}
	events, reason := rt.missed(ex.ctx, m.channel, from, at)
	if from.Epoch != at.Epoch {
		from = Position{}
	}
	m.channel.mu.Lock()
	defer m.channel.mu.Unlock()
	if m.gone || m.live || from.Seq >= at.Seq {
		return 0 // it was a member before, and has missed nothing
	}
	m.seq, m.last = from.Seq, from.Last
	if reason != "" {
		return at.Seq
	}
	missed := make([]*outEvent, 0, len(events)+len(m.held))
	for _, k := range events {
		missed = append(missed, &outEvent{Event: k.Event, seq: k.Seq})
	}
	m.held = append(missed, m.held...)
	return 0
}

// sayLost tells a member, after the answer, what it cannot get any more.
func (m *membership) sayLost(to uint64) {
	var flush flushList
	c := m.channel
	c.mu.Lock()
	if !m.gone && m.seq < to {
		m.socket.queue(outEntry{data: encodeGap(m.num, m.seq+1, to, "repeated")}, &flush)
		m.seq, m.last = to, ""
		c.hub.rt.observers().gap(c.typ, "repeated")
	}
	c.mu.Unlock()
	c.hub.rt.flushers.scheduleAll(flush)
}

// standing returns where a channel stands.
func (h *hub) standing(ctx context.Context, typ *channelType, address string) (Position, error) {
	c, err := h.acquire(ctx, typ, address)
	if err != nil {
		return Position{}, err
	}
	defer h.release(c)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pos, nil
}
