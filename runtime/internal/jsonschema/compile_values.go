package jsonschema

import (
	"slices"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

// The methods here read the value v of a keyword in one of the forms that values have. A value of
// another form is reported under the keyword's name.

func (n node) sub(v int) *Schema { return n.at(place{n.entry, v}) }

func (n node) list(key string, v int) []*Schema {
	var out []*Schema
	if n.entry.doc.Nodes[v].Kind != jsonscan.KindArray || n.entry.doc.Nodes[v].Len == 0 {
		n.fail(key, "must be a non-empty array of schemas")
		return nil
	}
	for c := range n.entry.doc.Children(v) {
		out = append(out, n.sub(c))
	}
	return out
}

func (n node) named(key string, v int) []Property {
	var out []Property
	if n.entry.doc.Nodes[v].Kind != jsonscan.KindObject {
		n.fail(key, "must be an object of schemas")
		return nil
	}
	for c := range n.entry.doc.Children(v) {
		out = append(out, Property{n.entry.doc.Key(c), n.sub(c)})
	}
	return out
}

func (n node) ref(key string, v int) *Schema {
	text, ok := n.text(key, v)
	if !ok {
		return nil
	}
	p, ok := n.set.resolve(n.entry, text)
	if !ok {
		n.fail(key, "%q is not in the set", text)
		return nil
	}
	return n.at(p)
}

func (n node) types(v int) Types {
	d := n.entry.doc
	var t Types
	add := func(v int) {
		if d.Nodes[v].Kind == jsonscan.KindString {
			for _, known := range typeNames {
				if known.name == d.Text(v) {
					t |= known.set
					return
				}
			}
		}
		n.fail("type", "%s is not the name of a type", d.Raw(v))
	}
	if d.Nodes[v].Kind != jsonscan.KindArray {
		add(v)
		return t
	}
	for c := range d.Children(v) {
		add(c)
	}
	return t
}

func (n node) enum(v int) *Enum {
	if n.entry.doc.Nodes[v].Kind != jsonscan.KindArray {
		n.fail("enum", "must be an array")
		return nil
	}
	var values [][]byte
	for c := range n.entry.doc.Children(v) {
		values = append(values, n.entry.doc.Raw(c))
	}
	return NewEnum(values...)
}

// count reads a non-negative integer, which may be written as 2.0. A number beyond the range of
// int is as good as NoLimit.
func (n node) count(key string, v, absent int) int {
	d := n.entry.doc
	if d.Nodes[v].Kind == jsonscan.KindNumber {
		if x := jsonscan.ParseDecimal(d.Raw(v)); x.IsInteger() && x.Sign() >= 0 {
			if i, ok := x.Int64(); ok && int64(int(i)) == i {
				return int(i)
			}
			return NoLimit
		}
	}
	n.fail(key, "must be a non-negative integer")
	return absent
}

func (n node) flag(key string, v int) bool {
	if n.entry.doc.Nodes[v].Kind != jsonscan.KindBool {
		n.fail(key, "must be true or false")
	}
	return n.entry.doc.Nodes[v].Len == 1
}

func (n node) text(key string, v int) (string, bool) {
	if n.entry.doc.Nodes[v].Kind != jsonscan.KindString {
		n.fail(key, "must be a string")
		return "", false
	}
	return n.entry.doc.Text(v), true
}

func (n node) strings(key string, v int) []string {
	d := n.entry.doc
	if d.Nodes[v].Kind != jsonscan.KindArray {
		n.fail(key, "must be an array of strings")
		return nil
	}
	var out []string
	for c := range d.Children(v) {
		if t, ok := n.text(key, c); ok && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

func (n node) dependencies(key string, v int) []Dependency {
	d := n.entry.doc
	if d.Nodes[v].Kind != jsonscan.KindObject {
		n.fail(key, "must be an object of string arrays")
		return nil
	}
	var out []Dependency
	for c := range d.Children(v) {
		out = append(out, Dependency{d.Key(c), n.strings(key, c)})
	}
	return out
}
