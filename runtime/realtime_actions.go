package runtime

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// An outcome is what a call does to channels, from before its handler runs until its answer is
// on its way. It belongs to the goroutine of the call.
type outcome struct {
	subs   []sub
	holds  []*membership // held until the answer is queued, beside those of subs
	leaves []*membership // ended before the answer is queued
	parted []*membership // those that their client has to be told of
	place  *place        // in the line of ordered calls
	events *listener     // of a streamed answer over HTTP

	positions []standing // over HTTP: where the channels stood before the handler ran
	asked     *askedPage // of operations with History
}

// A standing is where a channel stood.
type standing struct {
	plan    *targetPlan
	address string
	at      Position
}

// A sub is a channel that the call joins. Its membership holds events back since before the
// handler ran, or is nil while the channel depends on the answer.
type sub struct {
	plan       *targetPlan
	membership *membership
	joined     bool
	missed     uint64 // position up to which events are lost between a kept answer and now
}

// before runs when a request has been decoded. For a subscribing call by socket it takes the
// position of each channel and holds events back from here on, so that the snapshot which the
// handler makes and the events that follow leave no hole between them.
func (rt *realtime) before(ex *exchange) error {
	plan := rt.plan(ex.op.op)
	if plan.err != nil {
		return internalError()
	}
	out := new(outcome)
	if plan.history != nil {
		if p := rt.askHistory(ex, plan.history, out); p != nil {
			return p
		}
	}
	if ex.kept == nil { // what does not run needs no place in the line
		if p := rt.inOrder(ex, plan, out); p != nil {
			return p
		}
	}
	if p := rt.joinTargets(ex, plan, out); p != nil {
		out.abandon(rt)
		return p
	}
	ex.realtime = out
	if c := socketCallOf(ex.ctx); c != nil {
		c.outcome = out
	}
	return nil
}

// inOrder waits for the calls that have to run first.
func (rt *realtime) inOrder(ex *exchange, plan *actionPlan, out *outcome) *Problem {
	if plan.order == nil && (!plan.byConn || ex.socket == nil) {
		return nil
	}
	key := lineKey{op: ex.op}
	if plan.byConn {
		key.socket = ex.socket
	} else {
		text, ok := plan.order.eval(ex, nil)
		if !ok {
			return nil // without a value there is nothing to be ordered by
		}
		key.value = string(text)
	}
	if c := socketCallOf(ex.ctx); c != nil && c.ticket != 0 {
		// Arrival decides, not which worker was faster.
		if err := c.socket.order.wait(ex.ctx, c.ticket); err != nil {
			return contextProblem(ex.ctx)
		}
		defer c.socket.order.done(c.ticket)
	}
	if out.place = rt.lines.enter(key); out.place == nil {
		return unavailable("too many calls wait for their turn", 0)
	}
	return nil
}

// await waits until the call is the first of its line.
func (out *outcome) await(rt *realtime, ctx context.Context) *Problem {
	if out.place == nil {
		return nil
	}
	if err := out.place.wait(ctx); err != nil {
		return contextProblem(ctx)
	}
	return nil
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

// notePosition serves Realtime-Position: where the channel stood before the handler looked.
func (rt *realtime) notePosition(ex *exchange, t *targetPlan, out *outcome) *Problem {
	address, ok := t.address(ex, nil)
	if !ok {
		return nil // it depends on the answer
	}
	pos, err := rt.hub.standing(ex.ctx, t.typ, address)
	if err != nil {
		return rt.channelProblem(err)
	}
	out.positions = append(out.positions, standing{t, address, pos})
	return nil
}

// positionsOf is the value of Realtime-Position: a JSON list of the channels that the call would have
// joined by socket, as the member resume of a hello takes them. The epochs carry the proof that this
// caller was given them, which is why the status decides: a handler that refuses gives nothing away.
func (rt *realtime) positionsOf(ex *exchange, status int, out *outcome) string {
	var b []byte
	for _, p := range out.positions {
		if !p.plan.matches(status) {
			continue
		}
		b = append(b, openList(b == nil, "[")...)
		epoch := rt.proof(p.address, p.at.Epoch, ex.identity)
		b = append(appendStanding(append(b, '{'), p.plan.typ.name, p.address, epoch, p.at.Seq, p.at.Last), '}')
	}
	if b == nil {
		return ""
	}
	return asciiJSON(append(b, ']'))
}

// String returns the position as it stands in the ids of server-sent events: epoch, seq and the
// event's id, joined by dots.
func (p Position) String() string {
	return p.Epoch + "." + strconv.FormatUint(p.Seq, 10) + "." + p.Last
}

// parsePosition reads what String wrote.
func parsePosition(text string) (p Position, ok bool) {
	epoch, rest, ok := strings.Cut(text, ".")
	if !ok {
		return p, false
	}
	seq, last, ok := strings.Cut(rest, ".")
	if !ok {
		return p, false
	}
	n, err := strconv.ParseUint(seq, 10, 53)
	return Position{Epoch: epoch, Seq: n, Last: last}, err == nil
}

// after runs when the handler has answered, before the answer goes out.
func (rt *realtime) after(ex *exchange, status int, header http.Header, body []byte) {
	out, _ := ex.realtime.(*outcome)
	if out == nil {
		return
	}
	plan := rt.plan(ex.op.op)
	a := &answered{header: header, body: body}
	if ex.kept != nil {
		rt.repeatOutcome(ex, out)
	} else {
		rt.publishAll(ex, plan, status, a, out)
	}
	rt.settleSubs(ex, status, a, out)
	if ex.kept != nil {
		rt.catchUp(ex, out)
	}
	if ex.socket != nil {
		for i := range plan.unsubscribe {
			if t := &plan.unsubscribe[i]; t.matches(status) {
				rt.noteLeave(ex, t, a, out)
			}
		}
	}
	if ex.session != nil {
		// Its answer takes another way than what the stream says, and the client may call again as
		// soon as it has it: what it has left, it has left by then.
		out.leaveNow()
	}
	if status < 200 || status > 299 {
		out.events.close()
	}
	if header != nil {
		position := rt.positionsOf(ex, status, out)
		if position == "" && ex.session != nil && plan.leaves(status) {
			position = "[]" // without subscriptions beside it, it says that nothing has been left
		}
		if position != "" {
			header.Set(positionHeader, position)
		}
		if ex.session != nil && ex.socket != nil {
			header.Set(subscriptionsHeader, out.subscriptionsOf())
		}
	}
	out.leaveLine(rt)
}

func (rt *realtime) publishAll(ex *exchange, plan *actionPlan, status int, a *answered, out *outcome) {
	for i := range plan.publish {
		if p := &plan.publish[i]; p.matches(status) {
			rt.publishDeclared(ex, p, a, out)
		}
	}
}

func (out *outcome) leaveLine(rt *realtime) {
	if out.place != nil {
		rt.lines.leave(out.place)
		out.place = nil
	}
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

func (rt *realtime) noteLeave(ex *exchange, t *targetPlan, a *answered, out *outcome) {
	address, ok := t.address(ex, a)
	if !ok {
		return
	}
	c := rt.hub.lookup(address)
	if c == nil {
		return
	}
	defer rt.hub.release(c)
	if m := ex.socket.membership(c); m != nil {
		out.leaves = append(out.leaves, m)
	}
}

// abandon undoes what before has begun.
func (out *outcome) abandon(rt *realtime) {
	for _, one := range out.subs {
		if one.membership != nil {
			one.membership.release(false)
		}
	}
	out.events.close()
	out.leaveLine(rt)
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

func openList(first bool, start string) string {
	if first {
		return start
	}
	return ","
}

// appendRef appends the members that name the channel and where this member stands.
func (m *membership) appendRef(b []byte) []byte {
	epoch, seq, last := m.position()
	c := m.channel
	return appendChannelRef(b, m.num, c.typ.name, c.address, m.socket.rt.proof(c.address, epoch, m.who()), seq, last)
}

// part ends what the call leaves: behind the answer no event of it may come. What it has published there
// itself it does not get either, for that would have to come behind its answer.
func (out *outcome) part() {
	if out == nil {
		return
	}
	for _, m := range out.leaves {
		if m.part() {
			out.parted = append(out.parted, m)
		}
	}
	out.leaves = nil
}

// settle lets the events follow that had to wait for the answer, and says what has been left.
func (out *outcome) settle() {
	if out == nil {
		return
	}
	for _, one := range out.subs {
		if one.membership != nil {
			if one.missed > 0 {
				one.membership.sayLost(one.missed)
			}
			one.membership.release(one.joined)
		}
	}
	for _, m := range out.holds {
		m.release(false)
	}
	out.leaveNow()
}

func (out *outcome) leaveNow() {
	out.part()
	for _, m := range out.parted {
		m.sayGone("")
	}
	out.parted = nil
}
