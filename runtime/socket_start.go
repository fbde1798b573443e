package runtime

import (
	"net/http"
	"time"
)

// start puts a socket to work on its connection. The handshake's goroutine is given back; a worker reads.
func (s *Socket) start(w *wire) {
	s.ws = w
	s.attach(w)
	w.onControl(s.pinged, func(int, string) {}) // a close is the error of the next read
	s.mu.Lock()
	s.expiry = time.AfterFunc(s.rt.limits.hello, s.noHello)
	s.mu.Unlock()
	s.enlist()
	w.conn.hungry = s.passOwed
	s.berth.may = w.conn.raw.parkable()
	s.rt.parking.add(s)
	s.rt.workers.submit(taskFunc(s.read))
}

// attach makes a connection that of the socket. Nothing is written before the welcome.
func (s *Socket) attach(c connection) {
	s.wire, s.since = c, time.Now().UnixNano()
	s.out = outbox{conn: c, limits: &s.rt.limits, corked: true, onEnd: s.ended}
}

// enlist makes the socket known.
func (s *Socket) enlist() {
	s.rt.sockets.add(s)
	s.rt.observers().opened(s)
	s.leaveIfRevoked(s.mark)
	if s.rt.stopping.Load() {
		s.drained() // it came between the last look and now
	}
}

// noHello ends a connection that does not get to its hello.
func (s *Socket) noHello() {
	s.close(closeNoHello, &Problem{Status: http.StatusRequestTimeout, Detail: "no hello came"}, 0)
}

// leaveIfRevoked ends a socket whose principal has been sent away while its credentials were checked.
func (s *Socket) leaveIfRevoked(mark uint64) {
	if s.rt.server.revoked.since(mark, s.identity.Load()) {
		s.close(closeRevoked, &Problem{Status: http.StatusUnauthorized, Detail: "the credentials are no longer good"}, 0)
	}
}
