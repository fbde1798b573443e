package runtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"unsafe"

	"github.com/rtgen/rtgen/runtime/internal/codec"
	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// A senderPlan is how to write the request of one operation and how to read its answers.
type senderPlan struct {
	op      *Operation
	request *requestPlan
	body    *responsePlan // the media types of the request, as something that is written
	answers []*answerPlan
	accept  string
	err     error // why the operation cannot be sent
}

// An answerPlan is how to read one answer struct.
type answerPlan struct {
	typ     reflect.Type
	status  statusRange
	field   *fieldPlace // the field tagged `status:""`; nil: none
	headers []*boundParam
	body    requestPlan
}

func newSenderPlan(set *jsonschema.Set, op *Operation, request reflect.Type) *senderPlan {
	p := newPlanner(set, op)
	plan := &senderPlan{op: op}
	without := *op
	without.Body = nil
	plan.request = p.request(&without, request)
	p.out = p.in // whoever sends writes requests …
	plan.body = &responsePlan{name: request.String()}
	if op.Body != nil {
		plan.body = p.response(&Response{Content: op.Body.Content}, request)
	}
	q := newPlanner(set, op)
	q.in = q.out // … and reads answers
	for i := range op.Responses {
		plan.answers = append(plan.answers, q.answer(&op.Responses[i]))
	}
	plan.accept = strings.Join(produced(op), ", ")
	plan.err = errors.Join(append(p.errs, q.errs...)...)
	return plan
}

// answer plans how to read one answer.
func (p *planner) answer(r *Response) *answerPlan {
	status, err := parseStatus(r.Status)
	if err != nil {
		p.errs = append(p.errs, err)
	}
	a := &answerPlan{status: status, typ: reflect.TypeOf(r.As).Elem()}
	if f, ok := taggedField(a.typ, "status", ""); ok {
		place := placeOf(f)
		a.field = &place
	}
	for i := range r.Headers {
		if f, ok := taggedField(a.typ, "header", r.Headers[i].Name); ok {
			a.headers = append(a.headers, p.param(&r.Headers[i], f))
		}
	}
	a.body.body = &Body{Content: r.Content}
	for i := range r.Content {
		b := p.requestBody(&r.Content[i], a.typ)
		if b == nil {
			continue
		}
		if b.kind == kindStream || b.kind == kindMultipart {
			p.fail("answers of type %s cannot be read", r.Content[i].Type)
		}
		a.body.bodies = append(a.body.bodies, b)
	}
	return a
}

// newRequest makes the HTTP request for the struct at base. The bytes are the body, nil when there
// is none or it is read from the application's reader.
func (plan *senderPlan) newRequest(ctx context.Context, address string, base unsafe.Pointer) (*http.Request, []byte, error) {
	target, err := parseTarget(address)
	if err != nil {
		return nil, nil, err
	}
	header := make(http.Header)
	if plan.accept != "" {
		header.Set("Accept", plan.accept)
	}
	query, err := plan.writeParams(base, header, target.RawQuery)
	if err != nil {
		return nil, nil, err
	}
	target.RawQuery = query
	reader, body, err := plan.writeBody(ctx, base, header)
	if err != nil {
		return nil, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, plan.op.Method, target.String(), reader)
	if err != nil {
		return nil, nil, err
	}
	req.Header = header
	return req, body, nil
}

// parseTarget reads the URL that a request goes to.
func parseTarget(address string) (*url.URL, error) {
	target, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if target.Scheme != "http" && target.Scheme != "https" || target.Host == "" {
		return nil, fmt.Errorf("%q is no http or https URL with a host", address)
	}
	target.Fragment, target.RawFragment = "", ""
	return target, nil
}

// writeParams fills the header and appends to the query.
func (plan *senderPlan) writeParams(base unsafe.Pointer, header http.Header, query string) (string, error) {
	var errs []FieldError
	dst := []byte(query)
	var cookies []string
	for _, b := range plan.request.params {
		before := len(errs)
		var raw []byte
		if raw, errs = b.checked(base, errs); len(errs) > before || raw == nil || raw[0] == 'n' {
			continue
		}
		switch b.in {
		case InQuery, InQueryString:
			dst = appendQuery(dst, b, b.name, raw)
		case InHeader:
			text := headerText(b, raw)
			if !validFieldValue(text) {
				errs = append(errs, FieldError{In: "header", Name: b.name, Detail: "has characters that no header may have"})
				continue
			}
			header.Set(b.header, text)
		case InCookie:
			pair := appendQuery(nil, b, b.name, raw)
			cookies = append(cookies, strings.ReplaceAll(string(pair), "&", "; "))
		}
	}
	if len(cookies) > 0 {
		header.Set("Cookie", strings.Join(cookies, "; "))
	}
	return string(dst), misfit(errs)
}

// checked returns the JSON text of a parameter, nil when it is absent, and adds what is wrong with it
// to list.
func (b *boundParam) checked(base unsafe.Pointer, list []FieldError) ([]byte, []FieldError) {
	if b.field.get(base) == nil {
		if b.required {
			list = append(list, FieldError{In: string(b.in), Name: b.name, Rule: "required", Detail: "is required"})
		}
		return nil, list
	}
	raw, err := b.codec.encode(nil, b.field.at(base))
	if err == nil {
		err = b.codec.check(raw)
	}
	if err != nil {
		return nil, fieldErrors(list, err, b.in, b.name)
	}
	return raw, list
}

// misfit makes one error of all that is wrong with a request or an answer, nil of nothing.
func misfit(list []FieldError) error {
	errs := make([]error, len(list))
	for i, e := range list {
		place := e.In
		for _, more := range []string{e.Name, e.Pointer} {
			if more != "" {
				place += " " + more
			}
		}
		errs[i] = fmt.Errorf("%s %s", place, e.Detail)
	}
	return errors.Join(errs...)
}

// writeBody encodes the body and sets its Content-Type.
func (plan *senderPlan) writeBody(ctx context.Context, base unsafe.Pointer, header http.Header) (io.Reader, []byte, error) {
	c := plan.body.choose(base, "")
	if c == nil {
		if plan.op.Body != nil && plan.op.Body.Required {
			return nil, nil, errors.New("the body is required")
		}
		return nil, nil, nil
	}
	if c.kind == kindMultipart {
		return nil, nil, fmt.Errorf("bodies of type %s cannot be sent", c.media)
	}
	var out reply
	defer out.release()
	if err := plan.body.writeBody(base, &out, "", true); err != nil {
		if _, ok := errors.AsType[*codec.Error](err); ok {
			return nil, nil, misfit(fieldErrors(nil, err, "body", ""))
		}
		return nil, nil, fmt.Errorf("body: %w", err)
	}
	header.Set("Content-Type", out.media)
	if out.reader != nil {
		reader := out.reader
		out.reader = nil // the client closes it, if it is to be closed
		return reader, nil, nil
	}
	if out.stream != nil { // in memory: what is signed must be known
		write := streamWriter(out.media)
		if err := out.stream(ctx, func(item streamItem) error { out.body = write(out.body, item); return nil }); err != nil {
			return nil, nil, fmt.Errorf("body: %w", err)
		}
	}
	// The buffer goes back to its pool; what is sent, and signed, is a copy of our own.
	body := append([]byte{}, out.body...)
	return strings.NewReader(string(body)), body, nil
}

// answer reads an answer into the struct that its status means.
func (plan *senderPlan) answer(res *http.Response, data []byte) (any, error) {
	var best *answerPlan
	rank := 0
	for _, a := range plan.answers {
		if r := a.status.rank(res.StatusCode); r > rank {
			best, rank = a, r
		}
	}
	switch {
	case best == nil:
		return nil, errors.New("the document does not declare this status")
	case len(data) > maxAnswer:
		return nil, fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	return best.read(res, data)
}

func (a *answerPlan) read(res *http.Response, data []byte) (any, error) {
	value := reflect.New(a.typ)
	base := value.UnsafePointer()
	if a.field != nil {
		reflect.NewAt(a.field.value, a.field.make(base)).Elem().SetInt(int64(res.StatusCode))
	}
	text := textReader{base: base}
	for _, b := range a.headers {
		text.header(b, res.Header.Values(b.name))
	}
	limits := bodyLimits{message: maxAnswer, upload: maxAnswer, memory: maxAnswer}
	body := bodyReader{plan: &a.body, limits: &limits, base: base, errs: text.errs}
	contentType := res.Header.Get("Content-Type")
	switch b := a.body.match(contentType); {
	case len(a.body.bodies) == 0:
		// What comes is more than was promised, and nothing to complain about.
	case b == nil:
		return nil, fmt.Errorf("the document does not declare the media type %q for this status", contentType)
	default:
		if p := body.finish(b, data, contentType, true); p != nil {
			return nil, p
		}
		if len(data) == 0 && !b.emptyIsValue() {
			body.complain("required", "is required")
		}
	}
	if err := misfit(body.errs); err != nil {
		return nil, err
	}
	return value.Elem().Interface(), nil
}
