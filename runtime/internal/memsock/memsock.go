// Package memsock has network connections that live in memory: pairs of them, and a listener
// that hands them out. They behave as TCP does where tests care: writes are buffered up to a
// limit and block then, deadlines work, each direction is closed by itself. They use no ports and
// block on channels only, so that they run under the virtual clock of testing/synctest.
package memsock

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// window is how much a connection takes before writing blocks, like the buffers of the kernel.
const window = 256 << 10

// Pair returns the two ends of a connection.
func Pair() (a, b *Conn) {
	return PairWindow(window)
}

// PairWindow returns the two ends of a connection that buffers n bytes each way.
func PairWindow(n int) (a, b *Conn) {
	there, back := newPipe(n), newPipe(n)
	a = &Conn{in: back, out: there, local: addr("memory-server"), remote: addr("memory-client")}
	b = &Conn{in: there, out: back, local: addr("memory-client"), remote: addr("memory-server")}
	return a, b
}

// Conn is one end of a connection.
type Conn struct {
	in, out       *pipe
	local, remote addr
	read, write   deadline
}

type addr string

// Network returns "memory".
func (addr) Network() string { return "memory" }

// String returns the name of the end.
func (a addr) String() string { return string(a) }

// Read reads what the other end has written.
func (c *Conn) Read(b []byte) (int, error) { return c.in.read(b, &c.read) }

// Write gives b to the other end. It blocks while the window is full.
func (c *Conn) Write(b []byte) (int, error) { return c.out.write(b, &c.write) }

// CloseWrite ends the direction towards the other end.
func (c *Conn) CloseWrite() error {
	c.out.end(io.EOF)
	return nil
}

// Close ends both directions. The other end may still read what it has been sent.
func (c *Conn) Close() error {
	c.in.end(net.ErrClosed) // first: who hears of the end may not answer in between
	c.out.end(io.EOF)
	return nil
}

// LocalAddr names this end.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr names the other end.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	c.read.set(t)
	c.write.set(t)
	return nil
}

// SetReadDeadline makes reads fail from t on.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.read.set(t)
	return nil
}

// SetWriteDeadline makes writes fail from t on.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.write.set(t)
	return nil
}

// A pipe is one direction.
type pipe struct {
	max int

	mu      sync.Mutex // guards everything below
	buf     []byte
	err     error         // what reading ends with when buf is empty
	changed chan struct{} // closed and replaced at every change
}

func newPipe(n int) *pipe { return &pipe{max: n, changed: make(chan struct{})} }

func (p *pipe) notify() {
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *pipe) read(b []byte, d *deadline) (int, error) {
	for {
		moved, passed := d.look()
		p.mu.Lock()
		end := p.err
		switch {
		case end == net.ErrClosed:
			p.mu.Unlock()
			return 0, end
		case passed:
			p.mu.Unlock()
			return 0, os.ErrDeadlineExceeded
		case len(p.buf) > 0:
			n := copy(b, p.buf)
			if p.buf = p.buf[n:]; len(p.buf) == 0 {
				p.buf = nil
			}
			p.notify()
			p.mu.Unlock()
			return n, nil
		case end != nil:
			p.mu.Unlock()
			return 0, end
		}
		changed := p.changed
		p.mu.Unlock()
		select {
		case <-changed:
		case <-moved:
		}
	}
}

func (p *pipe) write(b []byte, d *deadline) (n int, err error) {
	for {
		moved, passed := d.look()
		p.mu.Lock()
		if p.err != nil {
			p.mu.Unlock()
			return n, io.ErrClosedPipe
		}
		if passed {
			p.mu.Unlock()
			return n, os.ErrDeadlineExceeded
		}
		if room := p.max - len(p.buf); room > 0 {
			k := min(room, len(b))
			p.buf = append(p.buf, b[:k]...)
			b, n = b[k:], n+k
			p.notify()
		}
		changed := p.changed
		p.mu.Unlock()
		if len(b) == 0 {
			return n, nil
		}
		select {
		case <-changed:
		case <-moved:
		}
	}
}

func (p *pipe) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil || err == net.ErrClosed {
		p.err = err
	}
	p.notify()
}

// A deadline is a point in time that can be moved. The zero value never comes.
type deadline struct {
	mu    sync.Mutex // guards everything below
	at    time.Time
	timer *time.Timer
	moved chan struct{} // closed when it is worth looking again; nil: nobody waits
}

func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.at = t
	if !t.IsZero() {
		d.timer = time.AfterFunc(time.Until(t), func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.wake()
		})
	}
	d.wake()
}

func (d *deadline) wake() {
	if d.moved != nil {
		close(d.moved)
		d.moved = nil
	}
}

// look returns a channel that is closed when the deadline has come or was moved.
func (d *deadline) look() (moved <-chan struct{}, passed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.moved == nil {
		d.moved = make(chan struct{})
	}
	return d.moved, !d.at.IsZero() && !time.Now().Before(d.at)
}

// A Listener hands out connections that Dial makes.
type Listener struct {
	conns  chan net.Conn
	done   chan struct{}
	once   sync.Once
	window int
}

// Listen returns a listener.
func Listen() *Listener {
	return &Listener{conns: make(chan net.Conn), done: make(chan struct{}), window: window}
}

// SetWindow sets how much the connections dialled from now on buffer each way.
func (l *Listener) SetWindow(n int) { l.window = n }

// Accept waits for the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close ends the listener; connections stay.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr returns the address of every server in memory.
func (l *Listener) Addr() net.Addr { return addr("memory-server") }

// Dial makes a connection, whatever the network and the address.
func (l *Listener) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	server, client := PairWindow(l.window)
	select {
	case l.conns <- server:
		return client, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Serve runs an HTTP server on a listener of its own until stop is called, which waits for it.
func Serve(h http.Handler) (l *Listener, stop func()) {
	l = Listen()
	srv := &http.Server{Handler: h}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l) // ends with ErrServerClosed
	}()
	return l, func() {
		_ = srv.Close() // nothing is left to be told
		<-done
	}
}
