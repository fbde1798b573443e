package rolling

import (
	"net"
	"slices"
	"sync"
)

// A balancer accepts connections and hands them to the servers in rotation, in turn.
type balancer struct {
	ln   net.Listener
	done sync.WaitGroup

	mu       sync.Mutex // guards what follows
	rotation []*port
	turn     int
}

// A port is the listener of one server behind a balancer.
type port struct {
	addr   net.Addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newBalancer() (*balancer, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &balancer{ln: ln}
	b.done.Go(b.accept)
	return b, nil
}

func (b *balancer) accept() {
	for {
		conn, err := b.ln.Accept()
		if err != nil {
			return
		}
		for !b.hand(conn) {
		}
	}
}

// hand gives a connection to the next server; false: that one has just gone.
func (b *balancer) hand(conn net.Conn) bool {
	b.mu.Lock()
	if len(b.rotation) == 0 {
		b.mu.Unlock()
		_ = conn.Close() // nobody is there
		return true
	}
	b.turn++
	p := b.rotation[b.turn%len(b.rotation)]
	b.mu.Unlock()
	select {
	case p.conns <- conn:
		return true
	case <-p.closed:
		b.remove(p)
		return false
	}
}

// port puts a new server into the rotation.
func (b *balancer) port() *port {
	p := &port{addr: b.ln.Addr(), conns: make(chan net.Conn), closed: make(chan struct{})}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rotation = append(b.rotation, p)
	return p
}

func (b *balancer) remove(p *port) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rotation = slices.DeleteFunc(b.rotation, func(one *port) bool { return one == p })
}

func (b *balancer) close() {
	_ = b.ln.Close() // it is not wanted any more
	b.done.Wait()
}

// Accept returns the next connection that the balancer hands over.
func (p *port) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close takes no more connections.
func (p *port) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr returns the address of the balancer.
func (p *port) Addr() net.Addr { return p.addr }
