package runtime

import (
	"fmt"
	"reflect"
	"strconv"
	"unsafe"
)

// A responsePlan is how to send one response struct of one operation. A struct may be declared
// for several statuses ("4XX" and "default"); then its status field tells which is meant.
type responsePlan struct {
	name     string // of the struct, for the log
	statuses []statusRange
	status   *fieldPlace // the field tagged `status:""`; nil: the status is fixed
	headers  []boundHeader
	bodies   []boundContent
	media    *fieldPlace // the field that names the Content-Type where the document leaves it open
}

// A statusRange is a declared status: "201" is one, "4XX" a hundred, "default" all.
type statusRange struct {
	from, to int
	explicit bool
}

// A boundHeader is a response header and the field that holds it.
type boundHeader struct {
	name     string // canonical
	field    fieldPlace
	codec    *valueCodec
	explode  bool
	encoded  bool // written as JSON text
	required bool
	plain    bool // the field is a string and stands as it is
}

// A boundContent is one media type of a response and the field that holds its body.
type boundContent struct {
	media  string
	base   string
	kind   mediaKind
	field  fieldPlace
	codec  *valueCodec
	whole  bool     // of streams: items are whole server-sent events
	null   bool     // a nil pointer is the body null
	header []string // media as a header value

	encoded map[string]*boundParam // of forms: members with an encoding
}

// parseStatus reads "201", "4XX" or "default".
func parseStatus(s string) (statusRange, error) {
	if s == "default" {
		return statusRange{from: 100, to: 599}, nil
	}
	if len(s) == 3 && s[0] >= '1' && s[0] <= '5' && (s[1:] == "XX" || s[1:] == "xx") {
		from := int(s[0]-'0') * 100
		return statusRange{from: from, to: from + 99}, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 100 || n > 599 {
		return statusRange{}, fmt.Errorf("status %q is none of 100 to 599, NXX or default", s)
	}
	return statusRange{from: n, to: n, explicit: true}, nil
}

// responses plans every response struct of op, by type, and collects the declared statuses.
func (p *planner) responses(op *Operation) (map[reflect.Type]*responsePlan, []statusRange) {
	plans := make(map[reflect.Type]*responsePlan)
	var declared []statusRange
	for i := range op.Responses {
		r := &op.Responses[i]
		status, err := parseStatus(r.Status)
		if err != nil {
			p.errs = append(p.errs, err)
			continue
		}
		declared = append(declared, status)
		if r.As == nil {
			continue
		}
		t := reflect.TypeOf(r.As)
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		plan := plans[t]
		if plan == nil {
			plan = p.response(r, t)
			plans[t] = plan
		}
		plan.statuses = append(plan.statuses, status)
	}
	return plans, declared
}

// response plans one struct.
func (p *planner) response(r *Response, t reflect.Type) *responsePlan {
	plan := &responsePlan{name: t.String()}
	if t.Kind() != reflect.Struct {
		p.fail("%s is no struct", t)
		return plan
	}
	if f, ok := taggedField(t, "status", ""); ok {
		place := placeOf(f)
		plan.status = &place
	}
	for i := range r.Headers {
		if f, ok := taggedField(t, "header", r.Headers[i].Name); ok {
			plan.headers = append(plan.headers, p.responseHeader(&r.Headers[i], f))
		} else {
			p.fail("%s has no field for the header %s", t, r.Headers[i].Name)
		}
	}
	if f, ok := taggedField(t, "header", "Content-Type"); ok {
		place := placeOf(f)
		plan.media = &place
	}
	for i := range r.Content {
		f, ok := taggedField(t, "body", r.Content[i].Type)
		if !ok {
			continue // the channel of a stream operation is no field
		}
		plan.bodies = append(plan.bodies, p.responseBody(&r.Content[i], f))
	}
	if len(plan.bodies) == 1 {
		c := &plan.bodies[0]
		c.null = c.kind == kindJSON && c.codec != nil && c.codec.check([]byte("null")) == nil
	}
	return plan
}

func (p *planner) responseHeader(spec *Param, f reflect.StructField) boundHeader {
	_, explode := styleOf(InHeader, "", spec.Explode)
	h := boundHeader{
		name: canonical(spec.Name), field: placeOf(f), explode: explode,
		encoded: spec.Content != "" && isJSONMedia(baseMedia(spec.Content)), required: spec.Required,
	}
	h.plain = !h.encoded && h.field.value.Kind() == reflect.String && h.field.value.Name() == "string"
	codec, err := newCodec(p.set, p.schema(spec.Schema), h.field.typ, p.out)
	if err != nil {
		p.fail("header %s: %w", spec.Name, err)
	}
	h.codec = codec
	return h
}

func (p *planner) responseBody(media *Media, f reflect.StructField) boundContent {
	c := boundContent{header: []string{media.Type}, media: media.Type, base: baseMedia(media.Type), field: placeOf(f)}
	var err error
	if c.kind, err = mediaOf(media.Type, c.field.value); err != nil {
		if c.field.value.Kind() != reflect.Struct {
			p.errs = append(p.errs, err)
		}
		c.kind = kindJSON
	}
	t := c.field.typ
	if c.kind == kindStream {
		t = reflect.Zero(c.field.value).Interface().(streamer).itemType()
		c.whole = c.base == "text/event-stream" && isEventType(t)
	}
	if c.kind == kindReader || c.kind == kindBytes {
		return c
	}
	if c.codec, err = newCodec(p.set, p.schema(media.Schema), t, p.out); err != nil {
		p.fail("body of type %s: %w", media.Type, err)
	}
	if c.kind == kindForm && len(media.Encoding) > 0 {
		c.encoded = encodings(p.shapes.shapeOf(p.schema(media.Schema)), media.Encoding)
	}
	return c
}

// statusOf decides the status of an answer, or says why it has none.
func (plan *responsePlan) statusOf(base unsafe.Pointer, declared []statusRange) (int, error) {
	if plan.status == nil {
		for _, s := range plan.statuses {
			if s.explicit {
				return s.from, nil
			}
		}
		return plan.statuses[0].zero(), nil
	}
	status := plan.status.int(base)
	if status == 0 {
		return plan.statuses[0].zero(), nil
	}
	if status < 200 || status > 599 {
		return 0, fmt.Errorf("%s has status %d, which is none of 200 to 599", plan.name, status)
	}
	best := 0
	for _, s := range plan.statuses {
		best = max(best, s.rank(status))
	}
	if best == 0 {
		return 0, fmt.Errorf("%s has status %d, which the document does not declare for it", plan.name, status)
	}
	for _, s := range declared {
		if s.rank(status) > best {
			return 0, fmt.Errorf("%s has status %d, which the document declares for another response", plan.name, status)
		}
	}
	return status, nil
}

// rank says how closely a declaration means a status; 0: not at all.
func (s statusRange) rank(status int) int {
	switch {
	case status < s.from || status > s.to:
		return 0
	case s.explicit:
		return 3
	case s.to-s.from < 100:
		return 2
	}
	return 1
}

// zero is the status of a response that names none: the first of its range, 500 under default.
func (s statusRange) zero() int {
	if s.to-s.from > 100 {
		return 500
	}
	return s.from
}

// int reads a status field.
func (f *fieldPlace) int(base unsafe.Pointer) int {
	at := f.get(base)
	if at == nil {
		return 0
	}
	if f.value == intType {
		return *(*int)(at)
	}
	if v := reflect.NewAt(f.value, at).Elem(); v.CanInt() {
		return int(v.Int())
	}
	return 0
}

// text reads a field that is a string.
func (f *fieldPlace) text(base unsafe.Pointer) string {
	if at := f.get(base); at != nil && f.value.Kind() == reflect.String {
		return *(*string)(at)
	}
	return ""
}
