package runtime

import (
	"context"
	"errors"
)

// publishDeclared publishes an event that the document declares for an answer. Nothing that goes
// wrong here changes the answer: the handler has done its work, and the client is told what has
// become of that.
func (rt *realtime) publishDeclared(ex *exchange, p *publishPlan, a *answered, out *outcome) {
	err := rt.publishFor(ex, p, a, out)
	rt.observers().published(ex.ctx, p.typ, p.event.name, err)
	if err != nil {
		rt.log().Error("event is not published", "operation", ex.op.op.ID, "event", p.event.name, "error", err)
	}
}

var (
	errNoAddress = errors.New("the call names no channel for it")
	errNoData    = errors.New("the call has no data for it")
)

func (rt *realtime) publishFor(ex *exchange, p *publishPlan, a *answered, out *outcome) error {
	address, ok := p.address(ex, a)
	if !ok {
		return errNoAddress
	}
	data, ok := p.payload(ex, a)
	if !ok {
		return errNoData
	}
	data, err := rt.checkEvent(p.event, data)
	if err != nil {
		return err
	}
	event := newEvent(p.typ, p.event, data)
	if ex.socket != nil {
		if p.typ.spec.NoEcho {
			event.Omit = []string{ex.socket.id}
		}
		if m := rt.memberAt(ex.socket, address); m != nil && m.hold() {
			// The caller sees its answer first.
			out.holds = append(out.holds, m)
		}
	}
	pos, err := rt.hub.publish(context.WithoutCancel(ex.ctx), p.typ, address, event)
	if err != nil {
		return err
	}
	ex.published.note(address, event, pos)
	return nil
}

// memberAt returns the socket's membership at an address, nil when there is none.
func (rt *realtime) memberAt(s *Socket, address string) *membership {
	c := rt.hub.lookup(address)
	if c == nil {
		return nil
	}
	defer rt.hub.release(c)
	return s.membership(c)
}

// newEvent makes an event of data that has been checked.
func newEvent(typ *channelType, e *eventType, data []byte) *Event {
	event := &Event{Type: e.name, ID: newEventID(), Data: appendJSON(nil, data), Volatile: e.spec.Volatile}
	if typ.spec.Overflow == "conflate" && e.spec.Key != nil {
		if key, ok := lookup(event.Data, *e.spec.Key); ok {
			event.Key = e.name + " " + string(key)
		}
	}
	return event
}
