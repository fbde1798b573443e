package runtime

import (
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
)

// middleware holds what Use has been given and the chains made of it.
//
// One chain serves all operations and, for what Use was given, both transports: a middleware is
// constructed once, so a limiter inside it counts HTTP requests and socket calls together.
type middleware struct {
	mu     sync.Mutex // guards the lists and building
	shared []func(http.Handler) http.Handler
	http   []func(http.Handler) http.Handler
	socket []func(http.Handler) http.Handler

	built atomic.Pointer[chains]
}

// chains are the built chains. A nil handler means that there is no middleware: calls take the
// direct path.
type chains struct {
	http, socket http.Handler
}

// Use adds net/http middleware that every call passes, whichever transport it comes by. The first
// one given is the outermost. A call that came by socket looks like an HTTP request to it: method,
// path, query and headers are those that the same call would have over HTTP, cookies and remote
// address are those of the socket's handshake, r.Pattern and r.PathValue are set. Requests that
// match no operation pass, too; the upgrade of a socket does not.
//
// Use, UseHTTP and UseSocket are for the time before the first request. Later calls are safe but
// build the chain anew, with fresh middleware.
func (s *Server) Use(mw ...func(http.Handler) http.Handler) {
	s.middleware.add(&s.middleware.shared, mw)
}

// UseHTTP adds middleware for calls over HTTP only, outside of what Use adds. It is for what has
// no meaning on a socket: compression, CORS, anything that needs http.Hijacker.
func (s *Server) UseHTTP(mw ...func(http.Handler) http.Handler) {
	s.middleware.add(&s.middleware.http, mw)
}

// UseSocket adds middleware for calls by socket only, outside of what Use adds.
func (s *Server) UseSocket(mw ...func(http.Handler) http.Handler) {
	s.middleware.add(&s.middleware.socket, mw)
}

func (m *middleware) add(list *[]func(http.Handler) http.Handler, mw []func(http.Handler) http.Handler) {
	m.mu.Lock()
	defer m.mu.Unlock()
	*list = append(*list, mw...)
	m.built.Store(nil)
}

// chains returns the chains that end in final.
func (m *middleware) chains(final http.Handler) *chains {
	if c := m.built.Load(); c != nil {
		return c
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if c := m.built.Load(); c != nil {
		return c
	}
	c := &chains{}
	shared := wrap(final, m.shared)
	if len(m.shared)+len(m.http) > 0 {
		c.http = wrap(shared, m.http)
	}
	if len(m.shared)+len(m.socket) > 0 {
		c.socket = wrap(shared, m.socket)
	}
	m.built.Store(c)
	return c
}

func wrap(h http.Handler, list []func(http.Handler) http.Handler) http.Handler {
	for _, mw := range slices.Backward(list) {
		h = mw(h)
	}
	return h
}
