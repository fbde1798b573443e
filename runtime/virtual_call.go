package runtime

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// call runs one operation for the socket transport. It never panics and always returns a
// reply: 404 for an unknown operation, 499 when ctx was cancelled, 504 when its deadline
// passed, 500 for a panic. The caller owns the reply and releases it.
func (s *Server) call(ctx context.Context, in *callInput) (out *reply) {
	op := s.ops[in.op]
	if op == nil {
		return problemReply(unknownOperation())
	}
	defer func() {
		if v := recover(); v != nil {
			p := s.recovered(ctx, op, v)
			if p == nil { // http.ErrAbortHandler: there is no connection of its own to break
				p = cancelled()
			}
			out = problemReply(p)
		}
	}()
	if op.op.HTTPOnly != "" {
		p := fault(http.StatusMethodNotAllowed, "http-only", "the operation can only be called over HTTP: "+op.op.HTTPOnly)
		return problemReply(p)
	}
	chain := s.middleware.chains(http.HandlerFunc(s.serveCall)).socket
	if chain != nil {
		out = s.callChain(ctx, chain, op, in)
	} else {
		ex := newExchange(callContext{server: s, op: op, socketID: in.socketID, input: in}, ctx)
		out = s.run(ex, &source{in: in})
	}
	return s.settle(ctx, op, out)
}

// maxSocketBody bounds a body that a handler gives as a reader and that has to fit into a frame.
const maxSocketBody = 8 << 20

// settle makes a reply ready for a frame: readers are read, and HEAD has no body.
func (s *Server) settle(ctx context.Context, op *boundOperation, out *reply) *reply {
	if out.reader != nil {
		body, err := io.ReadAll(io.LimitReader(out.reader, maxSocketBody+1))
		if err == nil && len(body) > maxSocketBody {
			err = errors.New("it is too large for a socket frame")
		}
		if err != nil {
			s.log.ErrorContext(ctx, "the body of an answer could not be read", "operation", op.op.ID, "error", err)
			out.release()
			return problemReply(internalError())
		}
		if c, ok := out.reader.(io.Closer); ok {
			_ = c.Close() // it has been read
		}
		out.reader, out.body = nil, body
	}
	if op.op.Method == http.MethodHead || out.status == http.StatusNoContent || out.status == http.StatusNotModified {
		out.body, out.media = nil, ""
	}
	delete(out.header, "Set-Cookie") // a socket's cookies are those of its handshake
	return out
}

// callChain runs a call through middleware, as a virtual request.
func (s *Server) callChain(ctx context.Context, chain http.Handler, op *boundOperation, in *callInput) *reply {
	h := &handOff{server: s, op: op}
	state := &callContext{Context: ctx, server: s, op: op, socketID: in.socketID, input: in, handOff: h}
	req, problem := s.virtualRequest(state, op, in)
	if problem != nil {
		return problemReply(problem)
	}
	h.query = req.URL.RawQuery
	w := &virtualWriter{head: op.op.Method == http.MethodHead}
	h.writer = w
	defer func() {
		if v := recover(); v != nil {
			h.release()
			panic(v)
		}
	}()
	chain.ServeHTTP(w, req)
	return h.reply(ctx)
}

// A handOff carries past the middleware what an http.ResponseWriter has no room for.
type handOff struct {
	server *Server
	op     *boundOperation
	writer *virtualWriter
	query  string // of the request as it was made
	inner  *reply // what the call came to, without what has been written
}

// changed reports whether the query is another than that of the frame, so that it has to be
// parsed.
func (h *handOff) changed(r *http.Request) bool { return r.URL.RawQuery != h.query }

// take writes a reply to w, which may be wrapped by middleware, and keeps the rest.
func (h *handOff) take(w http.ResponseWriter, out *reply) {
	if h.inner != nil {
		// A middleware that retries runs the call again; the last answer is the one that counts.
		h.inner.release()
	}
	h.inner = out
	if out.reader != nil {
		out = h.server.settle(context.Background(), h.op, out)
		h.inner = out
	}
	header := w.Header()
	for name, values := range out.header {
		header[name] = append(header[name], values...)
	}
	if out.media != "" {
		header["Content-Type"] = []string{out.media}
	}
	w.WriteHeader(out.status)
	if len(out.body) > 0 {
		_, _ = w.Write(out.body) // into memory
	}
}

func (h *handOff) release() {
	if h.inner != nil {
		h.inner.release()
	}
	h.writer.free()
}

// reply puts together what the middleware let through and what went past it.
func (h *handOff) reply(ctx context.Context) *reply {
	if cookies := h.writer.strip(); cookies > 0 {
		h.server.log.WarnContext(ctx, "a call by socket cannot set cookies", "operation", h.op.op.ID, "cookies", cookies)
	}
	inner := h.inner
	if h.writer.incomplete() {
		h.server.log.ErrorContext(ctx, "an answer is not as long as its Content-Length", "operation", h.op.op.ID)
		h.release()
		return problemReply(internalError())
	}
	out := h.writer.reply()
	if inner == nil {
		return out
	}
	if out.status == inner.status {
		// A stream belongs to the answer that was let through, not to one put in its place.
		out.stream = inner.stream
	}
	out.realtime = inner.realtime
	out.spool, out.cancel = inner.spool, inner.cancel
	inner.spool, inner.cancel, inner.stream = nil, nil, nil
	inner.release()
	return out
}
