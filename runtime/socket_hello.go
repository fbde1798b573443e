package runtime

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// hello handles the first frame: credentials, the application's hook, the welcome, and what the
// client wants to take up again. The work is done by a worker; the read loop waits for it, which
// is why calls may be pipelined behind a hello and still come after it.
func (s *Socket) hello(f *inFrame) {
	if s.greeted {
		s.close(closeSecondHello, &Problem{Status: http.StatusBadRequest, Detail: "hello comes once"}, 0)
		return
	}
	s.mu.Lock()
	if s.expiry != nil {
		s.expiry.Stop() // it was waiting for this frame
	}
	s.mu.Unlock()
	s.passOwed()
	done := make(chan bool, 1)
	hello := *f // so that no other frame has to be on the heap
	s.rt.workers.submit(taskFunc(func() {
		ok := false
		defer func() { done <- ok }()
		ok = s.welcome(&hello)
	}))
	if !<-done {
		return
	}
	s.ws.conn.eager = true
	s.mu.Lock()
	s.greeted = true
	s.mu.Unlock()
}

// welcome decides about the connection. It returns whether OnConnect has accepted it.
func (s *Socket) welcome(f *inFrame) bool {
	defer s.rt.sockets.greeted(s)
	// Not below the socket's context, which would remember its child for good.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.base), s.rt.limits.hello)
	defer cancel()
	if code, p := s.judge(ctx, f); p != nil {
		s.close(code, p, 0)
		return false
	}
	s.greet(ctx, f)
	return true
}

// judge decides about a hello. It returns why the socket is refused, and with which close code.
func (s *Socket) judge(ctx context.Context, f *inFrame) (code int, p *Problem) {
	if p := s.setDefaults(f.raw[memberHeaders]); p != nil {
		return closeProtocol, p
	}
	if p := s.admit(ctx, f.raw[memberAuth]); p != nil {
		return credentialsCode(p), p
	}
	return closeForbidden, s.rt.connected(ctx, s)
}

// greet welcomes an accepted client and gives it what it wants to take up again.
func (s *Socket) greet(ctx context.Context, f *inFrame) {
	s.mu.Lock()
	s.beat = time.AfterFunc(jitter(s.rt.heartbeat), s.heartbeat)
	s.mu.Unlock()
	if s.isClosed() {
		s.mu.Lock()
		s.beat.Stop()
		s.mu.Unlock()
	}
	s.watchExpiry()
	stale := false
	if spec, ok := f.text(memberSpec); ok && spec != s.rt.server.api.Fingerprint {
		stale = true
	}
	if s.out.uncork(outEntry{data: s.encodeWelcome(stale)}) == mustFlush {
		s.rt.flushers.schedule(s)
	}
	if raw := f.raw[memberResume]; raw != nil {
		s.resume(ctx, raw)
	}
}

// credentialsCode is the close code for a refusal: credentials can be renewed, a ban cannot.
func credentialsCode(p *Problem) int {
	switch p.Status {
	case http.StatusForbidden:
		return closeForbidden
	case http.StatusUnauthorized:
		return closeBadCredentials
	case http.StatusServiceUnavailable:
		return closeOverloaded
	}
	return closeInternal
}

// setDefaults takes the headers that every call of this connection has.
func (s *Socket) setDefaults(raw []byte) *Problem {
	if raw == nil {
		return nil
	}
	if len(raw) > s.rt.limits.headers {
		return fault(http.StatusRequestHeaderFieldsTooLarge, "headers-too-large", "the headers of hello are too large")
	}
	h := make(http.Header)
	for name, value := range members(raw) {
		text, ok := unquote(value)
		if !ok || !validHeader(name, text) {
			return fault(http.StatusBadRequest, "bad-header", "a header of hello has no valid name or value")
		}
		if !deniedHeader(name) {
			h.Set(name, text)
		}
	}
	s.defaults = h
	return nil
}

// validHeader checks a name and a value by RFC 9110, section 5.
func validHeader(name, value string) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		c := name[i]
		alpha := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
		if !alpha && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7F {
			return false
		}
	}
	return true
}

// deniedHeader names headers that belong to the connection: what the handshake had counts.
func deniedHeader(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "host", "cookie", "origin", "forwarded", "connection", "keep-alive", "upgrade", "te",
		"trailer", "transfer-encoding", "content-length", "accept-encoding", "via",
		"proxy-authorization", "proxy-connection", "x-real-ip":
		return true
	}
	return strings.HasPrefix(name, "x-forwarded-") || strings.HasPrefix(name, "sec-")
}

// admit checks the credentials of a hello, and what the handshake left open.
func (s *Socket) admit(ctx context.Context, raw []byte) *Problem {
	if raw == nil && s.identity.Load() != nil {
		return nil
	}
	if raw != nil {
		cred, ok := parseCredential(raw)
		if !ok {
			return fault(http.StatusBadRequest, "bad-credentials", "auth has a scheme and a token")
		}
		return s.authenticate(ctx, cred)
	}
	return s.rt.requireIdentity(ctx, s)
}

// authenticate makes new credentials those of the connection, if they are accepted.
func (s *Socket) authenticate(ctx context.Context, cred credential) *Problem {
	mark := s.rt.server.revoked.mark()
	id, p := s.rt.identify(ctx, s.handshake, s, &cred)
	if p != nil {
		return p
	}
	s.adopt(id, cred)
	s.leaveIfRevoked(mark)
	return nil
}

// adopt replaces the credentials of the same scheme.
func (s *Socket) adopt(id *Identity, cred credential) {
	list := []credential{cred}
	if old := s.credentials.Load(); old != nil {
		for _, c := range *old {
			if !strings.EqualFold(c.scheme, cred.scheme) {
				list = append(list, c)
			}
		}
	}
	s.credentials.Store(&list)
	s.identity.Store(id)
}

func parseCredential(raw []byte) (c credential, ok bool) {
	scheme, _ := objectMember(raw, "scheme")
	token, _ := objectMember(raw, "token")
	if c.scheme, ok = unquote(scheme); !ok {
		return c, false
	}
	c.token, ok = unquote(token)
	return c, ok && c.token != ""
}

// renew handles an auth frame: new credentials for the running connection. Channels are looked
// at again with them.
func (s *Socket) renew(f *inFrame) {
	scheme, ok1 := f.text(memberScheme)
	token, ok2 := f.text(memberToken)
	if f.id == 0 || !ok1 || !ok2 || token == "" {
		s.badFrame(f, errors.New("auth has an integer id, a scheme and a token"))
		return
	}
	s.passOwed()
	id := f.id
	done := make(chan struct{})
	s.rt.workers.submit(taskFunc(func() {
		defer close(done)
		ctx, cancel := context.WithTimeout(s.base, s.rt.limits.hello)
		defer cancel()
		before := s.identity.Load()
		p := s.authenticate(ctx, credential{scheme, token})
		if now := s.identity.Load(); p == nil && before != nil && now != nil && before.Subject != now.Subject {
			// Another principal may not take over what this one has joined.
			s.close(closeRevoked, &Problem{Status: http.StatusForbidden, Detail: "the new credentials belong to somebody else"}, 0)
			return
		}
		if p != nil {
			s.answer(id, p)
			return
		}
		s.watchExpiry()
		s.reauthorise(ctx, func(*membership) bool { return true })
		b := append(appendResHead(openFrame(nil), id, http.StatusNoContent, nil, ""), '}')
		s.send(outEntry{data: sealFrame(b, opText)})
	}))
	<-done
}

// encodeWelcome tells the client all that it has to know.
func (s *Socket) encodeWelcome(stale bool) []byte {
	l := &s.rt.limits
	b := append(openFrame(nil), `{"t":"welcome","session":`...)
	b = appendString(b, s.id)
	b = append(b, `,"spec":`...)
	b = appendString(b, s.rt.server.api.Fingerprint)
	if stale {
		b = append(b, `,"stale":true`...)
	}
	b = append(b, `,"ping":`...)
	b = strconv.AppendInt(b, s.rt.heartbeat.Milliseconds(), 10)
	b = append(b, `,"limits":{"message":`...)
	b = strconv.AppendInt(b, int64(l.message), 10)
	for _, n := range []struct {
		name  string
		value int
	}{
		{"inflight", l.inflight}, {"channels", l.channels}, {"batch", l.batch}, {"queue", l.queue},
		{"headers", l.headers}, {"depth", maxDepth}, {"fragments", l.fragments},
		{"controls", l.controls}, {"faults", l.faults}, {"frames", l.queueFrames}, {"address", l.channelName},
		{"rate", l.rate.n}, {"per", int(l.rate.per.Milliseconds())},
	} {
		if n.value == 0 {
			continue // there is no limit
		}
		b = append(b, ',', '"')
		b = append(b, n.name...)
		b = append(b, '"', ':')
		b = strconv.AppendInt(b, int64(n.value), 10)
	}
	b = append(b, '}')
	if id := s.identity.Load(); id != nil && !id.Expires.IsZero() {
		b = append(b, `,"auth":{"expires_in":`...)
		b = strconv.AppendInt(b, max(0, time.Until(id.Expires).Milliseconds()), 10)
		b = append(b, '}')
	}
	return sealFrame(append(b, '}'), opText)
}
