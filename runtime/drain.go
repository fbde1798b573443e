package runtime

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A server that goes away tells its clients and serves them on until they have connected elsewhere: they
// make a new connection before they leave the old one. Whoever is still there when everybody has had the
// time is let go as soon as none of its calls runs, and whoever calls meanwhile is told that the call has
// not run and belongs elsewhere. So nothing that a client has asked for is lost, and it knows of
// everything whether it was done.

// Clients of a server that goes away come back at drainRate per second, on whatever is left to take them;
// fewer than drainAtOnce may come as they like. The window leaves half of the time to running calls.
const (
	drainRate   = 1000
	drainAtOnce = 100
	drainLimit  = 30 * time.Second
)

// drainWindow returns how long so many clients get to begin to reconnect; left is the time until the
// server must be gone, 0 when nobody said.
func drainWindow(sockets int, left time.Duration) time.Duration {
	if sockets < drainAtOnce {
		return 0
	}
	window := min(drainLimit, time.Duration(sockets)*time.Second/drainRate)
	if left > 0 {
		window = min(window, left/2)
	}
	return window
}

// drainGrace returns how long the last of them may take to be connected elsewhere: a handshake with TLS
// takes some round trips, and a tenth of the time is not missed by running calls.
func drainGrace(left time.Duration) time.Duration {
	if left <= 0 {
		return time.Second
	}
	return min(left/10, 5*time.Second)
}

// shutdown tells every client to go elsewhere, lets running calls finish and closes every socket with
// 4200. When ctx ends first, what is left is cut off. It returns when no socket is left.
func (rt *realtime) shutdown(ctx context.Context) error {
	if rt.stopping.CompareAndSwap(false, true) {
		rt.drain(ctx)
	}
	defer rt.ending.drained(rt)
	select {
	case <-rt.sockets.gone():
		return nil
	case <-ctx.Done():
	}
	for _, s := range rt.sockets.all() {
		s.close(closeCutOff, &Problem{Status: http.StatusServiceUnavailable, Detail: "the server has gone away"}, 0)
	}
	// Closing takes at most the write deadline: a peer that reads gets its bye.
	for _, s := range rt.sockets.all() {
		s.wire.setReadDeadline(time.Now().Add(lingering))
	}
	<-rt.sockets.gone()
	return ctx.Err()
}

// drain tells the clients to go, spread over a window if there are many of them, and serves them until they
// have gone. When they have had their time new calls are refused, and whoever has no call running is closed.
func (rt *realtime) drain(ctx context.Context) {
	sockets := rt.sockets.all()
	left := time.Duration(0)
	if at, ok := ctx.Deadline(); ok {
		left = max(0, time.Until(at))
	}
	window := drainWindow(len(sockets), left)
	rt.listeners.drain(window)
	frame := encodeDrain(window, left)
	for _, s := range sockets {
		s.post(frame)
	}
	timer := time.NewTimer(window + drainGrace(left))
	defer timer.Stop()
	select {
	case <-rt.sockets.gone():
	case <-timer.C:
	case <-ctx.Done():
	}
	for _, s := range rt.sockets.all() {
		s.refuseCalls()
	}
}

// refuseCalls ends what is new on a socket, and the socket when no call runs on it.
func (s *Socket) refuseCalls() {
	s.mu.Lock()
	s.draining.Store(true)
	idle := s.active == 0
	s.mu.Unlock()
	if idle {
		s.drained()
	}
}

// drained is called when a draining socket has answered its last call. What may still come does not run.
func (s *Socket) drained() {
	s.close(closeDrain, &Problem{Status: http.StatusServiceUnavailable, Detail: "the server is going away"}, 0)
}

// The types of the answers to a call that has come too late, and may be made elsewhere.
const (
	draining = problemPrefix + "draining"
	closing  = problemPrefix + "closing" // read when the goodbye was about to be written
)

// notRun is such an answer.
func notRun(kind, detail string) *Problem {
	return &Problem{Type: kind, Status: http.StatusServiceUnavailable, Detail: detail, Header: http.Header{"Retry-After": {"1"}}}
}

// An ending closes the engine that a server has made for itself: when it has drained and the last call over
// HTTP, which may publish, has been answered.
type ending struct {
	engine  Engine       // nil: somebody else's
	calls   atomic.Int64 // over HTTP, that are being answered
	over    atomic.Bool  // the sockets have gone
	closing sync.Once
}

// begun and ended count the calls over HTTP that are being answered.
func (rt *realtime) begun() { rt.ending.calls.Add(1) }

func (rt *realtime) ended() {
	if rt.ending.calls.Add(-1) == 0 && rt.ending.over.Load() {
		rt.ending.close(rt)
	}
}

func (e *ending) drained(rt *realtime) {
	e.over.Store(true)
	if e.calls.Load() == 0 {
		e.close(rt)
	}
}

func (e *ending) close(rt *realtime) {
	if e.engine == nil {
		return
	}
	e.closing.Do(func() {
		if err := e.engine.Close(); err != nil {
			rt.log().Warn("the engine is not closed", "error", err)
		}
	})
}
