//go:build unix

package runtime

import (
	"io"
	"net"
	"os"
	"syscall"
)

// A rawInput reads from the descriptor below a connection. That is how to wait for a peer without
// holding a buffer for it: one is taken when there is something to put into it.
type rawInput struct {
	conn syscall.RawConn // nil: the connection has none
	read func(fd uintptr) bool
	buf  *buffer // what read has got
	n    int
	err  error
}

// open looks for the descriptor of c. Only connections are used whose Read is known to do nothing
// else: a type that embeds one of them may count or decrypt.
func (r *rawInput) open(c *guardedConn) {
	var conn syscall.Conn
	switch known := c.Conn.(type) {
	case *net.TCPConn:
		conn = known
	case *net.UnixConn:
		conn = known
	default:
		return
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	r.conn = raw
	r.read = func(fd uintptr) bool { return r.try(int(fd), c.eager) }
}

func (r *rawInput) usable() bool { return r.conn != nil }

// try reads once. It returns false when there is nothing to read yet.
func (r *rawInput) try(fd int, eager bool) bool {
	buf := inputBuffer(eager)
	for {
		n, err := syscall.Read(fd, buf.b[:cap(buf.b)])
		switch err {
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			buf.recycle()
			return false
		}
		r.buf, r.n, r.err = buf, n, err
		return true
	}
}

func inputBuffer(eager bool) *buffer {
	if eager {
		return writeBuffers.Get().(*buffer)
	}
	return newBuffer()
}

// fill waits for the peer and keeps what it has sent.
func (r *rawInput) fill(c *guardedConn) error {
	if err := r.conn.Read(r.read); err != nil {
		return err
	}
	buf, n, err := r.buf, r.n, r.err
	r.buf, r.err = nil, nil
	switch {
	case err != nil:
		buf.recycle()
		return &net.OpError{Op: "read", Net: c.Conn.LocalAddr().Network(), Addr: c.Conn.RemoteAddr(), Err: os.NewSyscallError("read", err)}
	case n <= 0:
		buf.recycle()
		return io.EOF
	}
	c.keep(buf, n)
	return nil
}
