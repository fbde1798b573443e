package runtime

import (
	"errors"
	"net"
	"sync/atomic"
	"time"
)

// A guardedConn is the connection as gorilla sees it. It counts the frames that come in, which gorilla
// does not, and hands them over one by one, so that gorilla never holds a byte of a frame that nobody
// has asked for: between two messages it is known whether there is another one. What has come and has
// not been handed over is in a pooled buffer. Nothing is held while the peer is waited for, where the
// connection allows that (see rawInput).
type guardedConn struct {
	net.Conn
	armed  atomic.Bool // the upgrade is through: writes are swallowed
	ahead  bool        // the last read filled its buffer: more is likely to wait
	eager  bool        // much may be read ahead: the peer has said hello
	buf    *buffer     // bytes that gorilla has not had; nil: none
	at     int         // in buf
	err    error       // of await, for the next read
	frames frameMeter
	raw    rawInput
	hungry func() // called when more has to be waited for
}

func newGuardedConn(conn net.Conn, l *limits) *guardedConn {
	c := &guardedConn{Conn: conn, frames: frameMeter{limits: l}}
	c.raw.open(c)
	return c
}

func (c *guardedConn) Write(b []byte) (int, error) {
	if c.armed.Load() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

func (c *guardedConn) SetWriteDeadline(t time.Time) error {
	if c.armed.Load() {
		return nil
	}
	return c.Conn.SetWriteDeadline(t)
}

// Read reads into p, no further than to the end of a frame.
func (c *guardedConn) Read(p []byte) (n int, err error) {
	if c.buf == nil {
		if err := c.await(); err != nil {
			return 0, err
		}
	}
	if c.buf == nil && c.ahead && c.eager && len(p) <= readBuffer && !c.frames.between() {
		if c.err = c.fill(); c.err != nil {
			return 0, c.err
		}
	}
	if c.buf == nil {
		return c.readInto(p)
	}
	rest := c.buf.b[c.at:]
	n, fault := c.frames.count(rest[:min(len(p), len(rest))])
	if fault != nil {
		return 0, fault
	}
	copy(p, rest[:n])
	if c.at += n; c.at == len(c.buf.b) {
		c.drop()
	}
	return n, nil
}

// ready reports whether a message, or the beginning of one, is here: it is between messages, where
// reading may have to wait.
func (c *guardedConn) ready() bool { return c.buf != nil || c.err != nil || !c.frames.between() }

// await waits until the peer has sent something. An error is also that of the next read. It returns
// at once where waiting without a buffer is not possible.
func (c *guardedConn) await() error {
	if c.err != nil {
		return c.err
	}
	if c.hungry != nil {
		c.hungry() // gorilla may be in the middle of a message, or have passed over a control frame
	}
	if c.raw.usable() {
		c.err = c.raw.fill(c)
	}
	return c.err
}

// readInto reads into the buffer of gorilla, which is there anyway, and keeps what it may not have yet.
func (c *guardedConn) readInto(p []byte) (n int, err error) {
	n, err = c.Conn.Read(p)
	c.ahead = n == len(p)
	end, fault := c.frames.count(p[:n])
	if fault != nil {
		return 0, fault
	}
	if end < n {
		c.buf, c.at = newBuffer(), 0
		c.buf.b = append(c.buf.b, p[end:n]...)
		n, c.err, err = end, err, nil // TLS may tell of the end together with the last bytes
	}
	return n, err
}

// fill reads more at once than fits into the buffer of gorilla. It is for the rest of a frame that has begun:
// whoever waits for a frame waits for long, and there are many of them.
func (c *guardedConn) fill() error {
	buf := newBuffer()
	n, err := c.Conn.Read(buf.b[:cap(buf.b)])
	c.ahead = n == cap(buf.b)
	if n == 0 {
		buf.recycle()
		return err
	}
	c.keep(buf, n)
	return nil
}

func (c *guardedConn) keep(buf *buffer, n int) {
	buf.b = buf.b[:n]
	c.buf, c.at = buf, 0
}

func (c *guardedConn) drop() {
	c.buf.recycle()
	c.buf = nil
}

// recycle returns a buffer to the pool that it is from.
func (b *buffer) recycle() {
	if cap(b.b) != maxWrite {
		b.free()
		return
	}
	b.b = b.b[:0]
	writeBuffers.Put(b)
}

// Faults of a peer below the level of messages.
var (
	errFragments = errors.New("a message has too many fragments")
	errControls  = errors.New("too many control frames")
)

// A frameMeter follows the frame headers of the peer (RFC 6455, section 5.2) through the bytes
// that pass, to bound what gorilla does not: the fragments of one message and the control frames
// per second.
type frameMeter struct {
	limits    *limits
	header    [14]byte
	have      int    // bytes of header
	skip      uint64 // payload bytes to come
	fragments int
	controls  bucket
}

// count follows the first frame of b, or what b has of it, and returns how many bytes that are.
func (m *frameMeter) count(b []byte) (n int, err error) {
	for m.skip == 0 && n < len(b) {
		m.header[m.have] = b[n]
		m.have++
		n++
		size, need := m.payload()
		if m.have < need {
			continue
		}
		first := m.header[0]
		m.have, m.skip = 0, size
		if err := m.frame(first); err != nil {
			return n, err
		}
		if size == 0 {
			return n, nil
		}
	}
	body := min(m.skip, uint64(len(b)-n))
	m.skip -= body
	return n + int(body), nil
}

// between reports whether all frames that have begun are complete.
func (m *frameMeter) between() bool { return m.have == 0 && m.skip == 0 }

// payload returns the size of the payload and of the header, as far as the header is known.
func (m *frameMeter) payload() (size uint64, need int) {
	if m.have < 2 {
		return 0, 2
	}
	need = 2
	if m.header[1]&0x80 != 0 {
		need += 4
	}
	extended := 0
	switch n := m.header[1] & 0x7F; n {
	case 126:
		extended = 2
	case 127:
		extended = 8
	default:
		return uint64(n), need
	}
	if need += extended; m.have < need {
		return 0, need
	}
	for _, c := range m.header[2 : 2+extended] {
		size = size<<8 | uint64(c)
	}
	return size, need
}

func (m *frameMeter) frame(first byte) error {
	if opcode := first & 0xF; opcode >= 8 {
		if _, ok := m.controls.take(rate{m.limits.controls, time.Second}, time.Now()); !ok {
			return errControls
		}
		return nil
	}
	if m.fragments++; m.fragments > m.limits.fragments {
		return errFragments
	}
	if first&0x80 != 0 {
		m.fragments = 0
	}
	return nil
}
