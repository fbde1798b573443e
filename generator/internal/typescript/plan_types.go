package typescript

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// nameTypes decides the names of all declarations, in the forms that are emitted.
// Request forms beside a response form come last: they yield to all others.
func (p *planner) nameTypes() {
	w := p.typer
	w.names = make([][2]string, len(p.api.Decls))
	claims := make([]claim, len(p.api.Decls))
	for i, d := range p.api.Decls {
		claims[i] = claim{rank: rankInline, source: d.Name, explicit: d.TSName, first: pascal(d.Name), pos: d.Pos,
			rest: func() []string { return otherTypeNames(d) }}
		if d.Component {
			claims[i].rank = rankComponent
		}
	}
	var inputs []claim
	var owners []int
	for i, name := range p.types.allocate(claims) {
		w.names[i][responseForm] = name
		if len(w.forms.of(i)) < 2 {
			continue
		}
		owners = append(owners, i)
		inputs = append(inputs, claim{
			rank: rankForm, source: p.api.Decls[i].Name + " in requests",
			first: name + "Input", rest: func() []string { return []string{name + "RequestForm"} }, pos: p.api.Decls[i].Pos,
		})
	}
	for i, name := range p.types.allocate(inputs) {
		w.names[owners[i]][requestForm] = name
	}
}

// planTypes writes every declaration in its forms.
func (p *planner) planTypes() []typePlan {
	types := make([]typePlan, 0, len(p.api.Decls)+len(p.api.Decls)/8)
	for i, d := range p.api.Decls {
		p.checkNames(d)
		for n, in := range p.typer.forms.of(i) {
			types = append(types, p.planType(i, d, in, p.typer.names[i][n]))
		}
	}
	return types
}

// useIn keeps the bits of a declaration that belong to a form.
func useIn(u use, in form, both bool) use {
	switch {
	case !both:
		return u
	case in == requestForm:
		return u & anyRequest
	}
	return u & inResponse
}

func (p *planner) planType(i int, d *spec.Decl, in form, name string) typePlan {
	w := p.typer
	u := useIn(w.forms.uses[i], in, len(w.forms.of(i)) > 1)
	t := typePlan{Name: name, Doc: declDoc(d)}
	if d.TSType != "" {
		if text, ok := foreignType(d.TSType); ok {
			t.Operands = []string{text}
			return t
		}
		p.warn(d.Pos, "ts-type-invalid", fmt.Sprintf("x-ts-type %q is no type expression that can be emitted; the schema's own shape is used", d.TSType),
			`write a name, an array, a union or import("./file.js").Name`)
	}
	switch shape := p.unrolled(d).(type) {
	case *spec.Object:
		if len(shape.Choices) > 0 {
			t.Operands = []string{w.expr(shape, in, u)}
			break
		}
		t.Members = w.members(shape, in, u, 2)
		t.Interface = len(t.Members) > 0
		if !t.Interface {
			t.Operands = []string{emptyObject}
		}
	case *spec.Union:
		t.Operands = operandLines(w.variantsOf(shape, in, u), len(name))
	case *spec.Enum:
		t.Operands = operandLines(enumValues(shape), len(name))
	default:
		t.Operands = []string{w.expr(shape, in, u)}
	}
	return t
}

// warn records a diagnostic that does not stop generation.
func (p *planner) warn(pos spec.Position, rule, message, hint string) {
	p.diags = append(p.diags, spec.Diagnostic{Pos: pos, Severity: spec.Warning, Rule: rule, Message: message, Hint: hint})
}

// checkNames warns of what checkName warns of, for the properties of a declaration.
func (p *planner) checkNames(d *spec.Decl) {
	if object, ok := d.Type.(*spec.Object); ok {
		for _, f := range object.Fields {
			p.checkName(f.Pos, "property", f.Name, f.TSName)
		}
	}
}

// checkName warns of a name that TypeScript cannot honour: what travels is
// what the program sees, there is no code between them that could rename.
func (p *planner) checkName(pos spec.Position, what, name, explicit string) {
	if explicit != "" && explicit != name {
		p.warn(pos, "ts-name-ignored", fmt.Sprintf("x-ts-name %q on the %s %q has no effect: a %s is named as it travels", explicit, what, name, what),
			"leave it out, or rename the "+what)
	}
}

// operandLines are the lines of a union: one where it is short, else one for each operand.
func operandLines(texts []string, used int) []string {
	const around = len("export type  = ;")
	if line := strings.Join(texts, " | "); len(line)+used+around <= docWidth {
		return []string{line}
	}
	return texts
}

// declDoc is the comment of a declaration; an enum's names what its values mean.
func declDoc(d *spec.Decl) string {
	paragraphs := prose(d.Doc)
	if enum, ok := d.Type.(*spec.Enum); ok {
		var values []string
		for _, v := range enum.Values {
			if v.Doc != "" {
				values = append(values, "- "+valueText(v.JSON)+": "+strings.TrimSpace(v.Doc))
			}
		}
		paragraphs = append(paragraphs, strings.Join(values, "\n"))
	}
	var tags []string
	if d.Doc.Deprecated {
		tags = append(tags, "@deprecated")
	}
	return docComment(0, paragraphs, tags)
}

func valueText(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) == nil {
		return "`" + s + "`"
	}
	return "`" + string(value) + "`"
}
