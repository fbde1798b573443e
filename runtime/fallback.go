package runtime

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"time"
)

// Clients that cannot open a WebSocket get all of their channels through one event stream. It is a
// Socket like any other, with the same hooks, limits, memberships and close codes, but a connection
// that carries frames in one direction only: what the client has to say it says in HTTP requests
// that name the session (see fallback_session.go).
//
// GET is for EventSource: credentials are headers and cookies, and Last-Event-ID resumes. POST takes
// the hello frame that a WebSocket client would send first.

// serveStream is the endpoint for clients that cannot open sockets. It returns when the stream has
// ended and nobody can write to w any more.
func (rt *realtime) serveStream(w http.ResponseWriter, r *http.Request) {
	rt.origins.share(w.Header(), r)
	if r.Method == http.MethodOptions {
		rt.preflight(w)
		return
	}
	if p := rt.checkStream(r); p != nil {
		rt.refuse(w, p)
		return
	}
	wire := newStreamWire(w, &rt.limits)
	if !wire.capable(time.Now().Add(rt.limits.hello)) {
		rt.log().Error("the event stream needs an http.ResponseWriter that flushes and has deadlines: give middleware around it an Unwrap method")
		writeProblem(w, internalError())
		return
	}
	peer := peerOf(r.RemoteAddr)
	if p := rt.sockets.reserve(rt.clock(), peer); p != nil {
		rt.refuse(w, p)
		return
	}
	s := rt.newSocket(r)
	hello, p := rt.readHello(w, r)
	if p == nil {
		p = rt.checkIdentity(r.Context(), s, nil)
	}
	if p != nil {
		rt.sockets.unreserve(peer)
		s.cancel()
		rt.refuse(w, p)
		return
	}
	wire.open() // neither ReadTimeout nor WriteTimeout of the server is meant for it
	if r.Method == http.MethodGet {
		wire.vector = new(vector)
	}
	s.attach(wire)
	s.enlist()
	if p := s.follow(r.Context(), wire, hello); p != nil {
		rt.refuse(w, p)
	}
}

// follow is the life of a socket by event stream. It returns why the socket was refused, when
// nothing has been written.
func (s *Socket) follow(peer context.Context, wire *streamWire, hello *inFrame) *Problem {
	defer wire.finish()
	defer s.teardown()
	// Not below the socket's context, which would remember its child for good.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.base), s.rt.limits.hello)
	defer cancel()
	code, p := s.judge(ctx, hello)
	s.rt.sockets.greeted(s)
	if p != nil && s.beginClose(CloseInfo{Code: code, Reason: p.Detail, ByServer: true}) {
		return p
	}
	if p == nil {
		s.mu.Lock()
		s.greeted = true // the client may call as soon as it has the welcome
		s.mu.Unlock()
		s.greet(ctx, hello)
	}
	select {
	case <-peer.Done():
		if wire.overdue() {
			s.beginClose(tookNothing) // over HTTP/2 the request ends before the write says why
		}
	case <-wire.done:
	}
	return nil
}

// checkStream applies the rules of the handshake that need no credentials.
func (rt *realtime) checkStream(r *http.Request) *Problem {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		return methodNotAllowed([]string{http.MethodGet, http.MethodPost, http.MethodOptions})
	case headerSize(r.Header) > maxHandshakeHeaders:
		return fault(http.StatusRequestHeaderFieldsTooLarge, "headers-too-large", "the headers of the handshake are too large")
	case rt.stopping.Load():
		return unavailable("the server is going away", time.Second)
	case !rt.origins.host(r):
		return fault(http.StatusForbidden, "host", "the server is not known by this name")
	case !rt.origins.allowStream(r):
		return fault(http.StatusForbidden, "origin", "pages of this origin may not open streams here")
	case r.Method == http.MethodPost && baseMedia(r.Header.Get("Content-Type")) != mediaJSON:
		// Also what keeps a form of a foreign page from getting this far.
		return fault(http.StatusUnsupportedMediaType, "media-type", "a hello is application/json")
	}
	return nil
}

// readHello reads the hello of a stream: the body of a POST, or what Last-Event-ID stands for.
func (rt *realtime) readHello(w http.ResponseWriter, r *http.Request) (*inFrame, *Problem) {
	hello := &inFrame{kind: frameHello}
	if r.Method == http.MethodPost {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(rt.limits.message)))
		if _, over := errors.AsType[*http.MaxBytesError](err); over {
			return nil, tooLarge()
		}
		if err != nil {
			return nil, fault(http.StatusRequestTimeout, "no-hello", "no hello came")
		}
		err = scanFrame(body, hello)
		if err == errFrameType && !hello.has(memberT) {
			hello.kind, err = frameHello, nil // there is nothing else that it could be
		}
		if err != nil {
			return nil, fault(http.StatusBadRequest, "bad-frame", err.Error())
		}
		if hello.kind != frameHello {
			return nil, fault(http.StatusBadRequest, "no-hello", "the body has to be a hello")
		}
	}
	if id := r.Header.Get("Last-Event-ID"); id != "" && hello.raw[memberResume] == nil {
		// What is no vector of ours must not pass for one: the client would wait for events of
		// channels that it is not in.
		resume, err := base64.RawURLEncoding.DecodeString(id)
		if err != nil || !isJSON(resume) {
			return nil, fault(http.StatusBadRequest, "position", "Last-Event-ID is none of this server")
		}
		hello.raw[memberResume] = resume
	}
	return hello, nil
}

// share lets pages of listed origins read what the endpoint answers.
func (o *origins) share(h http.Header, r *http.Request) {
	h.Add("Vary", "Origin")
	lines := r.Header["Origin"]
	if len(lines) != 1 {
		return
	}
	if origin, ok := normalOrigin(lines[0]); ok && o.allowed[origin] {
		h.Set("Access-Control-Allow-Origin", lines[0])
		h.Set("Access-Control-Allow-Credentials", "true")
	}
}

// preflight answers what a browser asks before it lets a page of another origin open a stream. Without
// Access-Control-Allow-Origin the answer is no.
func (rt *realtime) preflight(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Allow", "GET, OPTIONS, POST")
	if h.Get("Access-Control-Allow-Origin") != "" {
		h.Set("Access-Control-Allow-Methods", "GET, POST")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID")
		h.Set("Access-Control-Max-Age", "7200") // as long as any browser remembers it
	}
	w.WriteHeader(http.StatusNoContent)
}

// allowStream tells whether a stream may be opened: like allow, but browsers send no Origin with a GET
// to their own server. No page can read what a server of another origin answers, so there a
// missing Sec-Fetch-Site (an older browser) is no harm either.
func (o *origins) allowStream(r *http.Request) bool {
	if len(r.Header["Origin"]) > 0 || r.Method != http.MethodGet {
		return o.allow(r)
	}
	return sameSite(r.Header.Get("Sec-Fetch-Site"))
}
