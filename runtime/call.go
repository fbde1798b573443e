package runtime

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
)

// ErrUnimplemented is what the Unimplemented handlers of emitted code return. It is answered
// with 501.
var ErrUnimplemented = errors.New("the operation is not implemented")

// A source is where the request of one call is read from. Over HTTP, and over the socket when
// middleware is installed, it is a request; else it is the frame itself.
type source struct {
	w   http.ResponseWriter
	req *http.Request
	in  *callInput // over the socket

	path    []string // values of the path template, over HTTP
	escaped bool     // path is percent-encoded
	parse   bool     // over the socket: the query of req is another than the frame's
}

func (src *source) accept(s *Server) string {
	if src.req == nil {
		if raw := src.in.callHeader("Accept"); raw != nil {
			return jsonText(raw)
		}
		return ""
	}
	values := src.req.Header["Accept"]
	if len(values) == 1 {
		return values[0]
	}
	return joinHeader(values)
}

// scratch is what decoding needs for a moment.
type scratch struct {
	bytes []byte
	pairs []pair
	slots [][]byte
	path  []string
}

var scratches = sync.Pool{New: func() any { return &scratch{path: make([]string, 0, 8)} }}

// free returns the scratch to the pool without what it refers to.
func (sc *scratch) free() {
	clear(sc.pairs)
	clear(sc.slots)
	clear(sc.path[:cap(sc.path)])
	sc.pairs, sc.slots, sc.path = sc.pairs[:0], sc.slots[:0], sc.path[:0]
	if cap(sc.bytes) <= maxPooled && cap(sc.pairs) <= 64 {
		scratches.Put(sc)
	}
}

// run answers one call: security, decoding and validation, handler, encoding. It is the only way
// to a handler. A panic of the handler passes through; whoever started the call turns it into
// the same answer on every transport.
func (s *Server) run(ex *exchange, src *source) (out *reply) {
	plan := ex.op.plan()
	if plan.err != nil {
		return problemReply(internalError())
	}
	accept := src.accept(s)
	if !plan.acceptable(accept) {
		return problemReply(plan.notAcceptable())
	}
	var problem *Problem
	credentials := credentialSource{server: s, req: src.req, in: src.in}
	if ex.identity, problem = s.secure(ex.ctx, ex.op.op.ID, ex.op.op.Security, credentials); problem != nil {
		return problemReply(problem)
	}
	if ex.input == nil {
		ex.origin = src.req
	} else {
		ex.seen = src.req
	}
	if ex.identity == nil && ex.input != nil && len(ex.op.op.Security) == 0 {
		ex.identity = ex.input.identity
	}
	if ex.identity != nil && s.sentAway(ex) {
		return problemReply(revokedProblem())
	}
	if ex.input == nil {
		if problem = s.realtime.enter(ex, src.req); problem != nil {
			return problemReply(problem)
		}
	}

	var cancel context.CancelFunc
	if plan.timeout > 0 {
		ex.ctx, cancel = context.WithTimeout(ex.ctx, plan.timeout)
	}
	if plan.streams && ex.input == nil && ex.identity != nil { // by socket it is known to its socket
		var unfollow func()
		ex.ctx, unfollow = s.revoked.follow(ex.ctx, ex.mark, ex.identity)
		cancel = both(unfollow, cancel)
	}
	spool, problem := s.decode(ex, plan, src)
	completed := false
	defer func() {
		if completed {
			out.spool, out.cancel = spool, cancel
			return
		}
		(&reply{spool: spool, cancel: cancel}).release() // the handler panics
	}()
	switch {
	case problem != nil:
		out = problemReply(problem)
	case s.keyed != nil && ex.op.changes:
		out = s.once(ex, plan, src, accept)
	default:
		out = s.answer(ex, plan, accept)
	}
	completed = true
	return out
}

// both calls two functions, of which the second may be nil.
func both(f, g func()) func() {
	if g == nil {
		return f
	}
	return func() { f(); g() }
}

// answer runs the handler, between the hooks of the socket side where the document wants something of it.
func (s *Server) answer(ex *exchange, plan *operationPlan, accept string) *reply {
	switch {
	case ex.op.hooked:
		return s.hooked(ex, plan, accept)
	case ex.kept != nil:
		return ex.kept.reply()
	}
	return s.handle(ex, plan, accept)
}

// decode fills the request struct. All violations of parameters and body make one problem.
func (s *Server) decode(ex *exchange, plan *operationPlan, src *source) (*spool, *Problem) {
	ex.request = ex.op.binding.req()
	request := plan.request
	if len(request.params) == 0 && request.body == nil {
		return nil, nil
	}
	base := requestBase(ex.request)
	params := textReader{base: base}
	if len(request.params) > 0 {
		sc := scratches.Get().(*scratch)
		params.scratch = sc.bytes[:0]
		found := true
		if src.in == nil {
			params.fromHTTP(request, src, sc)
		} else {
			found = params.fromCall(request, src, sc)
		}
		sc.bytes = params.scratch
		sc.free()
		if !found {
			return nil, notFound()
		}
	}
	if request.body == nil {
		return nil, invalid(params.errs)
	}
	ex.reader = bodyReader{plan: request, limits: &s.settings.limits, base: base, errs: params.errs}
	body := &ex.reader
	var problem *Problem
	if src.req == nil {
		problem = body.fromCall(src.in)
	} else {
		problem = body.fromHTTP(src.w, src.req)
	}
	ex.body = body.json
	if problem == nil {
		problem = invalid(body.errs)
	}
	return body.spool, problem
}

// maxErrors is how many violations one problem lists.
const maxErrors = 100

func invalid(errs []FieldError) *Problem {
	if len(errs) == 0 {
		return nil
	}
	return invalidRequest(errs[:min(len(errs), maxErrors)])
}

// handle runs the handler and encodes what it returns.
func (s *Server) handle(ex *exchange, plan *operationPlan, accept string) *reply {
	value, err := ex.op.binding.call(ex.ctx, ex.request)
	if err == nil {
		if ex.input != nil && ex.handOff == nil {
			ex.reply.room = resRoom
		}
		if err = plan.encodeInto(&ex.reply, value, accept, s.settings.validate); err == nil {
			return &ex.reply
		}
		s.log.ErrorContext(ex.ctx, "an answer cannot be sent", "operation", ex.op.op.ID, "error", err)
		return problemReply(internalError())
	}
	return problemReply(s.failure(ex, plan, err))
}

// hooked is handle between the hooks of the socket side.
func (s *Server) hooked(ex *exchange, plan *operationPlan, accept string) (out *reply) {
	if err := s.realtime.before(ex); err != nil {
		// A problem of the runtime itself, like those of decoding, needs no declaration.
		if p, ok := errors.AsType[*Problem](err); ok {
			return problemReply(p)
		}
		return problemReply(s.failure(ex, plan, err))
	}
	completed := false
	defer func() {
		if !completed { // the handler panics; the hooks still have to end what they began
			s.realtime.after(ex, http.StatusInternalServerError, http.Header{}, nil)
		}
	}()
	if ex.kept != nil {
		out = ex.kept.reply()
	} else {
		out = s.handle(ex, plan, accept)
	}
	completed = true
	if out.header == nil {
		out.header = make(http.Header)
	}
	var body []byte
	if isJSONMedia(baseMedia(out.media)) {
		body = out.body
	}
	s.realtime.after(ex, out.status, out.header, body)
	if ex.op.op.Stream != nil && ex.socketID == "" && ex.session == nil && out.status < 300 {
		out.stream, out.media, out.live = s.realtime.stream(ex), plan.followed(accept), true
	}
	out.realtime = ex.realtime
	return out
}

// failure decides the answer for an error that a handler returned.
func (s *Server) failure(ex *exchange, plan *operationPlan, err error) *Problem {
	var p *Problem
	switch own, ok := errors.AsType[streamError](err); {
	case ok:
		return own.Problem
	case errors.As(err, &p):
		if plan.declares(p.status()) {
			return p
		}
		s.log.ErrorContext(ex.ctx, "a problem has a status that the document does not declare for the operation",
			"operation", ex.op.op.ID, "status", p.status(), "error", err)
		return internalError()
	case errors.Is(err, ErrTruncated) && (ex.op.op.History != nil || plan.declares(http.StatusGone)):
		return truncated()
	case errors.Is(err, ErrUnimplemented):
		return fault(http.StatusNotImplemented, "unimplemented", "the operation is not implemented")
	case errors.Is(err, context.DeadlineExceeded):
		return timedOut()
	case errors.Is(err, context.Canceled) && ex.ctx.Err() != nil:
		return cancelled()
	}
	s.log.ErrorContext(ex.ctx, "a handler failed", "operation", ex.op.op.ID, "error", err)
	return internalError()
}

// contextProblem is the answer for a call whose context is done.
func contextProblem(ctx context.Context) *Problem {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return timedOut()
	}
	return cancelled()
}

// problemReply makes the reply that sends p.
func problemReply(p *Problem) *reply {
	buf := newBuffer()
	body, err := p.appendJSON(buf.b)
	if err != nil {
		// Only an extension can fail. What it was meant to say must not be half said.
		p = internalError()
		body, _ = p.appendJSON(buf.b[:0])
	}
	buf.b = body
	return &reply{status: p.status(), header: p.Header.Clone(), media: mediaProblem, body: body, buffer: buf}
}

// recovered turns the value of a panic into the answer: the same on both transports. It returns
// nil for http.ErrAbortHandler, by which a handler asks to break off without one.
func (s *Server) recovered(ctx context.Context, op *boundOperation, value any) *Problem {
	if err, ok := value.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		return nil
	}
	id := ""
	if op != nil {
		id = op.op.ID
	}
	s.log.ErrorContext(ctx, "a call panicked", "operation", id, "panic", fmt.Sprint(value), "stack", string(debug.Stack()))
	return internalError()
}
