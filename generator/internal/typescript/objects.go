package typescript

import (
	"slices"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// member is one line of an interface.
type member struct {
	Doc  string // a whole comment, or empty
	Text string // `readonly id?: string`
}

// maxIndexTypes is how many types an index signature lists before it says
// unknown, which is as true and easier to read.
const maxIndexTypes = 6

// members are the lines of an object: its fields, then the index signatures.
func (w *typer) members(t *spec.Object, in form, u use, indent int) []member {
	e := expression{typer: w, form: in, use: u}
	return e.members(t, indent)
}

// inherited are the members that every object has, so that an optional one of that name is never absent to TypeScript,
// nor to a program: without the method's type beside its own, no object without it could be given.
var inherited = map[string]bool{
	"constructor": true, "toString": true, "toLocaleString": true, "valueOf": true,
	"hasOwnProperty": true, "isPrototypeOf": true, "propertyIsEnumerable": true,
}

func (e *expression) members(t *spec.Object, indent int) []member {
	lines := make([]member, 0, len(t.Fields)+1)
	types := make([]string, 0, len(t.Fields))
	optional := false
	for _, f := range t.Fields {
		if omitted(f, e.form) {
			continue
		}
		part := expression{typer: e.typer, form: e.form, use: e.use, depth: e.depth}
		part.write(f.Type, alone)
		text := part.String()
		if !f.Required && inherited[f.Name] && text != "unknown" {
			text += " | object"
		}
		types = append(types, text)
		lines = append(lines, member{Doc: fieldDoc(f, indent), Text: e.field(f) + ": " + text})
		optional = optional || !f.Required
	}
	return append(lines, e.indexes(t, types, optional)...)
}

// field is the left side of a member: its name and modifiers.
func (e *expression) field(f *spec.Field) string {
	var b strings.Builder
	if e.readonly() || f.ReadOnly && e.form == responseForm {
		b.WriteString("readonly ")
	}
	b.WriteString(key(f.Name))
	if !f.Required {
		b.WriteByte('?')
	}
	return b.String()
}

// intersection writes an object and the choices that it is of as well.
func (e *expression) intersection(t *spec.Object, at place) {
	if len(t.Choices) == 0 {
		e.object(t)
		return
	}
	e.operands(at, true, func() {
		if len(t.Fields)+len(t.Patterns) > 0 || t.Additional != nil {
			e.object(t)
			e.WriteString(" & ")
		}
		for i, c := range t.Choices {
			if i > 0 {
				e.WriteString(" & ")
			}
			e.write(c.Type, operand)
		}
	})
}

// object writes an object type in one line, as it stands inside of another type.
func (e *expression) object(t *spec.Object) {
	lines := e.members(t, 0)
	if len(lines) == 0 {
		e.WriteString(emptyObject)
		return
	}
	e.WriteString("{ ")
	for i, line := range lines {
		if i > 0 {
			e.WriteString("; ")
		}
		e.WriteString(line.Text)
	}
	e.WriteString(" }")
}

// emptyObject is any object: `{}` would be any value but null.
const emptyObject = "{ [key: string]: unknown }"

// indexes are the index signatures of an object. TypeScript wants one to
// accept the named members too, so it lists their types beside its own.
func (e *expression) indexes(t *spec.Object, named []string, optional bool) []member {
	var own []string
	add := func(t spec.Type) {
		part := expression{typer: e.typer, form: e.form, use: e.use, depth: e.depth}
		part.write(t, alone)
		own = append(own, part.String())
	}
	if t.Additional == nil {
		if lines, ok := e.prefixIndexes(t); ok {
			return lines
		}
	} else {
		add(t.Additional)
	}
	for _, p := range t.Patterns {
		add(p.Type)
	}
	if len(own) == 0 {
		return nil
	}
	types := unique(append(own, named...))
	switch {
	case slices.Contains(types, "unknown") || len(types) > maxIndexTypes:
		types = []string{"unknown"}
	case optional:
		types = append(types, "undefined")
	}
	return []member{{Text: e.index("string") + strings.Join(types, " | ")}}
}

// index is the left side of an index signature.
func (e *expression) index(keys string) string {
	if e.readonly() {
		return "readonly [key: " + keys + "]: "
	}
	return "[key: " + keys + "]: "
}

// prefixIndexes writes patterns of the form "^x-" as [key: `x-${string}`],
// provided that no named member and no other pattern falls under one.
func (e *expression) prefixIndexes(t *spec.Object) ([]member, bool) {
	var lines []member
	var prefixes []string
	for _, p := range t.Patterns {
		prefix, ok := strings.CutPrefix(p.Pattern, "^")
		if !ok || prefix == "" || strings.ContainsFunc(prefix, notPlain) {
			return nil, false
		}
		for _, f := range t.Fields {
			if strings.HasPrefix(f.Name, prefix) {
				return nil, false
			}
		}
		for _, other := range prefixes {
			if strings.HasPrefix(other, prefix) || strings.HasPrefix(prefix, other) {
				return nil, false
			}
		}
		prefixes = append(prefixes, prefix)
		part := expression{typer: e.typer, form: e.form, use: e.use, depth: e.depth}
		part.write(p.Type, alone)
		lines = append(lines, member{Text: e.index("`"+prefix+"${string}`") + part.String()})
	}
	return lines, len(lines) > 0
}

// notPlain reports characters that mean something in a regular expression or
// in a template literal type.
func notPlain(r rune) bool {
	return r != '-' && r != '_' && (r > 0x7f || !isIdentifierRune(r) || r == '$')
}

// unique drops repetitions and keeps the order.
func unique(texts []string) []string {
	seen := make(map[string]bool, len(texts))
	kept := texts[:0:0]
	for _, t := range texts {
		if !seen[t] {
			seen[t] = true
			kept = append(kept, t)
		}
	}
	return kept
}

// fieldDoc is the comment above a member.
func fieldDoc(f *spec.Field, indent int) string {
	var tags []string
	if len(f.Default) > 0 && len(f.Default) <= 80 {
		tags = append(tags, "@default "+cleanLine(string(f.Default)))
	}
	return proseDoc(indent, f.Doc, tags)
}

// proseDoc is the comment of an element that has only its prose.
func proseDoc(indent int, d spec.Doc, tags []string) string {
	if d.Deprecated {
		tags = append(tags, "@deprecated")
	}
	return docComment(indent, prose(d), tags)
}

// prose is the text of an element: its summary, and its description where it
// says more.
func prose(d spec.Doc) []string {
	if strings.TrimSpace(d.Summary) == strings.TrimSpace(d.Description) {
		return []string{d.Description}
	}
	return []string{d.Summary, d.Description}
}
