package spec

import (
	"fmt"
	"strings"
)

// A knot is an inline schema that is being shaped. When a value of it turns out
// to contain one, as in
//
//	Tree: {properties: {child: {$ref: Tree, minProperties: 1}}}
//
// it needs a name although it stands at one place only.
type knot struct {
	name func() string
	decl *Decl // nil until somebody came back
}

// tie shapes what key stands for. Whoever comes back to it in the meantime gets
// a reference; d is then the Decl that was made for it, and closed.
func (b *builder) tie(key any, at *node, name func() string, shape func() (Type, bool)) (t Type, null bool, d *Decl) {
	if k := b.knots[key]; k != nil {
		if k.decl == nil {
			k.decl = b.newDecl(at, k.name())
		}
		return nil, false, k.decl
	}
	k := &knot{name: name}
	b.knots[key] = k
	t, null = shape()
	delete(b.knots, key)
	if k.decl != nil {
		b.close(k.decl, t, null)
	}
	return t, null, k.decl
}

// mergeKey identifies several schemas that are merged.
func mergeKey(list []*node) string {
	var key strings.Builder
	for _, n := range list {
		fmt.Fprintf(&key, "%p ", n)
	}
	return key.String()
}
