package runtime

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// A registry knows the sockets of this server.
type registry struct {
	max     int  // sockets, those in the handshake included; 0: any number
	waiting int  // sockets that have not said hello yet; 0: any number
	perPeer int  // likewise, from one network address
	accept  rate // handshakes

	count atomic.Int64 // of byID, for those who ask often

	mu       sync.Mutex // guards everything below
	byID     map[string]*Socket
	reserved int            // handshakes that may become sockets
	unknown  int            // sockets before their hello
	peers    map[string]int // those and the handshakes, by network address
	bucket   bucket
	empty    chan struct{} // closed when the last socket goes; nil: nobody waits
}

// reserve admits a handshake from a network address, or says why there is no room. Each reservation ends
// in add or unreserve.
func (g *registry) reserve(now time.Time, peer string) *Problem {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.max > 0 && len(g.byID)+g.reserved >= g.max {
		return unavailable("the server has as many sockets as it may have", 5*time.Second)
	}
	if g.waiting > 0 && g.unknown+g.reserved >= g.waiting {
		return unavailable("too many connections wait for their hello", time.Second)
	}
	if g.perPeer > 0 && g.peers[peer] >= g.perPeer {
		p := unavailable("too many connections from this address wait for their hello", time.Second)
		p.Status = http.StatusTooManyRequests
		return p
	}
	if wait, ok := g.bucket.take(g.accept, now); !ok {
		return unavailable("too many connections at once", wait+time.Second)
	}
	g.reserved++
	g.peers[peer]++
	return nil
}

func (g *registry) unreserve(peer string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.reserved--
	g.leavePeer(peer)
}

// leavePeer counts one fewer that waits. Called with mu held.
func (g *registry) leavePeer(peer string) {
	if g.peers[peer]--; g.peers[peer] <= 0 {
		delete(g.peers, peer)
	}
}

// peerOf returns the network address that a connection counts for: who has an IPv6 address has as many as
// a network of 64 bits holds.
func peerOf(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if network, err := addr.Prefix(64); err == nil {
			return network.String()
		}
	}
	return addr.String()
}

func (g *registry) add(s *Socket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.reserved--
	g.unknown++
	g.byID[s.id] = s
	g.count.Add(1)
}

// greeted counts a socket as one that has said hello, whatever became of it.
func (g *registry) greeted(s *Socket) {
	if s.counted.CompareAndSwap(false, true) {
		g.mu.Lock()
		g.unknown--
		g.leavePeer(peerOf(s.handshake.RemoteAddr))
		g.mu.Unlock()
	}
}

func (g *registry) remove(s *Socket) {
	g.greeted(s)
	g.mu.Lock()
	delete(g.byID, s.id)
	g.count.Add(-1)
	last := len(g.byID) == 0
	if last && g.empty != nil {
		close(g.empty)
		g.empty = nil
	}
	g.mu.Unlock()
	if last {
		s.rt.workers.release()
	}
}

func (g *registry) get(id string) *Socket {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.byID[id]
}

func (g *registry) any() bool { return g.count.Load() > 0 }

func (g *registry) all() []*Socket {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := make([]*Socket, 0, len(g.byID))
	for _, s := range g.byID {
		list = append(list, s)
	}
	return list
}

// gone returns a channel that is closed when there are no sockets.
func (g *registry) gone() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.byID) == 0 {
		return closedChan
	}
	if g.empty == nil {
		g.empty = make(chan struct{})
	}
	return g.empty
}

// Sockets returns the sockets that are connected to this server now, in no order.
func (s *Server) Sockets() []*Socket {
	if rt := s.sockets(); rt != nil {
		return rt.sockets.all()
	}
	return nil
}

// Socket returns a socket of this server by its id, nil when there is none.
func (s *Server) Socket(id string) *Socket {
	if rt := s.sockets(); rt != nil {
		return rt.sockets.get(id)
	}
	return nil
}

// Disconnect ends one socket: the client is told the reason and stays away (4090). It reports
// whether there was such a socket.
func (s *Server) Disconnect(id, reason string) bool {
	socket := s.Socket(id)
	if socket == nil {
		return false
	}
	socket.close(closeDisconnected, &Problem{Status: http.StatusForbidden, Detail: reason}, 0)
	return true
}

// DisconnectUser ends all sockets of one principal, by the Subject of its Identity (4090), and
// returns how many there were. Running calls are cancelled. Streams over HTTP end as well, and so do calls
// with credentials of the principal's on the sockets of others, and the memberships that such have joined.
func (s *Server) DisconnectUser(subject, reason string) int {
	return s.closeUser(subject, closeDisconnected, http.StatusForbidden, reason)
}

// RevokeUser does the same because the credentials of the principal are no longer good (4103): its
// clients get new ones and connect again, or stop. Call it at a logout. It returns how many sockets
// there were. Once it has returned, nothing more is published to any of them.
func (s *Server) RevokeUser(subject, reason string) int {
	return s.closeUser(subject, closeRevoked, http.StatusUnauthorized, reason)
}

func (s *Server) closeUser(subject string, code, status int, reason string) (n int) {
	s.revoked.add(subject)
	for _, socket := range s.Sockets() {
		if id := socket.Identity(); id != nil && id.Subject == subject || socket.expel(subject, closeNames[code]) {
			socket.close(code, &Problem{Status: status, Detail: reason}, 0)
			n++
		}
	}
	if rt := s.sockets(); rt != nil {
		rt.listeners.expel(subject)
	}
	return n
}

// sockets returns the socket side, nil when the document has none.
func (s *Server) sockets() *realtime {
	rt, _ := s.realtime.(*realtime)
	return rt
}
