package codec

import (
	"reflect"
	"slices"
	"unsafe"
)

func (n *node) appendSlice(e *encoder, dst []byte, p unsafe.Pointer) []byte {
	s := (*sliceHeader)(p)
	if s.data == nil && n.nullOK {
		return append(dst, "null"...)
	}
	return n.appendItems(e, dst, s.data, s.len)
}

func (n *node) appendItems(e *encoder, dst []byte, data unsafe.Pointer, count int) []byte {
	if e.depth++; e.depth > maxEncodeDepth {
		return e.fail(dst, "value nests more than %d levels deep", maxEncodeDepth)
	}
	dst = append(dst, '[')
	for i := range count {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst = n.elem.append(e, dst, unsafe.Add(data, uintptr(i)*n.stride)); e.err != nil {
			return dst
		}
	}
	e.depth--
	return append(dst, ']')
}

func (n *node) appendArray(e *encoder, dst []byte, p unsafe.Pointer) []byte {
	return n.appendItems(e, dst, p, n.typ.Len())
}

func (n *node) appendStruct(e *encoder, dst []byte, p unsafe.Pointer) []byte {
	start := len(dst)
	for i := range n.fields {
		m := &n.fields[i]
		at := unsafe.Add(p, m.offset)
		switch {
		case m.many:
			dst = m.node.appendMembers(e, dst, at)
		case m.zero == zeroNever || !m.isZero(at):
			dst = append(dst, m.prefix...)
			if m.only != nil && m.isBlank(at) {
				dst = append(dst, m.only...)
				continue
			}
			if m.node.op == opString {
				dst = appendString(dst, *(*string)(at)) // by far the most common
			} else {
				dst = m.node.append(e, dst, at)
			}
		}
		if e.err != nil {
			break
		}
	}
	// Every member begins with a comma; the first one's becomes the brace.
	if len(dst) == start {
		return append(dst, '{', '}')
	}
	dst[start] = '{'
	if e.err != nil {
		return dst
	}
	return append(dst, '}')
}

// appendMembers writes the entries of a map as members, each with a comma before it, sorted.
func (n *node) appendMembers(e *encoder, dst []byte, p unsafe.Pointer) []byte {
	if n.kind == mapOfString {
		m := *(*map[string]string)(p)
		var room [16]string
		keys := room[:0]
		for k := range m {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			dst = appendString(append(appendString(append(dst, ','), k), ':'), m[k])
		}
		return dst
	}
	if e.depth++; e.depth > maxEncodeDepth {
		return e.fail(dst, "value nests more than %d levels deep", maxEncodeDepth)
	}
	m := reflect.NewAt(n.typ, p).Elem()
	keys := m.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		switch x, y := a.String(), b.String(); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	v := reflect.New(n.typ.Elem())
	for _, k := range keys {
		dst = append(appendString(append(dst, ','), k.String()), ':')
		v.Elem().Set(m.MapIndex(k))
		if dst = n.elem.append(e, dst, v.UnsafePointer()); e.err != nil {
			return dst
		}
	}
	e.depth--
	return dst
}

func (n *node) appendMap(e *encoder, dst []byte, p unsafe.Pointer) []byte {
	if n.nullOK && *(*unsafe.Pointer)(p) == nil {
		return append(dst, "null"...)
	}
	start := len(dst)
	dst = n.appendMembers(e, dst, p)
	if len(dst) == start {
		return append(dst, '{', '}')
	}
	dst[start] = '{'
	if e.err != nil {
		return dst
	}
	return append(dst, '}')
}

// absent reports whether an item is not there. Only types that can say so are asked: pointers and
// whatever else can be nil, and Nullable.
func (f *field) absent(p unsafe.Pointer) bool {
	switch f.zero {
	case zeroWord:
		return *(*unsafe.Pointer)(p) == nil
	case zeroState:
		return *(*uint8)(unsafe.Add(p, f.node.state)) == 0
	}
	return false
}

func (n *node) appendTuple(e *encoder, dst []byte, p unsafe.Pointer) []byte {
	t := n.tuple
	var rest sliceHeader
	if t.rest != nil {
		rest = *(*sliceHeader)(unsafe.Add(p, t.rest.offset))
	}
	// Items that may be absent are pointers, and only the last ones can be.
	count := len(t.items)
	for rest.len == 0 && count > n.minLen {
		f := &t.items[count-1]
		if !f.absent(unsafe.Add(p, f.offset)) {
			break
		}
		count--
	}
	dst = append(dst, '[')
	for i := range count {
		if i > 0 {
			dst = append(dst, ',')
		}
		f := &t.items[i]
		if dst = f.node.append(e, dst, unsafe.Add(p, f.offset)); e.err != nil {
			return dst
		}
	}
	for i := range rest.len {
		if count+i > 0 {
			dst = append(dst, ',')
		}
		at := unsafe.Add(rest.data, uintptr(i)*t.rest.node.stride)
		if dst = t.tail.append(e, dst, at); e.err != nil {
			return dst
		}
	}
	return append(dst, ']')
}

func (n *node) appendUnion(e *encoder, dst []byte, p unsafe.Pointer) []byte {
	var set *variant
	for i := range n.union.variants {
		v := &n.union.variants[i]
		m := memberPlan{node: v.node, zero: v.zero}
		if m.isZero(unsafe.Add(p, v.offset)) {
			continue
		}
		if set != nil {
			return e.fail(dst, "more than one variant of %s is set", n.typ)
		}
		set = v
	}
	switch {
	case set != nil:
		return set.node.append(e, dst, unsafe.Add(p, set.offset))
	case n.nullOK:
		return append(dst, "null"...)
	}
	return e.fail(dst, "no variant of %s is set", n.typ)
}
