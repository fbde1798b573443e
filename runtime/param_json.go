package runtime

import (
	"iter"
	"net/http"
	"slices"
	"strings"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

// This file reads parameters as call frames carry them: JSON values, each standing for what its
// style would have made of it over HTTP.

// A memberCursor steps through the members of a JSON object. It ends early when the text is no
// well-formed object, which readers of frames have ruled out.
type memberCursor struct {
	text []byte
	at   int // of the next member's name; -1: at the end
	skip jsonscan.Skipper
}

// membersOf returns a cursor before the first member. Any text that is no object has none.
func membersOf(text []byte) memberCursor {
	c := memberCursor{text: text, at: -1}
	if i := jsonscan.SkipSpace(text, 0); i < len(text) && text[i] == '{' {
		c.at = jsonscan.SkipSpace(text, i+1)
	}
	return c
}

// next returns the name of the next member as text and its value as it stands. Both may share
// memory with the text.
func (c *memberCursor) next() (name string, value []byte, ok bool) {
	text, i := c.text, c.at
	if i < 0 || i >= len(text) || text[i] != '"' {
		return "", nil, false
	}
	c.at = -1
	end, escaped := jsonscan.String(text, i)
	if end < 0 {
		return "", nil, false
	}
	start := jsonscan.SkipSpace(text, end)
	if start >= len(text) || text[start] != ':' {
		return "", nil, false
	}
	start = jsonscan.SkipSpace(text, start+1)
	stop := c.skip.Skip(text, start, maxNesting)
	if stop < 0 {
		return "", nil, false
	}
	if comma := jsonscan.SkipSpace(text, stop); comma < len(text) && text[comma] == ',' {
		c.at = jsonscan.SkipSpace(text, comma+1)
	}
	return jsonscan.Text(text[i+1:end-1], escaped), text[start:stop:stop], true
}

// jsonMembers is membersOf for range.
func jsonMembers(text []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for c := membersOf(text); ; {
			name, value, ok := c.next()
			if !ok || !yield(name, value) {
				return
			}
		}
	}
}

// jsonItems yields the items of a JSON array.
func jsonItems(text []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		i := jsonscan.SkipSpace(text, 0)
		if i >= len(text) || text[i] != '[' {
			return
		}
		var skip jsonscan.Skipper
		for i = jsonscan.SkipSpace(text, i+1); i < len(text) && text[i] != ']'; {
			stop := skip.Skip(text, i, maxNesting)
			if stop < 0 || !yield(text[i:stop:stop]) {
				return
			}
			if i = jsonscan.SkipSpace(text, stop); i >= len(text) || text[i] != ',' {
				return
			}
			i = jsonscan.SkipSpace(text, i+1)
		}
	}
}

// jsonText returns a JSON string as text, and any other value as it is written. It may share
// memory with raw.
func jsonText(raw []byte) string {
	if len(raw) > 1 && raw[0] == '"' {
		end, escaped := jsonscan.String(raw, 0)
		if end < 0 {
			return ""
		}
		return jsonscan.Text(raw[1:end-1], escaped)
	}
	return jsonscan.Text(raw, false)
}

// fromCall reads every parameter of a call frame. It reports false when a path parameter is
// empty: over HTTP no route has such a path.
//
// With a virtual request the headers are taken from there, and so is the query if it is another
// than the frame's: middleware may have changed them.
func (r *textReader) fromCall(plan *requestPlan, src *source, sc *scratch) bool {
	in := src.in
	sc.slots = slices.Grow(sc.slots[:0], len(plan.params))[:len(plan.params)]
	clear(sc.slots)
	r.place(plan, InPath, in.path, sc.slots)
	if src.parse {
		sc.pairs = r.query(plan, src.req.URL.RawQuery, sc.pairs)
	} else {
		r.place(plan, InQuery, in.query, sc.slots)
	}
	for _, b := range plan.params {
		switch raw := sc.slots[b.index]; b.in {
		case InPath:
			// Other styles have a delimiter in front, JSON has quotes.
			if string(raw) == `""` && b.style == styleSimple && !(b.encoded && b.content == kindJSON) {
				return false
			}
			r.value(b, raw)
		case InQuery, InQueryString:
			if !src.parse {
				r.value(b, raw)
			}
		case InHeader:
			if src.req != nil {
				r.header(b, headerValues(src.req, b.header))
			} else {
				r.callHeader(b, in)
			}
		}
	}
	if len(plan.cookies) > 0 {
		lines := in.handshakeHeader("Cookie")
		if src.req != nil {
			lines = src.req.Header["Cookie"]
		}
		r.cookies(plan.cookies, lines)
	}
	return true
}

// place finds the values of one group of a frame and keeps them by parameter.
func (r *textReader) place(plan *requestPlan, in In, group []byte, slots [][]byte) {
	if len(group) > 0 && group[0] != '{' && group[0] != 'n' {
		r.errs = append(r.errs, FieldError{In: string(in), Rule: "type", Detail: "must be an object"})
		return
	}
	for c := membersOf(group); ; {
		name, raw, ok := c.next()
		if !ok {
			return
		}
		b := plan.lookup(in, name)
		if b == nil {
			continue
		}
		if slots[b.index] != nil {
			r.complain(b, "uniqueItems", "is given more than once")
			continue
		}
		slots[b.index] = raw
	}
}

// lookup finds the parameter that a member of a frame's group means.
func (plan *requestPlan) lookup(in In, name string) *boundParam {
	for _, b := range plan.params {
		if b.name == name && (b.in == in || in == InQuery && b.in == InQueryString) {
			return b
		}
	}
	return nil
}

// callHeader reads a header parameter: of the call, else of the connection.
func (r *textReader) callHeader(b *boundParam, in *callInput) {
	if raw := in.callHeader(b.header); raw != nil && !deniedInCalls[b.header] {
		if b.encoded && raw[0] == '"' {
			r.document(b, trimField(jsonText(raw)), escapeNone) // a string in headers is the header's text
			return
		}
		r.value(b, raw)
		return
	}
	r.header(b, in.connectionHeader(b.header))
}

// value reads a JSON value as if its style had serialised it. Null, and what serialises to
// nothing (RFC 6570: empty lists and objects), is absent.
func (r *textReader) value(b *boundParam, raw []byte) {
	if len(raw) == 0 || raw[0] == 'n' {
		r.errs = b.setAbsent(r.base, r.errs)
		return
	}
	if raw[0] == '"' {
		r.httpString(b, raw)
		return
	}
	if b.encoded && b.content == kindJSON {
		r.errs = b.setJSON(r.base, raw, r.errs)
		return
	}
	if b.fast == fastInt && b.setText(r.base, jsonText(raw)) {
		return
	}
	switch {
	case b.encoded:
		text := b.documentText(raw)
		if text == "" && b.in == InQueryString {
			r.errs = b.setAbsent(r.base, r.errs)
		} else {
			r.text(b, text)
		}
		return
	case b.style == styleDeep:
		r.httpDeep(b, raw)
		return
	case raw[0] == '[' && !b.shape.isArray() && !b.explode:
		r.httpList(b, raw)
		return
	case raw[0] == '{' && b.shape.isArray() && !b.shape.isObject() && !b.spread():
		r.httpMembers(b, raw)
		return
	}
	r.scratch = b.shape.appendValue(r.scratch[:0], raw)
	if text := string(r.scratch); text == "[]" || text == "{}" {
		r.errs = b.setAbsent(r.base, r.errs)
		return
	}
	r.errs = b.setJSON(r.base, r.scratch, r.errs)
}

// httpString reads a JSON string. In headers it is the text of the header; elsewhere it is one value, whose delimiters its
// style escapes: where the parameter is a list, a list of one.
func (r *textReader) httpString(b *boundParam, raw []byte) {
	if b.encoded && b.content == kindJSON {
		// A string given for a JSON document is that document's value, not its text.
		r.errs = b.setJSON(r.base, raw, r.errs)
		return
	}
	text := strings.Clone(jsonText(raw))
	switch {
	case b.in == InHeader:
		r.header(b, []string{trimField(text)})
	case text == "" && b.allowNil:
		r.empty(b)
	case b.encoded:
		r.text(b, text)
	case !b.shape.isArray() && !b.shape.isObject():
		r.one(b, text)
	case b.style == styleDeep:
		r.httpDeep(b, raw)
	case b.shape.isArray() && text == "" && !b.explode:
		r.list(b, nil, escapeNone)
	case b.shape.isArray():
		r.list(b, []string{text}, escapeNone)
	default:
		r.httpObject(b, raw, text)
	}
}

// one reads a text for a parameter that takes a single value.
func (r *textReader) one(b *boundParam, text string) {
	if b.setText(r.base, text) {
		return
	}
	r.scratch = b.shape.appendScalar(r.scratch[:0], text)
	r.errs = b.setJSON(r.base, r.scratch, r.errs)
}

// httpObject reads a text for a parameter that takes an object.
func (r *textReader) httpObject(b *boundParam, raw []byte, text string) {
	switch {
	case b.in == InQuery && b.explode:
		r.errs = b.setJSON(r.base, raw, r.errs) // over HTTP it would be another parameter
	case b.style == styleMatrix && b.explode:
		r.object(&boundParam{name: b.name, in: b.in, shape: b.shape, codec: b.codec, field: b.field}, []string{b.name, text}, escapeNone)
	case text == "":
		r.object(b, nil, escapeNone)
	case b.explode:
		r.complain(b, "style", "must be written as name=value")
	default:
		r.object(b, []string{text}, escapeNone)
	}
}

// httpList reads a list given for a parameter that takes none: over HTTP its items would run
// together.
func (r *textReader) httpList(b *boundParam, raw []byte) {
	var texts []string
	for item := range jsonItems(raw) {
		texts = append(texts, jsonText(item))
	}
	r.httpString(b, appendString(nil, strings.Join(texts, ",")))
}

// spread reports whether the members of an object become parameters of their own.
func (b *boundParam) spread() bool {
	return b.explode && b.style == styleForm
}

// httpMembers reads an object given for a parameter that takes a list: over HTTP its names and values
// are the items.
func (r *textReader) httpMembers(b *boundParam, raw []byte) {
	texts, _ := flatten(raw)
	switch {
	case len(texts) == 0:
		r.errs = b.setAbsent(r.base, r.errs)
		return
	case b.explode && b.style == styleMatrix:
		r.complain(b, "style", "must be written as ;"+b.name+"=value")
		return
	case b.explode:
		texts = joinPairs(texts)
	}
	r.list(b, texts, escapeNone)
}

// httpDeep reads a value in the style deepObject by way of the pairs that it is over HTTP: what brackets make of a
// list in the place of an object has many cases, and none that would be worth two implementations.
func (r *textReader) httpDeep(b *boundParam, raw []byte) {
	list, ok := splitPairs(nil, string(appendForm(nil, b.name, raw)))
	if !ok {
		r.complain(b, "maxItems", "has too many members")
		return
	}
	r.deep(b, list)
}

// appendValue appends the normal form of a JSON value: scalars typed as the shape asks, a scalar
// where a list is wanted as a list of one, nulls left out. What is within an item or a member stays as it is:
// no style can write it other than as JSON.
func (sh *shape) appendValue(dst, raw []byte) []byte {
	switch raw[0] {
	case '[':
		return sh.appendArray(dst, raw)
	case '{':
		return sh.appendMembers(dst, raw)
	}
	if sh.isArray() && !sh.isScalar() {
		dst = append(dst, '[')
		dst = sh.item(0).appendScalar(dst, jsonText(raw))
		return append(dst, ']')
	}
	return sh.appendScalar(dst, jsonText(raw))
}

func (sh *shape) isScalar() bool {
	return sh.types&^(typesArray|typesObject) != 0
}

func (sh *shape) appendArray(dst, raw []byte) []byte {
	dst = append(dst, '[')
	count := 0
	for item := range jsonItems(raw) {
		if item[0] == 'n' {
			continue
		}
		dst = appendComma(dst, count)
		dst = sh.item(count).appendScalar(dst, jsonText(item))
		count++
	}
	return append(dst, ']')
}

func (sh *shape) appendMembers(dst, raw []byte) []byte {
	dst = append(dst, '{')
	count := 0
	for name, value := range jsonMembers(raw) {
		if value[0] == 'n' {
			continue
		}
		dst = appendComma(dst, count)
		dst = append(appendString(dst, name), ':')
		dst = sh.member(name).appendMember(dst, jsonText(value))
		count++
	}
	return append(dst, '}')
}

// deniedInCalls are the headers that a call frame cannot set: what the handshake or the
// transport alone may say (who connects from where), and what only makes sense for one hop.
var deniedInCalls = headerSet(
	"Host", "Cookie", "Origin", "Referer", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host",
	"X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Server", "X-Real-Ip",
	"X-Client-Ip", "X-Cluster-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "Fastly-Client-Ip", "Via",
	"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "Te",
	"Trailer", "Transfer-Encoding", "Upgrade", "Http2-Settings", "Content-Length", "Accept-Encoding", "Date", "Expect",
	"Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-Fetch-User",
)

// deniedFromHandshake are the headers of the upgrade request that mean nothing for its calls.
var deniedFromHandshake = headerSet(
	"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"Content-Length", "Content-Type", "Content-Encoding", "Accept", "Accept-Encoding", "Origin", "Expect",
	"Sec-Websocket-Key", "Sec-Websocket-Version", "Sec-Websocket-Protocol", "Sec-Websocket-Extensions",
	"Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-Fetch-User", "Cache-Control", "Pragma",
	"Idempotency-Key",
)

func headerSet(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[http.CanonicalHeaderKey(name)] = true
	}
	return set
}

// callHeader returns the value of a header of the call itself, nil when it has none or may not
// set it. name is canonical.
func (in *callInput) callHeader(name string) []byte {
	if len(in.headers) == 0 {
		return nil
	}
	for c := membersOf(in.headers); ; {
		key, raw, ok := c.next()
		if !ok {
			return nil
		}
		if strings.EqualFold(key, name) && raw[0] != 'n' {
			return raw
		}
	}
}

// connectionHeader returns what a header has from the connection: hello, then the handshake.
func (in *callInput) connectionHeader(name string) []string {
	if values := in.defaults[name]; len(values) > 0 && !deniedInCalls[name] {
		return values
	}
	if deniedFromHandshake[name] {
		return nil
	}
	return in.handshakeHeader(name)
}

func (in *callInput) handshakeHeader(name string) []string {
	if in.handshake == nil {
		return nil
	}
	return headerValues(in.handshake, name)
}
