package runtime

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// virtualRequest makes the HTTP request that a call frame is defined to be. It is a fresh value:
// middleware may keep it. A problem says that the frame has no HTTP form.
func (s *Server) virtualRequest(ctx context.Context, op *boundOperation, in *callInput, u *url.URL) (*http.Request, *Problem) {
	plan := op.plan()
	if plan.err != nil {
		return nil, internalError()
	}
	var room [8]pathSpan
	target, spans, problem := s.target(plan.request, in, u, room[:0])
	if problem != nil {
		return nil, problem
	}
	body, contentType, problem := plan.request.frameBody(in)
	if problem != nil {
		return nil, problem
	}
	req := new(http.Request).WithContext(ctx)
	req.Method, req.URL, req.RequestURI, req.Pattern = op.op.Method, u, target, op.pattern
	req.Proto, req.ProtoMajor, req.ProtoMinor = "HTTP/1.1", 1, 1
	req.Header, req.Body = s.virtualHeader(plan.request, in), http.NoBody
	if in.handshake != nil {
		req.Host, req.RemoteAddr, req.TLS = in.handshake.Host, in.handshake.RemoteAddr, in.handshake.TLS
	}
	if body != nil {
		frame := &frameBody{data: body}
		frame.Reset(body)
		req.Body, req.ContentLength = frame, int64(len(body))
		req.Header["Content-Type"] = []string{contentType}
	}
	for _, part := range plan.request.template {
		if part.name == "" {
			continue
		}
		value, _ := url.PathUnescape(target[spans[0].from:spans[0].to]) // escaped just now
		req.SetPathValue(part.name, value)
		spans = spans[1:]
	}
	return req, nil
}

// frameBody returns the bytes and the Content-Type that the body of a frame has over HTTP; nil
// bytes are no body.
func (plan *requestPlan) frameBody(in *callInput) ([]byte, string, *Problem) {
	if in.body == nil && plan.body == nil {
		return nil, "", nil
	}
	return plan.callBody(in)
}

// virtualHeader merges the headers that a call has: the handshake's, under those of hello,
// under the credentials of the connection, under the call's own.
func (s *Server) virtualHeader(plan *requestPlan, in *callInput) http.Header {
	var h http.Header
	if in.base != nil {
		h = maps.Clone(in.base)
	} else {
		h = baseHeader(in.handshake, in.defaults)
	}
	if in.socket != nil {
		in.socket.sayPage(h)
	}
	for _, c := range in.credentials {
		if name, value := s.headerOf(c); name != "" {
			h[name] = []string{value}
		}
	}
	var seen []string
	for c := membersOf(in.headers); ; {
		key, raw, ok := c.next()
		if !ok {
			return h
		}
		b := plan.header(key)
		name := ""
		if b != nil {
			name = b.header
		} else {
			name = canonical(strings.Clone(key))
		}
		// The first of two that differ in case only counts, as callHeader has it.
		if raw[0] == 'n' || deniedInCalls[name] || slices.Contains(seen, name) || !validFieldName(name) {
			continue
		}
		seen = append(seen, name)
		if value := headerText(b, raw); validFieldValue(value) {
			h[name] = []string{value}
		}
	}
}

// sayPage adds which page makes the call, as its browser would say it with a request of its own:
// protection against forged requests goes by that. What the handshake says has been checked.
func (s *Socket) sayPage(h http.Header) {
	origin := s.handshake.Header["Origin"]
	switch {
	case len(origin) == 0: // no page
	case s.ownPage:
		h["Sec-Fetch-Site"] = sameOriginSite
	default:
		h["Origin"] = origin[:1:1]
		if site := s.handshake.Header["Sec-Fetch-Site"]; len(site) > 0 {
			h["Sec-Fetch-Site"] = site[:1:1]
		}
	}
}

var sameOriginSite = []string{"same-origin"}[:1:1]

// header finds a header parameter by a name in any letter case.
func (plan *requestPlan) header(name string) *boundParam {
	for _, b := range plan.headers {
		if strings.EqualFold(b.header, name) {
			return b
		}
	}
	return nil
}

// baseHeader is what all calls of a connection have in common: the headers of its handshake, as
// far as they mean something for calls, under those of its hello. The socket side may keep it
// as callInput.base; it is never changed.
func baseHeader(handshake *http.Request, defaults http.Header) http.Header {
	h := make(http.Header)
	if handshake != nil {
		for name, values := range handshake.Header {
			if !deniedFromHandshake[name] {
				h[name] = values[:len(values):len(values)]
			}
		}
	}
	for name, values := range defaults {
		if !deniedInCalls[name] {
			h[name] = values[:len(values):len(values)]
		}
	}
	return h
}

// headerText writes a JSON value as a header. b is nil where the document declares none.
func headerText(b *boundParam, raw []byte) string {
	if b != nil && b.encoded && raw[0] != '"' {
		return b.documentText(raw)
	}
	return trimField(simpleText(raw, b != nil && b.explode))
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

// A templatePart is a piece of a path template: text, or a parameter.
type templatePart struct {
	text  string
	name  string      // of the parameter; empty: text
	param *boundParam // nil: the document does not declare it
}

// templateParts takes a template apart.
func (plan *requestPlan) templateParts(template string) (parts []templatePart) {
	texts, names, err := splitSegment(template) // nothing in it is particular to one segment
	if err != nil {
		return []templatePart{{text: template}}
	}
	for i, name := range names {
		if texts[i] != "" {
			parts = append(parts, templatePart{text: texts[i]})
		}
		parts = append(parts, templatePart{name: name, param: plan.find(InPath, name)})
	}
	if last := texts[len(names)]; last != "" {
		parts = append(parts, templatePart{text: last})
	}
	return parts
}

// A pathSpan is where the value of a path parameter stands in the request target.
type pathSpan struct{ from, to int }

// target fills u from the path and query of a frame. It returns the request target and appends
// to spans where the value of each parameter stands in it.
func (s *Server) target(plan *requestPlan, in *callInput, u *url.URL, spans []pathSpan) (string, []pathSpan, *Problem) {
	var room [256]byte
	dst := append(room[:0], s.settings.basePath...)
	var errs []FieldError
	escaped := false
	for _, part := range plan.template {
		dst = append(dst, part.text...)
		if part.name == "" {
			continue
		}
		text, ok := pathText(part.param, memberNamed(in.path, part.name))
		switch {
		case !ok:
			errs = append(errs, FieldError{In: string(InPath), Name: part.name, Rule: "required", Detail: "is required"})
			continue
		case text == "":
			return "", nil, notFound()
		}
		escaped = escaped || strings.IndexByte(text, '%') >= 0
		spans = append(spans, pathSpan{len(dst), len(dst) + len(text)})
		dst = append(dst, text...)
	}
	if errs != nil {
		return "", nil, invalid(errs)
	}
	path := len(dst)
	for c := membersOf(in.query); ; {
		name, raw, ok := c.next()
		if !ok {
			break
		}
		before := len(dst)
		dst = appendQuery(append(dst, '&'), plan.lookup(InQuery, name), name, raw)
		if len(dst) == before+1 {
			dst = dst[:before]
		}
	}
	if len(dst) > path {
		dst[path] = '?'
	}
	target := string(dst)
	u.Path = target[:path]
	if len(target) > path {
		u.RawQuery = target[path+1:]
	}
	if escaped {
		u.RawPath = u.Path
		u.Path, _ = url.PathUnescape(u.RawPath) // made of what was escaped just now
		if plain := (&url.URL{Path: u.Path}); plain.EscapedPath() == u.RawPath {
			u.RawPath = "" // as net/url has it
		}
	}
	return target, spans, nil
}

// memberNamed returns a member of a JSON object, nil when it has none of the name.
func memberNamed(object []byte, name string) []byte {
	for c := membersOf(object); ; {
		key, raw, ok := c.next()
		if !ok {
			return nil
		}
		if key == name {
			return raw
		}
	}
}

var _ io.ReadCloser = (*frameBody)(nil)
