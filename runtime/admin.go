package runtime

import (
	"slices"
	"strings"
	"time"
)

// This file is what a program sees of a running server beside its calls: who is connected, who is where and
// how far behind. Doing something about it are Close, Disconnect, DisconnectUser and RevokeUser, the
// methods of Channel, and the publishers of emitted code, all of which work from any goroutine.

// Since returns when the handshake of the socket was accepted.
func (s *Socket) Since() time.Time { return time.Unix(0, s.since) }

// Queued returns how much waits to be written to the client, of what the limits allow. It says how far
// behind the client is: of one that keeps up it is nothing at nearly all times.
func (s *Socket) Queued() (bytes, frames int) { return s.out.waiting() }

// Channels returns the channels that the socket is a member of, by address.
func (s *Socket) Channels() []Channel {
	var list []Channel
	for _, m := range s.joined() {
		if m.isLive() {
			list = append(list, Channel{rt: s.rt, typ: m.channel.typ, address: m.channel.address})
		}
	}
	return sortChannels(list)
}

// isLive tells a member from a call that is about to become one.
func (m *membership) isLive() bool {
	m.channel.mu.Lock()
	defer m.channel.mu.Unlock()
	return m.live && !m.gone
}

// Channels returns the channels that have members among the sockets of this server, by address.
func (s *Server) Channels() []Channel {
	rt := s.sockets()
	if rt == nil {
		return nil
	}
	var list []Channel
	for i := range rt.hub.shards {
		sh := &rt.hub.shards[i]
		sh.mu.Lock()
		for _, c := range sh.channels {
			list = append(list, Channel{rt: rt, typ: c.typ, address: c.address})
		}
		sh.mu.Unlock()
	}
	// Some may exist only because somebody is looking at them.
	list = slices.DeleteFunc(list, func(c Channel) bool { return len(c.memberships()) == 0 })
	return sortChannels(list)
}

func sortChannels(list []Channel) []Channel {
	slices.SortFunc(list, func(a, b Channel) int { return strings.Compare(a.address, b.address) })
	return list
}

// Name returns what the document calls the channel: "room".
func (c Channel) Name() string {
	if c.typ == nil {
		return ""
	}
	return c.typ.name
}

// waiting returns what has been queued and not written.
func (o *outbox) waiting() (bytes, frames int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.queue != nil {
		frames = len(o.queue.entries)
	}
	return o.bytes, frames
}
