package typescript

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// typer writes type expressions. Everything it needs is decided before: the
// names of the declarations in their forms, and what stands in a cycle.
type typer struct {
	forms   *forms
	names   [][2]string // by declaration and form; see typer.name
	aliases *aliases
	blob    string // how to mention the global Blob
	scalars scalars

	// prefix goes before the name of a declaration: empty inside types.ts.
	prefix string
	used   bool // some name was written with the prefix
}

// name is the identifier of a declaration in a form.
func (w *typer) name(d *spec.Decl, in form) string {
	i, ok := w.forms.index[d]
	if !ok {
		return "unknown" // a model built by hand; Load lists every declaration
	}
	w.used = w.used || w.prefix != ""
	if in == requestForm && w.names[i][requestForm] != "" {
		return w.prefix + w.names[i][requestForm]
	}
	return w.prefix + w.names[i][responseForm]
}

// place is what surrounds a type expression.
type place int

const (
	alone    place  = iota // nothing that binds
	inUnion                // an operand of |
	operand                // before [] or beside &
	maxDepth = 1000        // of one expression; deeper ones are unknown
)

// expr is the type expression of t.
func (w *typer) expr(t spec.Type, in form, u use) string {
	switch t := t.(type) { // the usual ones, without a builder
	case *spec.Ref:
		if !inPlace(t.Decl) {
			return w.name(t.Decl, in)
		}
	case *spec.Scalar:
		return w.scalar(t, u)
	}
	e := expression{typer: w, form: in, use: u}
	e.write(t, alone)
	return e.String()
}

// inPlace reports whether a declaration is written where it is used: one value that
// nobody named, such as the tag of a variant, says more than a name for it.
func inPlace(d *spec.Decl) bool {
	e, ok := d.Type.(*spec.Enum)
	return ok && len(e.Values) == 1 && !e.Open && !d.Component && d.TSName == "" && d.TSType == ""
}

// operand is expr for an operand of a union.
func (w *typer) operand(t spec.Type, in form, u use) string {
	e := expression{typer: w, form: in, use: u}
	e.write(t, inUnion)
	return e.String()
}

// expression is one type expression being written.
type expression struct {
	strings.Builder
	*typer
	form  form
	use   use
	depth int
}

func (e *expression) write(t spec.Type, at place) {
	if e.depth++; e.depth > maxDepth {
		e.WriteString("unknown")
		e.depth--
		return
	}
	switch t := t.(type) {
	case nil:
		e.WriteString("unknown")
	case *spec.Any:
		if t.Why == spec.NoValue {
			e.WriteString("never")
		} else {
			e.WriteString("unknown")
		}
	case *spec.Scalar:
		text := e.scalar(t, e.use)
		e.operands(at, strings.Contains(text, " "), func() { e.WriteString(text) })
	case *spec.Enum:
		e.enum(t, at)
	case *spec.Object:
		e.intersection(t, at)
	case *spec.List:
		e.list(t, at)
	case *spec.Map:
		e.WriteString("{ " + e.index("string"))
		e.write(t.Elem, alone)
		e.WriteString(" }")
	case *spec.Union:
		e.union(t, at)
	case *spec.Nullable:
		e.nullable(t, at)
	case *spec.Ref:
		if inPlace(t.Decl) {
			e.enum(t.Decl.Type.(*spec.Enum), at)
		} else {
			e.WriteString(e.name(t.Decl, e.form))
		}
	default:
		panic(fmt.Sprintf("typescript: no case for the type %T", t))
	}
	e.depth--
}

// operands puts parentheses around what has operators, where the place needs them.
func (e *expression) operands(at place, several bool, write func()) {
	wrap := several && at == operand
	if wrap {
		e.WriteByte('(')
	}
	write()
	if wrap {
		e.WriteByte(')')
	}
}

// scalar is the type of a scalar. A string of format "binary" is a file where a form
// uploads it and text everywhere else: JSON has no other way to hold it.
func (w *typer) scalar(s *spec.Scalar, u use) string {
	if s.Kind != spec.String || s.Format != "binary" {
		return w.scalars.write(s)
	}
	if u&inUpload == 0 {
		return "string"
	}
	if u&(inRequest|inResponse) != 0 {
		return "string | " + w.blob
	}
	return w.blob
}

func (e *expression) enum(t *spec.Enum, at place) {
	texts := enumValues(t)
	e.operands(at, len(texts) > 1, func() { e.WriteString(strings.Join(texts, " | ")) })
}

// enumValues are the operands of an enum. The intersection with {} in an open one
// keeps editors offering the values that are known.
func enumValues(t *spec.Enum) []string {
	texts := make([]string, 0, len(t.Values)+1)
	for _, v := range t.Values {
		texts = append(texts, literalType(v.JSON))
	}
	switch {
	case !t.Open:
	case t.Kind == spec.String:
		texts = append(texts, "(string & {})")
	case t.Kind == spec.Integer || t.Kind == spec.Number:
		texts = append(texts, "(number & {})")
	default:
		texts = append(texts, "unknown")
	}
	switch {
	case len(texts) == 0:
		return []string{"never"}
	case slices.Contains(texts, "unknown"):
		return []string{"unknown"}
	}
	return unique(texts)
}

// literalType is the type of one JSON value.
func literalType(value json.RawMessage) string {
	text := bytes.TrimSpace(value)
	if len(text) == 0 {
		return "unknown"
	}
	switch text[0] {
	case '"':
		var s string
		if json.Unmarshal(text, &s) != nil {
			return "string"
		}
		return quote(s)
	case '{', '[':
		return compoundType(parseJSON(text))
	case 't', 'f', 'n':
		if s := string(text); s == "true" || s == "false" || s == "null" {
			return s
		}
		return "unknown"
	}
	return numberType(string(text))
}

// compoundType is the literal type of a list or an object.
func compoundType(v jsonValue) string {
	switch {
	case v.members != nil:
		members := make([]string, len(v.members))
		for i, m := range v.members {
			members[i] = entry(m.name, compoundType(m.value))
		}
		if len(members) == 0 {
			return "Record<string, never>"
		}
		return "{ " + strings.Join(members, "; ") + " }"
	case v.items != nil:
		items := make([]string, len(v.items))
		for i, item := range v.items {
			items[i] = compoundType(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return literalType(v.raw)
}

// numberType is the literal type of a number that a double can hold as it is written;
// the others are only numbers, since a literal would silently be another value.
func numberType(text string) string {
	var n json.Number
	if json.Unmarshal([]byte(text), &n) != nil || n.String() != text {
		return "number"
	}
	if f, err := n.Float64(); err != nil || f >= 1<<53 || f <= -(1<<53) {
		return "number"
	}
	return text
}

// readonly reports whether nothing but the server writes what the expression describes: an answer, or
// an event. What requests hold too stays writable, as programs put it together.
func (e *expression) readonly() bool { return e.use&inResponse != 0 && e.use&anyRequest == 0 }

func (e *expression) list(t *spec.List, at place) {
	e.operands(at, e.readonly(), func() {
		if e.readonly() {
			e.WriteString("readonly ")
		}
		e.items(t)
	})
}

// items writes `string[]` or `[string, number?, ...boolean[]]`.
func (e *expression) items(t *spec.List) {
	if len(t.Prefix) == 0 {
		if t.Elem != nil {
			e.write(t.Elem, operand)
		}
		e.WriteString("[]")
		return
	}
	e.WriteByte('[')
	for i, item := range t.Prefix {
		if i > 0 {
			e.WriteString(", ")
		}
		if i < t.Min {
			e.write(item, alone)
			continue
		}
		e.write(item, operand)
		e.WriteByte('?')
	}
	if t.Elem != nil {
		e.WriteString(", ...")
		e.write(t.Elem, operand)
		e.WriteString("[]")
	}
	e.WriteByte(']')
}

func (e *expression) nullable(t *spec.Nullable, at place) {
	if _, ok := t.Elem.(*spec.Any); ok || t.Elem == nil {
		e.WriteString("unknown")
		return
	}
	e.operands(at, true, func() {
		e.write(t.Elem, inUnion)
		e.WriteString(" | null")
	})
}

func (e *expression) union(t *spec.Union, at place) {
	texts := e.variants(t)
	e.operands(at, len(texts) > 1, func() { e.WriteString(strings.Join(texts, " | ")) })
}

// variants are the operands of a union, without repetitions. Where one of them is unknown
// the union says no more than that, and is unknown too.
func (w *typer) variantsOf(t *spec.Union, in form, u use) []string {
	e := expression{typer: w, form: in, use: u}
	return e.variants(t)
}

func (e *expression) variants(t *spec.Union) []string {
	texts := make([]string, 0, len(t.Variants))
	seen := make(map[string]bool, len(t.Variants))
	for _, v := range t.Variants {
		part := expression{typer: e.typer, form: e.form, use: e.use, depth: e.depth}
		part.variant(t, &v)
		text := part.String()
		if text == "unknown" {
			return []string{"unknown"}
		}
		if !seen[text] {
			seen[text] = true
			texts = append(texts, text)
		}
	}
	if len(texts) == 0 {
		return []string{"never"}
	}
	return texts
}

// variant writes one operand of a union. Where the document's discriminator is
// only a string in the variant, its values are added, so that comparing it
// narrows the union: (Cat & { petType: "cat" }).
func (e *expression) variant(u *spec.Union, v *spec.Variant) {
	tags := missingTags(u.Discriminator, v, e.form)
	if len(tags) == 0 {
		e.write(v.Type, inUnion)
		return
	}
	e.WriteByte('(')
	e.write(v.Type, operand)
	e.WriteString(" & { " + key(u.Discriminator) + ": ")
	for i, tag := range tags {
		if i > 0 {
			e.WriteString(" | ")
		}
		e.WriteString(quote(tag))
	}
	e.WriteString(" })")
}

// missingTags are the values of the discriminator that the variant's own type
// does not say yet; none when it does, or when it says something else.
func missingTags(discriminator string, v *spec.Variant, in form) []string {
	if discriminator == "" || len(v.Tags) == 0 {
		return nil
	}
	object, ok := resolve(v.Type).(*spec.Object)
	if !ok {
		return nil
	}
	i := slices.IndexFunc(object.Fields, func(f *spec.Field) bool { return f.Name == discriminator })
	if i < 0 {
		return v.Tags
	}
	if omitted(object.Fields[i], in) {
		return nil
	}
	t := object.Fields[i].Type
	if nullable, ok := t.(*spec.Nullable); ok {
		t = nullable.Elem
	}
	switch t := resolve(t).(type) {
	case *spec.Any:
		return v.Tags
	case *spec.Scalar:
		if t.Kind == spec.String {
			return v.Tags
		}
	case *spec.Enum:
		return narrower(t, v.Tags)
	}
	return nil
}

// narrower is which tags the enum knows, or nil when it knows nothing else anyway.
func narrower(t *spec.Enum, tags []string) []string {
	if t.Open {
		return tags
	}
	var known []string
	for _, v := range t.Values {
		var s string
		if json.Unmarshal(v.JSON, &s) == nil && slices.Contains(tags, s) {
			known = append(known, s)
		}
	}
	if len(known) == len(t.Values) {
		return nil
	}
	return known
}

// resolve follows references to the shape behind them; nil where a user's own
// type stands in between, or where references only lead to each other.
func resolve(t spec.Type) spec.Type {
	for range maxDepth {
		ref, ok := t.(*spec.Ref)
		if !ok {
			return t
		}
		if ref.Decl.TSType != "" {
			return nil
		}
		t = ref.Decl.Type
	}
	return nil
}
