package spec

import (
	"cmp"
	"slices"
	"strings"
)

// body reads a Request Body Object; nil when there is none.
func (b *builder) body(op *Operation, n *node) *Body {
	target, via := b.follow(n)
	if target == nil || target.is(nullNode) {
		return nil
	}
	if !target.isObject() {
		b.report.errorf(target, "body-form", "a request body must be an object, this is %s", target.kind)
		return nil
	}
	body := &Body{Doc: docOf(target), Required: target.flag("required", false), Pos: n.keyPos()}
	overrideDoc(&body.Doc, via)
	b.checkKeys(target, "a request body", bodyKeys)
	place := op.ID + ".body"
	if len(via) > 0 {
		place = b.places.sharedName(target) + ".body"
	}
	body.Content = b.content(target.get("content"), place)
	if len(body.Content) == 0 {
		b.report.warnKey(n, "body-content", "", "the request body of %s has no content; it is ignored", quote(op.ID))
		return nil
	}
	return body
}

// content reads the media types of a body or response.
func (b *builder) content(n *node, place string) []*Media {
	var list []*Media
	main := mainMedia(n)
	var told repeats
	if media, _ := b.follow(n.get(main)); media.get("schema") != nil { // what others repeat has the main one's name
		b.places.give(told.first(media.get("schema")), place)
	}
	for _, m := range n.members() {
		if !b.room() {
			return list
		}
		media, _ := b.follow(m.value) // 3.2: components.mediaTypes
		if media == nil {
			media = m.value
		}
		b.checkKeys(media, "a media type", mediaKeys)
		entry := &Media{Type: m.key, Kind: b.rangeKind(m, media), Pos: m.value.keyPos()}
		if entry.Kind == MediaJSON && strings.Contains(m.key, "*") && !strings.Contains(m.key, "json") {
			if slices.ContainsFunc(n.members(), func(m member) bool { return mediaKind(m.key) == MediaJSON }) {
				continue // the document says JSON itself
			}
			entry.Type = "application/json"
		}
		b.fits = append(b.fits, mediaUse{entry, m.value, &told})
		told.json = told.json || entry.Kind == MediaJSON
		name := place
		if m.key != main {
			name += "." + mediaWord(m.key, entry.Kind)
		}
		b.mediaSchema(entry, media, name, &told)
		list = append(list, entry)
	}
	return list
}

// mainMedia is the media type whose schema is called after the body alone, the
// others are called after themselves, too: JSON, whatever stands before it.
func mainMedia(n *node) string {
	var keys []string
	for _, m := range n.members() {
		keys = append(keys, m.key)
	}
	if len(keys) == 0 {
		return ""
	}
	return slices.MinFunc(keys, func(x, y string) int {
		return cmp.Or(cmp.Compare(mediaRank(x), mediaRank(y)), cmp.Compare(x, y))
	})
}

func mediaRank(name string) int {
	base, _, _ := strings.Cut(strings.ToLower(name), ";")
	if strings.TrimSpace(base) == "application/json" {
		return 0
	}
	at := slices.Index([]MediaKind{MediaJSON, MediaForm, MediaMultipart, MediaJSONLines, MediaEvents}, mediaKind(name))
	if at < 0 {
		return 9
	}
	return 1 + at
}

// mediaWord tells further media types of one body apart.
func mediaWord(name string, kind MediaKind) string {
	switch kind {
	case MediaForm, MediaMultipart, MediaEvents, MediaJSONLines:
		return string(kind)
	}
	name, _, _ = strings.Cut(name, ";")
	_, sub, _ := strings.Cut(strings.TrimSpace(name), "/")
	if sub == "*" {
		return "any"
	}
	return sub
}

// mediaSchema reads what one value, or one item of a stream, looks like.
func (b *builder) mediaSchema(m *Media, n *node, place string, told *repeats) {
	m.Encoding = b.encodings(n, place)
	schema := n.get("schema")
	if item := n.get("itemSchema"); item != nil {
		if !m.Kind.streams() && m.Kind != MediaMultipart {
			b.report.warnKey(item, "item-schema", "", "%s is no sequence of items; itemSchema describes the value", quote(m.Type))
		}
		schema = item
	}
	if schema == nil {
		b.untyped[m] = true
		return
	}
	if m.Kind.streams() && !n.has("itemSchema") {
		schema = b.itemOf(schema)
	}
	schema = told.first(schema)
	if m.Kind == MediaBinary { // bytes are not checked against a schema of JSON values
		b.places.give(schema, place)
		b.later = append(b.later, func() { m.Shape = b.use(schema) })
		return
	}
	b.place(schema, b.exampleOf(n), place, func(t Type, name string) {
		m.Shape, m.Schema = t, name
		b.checkEncoding(m, n)
		if m.Kind == MediaText {
			b.checks = append(b.checks, func() { b.checkText(m, schema, told) })
		}
	})
}

// checkText gives a text whose schema describes no text up to the handler, as it
// is. Frameworks list text/plain beside the JSON that is really sent, with the
// same schema; that is too usual to be worth a warning.
func (b *builder) checkText(m *Media, schema *node, told *repeats) {
	if textual(m.Shape) {
		return
	}
	m.Shape, m.Schema = &Scalar{Kind: String}, ""
	if !told.json {
		b.report.warnf(schema, "text-schema", "%s is a text, which this schema does not describe; any text is taken", quote(m.Type))
	}
}

// textual reports whether a text without quotes can be a value of the type.
func textual(t Type) bool {
	switch t := t.(type) {
	case *Scalar:
		return t.Kind != Null
	case *Enum:
		return true
	case *Nullable:
		return textual(t.Elem)
	case *Union:
		return slices.ContainsFunc(t.Variants, func(v Variant) bool {
			s, ok := v.Type.(*Scalar)
			return ok && s.Kind == String || !ok && textual(v.Type)
		})
	case *Ref:
		return textual(t.Decl.Type)
	case *Object, *List, *Map:
		return false
	}
	return true
}

// itemOf is what one item of a stream looks like when a document describes the
// stream as an array; most describe the item at once.
func (b *builder) itemOf(schema *node) *node {
	target := schema
	if b.pureRefObject(schema) {
		target = b.deref(schema)
	}
	if items := target.get("items"); target.str("type") == "array" && items != nil {
		return items
	}
	return schema
}

func (b *builder) encodings(n *node, place string) map[string]*Encoding {
	list := n.get("encoding").members()
	if len(list) == 0 {
		return nil
	}
	all := make(map[string]*Encoding, len(list))
	for _, m := range list {
		e := &Encoding{ContentType: m.value.str("contentType"), Style: m.value.str("style"), AllowReserved: m.value.flag("allowReserved", false)}
		e.Explode = m.value.flag("explode", e.Style == "" || e.Style == "form" || e.Style == "deepObject")
		e.Headers = b.headers(m.value.get("headers"), place+"."+m.key)
		all[m.key] = e
	}
	return all
}

// checkEncoding warns about encodings of members that do not exist.
func (b *builder) checkEncoding(m *Media, n *node) {
	ref, ok := m.Shape.(*Ref)
	if !ok {
		return
	}
	o, ok := ref.Decl.Type.(*Object)
	if !ok || o.Additional != nil {
		return
	}
	for _, e := range n.get("encoding").members() {
		if !slices.ContainsFunc(o.Fields, func(f *Field) bool { return f.Name == e.key }) {
			names := make([]string, len(o.Fields))
			for i, f := range o.Fields {
				names[i] = f.Name
			}
			b.report.warnKey(e.value, "encoding-unknown", didYouMean(e.key, names), "encoding names %s, which is no property of the body", quote(e.key))
			delete(m.Encoding, e.key)
		}
	}
}

// responses reads the Responses Object.
func (b *builder) responses(op *Operation, n *node) []*Response {
	var list []*Response
	for _, m := range n.members() {
		if strings.HasPrefix(m.key, "x-") {
			continue
		}
		status, ok := b.status(m)
		if !ok {
			continue
		}
		if slices.ContainsFunc(list, func(r *Response) bool { return r.Status == status }) {
			b.report.warnKey(m.value, "response-duplicate", "", "response %s is described twice; the first counts", quote(status))
			continue
		}
		if r := b.response(op, m, status); r != nil && b.room() {
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		b.report.warnKey(b.opNodes[op], "responses-missing", "describe at least the successful response",
			"%s has no responses; any status without content is taken for success", quote(op.ID))
	}
	slices.SortStableFunc(list, func(a, b *Response) int {
		return cmp.Or(cmp.Compare(statusRank(a.Status), statusRank(b.Status)), cmp.Compare(a.Status, b.Status))
	})
	return list
}

// status reads a key of the Responses Object.
func (b *builder) status(m member) (string, bool) {
	status := strings.ToUpper(m.key)
	switch {
	case status == "DEFAULT":
		status = "default"
	case len(status) == 3 && status[0] >= '1' && status[0] <= '5' && (status[1:] == "XX" || isDigits(status[1:])):
	default:
		b.report.warnKey(m.value, "response-status", `write 200, 4XX or default`, "%s is no status; this response is left out", quote(m.key))
		return "", false
	}
	if status != m.key {
		b.report.warnKey(m.value, "response-status", "", "status %s is written %s", quote(m.key), status)
	}
	return status, true
}

func isDigits(s string) bool {
	digits, rest := cutDigits(s)
	return digits != "" && rest == ""
}

func statusRank(status string) int {
	switch {
	case status == "default":
		return 2
	case strings.HasSuffix(status, "XX"):
		return 1
	}
	return 0
}

func (b *builder) response(op *Operation, m member, status string) *Response {
	target, via := b.follow(m.value)
	if target == nil {
		return nil
	}
	switch {
	case target.is(nullNode): // "204:" with nothing below
		b.report.warnKey(m.value, "response-form", "write {description: …}", "response %s is empty; it is taken for one without content", quote(m.key))
	case !target.isObject():
		b.report.errorf(target, "response-form", "a response must be an object, this is %s", target.kind)
		return nil
	}
	r := &Response{Status: status, Doc: docOf(target), Pos: m.value.keyPos()}
	overrideDoc(&r.Doc, via)
	b.checkKeys(target, "a response", responseKeys)
	place := op.ID + ".response." + status
	if len(via) > 0 {
		r.Component = b.places.sharedName(target)
		place = r.Component + ".response"
	}
	r.Headers = b.headers(target.get("headers"), place)
	r.Content = b.content(target.get("content"), place)
	r.Links = b.links(target.get("links"))
	return r
}

// headers reads the headers of a response or encoding.
func (b *builder) headers(n *node, place string) []*Header {
	var list []*Header
	for _, m := range n.members() {
		target, via := b.followExtra(m.value)
		if target == nil || !target.isObject() || !b.room() {
			continue
		}
		h := &Header{
			Name: m.key, Doc: docOf(target), Required: target.flag("required", false),
			Explode: target.flag("explode", false), Pos: m.value.keyPos(), Type: &Scalar{Kind: String},
		}
		overrideDoc(&h.Doc, via)
		b.checkParameterKeys(target, "a header")
		name := place + ".header." + m.key
		if len(via) > 0 {
			name = b.places.sharedName(target) + ".header"
		}
		b.headerType(h, target, name)
		list = append(list, h)
	}
	slices.SortStableFunc(list, func(a, b *Header) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func (b *builder) headerType(h *Header, n *node, place string) {
	schema := n.get("schema")
	if content := n.get("content").members(); len(content) > 0 {
		h.Content = content[0].key
		n, _ = b.follow(content[0].value)
		schema = n.get("schema")
	}
	if schema == nil {
		return
	}
	b.place(schema, b.exampleOf(n), place, func(t Type, name string) { h.Type, h.Schema = t, name })
}

func (b *builder) links(n *node) []*Link {
	var list []*Link
	for _, m := range n.members() {
		target, via := b.followExtra(m.value)
		if !target.isObject() || !b.room() {
			continue
		}
		l := &Link{Name: m.key, Operation: target.str("operationId"), Doc: docOf(target)}
		overrideDoc(&l.Doc, via)
		if ref := target.get("operationRef"); l.Operation == "" && ref.is(stringNode) {
			if op, _, _ := b.find(ref, ref.text); op != nil {
				l.Operation = op.str("operationId")
			}
		}
		for _, p := range target.get("parameters").members() {
			if l.Params == nil {
				l.Params = map[string]string{}
			}
			l.Params[p.key] = p.value.text
			if p.value.kind >= arrayNode {
				l.Params[p.key] = string(rawJSON(p.value))
			}
		}
		list = append(list, l)
	}
	slices.SortStableFunc(list, func(a, b *Link) int { return cmp.Compare(a.Name, b.Name) })
	return list
}
