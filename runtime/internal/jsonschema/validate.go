package jsonschema

import (
	"fmt"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

var escapePointer = jsonscan.EscapePointer

// Validate parses a text and reports every rule of the schema that it breaks, nil when it breaks
// none. The error is a *jsonscan.SyntaxError when data is not acceptable JSON.
func (s *Schema) Validate(data []byte, dir Direction) ([]Violation, error) {
	var d jsonscan.Doc
	if err := d.Parse(data, jsonscan.DefaultMaxDepth); err != nil {
		return nil, err
	}
	return s.ValidateDoc(&d, dir), nil
}

// ValidateDoc is Validate for a parsed text.
func (s *Schema) ValidateDoc(d *jsonscan.Doc, dir Direction) []Violation {
	return s.Explain(d, dir, nil)
}

// Valid reports whether node i of a parsed text satisfies the schema.
func (s *Schema) Valid(d *jsonscan.Doc, i int, dir Direction) bool {
	r := run{doc: d, dir: dir}
	return r.eval(s, i, nil, nil, false)
}

// Branch returns the index of the branch of s.OneOf, or of s.AnyOf when there is no oneOf, that
// node i of a parsed text satisfies; the first for anyOf, and the only one for oneOf. It returns
// -1 when there is none, or for oneOf more than one. Other keywords of s are not looked at.
func (s *Schema) Branch(d *jsonscan.Doc, i int, dir Direction) int {
	r := run{doc: d, dir: dir}
	if s.OneOf == nil {
		return r.firstMatch(s, s.AnyOf, i, nil, nil)
	}
	branch, n := r.matches(s, s.OneOf, i, nil, nil)
	if n != 1 {
		return -1
	}
	return branch
}

// run is one validation.
type run struct {
	doc *jsonscan.Doc
	dir Direction

	found    []finding
	steps    int
	remember bool
	memo     map[visit]bool // results of quiet evaluations
	reported map[visit]bool // failures that have been described
	active   []visit        // cyclic schemas being evaluated
}

// visit is a schema applied to a value.
type visit struct {
	schema uint32
	node   int32
}

// scope lists the schemas through which an evaluation came to a value; a member that one of them
// describes as readOnly or writeOnly is not required by the others.
type scope struct {
	schema *Schema
	up     *scope
}

// patience is how many evaluations per value are made before results are remembered. Few texts
// need any memory: it is for schemas that branch at every level of a recursion.
const patience = 32

// child evaluates s for a member or item. Nothing is inherited from the container, so the result
// depends on schema and value only and can be remembered.
func (r *run) child(s *Schema, i int, report bool) bool {
	if !r.remember {
		r.remember = r.steps > patience*(len(r.doc.Nodes)+1)
		if !r.remember {
			return r.eval(s, i, nil, nil, report)
		}
	}
	v := visit{s.id, int32(i)}
	ok, known := r.memo[v]
	if !known {
		ok = r.eval(s, i, nil, nil, false)
		if r.memo == nil {
			r.memo = map[visit]bool{}
		}
		r.memo[v] = ok
	}
	if ok || !report || r.reported[v] {
		return ok
	}
	if r.reported == nil {
		r.reported = map[visit]bool{}
	}
	r.reported[v] = true
	return r.eval(s, i, nil, nil, true)
}

// fail records a broken rule if asked to. It returns false, the result of the evaluation.
func (r *run) fail(report bool, i int, rule, format string, args ...any) bool {
	if report && len(r.found) < MaxViolations {
		text := format
		if len(args) > 0 {
			text = fmt.Sprintf(format, args...)
		}
		r.found = append(r.found, finding{node: i, rule: rule, text: text})
	}
	return false
}

// eval reports whether node i satisfies s. With report set it goes on after a failure and records
// every one; otherwise it stops at the first. Evaluated members and items are noted in ev when
// someone asks for them.
func (r *run) eval(s *Schema, i int, ev *evaluated, sc *scope, report bool) bool {
	r.steps++
	if s.Never {
		return r.fail(report, i, "false", "is not allowed")
	}
	if s.cyclic {
		v := visit{s.id, int32(i)}
		for _, a := range r.active {
			if a == v {
				return true // already being decided further up; adds nothing of its own
			}
		}
		r.active = append(r.active, v)
		defer func() { r.active = r.active[:len(r.active)-1] }()
	}
	if r.dir != Both && (s.relaxed[r.dir-1] != nil) {
		sc = &scope{s, sc}
	}
	outer := ev
	if s.UnevaluatedItems != nil || s.UnevaluatedProperties != nil {
		ev = newEvaluated(r.doc, i)
	}
	ok := r.value(s, i, report)
	if ok || report {
		ok = r.structure(s, i, ev, sc, report) && ok
	}
	if ok || report {
		ok = r.branches(s, i, ev, sc, report) && ok
	}
	if ok || report {
		ok = r.unevaluated(s, i, ev, report) && ok
	}
	if outer != ev && ok {
		outer.merge(ev)
	}
	return ok
}

// value checks the assertions that look at the value alone.
func (r *run) value(s *Schema, i int, report bool) bool {
	ok := true
	if s.Types != 0 && s.Types&typeOf(r.doc, i) == 0 {
		ok = r.fail(report, i, "type", "must be %s", s.Types)
	}
	if (ok || report) && s.Const != nil && !s.Const.ok(r.doc, i) {
		ok = r.fail(report, i, "const", "must be %s", s.Const.text())
	}
	if (ok || report) && s.Enum != nil && !s.Enum.ok(r.doc, i) {
		ok = r.fail(report, i, "enum", "must be %s", s.Enum.text())
	}
	if !ok && !report {
		return false
	}
	switch r.doc.Nodes[i].Kind {
	case jsonscan.KindString:
		if s.String != nil {
			ok = r.text(s.String, i, report) && ok
		}
	case jsonscan.KindNumber:
		if s.Number != nil {
			ok = r.number(s.Number, i, report) && ok
		}
	}
	return ok
}

func (r *run) text(rules *StringRules, i int, report bool) bool {
	text := r.doc.Text(i)
	if !report || rules.OK(text) {
		return rules.OK(text)
	}
	if !rules.lengthOK(text) {
		min := *rules
		min.MaxLength = NoLimit
		if min.lengthOK(text) {
			r.fail(report, i, "maxLength", "must have at most %s", plural(rules.MaxLength, "character"))
		} else {
			r.fail(report, i, "minLength", "must have at least %s", plural(rules.MinLength, "character"))
		}
	}
	if rules.Pattern != nil && !rules.Pattern.Match(text) {
		r.fail(report, i, "pattern", "must match the pattern %s", rules.Pattern)
	}
	if rules.format != nil && !rules.format(text) {
		r.fail(report, i, "format", "must be a valid %s", rules.Format)
	}
	return false
}

func (r *run) number(rules *NumberRules, i int, report bool) bool {
	raw := r.doc.Raw(i)
	if !report || rules.OK(raw) {
		return rules.OK(raw)
	}
	d := jsonscan.ParseDecimal(raw)
	for k := range rules.bounds {
		b := &rules.bounds[k]
		if b.ok(d) {
			continue
		}
		words := map[string]string{
			"minimum": "at least", "maximum": "at most",
			"exclusiveMinimum": "greater than", "exclusiveMaximum": "less than",
		}
		r.fail(report, i, b.keyword, "must be %s %s", words[b.keyword], b.text)
	}
	if rules.multipleText != "" && !d.MultipleOf(rules.multiple) {
		r.fail(report, i, "multipleOf", "must be a multiple of %s", rules.multipleText)
	}
	if rules.format != nil && !rules.format(raw) {
		r.fail(report, i, "format", "must be a valid %s", rules.Format)
	}
	return false
}

// structure checks what the schema says about members and items.
func (r *run) structure(s *Schema, i int, ev *evaluated, sc *scope, report bool) bool {
	switch r.doc.Nodes[i].Kind {
	case jsonscan.KindArray:
		return r.array(s, i, ev, report)
	case jsonscan.KindObject:
		return r.object(s, i, ev, sc, report)
	}
	return true
}

// plural writes a count with its noun.
func plural(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case noun == "property":
		return fmt.Sprintf("%d properties", n)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
