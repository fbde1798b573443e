package typescript

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// shaper finds what a client converts: it writes a type as the shape that the runtime reads, which
// holds nothing but the way to such values.
//
//	{ properties: { at: 'date-time', replies: { items: '#Message' } } }
type shaper struct {
	*planner
	formats  map[string]bool
	converts map[*spec.Decl]bool // declarations with such a value in them
}

// planShapes plans the table of shapes.
func (p *planner) planShapes() *valueTable {
	s := &shaper{planner: p, formats: p.opts.formats()}
	s.findConverted()
	table := &valueTable{}
	for i, d := range p.api.Decls {
		if s.converts[d] && len(p.typer.forms.of(i)) > 0 {
			table.Types = append(table.Types, entry(p.shapeName(d), s.shape(p.unrolled(d))))
		}
	}
	for _, op := range p.api.Operations {
		if request := s.request(op); request != "" {
			table.Requests = append(table.Requests, entry(op.ID, request))
		}
		var replies []string
		same := func(a, b *spec.Media) bool { return s.shape(a.Shape) == s.shape(b.Shape) }
		for _, a := range arrivals(op, same) {
			if shape := s.shape(a.media.Shape); shape != "" {
				replies = append(replies, statusKey(a.key, shape))
			}
		}
		table.Replies = entries(table.Replies, op.ID, replies)
	}
	if p.api.Realtime == nil {
		return table
	}
	for _, c := range p.api.Realtime.Channels {
		var events []string
		for _, e := range c.Events {
			if shape := s.shape(e.Event.Type); shape != "" {
				events = append(events, entry(e.Name, shape))
			}
		}
		if c.Presence != nil {
			if info := s.shape(c.Presence.Info); info != "" {
				events = append(events, entry("$presence", "{ properties: { join: { items: { properties: { info: "+info+" } } } } }"))
			}
		}
		table.Events = entries(table.Events, c.Name, events)
	}
	return table
}

// shapeName is the name of a declaration in the table: that of its type.
func (p *planner) shapeName(d *spec.Decl) string {
	return p.typer.names[p.typer.forms.index[d]][responseForm]
}

// findConverted marks the declarations with converted values, then everything that refers to them.
func (s *shaper) findConverted() {
	s.converts = map[*spec.Decl]bool{}
	users := map[*spec.Decl][]*spec.Decl{}
	var queue []*spec.Decl
	mark := func(d *spec.Decl) {
		if !s.converts[d] && d.TSType == "" {
			s.converts[d] = true
			queue = append(queue, d)
		}
	}
	for _, d := range s.api.Decls {
		eachRef(d.Type, func(r *spec.Decl, _ *spec.Field) { users[r] = append(users[r], d) })
		if s.direct(d.Type, 0) {
			mark(d)
		}
	}
	for len(queue) > 0 {
		d := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, user := range users[d] {
			mark(user)
		}
	}
}

// direct reports whether a converted value stands in t itself, not behind a reference.
func (s *shaper) direct(t spec.Type, depth int) bool {
	if depth++; depth > maxDepth {
		return false
	}
	any := func(list []spec.Type) bool {
		return slices.ContainsFunc(list, func(t spec.Type) bool { return s.direct(t, depth) })
	}
	switch t := t.(type) {
	case *spec.Scalar:
		return converted(t, s.formats) != ""
	case *spec.Nullable:
		return s.direct(t.Elem, depth)
	case *spec.List:
		return s.direct(t.Elem, depth) || any(t.Prefix)
	case *spec.Map:
		return s.direct(t.Elem, depth)
	case *spec.Union:
		return slices.ContainsFunc(t.Variants, func(v spec.Variant) bool { return s.direct(v.Type, depth) })
	case *spec.Object:
		return s.direct(t.Additional, depth) ||
			slices.ContainsFunc(t.Fields, func(f *spec.Field) bool { return s.direct(f.Type, depth) }) ||
			slices.ContainsFunc(t.Patterns, func(f spec.PatternFields) bool { return s.direct(f.Type, depth) })
	}
	return false
}

// nothing is a shape in which nothing is converted.
const nothing = "{}"

// shape writes a type as a shape; empty when nothing in it is converted.
func (s *shaper) shape(t spec.Type) string {
	switch t := t.(type) {
	case *spec.Scalar:
		if format := converted(t, s.formats); format != "" {
			return quote(format)
		}
	case *spec.Ref:
		if s.converts[t.Decl] {
			return quote("#" + s.shapeName(t.Decl))
		}
	case *spec.Nullable:
		return s.shape(t.Elem)
	case *spec.List:
		return s.list(t)
	case *spec.Map:
		return oneMore(nil, "rest", s.shape(t.Elem))
	case *spec.Union:
		return s.union(t)
	case *spec.Object:
		return s.object(t)
	}
	return ""
}

// oneMore writes an object literal of one more member, if it has a value; empty without members.
func oneMore(members []string, name, value string) string {
	if value != "" {
		members = append(members, entry(name, value))
	}
	if len(members) == 0 {
		return ""
	}
	return literal(members)
}

func (s *shaper) list(t *spec.List) string {
	var prefix []string
	some := false
	for _, item := range t.Prefix {
		shape := s.shape(item)
		some = some || shape != ""
		if shape == "" {
			shape = nothing
		}
		prefix = append(prefix, shape)
	}
	items := s.shape(t.Elem)
	if !some && (items == "" || len(prefix) == 0) {
		return oneMore(nil, "items", items)
	}
	return oneMore([]string{"prefix: [" + strings.Join(prefix, ", ") + "]"}, "items", items)
}

func (s *shaper) object(t *spec.Object) string {
	rest := s.shape(t.Additional)
	var patterns, properties []string
	for _, p := range t.Patterns {
		if shape := s.shape(p.Type); shape != "" {
			patterns = append(patterns, entry(p.Pattern, shape))
		}
	}
	for _, f := range s.withChoices(t) {
		shape := s.shape(f.Type)
		if shape == "" && (rest != "" || len(patterns) > 0) {
			shape = nothing // named, so it is none of the rest
		}
		if shape != "" {
			properties = append(properties, entry(f.Name, shape))
		}
	}
	var members []string
	members = entries(members, "properties", properties)
	members = entries(members, "patterns", patterns)
	return oneMore(members, "rest", rest)
}

// withChoices are the members of an object and of the choices that it is of as well. The first that
// has a name is taken: what several variants call alike is nearly always alike.
func (s *shaper) withChoices(t *spec.Object) []*spec.Field {
	if len(t.Choices) == 0 {
		return t.Fields
	}
	fields, seen := slices.Clone(t.Fields), map[string]bool{}
	for _, f := range fields {
		seen[f.Name] = true
	}
	done := map[*spec.Decl]bool{}
	var collect func(t spec.Type)
	collect = func(t spec.Type) {
		switch t := t.(type) {
		case *spec.Ref:
			if !done[t.Decl] && t.Decl.TSType == "" {
				done[t.Decl] = true
				collect(t.Decl.Type)
			}
		case *spec.Nullable:
			collect(t.Elem)
		case *spec.Union:
			for _, v := range t.Variants {
				collect(v.Type)
			}
		case *spec.Object:
			for _, f := range t.Fields {
				if !seen[f.Name] {
					seen[f.Name] = true
					fields = append(fields, f)
				}
			}
			for _, c := range t.Choices {
				collect(c.Type)
			}
		}
	}
	for _, c := range t.Choices {
		collect(c.Type)
	}
	return fields
}

// union writes a union with what tells its branches apart.
func (s *shaper) union(t *spec.Union) string {
	var exact, others []string
	some := false
	ok := s.branches(t, nil, map[*spec.Decl]bool{}, func(b branch) {
		some = some || b.then != ""
		text := literal(b.members())
		if strings.HasPrefix(b.then, "'") && !strings.HasPrefix(b.then, "'#") {
			exact = append(exact, text) // a format is tried before all strings
		} else {
			others = append(others, text)
		}
	})
	if !ok || !some {
		return ""
	}
	return "{ anyOf: [" + strings.Join(unique(append(exact, others...)), ", ") + "] }"
}

// branch is one alternative of a union.
type branch struct {
	is   string
	of   []string            // the values there are
	has  []string            // required members
	tags map[string][]string // values of members
	then string
}

func (b branch) members() []string {
	members := []string{"is: " + quote(b.is)}
	if len(b.of) > 0 {
		members = append(members, "of: ["+strings.Join(b.of, ", ")+"]")
	}
	if len(b.has) > 0 {
		members = append(members, "has: ["+strings.Join(b.has, ", ")+"]")
	}
	var tags []string
	for _, name := range slices.Sorted(maps.Keys(b.tags)) {
		tags = append(tags, entry(name, "["+strings.Join(b.tags[name], ", ")+"]"))
	}
	members = entries(members, "tags", tags)
	if b.then != "" {
		members = append(members, "then: "+b.then)
	}
	return members
}

// branches calls add for every alternative of a type, through references and unions within. It
// reports false for a type of which one alternative may be anything.
func (s *shaper) branches(t spec.Type, tags map[string][]string, seen map[*spec.Decl]bool, add func(branch)) bool {
	switch t := t.(type) {
	case *spec.Nullable:
		return s.branches(t.Elem, tags, seen, add)
	case *spec.Union:
		for _, v := range t.Variants {
			of := tags
			if t.Discriminator != "" && len(v.Tags) > 0 {
				of = map[string][]string{t.Discriminator: quoteAll(v.Tags)}
			}
			if !s.branches(v.Type, of, seen, add) {
				return false
			}
		}
		return true
	case *spec.Ref:
		if t.Decl.TSType != "" || seen[t.Decl] {
			return t.Decl.TSType == ""
		}
		if _, isObject := t.Decl.Type.(*spec.Object); isObject {
			b := objectBranch(t.Decl.Type.(*spec.Object), tags)
			b.then = s.shape(t)
			add(b)
			return true
		}
		seen[t.Decl] = true
		defer delete(seen, t.Decl)
		return s.branches(t.Decl.Type, tags, seen, add)
	case *spec.Scalar:
		if is := jsType(t.Kind); is != "" {
			add(branch{is: is, then: s.shape(t)})
		}
		return true
	case *spec.Enum:
		return enumBranches(t, add)
	case *spec.Object:
		b := objectBranch(t, tags)
		b.then = s.shape(t)
		add(b)
		return true
	case *spec.Map:
		add(branch{is: "object", then: s.shape(t)})
		return true
	case *spec.List:
		add(branch{is: "array", then: s.shape(t)})
		return true
	}
	return false
}

// jsType is what typeof says of a kind; empty for null, which is never converted.
func jsType(kind spec.ScalarKind) string {
	switch kind {
	case spec.Integer, spec.Number:
		return "number"
	case spec.Null:
		return ""
	}
	return string(kind)
}

func enumBranches(t *spec.Enum, add func(branch)) bool {
	if t.Kind == spec.Mixed {
		return mixedBranches(t, add)
	}
	is := jsType(t.Kind)
	if is == "" {
		return t.Kind == spec.Null
	}
	b := branch{is: is}
	if !t.Open {
		b.of = enumLiterals(t)
	}
	add(b)
	return true
}

// mixedBranches is an alternative for each kind of value in an enum.
func mixedBranches(t *spec.Enum, add func(branch)) bool {
	byKind := map[string][]string{}
	for _, v := range t.Values {
		is, text := "number", string(v.JSON)
		switch text[0] {
		case '"':
			is = "string"
		case 't', 'f':
			is = "boolean"
		case '{':
			is = "object"
		case '[':
			is = "array"
		}
		byKind[is] = append(byKind[is], expressionOf(v.JSON))
	}
	for _, is := range slices.Sorted(maps.Keys(byKind)) {
		b := branch{is: is}
		if is != "object" && is != "array" { // values are compared as they are, not by what is in them
			b.of = byKind[is]
		}
		add(b)
	}
	return true
}

// objectBranch is an object with its required members, and those whose values it lists.
func objectBranch(t *spec.Object, tags map[string][]string) branch {
	b := branch{is: "object", tags: maps.Clone(tags)}
	if b.tags == nil {
		b.tags = map[string][]string{}
	}
	for _, f := range t.Fields {
		if f.Required && !oneWay(f) {
			b.has = append(b.has, quote(f.Name))
		}
		if e, ok := resolve(f.Type).(*spec.Enum); ok && !e.Open && b.tags[f.Name] == nil {
			b.tags[f.Name] = enumLiterals(e)
		}
	}
	return b
}

// enumLiterals are the values of an enum as expressions.
func enumLiterals(t *spec.Enum) []string {
	var texts []string
	for _, v := range t.Values {
		var s string
		if json.Unmarshal(v.JSON, &s) == nil {
			texts = append(texts, quote(s))
		} else if json.Valid(v.JSON) {
			texts = append(texts, expressionOf(v.JSON))
		}
	}
	return texts
}

func quoteAll(texts []string) []string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = quote(t)
	}
	return quoted
}

// request is the shape of a request: parameters by place, and the body.
func (s *shaper) request(op *spec.Operation) string {
	var members []string
	for _, place := range places {
		var params []string
		for _, param := range op.Params {
			if !place.holds(param) {
				continue
			}
			if shape := s.shape(param.Type); shape != "" {
				params = append(params, entry(param.Name, shape))
			}
		}
		if len(params) > 0 {
			members = append(members, entry(place.name, "{ properties: "+literal(params)+" }"))
		}
	}
	if op.Body != nil {
		bodies := &spec.Union{}
		for _, media := range op.Body.Content {
			if media.Shape != nil && s.shape(media.Shape) != "" {
				bodies.Variants = append(bodies.Variants, spec.Variant{Type: media.Shape})
			}
		}
		if shape := s.oneOf(bodies); shape != "" {
			members = append(members, entry("body", shape))
		}
	}
	if len(members) == 0 {
		return ""
	}
	return "{ properties: " + literal(members) + " }"
}

// oneOf is a union's shape, or that of its only kind of member.
func (s *shaper) oneOf(t *spec.Union) string {
	var shapes []string
	for _, v := range t.Variants {
		shapes = append(shapes, s.shape(v.Type))
	}
	if shapes = unique(shapes); len(shapes) == 1 {
		return shapes[0]
	}
	return s.union(t)
}
