package runtime

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// virtualRequest makes the HTTP request that a call frame is defined to be. It is a fresh value:
// middleware may keep it. A problem says that the frame has no HTTP form.
func (s *Server) virtualRequest(ctx context.Context, op *boundOperation, in *callInput) (*http.Request, *Problem) {
	plan := op.plan()
	if plan.err != nil {
		return nil, internalError()
	}
	target := virtualTarget{server: s, op: op, plan: plan.request, in: in}
	if problem := target.path(); problem != nil {
		return nil, problem
	}
	target.query()
	body, contentType, problem := plan.request.frameBody(in)
	if problem != nil {
		return nil, problem
	}
	u := &url.URL{Path: target.decoded.String(), RawQuery: string(target.raw)}
	if escaped := target.escaped.String(); escaped != u.Path {
		u.RawPath = escaped
		if plain := (&url.URL{Path: u.Path}); plain.EscapedPath() == escaped {
			u.RawPath = "" // as net/url has it
		}
	}
	req := &http.Request{
		Method: op.op.Method, URL: u, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: s.virtualHeader(plan.request, in), Body: http.NoBody, Pattern: op.op.Method + " " + s.settings.basePath + op.op.Path,
		RequestURI: u.RequestURI(),
	}
	if in.handshake != nil {
		req.Host, req.RemoteAddr, req.TLS = in.handshake.Host, in.handshake.RemoteAddr, in.handshake.TLS
	}
	if body != nil {
		frame := &frameBody{data: body}
		frame.Reset(body)
		req.Body, req.ContentLength = frame, int64(len(body))
		req.Header["Content-Type"] = []string{contentType}
	}
	req = req.WithContext(ctx)
	for i, name := range target.names {
		req.SetPathValue(name, target.values[i])
	}
	return req, nil
}

// frameBody returns the bytes and the Content-Type that the body of a frame has over HTTP; nil
// bytes are no body.
func (plan *requestPlan) frameBody(in *callInput) ([]byte, string, *Problem) {
	if plan.body == nil {
		if in.body == nil {
			return nil, "", nil
		}
		return in.body, "application/json", nil // nobody reads it, as over HTTP
	}
	return plan.callBody(in)
}

// virtualHeader merges the headers that a call has: the handshake's, under those of hello,
// under the credentials of the connection, under the call's own.
func (s *Server) virtualHeader(plan *requestPlan, in *callInput) http.Header {
	h := make(http.Header)
	if in.handshake != nil {
		for name, values := range in.handshake.Header {
			if !deniedFromHandshake[name] {
				h[name] = values[:len(values):len(values)]
			}
		}
	}
	for name, values := range in.defaults {
		if !deniedInCalls[name] {
			h[name] = values[:len(values):len(values)]
		}
	}
	for _, c := range in.credentials {
		if name, value := s.headerOf(c); name != "" {
			h[name] = []string{value}
		}
	}
	own := make(map[string]bool)
	for key, raw := range jsonMembers(in.headers) {
		name := canonical(key)
		// The first of two that differ in case only counts, as callHeader has it.
		if raw[0] == 'n' || deniedInCalls[name] || own[name] || !validFieldName(name) {
			continue
		}
		own[name] = true
		if value := headerText(plan.find(InHeader, name), raw); validFieldValue(value) {
			h[name] = []string{value}
		}
	}
	return h
}

// headerText writes a JSON value as a header. b is nil where the document declares none.
func headerText(b *boundParam, raw []byte) string {
	if b != nil && b.encoded && b.content == kindJSON {
		return string(raw)
	}
	return simpleText(raw, b != nil && b.explode)
}

// validFieldName reports whether a name is a token (RFC 9110, 5.6.2).
func validFieldName(name string) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if c-'0' <= 9 || (c|0x20)-'a' <= 'z'-'a' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0 {
			continue
		}
		return false
	}
	return true
}

// A virtualTarget is the path and query of a virtual request in the making.
type virtualTarget struct {
	server *Server
	op     *boundOperation
	plan   *requestPlan
	in     *callInput

	decoded, escaped strings.Builder
	raw              []byte
	names, values    []string // of the path parameters, decoded
}

// path fills the template in.
func (t *virtualTarget) path() *Problem {
	t.write(t.server.settings.basePath)
	given := make(map[string][]byte)
	for name, raw := range jsonMembers(t.in.path) {
		given[name] = raw
	}
	var errs []FieldError
	for segment := range strings.SplitSeq(t.op.op.Path[1:], "/") {
		t.write("/")
		texts, names, _ := splitSegment(segment)
		for j, name := range names {
			t.write(texts[j])
			raw := given[name]
			b := t.plan.find(InPath, name)
			value, ok := pathText(b, raw)
			if !ok {
				errs = append(errs, FieldError{In: string(InPath), Name: name, Rule: "required", Detail: "is required"})
				continue
			}
			if value == "" {
				return notFound()
			}
			t.names, t.values = append(t.names, name), append(t.values, value)
			t.decoded.WriteString(value)
			t.escaped.WriteString(url.PathEscape(value))
		}
		t.write(texts[len(texts)-1])
	}
	return invalid(errs)
}

func (t *virtualTarget) write(text string) {
	t.decoded.WriteString(text)
	t.escaped.WriteString(text)
}

// query writes the members of the frame's query in the style of their parameters.
func (t *virtualTarget) query() {
	for name, raw := range jsonMembers(t.in.query) {
		b := t.plan.lookup(InQuery, name)
		t.raw = appendQuery(t.raw, b, name, raw)
	}
}

var _ io.ReadCloser = (*frameBody)(nil)
