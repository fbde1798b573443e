package runtime

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// call runs one operation for the socket transport. It never panics and always returns a
// reply: 404 for an unknown operation, 499 when ctx was cancelled, 504 when its deadline
// passed, 500 for a panic. The caller owns the reply and releases it.
func (s *Server) call(ctx context.Context, in *callInput) (out *reply) {
	op := s.ops[in.op]
	defer func() {
		if v := recover(); v != nil {
			p := s.recovered(ctx, op, v)
			if p == nil { // http.ErrAbortHandler: there is no connection of its own to break
				p = cancelled()
			}
			out = problemReply(p)
		}
		if ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled) {
			// Whatever it came to, nobody waits for it. Over HTTP there is nobody to tell.
			if out != nil { // else the handler ends its goroutine
				out.release()
			}
			out = problemReply(cancelled())
			if c := socketCallOf(ctx); c != nil && c.revoked.Load() {
				out = problemReply(revokedProblem())
			}
		}
	}()
	switch {
	case op != nil:
	case strings.Contains(in.op, " "):
		return s.callPath(ctx, in)
	default:
		return problemReply(unknownOperation())
	}
	if op.op.HTTPOnly != "" {
		return problemReply(httpOnly(op.op))
	}
	chain := s.middleware.chains((*callEnd)(s)).socket
	if chain != nil {
		out = s.callChain(ctx, chain, op, in)
	} else {
		ex := in.room
		if ex == nil {
			ex = new(exchange)
		}
		ex.begin(callContext{server: s, op: op, socketID: in.socketID, input: in}, ctx)
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
	switch {
	case op.op.Method == http.MethodHead:
		out = headOnly(out)
	case out.status == http.StatusNoContent || out.status == http.StatusNotModified:
		out.body, out.media = nil, ""
	}
	delete(out.header, "Set-Cookie") // a socket's cookies are those of its handshake
	return out
}

// A virtualCall is all that a virtual request needs beside the request, in one piece.
type virtualCall struct {
	state  callContext
	hand   handOff
	writer virtualWriter
	url    url.URL
}

// callChain runs a call through middleware, as a virtual request.
func (s *Server) callChain(ctx context.Context, chain http.Handler, op *boundOperation, in *callInput) *reply {
	v := &virtualCall{}
	h := &v.hand
	v.hand = handOff{server: s, op: op, writer: &v.writer}
	v.state = callContext{Context: ctx, server: s, op: op, socketID: in.socketID, input: in, handOff: h}
	v.writer.head = op.op.Method == http.MethodHead
	req, problem := s.virtualRequest(&v.state, op, in, &v.url)
	if problem != nil {
		return problemReply(problem)
	}
	h.query = v.url.RawQuery
	return h.serve(ctx, chain, req)
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
		header["Content-Type"] = out.contentType()
	}
	w.WriteHeader(out.status)
	if len(out.body) > 0 && !h.writer.head {
		_, _ = w.Write(out.body) // into memory
	}
}

// serve runs the chain and puts its answer together. After a panic that is a 500 with the headers
// that were set before it, as over HTTP.
func (h *handOff) serve(ctx context.Context, chain http.Handler, req *http.Request) (out *reply) {
	defer func() {
		if v := recover(); v != nil {
			header := maps.Clone(h.writer.header)
			h.release()
			p := h.server.recovered(ctx, h.op, v)
			if p == nil {
				panic(v) // http.ErrAbortHandler: no answer
			}
			p.Header = header
			out = problemReply(p)
		}
	}()
	chain.ServeHTTP(h.writer, req)
	return h.reply(ctx)
}

func (h *handOff) release() {
	if h.inner != nil {
		h.inner.release()
	}
	h.writer.free()
}

// reply puts together what the middleware let through and what went past it: the hooks of the
// socket side have seen the call's own answer, whatever was made of it.
func (h *handOff) reply(ctx context.Context) *reply {
	if cookies := h.writer.strip(); cookies > 0 && (h.op == nil || h.op.cookies.CompareAndSwap(false, true)) {
		operation := ""
		if h.op != nil {
			operation = h.op.op.ID
		}
		h.server.log.WarnContext(ctx, "a call by socket cannot set cookies", "operation", operation, "cookies", cookies)
	}
	if h.writer.incomplete() {
		h.server.log.ErrorContext(ctx, "an answer is not as long as its Content-Length", "operation", h.op.op.ID)
		h.release()
		return problemReply(internalError())
	}
	out := h.inner
	if out == nil {
		out = &reply{}
	}
	if out.buffer != nil {
		out.buffer.free() // its bytes have gone through the writer
	}
	if out.status != h.writer.status {
		// A stream belongs to the answer that was let through, not to one put in its place.
		out.stream = nil
	}
	h.writer.fill(out)
	return out
}
