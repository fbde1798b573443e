package runtime

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// This file is the only door to gorilla/websocket, which does the upgrade and reads messages.
// Writing goes past it: outgoing frames are framed once and shared, and the outbox is the one
// writer. So that gorilla cannot write in between (it answers protocol errors by itself), the
// connection it sees swallows writes once the upgrade is through.

// readBuffer is what a socket holds for reading all its life. It takes the header of a frame and the
// payload of a control frame; whatever is longer is read past it.
const readBuffer = 256

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
	h.conn = newGuardedConn(conn, h.limits)
	return h.conn, rw, nil
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
