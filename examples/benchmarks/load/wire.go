package load

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// patience is how long the load generator waits for what has to come.
const patience = 30 * time.Second

// A wire is the client's end of a WebSocket.
type wire struct {
	net.Conn
	d    *Dialect
	buf  []byte
	r, w int // what has been read and not been looked at
}

// clientFrame is a text frame with a mask of zero.
func clientFrame(text string) []byte {
	var b []byte
	if len(text) < 126 {
		b = append(b, 0x81, 0x80|byte(len(text)))
	} else {
		b = append(b, 0x81, 0x80|126, byte(len(text)>>8), byte(len(text)))
	}
	return append(append(b, 0, 0, 0, 0), text...)
}

// dial opens a socket and says what comes first. A receive buffer of the system can be given.
func dial(addr string, d *Dialect, buffer, receive int) (*wire, error) {
	dialer := net.Dialer{Timeout: patience}
	if receive > 0 {
		dialer.Control = func(_, _ string, raw syscall.RawConn) error {
			return raw.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, receive) })
		}
	}
	conn, err := dialer.DialContext(context.Background(), "tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &wire{Conn: conn, d: d, buf: make([]byte, buffer)}
	if err := c.upgrade(addr); err != nil {
		conn.Close()
		return nil, fmt.Errorf("handshake: %w", err)
	}
	return c, nil
}

func (c *wire) upgrade(addr string) error {
	_ = c.SetDeadline(time.Now().Add(patience))
	defer c.SetDeadline(time.Time{})
	protocol := ""
	if c.d.Subprotocol != "" {
		protocol = "Sec-WebSocket-Protocol: " + c.d.Subprotocol + "\r\n"
	}
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n%s\r\n", c.d.Path, addr, protocol); err != nil {
		return err
	}
	head := 0
	for head == 0 {
		if err := c.fill(); err != nil {
			return err
		}
		if i := bytes.Index(c.buf[:c.w], []byte("\r\n\r\n")); i >= 0 {
			head = i + 4
		}
	}
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(c.buf[:head])), nil)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	c.r = head
	for _, e := range c.d.Open {
		if err := c.exchange(e); err != nil {
			return err
		}
	}
	return nil
}

// join makes the socket a member of the room.
func (c *wire) join() error {
	_ = c.SetDeadline(time.Now().Add(patience))
	defer c.SetDeadline(time.Time{})
	for _, e := range c.d.Join {
		if err := c.exchange(e); err != nil {
			return err
		}
	}
	return nil
}

func (c *wire) exchange(e exchange) error {
	if e.say != "" {
		if _, err := c.Write(clientFrame(e.say)); err != nil {
			return err
		}
	}
	for {
		payload, err := c.next()
		if err != nil {
			return err
		}
		if bytes.HasPrefix(payload, []byte(e.hear)) {
			return nil
		}
	}
}

// fill reads what is there, and waits when nothing is.
func (c *wire) fill() error {
	if c.r > 0 {
		c.w = copy(c.buf, c.buf[c.r:c.w])
		c.r = 0
	}
	if c.w == len(c.buf) {
		c.buf = append(c.buf, make([]byte, len(c.buf))...)
	}
	n, err := c.Read(c.buf[c.w:])
	c.w += n
	if n > 0 {
		return nil
	}
	return err
}

// next waits for a message and returns its payload, which is valid until the next call.
func (c *wire) next() ([]byte, error) {
	for {
		payload, ok, err := c.buffered()
		if ok || err != nil {
			return payload, err
		}
		if err := c.fill(); err != nil {
			return nil, err
		}
	}
}

// buffered returns the next message that is there in full.
func (c *wire) buffered() (payload []byte, ok bool, err error) {
	for {
		b := c.buf[c.r:c.w]
		if len(b) < 2 {
			return nil, false, nil
		}
		size, head := int(b[1]&0x7f), 2
		switch size {
		case 126:
			if head = 4; len(b) < head {
				return nil, false, nil
			}
			size = int(binary.BigEndian.Uint16(b[2:]))
		case 127:
			if head = 10; len(b) < head {
				return nil, false, nil
			}
			size = int(binary.BigEndian.Uint64(b[2:]))
		}
		if len(b) < head+size {
			return nil, false, nil
		}
		c.r += head + size
		switch b[0] & 0x0f {
		case 0x8:
			return nil, false, fmt.Errorf("closed by the server: %q: %w", b[head:head+size], io.EOF)
		case 0x9:
			if _, err := c.Write(append([]byte{0x8a, 0x80 | byte(size), 0, 0, 0, 0}, b[head:head+size]...)); err != nil {
				return nil, false, err
			}
		default:
			return b[head : head+size], true, nil
		}
	}
}

// count tells how many lines of a message start with prefix. It answers pings.
func (c *wire) count(payload []byte, prefix string) (n int, err error) {
	for len(payload) > 0 {
		line := payload
		if i := bytes.IndexByte(payload, '\n'); i >= 0 {
			line, payload = payload[:i], payload[i+1:]
		} else {
			payload = nil
		}
		switch {
		case len(line) >= len(prefix) && string(line[:len(prefix)]) == prefix:
			n++
		case c.d.ping != "" && bytes.HasPrefix(line, []byte(c.d.ping)):
			if _, err := c.Write(clientFrame(c.d.pong)); err != nil {
				return n, err
			}
		default:
			return n, fmt.Errorf("unexpected: %.200s", line)
		}
	}
	return n, nil
}
