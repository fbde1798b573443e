// Package faultproxy stands between a real client and a real server and does to their connections
// what networks do: it cuts them, in the middle of a frame if need be, leaves them half open, delays
// them and lets them arrive in another order than they were made.
package faultproxy

import (
	"io"
	"net"
	"sync"
	"time"
)

// A Fault is what happens to one connection. The zero value is none.
type Fault struct {
	Down     int64         // bytes to the client after which it happens; 0: never
	Up       int64         // bytes to the server after which it happens; 0: never
	HalfOpen bool          // what happens is silence; otherwise the connection is reset
	Stall    bool          // what happens is that nothing more is taken: the window of the sender closes
	Delay    time.Duration // of each piece, in both directions
	Hold     bool          // the server hears of the connection only after the next one
	Late     bool          // what follows the Up bytes reaches the server when the client, cut off, has made another connection
}

// A Proxy forwards connections to one address.
type Proxy struct {
	target string
	plan   func(n int) Fault
	ln     net.Listener

	running sync.WaitGroup
	closed  chan struct{}

	mu    sync.Mutex // guards everything below
	count int
	conns map[net.Conn]struct{}
	next  chan struct{} // closed when another connection has come
}

// New listens on a loopback port and forwards to target. The plan says what happens to the n-th
// connection, from 0; nil: nothing happens to any.
func New(target string, plan func(n int) Fault) (*Proxy, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	if plan == nil {
		plan = func(int) Fault { return Fault{} }
	}
	p := &Proxy{
		target: target, plan: plan, ln: ln, closed: make(chan struct{}),
		conns: make(map[net.Conn]struct{}), next: make(chan struct{}),
	}
	p.running.Go(p.accept)
	return p, nil
}

// Addr is where clients connect to.
func (p *Proxy) Addr() string { return p.ln.Addr().String() }

// Count is how many connections have come so far.
func (p *Proxy) Count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

// Cut resets all connections that there are.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		reset(c)
	}
}

// Close ends everything and waits for it.
func (p *Proxy) Close() {
	close(p.closed)
	_ = p.ln.Close() // a listener that is closed is all that is wanted
	p.Cut()
	p.running.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.ln.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		n := p.count
		p.count++
		close(p.next)
		p.next = make(chan struct{})
		another := p.next
		p.conns[client] = struct{}{}
		p.mu.Unlock()
		p.running.Go(func() { p.serve(client, p.plan(n), another) })
	}
}

// holdAtMost is how long a connection waits for the next one: a client may make no other.
const holdAtMost = 500 * time.Millisecond

func (p *Proxy) serve(client net.Conn, f Fault, another <-chan struct{}) {
	defer p.forget(client)
	if f.Hold {
		select {
		case <-another:
			p.pause(20 * time.Millisecond) // that one goes first
		case <-p.closed:
		case <-time.After(holdAtMost):
		}
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer p.forget(server)
	p.mu.Lock()
	p.conns[server] = struct{}{}
	p.mu.Unlock()
	select {
	case <-p.closed:
		return
	default:
	}
	if f.Late {
		p.late(client, server, f.Up)
		return
	}
	silent := make(chan struct{}) // closed by a half-open fault
	var once sync.Once
	if tcp, ok := server.(*net.TCPConn); ok && f.Stall {
		_ = tcp.SetReadBuffer(4 << 10) // a wish; a large buffer only takes longer to fill
	}
	happen := func() {
		if f.Stall {
			<-p.closed
			return
		}
		if f.HalfOpen {
			once.Do(func() { close(silent) })
			return
		}
		reset(client)
		reset(server)
	}
	var both sync.WaitGroup
	both.Go(func() { p.copy(server, client, f.Up, f.Delay, silent, happen) })
	p.copy(client, server, f.Down, f.Delay, silent, happen)
	both.Wait()
}

// late forwards so many bytes to the server. The piece behind them cuts the client off, and arrives when the client
// has come back: the server sees an old connection go on beside the new one.
func (p *Proxy) late(client, server net.Conn, up int64) {
	var down sync.WaitGroup
	defer down.Wait()
	defer func() { _ = server.Close() }()
	down.Go(func() {
		_, _ = io.Copy(client, server) // until the client is cut off,
		_, _ = io.Copy(io.Discard, server)
	})
	if _, err := io.CopyN(server, client, up); err != nil {
		return
	}
	piece := make([]byte, 4096)
	n, err := client.Read(piece)
	if err != nil {
		return
	}
	p.mu.Lock()
	another := p.next
	p.mu.Unlock()
	reset(client)
	select {
	case <-another:
		p.pause(20 * time.Millisecond) // it gets to its hello
	case <-p.closed:
	case <-time.After(holdAtMost):
	}
	_, _ = server.Write(piece[:n]) // too late, whatever comes of it
	p.pause(20 * time.Millisecond)
}

// copy moves bytes until either side ends, or limit bytes are through.
func (p *Proxy) copy(to, from net.Conn, limit int64, delay time.Duration, silent <-chan struct{}, happen func()) {
	// The end of one direction is the end of both: WebSocket needs no half-closed connections.
	defer func() {
		_ = to.Close()
		_ = from.Close()
	}()
	buf := make([]byte, 4096)
	var through int64
	for {
		n, err := from.Read(buf)
		p.pause(delay)
		select {
		case <-silent:
			if err != nil {
				return
			}
			continue // taken and never delivered
		default:
		}
		last := limit > 0 && through+int64(n) >= limit
		if last {
			n = int(limit - through)
		}
		through += int64(n)
		if _, werr := to.Write(buf[:n]); werr != nil || err != nil {
			return
		}
		if last {
			happen()
			limit = 0
		}
	}
}

func (p *Proxy) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-p.closed:
	}
}

func (p *Proxy) forget(c net.Conn) {
	_ = c.Close()
	p.mu.Lock()
	delete(p.conns, c)
	p.mu.Unlock()
}

// reset ends a connection at once, with what is on its way.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // it is closed in any case
	}
	_ = c.Close()
}
