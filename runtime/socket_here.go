package runtime

import "time"

// short reports whether a call of the operation is worth being run where it is read. Calls that wait for
// others, and those whose answer takes its time by intent, are not.
func (o *boundOperation) short() bool {
	return o == nil || o.op.Order == "" && o.op.Stream == nil && o.tempo.quick()
}

// runHere runs a call on the goroutine that has read it.
func (s *Socket) runHere(c *socketCall) (mine bool) {
	since := s.goOff()
	returned := false
	defer func() {
		if returned {
			return
		}
		if s.comeBack(since) {
			s.giveUp()
		}
		c.exited()
	}()
	rep, end := c.make()
	returned = true
	status, size := rep.status, int64(len(rep.body))
	now, mine := clock(), s.comeBack(since)
	if mine && c.op != nil {
		c.op.tempo.took(time.Duration(now - since))
	}
	switch {
	case !mine:
		c.answer(rep) // who took over has noted that it was slow
	case rep.stream != nil:
		mine = false
		s.giveUp()
		c.answer(rep)
	default:
		s.back = now
		mine = c.deliverHere(rep)
	}
	if end != nil {
		end(CallEnd{Status: status, Size: size + c.sent})
	}
	return mine
}

// answersAtOnce is how many bytes of answers wait for the reader to have nothing more to read.
const answersAtOnce = 16 << 10

// deliverHere queues the answer for the reader to write, and returns whether the caller is it still.
func (c *socketCall) deliverHere(rep *reply) (mine bool) {
	s := c.socket
	e := c.encode(rep)
	v := s.out.append(e)
	if v == full && s.owes {
		// What fills the queue is perhaps what the caller has not written.
		if !s.flushOwed() {
			c.queueAnswer(e)
			return false
		}
		v = s.out.append(e)
	}
	switch v {
	case full:
		s.giveUp()
		c.queueAnswer(e)
		return false
	case refused:
		e.release()
	case mustFlush:
		s.owes, s.owed = true, 0
	}
	s.owed += len(e.data)
	c.outcome.settle()
	c.finish()
	if s.owes && s.owed >= answersAtOnce {
		return s.flushOwed()
	}
	return true
}

// flushOwed writes the answers of calls that the reader has run. It returns whether the caller is it still.
func (s *Socket) flushOwed() (mine bool) {
	if !s.owes {
		return true
	}
	s.owes = false
	since := s.goOff()
	for now := since; s.out.flush(now); now = clock() {
	}
	if !s.comeBack(since) {
		return false
	}
	s.back = 0 // the next call is not to account for the write
	return true
}

// passOwed has the flushers write them, because the reader is going to wait for something.
func (s *Socket) passOwed() {
	s.back = 0
	if s.owes {
		s.owes = false
		s.rt.flushers.schedule(s)
	}
}
