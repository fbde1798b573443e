package spec

import (
	"slices"
	"strconv"
	"strings"
)

// choices are the oneOf and anyOf among the parts that decide the shape of a
// value. A choice that leads back to what is being shaped is left out: subtypes
// that extend a base which lists its subtypes.
func (b *builder) choices(c *conjunct, typed bool) []*node {
	var list []*node
	for _, part := range c.parts {
		for _, key := range [...]string{"oneOf", "anyOf"} {
			branches := part.get(key)
			if branches == nil {
				continue
			}
			if branches.kind != arrayNode {
				b.report.warnf(branches, "schema-keyword-type", "%s must be an array, this is %s", key, branches.kind)
				continue
			}
			if b.choiceMatters(c, branches, typed) {
				list = append(list, branches)
			}
		}
	}
	return list
}

func (b *builder) choiceMatters(c *conjunct, branches *node, typed bool) bool {
	shaped := false
	impossible := len(branches.kids) > 0
	for _, item := range branches.kids {
		branch := item.value
		impossible = impossible && branch.kind == boolNode && branch.text == "false"
		if b.pureRef(branch) {
			branch = b.deref(branch)
		}
		if branch != nil && c.seen[branch] != 0 && branches.parent != c.at {
			return false
		}
		shaped = shaped || b.hasShape(item.value, !typed, 0)
	}
	return shaped || impossible
}

// choice is the type of a conjunction with one oneOf or anyOf.
func (b *builder) choice(c *conjunct, branches *node, set kindSet) (Type, bool) {
	if b.addsShape(c, branches) {
		return b.distribute(c, branches)
	}
	return b.union(c, branches)
}

// addsShape reports whether the conjunction has members of its own beside the
// choice, which every variant then has as well.
func (b *builder) addsShape(c *conjunct, branches *node) bool {
	for _, part := range c.parts {
		for _, key := range [...]string{"properties", "patternProperties", "items", "prefixItems"} {
			if part.has(key) {
				return true
			}
		}
		if part.get("additionalProperties").isObject() {
			return true
		}
		if len(part.get("required").items()) > 0 {
			return true
		}
	}
	return false
}

// distribute makes each variant the base and the branch together.
func (b *builder) distribute(c *conjunct, branches *node) (Type, bool) {
	base := &conjunct{at: c.at, place: c.nameIn(b.places), seen: c.seen, loop: false}
	for _, part := range c.parts {
		if part.get(branches.key()) != branches { // by the choice: the part may be a copy
			base.parts = append(base.parts, part)
			continue
		}
		rest := b.without(part, branches.key())
		if branches.key() == "anyOf" {
			rest = b.without(rest, "unevaluatedItems") // several branches may evaluate items
		}
		base.parts = append(base.parts, rest)
	}
	u := &Union{}
	null := false
	for i, item := range branches.kids {
		if b.onlyNull(item.value) {
			null = true
			continue
		}
		place := base.place + "." + b.places.branch(item.value, branches)
		name := ""
		if ref := item.value.get("$ref"); ref.is(stringNode) {
			if target := b.resolve(ref); target != nil {
				name = lastWord(b.places.of(target))
				place = base.place + "." + name
			}
		}
		if b.sameTarget(item.value, c.at) {
			continue
		}
		if b.standsAlone(base, item.value) {
			t := b.use(item.value)
			if nt, ok := t.(*Nullable); ok {
				t, null = nt.Elem, true
			}
			u.Variants = append(u.Variants, Variant{Branch: i, Type: t})
			continue
		}
		t, _ := b.shapeOf(b.with(base, place, item.value))
		u.Variants = append(u.Variants, Variant{Branch: i, Type: b.named(place, item.value, t), Name: name})
	}
	b.discriminate(u, branches.parent, branches)
	return b.simplify(u, null, branches)
}

// standsAlone reports whether a branch already says what the base would add to
// it: it extends the base by allOf, or repeats its members.
func (b *builder) standsAlone(base *conjunct, branch *node) bool {
	c := b.conjunction(branch)
	if c.seen[base.at] != 0 {
		return true
	}
	have := map[string]bool{}
	for _, p := range b.properties(c) {
		have[p.name] = true
	}
	required := b.requiredNames(c)
	for _, p := range b.properties(base) {
		if !have[p.name] {
			return false
		}
	}
	for name := range b.requiredNames(base) {
		if !required[name] {
			return false
		}
	}
	for _, part := range base.parts {
		if part.get("additionalProperties").isObject() || part.has("patternProperties") || part.has("items") || part.has("prefixItems") {
			return false
		}
	}
	return true
}

// without is a schema lacking one keyword: a copy that stands at the same place.
func (b *builder) without(n *node, key string) *node {
	c := *n
	c.kids = slices.DeleteFunc(slices.Clone(n.kids), func(m member) bool { return m.key == key })
	return &c
}

// union is the type of a plain oneOf or anyOf.
func (b *builder) union(c *conjunct, branches *node) (Type, bool) {
	if e, null, ok := b.constEnum(branches); ok {
		return e, null
	}
	u := &Union{}
	null := false
	for i, item := range branches.kids {
		if b.onlyNull(item.value) {
			null = true
			continue
		}
		t := b.use(item.value)
		if nt, ok := t.(*Nullable); ok {
			t, null = nt.Elem, true
		}
		u.Variants = append(u.Variants, Variant{Branch: i, Type: t})
	}
	b.discriminate(u, branches.parent, branches)
	if e := b.openEnum(u); e != nil {
		return e, null
	}
	return b.simplify(u, null, branches)
}

// onlyNull reports whether a branch allows null and nothing else.
func (b *builder) onlyNull(n *node) bool {
	if n.has("$ref") || !n.isObject() {
		return false
	}
	if set, ok := typeSet(n); ok && set == setNull {
		return true
	}
	if v := n.get("const"); v.is(nullNode) {
		return true
	}
	list := n.get("enum").items()
	return len(list) == 1 && list[0].value.kind == nullNode
}

// constEnum recognises an enum spelt as a choice between inline constants.
func (b *builder) constEnum(branches *node) (t Type, null, ok bool) {
	e := &Enum{}
	seen := map[string]bool{}
	several := false
	for _, item := range branches.kids {
		if b.onlyNull(item.value) {
			null = true
			continue
		}
		if item.value.has("$ref") || !item.value.has("const") && !item.value.has("enum") {
			return nil, false, false
		}
		values := b.enumValues(item.value)
		several = several || len(values) > 1
		for _, v := range values {
			if !seen[string(v.JSON)] {
				seen[string(v.JSON)] = true
				null = e.add(v) == Null || null
			}
		}
	}
	if len(e.Values) == 0 || several && e.Kind == Mixed { // lists of values are types of their own
		return nil, false, false
	}
	if e.Kind == Boolean && len(e.Values) == 2 {
		return &Scalar{Kind: Boolean}, null, true
	}
	return e, null, true
}

// openEnum recognises anyOf of an enum and its base type: known values, and
// room for others.
func (b *builder) openEnum(u *Union) *Enum {
	var open *Enum
	seen := map[string]bool{}
	base := ScalarKind("")
	for _, v := range u.Variants {
		t := v.Type
		if r, ok := t.(*Ref); ok && r.Decl.Type != nil {
			t = r.Decl.Type
		}
		switch t := t.(type) {
		case *Enum:
			if open == nil {
				open = &Enum{Kind: t.Kind, Open: true}
			}
			if open.Kind != t.Kind {
				return nil
			}
			for _, value := range t.Values {
				if !seen[string(value.JSON)] {
					seen[string(value.JSON)] = true
					open.Values = append(open.Values, value)
				}
			}
		case *Scalar:
			if t.Format != "" || base != "" && base != t.Kind {
				return nil
			}
			base = t.Kind
		default:
			return nil
		}
	}
	if open == nil || base != open.Kind {
		return nil
	}
	return open
}

// simplify turns a union that is none into what it is: one variant, or scalars
// that differ only in how they are written.
func (b *builder) simplify(u *Union, null bool, at *node) (Type, bool) {
	u.Variants = slices.DeleteFunc(u.Variants, func(v Variant) bool {
		a, ok := v.Type.(*Any)
		return ok && a.Why == NoValue
	})
	if kind, format, ok := oneScalar(u); ok {
		return &Scalar{Kind: kind, Format: format}, null
	}
	u.Variants = dropSame(u.Variants)
	switch len(u.Variants) {
	case 0:
		if null {
			return &Scalar{Kind: Null}, false
		}
		b.report.warnKey(at, "choice-empty", "", "no branch of this %s allows a value", at.key())
		return &Any{Why: NoValue}, false
	case 1:
		t := u.Variants[0].Type
		if nt, ok := t.(*Nullable); ok {
			return nt.Elem, true
		}
		return t, null
	}
	for i := range u.Variants {
		v := &u.Variants[i]
		if a, ok := v.Type.(*Any); ok && (a.Why == "" || a.Why == limitsOnly || a.Why == excludesOnly) {
			if a.Why == "" {
				b.report.warnKey(at.kids[v.Branch].value, "choice-open", "", "this branch of %s allows anything, so the choice takes any value", at.key())
			}
			return &Any{Why: "a choice in which one variant allows everything"}, false
		}
		if v.Name == "" {
			v.Name = wordFor(v.Type, v.Branch)
		}
	}
	return u, null
}

// oneScalar recognises unions of one kind of scalar: anyOf of date and
// date-time is a string, integer or number is a number.
func oneScalar(u *Union) (kind ScalarKind, format string, ok bool) {
	for i, v := range u.Variants {
		s, isScalar := v.Type.(*Scalar)
		switch {
		case !isScalar:
			return "", "", false
		case i == 0:
			kind, format = s.Kind, s.Format
		case s.Kind == kind:
		case s.Kind == Number && kind == Integer, s.Kind == Integer && kind == Number:
			kind = Number
		default:
			return "", "", false
		}
		if s.Format != format {
			format = ""
		}
	}
	return kind, format, len(u.Variants) > 0
}

// dropSame leaves out variants that are the same as one before.
func dropSame(list []Variant) []Variant {
	seen := make(map[any]bool, len(list))
	out := list[:0]
	for _, v := range list {
		var key any = v.Type // a pointer: the same only as itself
		switch t := v.Type.(type) {
		case *Scalar:
			key = *t
		case *Ref:
			key = t.Decl
		case *Any:
			key = Any{}
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, v)
		}
	}
	return out
}

func sameType(a, b Type) bool {
	switch a := a.(type) {
	case *Scalar:
		b, ok := b.(*Scalar)
		return ok && *a == *b
	case *Ref:
		b, ok := b.(*Ref)
		return ok && a.Decl == b.Decl
	case *Any:
		_, ok := b.(*Any)
		return ok
	}
	return false
}

// wordFor is a name for a variant whose type has none.
func wordFor(t Type, branch int) string {
	switch t := t.(type) {
	case *Scalar:
		return strings.ToUpper(string(t.Kind[:1])) + string(t.Kind[1:])
	case *Ref:
		return ""
	case *Map:
		return "Map"
	case *List:
		return "List"
	}
	return "Variant" + strconv.Itoa(branch+1)
}

// lastWord is what stands behind the last dot.
func lastWord(s string) string { return s[strings.LastIndexByte(s, '.')+1:] }
