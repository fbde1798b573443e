package spec

import "fmt"

// nodeSlab hands out nodes from blocks: a document has hundreds of thousands.
type nodeSlab []node

func (s *nodeSlab) get() *node {
	if len(*s) == 0 {
		*s = make([]node, 512)
	}
	n := &(*s)[0]
	*s = (*s)[1:]
	return n
}

// memberSlab hands out member lists from blocks.
type memberSlab []member

func (s *memberSlab) copy(from []member) []member {
	const block = 512
	if len(from) > block/4 {
		return append([]member(nil), from...)
	}
	if len(*s) < len(from) {
		*s = make([]member, block)
	}
	out := (*s)[:len(from):len(from)]
	*s = (*s)[len(from):]
	copy(out, from)
	return out
}

// adopt makes members (or items) n's own. Of members with one name the last one
// counts, at the place of the first, as in the JSON readers that people use.
func (n *node) adopt(members []member, slab *memberSlab, note func(spot, string, string)) {
	if n.kind == objectNode {
		members = dropDuplicates(members, note)
	}
	n.kids = slab.copy(members)
	for i := range n.kids {
		n.kids[i].value.parent = n
		n.kids[i].value.index = int32(i)
	}
}

func dropDuplicates(members []member, note func(spot, string, string)) []member {
	if len(members) <= wideObject {
		for i := 1; i < len(members); i++ {
			for j := range i {
				if members[i].key == members[j].key {
					return dropDuplicatesIndexed(members, note)
				}
			}
		}
		return members
	}
	return dropDuplicatesIndexed(members, note)
}

func dropDuplicatesIndexed(members []member, note func(spot, string, string)) []member {
	seen := make(map[string]int, len(members))
	out := members[:0]
	for _, m := range members {
		if i, dup := seen[m.key]; dup {
			note(m.at, "duplicate-key", fmt.Sprintf("%s appears twice in one object; the last one counts", quote(m.key)))
			out[i] = m
			continue
		}
		seen[m.key] = len(out)
		out = append(out, m)
	}
	return out
}
