package spec

import (
	"encoding/binary"
	"slices"
)

// merges are the Decls of merged schemas by what they are merged from. Schemas
// that refer to each other through allOf give ever new merged shapes of the same
// few parts, as in
//
//	A: {properties: {next: {allOf: [{$ref: A}, {$ref: B}]}}}
//	B: {properties: {next: {allOf: [{$ref: B}, {$ref: A}]}}}
//
// so inside one merged shape each combination of parts is shaped once. Outside,
// combinations are not shared: a type is named after its place, and must not get
// its name from another one because that comes first.
type merges struct {
	decls map[string]*Decl
	ids   map[*node]uint64
}

// mergedType is the type of a conjunction that no single schema stands for.
func (b *builder) mergedType(c *conjunct) Type {
	outermost := b.merges == nil
	if outermost {
		b.merges = &merges{decls: map[string]*Decl{}, ids: map[*node]uint64{}}
		defer func() { b.merges = nil }()
	}
	key := b.merges.key(c)
	if d, ok := b.merges.decls[key]; ok {
		return b.refTo(d)
	}
	d := &Decl{Pos: c.at.keyPos()}
	b.merges.decls[key] = d
	b.building[d] = true
	t, null := b.shapeOf(c)
	if declarable(t) {
		d.Name = b.places.fresh(c.place)
	}
	b.close(d, t, null)
	return b.refTo(d)
}

// key identifies the parts of c that say something, in whatever order.
func (m *merges) key(c *conjunct) string {
	var ids []uint64
	for _, part := range c.parts {
		if !saysSomething(part) {
			continue
		}
		id, known := m.ids[part]
		if !known {
			id = uint64(len(m.ids))
			m.ids[part] = id
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	key := []byte{0}
	if c.null {
		key[0] = 1
	}
	for _, id := range slices.Compact(ids) {
		key = binary.AppendUvarint(key, id)
	}
	return string(key)
}

// saysSomething reports whether a part holds more than what was taken apart.
func saysSomething(n *node) bool {
	for i := range n.kids {
		if key := n.kids[i].key; key != "allOf" && key != "$dynamicRef" && !isAnnotation(key) {
			return true
		}
	}
	return false
}
