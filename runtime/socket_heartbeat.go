package runtime

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// jitter spreads an interval by a fifth to both sides, so that sockets which came together do
// not stay together.
func jitter(d time.Duration) time.Duration {
	return d - d/5 + rand.N(2*d/5+1)
}

// heartbeat runs once per interval, on a timer. A peer that said nothing since the last ping is
// taken for gone; anything that it sends is a sign of life. By event stream it has no way to say
// anything: there a ping that cannot be written tells.
func (s *Socket) heartbeat() {
	s.mu.Lock()
	closed, beat := s.closed, s.beat
	s.mu.Unlock()
	if closed {
		return
	}
	if s.ws != nil && !s.heard.Swap(false) && s.awaiting.Load() && !s.deaf.Load() {
		s.close(closeNoPong, &Problem{Status: http.StatusRequestTimeout, Detail: "no sign of life"}, 0)
		return
	}
	s.awaiting.Store(true)
	s.ping()
	beat.Reset(jitter(s.rt.heartbeat))
}

// ping sends a ping. Browsers cannot see those of WebSocket, so it is a frame of ours.
func (s *Socket) ping() {
	b := append(openFrame(nil), `{"t":"ping","n":`...)
	b = strconv.AppendUint(b, s.pings.Add(1), 10)
	s.post(sealFrame(append(b, '}'), opText))
}

// watchExpiry closes the socket when its credentials end, and asks for new ones before.
func (s *Socket) watchExpiry() {
	id := s.identity.Load()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.expiry != nil {
		s.expiry.Stop()
		s.expiry = nil
	}
	if s.closed || id == nil || id.Expires.IsZero() {
		return
	}
	left := time.Until(id.Expires)
	notice := expiryNotice(left)
	s.expiry = time.AfterFunc(left-notice, func() { s.askForCredentials(id, notice) })
}

func (s *Socket) askForCredentials(id *Identity, notice time.Duration) {
	s.mu.Lock()
	if s.closed || s.identity.Load() != id {
		s.mu.Unlock()
		return
	}
	s.expiry = time.AfterFunc(notice, func() {
		if s.identity.Load() == id {
			s.close(closeExpired, &Problem{Status: http.StatusUnauthorized, Detail: "the credentials have expired"}, 0)
		}
	})
	s.mu.Unlock()
	b := append(openFrame(nil), `{"t":"auth","due":`...)
	b = strconv.AppendInt(b, notice.Milliseconds(), 10)
	s.post(sealFrame(append(b, '}'), opText))
}
