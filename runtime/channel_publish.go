package runtime

import (
	"context"
	"fmt"
	"slices"
)

// A PublishOption changes who gets an event.
type PublishOption func(*audience)

// An audience is who gets an event; the zero value is the members of the channel.
type audience struct {
	omit       []string
	omitCaller bool
	socket     string // to this socket alone, member or not
	everybody  bool   // to all sockets, members or not
}

// OmitCaller keeps the event from the socket whose call publishes it. In a call over HTTP, and
// outside of a call, there is no such socket and everybody gets the event.
func OmitCaller() PublishOption { return func(a *audience) { a.omitCaller = true } }

// OmitSocket keeps the event from one socket.
func OmitSocket(id string) PublishOption { return func(a *audience) { a.omit = append(a.omit, id) } }

// ToSocket sends the event to one socket, member of the channel or not, and to nobody else. It
// takes no position and is not kept. PublishEvent returns ErrNoSocket when this server has no
// such socket.
func ToSocket(id string) PublishOption { return func(a *audience) { a.socket = id } }

// ToAll sends the event to every socket of this server, members of the channel or not. It takes
// no position and is not kept.
func ToAll() PublishOption { return func(a *audience) { a.everybody = true } }

// PublishEvent publishes an event of the document. Only emitted code calls it. The data is
// checked against the event's schema, and what the schema does not declare is not sent. The
// position is that of the event; volatile events and those for chosen sockets have none of their
// own.
//
// It never waits for a socket. When it returns without an error, the event is on its way to
// every member; a caller that is a member gets it before the answer of its call, unless it
// publishes after that.
func PublishEvent[T any](ctx context.Context, ch Channel, event string, data *T, opts ...PublishOption) (Position, error) {
	if err := ch.check(); err != nil {
		return Position{}, err
	}
	e := ch.typ.events[event]
	if e == nil {
		return Position{}, fmt.Errorf("channel %q has no event %q", ch.typ.name, event)
	}
	text, err := ch.rt.encodeEvent(e, data)
	if err != nil {
		return Position{}, fmt.Errorf("event %s: %w", event, err)
	}
	return ch.publish(ctx, newEvent(ch.typ, e, text), opts)
}

func (c Channel) publish(ctx context.Context, event *Event, opts []PublishOption) (Position, error) {
	var to audience
	for _, o := range opts {
		o(&to)
	}
	if call := socketCallOf(ctx); call != nil && (to.omitCaller || c.typ.spec.NoEcho) {
		to.omit = append(to.omit, call.socket.id)
	}
	switch {
	case to.socket != "":
		return Position{}, c.sendTo(event, to.socket)
	case to.everybody:
		c.sendAll(event, to.omit)
		return Position{}, nil
	}
	event.Omit = to.omit
	return c.rt.hub.publish(ctx, c.typ, c.address, event)
}

func (c Channel) sendTo(event *Event, id string) error {
	s := c.rt.sockets.get(id)
	if s == nil {
		return ErrNoSocket
	}
	ev := &outEvent{Event: event}
	s.post(ev.encodeDirect(c.typ, c.address))
	return nil
}

func (c Channel) sendAll(event *Event, omit []string) {
	data := (&outEvent{Event: event}).encodeDirect(c.typ, c.address)
	var flush flushList
	for _, s := range c.rt.sockets.all() {
		if !slices.Contains(omit, s.id) {
			s.queue(outEntry{data: data}, &flush)
		}
	}
	c.rt.flushers.scheduleAll(flush)
}
