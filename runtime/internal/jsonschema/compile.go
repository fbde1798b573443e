package jsonschema

import (
	"errors"
	"fmt"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

// A SchemaError is a fault of a schema.
type SchemaError struct {
	Where   string // pointer to the schema, e.g. "#/Pet/properties/name"
	Keyword string // "" when the schema as a whole is wrong
	Detail  string // for people
}

func (e *SchemaError) Error() string {
	if e.Keyword == "" {
		return e.Where + ": " + e.Detail
	}
	return e.Where + ": " + e.Keyword + ": " + e.Detail
}

// compiler compiles one entry and what it reaches. Its schemas join the set only when all of them
// are good, so that a failed entry leaves nothing half done behind.
type compiler struct {
	set   *Set
	fresh map[place]*Schema
	order []*Schema // of fresh, for a deterministic second pass
	errs  []error
	// later holds what needs the schemas that a schema refers to, which may be under way.
	later []func()
}

// compile compiles entry e. The caller holds set.mu.
func compile(set *Set, e *entry) (*Schema, error) {
	c := &compiler{set: set, fresh: map[place]*Schema{}}
	// Trees are large and only needed while compiling; nodes keep their numbers when one is made
	// again.
	defer func() {
		for at := range c.fresh {
			at.entry.doc = nil
		}
	}()
	s := c.at(place{e, 0})
	for len(c.later) > 0 {
		todo := c.later
		c.later = nil
		for _, f := range todo {
			f()
		}
	}
	if len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	for _, s := range c.order {
		s.relaxed = [2]nameSet{relaxedNames(s, Request), relaxedNames(s, Response)}
		s.cyclic = reachesItself(s)
	}
	for at, s := range c.fresh {
		set.compiled[at] = s
	}
	return s, nil
}

// at returns the schema at a place, compiling it at the first visit. A recursive schema finds
// itself in fresh, still incomplete, which is all that a pointer to it needs.
func (c *compiler) at(p place) *Schema {
	if s := c.set.compiled[p]; s != nil {
		return s
	}
	if s := c.fresh[p]; s != nil {
		return s
	}
	if p.entry.doc == nil {
		p.entry.parse()
	}
	s := True()
	s.Where = "#/" + jsonscan.EscapePointer(p.entry.name) + p.entry.doc.Pointer(p.node)
	s.id = c.set.nextID
	c.set.nextID++
	if p.node == 0 {
		s.name = p.entry.name
	}
	c.fresh[p] = s
	c.order = append(c.order, s)
	n := node{c, p, s}
	switch p.entry.doc.Nodes[p.node].Kind {
	case jsonscan.KindBool:
		s.Never = p.entry.doc.Nodes[p.node].Len == 0
	case jsonscan.KindObject:
		n.keywords()
	default:
		n.fail("", "a schema must be an object, true or false")
	}
	return s
}

// node is a schema being compiled: where it stands and what it becomes.
type node struct {
	*compiler
	place
	s *Schema
}

func (n node) fail(keyword, format string, args ...any) {
	n.errs = append(n.errs, &SchemaError{n.s.Where, keyword, fmt.Sprintf(format, args...)})
}

// unsupported reports a keyword that is left out, or refuses the schema when nobody listens.
func (n node) unsupported(keyword, format string, args ...any) {
	u := Unsupported{n.s.Where, keyword, fmt.Sprintf(format, args...)}
	if n.set.unsupported != nil {
		n.set.unsupported(u)
		return
	}
	n.errs = append(n.errs, u)
}

// keywords compiles the members of a schema object. Unknown ones are annotations.
func (n node) keywords() {
	d, s := n.entry.doc, n.s
	for v := range d.Children(n.node) {
		switch key := d.Key(v); key {
		case "$ref":
			s.Ref = n.ref(key, v)
		case "$dynamicRef":
			n.unsupported(key, "dynamic references are not resolved")
		case "allOf":
			s.AllOf = n.list(key, v)
		case "anyOf":
			s.AnyOf = n.list(key, v)
		case "oneOf":
			s.OneOf = n.list(key, v)
		case "not":
			s.Not = n.sub(v)
		case "if":
			s.If = n.sub(v)
		case "then":
			s.Then = n.sub(v)
		case "else":
			s.Else = n.sub(v)
		case "type":
			s.Types = n.types(v)
		case "enum":
			s.Enum = n.enum(v)
		case "const":
			s.Const = NewEnum(d.Raw(v))
		case "default":
			s.Default = d.Raw(v)
		case "readOnly":
			s.ReadOnly = d.Nodes[v].Kind == jsonscan.KindBool && d.Nodes[v].Len == 1
		case "writeOnly":
			s.WriteOnly = d.Nodes[v].Kind == jsonscan.KindBool && d.Nodes[v].Len == 1
		default:
			n.arrayKeyword(key, v)
			n.objectKeyword(key, v)
			n.scalarKeyword(key, v)
		}
	}
	if v := d.Member(n.node, "discriminator"); v >= 0 {
		n.later = append(n.later, func() { n.discriminator(v) })
	}
}

func (n node) arrayKeyword(key string, v int) {
	s := n.s
	switch key {
	case "prefixItems":
		s.PrefixItems = n.list(key, v)
	case "items":
		s.Items = n.sub(v)
	case "contains":
		s.Contains = n.sub(v)
	case "minContains":
		s.MinContains = n.count(key, v, 1)
	case "maxContains":
		s.MaxContains = n.count(key, v, NoLimit)
	case "minItems":
		s.MinItems = n.count(key, v, 0)
	case "maxItems":
		s.MaxItems = n.count(key, v, NoLimit)
	case "uniqueItems":
		s.UniqueItems = n.flag(key, v)
	case "unevaluatedItems":
		s.UnevaluatedItems = n.sub(v)
	}
}

func (n node) objectKeyword(key string, v int) {
	s := n.s
	switch key {
	case "properties":
		s.Properties = n.named(key, v)
		// Where scanning a list beats hashing the name.
		const few = 6
		if len(s.Properties) > few {
			s.byName = make(map[string]int, len(s.Properties))
			for i, p := range s.Properties {
				s.byName[p.Name] = i
			}
		}
	case "patternProperties":
		for _, p := range n.named(key, v) {
			if re := n.pattern(key, p.Name); re != nil {
				s.PatternProperties = append(s.PatternProperties, PatternProperty{re, p.Schema})
			}
		}
	case "additionalProperties":
		s.AdditionalProperties = n.sub(v)
	case "propertyNames":
		s.PropertyNames = n.sub(v)
	case "minProperties":
		s.MinProperties = n.count(key, v, 0)
	case "maxProperties":
		s.MaxProperties = n.count(key, v, NoLimit)
	case "required":
		s.Required = n.strings(key, v)
	case "dependentRequired":
		s.DependentRequired = n.dependencies(key, v)
	case "dependentSchemas":
		s.DependentSchemas = n.named(key, v)
	case "unevaluatedProperties":
		s.UnevaluatedProperties = n.sub(v)
	}
}

func (n node) scalarKeyword(key string, v int) {
	switch key {
	case "minLength":
		n.stringRules().MinLength = n.count(key, v, 0)
	case "maxLength":
		n.stringRules().MaxLength = n.count(key, v, NoLimit)
	case "pattern":
		if text, ok := n.text(key, v); ok {
			n.stringRules().Pattern = n.pattern(key, text)
		}
	case "format":
		if text, ok := n.text(key, v); ok {
			n.format(text)
		}
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf":
		if n.entry.doc.Nodes[v].Kind != jsonscan.KindNumber {
			n.fail(key, "must be a number")
			return
		}
		if !n.numberRules().set(key, n.entry.doc.Raw(v)) {
			n.fail(key, "must be greater than 0")
		}
	}
}

func (n node) stringRules() *StringRules {
	if n.s.String == nil {
		n.s.String = &StringRules{MaxLength: NoLimit}
	}
	return n.s.String
}

func (n node) numberRules() *NumberRules {
	if n.s.Number == nil {
		n.s.Number = newNumberRules()
	}
	return n.s.Number
}

func (n node) format(name string) {
	if f, ok := stringFormats[name]; ok {
		r := n.stringRules()
		r.Format, r.format = name, f
	}
	if f, ok := numberFormats[name]; ok {
		n.numberRules().setFormat(name, f)
	}
}

func (n node) pattern(keyword, source string) *Pattern {
	p, err := CompilePattern(source)
	if err != nil {
		n.unsupported(keyword, "%v", err)
		return nil
	}
	return p
}
