package runtime

import (
	"strconv"
	"strings"
)

// A standing is where a channel stood.
type standing struct {
	plan    *targetPlan
	address string
	at      Position
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
