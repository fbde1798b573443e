package runtime

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// mediaProblem is the media type of problems (RFC 9457).
const mediaProblem = "application/problem+json"

// problemPrefix starts the type of every problem that the runtime itself makes.
const problemPrefix = "urn:rtgen:problem:"

// statusCancelled answers a call whose caller has left or cancelled it. No RFC has a number for
// this; proxies have made 499 the usual one.
const statusCancelled = 499

// A Problem is an answer that says why a request failed: RFC 9457, media type
// application/problem+json, the same over HTTP and over the socket. It is an error, so a handler
// can return it:
//
//	return nil, rt.NotFound("no such room")
//
// It is sent when the operation declares its status, by number, by range or by default; a
// problem with any other status becomes a 500 and a log record, because clients were not told
// that it can happen. Everything in a Problem leaves the building: keep internals out of it.
//
// The zero value is a 500 without detail. A Problem must not be changed once returned.
type Problem struct {
	Type     string       // a URI that names the kind of problem; empty: "about:blank"
	Title    string       // a short text, the same for every problem of one Type; empty: the text of Status
	Status   int          // HTTP status; 0: 500
	Detail   string       // what went wrong this time
	Instance string       // a URI of this occurrence
	Errors   []FieldError // what is wrong with the request, part by part

	// Extensions are further members, after the ones above and in alphabetical order. Names
	// that RFC 9457 defines are ignored. Values are encoded by encoding/json.
	Extensions map[string]any

	// Header is sent along, for Retry-After and the like. It is no member of the problem.
	Header http.Header
}

// A FieldError is one thing that is wrong with a request.
type FieldError struct {
	In      string `json:"in"`                // "path", "query", "header", "cookie", "querystring" or "body"
	Name    string `json:"name,omitempty"`    // the parameter; empty for the body
	Pointer string `json:"pointer,omitempty"` // RFC 6901, into the body or the parameter's value; empty: all of it
	Rule    string `json:"rule"`              // the JSON Schema keyword that is broken, such as "maxLength"
	Detail  string `json:"detail"`            // for people
}

// NewProblem returns a problem with a status and a text for the client, which may be empty.
func NewProblem(status int, detail string) *Problem {
	return &Problem{Status: status, Detail: detail}
}

// BadRequest is a problem with status 400.
func BadRequest(detail string) *Problem { return NewProblem(http.StatusBadRequest, detail) }

// Unauthorized is a problem with status 401: the caller has to show (other) credentials.
func Unauthorized(detail string) *Problem { return NewProblem(http.StatusUnauthorized, detail) }

// Forbidden is a problem with status 403: the caller is known and may not do this.
func Forbidden(detail string) *Problem { return NewProblem(http.StatusForbidden, detail) }

// NotFound is a problem with status 404.
func NotFound(detail string) *Problem { return NewProblem(http.StatusNotFound, detail) }

// Conflict is a problem with status 409.
func Conflict(detail string) *Problem { return NewProblem(http.StatusConflict, detail) }

// With adds an extension member and returns p.
func (p *Problem) With(name string, value any) *Problem {
	if p.Extensions == nil {
		p.Extensions = make(map[string]any)
	}
	p.Extensions[name] = value
	return p
}

// Error returns the status, the title and the detail.
func (p *Problem) Error() string {
	text := strconv.Itoa(p.status()) + " " + p.title()
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	for _, e := range p.Errors {
		text += "; " + e.In + " " + e.Name + e.Pointer + " " + e.Detail
	}
	return text
}

// MarshalJSON writes the members of RFC 9457 in a fixed order, then errors, then the extensions.
// It fails when an extension cannot be encoded.
func (p *Problem) MarshalJSON() ([]byte, error) { return p.appendJSON(nil) }

// UnmarshalJSON reads a problem. Members it does not know become extensions.
func (p *Problem) UnmarshalJSON(data []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	*p = Problem{}
	known := map[string]any{
		"type": &p.Type, "title": &p.Title, "status": &p.Status, "detail": &p.Detail,
		"instance": &p.Instance, "errors": &p.Errors,
	}
	for name, raw := range members {
		if into, ok := known[name]; ok {
			if err := json.Unmarshal(raw, into); err != nil {
				return fmt.Errorf("problem member %s: %w", name, err)
			}
			continue
		}
		var value any
		if err := json.Unmarshal(raw, &value); err != nil {
			return fmt.Errorf("problem member %s: %w", name, err)
		}
		p.With(name, value)
	}
	return nil
}

func (p *Problem) status() int {
	if p.Status == 0 {
		return http.StatusInternalServerError
	}
	return p.Status
}

func (p *Problem) title() string {
	if p.Title != "" {
		return p.Title
	}
	if p.Status == statusCancelled {
		return "Client Closed Request"
	}
	return http.StatusText(p.status())
}

func (p *Problem) appendJSON(dst []byte) ([]byte, error) {
	dst = append(dst, '{')
	if p.Type != "" {
		dst = appendMember(dst, "type", p.Type)
	}
	if title := p.title(); title != "" {
		dst = appendMember(dst, "title", title)
	}
	dst = appendName(dst, "status")
	dst = strconv.AppendInt(dst, int64(p.status()), 10)
	if p.Detail != "" {
		dst = appendMember(dst, "detail", p.Detail)
	}
	if p.Instance != "" {
		dst = appendMember(dst, "instance", p.Instance)
	}
	if len(p.Errors) > 0 {
		dst = appendName(dst, "errors")
		dst = append(dst, '[')
		for i := range p.Errors {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = p.Errors[i].appendJSON(dst)
		}
		dst = append(dst, ']')
	}
	return p.appendExtensions(dst)
}

func (p *Problem) appendExtensions(dst []byte) ([]byte, error) {
	names := make([]string, 0, len(p.Extensions))
	for name := range p.Extensions {
		if !slices.Contains([]string{"type", "title", "status", "detail", "instance", "errors"}, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		value, err := json.Marshal(p.Extensions[name])
		if err != nil {
			return nil, fmt.Errorf("problem member %s: %w", name, err)
		}
		dst = appendName(dst, name)
		dst = append(dst, value...)
	}
	return append(dst, '}'), nil
}

func (e *FieldError) appendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	dst = appendMember(dst, "in", e.In)
	if e.Name != "" {
		dst = appendMember(dst, "name", e.Name)
	}
	if e.Pointer != "" || e.Name == "" {
		dst = appendMember(dst, "pointer", e.Pointer)
	}
	dst = appendMember(dst, "rule", e.Rule)
	dst = appendMember(dst, "detail", e.Detail)
	return append(dst, '}')
}

// appendName appends the name of a member, with the comma that it may need.
func appendName(dst []byte, name string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(appendString(dst, name), ':')
}

func appendMember(dst []byte, name, value string) []byte {
	return appendString(appendName(dst, name), value)
}

// fault returns a problem of a kind that the runtime defines.
func fault(status int, name, detail string) *Problem {
	return &Problem{Type: problemPrefix + name, Status: status, Detail: detail}
}

// The problems that transports and the call path make. Each is a fresh value: headers get added.

func notFound() *Problem {
	return fault(http.StatusNotFound, "not-found", "no operation has this path")
}

func unknownOperation() *Problem {
	return fault(http.StatusNotFound, "unknown-operation", "no operation has this id")
}

func methodNotAllowed(allow []string) *Problem {
	list := strings.Join(allow, ", ")
	p := fault(http.StatusMethodNotAllowed, "method-not-allowed", "the path allows "+list)
	p.Header = http.Header{"Allow": {list}}
	return p
}

func internalError() *Problem {
	return fault(http.StatusInternalServerError, "internal", "")
}

func invalidRequest(errors []FieldError) *Problem {
	p := fault(http.StatusBadRequest, "invalid-request", "the request does not fit the document")
	p.Errors = errors
	return p
}

// tooLarge names no number: the limits of the transports differ, their answers do not.
func tooLarge() *Problem {
	return fault(http.StatusRequestEntityTooLarge, "too-large", "the body is larger than the server takes")
}

func cancelled() *Problem { return fault(statusCancelled, "cancelled", "") }

func truncated() *Problem {
	return fault(http.StatusGone, "truncated", "the history does not reach back to the page any more; begin with the first one")
}

func timedOut() *Problem {
	return fault(http.StatusGatewayTimeout, "timeout", "the operation took too long")
}

// appendProblem appends p as JSON. A problem whose extensions cannot be encoded becomes a 500.
func appendProblem(dst []byte, p *Problem) []byte {
	out, err := p.appendJSON(dst)
	if err != nil {
		out, _ = internalError().appendJSON(dst)
	}
	return out
}

// writeProblem sends p as the whole answer.
func writeProblem(w http.ResponseWriter, p *Problem) {
	b := newBuffer()
	defer b.free()
	body, err := p.appendJSON(b.b)
	if err != nil {
		p = internalError()
		body, _ = p.appendJSON(b.b)
	}
	b.b = body
	h := w.Header()
	for name, values := range p.Header {
		h[name] = append(h[name], values...)
	}
	h.Set("Content-Type", mediaProblem)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(p.status())
	_, _ = w.Write(body) // the peer may be gone; there is nobody left to tell
}
