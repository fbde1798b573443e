package runtime

import (
	"context"
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
)

// A Channel is one concrete channel of a server, such as the room 9f. It is a small value; emitted
// code embeds it in a type with the publishers of the document's events. The zero value belongs
// to no server: its methods return errors.
//
// Membership is of sockets and of this server: Members and Count see the sockets of the process.
type Channel struct {
	rt      *realtime
	typ     *channelType
	address string
	err     error
}

// A Member is a socket in a channel.
type Member struct {
	SocketID string
	Identity *Identity // who joined by its call or, without one, who opened the socket; nil: nobody known
}

// errNoChannel is the error of the zero Channel.
var errNoChannel = errors.New("the channel belongs to no server with realtime")

// Address returns the concrete address: "rooms/9f".
func (c Channel) Address() string { return c.address }

// Join makes a socket a member; its client is told and gets the events from now on. Joining
// twice is joining once. The error is ErrNoSocket when no socket of this server has the id.
func (c Channel) Join(ctx context.Context, socketID string) error {
	if err := c.check(); err != nil {
		return err
	}
	s := c.rt.sockets.get(socketID)
	if s == nil {
		return ErrNoSocket
	}
	local, err := c.rt.hub.acquire(ctx, c.typ, c.address)
	if err != nil {
		return err
	}
	defer c.rt.hub.release(local)
	return local.admit(s)
}

// admit joins a socket for the application and tells its client.
func (c *channel) admit(s *Socket) error {
	was := s.membership(c)
	m, err := c.join(s, joining{})
	if err != nil {
		if errors.Is(err, errSocketClosed) {
			return ErrNoSocket
		}
		return err
	}
	if was == m {
		return nil
	}
	var flush flushList
	c.mu.Lock()
	if !m.gone {
		m.queueState(chState{state: "live"}, &flush)
	}
	c.mu.Unlock()
	c.hub.rt.flushers.scheduleAll(flush)
	m.attend(nil, false)
	return nil
}

// Leave ends the membership of a socket; its client is told. Leaving a channel that one is not in
// is no error, and neither is an id that no socket has.
func (c Channel) Leave(_ context.Context, socketID string) error {
	if err := c.check(); err != nil {
		return err
	}
	s := c.rt.sockets.get(socketID)
	if s == nil {
		return nil
	}
	if m := c.rt.memberAt(s, c.address); m != nil {
		m.leave("")
	}
	return nil
}

// LeaveAll ends all memberships. The sockets stay connected.
func (c Channel) LeaveAll(context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	for _, m := range c.memberships() {
		m.leave("")
	}
	return nil
}

// JoinMembersOf makes the members of another channel members of this one. It goes on after a
// socket that cannot join, and returns what went wrong with any of them.
func (c Channel) JoinMembersOf(ctx context.Context, other Channel) error {
	if err := errors.Join(c.check(), other.check()); err != nil {
		return err
	}
	local, err := c.rt.hub.acquire(ctx, c.typ, c.address)
	if err != nil {
		return err
	}
	defer c.rt.hub.release(local)
	var errs []error
	for _, m := range other.memberships() {
		if err := local.admit(m.socket); err != nil && !errors.Is(err, ErrNoSocket) {
			errs = append(errs, fmt.Errorf("%s: %w", m.socket.id, err))
		}
	}
	return errors.Join(errs...)
}

// LeaveMembersOf ends the membership in this channel of all members of another one.
func (c Channel) LeaveMembersOf(_ context.Context, other Channel) error {
	if err := errors.Join(c.check(), other.check()); err != nil {
		return err
	}
	for _, m := range other.memberships() {
		if mine := c.rt.memberAt(m.socket, c.address); mine != nil {
			mine.leave("")
		}
	}
	return nil
}

// Members returns the sockets in the channel, in no order.
func (c Channel) Members(context.Context) ([]Member, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	list := c.memberships()
	members := make([]Member, len(list))
	for i, m := range list {
		members[i] = Member{SocketID: m.socket.id, Identity: m.who()}
	}
	return members, nil
}

// Count returns how many sockets are in the channel.
func (c Channel) Count(context.Context) (int, error) {
	if err := c.check(); err != nil {
		return 0, err
	}
	return len(c.memberships()), nil
}

// memberships returns those that are more than attempts.
func (c Channel) memberships() []*membership {
	local := c.rt.hub.lookup(c.address)
	if local == nil {
		return nil
	}
	defer c.rt.hub.release(local)
	local.mu.Lock()
	defer local.mu.Unlock()
	list := make([]*membership, 0, len(local.members))
	for _, m := range local.members {
		if m.live {
			list = append(list, m)
		}
	}
	return list
}

func (c Channel) check() error {
	if c.err != nil {
		return c.err
	}
	if c.rt == nil {
		return errNoChannel
	}
	return nil
}

// NewChannel names a channel of the document, with the parameters of its address in order. Only
// emitted code calls it; what does not fit comes out as an error of every method.
func NewChannel(s *Server, name string, params ...any) Channel {
	rt := s.sockets()
	if rt == nil {
		return Channel{err: errNoChannel}
	}
	typ := rt.hub.types[name]
	if typ == nil {
		return Channel{err: fmt.Errorf("the document has no channel %q", name)}
	}
	if len(params) != typ.params {
		return Channel{err: fmt.Errorf("channel %q has %d parameters, not %d", name, typ.params, len(params))}
	}
	c := Channel{rt: rt, typ: typ}
	c.address, _ = typ.address(func(i int, param string) (string, bool) {
		text, err := paramValue(params[i])
		if err != nil {
			c.err = fmt.Errorf("channel %q, parameter %q: %w", name, param, err)
		}
		return text, true
	})
	return c
}

// paramValue writes a parameter as it stands in an address.
func paramValue(value any) (string, error) {
	if t, ok := value.(encoding.TextMarshaler); ok {
		text, err := t.MarshalText()
		return string(text), err
	}
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.String:
		return v.String(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10), nil
	case reflect.Bool:
		return strconv.FormatBool(v.Bool()), nil
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits()), nil
	}
	return "", fmt.Errorf("a %T cannot stand in an address", value)
}
