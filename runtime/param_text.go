package runtime

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// This file reads parameters as HTTP carries them: text, written by one of OpenAPI's styles.

// escaping is how a place protects delimiters within values.
type escaping int

const (
	escapeNone  escaping = iota // headers; a path that has been decoded already
	escapePath                  // %2C
	escapeQuery                 // %2C, and + is a space
)

// What is wrong with a text that cannot be decoded.
const (
	malformedEscape = "has a malformed percent-encoding"
	malformedUTF8   = "must be UTF-8"
)

// unescape decodes one piece and says what is wrong with it, nothing if it is a text. What is no
// UTF-8 is refused, as in a frame or a JSON text: replaced, two values could become one.
func (e escaping) unescape(s string) (text, wrong string) {
	var err error
	switch {
	case e == escapeQuery && (strings.IndexByte(s, '%') >= 0 || strings.IndexByte(s, '+') >= 0):
		s, err = url.QueryUnescape(s)
	case e == escapePath && strings.IndexByte(s, '%') >= 0:
		s, err = url.PathUnescape(s)
	}
	switch {
	case err != nil:
		return "", malformedEscape
	case !utf8.ValidString(s):
		return "", malformedUTF8
	}
	return s, ""
}

// A pair is one name=value of a query or a form. The name is unescaped, the value is not.
type pair struct {
	name, raw string
	wrong     string // what is wrong with the name; empty: nothing
}

// maxPairs is how many pairs a query or a form may have. Each costs work for every parameter
// that is searched for; real ones have dozens.
const maxPairs = 4096

// splitPairs appends the pairs of a query string or a form to list. It reports false when there
// are too many.
func splitPairs(list []pair, query string) ([]pair, bool) {
	for query != "" {
		var part string
		part, query, _ = strings.Cut(query, "&")
		if part == "" {
			continue
		}
		if len(list) == maxPairs {
			return list, false
		}
		name, raw, _ := strings.Cut(part, "=")
		name, wrong := escapeQuery.unescape(name)
		list = append(list, pair{name: name, raw: raw, wrong: wrong})
	}
	return list, true
}

// A textReader fills parameters from text.
type textReader struct {
	base    unsafe.Pointer // the request struct
	errs    []FieldError
	scratch []byte // for normal forms; each is used up before the next is made
}

func (r *textReader) complain(b *boundParam, rule, detail string) {
	r.errs = append(r.errs, FieldError{In: string(b.in), Name: b.name, Rule: rule, Detail: detail})
}

// path reads a path parameter. Raw says that value is percent-encoded.
func (r *textReader) path(b *boundParam, value string, raw bool) {
	how := escapeNone
	if raw {
		how = escapePath
	}
	switch b.style {
	case styleLabel:
		value = strings.TrimPrefix(value, ".")
	case styleMatrix:
		r.matrix(b, strings.TrimPrefix(value, ";"), how)
		return
	}
	r.delimited(b, value, b.pathDelimiter(), how)
}

// pathDelimiter is what stands between the items of simple and label.
func (b *boundParam) pathDelimiter() string {
	if b.style == styleLabel && b.explode {
		return "."
	}
	return ","
}

// matrix reads ";name=3,4" and, exploded, ";name=3;name=4" or ";R=100;G=200"; the first
// semicolon is gone.
func (r *textReader) matrix(b *boundParam, value string, how escaping) {
	if b.explode && b.shape.isObject() {
		r.delimited(b, value, ";", how)
		return
	}
	var parts []string
	for part := range strings.SplitSeq(value, ";") {
		name, text, _ := strings.Cut(part, "=")
		if name, wrong := how.unescape(name); wrong != "" || name != b.name {
			r.complain(b, "style", "must be written as ;"+b.name+"=value")
			return
		}
		parts = append(parts, text)
	}
	if b.explode && b.shape.isArray() {
		r.list(b, parts, how)
		return
	}
	if len(parts) != 1 {
		r.complain(b, "style", "is given more than once")
		return
	}
	r.delimited(b, parts[0], ",", how)
}

// delimited reads a value whose items, or names and values, stand between delimiters.
func (r *textReader) delimited(b *boundParam, value, delimiter string, how escaping) {
	switch {
	case b.encoded:
		r.document(b, value, how)
	case b.shape.isArray():
		r.list(b, splitList(value, delimiter), how)
	case b.shape.isObject():
		r.object(b, splitList(value, delimiter), how)
	default:
		r.scalar(b, value, how)
	}
}

func splitList(value, delimiter string) []string {
	if value == "" {
		return nil
	}
	return strings.Split(value, delimiter)
}

// scalar reads a single value.
func (r *textReader) scalar(b *boundParam, raw string, how escaping) {
	value, wrong := how.unescape(raw)
	if wrong != "" {
		r.complain(b, "encoding", wrong)
		return
	}
	if b.setText(r.base, value) {
		return
	}
	r.scratch = b.shape.appendScalar(r.scratch[:0], value)
	r.errs = b.setJSON(r.base, r.scratch, r.errs)
}

// list reads the items of an array.
func (r *textReader) list(b *boundParam, parts []string, how escaping) {
	dst := append(r.scratch[:0], '[')
	for i, part := range parts {
		value, wrong := how.unescape(part)
		if wrong != "" {
			r.complain(b, "encoding", wrong)
			return
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = b.shape.item(i).appendScalar(dst, value)
	}
	r.scratch = append(dst, ']')
	r.errs = b.setJSON(r.base, r.scratch, r.errs)
}

// object reads "R,100,G,200" or, exploded, "R=100,G=200".
func (r *textReader) object(b *boundParam, parts []string, how escaping) {
	var root formNode
	add := func(name, value string) bool {
		name, wrong := how.unescape(name)
		value, wrong2 := how.unescape(value)
		if wrong = cmp.Or(wrong, wrong2); wrong != "" {
			r.complain(b, "encoding", wrong)
			return false
		}
		n := root.child(name)
		n.values = append(n.values, value)
		return true
	}
	if b.explode {
		for _, part := range parts {
			name, value, ok := strings.Cut(part, "=")
			if !ok {
				r.complain(b, "style", "must be written as name=value")
				return
			}
			if !add(name, value) {
				return
			}
		}
	} else {
		if len(parts)%2 != 0 {
			r.complain(b, "style", "must be written as name,value,name,value")
			return
		}
		for i := 0; i < len(parts); i += 2 {
			if !add(parts[i], parts[i+1]) {
				return
			}
		}
	}
	r.tree(b, &root)
}

func (r *textReader) tree(b *boundParam, root *formNode) {
	r.scratch = root.appendJSON(r.scratch[:0], b.shape)
	r.errs = b.setJSON(r.base, r.scratch, r.errs)
}

// document reads a parameter that is written by a media type.
func (r *textReader) document(b *boundParam, raw string, how escaping) {
	value, wrong := how.unescape(raw)
	if wrong != "" {
		r.complain(b, "encoding", wrong)
		return
	}
	r.text(b, value)
}

// text reads the text of a parameter that is written by a media type.
func (r *textReader) text(b *boundParam, value string) {
	switch {
	case b.content == kindJSON:
		r.scratch = append(r.scratch[:0], value...)
	case b.content == kindForm && b.shape.isObject():
		r.form(b, value)
		return
	default:
		r.scratch = b.shape.appendScalar(r.scratch[:0], value)
	}
	r.errs = b.setJSON(r.base, r.scratch, r.errs)
}

// form reads a parameter that is written as a form: x=1&y=2.
func (r *textReader) form(b *boundParam, text string) {
	list, ok := splitPairs(nil, text)
	if !ok {
		r.complain(b, "maxItems", "has too many members")
		return
	}
	root, wrong := formTree(list, b.members)
	if wrong != "" {
		r.complain(b, "encoding", wrong)
		return
	}
	r.tree(b, root)
}

// header reads a header parameter. Lines of one name are one list (RFC 9110, 5.3).
func (r *textReader) header(b *boundParam, values []string) {
	if len(values) == 0 {
		r.errs = b.setAbsent(r.base, r.errs)
		return
	}
	value := values[0]
	if len(values) > 1 {
		value = strings.Join(values, ", ")
	}
	if !b.encoded && (b.shape.isArray() || b.shape.isObject()) {
		parts := splitList(value, ",")
		for i := range parts {
			parts[i] = strings.Trim(parts[i], " \t")
		}
		if b.shape.isArray() {
			r.list(b, parts, escapeNone)
		} else {
			r.object(b, parts, escapeNone)
		}
		return
	}
	if b.encoded {
		r.document(b, value, escapeNone)
		return
	}
	r.scalar(b, value, escapeNone)
}

// cookies reads the cookie parameters from the Cookie header lines.
func (r *textReader) cookies(params []*boundParam, lines []string) {
	if len(params) == 0 {
		return
	}
	var list []pair
	for _, line := range lines {
		for part := range strings.SplitSeq(line, ";") {
			name, value, ok := strings.Cut(strings.Trim(part, " \t"), "=")
			if ok && len(list) < maxPairs {
				list = append(list, pair{name: name, raw: unquoteCookie(value)})
			}
		}
	}
	for _, b := range params {
		r.fromPairs(b, list, nil)
	}
}

func unquoteCookie(value string) string {
	if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
		return value[1 : len(value)-1]
	}
	return value
}

// fromHTTP reads every parameter of a request.
func (r *textReader) fromHTTP(plan *requestPlan, src *source, sc *scratch) {
	for i, b := range plan.path {
		if b != nil && i < len(src.path) {
			r.path(b, src.path[i], src.escaped)
		}
	}
	sc.pairs = r.query(plan, src.req.URL.RawQuery, sc.pairs)
	for _, b := range plan.headers {
		r.header(b, headerValues(src.req, b.header))
	}
	r.cookies(plan.cookies, src.req.Header["Cookie"])
}

// headerValues is r.Header[name], knowing that net/http keeps Host elsewhere.
func headerValues(req *http.Request, name string) []string {
	if name == "Host" && req.Host != "" {
		return []string{req.Host}
	}
	return req.Header[name]
}
