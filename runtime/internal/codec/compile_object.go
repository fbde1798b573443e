package codec

import (
	"reflect"
	"slices"
	"strconv"

	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// objectOf compiles a struct of members.
func (j *job) objectOf(fields []tagged) {
	n := j.node
	j.fits(opStruct, jsonschema.Object)
	j.leave(hard | jsonschema.KEnum | jsonschema.KNames | jsonschema.KDependent | jsonschema.KUnevaluated)
	j.memberCounts()
	o := &objectPlan{}
	n.object = o
	for _, it := range j.flat.items {
		if s := it.s; s.PatternProperties != nil || s.AdditionalProperties != nil {
			o.rest = append(o.rest, restRule{s.PatternProperties, s.AdditionalProperties})
		}
	}
	for _, f := range fields {
		if f.role == roleMember {
			o.fields = append(o.fields, field{name: f.name, plain: plain(f.name), offset: f.Offset, node: j.memberNode(f)})
		}
	}
	// Patterns are asked first: "additional" takes what is left.
	for _, r := range [...]role{rolePattern, roleAdditional} {
		for _, f := range fields {
			if f.role == r {
				j.overflow(f)
			}
		}
	}
	j.nameless()
	o.restOpen = len(o.rest) == 0 && len(o.overflow) == 0
	j.require()
	j.fallbacks()
	const few = 8 // names up to which comparing one after the other beats hashing
	if len(o.fields) > few {
		o.index = make(map[string]int, len(o.fields))
		for i := range o.fields {
			o.index[o.fields[i].name] = i
		}
	}
	j.writes(fields)
}

func (j *job) memberCounts() {
	for _, it := range j.flat.items {
		j.node.minLen = max(j.node.minLen, it.s.MinProperties)
		j.node.maxLen = min(j.node.maxLen, it.s.MaxProperties)
	}
}

// plain reports whether a name contains nothing that JSON may or must escape, so that its bytes
// can be compared with those between quotes.
func plain(name string) bool {
	for i := range len(name) {
		if c := name[i]; c < 0x20 || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// member returns the schemas that apply to the member with a name.
func (j *job) member(name string) []*jsonschema.Schema {
	var out []*jsonschema.Schema
	for _, it := range j.flat.items {
		matched := false
		if s := it.s.Property(name); s != nil {
			matched = true
			out = append(out, s)
		}
		for _, p := range it.s.PatternProperties {
			if p.Pattern.Match(name) {
				matched = true
				out = append(out, p.Schema)
			}
		}
		if !matched && it.s.AdditionalProperties != nil {
			out = append(out, it.s.AdditionalProperties)
		}
	}
	return out
}

// overflow compiles a map field. The node of its elements checks one schema, the first that asks
// for such members; schemas beyond that are checked on the raw value.
func (j *job) overflow(f tagged) {
	if f.Type.Kind() != reflect.Map || f.Type.Key().Kind() != reflect.String {
		j.fail("field %s must be a map with string keys", f.Name)
		return
	}
	v := &overflow{offset: f.Offset}
	if f.role == rolePattern {
		p, err := jsonschema.CompilePattern(f.pattern)
		if err != nil {
			j.fail("field %s: %v", f.Name, err)
			return
		}
		v.pattern = p
	}
	v.covers = j.covered(v)
	var roots []*jsonschema.Schema
	if v.covers != nil {
		roots = append(roots, v.covers)
	}
	v.node = j.mapNode(f.Type, roots)
	j.node.object.overflow = append(j.node.object.overflow, v)
}

// covered returns the schema that applies to every member that goes to v, if one does.
func (j *job) covered(v *overflow) *jsonschema.Schema {
	var additional *jsonschema.Schema
	for _, r := range j.node.object.rest {
		for _, p := range r.patterns {
			if v.pattern != nil && p.Pattern.String() == v.pattern.String() {
				return p.Schema
			}
			if v.pattern == nil && !j.hasPattern(p.Pattern) {
				return nil // v also receives members that this pattern keeps from additional
			}
		}
		if additional == nil {
			additional = r.additional
		}
	}
	if v.pattern != nil {
		return nil
	}
	return additional
}

// hasPattern reports whether a field takes the members that match p.
func (j *job) hasPattern(p *jsonschema.Pattern) bool {
	for _, v := range j.node.object.overflow {
		if v.pattern != nil && v.pattern.String() == p.String() {
			return true
		}
	}
	return false
}

// mapNode returns a node that writes a map whose elements satisfy roots; reading is done member
// by member.
func (j *job) mapNode(t reflect.Type, roots []*jsonschema.Schema) *node {
	n := &node{op: opMap, typ: t, size: t.Size(), maxLen: jsonschema.NoLimit, kind: mapKindOf(t)}
	n.elem = j.compiler.node(t.Elem(), roots)
	return n
}

// nameless adds the members that schemas name but no field does: they go to a map field when one
// takes them, and are checked in any case.
func (j *job) nameless() {
	o := j.node.object
	have := map[string]bool{}
	for _, f := range o.fields {
		have[f.name] = true
	}
	add := func(name string) {
		if have[name] {
			return
		}
		have[name] = true
		f := field{name: name, plain: plain(name)}
		for _, v := range o.overflow {
			if v.pattern == nil || v.pattern.Match(name) {
				f.into = v
				break
			}
		}
		if f.into != nil && j.withheld(name) {
			f.into = nil
		}
		if f.into != nil {
			f.node = j.compiler.node(f.into.node.typ.Elem(), j.member(name))
		} else {
			f.node = j.skipNode(j.member(name))
		}
		o.fields = append(o.fields, f)
	}
	for _, it := range j.flat.items {
		for _, p := range it.s.Properties {
			add(p.Name)
		}
		for _, name := range it.s.Required {
			add(name)
		}
	}
}

// memberNode compiles the value of a member.
func (j *job) memberNode(f tagged) *node {
	if j.withheld(f.name) {
		return j.skipNode(j.member(f.name))
	}
	return j.compiler.node(f.Type, j.member(f.name))
}

// withheld reports whether a member does not travel in the direction: readOnly ones belong to the
// server and are no part of a request, writeOnly ones never leave it. Where one turns up all the
// same it is checked and forgotten, so that who sends back what was received is not refused. A
// member that claims to be both travels both ways.
func (j *job) withheld(name string) bool {
	if j.dir == Both {
		return false
	}
	other := Request + Response - j.dir
	here, back := false, false
	for _, it := range j.flat.items {
		here = here || it.s.Relaxed(j.dir, name)
		back = back || it.s.Relaxed(other, name)
	}
	return here && !back
}

// require notes the required fields of the direction.
func (j *job) require() {
	o := j.node.object
	o.required = make(bitset, (len(o.fields)+63)/64)
	for _, it := range j.flat.items {
		for _, name := range it.s.Required {
			if it.relaxed(j.dir, name) {
				continue
			}
			o.required.set(slices.IndexFunc(o.fields, func(f field) bool { return f.name == name }))
		}
	}
}

// writes plans the output of a struct, in the order of its fields.
func (j *job) writes(fields []tagged) {
	o := j.node.object
	for _, f := range fields {
		m := memberPlan{offset: f.Offset}
		switch {
		case f.role != roleMember:
			for _, v := range o.overflow {
				if v.offset == f.Offset {
					m.node, m.many = v.node, true
				}
			}
			if m.node == nil {
				continue // it has been reported
			}
		case j.withheld(f.name):
			continue
		default:
			i := slices.IndexFunc(o.fields, func(x field) bool { return x.name == f.name })
			m.node = o.fields[i].node
			m.prefix = "," + string(appendString(nil, f.name)) + ":"
			m.zero = zeroOf(f.Type, f.omit)
			switch {
			case m.zero == zeroNever:
				m.only, m.blank = onlyValue(m.node)
			case m.zero == zeroWord && m.node.op == opPointer && j.isTag(f.name):
				// A value without its discriminator is nothing, whatever the schema says of absence.
				if m.only, _ = onlyValue(m.node.elem); m.only != nil {
					m.zero, m.blank = zeroNever, zeroWord
				}
			}
		}
		j.node.fields = append(j.node.fields, m)
	}
}

// isTag reports whether a member is the discriminator of a union that the value is a variant of.
func (j *job) isTag(name string) bool {
	return slices.ContainsFunc(j.flat.items, func(it *item) bool { return j.tagNames[it.s] == name })
}

// onlyValue returns the text of the value that a const, or an enum of one, leaves to a string, number,
// boolean or raw value, and to an enum of JSON texts.
func onlyValue(n *node) (text []byte, blank zeroKind) {
	switch n.op {
	case opString, opInt, opUint, opFloat, opBool, opRaw:
	case opMethods:
		if n.typ.Kind() != reflect.String {
			return nil, zeroNever
		}
	default:
		return nil, zeroNever
	}
	for _, e := range n.enums {
		if value := e.Sole(); value != nil {
			return value, zeroOf(n.typ, omitEmpty)
		}
	}
	return nil, zeroNever
}

// mapping compiles map[string]T.
func (j *job) mapping() {
	n, t := j.node, j.t
	if t.Key().Kind() != reflect.String {
		j.fail("map keys must be strings")
		return
	}
	j.fits(opMap, jsonschema.Object)
	n.kind = mapKindOf(t)
	rest := hard | jsonschema.KEnum | jsonschema.KNames | jsonschema.KDependent |
		jsonschema.KUnevaluated | jsonschema.KRequired
	var elems []*jsonschema.Schema
	named := false
	for _, it := range j.flat.items {
		named = named || it.s.Properties != nil || it.s.PatternProperties != nil
		if it.s.AdditionalProperties != nil {
			elems = append(elems, it.s.AdditionalProperties)
		}
	}
	if named {
		// Which schema an element has depends on its name: that is the validator's business.
		rest |= jsonschema.KProperties
		elems = nil
	}
	j.leave(rest)
	j.memberCounts()
	n.elem = j.compiler.node(t.Elem(), elems)
}

// tupleOf compiles a struct of items.
func (j *job) tupleOf(fields []tagged) {
	j.fits(opTuple, jsonschema.Array)
	j.leave(hard | jsonschema.KEnum | jsonschema.KUnique | jsonschema.KContains | jsonschema.KUnevaluated)
	j.itemCounts()
	p := &tuplePlan{}
	j.node.tuple = p
	for _, f := range fields {
		switch f.role {
		case roleItem:
			if f.index != len(p.items) {
				j.fail("field %s: items must be in order and without gaps", f.Name)
				return
			}
			p.items = append(p.items, field{
				name: strconv.Itoa(f.index), offset: f.Offset, zero: zeroOf(f.Type, omitZero),
				node: j.compiler.node(f.Type, j.itemAt(f.index)),
			})
		case roleItems:
			if f.Type.Kind() != reflect.Slice {
				j.fail("field %s must be a slice", f.Name)
				return
			}
		default:
			j.fail("field %s: a tuple has only items", f.Name)
			return
		}
	}
	tail := j.itemAt(len(p.items))
	for _, it := range j.flat.items {
		if len(it.s.PrefixItems) > len(p.items) {
			// Items that have no field of their own differ in schema.
			j.node.residual = append(j.node.residual, j.only(it.s, jsonschema.KItems))
			tail = nil
		}
	}
	p.tail = j.skipNode(tail)
	for _, f := range fields {
		if f.role == roleItems {
			p.tail = j.compiler.node(f.Type.Elem(), tail)
			p.rest = &field{offset: f.Offset, node: &node{op: opSlice, typ: f.Type, elem: p.tail, stride: f.Type.Elem().Size()}}
		}
	}
}

func (j *job) itemCounts() {
	for _, it := range j.flat.items {
		j.node.minLen = max(j.node.minLen, it.s.MinItems)
		j.node.maxLen = min(j.node.maxLen, it.s.MaxItems)
	}
}

// itemAt returns the schemas that apply to the item at a position.
func (j *job) itemAt(i int) []*jsonschema.Schema {
	var out []*jsonschema.Schema
	for _, it := range j.flat.items {
		switch {
		case i < len(it.s.PrefixItems):
			out = append(out, it.s.PrefixItems[i])
		case it.s.Items != nil:
			out = append(out, it.s.Items)
		}
	}
	return out
}

// items compiles what slices and arrays share: all elements follow one node.
func (j *job) items(o op) {
	j.fits(o, jsonschema.Array)
	rest := hard | jsonschema.KEnum | jsonschema.KUnique | jsonschema.KContains | jsonschema.KUnevaluated
	elems := j.itemAt(1 << 30)
	for _, it := range j.flat.items {
		if it.s.PrefixItems != nil {
			rest |= jsonschema.KItems
			elems = nil
		}
	}
	j.leave(rest)
	j.itemCounts()
	j.node.stride = j.t.Elem().Size()
	j.node.elem = j.compiler.node(j.t.Elem(), elems)
}
