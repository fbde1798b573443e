package spec

// typer turns schemas into Types. References become Refs to Decls at once, also
// to Decls that are still being shaped, which is all that recursion needs. Only
// when everything is shaped is it known which Decls are worth their name; settle
// replaces the others at their places of use.
type typer struct {
	decls map[*node]*Decl // by schema; the plain shape of a base type is in bases
	bases map[*node]*Decl
	// baseNames are the names of bases as Decls and as schemas.
	baseNames map[*node]string
	order     []*Decl
	building  map[*Decl]bool
	nullable  map[*Decl]bool // uses of it are wrapped in Nullable
	gone      map[*Decl]Type // dissolved: what stands in its place
	subtypes  map[*node][]*node
	depth     int            // of components being shaped
	pending   []func()       // components to shape when it is less deep
	cycles    map[*node]bool // references that lead in circles and were reported
	knots     map[any]*knot  // inline schemas being shaped
}

func newTyper() typer {
	return typer{
		decls: map[*node]*Decl{}, bases: map[*node]*Decl{}, baseNames: map[*node]string{}, building: map[*Decl]bool{},
		nullable: map[*Decl]bool{}, gone: map[*Decl]Type{}, cycles: map[*node]bool{},
		knots: map[any]*knot{},
	}
}

// use is the type of a place where the schema n stands.
func (b *builder) use(n *node) Type {
	switch {
	case n == nil:
		return &Any{}
	case n.kind == boolNode:
		if n.text == "true" {
			return &Any{}
		}
		return &Any{Why: NoValue}
	case n.kind != objectNode:
		b.report.warnf(n, "schema-not-object", "a schema must be an object, this is %s", n.kind)
		return &Any{Why: "not a schema"}
	}
	if b.pureRef(n) {
		target := b.deref(n)
		if target == nil {
			return &Any{Why: "an unresolved reference"}
		}
		if target.kind != objectNode {
			return b.use(target)
		}
		return b.component(target)
	}
	return b.inline(n)
}

// component is a use of the schema n by reference.
func (b *builder) component(n *node) Type {
	if d, ok := b.decls[n]; ok {
		return b.refTo(d)
	}
	d := b.newDecl(n, b.places.name(n))
	d.Component = b.places.isComponent(n)
	b.decls[n] = d
	if b.depth > deferDepth {
		b.pending = append(b.pending, func() { b.finish(d, n) })
		return &Ref{Decl: d}
	}
	b.finish(d, n)
	return b.refTo(d)
}

// finish gives the Decl of a component its type.
func (b *builder) finish(d *Decl, n *node) {
	b.depth++
	defer func() { b.depth-- }()
	if subs := b.subtypesOf(n); len(subs) > 0 {
		b.close(d, b.baseUnion(n, subs), false)
		return
	}
	t, null := b.shape(n)
	b.close(d, t, null)
}

// finishPending shapes the components that were put off.
func (b *builder) finishPending() {
	for len(b.pending) > 0 {
		last := len(b.pending) - 1
		run := b.pending[last]
		b.pending = b.pending[:last]
		run()
	}
}

// inline is the schema n at its only place of use.
func (b *builder) inline(n *node) Type {
	if d, ok := b.decls[n]; ok {
		return b.refTo(d)
	}
	if wrapped := b.wrapsOne(n); wrapped != nil {
		t := b.use(wrapped)
		if b.saysNullable(n) {
			return nullable(t)
		}
		return t
	}
	t, null, d := b.tie(n, n, func() string { return b.places.name(n) }, func() (Type, bool) { return b.shape(n) })
	if d != nil {
		b.decls[n] = d
		return b.refTo(d)
	}
	if d, ok := b.decls[n]; ok { // a pointer into the schema itself came first
		return b.refTo(d)
	}
	if declarable(t) || n.has("x-go-type") || n.has("x-ts-type") {
		if _, isRef := t.(*Ref); !isRef {
			d := b.newDecl(n, b.places.name(n))
			b.decls[n] = d
			b.close(d, t, null)
			return b.refTo(d)
		}
	}
	if null {
		return nullable(t)
	}
	return t
}

// wrapsOne recognises {allOf: [{$ref: X}]} with nothing but annotations beside:
// OpenAPI 3.0's way to describe a reference.
func (b *builder) wrapsOne(n *node) *node {
	list := n.get("allOf").items()
	if len(list) != 1 || n.has("x-go-type") || !b.pureRefObject(list[0].value) {
		return nil
	}
	for _, m := range n.members() {
		switch {
		case m.key == "allOf", m.key == "nullable", isAnnotation(m.key) && m.key != "$ref":
		case m.key == "type" && !m.value.isArray(): // says again what X says
		default:
			return nil
		}
	}
	return list[0].value
}

func (b *builder) saysNullable(n *node) bool { return n.flag("nullable", false) }

// newDecl starts a Decl; close finishes it.
func (b *builder) newDecl(n *node, name string) *Decl {
	d := &Decl{Name: name, Doc: docOf(n), Pos: n.keyPos()}
	d.GoName, d.TSName = b.nameExtensions(n)
	d.GoType, d.TSType = b.typeExtensions(n)
	b.building[d] = true
	return d
}

// close gives a Decl its type, or dissolves it when the type needs no name.
func (b *builder) close(d *Decl, t Type, null bool) {
	delete(b.building, d)
	if nt, ok := t.(*Nullable); ok {
		t, null = nt.Elem, true
	}
	keep := declarable(t) || d.GoType != "" || d.TSType != ""
	switch t.(type) {
	case *List, *Map:
		keep = keep || d.Component
	case *Ref:
		keep = false
	}
	if b.leadsTo(t, d) {
		b.report.add(Diagnostic{Pos: d.Pos, Severity: Warning, Rule: "type-recursive",
			Message: quote(d.Name) + " is nothing but itself, so it takes any value"})
		t = &Any{Why: "a schema that is only references to itself"}
	}
	if keep {
		d.Type = t
		b.order = append(b.order, d)
		if null {
			b.nullable[d] = true
		}
		return
	}
	if null {
		t = nullable(t)
	}
	b.gone[d] = t
}

// leadsTo reports whether t is a reference to d, at once or through Decls that
// were dissolved.
func (b *builder) leadsTo(t Type, d *Decl) bool {
	for hops := 0; hops < maxChain; hops++ {
		if nt, ok := t.(*Nullable); ok {
			t = nt.Elem
		}
		r, ok := t.(*Ref)
		switch {
		case !ok:
			return false
		case r.Decl == d:
			return true
		}
		if t, ok = b.gone[r.Decl]; !ok {
			return false
		}
	}
	return true
}

// declarable reports whether a type needs a name.
func declarable(t Type) bool {
	switch t.(type) {
	case *Object, *Enum, *Union:
		return true
	}
	return false
}

// refTo is a use of d, as far as d is known by now; settle does the rest.
func (b *builder) refTo(d *Decl) Type {
	if t, ok := b.gone[d]; ok {
		return t
	}
	if b.nullable[d] {
		return &Nullable{Elem: &Ref{Decl: d}}
	}
	return &Ref{Decl: d}
}

func nullable(t Type) Type {
	switch t := t.(type) {
	case *Nullable:
		return t
	case *Any:
		return t
	case *Scalar:
		if t.Kind == Null {
			return t
		}
	}
	return &Nullable{Elem: t}
}

// shape is the type of a schema that is no pure reference, and whether null is
// a value of it.
func (b *builder) shape(n *node) (Type, bool) {
	c := b.conjunction(n)
	return b.shapeOf(c)
}

// shapeOf decides what kind of type a conjunction is.
func (b *builder) shapeOf(c *conjunct) (Type, bool) {
	if c.loop {
		b.report.warnKey(c.at, "allof-cycle", "", "%s contains itself through allOf", quote(c.nameIn(b.places)))
	}
	if !b.spend(len(c.parts)) {
		return &Any{Why: "too complex"}, false
	}
	set, typed := setAny, false
	for _, part := range c.parts {
		if s, ok := typeSet(part); ok {
			set, typed = set&s, true
		}
	}
	if c.null {
		set |= setNull
	}
	if set == 0 {
		b.report.warnKey(c.at, "allof-conflict", "", "the parts of %s ask for different types, so no value fits all", quote(c.nameIn(b.places)))
		return &Any{Why: "parts of an allOf that contradict each other"}, false
	}
	if e, null, ok := b.enum(c, set); ok {
		return e, null && (set&setNull != 0 || !typed) || c.null
	}
	choices := b.choices(c, typed)
	if len(choices) > 1 {
		c, choices = b.withoutSingles(c, choices)
	}
	switch {
	case len(choices) == 1:
		t, null := b.choice(c, choices[0], set)
		return t, c.null || null && set&setNull != 0 || typed && set&setNull != 0
	case len(choices) > 1:
		return b.combine(c, choices, set), c.null || typed && set&setNull != 0
	}
	if !typed {
		set = inferKinds(c)
		if c.null && set != setAny {
			set |= setNull
		}
	}
	return b.kinds(c, set)
}

// inferKinds guesses the JSON type that the keywords of an untyped schema are
// about; setAny when they leave it open. Keywords that describe members or items
// mean objects and lists, whatever JSON Schema says of other values: people who
// write them forgot the type. Keywords that only limit are taken at their word.
func inferKinds(c *conjunct) kindSet {
	set := kindSet(0)
	for _, part := range c.parts {
		for i := range part.kids {
			switch part.kids[i].key {
			case "properties", "additionalProperties", "patternProperties":
				set |= setObject
			case "items", "prefixItems":
				set |= setArray
			case "contentMediaType":
				if isBinary(part) {
					set |= setString
				}
			}
		}
	}
	if set == 0 {
		return setAny
	}
	return set
}

// kinds is the type for a set of JSON types: one shape, or a union of several.
func (b *builder) kinds(c *conjunct, set kindSet) (Type, bool) {
	null := set&setNull != 0
	if set == setAny {
		return b.anything(c), false
	}
	switch rest := set &^ setNull; rest {
	case 0:
		return &Scalar{Kind: Null}, false
	case setBoolean:
		return &Scalar{Kind: Boolean, Format: c.format()}, null
	case setInteger:
		return &Scalar{Kind: Integer, Format: c.format()}, null
	case setInteger | setNumber, setNumber:
		return &Scalar{Kind: Number, Format: c.format()}, null
	case setString:
		return &Scalar{Kind: String, Format: c.format()}, null
	case setArray:
		return b.list(c), null
	case setObject:
		return b.object(c), null
	default:
		return b.kindUnion(c, rest), null
	}
}

// anything is the type of a conjunction that leaves the JSON type open: silently
// when it says nothing at all, otherwise with a warning, because who limits
// strings nearly always means strings.
func (b *builder) anything(c *conjunct) Type {
	for _, part := range c.parts {
		for i := range part.kids {
			key := part.kids[i].key
			kind, limits := limited[key]
			switch {
			case !limits:
			case kind == "":
				b.report.warnKey(part.kids[i].value, "type-missing", "", "%s says with %s what a value is not, and no type, so it can be of any type", quote(c.nameIn(b.places)), key)
				return &Any{Why: excludesOnly}
			default:
				b.report.warnKey(part.kids[i].value, "type-missing", `say "type: `+kind+`" if no other is meant`,
					"%s has %s and no type, so it can be of any type", quote(c.nameIn(b.places)), key)
				return &Any{Why: limitsOnly}
			}
		}
	}
	return &Any{}
}

// Reasons for an Any that others ask about.
const (
	excludesOnly = "a schema that only excludes values"
	limitsOnly   = "a schema that limits values of a type without asking for it"
)

// limited are the keywords that limit values of one type and say nothing of
// others, with that type; those without a type exclude values of any.
var limited = map[string]string{
	"minLength": "string", "maxLength": "string", "pattern": "string", "format": "string", "contentEncoding": "string",
	"minimum": "number", "maximum": "number", "exclusiveMinimum": "number", "exclusiveMaximum": "number", "multipleOf": "number",
	"minItems": "array", "maxItems": "array", "uniqueItems": "array", "contains": "array", "unevaluatedItems": "array",
	"minProperties": "object", "maxProperties": "object", "required": "object", "propertyNames": "object",
	"dependentRequired": "object", "dependentSchemas": "object", "unevaluatedProperties": "object",
	"not": "", "if": "",
}

// kindUnion is the union for "type": ["string", "integer"]. There are no branches
// to count; Branch is the place in the list of variants.
func (b *builder) kindUnion(c *conjunct, set kindSet) Type {
	u := &Union{}
	for _, one := range [...]struct {
		set  kindSet
		name string
	}{{setString, "String"}, {setInteger | setNumber, "Number"}, {setBoolean, "Boolean"}, {setArray, "List"}, {setObject, "Object"}} {
		part := set & one.set
		if part == 0 {
			continue
		}
		name := one.name
		if part == setInteger {
			name = "Integer"
		}
		t, _ := b.kinds(c, part)
		u.Variants = append(u.Variants, Variant{
			Branch: len(u.Variants),
			Type:   b.named(c.nameIn(b.places)+"."+name, c.at, t),
			Name:   name,
		})
	}
	return u
}

// named declares a type that has no schema of its own, if it needs a name.
func (b *builder) named(name string, at *node, t Type) Type {
	if !declarable(t) {
		return t
	}
	d := &Decl{Name: b.places.fresh(name), Type: t, Pos: at.keyPos()}
	b.order = append(b.order, d)
	return &Ref{Decl: d}
}
