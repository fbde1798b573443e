package runtime

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

// A message is one incoming WebSocket message. Calls point into it, so it goes back to the pool
// only when the last of them has been answered.
type message struct {
	buf  buffer
	refs atomic.Int32
}

var messages = sync.Pool{New: func() any { return &message{buf: buffer{b: make([]byte, 0, 1024)}} }}

func newMessage() *message {
	m := messages.Get().(*message)
	m.refs.Store(1)
	return m
}

func (m *message) release() {
	if m.refs.Add(-1) == 0 {
		if cap(m.buf.b) <= maxPooled {
			m.buf.b = m.buf.b[:0]
			messages.Put(m)
		}
	}
}

// read reads until the connection ends, and cleans up, or until another goroutine has been given the role.
func (s *Socket) read() {
	s.back = 0 // that was somebody else, who may still take the time for its own
	for s.readOn() {
	}
}

// readOn handles the frames of a message that are left, or waits for a message. It returns false when the
// caller is not to go on.
func (s *Socket) readOn() (mine bool) {
	for s.message != nil {
		line, rest, more := bytes.Cut(s.rest, newline)
		m := s.message
		if s.rest = rest; !more {
			s.message = nil
		}
		mine = s.line(m, line)
		if !more {
			m.release()
		}
		if !mine {
			return false
		}
		if more && s.isClosed() {
			s.message = nil
			m.release()
		}
	}
	if !s.ws.conn.ready() {
		if !s.flushOwed() {
			return false
		}
		if s.await() {
			return false
		}
	}
	if !s.readMessage() {
		s.teardown()
		return false
	}
	return true
}

var newline = []byte{'\n'}

// readMessage reads one message. It returns false when there will be no other.
func (s *Socket) readMessage() bool {
	binary, r, err := s.ws.next()
	if err != nil {
		s.readFailed(err)
		return false
	}
	s.heard.Store(true)
	if !s.berth.stirred.Load() {
		s.berth.stirred.Store(true)
	}
	if s.isClosed() {
		return true // the peer has not seen our close yet; read on until it has
	}
	if binary {
		s.close(closeUnsupported, &Problem{Status: http.StatusUnsupportedMediaType, Detail: "the protocol has text messages only"}, 0)
		return true
	}
	m := newMessage()
	s.midway = true
	defer func() { s.midway = false }()
	whole, err := s.readInto(&m.buf, r)
	if err != nil {
		m.release()
		s.readFailed(err)
		return false
	}
	if whole {
		s.accept(m)
	} else {
		s.oversized(m, r)
	}
	return true
}

// readInto reads a message as far as the limit. The buffer grows with what has arrived, never
// with what a header promises.
func (s *Socket) readInto(buf *buffer, r io.Reader) (whole bool, err error) {
	limit := s.rt.limits.message
	for {
		if len(buf.b) > limit {
			return false, nil
		}
		if len(buf.b) == cap(buf.b) {
			buf.b = append(buf.b, 0)[:len(buf.b)]
		}
		n, err := r.Read(buf.b[len(buf.b):min(cap(buf.b), limit+1)])
		buf.b = buf.b[:len(buf.b)+n]
		s.advanced(n)
		if err == io.EOF {
			return len(buf.b) <= limit, nil
		}
		if err != nil {
			return false, err
		}
	}
}

// leastProgress is how many bytes of a message are as good as a pong. Within a message a client can send no
// frame of ours, so that is how a large one on a slow line lives on, and a trickle does not.
const leastProgress = 1 << 10

// advanced counts what has come of a message.
func (s *Socket) advanced(n int) {
	if s.progress += n; s.progress >= leastProgress {
		s.progress = 0
		s.heard.Store(true)
	}
}

// oversized answers a message that is larger than the limit. The frame that is not complete before the
// limit is answered 413 and the rest is discarded unread, so that the socket stays usable; those before it
// count.
func (s *Socket) oversized(m *message, r io.Reader) {
	text, size := m.buf.b, len(m.buf.b)
	scratch := newBuffer()
	defer scratch.free()
	for {
		n, err := r.Read(scratch.b[:cap(scratch.b)])
		size += n
		s.advanced(n)
		if size > s.rt.limits.hard {
			m.release()
			s.rt.observers().tooLarge(s, size)
			s.close(closeFrameTooLarge, &Problem{Status: http.StatusRequestEntityTooLarge, Detail: "the message is far too large"}, 0)
			return
		}
		if err != nil {
			break // the end, or an error that the next read reports
		}
	}
	s.passOwed()
	s.rt.observers().tooLarge(s, size)
	cut := bytes.LastIndexByte(text, '\n')
	var f inFrame
	scanPrefix(text[cut+1:], &f)
	if f.kind == frameCall && f.id != 0 {
		p := tooLarge()
		s.answer(f.id, p)
		s.tellRefused(&f, p, int64(size))
	} else {
		s.fault(f.id, fault(http.StatusRequestEntityTooLarge, "frame-too-large",
			"the message is larger than "+strconv.Itoa(s.rt.limits.message)+" bytes"))
	}
	if cut < 0 {
		m.release()
		return
	}
	m.buf.b = text[:cut]
	s.accept(m)
}

// accept makes a message the one to be handled. Its frames are counted before any of them is looked at. A
// text message that is not UTF-8 ends the connection (RFC 6455, section 8.1), which gorilla leaves to us.
func (s *Socket) accept(m *message) {
	text := m.buf.b
	if !utf8.Valid(text) {
		m.release()
		s.close(closeNotUTF8, &Problem{Status: http.StatusBadRequest, Detail: "a text message has to be UTF-8"}, 0)
		return
	}
	if n := bytes.Count(text, newline) + 1; n > s.rt.limits.batch {
		m.release()
		s.fault(0, fault(http.StatusBadRequest, "batch-too-large",
			"the message has "+strconv.Itoa(n)+" frames, "+strconv.Itoa(s.rt.limits.batch)+" are allowed"))
		return
	}
	s.message, s.rest = m, text
}

// line handles one frame. It returns false when reading has become the role of another goroutine.
func (s *Socket) line(m *message, line []byte) (mine bool) {
	var f inFrame
	if len(line) == 0 {
		s.badFrame(&f, errors.New("an empty line is no frame"))
		return true
	}
	if err := scanFrame(line, &f); err != nil {
		s.badFrame(&f, err)
		return true
	}
	if !s.greeted && f.kind != frameHello {
		s.close(closeNoHello, &Problem{Status: http.StatusBadRequest, Detail: "the first frame has to be hello"}, 0)
		return true
	}
	if f.kind != framePong {
		s.berth.passing = false
	}
	switch f.kind {
	case frameCall:
		return s.startCall(m, &f)
	case frameCancel:
		s.cancelCall(&f)
	case frameHello:
		s.hello(&f)
	case frameAuth:
		s.renew(&f)
	case frameProbe:
		s.ping()
	case framePong, frameExtension:
	default:
		s.badFrame(&f, errors.New("the type of the frame is unknown"))
	}
	return true
}

// badFrame answers a frame that makes no sense: with the res of its call where it has one, else
// with a problem frame.
func (s *Socket) badFrame(f *inFrame, err error) {
	s.passOwed()
	if !s.greeted {
		s.close(closeProtocol, &Problem{Status: http.StatusBadRequest, Detail: err.Error()}, 0)
		return
	}
	p := fault(http.StatusBadRequest, "bad-frame", err.Error())
	if f.kind == frameCall && f.id != 0 && !s.running(f.id) {
		s.countFault()
		s.answer(f.id, p)
		return
	}
	s.fault(f.id, p)
}

// fault answers a bad frame with a problem frame.
func (s *Socket) fault(ref uint64, p *Problem) {
	if s.countFault() {
		s.post(encodeProblem(ref, p))
	}
}

// countFault closes the socket of a client that makes too many mistakes.
func (s *Socket) countFault() bool {
	s.faults++
	if s.faults <= s.rt.limits.faults {
		return true
	}
	s.close(closeFaults, &Problem{Status: http.StatusTooManyRequests, Detail: "too many bad frames"}, 0)
	return false
}

// pinged answers a WebSocket ping. The frame meter has seen to it that there are not many.
// Within a message it says nothing: whoever begins one has to go on.
func (s *Socket) pinged(data string) {
	if !s.midway {
		s.heard.Store(true)
	}
	s.post(sealFrame(append(openFrame(nil), data...), opPong))
}

// readFailed finds out why reading ended.
func (s *Socket) readFailed(err error) {
	s.passOwed()
	switch {
	case errors.Is(err, errFragments):
		s.close(closeFrameTooLarge, &Problem{Status: http.StatusBadRequest, Detail: err.Error()}, 0)
	case errors.Is(err, errControls):
		s.close(closeFaults, &Problem{Status: http.StatusTooManyRequests, Detail: err.Error()}, 0)
	case isProtocolError(err):
		s.close(closeBroken, &Problem{Status: http.StatusBadRequest, Detail: "the connection breaks RFC 6455"}, 0)
	default:
		code, reason, byPeer := closeOf(err)
		if !byPeer {
			s.beginClose(CloseInfo{Code: code, Reason: reason})
			return
		}
		if !s.answerClose(code, reason) {
			return // it is the answer to ours
		}
	}
	s.linger()
}

// linger lets the last frames out before the connection is cut: gorilla reads no more from it,
// so the rest is thrown away unseen.
func (s *Socket) linger() {
	scratch := newBuffer()
	defer scratch.free()
	limit := time.Now().Add(s.rt.limits.writeDeadline + lingering)
	s.wire.setReadDeadline(limit)
	for time.Now().Before(limit) {
		if _, err := s.ws.conn.Conn.Read(scratch.b[:cap(scratch.b)]); err != nil {
			return
		}
	}
}

func (s *Socket) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// teardown ends what belongs to the socket. It runs once, when reading has ended or the event stream has.
func (s *Socket) teardown() {
	s.beginClose(CloseInfo{Code: closeAbnormal})
	s.out.fail(errSocketClosed)
	s.wire.close()
	s.rt.parking.remove(s)
	idlePoller.forget(s)
	s.mu.Lock()
	if s.beat != nil {
		s.beat.Stop()
	}
	if s.expiry != nil {
		s.expiry.Stop()
	}
	if s.check != nil {
		s.check.Stop()
	}
	info, greeted := s.info, s.greeted
	s.mu.Unlock()
	for _, m := range s.joined() {
		m.drop()
	}
	s.rt.observers().closed(s, info)
	s.rt.sockets.remove(s)
	if greeted {
		s.rt.disconnected(s, info)
	}
}
