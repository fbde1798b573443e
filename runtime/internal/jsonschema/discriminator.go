package jsonschema

import "github.com/rtgen/rtgen/runtime/internal/jsonscan"

// discriminator compiles the OpenAPI keyword. It selects among the branches of the oneOf or anyOf
// beside it; without one (on the base of a hierarchy) it is an annotation. Branches that the
// mapping leaves out are selected by the name of the entry that they refer to, as OpenAPI says.
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
	mapped := make([]bool, len(branches))
	if m := d.Member(v, "mapping"); m >= 0 {
		n.mapping(m, out, branches, mapped)
	}
	for i, b := range branches {
		if b.Ref == nil || mapped[i] {
			continue
		}
		if _, taken := out.Branches[b.Ref.name]; !taken && b.Ref.name != "" {
			out.add(b.Ref.name, i)
		}
	}
	n.s.Discriminator = out
}

func (n node) mapping(m int, out *Discriminator, branches []*Schema, mapped []bool) {
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
			n.fail(key, "mapping %q: %q is not in the set", d.Key(c), ref)
			continue
		}
		target.entry.parse()
		s, found := n.at(target), false
		for i, b := range branches {
			if b == s || b.Ref == s {
				out.add(d.Key(c), i)
				mapped[i], found = true, true
				break
			}
		}
		if !found {
			n.fail(key, "mapping %q: %q is not one of the alternatives", d.Key(c), ref)
		}
	}
}

func (d *Discriminator) add(value string, branch int) {
	d.Branches[value] = branch
	d.Values = append(d.Values, value)
}
