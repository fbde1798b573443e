package golang

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// repeated is how often one component or operation must repeat an inline shape for
// its places to share a type. Two or three alike are often so by chance and grow
// apart; a dozen are one idea that the document writes out each time.
const repeated = 3

// catalogue is how many values make an inline enum a list of things (countries, time
// zones) rather than states of one: it stays a plain string, checked by its schema.
const catalogue = 32

// shareShapes gives repeated inline shapes one type, named after their shortest
// place. Only places of the same component or operation share, so that whatever is
// added elsewhere changes no type here.
func (p *plan) shareShapes() {
	k := &shapeKeys{p: p, done: map[*spec.Decl]string{}, ids: map[string]int{}}
	groups := map[string][]*declPlan{}
	for _, d := range p.decls {
		if d.decl.Component || d.decl.GoName != "" || d.decl.GoType != "" {
			continue
		}
		root, _, _ := strings.Cut(d.place, ".")
		key := root + " " + strconv.FormatBool(p.uploads[d.decl]) + " " + k.of(d.decl)
		groups[key] = append(groups[key], d)
	}
	gone := map[*declPlan]bool{}
	for _, group := range groups {
		if len(group) < repeated {
			continue
		}
		first := slices.MinFunc(group, func(a, b *declPlan) int {
			return cmp.Or(cmp.Compare(strings.Count(a.place, "."), strings.Count(b.place, ".")), cmp.Compare(a.place, b.place))
		})
		first.shared = true
		for _, d := range group {
			p.onWire[first.decl] = p.onWire[first.decl] || p.onWire[d.decl]
			if d != first {
				p.byDecl[d.decl] = first
				gone[d] = true
			}
		}
	}
	p.decls = slices.DeleteFunc(p.decls, func(d *declPlan) bool { return gone[d] })
}

// shapeKeys tells inline shapes apart: two have the same key when the Go types
// made from them could be one.
type shapeKeys struct {
	p    *plan
	done map[*spec.Decl]string
	ids  map[string]int
}

// of is the key of a declaration. Components are themselves; an inline one is its
// structure; one that contains itself is like no other.
func (k *shapeKeys) of(d *spec.Decl) string {
	if key, ok := k.done[d]; ok {
		return key
	}
	k.done[d] = "=" + d.Name
	if d.Component || d.GoName != "" || d.GoType != "" {
		return k.done[d]
	}
	text := k.shape(d.Type)
	id, ok := k.ids[text]
	if !ok {
		id = len(k.ids)
		k.ids[text] = id
	}
	k.done[d] = "#" + strconv.Itoa(id)
	return k.done[d]
}

// shape writes a type's structure as text.
func (k *shapeKeys) shape(t spec.Type) string {
	switch t := t.(type) {
	case nil, *spec.Any:
		return "any"
	case *spec.Scalar:
		return string(t.Kind) + "/" + strconv.Quote(t.Format)
	case *spec.Ref:
		return k.of(t.Decl)
	case *spec.Nullable:
		return "null|" + k.shape(t.Elem)
	case *spec.Map:
		return "map " + k.shape(t.Elem)
	case *spec.Enum:
		var b strings.Builder
		b.WriteString("enum " + string(t.Kind) + strconv.FormatBool(t.Open))
		for _, v := range t.Values {
			b.WriteString(" " + string(v.JSON) + strconv.Quote(v.Name))
		}
		return b.String()
	case *spec.List:
		parts := []string{"list" + strconv.Itoa(t.Min)}
		for _, e := range t.Prefix {
			parts = append(parts, k.shape(e))
		}
		return "[" + strings.Join(parts, ",") + ";" + k.shape(t.Elem) + "]"
	case *spec.Union:
		var b strings.Builder
		b.WriteString("union " + strconv.Quote(t.Discriminator))
		for _, v := range t.Variants {
			b.WriteString(" " + strconv.Itoa(v.Branch) + strconv.Quote(v.Name) + k.shape(v.Type))
		}
		return b.String()
	case *spec.Object:
		return k.object(t)
	}
	panic(unknownType(t))
}

func (k *shapeKeys) object(o *spec.Object) string {
	var b strings.Builder
	b.WriteString("{")
	for _, f := range sortedBy(o.Fields, func(f *spec.Field) string { return f.Name }) {
		b.WriteString(strconv.Quote(f.Name) + strconv.Quote(f.GoName) + strconv.FormatBool(f.Required) + k.shape(f.Type) + ";")
	}
	for _, pf := range o.Patterns {
		b.WriteString("~" + strconv.Quote(pf.Pattern) + k.shape(pf.Type) + ";")
	}
	for _, c := range o.Choices {
		b.WriteString("&" + strconv.Quote(c.Name) + k.shape(c.Type) + ";")
	}
	if o.Additional != nil {
		b.WriteString("*" + k.shape(o.Additional))
	}
	return b.String() + "}"
}
