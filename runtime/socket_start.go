package runtime

import (
	"net/http"
	"time"
)

// start puts a socket to work on its connection. The handshake's goroutine, whose stack has
// grown, is given back; reading gets a fresh one.
func (s *Socket) start(w *wire) {
	s.wire, s.since = w, time.Now().UnixNano()
	s.out = outbox{conn: w, limits: &s.rt.limits, corked: true, onEnd: s.ended}
	w.onControl(s.pinged, func(int, string) {}) // a close is the error of the next read
	s.mu.Lock()
	s.expiry = time.AfterFunc(s.rt.limits.hello, s.noHello)
	s.mu.Unlock()
	s.rt.sockets.add(s)
	s.rt.observers().opened(s)
	if s.rt.stopping.Load() {
		s.drained() // it came between the last look and now
	}
	go s.readLoop()
}

// noHello ends a connection that does not get to its hello.
func (s *Socket) noHello() {
	s.close(closeNoHello, &Problem{Status: http.StatusRequestTimeout, Detail: "no hello came"}, 0)
}
