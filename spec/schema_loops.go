package spec

// A schema that leads back to itself without a step into the value says nothing
// there, and a validator that follows it does not come to an end:
//
//	Loop:   {allOf: [{$ref: Loop}, …]}
//	Shape:  {properties: {form: …}, oneOf: [{$ref: Circle}, …]}
//	Circle: {allOf: [{$ref: Shape}, …]}
//
// findLoops marks one reference of each such circle. In an allOf it is replaced
// by the keywords of its target that say something by themselves, which is what
// the second form means: a Circle is a Shape, and which one is settled. So a
// reference in an allOf is preferred. Elsewhere the branch is left out.
type loopFinder struct {
	state map[*node]int  // 1 while on the way, 2 when done
	depth map[*node]int  // how many edges led to it
	edges []loopEdge     // on the way
	loops map[*node]bool // references, by the string node, that close a circle
}

type loopEdge struct {
	ref   *node
	inAll bool
}

func newLoopFinder() loopFinder {
	return loopFinder{state: map[*node]int{}, depth: map[*node]int{}, loops: map[*node]bool{}}
}

// findLoops walks through the keywords that apply to the same value. It visits
// each schema once.
func (b *builder) findLoops(n *node) {
	f := &b.loopFinder
	if !n.isObject() || f.state[n] != 0 {
		return
	}
	if len(f.edges) > maxFrames {
		b.tooComplex("a schema is made of too many references in a row")
		return
	}
	f.state[n], f.depth[n] = 1, len(f.edges)
	if ref := refNode(n); ref != nil {
		if target := b.resolve(ref); target != nil {
			f.edges = append(f.edges, loopEdge{ref: ref, inAll: n.parent.isArray() && n.parent.key() == "allOf"})
			if f.state[target] == 1 {
				f.cut(f.depth[target])
			} else {
				b.findLoops(target)
			}
			f.edges = f.edges[:len(f.edges)-1]
		}
	}
	if !b.v30 || !n.has("$ref") {
		for i := range n.kids {
			switch m := &n.kids[i]; m.key {
			case "allOf", "anyOf", "oneOf":
				for _, item := range m.value.items() {
					b.findLoops(item.value)
				}
			case "not", "if", "then", "else":
				b.findLoops(m.value)
			case "dependentSchemas":
				for _, item := range m.value.members() {
					b.findLoops(item.value)
				}
			}
		}
	}
	f.state[n] = 2
}

// cut marks an edge of the circle that the edges from the given one on form.
func (f *loopFinder) cut(from int) {
	circle := f.edges[from:]
	at := circle[len(circle)-1].ref
	for _, e := range circle {
		if f.loops[e.ref] {
			return // it is cut already
		}
		if e.inAll {
			at = e.ref
		}
	}
	f.loops[at] = true
}

// byThemselves are the keywords of a schema that do not lead to other schemas
// of the same value.
func (w *schemaWriter) byThemselves(n *node) {
	for i := range n.kids {
		switch m := &n.kids[i]; m.key {
		case "$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "discriminator", "default":
		default:
			w.keyword(n, m.key, m.value, false)
		}
	}
}
