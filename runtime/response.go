package runtime

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"reflect"
	"strings"
	"unsafe"
)

func canonical(name string) string { return textproto.CanonicalMIMEHeaderKey(name) }

// responseBase returns the struct type of an answer and its address: of the value that a pointer
// points to, or of the struct in the interface, which is read and never changed.
func responseBase(value any) (reflect.Type, unsafe.Pointer) {
	v := reflect.ValueOf(value)
	t := v.Type()
	switch {
	case t.Kind() == reflect.Pointer:
		return t.Elem(), v.UnsafePointer()
	case t.Size() != unsafe.Sizeof(value)/2:
		return t, (*[2]unsafe.Pointer)(unsafe.Pointer(&value))[1]
	}
	// A struct that is one pointer stands in the interface itself, without an address.
	copied := reflect.New(t)
	copied.Elem().Set(v)
	return t, copied.UnsafePointer()
}

// encodeResponse turns what a handler returned into a reply. An error is the application's
// fault: it is logged and answered with 500, and nothing of the answer is sent.
func (plan *operationPlan) encodeResponse(value any, accept string, validate bool) (*reply, error) {
	out := new(reply)
	if err := plan.encodeInto(out, value, accept, validate); err != nil {
		return nil, err
	}
	return out, nil
}

// encodeInto is encodeResponse for a reply that exists.
func (plan *operationPlan) encodeInto(out *reply, value any, accept string, validate bool) error {
	if value == nil {
		return errors.New("the handler returned neither an answer nor an error")
	}
	if page, ok := value.(*historyAnswer); ok {
		*out = reply{status: page.status, media: page.media, body: page.body}
		return nil
	}
	t, base := responseBase(value)
	r := plan.responses[t]
	if r == nil {
		return fmt.Errorf("the handler returned a %s, which the operation does not declare", t)
	}
	if base == nil {
		return fmt.Errorf("the handler returned a nil *%s", t.Name())
	}
	status, err := r.statusOf(base, plan.declared)
	if err != nil {
		return err
	}
	*out = reply{status: status, room: out.room}
	if err := r.writeHeaders(base, out, validate); err != nil {
		return err
	}
	if err := r.writeBody(base, out, accept, validate); err != nil {
		out.release()
		return err
	}
	return nil
}

// writeHeaders fills the header of a reply.
func (r *responsePlan) writeHeaders(base unsafe.Pointer, out *reply, validate bool) error {
	for i := range r.headers {
		h := &r.headers[i]
		if h.field.get(base) == nil {
			if h.required {
				return fmt.Errorf("header %s is required and has no value", h.name)
			}
			continue
		}
		values, err := h.values(base, validate)
		if err != nil {
			return fmt.Errorf("header %s: %w", h.name, err)
		}
		if out.header == nil {
			out.header = make(http.Header, len(r.headers))
		}
		if before := out.header[h.name]; before != nil {
			values = append(before, values...)
		}
		out.header[h.name] = values
	}
	return nil
}

func (h *boundHeader) values(base unsafe.Pointer, validate bool) ([]string, error) {
	var text string
	switch {
	case h.plain:
		text = *(*string)(h.field.get(base))
		if err := h.codec.validate(validate, func() []byte { return appendString(nil, text) }); err != nil {
			return nil, err
		}
	default:
		raw, err := h.codec.encode(nil, h.field.at(base))
		if err == nil {
			err = h.codec.validate(validate, func() []byte { return raw })
		}
		if err != nil {
			return nil, err
		}
		if h.name == "Set-Cookie" && len(raw) > 0 && raw[0] == '[' {
			return headerLines(raw)
		}
		text = string(raw)
		if !h.encoded {
			text = simpleText(raw, h.explode)
		}
	}
	if !validFieldValue(text) {
		return nil, errors.New("the value has characters that no header may have")
	}
	return []string{text}, nil
}

// headerLines gives each item of a list a line of its own: cookies have commas.
func headerLines(raw []byte) ([]string, error) {
	var lines []string
	for item := range jsonItems(raw) {
		line := jsonText(item)
		if !validFieldValue(line) {
			return nil, errors.New("the value has characters that no header may have")
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// simpleText writes a JSON value in the style "simple".
func simpleText(raw []byte, explode bool) string {
	var parts []string
	switch raw[0] {
	case '[':
		for item := range jsonItems(raw) {
			parts = append(parts, strings.Clone(jsonText(item)))
		}
	case '{':
		for name, value := range jsonMembers(raw) {
			if explode {
				parts = append(parts, name+"="+jsonText(value))
			} else {
				parts = append(parts, name, strings.Clone(jsonText(value)))
			}
		}
	default:
		return strings.Clone(jsonText(raw))
	}
	return strings.Join(parts, ",")
}

// trimField takes away the space around a header's value, which is no part of it (RFC 9110, 5.5).
func trimField(text string) string { return strings.Trim(text, " \t") }

// validFieldValue reports whether text may stand in a header (RFC 9110, 5.5).
func validFieldValue(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// writeBody encodes the body of a reply.
func (r *responsePlan) writeBody(base unsafe.Pointer, out *reply, accept string, validate bool) error {
	c := r.choose(base, accept)
	if c == nil {
		if len(r.bodies) > 0 {
			return fmt.Errorf("%s has no body", r.name)
		}
		return nil
	}
	out.media, out.types = c.media, c.header
	if r.media != nil {
		if media := r.media.text(base); media != "" {
			out.media = media
		}
	}
	if strings.Contains(out.media, "*") {
		out.media = "application/octet-stream"
	}
	if !validFieldValue(out.media) {
		return errors.New("the Content-Type has characters that no header may have")
	}
	out.written = c.kind != kindJSON
	switch c.kind {
	case kindJSON:
		return c.writeJSON(base, out, validate)
	case kindForm:
		raw, err := c.codec.encode(nil, c.field.at(base))
		if err != nil {
			return err
		}
		out.body = appendEncoded([]byte{}, c.encoded, raw)
		return c.codec.validate(validate, func() []byte { return raw })
	case kindText:
		text, err := c.text(base, validate)
		if err != nil {
			return err
		}
		out.body = []byte(text)
		if strings.IndexByte(out.media, ';') < 0 && strings.HasPrefix(c.base, "text/") {
			out.media += "; charset=utf-8"
		}
	case kindBytes:
		out.body = *(*[]byte)(c.field.addr(base))
	case kindReader:
		out.reader = c.reader(base)
	case kindStream:
		body := reflect.NewAt(c.field.value, c.field.addr(base)).Elem().Interface().(streamer)
		out.stream = streamOf(body, c.codec, c.whole, validate)
	default:
		return fmt.Errorf("bodies of type %s cannot be written", c.media)
	}
	return nil
}

// resRoom is how much is left free before the body of an answer by socket, for the frame that it becomes
// part of. Answers with many headers need more, and are copied.
const resRoom = 128

var noBytes [resRoom]byte

func (c *boundContent) writeJSON(base unsafe.Pointer, out *reply, validate bool) error {
	out.buffer = newBuffer()
	text, err := c.codec.encode(append(out.buffer.b, noBytes[:out.room]...), c.field.at(base))
	if err != nil {
		return err
	}
	body := text[out.room:]
	out.buffer.b, out.body = text, body
	return c.codec.validate(validate, func() []byte { return body })
}

// text is a body that is a string, a number or a boolean.
func (c *boundContent) text(base unsafe.Pointer, validate bool) (string, error) {
	if c.field.value.Kind() == reflect.String {
		text := *(*string)(c.field.addr(base))
		return text, c.codec.validate(validate, func() []byte { return appendString(nil, text) })
	}
	raw, err := c.codec.encode(nil, c.field.at(base))
	if err != nil {
		return "", err
	}
	return jsonText(raw), c.codec.validate(validate, func() []byte { return raw })
}

func (c *boundContent) reader(base unsafe.Pointer) io.Reader {
	at := c.field.addr(base)
	if c.field.value == fileType {
		return (*File)(at)
	}
	r, _ := reflect.NewAt(c.field.value, at).Elem().Interface().(io.Reader)
	return r
}

// choose picks the body to send: of those that are set the one that the client likes best.
func (r *responsePlan) choose(base unsafe.Pointer, accept string) *boundContent {
	var best *boundContent
	quality := -1
	for i := range r.bodies {
		c := &r.bodies[i]
		if c.field.get(base) == nil && !c.nilIsBody() {
			continue
		}
		if q := acceptQuality(accept, c.media); q > quality {
			best, quality = c, q
		}
	}
	return best
}

// nilIsBody reports whether a nil field still is a body: a nil list is an empty list, a nil
// Stream an empty stream, a nil pointer null where the schema allows it. Where the struct has one
// field per media type they are pointers and tell which is set, so this concerns structs with one
// only.
func (c *boundContent) nilIsBody() bool {
	if c.field.pointer {
		return c.null
	}
	switch c.field.typ.Kind() {
	case reflect.Slice, reflect.Map, reflect.Func:
		return true
	}
	return false
}
