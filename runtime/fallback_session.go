package runtime

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// A client by event stream makes its calls over HTTP. Where such a request names the session in the
// header Realtime-Session, it acts for the socket: it joins and leaves as a call by socket would. A
// session that is not here, because the stream has ended or another server has it, is no error: the
// call is an ordinary one then, and what its answer lacks tells the client.

const (
	sessionHeader       = "Realtime-Session"
	subscriptionsHeader = "Realtime-Subscriptions"
	positionHeader      = "Realtime-Position"
)

// enter lets a call over HTTP act for the event stream whose session it names, within the limits of a
// socket's calls. Whoever enters leaves. A problem means that the call does not run.
func (rt *realtime) enter(ex *exchange, r *http.Request) *Problem {
	ids := r.Header[sessionHeader]
	if len(ids) == 0 {
		return nil
	}
	ex.session = r
	s := rt.sockets.get(ids[0])
	if s == nil || s.ws != nil || !rt.owns(ex, s) {
		return nil
	}
	begun, p := s.begin(ex.ctx)
	if begun {
		ex.socket = s
	}
	return p
}

// leave ends what enter began: what had to wait for the answer may follow now.
func (rt *realtime) leave(ex *exchange) {
	s := ex.socket
	if ex.session == nil || s == nil || ex.left {
		return
	}
	ex.left = true
	if out, ok := ex.realtime.(*outcome); ok {
		wire, _ := s.wire.(*streamWire)
		for _, one := range out.subs {
			if one.joined && wire.vector != nil {
				one.membership.channel.mu.Lock()
				one.membership.bookmark()
				one.membership.channel.mu.Unlock()
			}
		}
		out.settle()
		if wire.vector != nil && len(out.subs) > 0 {
			s.post(nothing) // an event with the new vector
		}
	}
	s.end()
}

// dismiss ends what enter began when the stream has ended before anything was joined.
func (rt *realtime) dismiss(ex *exchange, out *outcome) {
	ex.socket.end()
	ex.socket, out.subs = nil, nil
}

// nothing is a frame without anything to say.
var nothing = sealFrame(openFrame(nil), opPong)

// begin counts a call over HTTP among those of the socket, so that a server which goes away waits for it.
// Where as many run as may it waits for its turn, as a frame would that is not read. False without a
// problem: the socket takes no calls any more.
func (s *Socket) begin(ctx context.Context) (begun bool, p *Problem) {
	s.mu.Lock()
	if s.closed || !s.greeted || s.draining.Load() {
		s.mu.Unlock()
		return false, nil
	}
	wait, ok := s.calling.take(s.rt.limits.rate, time.Now())
	if ok {
		s.active++
	}
	s.mu.Unlock()
	if !ok {
		return false, tooManyCalls(wait)
	}
	select {
	case s.slots <- struct{}{}:
		return true, nil
	case <-s.base.Done():
	case <-ctx.Done():
		p = contextProblem(ctx)
	}
	s.passive()
	return false, p
}

func (s *Socket) end() {
	<-s.slots
	s.passive()
}

// passive counts one call fewer, and ends a socket that only waited for it.
func (s *Socket) passive() {
	s.mu.Lock()
	s.active--
	idle := s.active == 0 && s.draining.Load()
	s.mu.Unlock()
	if idle {
		s.drained()
	}
}

// owns tells whether the call is one of the principal that the session belongs to. Where the operation
// knows nobody, the request is asked for what the handshake of a socket would have asked.
func (rt *realtime) owns(ex *exchange, s *Socket) bool {
	owner := s.identity.Load()
	if owner == nil {
		return true // nobody's: who has the id, has the session
	}
	who := ex.identity
	if who == nil {
		ctx, cancel := context.WithTimeout(ex.ctx, rt.limits.hello)
		defer cancel()
		var p *Problem
		if who, p = rt.identify(ctx, ex.session, &Socket{rt: rt, handshake: ex.session}, bearer(ex.session)); p != nil || who == nil {
			return false
		}
		if who.Subject == owner.Subject && len(ex.op.op.Security) == 0 {
			ex.identity = who // as for a call by socket
		}
	}
	return who.Subject == owner.Subject
}

// bearer is the credential of a request as a hello would show it; nil when there is none.
func bearer(r *http.Request) *credential {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok {
		return nil
	}
	return &credential{scheme: strings.ToLower(scheme), token: strings.TrimSpace(token)}
}

// subscriptionsOf is the value of Realtime-Subscriptions: the subs of a res. That it is there says that
// the call has acted for the session.
func (out *outcome) subscriptionsOf() string {
	b := []byte{'['}
	for _, one := range out.subs {
		if !one.joined || one.membership.isGone() {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(one.membership.appendRef(append(b, '{')), '}')
	}
	return asciiJSON(append(b, ']'))
}

// asciiJSON writes JSON as a header can carry it.
func asciiJSON(text []byte) string {
	const hex = "0123456789abcdef"
	b := make([]byte, 0, len(text))
	escape := func(u uint16) {
		b = append(b, '\\', 'u', hex[u>>12], hex[u>>8&15], hex[u>>4&15], hex[u&15])
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r < utf8.RuneSelf:
			b = append(b, byte(r))
		case r > 0xFFFF:
			r -= 0x10000
			escape(uint16(0xD800 + r>>10))
			escape(uint16(0xDC00 + r&0x3FF))
		default:
			escape(uint16(r))
		}
		text = text[size:]
	}
	return string(b)
}
