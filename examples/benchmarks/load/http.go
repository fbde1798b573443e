package load

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/rtgen/rtgen/examples/benchmarks/message"
)

// DialHTTP opens keep-alive connections. HTTP/1.1 has one request at a time on each, so that many in
// flight are as many connections.
func DialHTTP(addr string, conns int) (*Calls, error) {
	all := &Calls{}
	request := fmt.Appendf(nil, "POST /rooms/%s/messages HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAccept: application/json\r\nContent-Length: %d\r\n\r\n%s",
		message.Room, addr, len(message.Body), message.Body)
	for range conns {
		conn, err := net.DialTimeout("tcp", addr, patience)
		if err != nil {
			all.Close()
			return nil, err
		}
		all.callers = append(all.callers, &httpCaller{conn: conn, request: request, buf: make([]byte, 4<<10)})
	}
	return all, nil
}

// An httpCaller makes requests over one connection.
type httpCaller struct {
	conn    net.Conn
	request []byte
	buf     []byte
}

func (c *httpCaller) close() { _ = c.conn.Close() }

func (c *httpCaller) run(stop *atomic.Bool) (calls int, err error) {
	_ = c.conn.SetDeadline(time.Now().Add(10 * time.Minute))
	for calls == 0 || !stop.Load() {
		if _, err := c.conn.Write(c.request); err != nil {
			return calls, err
		}
		if err := c.response(); err != nil {
			return calls, err
		}
		calls++
	}
	return calls, nil
}

var (
	created       = []byte("HTTP/1.1 201 ")
	contentLength = []byte("\r\nContent-Length: ")
	endOfHead     = []byte("\r\n\r\n")
)

// response reads an answer of a known length, and wants it to be 201.
func (c *httpCaller) response() error {
	have, want := 0, -1
	for want < 0 || have < want {
		n, err := c.conn.Read(c.buf[have:])
		if err != nil {
			return fmt.Errorf("after %q: %w", c.buf[:have], err)
		}
		have += n
		if want >= 0 {
			continue
		}
		end := bytes.Index(c.buf[:have], endOfHead)
		if end < 0 {
			continue
		}
		head := c.buf[:end+2]
		at := bytes.Index(head, contentLength)
		if at < 0 || !bytes.HasPrefix(head, created) {
			return fmt.Errorf("not an answer to createMessage: %s", c.buf[:have])
		}
		length := head[at+len(contentLength):]
		size, err := strconv.Atoi(string(length[:bytes.IndexByte(length, '\r')]))
		if err != nil {
			return err
		}
		want = end + len(endOfHead) + size
	}
	if have > want {
		return io.ErrShortBuffer
	}
	return nil
}
