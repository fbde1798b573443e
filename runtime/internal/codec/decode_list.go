package codec

import (
	"fmt"
	"unsafe"
)

// decodeSlice reads an array. An empty one gives an empty slice that is not nil.
func (n *node) decodeSlice(d *decoder, i int, p unsafe.Pointer) int {
	if d.data[i] != '[' {
		return d.wrongType(n, i)
	}
	s := (*sliceHeader)(p)
	*s = sliceHeader{data: unsafe.Pointer(&zerobase)}
	if i = d.enter(i); i < 0 {
		return -1
	}
	if i < len(d.data) && d.data[i] == ']' {
		d.depth++
		i++
	} else {
		first, size := i, n.stride
		for done := false; !done; {
			if s.len == s.cap {
				if s.cap == 0 && n.elem.op == opString {
					*(*[]string)(p) = d.texts.room()
				} else {
					n.grow(p, i-first, len(d.data)-i)
				}
			}
			s.len++
			if i = n.elem.decode(d, i, unsafe.Add(s.data, uintptr(s.len-1)*size)); i < 0 {
				return -1
			}
			i, done = d.next(i, ']')
		}
		if n.elem.op == opString {
			d.texts.settle((*[]string)(p))
		}
	}
	if !d.collect && (s.len < n.minLen || s.len > n.maxLen) {
		return -1
	}
	return i
}

// decodeArray reads an array of exactly as many items as the Go type has.
func (n *node) decodeArray(d *decoder, i int, p unsafe.Pointer) int {
	if d.data[i] != '[' {
		return d.wrongType(n, i)
	}
	start, depth, count, size := i, d.depth, 0, n.typ.Len()
	if i = d.enter(i); i < 0 {
		return -1
	}
	if i < len(d.data) && d.data[i] == ']' {
		d.depth++
		i++
	} else {
		for done := false; !done; count++ {
			if count == size {
				d.depth = depth
				return n.wrongLength(d, start)
			}
			if i = n.elem.decode(d, i, unsafe.Add(p, uintptr(count)*n.stride)); i < 0 {
				return -1
			}
			i, done = d.next(i, ']')
		}
	}
	if i < 0 || count == size {
		return i
	}
	return n.wrongLength(d, start)
}

func (n *node) wrongLength(d *decoder, i int) int {
	return d.misfit(i, "items", fmt.Sprintf("must have exactly %d items", n.typ.Len()))
}

// decodeTuple reads an array into the fields of a struct.
func (n *node) decodeTuple(d *decoder, i int, p unsafe.Pointer) int {
	if d.data[i] != '[' {
		return d.wrongType(n, i)
	}
	t, count := n.tuple, 0
	if i = d.enter(i); i < 0 {
		return -1
	}
	if i < len(d.data) && d.data[i] == ']' {
		d.depth++
		i++
	} else {
		for done := false; !done; count++ {
			switch {
			case count < len(t.items):
				f := &t.items[count]
				i = f.node.decode(d, i, unsafe.Add(p, f.offset))
			case t.rest != nil:
				i = t.decodeRest(d, i, unsafe.Add(p, t.rest.offset))
			default:
				i = t.tail.decode(d, i, nil)
			}
			if i < 0 {
				return -1
			}
			i, done = d.next(i, ']')
		}
	}
	if !d.collect && (count < n.minLen || count > n.maxLen) {
		return -1
	}
	return i
}

// decodeRest appends the item at i to the slice at p.
func (t *tuplePlan) decodeRest(d *decoder, i int, p unsafe.Pointer) int {
	s := (*sliceHeader)(p)
	n := t.rest.node
	if s.len == s.cap {
		n.grow(p, i, len(d.data)-i)
	}
	s.len++
	return t.tail.decode(d, i, unsafe.Add(s.data, uintptr(s.len-1)*n.stride))
}
