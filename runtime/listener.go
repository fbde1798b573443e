package runtime

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// A listener follows one channel for a streamed answer over HTTP. Events wait in it until the
// answer takes them; a reader that is too slow is cut off and comes back with the id of the
// event that it saw last.
type listener struct {
	rt      *realtime
	channel *channel // acquired; given back by end
	target  *targetPlan
	op      *boundOperation
	input   callInput // the credentials of the request, to check them again
	start   Position

	index    int    // in channel.listeners; guarded by channel.mu
	informed uint64 // number of the newest change of presence that it has heard of; likewise

	mu       sync.Mutex // guards everything below
	identity *Identity  // whose request it is; nil: nobody known
	queue    []listened
	bytes    int           // of queue
	ready    chan struct{} // one token when the queue is not empty or the end has come
	closed   bool
	over     bool          // the queue was too long
	retry    time.Duration // when the client shall come back; 0: as it likes
	doubt    *doubt        // the check that was due could not decide; nil: it has, or none was
	timer    *time.Timer   // runs when the credentials have to be looked at; nil: never
}

type listened struct {
	pos   Position
	event *Event
}

var errSlowReader = errors.New("the reader of the stream is too slow")

// openListener begins to follow a channel, before the handler runs.
func (rt *realtime) openListener(ex *exchange, t *targetPlan, out *outcome) *Problem {
	if rt.stopping.Load() {
		return unavailable("the server is going away", time.Second)
	}
	if p := rt.checkChannel(ex, t.typ); p != nil {
		return p
	}
	address, ok := t.address(ex, nil)
	if !ok {
		return badAddress(t)
	}
	c, err := rt.hub.acquire(ex.ctx, t.typ, address)
	if err != nil {
		return rt.channelProblem(err)
	}
	l := &listener{
		rt: rt, channel: c, target: t, op: ex.op, identity: ex.identity, ready: make(chan struct{}, 1),
		input: callInput{op: ex.op.op.ID, handshake: ex.origin},
	}
	l.open()
	rt.listeners.add(l)
	l.watch(time.Now())
	// Whatever becomes of the request, it ends.
	context.AfterFunc(ex.ctx, l.close)
	out.events = l
	if rt.server.revoked.since(ex.mark, ex.identity) {
		return revokedProblem()
	}
	out.positions = append(out.positions, standing{t, address, l.start})
	return nil
}

// open puts the listener on the channel. What it hears first is who is there.
func (l *listener) open() {
	c := l.channel
	c.mu.Lock()
	defer c.mu.Unlock()
	l.start, l.index = c.pos, len(c.listeners)
	c.listeners = append(c.listeners, l)
	if c.presence != nil {
		var data []byte
		data, l.informed = c.presence.look()
		l.offer(c.pos, &Event{Type: presenceEvent, Data: data, Volatile: true})
	}
}

// offer queues an event. Called with channel.mu held.
func (l *listener) offer(pos Position, event *Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed || l.over:
		return
	case len(l.queue) >= l.rt.limits.queueFrames, l.bytes > 0 && l.bytes+len(event.Data) > l.rt.limits.queue:
		l.over = true
	default:
		l.queue = append(l.queue, listened{pos, event})
		l.bytes += len(event.Data)
	}
	l.signal()
}

func (l *listener) signal() {
	select {
	case l.ready <- struct{}{}:
	default:
	}
}

// close ends the listener; a nil one has nothing to end.
func (l *listener) close() {
	if l != nil {
		l.end(0)
	}
}

// end ends the listener and tells its client when to come back.
func (l *listener) end(retry time.Duration) {
	l.mu.Lock()
	was := l.closed
	l.closed, l.queue, l.bytes, l.retry = true, nil, 0, retry
	if l.timer != nil {
		l.timer.Stop()
	}
	l.signal()
	l.mu.Unlock()
	if was {
		return
	}
	l.rt.listeners.remove(l)
	c := l.channel
	c.mu.Lock()
	last := len(c.listeners) - 1
	c.listeners[l.index] = c.listeners[last]
	c.listeners[l.index].index = l.index
	c.listeners[last] = nil
	c.listeners = c.listeners[:last]
	c.mu.Unlock()
	c.hub.release(c)
}

// watch has the credentials looked at again when they end, and as often as the channel says.
func (l *listener) watch(checked time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var at time.Time
	if every := l.channel.typ.reauthorize; every > 0 {
		at = checked.Add(every)
	}
	if l.doubt != nil {
		at = l.doubt.next
	}
	if id := l.identity; id != nil && !id.Expires.IsZero() && (at.IsZero() || id.Expires.Before(at)) {
		at = id.Expires
	}
	if l.closed || at.IsZero() {
		return
	}
	l.timer = time.AfterFunc(time.Until(at), l.check)
}

// check ends the listener of somebody who may not listen any more.
func (l *listener) check() {
	l.mu.Lock()
	before := l.identity
	l.mu.Unlock()
	now := time.Now()
	if before != nil && !before.Expires.IsZero() && !now.Before(before.Expires) {
		l.close()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), l.rt.limits.hello)
	defer cancel()
	mark := l.rt.server.revoked.mark()
	who, p := l.rt.recheckInTime(ctx, &l.input, l.op, l.channel.typ)
	if undecided(p) {
		l.mu.Lock()
		l.doubt = l.doubt.again(time.Now())
		kept := l.doubt != nil
		l.mu.Unlock()
		l.rt.doubted(l.op, l.channel.typ, p, kept)
		if kept {
			l.watch(now)
		} else {
			l.close()
		}
		return
	}
	if p != nil || before != nil && (who == nil || who.Subject != before.Subject) || l.rt.server.revoked.since(mark, who) {
		l.close()
		return
	}
	l.mu.Lock()
	l.identity, l.doubt = who, nil
	l.mu.Unlock()
	l.watch(now)
}

func (l *listener) take() (batch []listened, over, closed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	batch, l.queue, l.bytes = l.queue, nil, 0
	return batch, l.over, l.closed
}

// listeners are those of a server.
type listeners struct {
	mu  sync.Mutex // guards all
	all map[*listener]struct{}
}

func (g *listeners) add(l *listener) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.all == nil {
		g.all = make(map[*listener]struct{})
	}
	g.all[l] = struct{}{}
}

func (g *listeners) remove(l *listener) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.all, l)
}

func (g *listeners) list() []*listener {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := make([]*listener, 0, len(g.all))
	for l := range g.all {
		list = append(list, l)
	}
	return list
}

// expel ends the listeners of a principal.
func (g *listeners) expel(subject string) {
	for _, l := range g.list() {
		l.mu.Lock()
		mine := l.identity != nil && l.identity.Subject == subject
		l.mu.Unlock()
		if mine {
			l.close()
		}
	}
}

// drain ends all listeners. Their clients come back within the window, spread over it.
func (g *listeners) drain(window time.Duration) {
	for _, l := range g.list() {
		l.end(time.Millisecond + rand.N(window+time.Millisecond))
	}
}
