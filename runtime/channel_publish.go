package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rtgen/rtgen/runtime/internal/codec"
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

// OmitCaller keeps the event from the socket whose call publishes it, be it by an event stream (see
// [SocketID]). In any other call over HTTP, and outside of a call, there is no such socket and everybody
// gets the event.
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

// An EventError tells that the data of an event does not fit the document. Nothing has been published.
type EventError struct {
	Channel string // as the document calls it
	Event   string
	Errors  []FieldError // every violation, by pointer into the data
	err     error
}

// Error names the event and what is wrong with its data.
func (e *EventError) Error() string {
	return "event " + e.Event + " of channel " + e.Channel + ": " + e.err.Error()
}

// Unwrap returns what the data could not be written for.
func (e *EventError) Unwrap() error { return e.err }

// PublishEvent publishes an event of the document. Only emitted code calls it. The data is
// checked against the event's schema, and what the schema does not declare is not sent; data that
// does not fit is an *EventError. The position is that of the event; volatile events and those for
// chosen sockets have none of their own.
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
	pos, err := ch.publishChecked(ctx, e, data, opts)
	ch.rt.observers().published(ctx, ch.typ, event, err)
	return pos, err
}

func (c Channel) publishChecked(ctx context.Context, e *eventType, data any, opts []PublishOption) (Position, error) {
	text, err := c.rt.encodeEvent(e, data)
	if _, ok := errors.AsType[*codec.Error](err); err != nil && !ok {
		return Position{}, fmt.Errorf("event %s: %w", e.name, err)
	}
	if err != nil {
		return Position{}, &EventError{Channel: c.typ.name, Event: e.name, Errors: fieldErrors(nil, err, "data", ""), err: err}
	}
	return c.publish(ctx, newEvent(c.typ, e, text), opts)
}

func (c Channel) publish(ctx context.Context, event *Event, opts []PublishOption) (Position, error) {
	var to audience
	for _, o := range opts {
		o(&to)
	}
	if to.omitCaller || c.typ.spec.NoEcho {
		if call := socketCallOf(ctx); call != nil {
			to.omit = append(to.omit, call.socket.id)
		} else if id, ok := SocketID(ctx); ok {
			to.omit = append(to.omit, id)
		}
	}
	switch {
	case to.socket != "":
		return Position{}, c.sendTo(event, to.socket)
	case to.everybody:
		c.sendAll(event, to.omit)
		return Position{}, nil
	}
	event.Omit = to.omit
	pos, err := c.rt.hub.publish(ctx, c.typ, c.address, event)
	if call := callOf(ctx); err == nil && call != nil && call.exchange != nil && call.server == c.rt.server {
		call.exchange.published.note(c.address, event, pos)
	}
	return pos, err
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
