package runtime

import (
	"errors"
	"net/http"
)

// A sub is a channel that the call joins. Its membership holds events back since before the
// handler ran, or is nil while the channel depends on the answer.
type sub struct {
	plan       *targetPlan
	membership *membership
	joined     bool
	missed     uint64 // position up to which events are lost between a kept answer and now
}

func (rt *realtime) joinTargets(ex *exchange, plan *actionPlan, out *outcome) *Problem {
	if p := out.await(rt, ex.ctx); p != nil {
		return p
	}
	for i := range plan.subscribe {
		if p := rt.joinTarget(ex, &plan.subscribe[i], out); p != nil {
			return p
		}
	}
	if plan.stream == nil {
		return nil
	}
	if ex.socket == nil && ex.session == nil {
		return rt.openListener(ex, plan.stream, out)
	}
	return rt.joinTarget(ex, plan.stream, out)
}

func (rt *realtime) joinTarget(ex *exchange, t *targetPlan, out *outcome) *Problem {
	// Also where nothing is joined: a position and a snapshot are for those who may be in the channel.
	if p := rt.checkChannel(ex, t.typ); p != nil {
		return p
	}
	if ex.socket == nil || ex.session != nil {
		if p := rt.notePosition(ex, t, out); p != nil || ex.socket == nil {
			return p
		}
	}
	one := sub{plan: t}
	if !t.needsResponse() {
		m, p := rt.joinHeld(ex, t, nil)
		if p != nil {
			if ex.session != nil && ex.socket.isClosed() {
				rt.dismiss(ex, out)
				return nil
			}
			return p
		}
		one.membership = m
	}
	out.subs = append(out.subs, one)
	return nil
}

// checkChannel checks the security of the channel, which comes on top of the operation's.
func (rt *realtime) checkChannel(ex *exchange, typ *channelType) *Problem {
	if len(typ.spec.Security) == 0 {
		return nil
	}
	in := &callInput{}
	switch c := socketCallOf(ex.ctx); {
	case c != nil && ex.seen != nil:
		// What middleware has made of the call, as the operation's checks and those over HTTP see it.
		src := credentialSource{server: rt.server, req: ex.seen, in: &c.input}
		if c.input.byPath {
			src.in = nil
		}
		_, p := rt.server.secure(ex.ctx, "", typ.spec.Security, src)
		return p
	case c != nil:
		in = &c.input
	case ex.session != nil:
		in.handshake, in.identity = ex.session, ex.identity
	case ex.socket != nil:
		*in = ex.socket.input()
	case ex.origin != nil:
		in.handshake, in.identity = ex.origin, ex.identity
	}
	_, p := rt.authorise(ex.ctx, in, typ.spec.Security)
	return p
}

func (rt *realtime) joinHeld(ex *exchange, t *targetPlan, a *answered) (*membership, *Problem) {
	address, ok := t.address(ex, a)
	if !ok {
		return nil, badAddress(t)
	}
	c, err := rt.hub.acquire(ex.ctx, t.typ, address)
	if err != nil {
		return nil, rt.channelProblem(err)
	}
	defer rt.hub.release(c)
	m, err := c.join(ex.socket, joining{hold: true, op: ex.op, identity: ex.identity, shown: rt.shownBy(ex, t.typ)})
	if err != nil {
		return nil, rt.channelProblem(err)
	}
	if rt.server.revoked.since(ex.mark, ex.identity) {
		m.release(false)
		return nil, revokedProblem()
	}
	return m, nil
}

func badAddress(t *targetPlan) *Problem {
	return fault(http.StatusBadRequest, "channel", "the request names no "+t.typ.name)
}

// channelProblem is what a client hears of an error around a channel.
func (rt *realtime) channelProblem(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if errors.Is(err, errSocketClosed) {
		return cancelled()
	}
	rt.log().Error("channel cannot be used", "error", err)
	return unavailable("the channel cannot be used now", 0)
}

// settleSubs decides which of the channels the caller is in now.
func (rt *realtime) settleSubs(ex *exchange, status int, a *answered, out *outcome) {
	for i := range out.subs {
		one := &out.subs[i]
		one.joined = one.plan.matches(status)
		if !one.joined {
			if one.membership != nil {
				one.membership.release(false)
				one.membership = nil
			}
			continue
		}
		if one.membership == nil {
			m, p := rt.joinHeld(ex, one.plan, a)
			if p != nil && ex.socket.isClosed() {
				one.joined = false
				continue
			}
			if p != nil {
				rt.log().Error("channel cannot be joined", "operation", ex.op.op.ID, "channel", one.plan.typ.name, "error", p)
				one.joined = false
				continue
			}
			one.membership = m
		}
		one.membership.authorised(joining{op: ex.op, identity: ex.identity, shown: rt.shownBy(ex, one.plan.typ)})
		one.membership.attend(ex, one.plan.presence)
	}
}

// appendTo appends the member subs of a res frame.
func (out *outcome) appendTo(b []byte) []byte {
	if out == nil {
		return b
	}
	first := true
	for _, one := range out.subs {
		if !one.joined || one.membership.isGone() {
			continue // or put out while the call was running
		}
		b = append(b, openList(first, `,"subs":[`)...)
		first = false
		b = one.membership.appendRef(append(b, '{'))
		b = append(b, '}')
	}
	if !first {
		b = append(b, ']')
	}
	return b
}

// appendRef appends the members that name the channel and where this member stands.
func (m *membership) appendRef(b []byte) []byte {
	epoch, seq, last := m.position()
	c := m.channel
	return appendChannelRef(b, m.num, c.typ.name, c.address, m.socket.rt.proof(c.address, epoch, m.who()), seq, last)
}

func openList(first bool, start string) string {
	if first {
		return start
	}
	return ","
}
