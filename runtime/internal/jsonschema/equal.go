package jsonschema

import (
	"cmp"
	"hash/maphash"
	"slices"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

// Equal reports whether two values are the same to JSON Schema.
func Equal(a, b *jsonscan.Doc) bool { return equal(a, 0, b, 0) }

// equal reports whether two values are the same to JSON Schema: numbers by value, objects without
// regard to order.
func equal(a *jsonscan.Doc, i int, b *jsonscan.Doc, j int) bool {
	x, y := &a.Nodes[i], &b.Nodes[j]
	if x.Kind != y.Kind || x.Len != y.Len {
		return false
	}
	switch x.Kind {
	case jsonscan.KindNumber:
		return jsonscan.ParseDecimal(a.Raw(i)).Cmp(jsonscan.ParseDecimal(b.Raw(j))) == 0
	case jsonscan.KindString:
		return a.Text(i) == b.Text(j)
	case jsonscan.KindArray:
		j++
		for c := range a.Children(i) {
			if !equal(a, c, b, j) {
				return false
			}
			j = int(b.Nodes[j].Skip)
		}
	case jsonscan.KindObject:
		return equalMembers(a, i, b, j)
	}
	return true
}

// equalMembers compares objects of the same length. Sorting both sides keeps it at n log n for
// any order of members.
func equalMembers(a *jsonscan.Doc, i int, b *jsonscan.Doc, j int) bool {
	sorted := func(d *jsonscan.Doc, i int) []int {
		members := slices.Collect(d.Children(i))
		slices.SortFunc(members, func(x, y int) int { return cmp.Compare(d.Key(x), d.Key(y)) })
		return members
	}
	xs, ys := sorted(a, i), sorted(b, j)
	for k := range xs {
		if a.Key(xs[k]) != b.Key(ys[k]) || !equal(a, xs[k], b, ys[k]) {
			return false
		}
	}
	return true
}

// duplicate returns two equal items of array i, the first in document order that repeats an
// earlier one, or ok false. Only items with equal hashes are compared; the seed is random, so
// a text cannot be made to collide.
func duplicate(d *jsonscan.Doc, i int) (earlier, later int, ok bool) {
	type item struct {
		hash      uint64
		pos, node int
	}
	items := make([]item, 0, d.Nodes[i].Len)
	h := hasher{d: d, seed: maphash.MakeSeed()}
	for c := range d.Children(i) {
		items = append(items, item{h.sum(c), len(items), c})
	}
	slices.SortFunc(items, func(a, b item) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.pos, b.pos))
	})
	for k := 1; k < len(items); k++ {
		a, b := items[k-1], items[k]
		if a.hash == b.hash && (!ok || b.pos < later) && equal(d, a.node, d, b.node) {
			earlier, later, ok = a.pos, b.pos, true
		}
	}
	return earlier, later, ok
}

// hasher hashes values so that equal ones hash alike.
type hasher struct {
	d    *jsonscan.Doc
	seed maphash.Seed
	buf  []byte
}

func (h *hasher) sum(i int) uint64 {
	n := &h.d.Nodes[i]
	switch n.Kind {
	case jsonscan.KindNumber:
		h.buf = jsonscan.ParseDecimal(h.d.Raw(i)).Append(append(h.buf[:0], 'n'))
		return maphash.Bytes(h.seed, h.buf)
	case jsonscan.KindString:
		return maphash.String(h.seed, h.d.Text(i))
	case jsonscan.KindArray:
		sum := uint64(1)
		for c := range h.d.Children(i) {
			sum = h.mix(sum, h.sum(c))
		}
		return h.mix(sum, 'a')
	case jsonscan.KindObject:
		// Adding makes the order of members irrelevant.
		sum := uint64(2)
		for c := range h.d.Children(i) {
			sum += h.mix(maphash.String(h.seed, h.d.Key(c)), h.sum(c))
		}
		return h.mix(sum, 'o')
	}
	return h.mix(uint64(n.Kind), uint64(n.Len))
}

func (h *hasher) mix(a, b uint64) uint64 {
	return maphash.Comparable(h.seed, [2]uint64{a, b})
}
