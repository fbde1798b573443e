package runtime

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ServeHTTP answers one HTTP request: it routes, runs the middleware and the call, and writes
// the reply. A panic ends in a 500 problem, http.ErrAbortHandler in an aborted connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.socketPath != "" {
		switch {
		case r.URL.Path == s.socketPath && r.Method == http.MethodGet:
			s.realtime.serveSocket(w, r)
			return
		case r.URL.Path == s.streamPath:
			s.realtime.serveStream(w, r)
			return
		}
		s.realtime.begun()
		defer s.realtime.ended()
	}
	chain := s.middleware.chains((*callEnd)(s)).http
	if len(s.settings.observers) > 0 {
		s.serveObserved(chain, w, r)
		return
	}
	if chain == nil {
		s.serveDirect(w, r)
		return
	}
	s.serveChain(chain, w, r)
}

// routedPath returns the path to match and whether it is percent-encoded. The encoded form is
// needed only where decoding loses something, as with %2F.
func routedPath(u *url.URL) (path string, raw bool) {
	if u.RawPath != "" {
		if escaped := u.EscapedPath(); escaped == u.RawPath {
			return escaped, true
		}
	}
	return u.Path, false
}

// route finds the operation of a request. A HEAD without operation of its own is a GET.
func (s *Server) route(r *http.Request, values []string) (op *boundOperation, path []string, escaped bool) {
	target, escaped := routedPath(r.URL)
	target = s.trimBase(target)
	op, path = s.router.find(r.Method, target, escaped, values)
	if op == nil && r.Method == http.MethodHead {
		op, path = s.router.find(http.MethodGet, target, escaped, values)
	}
	return op.settle(r, path, escaped), path, escaped
}

// serveDirect serves without middleware.
func (s *Server) serveDirect(w http.ResponseWriter, r *http.Request) {
	sc := scratches.Get().(*scratch)
	defer sc.free()
	op, path, escaped := s.route(r, sc.path)
	sc.path = path
	if op == nil || op.op.SocketOnly {
		s.unrouted(op, r).send(w)
		return
	}
	var out *reply
	ex := newHTTPExchange(callContext{server: s, op: op}, r.Context())
	defer ex.leave()
	defer func() {
		if v := recover(); v != nil {
			s.answerPanic(w, ex, out != nil, v)
		}
	}()
	out = s.run(ex, &source{w: w, req: r, path: path, escaped: escaped})
	s.deliver(w, r, ex, out)
}

// answerPanic answers for a call that panicked. What has begun to be sent can only be broken off.
func (s *Server) answerPanic(w http.ResponseWriter, ex *exchange, begun bool, value any) {
	p := s.recovered(ex.Context, ex.op, value)
	if p == nil || begun {
		panic(http.ErrAbortHandler)
	}
	writeProblem(w, p)
}

// serveChain serves through middleware, which ends in serveCall.
func (s *Server) serveChain(chain http.Handler, w http.ResponseWriter, r *http.Request) {
	op, path, escaped := s.route(r, nil)
	s.serveRouted(chain, &trackingWriter{ResponseWriter: w}, r, op, path, escaped)
}

// serveObserved is serveChain with a word to the observers before and after it.
func (s *Server) serveObserved(chain http.Handler, w http.ResponseWriter, r *http.Request) {
	if chain == nil {
		chain = (*callEnd)(s)
	}
	op, path, escaped := s.route(r, nil)
	ctx, end := s.settings.observers.begin(r.Context(), s.observedStart(r, op))
	tracked := &trackingWriter{ResponseWriter: w}
	defer func() { end(CallEnd{Status: tracked.status, Size: tracked.size}) }()
	s.serveRouted(chain, tracked, r.WithContext(ctx), op, path, escaped)
	if tracked.status == 0 {
		tracked.status = http.StatusOK // as net/http answers for who has not
	}
}

// serveRouted serves a request whose operation, nil for none, has been found.
func (s *Server) serveRouted(
	chain http.Handler, tracked *trackingWriter, r *http.Request, op *boundOperation, path []string, escaped bool,
) {
	state := &callContext{Context: r.Context(), server: s, op: op, path: path, escaped: escaped}
	if op == nil || op.op.SocketOnly {
		state.op, state.fixed = nil, s.unrouted(op, r)
	}
	req := r.WithContext(state)
	if state.op != nil {
		setPattern(req, op, path, escaped)
	}
	defer func() {
		if v := recover(); v != nil {
			p := s.recovered(r.Context(), op, v)
			if p == nil || tracked.begun {
				tracked.status = 0
				panic(http.ErrAbortHandler)
			}
			writeProblem(tracked, p)
		}
	}()
	chain.ServeHTTP(tracked, req)
}

// setPattern tells middleware which operation was found, in the words of http.ServeMux.
func setPattern(r *http.Request, op *boundOperation, path []string, escaped bool) {
	r.Pattern = op.pattern
	for i, name := range templateParams(op.op.Path) {
		value := path[i]
		if escaped {
			if text, err := url.PathUnescape(value); err == nil {
				value = text
			}
		}
		r.SetPathValue(name, value)
	}
}

// A trackingWriter remembers whether an answer has begun, and what there is of it.
type trackingWriter struct {
	http.ResponseWriter
	begun  bool
	status int // 0: not said
	size   int64
}

func (w *trackingWriter) WriteHeader(status int) {
	// An informational status is no answer yet, except 101, which is the end of HTTP.
	if w.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.begun, w.status = true, status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *trackingWriter) Write(p []byte) (int, error) {
	w.begin()
	n, err := w.ResponseWriter.Write(p)
	w.size += int64(n)
	return n, err
}

// begin notes the status that net/http writes by itself.
func (w *trackingWriter) begin() {
	if w.begun = true; w.status == 0 {
		w.status = http.StatusOK
	}
}

// ReadFrom keeps sendfile working.
func (w *trackingWriter) ReadFrom(r io.Reader) (int64, error) {
	w.begin()
	n, err := io.Copy(w.ResponseWriter, r)
	w.size += n
	return n, err
}

// Flush makes the writer an http.Flusher, which much middleware asks for.
func (w *trackingWriter) Flush() {
	w.begin()
	_ = http.NewResponseController(w.ResponseWriter).Flush() // unsupported: then there is nothing to flush
}

// Hijack makes the writer an http.Hijacker where the connection can be taken over.
func (w *trackingWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	w.begun = w.begun || err == nil
	return conn, rw, err
}

// Unwrap is for http.ResponseController.
func (w *trackingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// A callEnd is a Server as the end of its middleware chain. Converting a pointer costs nothing, where a
// method value would be made anew for every call.
type callEnd Server

// ServeHTTP answers the call whose context r has.
func (c *callEnd) ServeHTTP(w http.ResponseWriter, r *http.Request) { (*Server)(c).serveCall(w, r) }

// serveCall is the end of the middleware chain for both transports.
func (s *Server) serveCall(w http.ResponseWriter, r *http.Request) {
	c := callOf(r.Context())
	if c == nil {
		s.log.ErrorContext(r.Context(), "a middleware has replaced the context of the request: derive it from r.Context()")
		writeProblem(w, internalError())
		return
	}
	if c.op == nil {
		c.fixed.send(w)
		return
	}
	ex := newHTTPExchange(*c, r.Context())
	defer ex.leave()
	src := &source{w: w, req: r, in: c.input, path: c.path, escaped: c.escaped}
	if c.input != nil && c.input.byPath {
		src.in = nil // the request says it all
	}
	if c.handOff == nil {
		s.deliver(w, r, ex, s.run(ex, src))
		return
	}
	src.parse = c.handOff.changed(r)
	c.handOff.take(w, s.run(ex, src))
}

// unrouted is the answer to a request without operation: 204 for OPTIONS, 405 for a path that
// has others, 426 for an operation that only sockets can call, else 404.
func (s *Server) unrouted(op *boundOperation, r *http.Request) *fixedAnswer {
	if op != nil {
		p := fault(http.StatusUpgradeRequired, "socket-only", "the operation "+op.op.ID+" can only be called by socket")
		p.Header = http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}}
		return &fixedAnswer{problem: p}
	}
	path, raw := routedPath(r.URL)
	allow := s.router.allowed(s.trimBase(path), raw)
	switch {
	case len(allow) == 0:
		return &fixedAnswer{problem: notFound()}
	case r.Method == http.MethodOptions:
		return &fixedAnswer{allow: allow}
	}
	return &fixedAnswer{problem: methodNotAllowed(allow)}
}

// A fixedAnswer is an answer that needs no operation.
type fixedAnswer struct {
	problem *Problem // nil: the answer to OPTIONS
	allow   []string
}

func (a *fixedAnswer) send(w http.ResponseWriter) {
	if a.problem != nil {
		writeProblem(w, a.problem)
		return
	}
	w.Header().Set("Allow", strings.Join(a.allow, ", "))
	w.WriteHeader(http.StatusNoContent)
}

// deliver writes a reply and releases it.
func (s *Server) deliver(w http.ResponseWriter, r *http.Request, ex *exchange, out *reply) {
	defer out.release()
	if ex.session != nil {
		// What waits for the answer may follow it on another connection: it has to be on its way.
		defer func() { _ = http.NewResponseController(w).Flush() }()
	}
	h := w.Header()
	for name, values := range out.header {
		h[name] = append(h[name], values...)
	}
	if h[positionHeader] != nil {
		h.Add("Vary", sessionHeader) // what was answered to no stream joins none
	}
	if ex.session != nil {
		// From a cache it would say that a stream is in a channel which it is not in.
		h.Set("Cache-Control", "no-store")
	}
	if out.stream != nil {
		s.deliverStream(w, r, ex, out)
		return
	}
	bodyless := out.status == http.StatusNoContent || out.status == http.StatusNotModified || out.status < 200
	switch {
	case bodyless:
	case out.reader != nil:
		h.Set("Content-Type", out.media)
	case out.media != "":
		h["Content-Type"], h["Content-Length"] = ex.content.of(out)
	default:
		h.Set("Content-Length", "0")
	}
	w.WriteHeader(out.status)
	if bodyless || r.Method == http.MethodHead {
		return
	}
	if out.reader != nil {
		s.copyBody(w, ex, out.reader)
		return
	}
	if len(out.body) > 0 {
		_, _ = w.Write(out.body) // the peer may be gone; there is nobody left to tell
	}
}

// copyBody sends a body that the handler gave as a reader. A failure after the first byte can
// only be told by breaking off, lest the client take half a body for the whole.
func (s *Server) copyBody(w http.ResponseWriter, ex *exchange, body io.Reader) {
	read := &readErrors{r: body}
	if _, err := io.Copy(w, read); err != nil && read.err != nil {
		s.log.ErrorContext(ex.ctx, "the body of an answer could not be read", "operation", ex.op.op.ID, "error", read.err)
		panic(http.ErrAbortHandler)
	}
}

// readErrors tells failures of the source from failures of the peer.
type readErrors struct {
	r   io.Reader
	err error
}

func (r *readErrors) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// deliverStream sends the items of a stream as they come.
func (s *Server) deliverStream(w http.ResponseWriter, r *http.Request, ex *exchange, out *reply) {
	h := w.Header()
	h.Set("Content-Type", out.media)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold items back
	w.WriteHeader(out.status)
	if r.Method == http.MethodHead {
		return
	}
	flush := http.NewResponseController(w)
	_ = flush.Flush() // unsupported: items then come when the buffer is full
	ex.leave()
	buf := newBuffer()
	defer buf.free()
	write := streamWriter(out.media)
	if out.live {
		write = liveWriter(baseMedia(out.media), write)
	}
	gone := false
	err := out.stream(ex.ctx, func(item streamItem) error {
		buf.b = write(buf.b[:0], item)
		if out.live {
			// Its events wait in a queue and not in the handler: a peer that takes none is given up. Between
			// items there is no deadline: over HTTP/2 one that passes ends the stream, written to or not.
			_ = flush.SetWriteDeadline(time.Now().Add(liveDeadline)) // unsupported: then TCP decides
			defer func() { _ = flush.SetWriteDeadline(time.Time{}) }()
		}
		if _, err := w.Write(buf.b); err != nil {
			gone = true
			return err
		}
		return flush.Flush()
	})
	if err != nil && !gone && errors.Is(context.Cause(ex.ctx), errSentAway) {
		panic(http.ErrAbortHandler)
	}
	if err != nil && !gone && context.Cause(ex.ctx) == nil {
		s.log.ErrorContext(ex.ctx, "a stream ended early", "operation", ex.op.op.ID, "error", err)
		panic(http.ErrAbortHandler)
	}
}

// liveDeadline is how long a write to a follower of a channel may take; the same as for sockets.
const liveDeadline = 5 * time.Second

// liveWriter writes the items of a channel: whole, where the media type has no fields for names and
// positions.
func liveWriter(media string, write func([]byte, streamItem) []byte) func([]byte, streamItem) []byte {
	if media == "text/event-stream" {
		return write
	}
	return func(dst []byte, item streamItem) []byte {
		if item.mark && item.id == "" && item.retry == 0 {
			return append(dst, '\n')
		}
		item.data = appendWhole(nil, item)
		return write(dst, item)
	}
}

// followed returns the media type in which an operation streams its channel to a client: the one that
// the client likes best of those that the document declares.
func (plan *operationPlan) followed(accept string) string {
	best, quality := "text/event-stream", 0
	for _, base := range plan.produces {
		if q := acceptQuality(accept, base); (base == "text/event-stream" || jsonSequence(base)) && q > quality {
			best, quality = base, q
		}
	}
	return best
}

// jsonSequence reports whether a media type is a sequence of JSON texts.
func jsonSequence(base string) bool {
	_, sub, _ := strings.Cut(base, "/")
	switch strings.TrimPrefix(sub, "x-") {
	case "jsonl", "jsonlines", "ndjson", "json-seq":
		return true
	}
	return strings.HasSuffix(sub, "+json-seq")
}
