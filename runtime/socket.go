package runtime

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A Socket is one connected client, by WebSocket or by the event stream that stands in for it. Its methods may be called from any goroutine and after the
// socket has ended; a Socket is never used for another connection.
type Socket struct {
	rt        *realtime
	id        string
	wire      connection
	ws        *wire         // wire, where it is a WebSocket; nil: an event stream
	handshake *http.Request // without the WebSocket headers; never changed
	ownPage   bool          // a page of the server itself has opened it
	base      context.Context
	cancel    context.CancelFunc // ends base
	mark      uint64             // where the checks of its credentials began
	since     int64              // when it was accepted, in nanoseconds: a third of a time.Time
	out       outbox
	nextFlush *Socket       // guarded by the flushers
	slots     chan struct{} // one for each running call

	identity    atomic.Pointer[Identity]
	credentials atomic.Pointer[[]credential]
	counted     atomic.Bool // the registry knows that it has said hello
	evicted     atomic.Bool // a worker is about to close it
	heard       atomic.Bool // something came in since the last ping
	awaiting    atomic.Bool // a ping has been sent
	deaf        atomic.Bool // it is not read from: too many calls run
	draining    atomic.Bool // new calls are refused
	pings       atomic.Uint64

	turn  turn // of the goroutine that reads
	berth berth

	// Only the goroutine that reads uses these.
	defaults http.Header // hello.headers
	message  *message    // of which rest has not been handled; nil: none
	rest     []byte
	owes     bool  // the outbox is its to flush
	owed     int   // bytes of answers since then
	back     int64 // when it came back from a call; 0: it has waited since
	faults   int
	midway   bool   // a message has begun and has not ended
	progress int    // bytes of messages since they last were a sign of life
	calling  bucket // of an event stream, which nobody reads: guarded by mu

	mu          sync.Mutex             // guards everything below
	here        *socketCall            // runs where it was read, and is not in calls
	calls       map[uint64]*socketCall // by id; until their answer is about to be queued
	active      int                    // calls whose answer has not been queued yet
	memberships map[*channel]*membership
	left        map[uint64]struct{} // shared numbers of channels that it has left
	leftMany    bool                // too many to remember: numbers are private from now on
	values      map[any]any
	greeted     bool // OnConnect has run
	closed      bool
	info        CloseInfo
	beat        *time.Timer
	expiry      *time.Timer
	check       *time.Timer // runs at checkAt: a membership needs to be looked at; nil: none does
	checkAt     time.Time

	order sequence // of the calls whose operation asks for it
}

var errSocketClosed = errors.New("the socket is closed")

// ErrNoSocket tells that no socket has the id, or not any more.
var ErrNoSocket = errors.New("no such socket")

// ID returns the name of the socket: 128 random bits as text, unique among all servers. It is
// what SocketID gives to a handler and what Channel.Join and ToSocket take.
func (s *Socket) ID() string { return s.id }

// Identity returns who opened the socket, as its credentials say now; nil when nobody is known.
func (s *Socket) Identity() *Identity { return s.identity.Load() }

// RemoteAddr returns the network address of the peer, as the handshake request had it.
func (s *Socket) RemoteAddr() string { return s.handshake.RemoteAddr }

// Context returns a context that ends with the socket. It carries the values that the HTTP
// server gave to the handshake request.
func (s *Socket) Context() context.Context { return s.base }

// Handshake returns the request that opened the socket, without the headers of the WebSocket
// protocol. It must not be changed.
func (s *Socket) Handshake() *http.Request { return s.handshake }

// Set keeps a value with the socket, as a context does, for later calls and hooks.
func (s *Socket) Set(key, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.values == nil {
		s.values = make(map[any]any)
	}
	s.values[key] = value
}

// Value returns what was kept under key; nil when there is nothing.
func (s *Socket) Value(key any) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values[key]
}

// Close disconnects the client. Applications use codes 4800 to 4899, after which clients stay
// away, and 4900 to 4999, after which they come back; any other code counts as 4090. The reason
// is for people and is sent to the client. Running calls are cancelled. Close does not wait.
func (s *Socket) Close(code int, reason string) {
	if code < 4800 || code > 4999 {
		code = closeDisconnected
	}
	s.close(code, &Problem{Status: http.StatusForbidden, Detail: reason}, 0)
}

// String names the socket in logs. It never shows credentials.
func (s *Socket) String() string { return "socket " + s.id }

// Format keeps %v and %#v from printing the inside of a socket, credentials included.
func (s *Socket) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// queue appends a frame that may not wait for room: one that finds none ends the socket.
func (s *Socket) queue(e outEntry, flush *flushList) {
	switch s.out.append(e) {
	case mustFlush:
		flush.add(s)
	case full:
		s.evict(closeSlowConsumer, "frames arrive faster than they are read")
	}
}

// post queues a single frame and sees to it that it is written.
func (s *Socket) post(data []byte) {
	var flush flushList
	s.queue(outEntry{data: data}, &flush)
	s.rt.flushers.scheduleAll(flush)
}

// channelNumber chooses the number of a channel for this connection: the one that all members
// share, so that they share frames too, unless the connection has used that number before.
// Called with mu held.
func (s *Socket) channelNumber(c *channel) uint64 {
	if _, used := s.left[c.num]; used || s.leftMany {
		return c.hub.numbers.Add(1)
	}
	return c.num
}

// maxLeft bounds the numbers that a socket remembers.
const maxLeft = 256

// forget takes a membership off the socket. Called with the channel's lock held.
func (s *Socket) forget(m *membership) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.memberships, m.channel)
	if stream, ok := s.wire.(*streamWire); ok {
		stream.vector.forget(m)
	}
	if s.closed || m.num != m.channel.num || s.leftMany {
		return
	}
	if len(s.left) >= maxLeft {
		s.left, s.leftMany = nil, true
		return
	}
	if s.left == nil {
		s.left = make(map[uint64]struct{})
	}
	s.left[m.num] = struct{}{}
}

// joined returns the present memberships.
func (s *Socket) joined() []*membership {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*membership, 0, len(s.memberships))
	for _, m := range s.memberships {
		list = append(list, m)
	}
	return list
}

// membership returns the membership in a channel, nil when there is none.
func (s *Socket) membership(c *channel) *membership {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.memberships[c]
}
