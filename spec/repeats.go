package spec

// repeats are the schemas of one body. Frameworks write the same schema once
// for every media type that they can answer with, a dozen for some; it is one
// type all the same.
type repeats struct {
	list []*node
	json bool // JSON is among the media types
}

// maxRepeats bounds the comparisons: a body is described in one way or two.
const maxRepeats = 8

// first is the schema that said what n says, or n.
func (r *repeats) first(n *node) *node {
	for _, known := range r.list {
		if sameText(known, n) {
			return known
		}
	}
	if len(r.list) < maxRepeats {
		r.list = append(r.list, n)
	}
	return n
}

// sameText reports whether two values of one file are written alike, so that
// they mean the same wherever their references lead.
func sameText(a, b *node) bool {
	if a == b {
		return true
	}
	if a.kind != b.kind || a.text != b.text || len(a.kids) != len(b.kids) || a.root() != b.root() {
		return false
	}
	return sameKids(a, b)
}

func sameKids(a, b *node) bool {
	for i := range a.kids {
		x, y := a.kids[i], b.kids[i]
		if x.key != y.key || x.value.kind != y.value.kind || x.value.text != y.value.text ||
			len(x.value.kids) != len(y.value.kids) || !sameKids(x.value, y.value) {
			return false
		}
	}
	return true
}
