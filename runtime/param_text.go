package runtime

import (
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

// unescape decodes one piece. It reports false for a malformed escape.
func (e escaping) unescape(s string) (string, bool) {
	if e == escapeNone {
		return s, true
	}
	if e == escapePath {
		if strings.IndexByte(s, '%') < 0 {
			return s, true
		}
		text, err := url.PathUnescape(s)
		return text, err == nil
	}
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s, true
	}
	text, err := url.QueryUnescape(s)
	return text, err == nil
}

func validText(s string) bool { return utf8.ValidString(s) }

// A pair is one name=value of a query or a form. The name is unescaped, the value is not.
type pair struct {
	name, raw string
	bad       bool // the name has a malformed escape
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
		name, ok := escapeQuery.unescape(name)
		list = append(list, pair{name: name, raw: raw, bad: !ok})
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

const malformedEscape = "has a malformed percent-encoding"

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
		if name, ok := how.unescape(name); !ok || name != b.name {
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
	value, ok := how.unescape(raw)
	if !ok {
		r.complain(b, "encoding", malformedEscape)
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
		value, ok := how.unescape(part)
		if !ok {
			r.complain(b, "encoding", malformedEscape)
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
		name, ok := how.unescape(name)
		value, ok2 := how.unescape(value)
		if !ok || !ok2 {
			r.complain(b, "encoding", malformedEscape)
			return false
		}
		root.child(name).values = append(root.child(name).values, value)
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
	value, ok := how.unescape(raw)
	if !ok {
		r.complain(b, "encoding", malformedEscape)
		return
	}
	switch b.content {
	case kindJSON:
		r.scratch = append(r.scratch[:0], value...)
	default:
		r.scratch = b.shape.appendScalar(r.scratch[:0], value)
	}
	r.errs = b.setJSON(r.base, r.scratch, r.errs)
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

// query reads all query parameters of the operation.
func (r *textReader) query(plan *requestPlan, raw string, list []pair) []pair {
	if len(plan.query) == 0 && plan.whole == nil {
		return list
	}
	list, ok := splitPairs(list[:0], raw)
	if !ok {
		r.errs = append(r.errs, FieldError{In: string(InQuery), Rule: "maxItems", Detail: "has too many parameters"})
		return list
	}
	for _, b := range plan.query {
		r.fromPairs(b, list, plan.query)
	}
	if plan.whole != nil {
		r.queryString(plan.whole, raw, list)
	}
	return list
}

// queryString reads the one parameter that is the whole query (OpenAPI 3.2).
func (r *textReader) queryString(b *boundParam, raw string, list []pair) {
	switch {
	case raw == "":
		r.errs = b.setAbsent(r.base, r.errs)
	case b.content == kindForm:
		root, ok := formTree(list)
		if !ok {
			r.complain(b, "encoding", malformedEscape)
			return
		}
		r.tree(b, root)
	default:
		r.document(b, raw, escapePath) // a JSON text, percent-encoded as a whole; + stands for itself
	}
}

// fromPairs reads a parameter in query or cookie. Siblings are the parameters of the same place:
// what belongs to them by name is not a member of an exploded object.
func (r *textReader) fromPairs(b *boundParam, list []pair, siblings []*boundParam) {
	if !b.encoded {
		switch {
		case b.style == styleDeep:
			r.deep(b, list)
			return
		case b.style == styleForm && b.explode && b.shape.isObject():
			r.exploded(b, list, siblings)
			return
		}
	}
	first, more := -1, 0
	for i := range list {
		if list[i].name == b.name {
			if first < 0 {
				first = i
			}
			more++
		}
	}
	if first < 0 || b.allowNil && list[first].raw == "" && more == 1 && !b.fastEmpty() {
		r.errs = b.setAbsent(r.base, r.errs)
		return
	}
	if b.in == InCookie {
		more = 1 // browsers repeat a cookie that exists for several paths, closest first
	}
	r.formValue(b, list, first, more)
}

// fastEmpty reports whether the empty text is a value of its own: for text it is.
func (b *boundParam) fastEmpty() bool { return b.shape.types == textShape.types }

func (r *textReader) formValue(b *boundParam, list []pair, first, count int) {
	how := escapeQuery
	if b.in == InCookie {
		how = escapePath
	}
	if b.encoded {
		r.document(b, list[first].raw, how)
		return
	}
	if count > 1 || b.explode && b.shape.isArray() {
		parts := make([]string, 0, count)
		for i := first; i < len(list) && len(parts) < count; i++ {
			if list[i].name == b.name {
				parts = append(parts, list[i].raw)
			}
		}
		// Where the schema wants no list, the codec says so: a repeated value is never dropped.
		r.list(b, parts, how)
		return
	}
	raw := list[first].raw
	switch {
	case b.shape.isArray():
		r.list(b, b.split(raw), how)
	case b.shape.isObject():
		r.object(b, b.split(raw), how)
	default:
		r.scalar(b, raw, how)
	}
}

// split takes apart the unexploded form, spaceDelimited and pipeDelimited styles. The delimiters of
// the last two have no business unescaped in a URL, so both spellings are taken.
func (b *boundParam) split(raw string) []string {
	switch b.style {
	case styleSpace:
		raw = strings.ReplaceAll(raw, "%20", "+")
		return splitList(strings.ReplaceAll(raw, " ", "+"), "+")
	case stylePipe:
		if strings.IndexByte(raw, '|') < 0 {
			raw = strings.NewReplacer("%7C", "|", "%7c", "|").Replace(raw)
		}
		return splitList(raw, "|")
	}
	return splitList(raw, ",")
}

// exploded reads an object whose members are pairs of their own: R=100&G=200.
func (r *textReader) exploded(b *boundParam, list []pair, siblings []*boundParam) {
	var root formNode
	for i := range list {
		p := &list[i]
		if b.shape.props[p.name] == nil && (!b.shape.open || claimed(siblings, b, p.name)) {
			continue
		}
		value, ok := escapeQuery.unescape(p.raw)
		if !ok || p.bad {
			r.complain(b, "encoding", malformedEscape)
			return
		}
		n := root.child(p.name)
		n.values = append(n.values, value)
	}
	if len(root.names) == 0 {
		r.errs = b.setAbsent(r.base, r.errs)
		return
	}
	r.tree(b, &root)
}

// claimed reports whether a name belongs to another parameter.
func claimed(siblings []*boundParam, self *boundParam, name string) bool {
	if siblings == nil {
		return self.in == InCookie // unknown cookies are never an object's members
	}
	for _, s := range siblings {
		if s == self {
			continue
		}
		if s.name == name || s.style == styleDeep && strings.HasPrefix(name, s.name+"[") || s.shape.props[name] != nil {
			return true
		}
	}
	return false
}

// deep reads name[member]=value, nested as deep as it goes.
func (r *textReader) deep(b *boundParam, list []pair) {
	var root formNode
	for i := range list {
		rest, ok := strings.CutPrefix(list[i].name, b.name)
		if !ok || rest != "" && rest[0] != '[' {
			continue
		}
		value, ok := escapeQuery.unescape(list[i].raw)
		if !ok || list[i].bad {
			r.complain(b, "encoding", malformedEscape)
			return
		}
		n, ok := root.at(rest)
		if !ok {
			r.complain(b, "style", "must be written as "+b.name+"[member]=value")
			return
		}
		n.values = append(n.values, value)
	}
	if len(root.names) == 0 && len(root.values) == 0 {
		r.errs = b.setAbsent(r.base, r.errs)
		return
	}
	r.tree(b, &root)
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
