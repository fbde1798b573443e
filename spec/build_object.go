package spec

import "strconv"

// object is the type of an object: the members of all parts together.
func (b *builder) object(c *conjunct) Type {
	o := &Object{}
	fields := b.properties(c)
	required := b.requiredNames(c)
	for _, f := range fields {
		o.Fields = append(o.Fields, b.field(c, f, required[f.name]))
	}
	b.additional(c, o)
	b.requiredOnly(c, o, fields, required)
	if len(o.Fields) == 0 && !b.isBase(c) {
		return b.openObject(o)
	}
	return o
}

// openObject is an object without named members: a Map where one type covers
// what it may hold.
func (b *builder) openObject(o *Object) Type {
	switch {
	case len(o.Patterns) == 0 && o.Additional != nil:
		return &Map{Elem: o.Additional}
	case len(o.Patterns) == 0 && !o.Closed:
		return &Map{Elem: &Any{}}
	case len(o.Patterns) == 1 && o.Closed:
		return &Map{Elem: o.Patterns[0].Type}
	}
	return o
}

// isBase reports whether a conjunction carries a discriminator, so that it
// deserves a name even without members of its own.
func (b *builder) isBase(c *conjunct) bool { return c.at.has("discriminator") }

// property is one name with the schemas that the parts give it, in order.
type property struct {
	name    string
	schemas []*node
}

func (b *builder) properties(c *conjunct) []*property {
	var list []*property
	index := map[string]*property{}
	for _, part := range c.parts {
		props := part.get("properties")
		if props != nil && props.kind != objectNode {
			b.report.warnf(props, "schema-keyword-type", "properties must be an object, this is %s", props.kind)
			continue
		}
		if !b.spend(len(props.members())) {
			break
		}
		for _, m := range props.members() {
			p := index[m.key]
			if p == nil {
				p = &property{name: m.key}
				index[m.key] = p
				list = append(list, p)
			}
			p.schemas = append(p.schemas, m.value)
		}
	}
	return list
}

func (b *builder) requiredNames(c *conjunct) map[string]bool {
	names := map[string]bool{}
	for _, part := range c.parts {
		for _, item := range part.get("required").items() {
			if item.value.kind == stringNode {
				names[item.value.text] = true
			}
		}
	}
	return names
}

// requiredOnly adds members that are required without being described: a value
// cannot be made without them.
func (b *builder) requiredOnly(c *conjunct, o *Object, known []*property, required map[string]bool) {
	if len(required) <= len(known) && len(known) > 0 {
		missing := false
		have := make(map[string]bool, len(known))
		for _, p := range known {
			have[p.name] = true
		}
		for name := range required {
			missing = missing || !have[name]
		}
		if !missing {
			return
		}
	}
	have := make(map[string]bool, len(known))
	for _, p := range known {
		have[p.name] = true
	}
	for _, part := range c.parts {
		for _, item := range part.get("required").items() {
			name := item.value.text
			if item.value.kind != stringNode || have[name] || o.Closed {
				continue
			}
			have[name] = true
			t := o.Additional
			if t == nil {
				t = &Any{}
			}
			o.Fields = append(o.Fields, &Field{Name: name, Type: t, Required: true, Pos: item.value.pos()})
		}
	}
}

// field is one member of an object.
func (b *builder) field(c *conjunct, p *property, required bool) *Field {
	last := p.schemas[len(p.schemas)-1]
	f := &Field{Name: p.name, Required: required, Pos: last.keyPos()}
	f.Type = b.useAll(c, p)
	for _, n := range p.schemas {
		b.annotate(f, n)
	}
	return f
}

// useAll is the type of a member that several parts describe: the one that says
// something when the others only annotate, otherwise all of them merged.
func (b *builder) useAll(c *conjunct, p *property) Type {
	if len(p.schemas) == 1 {
		return b.use(p.schemas[0])
	}
	var shaped []*node
	for _, n := range p.schemas {
		if !b.hasShape(n, true, 0) {
			continue
		}
		if !b.sameAsAny(n, shaped) {
			shaped = append(shaped, n)
		}
	}
	switch len(shaped) {
	case 0:
		return b.use(p.schemas[len(p.schemas)-1])
	case 1:
		return b.use(shaped[0])
	}
	place := c.nameIn(b.places) + "." + p.name
	t, null, d := b.tie(mergeKey(shaped), shaped[len(shaped)-1], func() string { return b.places.fresh(place) },
		func() (Type, bool) { return b.merge(place, shaped) })
	if d != nil {
		return b.refTo(d)
	}
	t = b.named(place, shaped[len(shaped)-1], t)
	if null {
		t = nullable(t)
	}
	return t
}

// merge is the type of what several schemas describe together.
func (b *builder) merge(place string, shaped []*node) (Type, bool) {
	merged := &conjunct{at: shaped[len(shaped)-1], place: place, seen: map[*node]int{}}
	for _, n := range shaped {
		b.takeApart(n, merged, 0)
		merged.null = merged.null || n == merged.at && n.flag("nullable", false)
	}
	return b.shapeOf(merged)
}

// sameAsAny reports whether n says the same as a schema in list: it is a
// reference to the same one, or reads the same.
func (b *builder) sameAsAny(n *node, list []*node) bool {
	target := n
	if b.pureRef(n) {
		target = b.deref(n)
	}
	for _, other := range list {
		if b.pureRef(other) {
			other = b.deref(other)
		}
		if other == target {
			return true
		}
	}
	return false
}

// annotate adds what a schema says around the type of a member. What stands
// beside a reference comes before what the component says of itself.
func (b *builder) annotate(f *Field, n *node) {
	if !n.isObject() {
		return
	}
	own := docOf(n)
	if own.Summary != "" {
		f.Doc.Summary = own.Summary
	}
	if own.Description != "" {
		f.Doc.Description = own.Description
	}
	f.Doc.Deprecated = f.Doc.Deprecated || own.Deprecated
	if goName, tsName := b.nameExtensions(n); goName != "" || tsName != "" {
		if f.GoName == "" {
			f.GoName = goName
		}
		if f.TSName == "" {
			f.TSName = tsName
		}
	}
	for hops := 0; n.isObject() && hops < 16; hops++ {
		f.ReadOnly = f.ReadOnly || n.flag("readOnly", false)
		f.WriteOnly = f.WriteOnly || n.flag("writeOnly", false)
		if f.Default == nil {
			f.Default = rawJSON(n.get("default"))
		}
		next := n.get("$ref")
		switch {
		case next.is(stringNode):
			n = b.resolve(next)
		case len(n.get("allOf").items()) == 1:
			n = n.get("allOf").kids[0].value
		default:
			return
		}
	}
}

// additional decides what members beyond the named ones may be.
func (b *builder) additional(c *conjunct, o *Object) {
	for _, part := range c.parts {
		for _, key := range [...]string{"unevaluatedProperties", "additionalProperties"} {
			more := part.get(key)
			switch {
			case more == nil:
			case more.kind == boolNode && more.text == "false":
				o.Closed = true
			case more.kind == boolNode:
				if o.Additional == nil {
					o.Additional = &Any{}
				}
			case more.kind == objectNode:
				o.Additional = b.use(more)
			default:
				b.report.warnf(more, "schema-keyword-type", "%s must be a schema or a boolean, this is %s", key, more.kind)
			}
		}
		for _, m := range part.get("patternProperties").members() {
			o.Patterns = append(o.Patterns, PatternFields{Pattern: m.key, Type: b.use(m.value)})
		}
	}
	if o.Closed {
		o.Additional = nil
	}
}

// list is the type of an array.
func (b *builder) list(c *conjunct) Type {
	l := &List{Elem: &Any{}}
	elem := &property{name: "item"}
	for _, part := range c.parts {
		prefix := part.get("prefixItems")
		items := part.get("items")
		if items.isArray() { // what tuples were called before 2020-12
			prefix, items = items, part.get("additionalItems")
		}
		if prefix.isArray() && len(prefix.kids) > len(l.Prefix) {
			l.Prefix = nil
			for _, item := range prefix.kids {
				l.Prefix = append(l.Prefix, b.use(item.value))
			}
		}
		switch {
		case items == nil:
			if n := part.get("maxItems"); prefix.isArray() && n.is(numberNode) && n.text == strconv.Itoa(len(prefix.kids)) {
				l.Elem = nil
			}
		case items.kind == boolNode && items.text == "false":
			l.Elem = nil
		default:
			elem.schemas = append(elem.schemas, items)
		}
		if n := part.get("minItems"); n.is(numberNode) {
			if least, err := strconv.Atoi(n.text); err == nil {
				l.Min = max(l.Min, least)
			}
		}
	}
	l.Min = min(l.Min, len(l.Prefix))
	if c.evaluatesAll() {
		l.Elem = nil
	}
	if len(elem.schemas) > 0 && l.Elem != nil {
		l.Elem = b.useAll(c, elem)
	}
	return l
}

// evaluatesAll reports whether the items of a tuple that prefixItems describes
// are all there can be: unevaluatedItems forbids others, and nothing else could
// have evaluated some.
func (c *conjunct) evaluatesAll() bool {
	closed := false
	for _, part := range c.parts {
		if more := part.get("unevaluatedItems"); more.is(boolNode) && more.text == "false" {
			closed = true
		} else if more != nil {
			return false
		}
		for _, key := range [...]string{"items", "contains", "anyOf", "oneOf", "if", "dependentSchemas", "$dynamicRef"} {
			if part.has(key) {
				return false
			}
		}
	}
	return closed
}
