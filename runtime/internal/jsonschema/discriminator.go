package jsonschema

import "github.com/rtgen/rtgen/runtime/internal/jsonscan"

// discriminator compiles the OpenAPI keyword. It selects among the branches of the oneOf or anyOf
// beside it; without one (on the base of a hierarchy) it is an annotation. The values of a branch
// are those that mapping gives it and those that the branch itself allows for the property; a
// branch with neither goes by the name of the entry that it refers to. Documents often leave
// mapping incomplete, and this is what they mean. Where a branch that takes objects still has no
// value, selecting would lose it, so the union is decided by its branches alone.
func (n node) discriminator(v int) {
	const key = "discriminator"
	branches := n.s.OneOf
	if branches == nil {
		branches = n.s.AnyOf
	}
	d := n.entry.doc
	if branches == nil || d.Nodes[v].Kind != jsonscan.KindObject {
		return
	}
	property := d.Member(v, "propertyName")
	if property < 0 {
		n.fail(key, "propertyName is missing")
		return
	}
	name, ok := n.text(key, property)
	if !ok {
		return
	}
	out := &Discriminator{Property: name, Branches: map[string]int{}}
	named := make([]bool, len(branches))
	if m := d.Member(v, "mapping"); m >= 0 {
		n.mapping(m, out, branches, named)
	}
	for i, b := range branches {
		values := constants(b, name, 0)
		if values == nil && !named[i] && b.Ref != nil && b.Ref.name != "" {
			values = []string{b.Ref.name}
		}
		for _, value := range values {
			if _, taken := out.Branches[value]; !taken {
				out.add(value, i)
				named[i] = true
			}
		}
		if !named[i] && takesObjects(b, 0) {
			return
		}
	}
	n.s.Discriminator = out
}

func (n node) mapping(m int, out *Discriminator, branches []*Schema, named []bool) {
	const key = "discriminator"
	d := n.entry.doc
	for c := range d.Children(m) {
		ref, ok := n.text(key, c)
		if !ok {
			continue
		}
		target, ok := n.set.resolve(n.entry, ref)
		if !ok && n.set.entries[ref] != nil {
			target, ok = place{n.set.entries[ref], 0}, true // a bare schema name
		}
		if !ok {
			n.unsupported(key, "mapping %q: %q is not in the set", d.Key(c), ref)
			continue
		}
		s, found := n.at(target), false
		for i, b := range branches {
			if b == s || b.Ref == s {
				out.add(d.Key(c), i)
				named[i], found = true, true
				break
			}
		}
		if !found {
			n.unsupported(key, "mapping %q: %q is not one of the alternatives", d.Key(c), ref)
		}
	}
}

func (d *Discriminator) add(value string, branch int) {
	d.Branches[value] = branch
	d.Values = append(d.Values, value)
}

// deepest is how many $ref and allOf are followed to learn about a branch.
const deepest = 8

// constants returns the strings that s allows for a member, nil when it does not list them.
func constants(s *Schema, name string, depth int) []string {
	if s == nil || depth > deepest {
		return nil
	}
	if p := s.Property(name); p != nil {
		for ; p.Ref != nil && p.Const == nil && p.Enum == nil && depth <= deepest; depth++ {
			p = p.Ref
		}
		for _, e := range [...]*Enum{p.Const, p.Enum} {
			if e != nil {
				return e.Strings()
			}
		}
	}
	for _, sub := range s.AllOf {
		if values := constants(sub, name, depth+1); values != nil {
			return values
		}
	}
	return constants(s.Ref, name, depth+1)
}

// takesObjects reports whether nothing excludes that s accepts an object.
func takesObjects(s *Schema, depth int) bool {
	if s == nil || depth > deepest {
		return true
	}
	if s.Never || s.Types != 0 && s.Types&Object == 0 ||
		s.Const != nil && s.Const.types&Object == 0 || s.Enum != nil && s.Enum.types&Object == 0 {
		return false
	}
	for _, sub := range s.AllOf {
		if !takesObjects(sub, depth+1) {
			return false
		}
	}
	return takesObjects(s.Ref, depth+1)
}
