package runtime

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
	"unsafe"
)

// A socketCall is one running call of a socket. It is the context of its own call too, which
// makes both one allocation: cancelling is rare, and most handlers never ask for Done.
type socketCall struct {
	callState
	socket  *Socket
	id      uint64
	input   callInput
	message *message
	op      *boundOperation
	sent    int64                    // bytes of the items of a streamed answer
	slot    bool                     // it has a place among the running calls; guarded by the socket's mu
	ticket  uint64                   // place among the ordered calls of the socket; 0: none
	outcome *outcome                 // what the operation does to channels; nil: nothing
	room    exchange                 // of the call, where no middleware comes between
	caller  atomic.Pointer[Identity] // who makes it, where that is not who opened the socket
	revoked atomic.Bool              // the application has sent the caller away

	observed context.Context // what the observers made of it; nil: nothing
}

// startCall begins a call. It waits while as many calls run as may: the socket is not read from
// meanwhile, which is how the client feels it.
func (s *Socket) startCall(m *message, f *inFrame) (mine bool) {
	name, ok := plainString(f.raw[memberOp])
	if f.id == 0 || !ok {
		s.badFrame(f, errors.New(`a call has an integer "id" and a string "op"`))
		return true
	}
	if s.rt.limits.rate.n > 0 {
		if wait, ok := s.calling.take(s.rt.limits.rate, time.Now()); !ok {
			s.refuseCall(f, tooManyCalls(wait))
			return true
		}
	}
	if len(f.raw[memberHeaders]) > s.rt.limits.headers {
		s.refuseCall(f, fault(http.StatusRequestHeaderFieldsTooLarge, "headers-too-large", "the headers of the call are too large"))
		return true
	}
	if raw := f.raw[memberHeaders]; raw != nil {
		if p := checkCallHeaders(raw); p != nil {
			s.refuseCall(f, p)
			return true
		}
	}
	c := &socketCall{socket: s, id: f.id, message: m}
	op := s.rt.operation(unsafe.String(unsafe.SliceData(name), len(name))) // looked up, not kept
	var id string
	if op != nil {
		id = op.op.ID // and not another copy of the same text
	} else {
		id = string(name) // unknown, or a method and a path
		op = s.rt.target(id)
	}
	c.op = op
	here := op.short()
	if !here || len(s.slots) == cap(s.slots) {
		if !s.takeSlot() {
			return true
		}
		c.slot = true
	}
	c.input = s.callInput(id, f)
	c.input.room = &c.room
	if p := s.register(c, here); p != nil {
		if c.slot {
			<-s.slots
		}
		s.refuseCall(f, p)
		return true
	}
	c.setTimeout(f.raw[memberTimeout])
	if op != nil && op.op.Order != "" {
		c.ticket = s.order.issue()
	}
	m.refs.Add(1)
	if here {
		return s.runHere(c)
	}
	s.rt.workers.submit(c)
	return true
}

// tooManyCalls refuses a call that comes before the rate of its socket allows it.
func tooManyCalls(wait time.Duration) *Problem {
	p := fault(http.StatusTooManyRequests, "rate-limited", "the socket makes too many calls")
	p.Header = http.Header{"Retry-After": {strconv.Itoa(int(wait/time.Second) + 1)}}
	return p
}

// takeSlot waits for a place among the running calls; false when the socket ends first. Meanwhile nothing
// is read, so that the peer's silence says nothing about it.
func (s *Socket) takeSlot() bool {
	select {
	case s.slots <- struct{}{}:
		return true
	default:
	}
	s.passOwed()
	s.deaf.Store(true)
	defer func() {
		s.heard.Store(true)
		s.deaf.Store(false)
	}()
	select {
	case s.slots <- struct{}{}:
		return true
	case <-s.base.Done():
		return false
	}
}

func (s *Socket) callInput(op string, f *inFrame) callInput {
	in := s.input()
	in.op = op
	in.path = f.raw[memberPath]
	in.query = f.raw[memberQuery]
	in.headers = f.raw[memberHeaders]
	in.body = f.raw[memberBody]
	in.enc, _ = f.text(memberEnc)
	return in
}

// input is what every check of this socket's credentials starts from.
func (s *Socket) input() callInput {
	in := callInput{
		socket: s, socketID: s.id, handshake: s.handshake, defaults: s.defaults, identity: s.identity.Load(),
	}
	if list := s.credentials.Load(); list != nil {
		in.credentials = *list
	}
	return in
}

// register makes the call known under its id. An id that is taken is the client's mistake; the
// call that has it goes on, and gets the only res of that id. A call that the reader runs is kept apart:
// no frame can speak of it while it has not been taken from there.
func (s *Socket) register(c *socketCall, here bool) *Problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return notRun(closing, "the socket is closing")
	case s.calls[c.id] != nil:
		return fault(http.StatusConflict, "duplicate-id", "a call with this id is running")
	case s.draining.Load():
		return notRun(draining, "the server is going away")
	}
	if s.calls == nil {
		s.calls = make(map[uint64]*socketCall)
	}
	if here {
		s.here = c
	} else {
		s.calls[c.id] = c
	}
	s.active++
	return nil
}

func (s *Socket) running(id uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[id] != nil
}

// refuseCall answers a call that does not run, and tells the observers of it.
func (s *Socket) refuseCall(f *inFrame, p *Problem) {
	s.passOwed()
	s.reply(f.id, p)
	s.tellRefused(f, p, int64(len(f.raw[memberBody])))
}

// tellRefused tells the observers of a call that does not run.
func (s *Socket) tellRefused(f *inFrame, p *Problem, size int64) {
	l := s.rt.observers()
	if len(l) == 0 {
		return
	}
	text, _ := plainString(f.raw[memberOp])
	name := string(text)
	op := s.rt.operation(name)
	if op == nil {
		op = s.rt.target(name)
	}
	in := s.callInput(name, f)
	call := s.observed(op, &in)
	call.Size = size
	_, end := l.begin(s.base, call)
	end(CallEnd{Status: p.status()})
}

// reply answers a call that does not run. A duplicate id is answered with a problem frame that
// refers to it, because the res belongs to the call that has the id.
func (s *Socket) reply(id uint64, p *Problem) {
	if p.Status == http.StatusConflict {
		s.fault(id, p)
		return
	}
	s.answer(id, p)
}

// answer sends a res that is a problem.
func (s *Socket) answer(id uint64, p *Problem) {
	b := newBuffer()
	b.b = appendResHead(openFrame(b.b), id, p.Status, p.Header, mediaProblem)
	if p.Type == draining || p.Type == closing {
		b.b = append(b.b, `,"again":true`...)
	}
	b.b = append(b.b, `,"body":`...)
	b.b = append(appendProblem(b.b, p), '}')
	s.send(outEntry{data: sealFrame(b.b, opText), buf: b})
}

// send queues an answer, waiting for room, and sees to it that it is written.
func (s *Socket) send(e outEntry) {
	v, err := s.out.appendWait(s.base, e)
	if err != nil {
		e.release() // the socket has ended: nobody waits for the answer
		return
	}
	if v == mustFlush {
		s.rt.flushers.schedule(s)
	}
}

// run answers the call. It is the task of a worker.
func (c *socketCall) run() {
	since := clock()
	returned := false
	defer func() {
		if !returned {
			c.exited()
		}
	}()
	rep, end := c.make()
	returned = true
	if c.op != nil {
		c.op.tempo.took(time.Duration(clock() - since))
	}
	status, size := rep.status, int64(len(rep.body))
	c.answer(rep)
	if end != nil {
		end(CallEnd{Status: status, Size: size + c.sent})
	}
}

// exited answers a call whose handler has ended the goroutine (runtime.Goexit).
func (c *socketCall) exited() {
	if c.ticket != 0 {
		c.socket.order.done(c.ticket)
	}
	c.socket.rt.workers.submit(taskFunc(func() { c.deliver(problemReply(internalError())) }))
}

// make runs the operation. End, if there is one, is to be called when the answer is on its way.
func (c *socketCall) make() (rep *reply, end func(CallEnd)) {
	s := c.socket
	ctx := context.Context(c)
	if l := s.rt.observers(); len(l) > 0 {
		ctx, end = l.begin(c, s.observed(c.op, &c.input))
		c.observed = ctx
	}
	rep = s.rt.call(ctx, &c.input)
	if c.ticket != 0 {
		s.order.done(c.ticket)
	}
	return rep, end
}

// answer sends what the operation has returned.
func (c *socketCall) answer(rep *reply) {
	if rep.stream == nil {
		c.deliver(rep)
		return
	}
	ctx := context.Context(c)
	if c.observed != nil {
		ctx = c.observed
	}
	c.deliverStream(ctx, rep)
}

// unregister frees the id, before its res is on the way: a client may use it again as soon as it
// has that.
func (c *socketCall) unregister() {
	c.socket.mu.Lock()
	delete(c.socket.calls, c.id)
	c.socket.mu.Unlock()
}

// finish lets go of everything that the call holds, before its answer is written: a slow network
// takes no place among the running calls.
func (c *socketCall) finish() {
	s := c.socket
	s.mu.Lock()
	s.active--
	idle := s.active == 0 && s.draining.Load()
	if s.here == c {
		s.here = nil
	}
	slot := c.slot
	s.mu.Unlock()
	if slot {
		<-s.slots
	}
	c.cancel(context.Canceled)
	c.message.release()
	if idle {
		s.drained()
	}
}

// cancelCall ends the context of a call. An id that is not running is no mistake: the answer may
// be on its way.
func (s *Socket) cancelCall(f *inFrame) {
	if f.id == 0 {
		s.badFrame(f, errors.New("cancel has the id of a call"))
		return
	}
	s.mu.Lock()
	c := s.calls[f.id]
	s.mu.Unlock()
	if c != nil {
		c.cancel(errCallCancelled)
	}
}

var errCallCancelled = context.Canceled

// maxTimeout bounds what a client may ask for; a longer wish is no wish.
const maxTimeout = 24 * time.Hour

// setTimeout takes the timeout member: milliseconds until the caller gives up.
func (c *socketCall) setTimeout(raw []byte) {
	if raw == nil {
		return
	}
	ms, err := strconv.ParseUint(string(raw), 10, 63)
	if err != nil || ms == 0 || ms > uint64(maxTimeout/time.Millisecond) {
		return
	}
	c.expire(time.Now().Add(time.Duration(ms) * time.Millisecond))
}

// Value finds the call itself, then what the handshake request carried.
func (c *socketCall) Value(key any) any {
	if _, ok := key.(socketCallKey); ok {
		return c
	}
	return c.socket.base.Value(key)
}

type socketCallKey struct{}

// socketCallOf returns the call by socket that ctx belongs to, nil when there is none.
func socketCallOf(ctx context.Context) *socketCall {
	c, _ := ctx.Value(socketCallKey{}).(*socketCall)
	return c
}
