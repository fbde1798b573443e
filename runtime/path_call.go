package runtime

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// This file is the path form of a call: an op of "METHOD /path?query" instead of an operationId.
// It is for clients without generated code, and it is how a socket reaches what has no id:
// HEAD, OPTIONS, and the answers for unknown paths and methods.

// callPath runs a call in path form. It is served as the HTTP request that it spells, behind the
// socket's middleware; the caller recovers panics.
func (s *Server) callPath(ctx context.Context, in *callInput) *reply {
	req, problem := s.pathRequest(in)
	if problem != nil {
		return problemReply(problem)
	}
	op, path, escaped := s.route(req, nil)
	state := &callContext{
		Context: ctx, server: s, op: op, socketID: in.socketID, input: in, path: path, escaped: escaped,
	}
	switch {
	case op == nil:
		state.fixed = s.unrouted(nil, req)
		if problem := attachBody(req, &requestPlan{}, in); problem != nil {
			return problemReply(problem)
		}
	case op.op.HTTPOnly != "":
		return problemReply(httpOnly(op.op))
	default:
		if problem := s.pathBody(req, op, in); problem != nil {
			return problemReply(problem)
		}
		setPattern(req, op, path, escaped)
	}
	chain := s.middleware.chains((*callEnd)(s)).socket
	if chain == nil {
		chain = (*callEnd)(s)
	}
	h := &handOff{server: s, op: op, query: req.URL.RawQuery, writer: &virtualWriter{head: req.Method == http.MethodHead}}
	state.handOff = h
	out := h.serve(ctx, chain, req.WithContext(state))
	if op != nil {
		out = s.settle(ctx, op, out)
	}
	if req.Method == http.MethodHead {
		return headOnly(out)
	}
	return out
}

// operationAt returns the operation that a call in path form spells; nil when there is none, or when the
// text is no path form.
func (s *Server) operationAt(op string) *boundOperation {
	method, target, ok := strings.Cut(op, " ")
	if !ok {
		return nil
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil
	}
	found, _, _ := s.route(&http.Request{Method: method, URL: u}, nil)
	return found
}

// headOnly takes the body out of an answer. Its media type stays, as a header: frames leave out the
// one that a JSON body implies.
func headOnly(out *reply) *reply {
	out.body, out.stream = nil, nil
	out.nameMedia()
	return out
}

// nameMedia makes the media type a header, for frames that do not imply it.
func (r *reply) nameMedia() {
	if r.media == "" {
		return
	}
	if r.header == nil {
		r.header = make(http.Header)
	}
	r.header.Set("Content-Type", r.media)
	r.media = ""
}

// pathRequest reads the op of a call in path form as a request without body.
func (s *Server) pathRequest(in *callInput) (*http.Request, *Problem) {
	method, target, _ := strings.Cut(in.op, " ")
	u, err := url.ParseRequestURI(target)
	if err != nil || !validFieldName(method) || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(target, "/") {
		return nil, fault(http.StatusBadRequest, "bad-target", "op must be an operationId, or a method and a path as in \"GET /rooms\"")
	}
	in.byPath = true
	req := &http.Request{
		Method: method, URL: u, RequestURI: target, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: s.virtualHeader(&requestPlan{}, in), Body: http.NoBody,
	}
	if in.handshake != nil {
		req.Host, req.RemoteAddr, req.TLS = in.handshake.Host, in.handshake.RemoteAddr, in.handshake.TLS
	}
	return req, nil
}

// pathBody gives the request the body of the frame.
func (s *Server) pathBody(req *http.Request, op *boundOperation, in *callInput) *Problem {
	plan := op.plan()
	if plan.err != nil {
		return internalError()
	}
	return attachBody(req, plan.request, in)
}

// attachBody gives the request the body of the frame, as the plan of its operation reads it.
func attachBody(req *http.Request, plan *requestPlan, in *callInput) *Problem {
	body, contentType, problem := plan.frameBody(in)
	if problem != nil || body == nil {
		return problem
	}
	frame := &frameBody{data: body}
	frame.Reset(body)
	req.Body, req.ContentLength = frame, int64(len(body))
	req.Header["Content-Type"] = []string{contentType}
	return nil
}

// httpOnly is the answer to a call by socket of an operation that is left to HTTP.
func httpOnly(op *Operation) *Problem {
	return fault(http.StatusMethodNotAllowed, "http-only", "the operation can only be called over HTTP: "+op.HTTPOnly)
}
