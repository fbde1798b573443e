package runtime

import (
	"context"
	"errors"
	"runtime"
	"strconv"
)

// deliver sends the answer, then what had to wait for it.
func (c *socketCall) deliver(rep *reply) { c.queueAnswer(c.encode(rep)) }

// encode makes the frame of an answer.
func (c *socketCall) encode(rep *reply) outEntry {
	asJSON := standsAsJSON(rep.media, rep.body, !rep.written)
	if rep.media == mediaJSON && !asJSON {
		rep.nameMedia() // the frame implies it with a JSON body only
	}
	if asJSON && rep.room > 0 && rep.buffer != nil {
		if e, ok := c.encodeAround(rep); ok {
			return e
		}
	}
	b := newBuffer()
	b.b = appendResHead(openFrame(b.b), c.id, rep.status, rep.header, rep.media)
	b.b = appendBody(b.b, rep.body, asJSON)
	return c.seal(rep, b, 0)
}

// seal completes the frame of an answer, which begins in b at start.
func (c *socketCall) seal(rep *reply, b *buffer, start int) outEntry {
	b.b = append(c.appendPubs(c.outcome.appendTo(b.b)), '}')
	rep.release()
	c.outcome.part()
	return outEntry{data: sealFrame(b.b[start:], opText), buf: b}
}

// encodeAround makes the frame of an answer around its body, where that is, if there is room enough.
func (c *socketCall) encodeAround(rep *reply) (e outEntry, ok bool) {
	var space [resRoom]byte
	head := appendResHead(openFrame(space[:0]), c.id, rep.status, rep.header, rep.media)
	head = append(head, `,"body":`...)
	b, start := rep.buffer, rep.room-len(head)
	if start < 0 || len(b.b) != rep.room+len(rep.body) {
		return e, false
	}
	copy(b.b[start:], head)
	noLineFeeds(b.b[rep.room:])
	rep.buffer = nil
	return c.seal(rep, b, start), true
}

func (c *socketCall) queueAnswer(e outEntry) {
	s := c.socket
	c.unregister()
	v, err := s.out.appendWait(s.base, e)
	if err != nil {
		e.release()
	}
	c.outcome.settle()
	c.finish()
	if v == mustFlush {
		s.flushHere()
	}
}

// flushHere writes what waits, on this worker, which has nothing better to do. Others that are
// about to answer get a turn first, so that one write carries all of their answers; on an idle
// machine nobody takes it and nothing is lost.
func (s *Socket) flushHere() {
	runtime.Gosched()
	for s.out.flush(clock()) {
	}
}

// deliverStream sends a streamed answer: the res, an item for each value, the end. Every item
// waits for room in the queue, which slows the producer down to what the client reads.
func (c *socketCall) deliverStream(ctx context.Context, rep *reply) {
	s := c.socket
	b := newBuffer()
	b.b = appendResHead(openFrame(b.b), c.id, rep.status, rep.header, rep.media)
	b.b = append(c.appendPubs(c.outcome.appendTo(b.b)), `,"stream":true}`...)
	c.outcome.part()
	s.send(outEntry{data: sealFrame(b.b, opText), buf: b})
	c.outcome.settle()
	err := s.rt.produce(ctx, rep.stream, c.sendItem)
	rep.release()
	c.unregister()
	s.send(outEntry{data: encodeEnd(c.id, err)})
	c.finish()
}

func (c *socketCall) sendItem(item streamItem) error {
	b := newBuffer()
	b.b = append(openFrame(b.b), `{"t":"item","id":`...)
	b.b = strconv.AppendUint(b.b, c.id, 10)
	if item.event != "" {
		b.b = appendString(append(b.b, `,"event":`...), item.event)
	}
	if item.id != "" {
		b.b = appendString(append(b.b, `,"eid":`...), item.id)
	}
	if item.retry > 0 {
		b.b = strconv.AppendInt(append(b.b, `,"retry":`...), int64(item.retry), 10)
	}
	switch {
	case item.text:
		b.b = appendString(append(b.b, `,"body":`...), item.data)
	case len(item.data) > 0:
		b.b = appendJSON(append(b.b, `,"body":`...), item.data)
	}
	b.b = append(b.b, '}')
	c.sent += int64(len(item.data))
	e := outEntry{data: sealFrame(b.b, opText), buf: b}
	v, err := c.socket.out.appendWait(c, e)
	if err != nil {
		e.release()
		return err
	}
	if v == mustFlush {
		c.socket.flushHere()
	}
	return nil
}

// encodeEnd ends a streamed answer; one that was cut short says so.
func encodeEnd(id uint64, err error) []byte {
	b := append(openFrame(nil), `{"t":"end","id":`...)
	b = strconv.AppendUint(b, id, 10)
	if err != nil {
		b = append(b, `,"problem":`...)
		b = appendProblem(b, streamProblem(err))
	}
	return sealFrame(append(b, '}'), opText)
}

func streamProblem(err error) *Problem {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return timedOut()
	case errors.Is(err, context.Canceled):
		return cancelled()
	}
	return internalError()
}
