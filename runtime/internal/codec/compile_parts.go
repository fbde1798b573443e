package codec

import (
	"slices"

	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// choice is one oneOf or anyOf that applies beside others.
type choice struct {
	owner *item
	s     *jsonschema.Schema // the owner reduced to it
}

// partsOf compiles a struct of members and of parts, which are unions that the value is of as well.
// Each part reads the whole value, and what all write is put together.
func (j *job) partsOf(fields []tagged) {
	var own, parts []tagged
	for _, f := range fields {
		if f.role == rolePart {
			parts = append(parts, f)
		} else {
			own = append(own, f)
		}
	}
	n := j.node
	j.fits(opParts, jsonschema.Object)
	choices := j.choices()
	for _, f := range parts {
		roots := []*jsonschema.Schema{anything}
		switch {
		case f.index < len(choices):
			c := choices[f.index]
			roots[0] = j.beneath(c.s, c.owner.up)
		case !j.schemaless:
			j.fail("field %s: the schema has only %d oneOf and anyOf that say what a value looks like", f.Name, len(choices))
			return
		}
		n.parts = append(n.parts, variant{offset: f.Offset, node: j.compiler.node(f.Type, roots)})
	}
	base := &node{typ: n.typ, size: n.size, maxLen: jsonschema.NoLimit, types: jsonschema.Object}
	members := &job{compiler: j.compiler, node: base, t: j.t, roots: j.roots, flat: j.flat}
	members.objectOf(own)
	n.elem = base
}

// choices returns the unions that say what a value looks like, in the order in which the generator
// counts them: those of $ref and allOf before a schema's own, oneOf before anyOf.
func (j *job) choices() []choice {
	var out []choice
	for _, it := range j.inner(nil) {
		if it.unionDone {
			continue
		}
		typed := j.typed(it.level())
		all := true
		for _, one := range [...]bool{true, false} {
			list := it.s.AnyOf
			if one {
				list = it.s.OneOf
			}
			if list == nil {
				continue
			}
			if !slices.ContainsFunc(list, func(s *jsonschema.Schema) bool { return shaped(s, !typed, 0) }) {
				all = false
				continue
			}
			out = append(out, choice{it, j.single(it.s, one)})
		}
		it.unionDone = all // else the validator looks at them once more
	}
	return out
}

// inner returns the items below one, and below those, before themselves.
func (j *job) inner(up *item) []*item {
	var out []*item
	for _, it := range j.flat.items {
		if it.up == up {
			out = append(append(out, j.inner(it)...), it)
		}
	}
	return out
}

// single returns s reduced to its oneOf or its anyOf; the same pointer for the same one.
func (c *compiler) single(s *jsonschema.Schema, one bool) *jsonschema.Schema {
	union := c.only(s, jsonschema.KUnion)
	if union.OneOf == nil || union.AnyOf == nil {
		return union
	}
	key := half{s, one}
	r := c.halves[key]
	if r == nil {
		reduced := *union
		if r = &reduced; one {
			r.AnyOf = nil
		} else {
			r.OneOf = nil
		}
		c.halves[key] = r
	}
	return r
}

// half names the oneOf or the anyOf of a schema with both.
type half struct {
	of  *jsonschema.Schema
	one bool
}
