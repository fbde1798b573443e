package runtime

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
)

// A client that comes back says where it was: the subscribing call and the position of each of
// its channels. The call is authorised again, its handler does not run; so that nobody gets into
// a channel that a handler would have refused, the epoch of a position carries a proof that this
// principal was given it.

// maxReplay bounds the events that one hello gets replayed, as part of the queue: what is left
// belongs to the live events that come meanwhile.
const maxReplay = 2

// A replayBudget is what is left of that.
type replayBudget struct{ bytes, frames int }

// take spends the budget on events; false when it is too small.
func (b *replayBudget) take(events []Kept) bool {
	bytes := 0
	for _, k := range events {
		bytes += len(k.Event.Data) + 128
	}
	if bytes > b.bytes || len(events) > b.frames {
		return false
	}
	b.bytes, b.frames = b.bytes-bytes, b.frames-len(events)
	return true
}

// proof returns the epoch as the client gets it: with a tag over the address, the epoch and the
// principal, which is whoever made the subscribing call.
func (rt *realtime) proof(address, epoch string, who *Identity) string {
	mac := hmac.New(sha256.New, rt.resumeKey)
	subject := ""
	if who != nil {
		subject = who.Subject
	}
	for _, part := range []string{address, epoch, subject} {
		mac.Write(strconv.AppendInt(nil, int64(len(part)), 10))
		mac.Write([]byte{':'})
		mac.Write([]byte(part))
	}
	return epoch + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:12])
}

// proven takes the tag off an epoch, if it is ours.
func (rt *realtime) proven(address, epoch string, who *Identity) (string, bool) {
	plain, _, ok := strings.Cut(epoch, ".")
	return plain, ok && hmac.Equal([]byte(rt.proof(address, plain, who)), []byte(epoch))
}

// A resumption is one channel that a client wants to go on with.
type resumption struct {
	name, address, epoch string
	from                 Position
}

// resume handles the resume member of a hello.
func (s *Socket) resume(ctx context.Context, raw []byte) {
	budget := replayBudget{s.rt.limits.queue / maxReplay, s.rt.limits.queueFrames / maxReplay}
	seen := make(map[string]bool)
	for entry := range elements(raw) {
		name, _ := objectMember(entry, "op")
		id, _ := unquote(name)
		op := s.rt.operation(id)
		if op == nil {
			op = s.rt.target(id)
		}
		list, _ := objectMember(entry, "ch")
		for one := range elements(list) {
			r, ok := parseResumption(one)
			if r.address == "" || seen[r.address] {
				continue // nobody to tell, or somebody who has been told
			}
			seen[r.address] = true
			if len(seen) > s.rt.limits.channels {
				s.refuseResume(r, "too-many")
				continue
			}
			if !ok {
				s.refuseResume(r, "epoch")
				continue
			}
			s.resumeChannel(ctx, op, entry, r, &budget)
		}
	}
}

func parseResumption(raw []byte) (r resumption, ok bool) {
	text := func(name string) string {
		value, _ := objectMember(raw, name)
		s, _ := unquote(value)
		return s
	}
	r.name, r.address, r.epoch = text("name"), text("address"), text("epoch")
	seq, _ := objectMember(raw, "seq")
	n, err := strconv.ParseUint(string(seq), 10, 53)
	r.from = Position{Seq: n, Last: text("last")}
	return r, err == nil && r.name != "" && r.address != "" && r.epoch != ""
}

// resumeChannel goes on with one channel, or tells the client to start again.
func (s *Socket) resumeChannel(ctx context.Context, op *boundOperation, entry []byte, r resumption, budget *replayBudget) {
	typ := s.rt.hub.types[r.name]
	var target *targetPlan
	if op != nil && typ != nil {
		target = s.rt.subscribes(op, typ)
	}
	if target == nil {
		s.refuseResume(r, "forbidden")
		return
	}
	in := s.input()
	in.op = op.op.ID
	in.path, _ = objectMember(entry, "path")
	in.query, _ = objectMember(entry, "query")
	in.headers, _ = objectMember(entry, "headers")
	if name, _ := objectMember(entry, "op"); in.query == nil {
		in.query = targetQuery(name)
	}
	mark := s.rt.server.revoked.mark()
	who, p := s.rt.recheck(ctx, &in, op, typ)
	if p != nil {
		s.refuseResume(r, "forbidden")
		return
	}
	epoch, ok := s.rt.proven(r.address, r.epoch, who)
	if !ok {
		// Another principal's position, or one from before a restart with another key.
		s.refuseResume(r, "epoch")
		return
	}
	c, err := s.rt.hub.acquire(ctx, typ, r.address)
	if err != nil {
		s.refuseResume(r, "epoch")
		return
	}
	defer s.rt.hub.release(c)
	m, err := c.join(s, joining{hold: true, op: op, identity: who, shown: s.rt.shown(&in, op, typ)})
	if err != nil {
		s.refuseResume(r, "too-many")
		return
	}
	if s.rt.server.revoked.since(mark, who) {
		m.release(false)
		s.refuseResume(r, "forbidden")
		return
	}
	r.from.Epoch = epoch
	if !s.replay(ctx, m, r, budget) {
		return
	}
	ex := newExchange(callContext{server: s.rt.server, op: op, identity: who, socketID: s.id, input: &in}, ctx)
	m.attend(ex, target.presence)
	m.release(true)
}

// targetQuery returns the query in the path form of a call as the other form has it, for keys in it.
func targetQuery(call []byte) []byte {
	text, _ := unquote(call)
	_, query, ok := strings.Cut(text, "?")
	if !ok {
		return nil
	}
	b := []byte{'{'}
	list, _ := splitPairs(nil, query)
	for i, p := range list {
		if i > 0 {
			b = append(b, ',')
		}
		value, _ := escapeQuery.unescape(p.raw)
		b = appendString(append(appendString(b, p.name), ':'), value)
	}
	return append(b, '}')
}

// subscribes returns the target by which an operation joins channels of the type, nil when it
// joins none.
func (rt *realtime) subscribes(op *boundOperation, typ *channelType) *targetPlan {
	plan := rt.plan(op.op)
	for i := range plan.subscribe {
		if plan.subscribe[i].typ == typ {
			return &plan.subscribe[i]
		}
	}
	if plan.stream != nil && plan.stream.typ == typ {
		return plan.stream
	}
	return nil
}

// refuseResume tells the client that it is not in the channel: it makes its call again.
func (s *Socket) refuseResume(r resumption, reason string) {
	b := append(openFrame(nil), `{"t":"ch",`...)
	b = appendChannelRef(b, s.rt.hub.numbers.Add(1), r.name, r.address, "", 0, "")
	b = appendState(b, chState{state: "reset", reason: reason})
	s.send(outEntry{data: sealFrame(b, opText)})
}

// replay sends what the member has missed, all of it or nothing. When it returns true the member
// is live and its hold is still to be released.
func (s *Socket) replay(ctx context.Context, m *membership, r resumption, budget *replayBudget) bool {
	c := m.channel
	c.mu.Lock()
	at := c.pos
	c.mu.Unlock()
	events, reason := s.rt.missed(ctx, c, r.from, at)
	if reason == "" && !budget.take(events) {
		reason = "too-many"
	}
	if reason != "" {
		m.release(false)
		s.refuseResume(r, reason)
		return false
	}
	var flush flushList
	c.mu.Lock()
	m.live = true
	if m.gone {
		c.mu.Unlock()
		return false
	}
	m.seq, m.last = r.from.Seq, r.from.Last
	m.bookmark()
	m.queueState(chState{state: "live", recovered: true}, &flush)
	for _, k := range events {
		m.send(&outEvent{Event: k.Event, seq: k.Seq}, &flush)
	}
	c.mu.Unlock()
	s.rt.flushers.scheduleAll(flush)
	return true
}

// missed returns the events between a position of a client and one of ours, or why that cannot
// be: "epoch", "truncated", "diverged" or "too-many". With recovery "latest" it is the newest one only.
func (rt *realtime) missed(ctx context.Context, c *channel, from, to Position) ([]Kept, string) {
	switch {
	case from.Epoch != to.Epoch:
		return nil, "epoch"
	case from.Seq > to.Seq, from.Seq == to.Seq && differ(from.Last, to.Last):
		return nil, "diverged"
	case from.Seq == to.Seq:
		return nil, ""
	}
	after := from.Seq
	latest := c.typ.spec.Recovery == "latest"
	switch missing := to.Seq - from.Seq; {
	case latest:
		after = to.Seq - 1
	case missing > uint64(max(0, c.typ.retain.Size)):
		return nil, "truncated"
	case missing > uint64(rt.limits.queueFrames):
		return nil, "too-many"
	}
	events, before, err := c.history(ctx, after)
	switch {
	case errors.Is(err, errTooMany):
		return nil, "too-many"
	case err != nil:
		return nil, "truncated"
	case !latest && differ(before, from.Last):
		return nil, "diverged"
	}
	n := 0
	for n < len(events) && events[n].Seq <= to.Seq {
		n++
	}
	return events[:n], ""
}

// differ compares ids of events, of which either may not be known.
func differ(a, b string) bool { return a != "" && b != "" && a != b }
