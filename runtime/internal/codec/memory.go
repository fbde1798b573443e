package codec

import (
	"reflect"
	"time"
	"unsafe"
)

// sliceHeader is the layout of every slice.
type sliceHeader struct {
	data     unsafe.Pointer
	len, cap int
}

// zerobase is what empty slices that are not nil point to.
var zerobase struct{}

// mapKind tells which maps are accessed without reflection.
type mapKind uint8

const (
	mapReflect mapKind = iota
	mapOfString
	mapOfAny
)

func mapKindOf(t reflect.Type) mapKind {
	switch {
	case t.Key() != reflect.TypeFor[string]():
		return mapReflect
	case t.Elem() == reflect.TypeFor[string]():
		return mapOfString
	case t.Elem() == reflect.TypeFor[any]():
		return mapOfAny
	}
	return mapReflect
}

// zeroOf returns how to tell that a field of a type is left out.
func zeroOf(t reflect.Type, o omission) zeroKind {
	if o == omitNever {
		return zeroNever
	}
	if o == omitZero && (t.Implements(zeroer) || reflect.PointerTo(t).Implements(zeroer)) {
		switch {
		case t.Implements(reflect.TypeFor[nullable]()):
			return zeroState
		case t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface:
			return zeroMethod
		}
	}
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64:
		return zeroMemory
	case reflect.Pointer, reflect.Interface:
		return zeroWord
	case reflect.String:
		return zeroString
	case reflect.Slice:
		if o == omitEmpty {
			return zeroSlice
		}
		return zeroWord
	case reflect.Map:
		if o == omitEmpty {
			return zeroMap
		}
		return zeroWord
	case reflect.Array, reflect.Struct:
		if o == omitEmpty && (t.Kind() == reflect.Struct || t.Len() > 0) {
			return zeroNever
		}
	}
	return zeroSlow
}

var zeroer = reflect.TypeFor[interface{ IsZero() bool }]()

// isBlank reports whether a field with only one allowed value has not been set.
func (m *memberPlan) isBlank(p unsafe.Pointer) bool {
	return (&memberPlan{node: m.node, zero: m.blank}).isZero(p)
}

// isZero reports whether the value of a field at p is to be left out.
func (m *memberPlan) isZero(p unsafe.Pointer) bool {
	switch m.zero {
	case zeroNever:
		return false
	case zeroMemory:
		switch m.node.size {
		case 1:
			return *(*uint8)(p) == 0
		case 2:
			return *(*uint16)(p) == 0
		case 4:
			return *(*uint32)(p) == 0
		}
		return *(*uint64)(p) == 0
	case zeroWord:
		return *(*unsafe.Pointer)(p) == nil
	case zeroString:
		return len(*(*string)(p)) == 0
	case zeroSlice:
		return (*sliceHeader)(p).len == 0
	case zeroMap:
		return reflect.NewAt(m.node.typ, p).Elem().Len() == 0
	case zeroState:
		return *(*uint8)(unsafe.Add(p, m.node.state)) == 0
	case zeroMethod:
		if m.node.op == opTime {
			return (*time.Time)(p).IsZero()
		}
		return reflect.NewAt(m.node.typ, p).Interface().(interface{ IsZero() bool }).IsZero()
	}
	return reflect.NewAt(m.node.typ, p).Elem().IsZero()
}

// grow makes room for one more element of the slice at s. remaining and used say how much text is
// left and how much the elements so far took, from which a sensible capacity follows; it at most
// quadruples, so that a text cannot ask for much more memory than it is long.
func (n *node) grow(p unsafe.Pointer, used, remaining int) {
	s := (*sliceHeader)(p)
	want := 1
	if n.stride <= 256 {
		want = 4
	}
	if s.len > 0 {
		estimate := s.len + 1 + remaining/max(1, used/s.len)
		want = max(s.len+1, min(estimate, 4*s.len))
	}
	if n.elem != nil && n.elem.op == opString { // the same without reflection
		grown := make([]string, s.len, want)
		copy(grown, *(*[]string)(p))
		*(*[]string)(p) = grown
		return
	}
	reflect.NewAt(n.typ, p).Elem().Grow(want - s.len)
}

// textLists is memory for short lists of strings, the most frequent lists: of a list of objects, each has
// its tags. Lists lie behind one another in it, each as long as its capacity, so that none can grow into
// the next.
type textLists struct {
	free []string
	size int // of the last piece
}

// room returns an empty list with all the room that is left, 4 strings at least. Until it is settled, no
// other list is given room.
func (t *textLists) room() []string {
	if len(t.free) < 4 {
		t.size = max(4, min(4*t.size, 2*maxBatch))
		t.free = make([]string, t.size)
	}
	return t.free[:0]
}

// settle cuts a list that is complete to its length. One that needed more room has moved elsewhere.
func (t *textLists) settle(list *[]string) {
	n := len(*list)
	if n > 0 && n <= len(t.free) && unsafe.SliceData(*list) == unsafe.SliceData(t.free) {
		*list, t.free = (*list)[:n:n], t.free[n:]
	}
}

// A batch is a piece of memory for values of one kind, handed out one by one. Optional members
// are pointers to small values, of which a list of objects has one or two for each object: an
// allocation for each of them would be most of the allocations of such a list.
type batch[T any] struct {
	free []T
	size int // of the last batch
}

// maxBatch is how many values one allocation holds at most, which are kept from the garbage
// collector together.
const maxBatch = 16

// take returns a zero value.
func (b *batch[T]) take() unsafe.Pointer {
	if len(b.free) == 0 {
		b.size = max(1, min(4*b.size, maxBatch)) // a single value costs no more than itself
		b.free = make([]T, b.size)
	}
	v := &b.free[0]
	b.free = b.free[1:]
	return unsafe.Pointer(v)
}

// allocate returns a new zero value of the type of n. Types of one kind share their batches:
// what differs between them are methods, not memory.
func (d *decoder) allocate(n *node) unsafe.Pointer {
	switch n.typ.Kind() {
	case reflect.String:
		return d.strings.take()
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Uint, reflect.Uint64, reflect.Uint32,
		reflect.Float64, reflect.Float32, reflect.Bool:
		return d.words.take()
	}
	return reflect.New(n.typ).UnsafePointer()
}

// asText views bytes as a string that lives as long as they stay unchanged.
func asText(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
