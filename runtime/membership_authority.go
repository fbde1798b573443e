package runtime

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// This file is how long somebody may stay in a channel: until credentials end, the application sends
// somebody away, or a check that is made again says no.

// shownCredentials are those that a subscribing call had itself, beside the connection's. They are kept
// to check its membership again, and for nothing else.
type shownCredentials struct {
	query, headers []byte // as in a call frame
}

// shownBy returns the credentials that a call had itself.
func (rt *realtime) shownBy(ex *exchange, typ *channelType) *shownCredentials {
	if ex.session != nil {
		return rt.shownTo(ex.socket, ex.session, ex.op, typ)
	}
	return rt.shown(ex.input, ex.op, typ)
}

// shownTo is shown for a request that acts for an event stream. Where the stream has been opened with
// credentials of the same kind, those count: a client shows what it has, there and here.
func (rt *realtime) shownTo(s *Socket, r *http.Request, op *boundOperation, typ *channelType) *shownCredentials {
	if s.credentials.Load() != nil {
		return nil
	}
	var query, headers []byte
	for _, alternative := range slices.Concat(op.op.Security, typ.spec.Security) {
		for _, use := range alternative {
			scheme := rt.server.schemes[use.Scheme]
			switch {
			case scheme == nil, scheme.Type == "mutualTLS", scheme.Type == "apiKey" && scheme.In == InCookie:
				// not a call's to show
			case scheme.Type == "apiKey" && scheme.In == InQuery:
				query = appendShown(query, scheme.Param, r.URL.Query()[scheme.Param])
			case scheme.Type == "apiKey":
				name := canonical(scheme.Param)
				headers = appendShown(headers, name, s.shownFirst(r, name))
			default:
				headers = appendShown(headers, "Authorization", s.shownFirst(r, "Authorization"))
			}
		}
	}
	if query == nil && headers == nil {
		return nil
	}
	return &shownCredentials{query: closeShown(query), headers: closeShown(headers)}
}

// shownFirst returns the lines of a header that r has and the opening of the stream had not.
func (s *Socket) shownFirst(r *http.Request, name string) []string {
	if deniedInCalls[name] || len(s.handshake.Header[name]) > 0 || len(s.defaults[name]) > 0 {
		return nil
	}
	return r.Header[name]
}

// appendShown appends a member to the parameters of a call frame that closeShown will end.
func appendShown(b []byte, name string, values []string) []byte {
	if len(values) == 0 {
		return b
	}
	member := append(appendString(nil, name), ':')
	if bytes.Contains(b, member) {
		return b // of another alternative
	}
	b = append(append(b, openList(b == nil, "{")...), member...)
	return appendString(b, values[0])
}

func closeShown(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append(b, '}')
}

// shown returns the credentials of a call that checks of an operation and a channel look at.
func (rt *realtime) shown(in *callInput, op *boundOperation, typ *channelType) *shownCredentials {
	if in == nil || len(in.headers) == 0 && len(in.query) == 0 && !in.byPath {
		return nil
	}
	var kept shownCredentials
	for _, alternative := range slices.Concat(op.op.Security, typ.spec.Security) {
		for _, use := range alternative {
			rt.keepShown(in, rt.server.schemes[use.Scheme], &kept)
		}
	}
	if kept.headers == nil && kept.query == nil {
		return nil
	}
	return &kept
}

func (rt *realtime) keepShown(in *callInput, scheme *SecurityScheme, kept *shownCredentials) {
	if scheme == nil {
		return
	}
	header := "Authorization"
	switch {
	case scheme.Type == "mutualTLS", scheme.Type == "apiKey" && scheme.In == InCookie:
		return // the connection's
	case scheme.Type == "apiKey" && scheme.In == InQuery:
		if kept.query == nil {
			kept.query = in.shownKey(scheme.Param)
		}
		return
	case scheme.Type == "apiKey":
		header = canonical(scheme.Param)
	}
	if kept.headers == nil && in.callHeader(header) != nil && !deniedInCalls[header] {
		kept.headers = slices.Clone(in.headers)
	}
}

// shownKey returns the query of a call when it has a parameter.
func (in *callInput) shownKey(param string) []byte {
	query := in.query
	if in.byPath {
		query = targetQuery(appendString(nil, in.op))
	}
	for name := range jsonMembers(query) {
		if name == param {
			return slices.Clone(query)
		}
	}
	return nil
}

// own returns the identity of a membership that is not its socket's; nil when it is. Called with
// channel.mu held.
func (m *membership) own() *Identity {
	if m.identity == nil {
		return nil
	}
	if opener := m.socket.Identity(); opener != nil && opener.Subject == m.identity.Subject {
		return nil // it may have been renewed since
	}
	return m.identity
}

// expiryNotice is how long before the end of credentials the client is asked for new ones.
func expiryNotice(left time.Duration) time.Duration { return min(left/5, time.Minute) }

// deadline is when something has to happen to a membership next; zero: nothing. Called with channel.mu
// held.
func (m *membership) deadline() (at time.Time) {
	if m.op == nil {
		return at // the application let it in, and puts it out
	}
	if every := m.channel.typ.reauthorize; every > 0 {
		at = m.checked.Add(every)
	}
	if m.doubt != nil {
		at = m.doubt.next
	}
	if own := m.own(); own != nil && !own.Expires.IsZero() {
		end := own.Expires
		if m.shown == nil && !m.warned {
			end = end.Add(-expiryNotice(end.Sub(m.checked)))
		}
		if at.IsZero() || end.Before(at) {
			at = end
		}
	}
	return at
}

// watch has the memberships looked at when one of them needs it. Called with mu held.
func (s *Socket) watch(at time.Time) {
	if at.IsZero() || s.closed || s.check != nil && !at.Before(s.checkAt) {
		return
	}
	if s.check != nil {
		s.check.Stop()
	}
	s.checkAt = at
	s.check = time.AfterFunc(time.Until(at), func() { s.rt.workers.submit(taskFunc(s.checkMemberships)) })
}

// checkMemberships does what is due and finds out when it has to come again.
func (s *Socket) checkMemberships() {
	s.mu.Lock()
	s.check = nil
	s.mu.Unlock()
	now := time.Now()
	s.endExpired(now)
	ctx, cancel := context.WithTimeout(s.base, s.rt.limits.hello)
	defer cancel()
	s.reauthorise(ctx, func(m *membership) bool { return m.due(now) })
	for _, m := range s.joined() {
		m.channel.mu.Lock()
		at := m.deadline()
		m.channel.mu.Unlock()
		s.mu.Lock()
		s.watch(at)
		s.mu.Unlock()
	}
}

// endExpired ends what was joined with credentials that have expired: a membership where its call had
// shown them, the socket where they are the connection's. For those it asks a while before.
func (s *Socket) endExpired(now time.Time) {
	for _, m := range s.joined() {
		c := m.channel
		c.mu.Lock()
		own, shown := m.own(), m.shown != nil
		left := time.Duration(0)
		expires := own != nil && m.op != nil && !own.Expires.IsZero()
		if expires {
			left = own.Expires.Sub(now)
		}
		warn := expires && !shown && !m.warned && left > 0 && !m.deadline().After(now)
		m.warned = m.warned || warn
		c.mu.Unlock()
		switch {
		case !expires:
		case warn:
			b := append(openFrame(nil), `{"t":"auth","due":`...)
			b = strconv.AppendInt(b, left.Milliseconds(), 10)
			s.post(sealFrame(append(b, '}'), opText))
		case left > 0:
		case shown:
			m.leave("expired")
		default:
			s.close(closeExpired, &Problem{Status: http.StatusUnauthorized, Detail: "the credentials have expired"}, 0)
			return
		}
	}
}

// due tells whether a membership has to be authorised again.
func (m *membership) due(now time.Time) bool {
	every := m.channel.typ.reauthorize
	m.channel.mu.Lock()
	defer m.channel.mu.Unlock()
	if m.doubt != nil {
		return !now.Before(m.doubt.next)
	}
	return every > 0 && now.Sub(m.checked) >= every
}

// reauthorise checks again whether the socket may be in the channels that match, with the credentials
// that it has now, or those that the subscribing call had. It loses those that it may not, and those that
// somebody else would be in; of those whose check cannot decide it keeps them for a while.
func (s *Socket) reauthorise(ctx context.Context, match func(*membership) bool) {
	for _, m := range s.joined() {
		if !match(m) {
			continue
		}
		c := m.channel
		c.mu.Lock()
		op, shown, before := m.op, m.shown, m.identity
		m.checked = time.Now()
		c.mu.Unlock()
		if op == nil {
			continue // the application let it in, and puts it out
		}
		in := s.input()
		if shown != nil {
			in.query, in.headers = shown.query, shown.headers
		}
		mark := s.rt.server.revoked.mark()
		who, p := s.rt.recheckInTime(ctx, &in, op, c.typ)
		if undecided(p) {
			s.doubt(m, op, p)
			continue
		}
		if p != nil || before != nil && (who == nil || who.Subject != before.Subject) {
			m.leave("forbidden")
			continue
		}
		c.mu.Lock()
		m.identity, m.warned, m.doubt = who, false, nil
		at := m.deadline()
		c.mu.Unlock()
		s.mu.Lock()
		s.watch(at)
		s.mu.Unlock()
		if s.rt.server.revoked.since(mark, who) {
			m.leave("forbidden")
		}
	}
}

// doubt keeps a membership whose check could not decide, until that has lasted too long.
func (s *Socket) doubt(m *membership, op *boundOperation, p *Problem) {
	m.channel.mu.Lock()
	m.doubt = m.doubt.again(time.Now())
	kept, at := m.doubt != nil, m.deadline()
	m.channel.mu.Unlock()
	s.rt.doubted(op, m.channel.typ, p, kept)
	if !kept {
		m.leave("unavailable")
		return
	}
	s.mu.Lock()
	s.watch(at)
	s.mu.Unlock()
}

// expel ends the memberships of a principal, and its calls. It reports whether the socket is the principal's own, though
// nobody was known when it was opened: then it has to go as a whole.
func (s *Socket) expel(subject, reason string) (own bool) {
	for _, c := range s.callsOf(subject) {
		c.revoked.Store(true)
		c.cancel(errCallCancelled)
	}
	for _, m := range s.joined() {
		m.channel.mu.Lock()
		who, shown := m.own(), m.shown != nil
		m.channel.mu.Unlock()
		if who == nil || who.Subject != subject {
			continue
		}
		if !shown {
			return true
		}
		m.leave(reason)
	}
	return false
}

// callsOf returns the running calls that were let in by credentials of a principal's that are not the
// connection's.
func (s *Socket) callsOf(subject string) (list []*socketCall) {
	s.mu.Lock()
	defer s.mu.Unlock()
	theirs := func(c *socketCall) bool {
		who := c.caller.Load()
		return who != nil && who.Subject == subject
	}
	for _, c := range s.calls {
		if theirs(c) {
			list = append(list, c)
		}
	}
	if s.here != nil && theirs(s.here) {
		list = append(list, s.here)
	}
	return list
}
