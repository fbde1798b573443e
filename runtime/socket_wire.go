package runtime

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// This file is the only door to gorilla/websocket, which does the upgrade and reads messages.
// Writing goes past it: outgoing frames are framed once and shared, and the outbox is the one
// writer. So that gorilla cannot write in between (it answers protocol errors by itself), the
// connection it sees swallows writes once the upgrade is through.

// readBuffer is what an idle socket holds for reading. Larger messages are read past it.
const readBuffer = 1 << 10

// handshakeBuffers lend gorilla a buffer for the answer to the upgrade.
var handshakeBuffers = &sync.Pool{}

var upgrader = websocket.Upgrader{
	ReadBufferSize:  readBuffer,
	WriteBufferSize: readBuffer,
	WriteBufferPool: handshakeBuffers,
	Subprotocols:    []string{subprotocol},
	CheckOrigin:     func(*http.Request) bool { return true }, // the handshake has checked it
	Error: func(w http.ResponseWriter, _ *http.Request, status int, reason error) {
		refuseUpgrade(w, status, reason)
	},
}

func refuseUpgrade(w http.ResponseWriter, status int, reason error) {
	p := fault(status, "upgrade", reason.Error())
	if status == http.StatusUpgradeRequired || status == http.StatusBadRequest {
		w.Header().Set("Sec-WebSocket-Version", "13")
	}
	writeProblem(w, p)
}

// A wire is one upgraded connection.
type wire struct {
	ws   *websocket.Conn
	conn *guardedConn
}

// upgrade takes the connection over. An error has been answered.
func upgrade(w http.ResponseWriter, r *http.Request, l *limits) (*wire, error) {
	h := &hijacker{ResponseWriter: w, limits: l}
	ws, err := upgrader.Upgrade(h, r, nil)
	if err != nil {
		return nil, err
	}
	h.conn.armed.Store(true)
	return &wire{ws: ws, conn: h.conn}, nil
}

// onControl sets what happens with pings and closes of the peer. Both are called from read.
func (w *wire) onControl(ping func(data string), closed func(code int, reason string)) {
	w.ws.SetPingHandler(func(data string) error { ping(data); return nil })
	w.ws.SetPongHandler(func(string) error { return nil })
	w.ws.SetCloseHandler(func(code int, reason string) error { closed(code, reason); return nil })
}

// next waits for a message.
func (w *wire) next() (binary bool, r io.Reader, err error) {
	kind, r, err := w.ws.NextReader()
	return kind == websocket.BinaryMessage, r, err
}

func (w *wire) writeOut(b []byte) error {
	_, err := w.conn.Conn.Write(b)
	return err
}

func (w *wire) setWriteDeadline(t time.Time) error { return w.conn.Conn.SetWriteDeadline(t) }
func (w *wire) setReadDeadline(t time.Time)        { _ = w.conn.Conn.SetReadDeadline(t) } // a dead connection fails in read
func (w *wire) close()                             { _ = w.conn.Conn.Close() }            // nothing left to lose
func (w *wire) remote() net.Addr                   { return w.conn.RemoteAddr() }

// closeWrite tells the peer that nothing follows, where the connection can.
func (w *wire) closeWrite() {
	if c, ok := w.conn.Conn.(interface{ CloseWrite() error }); ok {
		_ = c.CloseWrite() // the read loop ends anyway
	}
}

// A hijacker hands gorilla a guarded connection.
type hijacker struct {
	http.ResponseWriter
	limits *limits
	conn   *guardedConn
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.conn = &guardedConn{Conn: conn, frames: frameMeter{limits: h.limits}}
	return h.conn, rw, nil
}

// A guardedConn is the connection as gorilla sees it. It counts the frames that come in, which
// gorilla does not, and reads ahead when a lot is coming.
type guardedConn struct {
	net.Conn
	armed  atomic.Bool // the upgrade is through: writes are swallowed
	ahead  bool        // the last read filled its buffer: more is likely to wait
	eager  bool        // reading ahead is allowed: the peer has said hello
	buf    *buffer     // bytes read ahead; nil: none
	at     int         // in buf
	frames frameMeter
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

// Read reads into p. After a read that filled p it reads into a large pooled buffer instead, so
// that a stream of small messages costs few system calls though idle sockets hold a small buffer.
func (c *guardedConn) Read(p []byte) (n int, err error) {
	if c.buf == nil && c.ahead && c.eager {
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
	if c.buf != nil {
		n = copy(p, c.buf.b[c.at:])
		if c.at += n; c.at == len(c.buf.b) {
			c.drop()
		}
	} else {
		n, err = c.Conn.Read(p)
		c.ahead = n == len(p)
	}
	if fault := c.frames.count(p[:n]); fault != nil {
		return 0, fault
	}
	return n, err
}

func (c *guardedConn) fill() error {
	buf := writeBuffers.Get().(*buffer)
	n, err := c.Conn.Read(buf.b[:maxWrite])
	c.ahead = n == maxWrite
	buf.b = buf.b[:n]
	if n == 0 {
		buf.b = buf.b[:0]
		writeBuffers.Put(buf)
		return err
	}
	c.buf, c.at = buf, 0
	c.ahead = n >= readBuffer
	return nil
}

func (c *guardedConn) drop() {
	c.buf.b = c.buf.b[:0]
	writeBuffers.Put(c.buf)
	c.buf = nil
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

func (m *frameMeter) count(b []byte) error {
	for len(b) > 0 {
		if m.skip > 0 {
			n := min(m.skip, uint64(len(b)))
			m.skip -= n
			b = b[n:]
			continue
		}
		m.header[m.have] = b[0]
		m.have++
		b = b[1:]
		size, need := m.payload()
		if m.have < need {
			continue
		}
		first := m.header[0]
		m.have, m.skip = 0, size
		if err := m.frame(first); err != nil {
			return err
		}
	}
	return nil
}

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

// closeOf returns what a read error says about the end of the connection.
func closeOf(err error) (code int, reason string, byPeer bool) {
	var ce *websocket.CloseError
	if errors.As(err, &ce) {
		return ce.Code, ce.Text, true
	}
	return closeAbnormal, "", false
}

// isProtocolError tells an error of gorilla about the peer's frames from one of the network.
func isProtocolError(err error) bool {
	if errors.Is(err, websocket.ErrReadLimit) {
		return true
	}
	var ne net.Error
	var ce *websocket.CloseError
	switch {
	case errors.As(err, &ce):
		return false
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.As(err, &ne):
		return false
	}
	return len(err.Error()) > 11 && err.Error()[:11] == "websocket: "
}
