package spec

import (
	"strings"
)

// maxExample bounds the examples that travel with schemas.
const maxExample = 1 << 10

// schemaTable collects the schemas that travel, each written once.
type schemaTable struct {
	entries map[*node]*Schema
	plain   map[*node]*Schema // bases as their subtypes extend them
	queue   []queuedSchema
	extra   map[*node]*node // examples that stand beside the schema: at a media type or parameter

	loopFinder
}

// queuedSchema is an entry to be written. A base type with subtypes has two:
// what it stands for where it is used, and the plain members that its subtypes
// share.
type queuedSchema struct {
	entry *Schema
	at    *node
	plain bool
}

func newSchemaTable() schemaTable {
	return schemaTable{entries: map[*node]*Schema{}, plain: map[*node]*Schema{}, extra: map[*node]*node{}, loopFinder: newLoopFinder()}
}

// schemaOf is the name of the entry for the schema at n, which is queued for
// writing; empty when n allows everything.
func (b *builder) schemaOf(n, example *node) string {
	target := n
	if n.isObject() && b.pureRef(n) {
		target = b.deref(n)
	}
	if anything(target) || target.kind != objectNode && target.kind != boolNode {
		return ""
	}
	if example != nil && b.extra[target] == nil {
		b.extra[target] = example
	}
	return b.entry(target).Name
}

func (b *builder) entry(n *node) *Schema {
	if s, ok := b.entries[n]; ok {
		return s
	}
	b.findLoops(n)
	s := &Schema{Name: b.places.name(n), Pos: n.keyPos()}
	b.entries[n] = s
	b.enqueue(s, n, false)
	return s
}

// plainEntry is the entry for a base without its subtypes, which extend it.
func (b *builder) plainEntry(n *node) *Schema {
	if s, ok := b.plain[n]; ok {
		return s
	}
	b.findLoops(n)
	s := &Schema{Name: b.baseName(n), Pos: n.keyPos()}
	b.plain[n] = s
	b.enqueue(s, n, true)
	return s
}

func (b *builder) enqueue(s *Schema, n *node, plain bool) {
	b.queue = append(b.queue, queuedSchema{entry: s, at: n, plain: plain})
	b.api.Schemas = append(b.api.Schemas, s)
}

// writeSchemas writes the queued entries and those that they refer to.
func (b *builder) writeSchemas() {
	var buf []byte
	for len(b.queue) > 0 {
		q := b.queue[0]
		b.queue = b.queue[1:]
		w := schemaWriter{b: b, out: buf[:0]}
		if subs := b.subtypesOf(q.at); len(subs) > 0 && !q.plain {
			w.baseUnion(q.at, subs, b.extra[q.at])
		} else {
			w.schema(q.at, b.extra[q.at])
		}
		q.entry.JSON = append([]byte(nil), w.out...)
		buf = w.out
	}
}

// schemaWriter writes schemas as JSON Schema 2020-12.
type schemaWriter struct {
	b   *builder
	out []byte
}

// schema writes one schema; example is one that stands outside of it.
func (w *schemaWriter) schema(n, example *node) {
	switch {
	case n == nil:
		w.out = append(w.out, "{}"...)
		return
	case n.kind == boolNode:
		w.out = append(w.out, n.text...)
		return
	case n.kind != objectNode:
		w.b.report.warnf(n, "schema-not-object", "a schema must be an object, this is %s", n.kind)
		w.out = append(w.out, "{}"...)
		return
	}
	if w.b.v30 && n.get("$ref").is(stringNode) {
		w.out = append(w.out, '{')
		w.ref(n.get("$ref"))
		w.out = append(w.out, '}')
		return
	}
	if w.needsNullBranch(n) {
		w.out = append(w.out, `{"anyOf":[{`...)
		w.keywords(n, example)
		w.out = append(w.out, `},{"type":"null"}]}`...)
		return
	}
	w.out = append(w.out, '{')
	w.keywords(n, example)
	w.out = append(w.out, '}')
}

// needsNullBranch: nullable beside allOf or $ref means, in the documents that
// say it, "or null"; a type list alone would leave null out.
func (w *schemaWriter) needsNullBranch(n *node) bool {
	if !n.flag("nullable", false) {
		return false
	}
	return n.has("allOf") || n.has("oneOf") || n.has("anyOf") || n.has("$ref")
}

// key starts a member.
func (w *schemaWriter) key(name string) {
	w.comma()
	w.out = appendString(w.out, name)
	w.out = append(w.out, ':')
}

// comma separates from what stands before, unless something was just opened.
func (w *schemaWriter) comma() {
	if last := w.out[len(w.out)-1]; last != '{' && last != '[' && last != ':' {
		w.out = append(w.out, ',')
	}
}

func (w *schemaWriter) keywords(n, example *node) {
	wrapped := w.needsNullBranch(n)
	w.exampleOf(n, example)
	for i := range n.kids {
		m := &n.kids[i]
		if !w.keyword(n, m.key, m.value, wrapped) {
			w.unknown(m)
		}
	}
}

// unknown speaks up when an unknown keyword is nearly one that is known: a typo
// would silently take a check away.
func (w *schemaWriter) unknown(m *member) {
	if strings.HasPrefix(m.key, "x-") {
		w.b.checkExtension(m)
		return
	}
	if strings.HasPrefix(m.key, "$") && !strings.EqualFold(m.key, "$ref") {
		return
	}
	near := w.b.guess(m.key, schemaKeywordNames[:])
	if strings.EqualFold(strings.TrimPrefix(m.key, "$"), "ref") {
		near = "$ref"
	}
	if near != "" {
		w.b.report.warnKey(m.value, "schema-keyword-unknown", `did you mean "`+near+`"?`, "unknown keyword %s", quote(m.key))
	}
}

// ref writes a reference to another entry.
func (w *schemaWriter) ref(ref *node) {
	target := w.b.resolve(ref)
	if target != nil && w.b.pureRefObject(target) {
		target = w.b.deref(target)
	}
	if target == nil || target.kind != objectNode && target.kind != boolNode {
		return
	}
	if w.b.loops[ref] {
		if w.b.v30 || len(ref.parent.kids) == 1 { // what stands beside would be repeated
			w.byThemselves(target)
		}
		return
	}
	entry := w.b.entry
	if w.extends(ref.parent) && len(w.b.subtypesOf(target)) > 0 {
		entry = w.b.plainEntry
	}
	w.key("$ref")
	w.out = appendString(w.out, "#/"+escapePointer(entry(target).Name))
}

func (b *builder) pureRefObject(n *node) bool { return n.isObject() && b.pureRef(n) }

// exampleOf writes the first small example that a schema, or the place where it
// is used, gives.
func (w *schemaWriter) exampleOf(n, beside *node) {
	candidates := [3]*node{nil, n.get("example"), beside}
	switch list := n.get("examples"); {
	case list.isArray() && len(list.kids) > 0:
		candidates[0] = list.kids[0].value
	case list.isObject() && len(list.kids) > 0: // the media type's form, misplaced
		candidates[0] = list.kids[0].value.get("value")
	}
	for _, v := range candidates {
		if v != nil && sizeAtMost(v, maxExample) {
			w.key("examples")
			w.out = append(w.out, '[')
			w.out = appendJSON(w.out, v)
			w.out = append(w.out, ']')
			return
		}
	}
}
