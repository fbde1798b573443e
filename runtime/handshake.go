package runtime

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// Credentials are what a client shows for its connection, apart from the headers and cookies of
// the handshake request.
type Credentials struct {
	Scheme string // as the client names it, such as "bearer"; empty: none were shown
	Token  string
}

// serveSocket upgrades a request to a socket. Everything that can be refused is refused before,
// as a problem that a client can read.
func (rt *realtime) serveSocket(w http.ResponseWriter, r *http.Request) {
	if p := rt.checkHandshake(r); p != nil {
		rt.refuse(w, p)
		return
	}
	cred, p := handshakeCredential(r)
	if p != nil {
		rt.refuse(w, p)
		return
	}
	peer := peerOf(r.RemoteAddr)
	if p := rt.sockets.reserve(rt.clock(), peer); p != nil {
		rt.refuse(w, p)
		return
	}
	s := rt.newSocket(r)
	if p := rt.checkIdentity(r.Context(), s, cred); p != nil {
		rt.sockets.unreserve(peer)
		rt.refuse(w, p)
		return
	}
	wire, err := upgrade(w, r, &rt.limits)
	if err != nil {
		rt.sockets.unreserve(peer)
		return
	}
	s.start(wire)
}

// refuse answers a handshake that does not become a socket.
func (rt *realtime) refuse(w http.ResponseWriter, p *Problem) {
	rt.observers().refused(p)
	writeProblem(w, p)
}

// checkHandshake applies the rules that need no credentials, in the order of what they cost.
func (rt *realtime) checkHandshake(r *http.Request) *Problem {
	switch {
	case r.Method != http.MethodGet:
		p := methodNotAllowed([]string{http.MethodGet})
		return p
	case !headerHas(r.Header, "Connection", "upgrade") || !headerHas(r.Header, "Upgrade", "websocket"):
		p := fault(http.StatusUpgradeRequired, "upgrade-required", "this is a WebSocket endpoint")
		p.Header = http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}}
		return p
	case headerSize(r.Header) > maxHandshakeHeaders:
		return fault(http.StatusRequestHeaderFieldsTooLarge, "headers-too-large", "the headers of the handshake are too large")
	case rt.stopping.Load():
		return unavailable("the server is going away", time.Second)
	case !rt.origins.host(r):
		return fault(http.StatusForbidden, "host", "the server is not known by this name")
	case !rt.origins.allow(r):
		return fault(http.StatusForbidden, "origin", "pages of this origin may not open sockets here")
	case !headerHas(r.Header, "Sec-Websocket-Protocol", subprotocol):
		return fault(http.StatusBadRequest, "subprotocol", "the client does not speak "+subprotocol)
	}
	return nil
}

func unavailable(detail string, retry time.Duration) *Problem {
	p := fault(http.StatusServiceUnavailable, "unavailable", detail)
	p.Header = http.Header{"Retry-After": {strconv.Itoa(max(1, int(retry/time.Second)))}}
	return p
}

// headerHas tells whether a comma separated header has the token. Tokens of the subprotocol are
// case-sensitive (RFC 6455, section 4.2.2), those of HTTP are not.
func headerHas(h http.Header, name, token string) bool {
	exact := name == "Sec-Websocket-Protocol"
	for _, line := range h[name] {
		for part := range strings.SplitSeq(line, ",") {
			part = strings.TrimSpace(part)
			if part == token || !exact && strings.EqualFold(part, token) {
				return true
			}
		}
	}
	return false
}

// handshakeCredential finds the token that a browser may offer as a second subprotocol.
func handshakeCredential(r *http.Request) (*credential, *Problem) {
	for _, line := range r.Header["Sec-Websocket-Protocol"] {
		for part := range strings.SplitSeq(line, ",") {
			encoded, ok := strings.CutPrefix(strings.TrimSpace(part), authSubprotocol)
			if !ok {
				continue
			}
			token, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(encoded, "="))
			if err != nil || len(token) == 0 {
				return nil, fault(http.StatusBadRequest, "bad-credentials", "the token in the subprotocol is no base64url")
			}
			return &credential{scheme: "bearer", token: string(token)}, nil
		}
	}
	return nil, nil
}

// newSocket prepares a socket for a handshake.
func (rt *realtime) newSocket(r *http.Request) *Socket {
	s := &Socket{
		rt: rt, id: rand.Text(), handshake: keepHandshake(r), ownPage: ownPage(r), slots: make(chan struct{}, rt.limits.inflight),
		mark: rt.server.revoked.mark(),
	}
	// The request's context ends when its handler returns, the socket goes on.
	s.base, s.cancel = context.WithCancel(context.WithoutCancel(r.Context()))
	return s
}

// keepHandshake copies what calls need of the handshake: not its body, not the headers of the
// WebSocket protocol, and so not a token in one of them.
func keepHandshake(r *http.Request) *http.Request {
	kept := &http.Request{
		Method: r.Method, URL: r.URL, Proto: r.Proto, ProtoMajor: r.ProtoMajor, ProtoMinor: r.ProtoMinor,
		Header: make(http.Header, len(r.Header)), Body: http.NoBody, Host: r.Host,
		RemoteAddr: r.RemoteAddr, RequestURI: r.RequestURI, TLS: r.TLS,
	}
	for name, values := range r.Header {
		switch {
		case strings.HasPrefix(name, "Sec-Websocket-"), name == "Connection", name == "Upgrade":
		default:
			kept.Header[name] = values
		}
	}
	return kept
}

// checkIdentity finds out who opens the socket. Where the handshake shows no credentials at all,
// the question is left to hello.
func (rt *realtime) checkIdentity(ctx context.Context, s *Socket, cred *credential) *Problem {
	shown := cred != nil || len(s.handshake.Header["Authorization"]) > 0 || len(s.handshake.Header["Cookie"]) > 0
	if cred != nil {
		s.credentials.Store(&[]credential{*cred})
	}
	ctx, cancel := context.WithTimeout(ctx, rt.limits.hello)
	defer cancel()
	id, p := rt.identify(ctx, s.handshake, s, cred)
	if p != nil && !shown && p.Status == http.StatusUnauthorized && rt.settings.authenticate == nil {
		return nil
	}
	if p == nil && id != nil {
		s.identity.Store(id)
	}
	return p
}

// identify asks who somebody is: the application's hook where there is one, else the security of
// the document's handshake.
func (rt *realtime) identify(ctx context.Context, r *http.Request, s *Socket, cred *credential) (*Identity, *Problem) {
	if hook := rt.settings.authenticate; hook != nil {
		var c Credentials
		if cred != nil {
			c = Credentials{Scheme: cred.scheme, Token: cred.token}
		}
		return await(ctx, rt, "Authenticate", func() (*Identity, error) { return hook(ctx, r.WithContext(ctx), c) })
	}
	in := s.input()
	if cred != nil {
		in.credentials = append([]credential{*cred}, in.credentials...)
	}
	return rt.checkSecurity(ctx, &in)
}

// checkSecurity checks the document's security of the handshake.
func (rt *realtime) checkSecurity(ctx context.Context, in *callInput) (*Identity, *Problem) {
	type verdict struct {
		id *Identity
		p  *Problem
	}
	v, p := await(ctx, rt, "security check", func() (verdict, error) {
		id, p := rt.authorise(ctx, in, rt.spec.Security)
		return verdict{id, p}, nil
	})
	if p != nil {
		return nil, p
	}
	return v.id, v.p
}

// requireIdentity is asked when hello has come without credentials and nobody is known.
func (rt *realtime) requireIdentity(ctx context.Context, s *Socket) *Problem {
	if len(rt.spec.Security) == 0 {
		return nil
	}
	in := s.input()
	id, p := rt.checkSecurity(ctx, &in)
	if p == nil && id != nil {
		s.identity.Store(id)
	}
	return p
}

// await runs a hook of the application with the deadline of its context. A hook that does not
// return in time loses its say: the client is refused, and the goroutine ends when the hook does.
func await[T any](ctx context.Context, rt *realtime, name string, hook func() (T, error)) (T, *Problem) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if v := recover(); v != nil {
				rt.log().Error("panic in "+name, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
				r.err = errHookPanic
			}
			done <- r
		}()
		r.value, r.err = hook()
	}()
	var zero T
	select {
	case r := <-done:
		if r.err != nil {
			return zero, rt.hookProblem(name, r.err)
		}
		return r.value, nil
	case <-ctx.Done():
		rt.log().Error("hook did not return in time", "hook", name)
		return zero, fault(http.StatusServiceUnavailable, "timeout", "the server could not decide in time")
	}
}

var errHookPanic = errors.New("the hook has panicked")

// hookProblem turns the error of a hook into what the client may know. A Problem is meant for
// it; the text of any other error is not.
func (rt *realtime) hookProblem(name string, err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if errors.Is(err, errHookPanic) {
		return internalError()
	}
	rt.log().Warn("connection refused", "hook", name, "error", err)
	return fault(http.StatusUnauthorized, "credentials", "the credentials are not accepted")
}

// origins is the rule about who may open sockets from a web page, and under which names the
// server answers.
type origins struct {
	allowed map[string]bool // scheme://host[:port], lower case, without default ports
	hosts   map[string]bool // lower case; nil: any
}

// allow applies the rule: a page may open a socket when it comes from the server itself, by
// scheme, host and port, or from an origin on the list. A request without Origin is no page; it
// may as long as it carries no cookies, which only a browser would have added by itself.
func (o *origins) allow(r *http.Request) bool {
	lines := r.Header["Origin"]
	if len(lines) == 0 {
		return len(r.Header["Cookie"]) == 0 && sameSite(r.Header.Get("Sec-Fetch-Site"))
	}
	if len(lines) > 1 {
		return false
	}
	origin, ok := normalOrigin(lines[0])
	if !ok {
		return false
	}
	if o.allowed[origin] {
		return true
	}
	return origin == selfOrigin(r) && sameSite(r.Header.Get("Sec-Fetch-Site"))
}

// selfOrigin is the origin that the server has for who makes the request, "" when it is none.
func selfOrigin(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	self, _ := normalOrigin(scheme + "://" + r.Host)
	return self
}

// ownPage tells whether a page of the server itself makes the request.
func ownPage(r *http.Request) bool {
	origin, ok := normalOrigin(r.Header.Get("Origin"))
	return ok && origin == selfOrigin(r)
}

// sameSite judges what the browser says about the request. Absent: an older one, or none.
func sameSite(site string) bool { return site == "" || site == "same-origin" }

// host applies the list of names, which is what helps against DNS rebinding.
func (o *origins) host(r *http.Request) bool {
	return o.hosts == nil || o.hosts[strings.ToLower(r.Host)]
}

// normalOrigin writes an origin in one way: lower case, without the default port. "null" is
// none.
func normalOrigin(s string) (string, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return "", false
	}
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	switch scheme {
	case "http", "ws":
		scheme, host = "http", strings.TrimSuffix(host, ":80")
	case "https", "wss":
		scheme, host = "https", strings.TrimSuffix(host, ":443")
	default:
		return "", false
	}
	return scheme + "://" + host, true
}
