package codec

import (
	"math/bits"
	"slices"
	"unsafe"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// decodeUnion finds the branch of the value at i and reads it into its field.
func (n *node) decodeUnion(d *decoder, i int, p unsafe.Pointer) int {
	u := n.union
	k := u.pick(d, i)
	if k < 0 {
		return d.reject(i)
	}
	v := u.branches[k].variant
	if v == nil {
		return d.misfit(i, "type", "is an alternative that the server does not know")
	}
	return v.node.decode(d, i, unsafe.Add(p, v.offset))
}

// pick returns the branch that the value at i belongs to. When only one can accept it, that one is
// returned without asking whether it does: reading it will tell.
func (u *unionPlan) pick(d *decoder, i int) int {
	c := d.data[i]
	if u.discriminator != nil && c == '{' {
		return lookup(d, i, u.discriminator.Property, u.discriminator.Branches)
	}
	able := u.byType[bits.TrailingZeros8(uint8(d.typeAt(i)))]
	switch {
	case len(able) == 0:
		return -1
	case len(able) == 1:
		return able[0]
	case c == '{' && u.tags != nil:
		return lookup(d, i, u.tag, u.tags)
	case c == '{':
		if able = u.complete(d, i, able); len(able) == 1 {
			return able[0]
		}
	}
	return u.ask(d, i)
}

// ask lets the validator try the branches.
func (u *unionPlan) ask(d *decoder, i int) int {
	end := d.skip(i)
	if end < 0 {
		return -1
	}
	doc := docs.Get().(*jsonscan.Doc)
	defer putDoc(doc)
	if doc.Parse(d.data[i:end], d.depth) != nil {
		return -1
	}
	k := u.schema.Branch(doc, 0, d.dir)
	if u.twice > 0 && k > 0 {
		k %= u.twice
	}
	return k
}

// typeAt returns the JSON type of the value at i, going by how it begins.
func (d *decoder) typeAt(i int) jsonschema.Types {
	switch d.data[i] {
	case '{':
		return jsonschema.Object
	case '[':
		return jsonschema.Array
	case '"':
		return jsonschema.String
	case 't', 'f':
		return jsonschema.Boolean
	}
	end, integer := jsonscan.Number(d.data, i)
	if end >= 0 && (integer || jsonscan.ParseDecimal(d.data[i:end]).IsInteger()) {
		return jsonschema.Integer
	}
	return jsonschema.Fraction
}

// members calls yield with the name and the offset of the value of each member of the object at i
// until it returns false. It stops without a word where the text is malformed.
func (d *decoder) members(i int, yield func(name string, value int) bool) {
	for i = d.space(i + 1); i < len(d.data) && d.data[i] == '"'; {
		name, _, end := d.text(i)
		if end < 0 {
			return
		}
		if end = d.space(end); end >= len(d.data) || d.data[end] != ':' {
			return
		}
		value := d.space(end + 1)
		if !yield(name, value) {
			return
		}
		if end = d.skip(value); end < 0 {
			return
		}
		if end = d.space(end); end >= len(d.data) || d.data[end] != ',' {
			return
		}
		i = d.space(end + 1)
	}
}

// lookup returns what a table has for the string that the object at i holds under a name, or -1.
func lookup(d *decoder, i int, name string, table map[string]int) int {
	found := -1
	d.members(i, func(member string, value int) bool {
		if member != name {
			return true
		}
		if value < len(d.data) && d.data[value] == '"' {
			if text, _, end := d.text(value); end >= 0 {
				if k, ok := table[text]; ok {
					found = k
				}
			}
		}
		return false
	})
	return found
}

// complete returns those of some branches all of whose required members the object at i has.
func (u *unionPlan) complete(d *decoder, i int, able []int) []int {
	missing := make([]int, len(able))
	for x, k := range able {
		missing[x] = len(u.branches[k].required)
	}
	d.members(i, func(name string, _ int) bool {
		for x, k := range able {
			if slices.Contains(u.branches[k].required, name) {
				missing[x]--
			}
		}
		return true
	})
	var out []int
	for x, k := range able {
		if missing[x] == 0 {
			out = append(out, k)
		}
	}
	return out
}
