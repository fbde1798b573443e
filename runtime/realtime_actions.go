package runtime

import (
	"context"
	"net/http"
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
