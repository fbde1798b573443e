package codec

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"
	"unsafe"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

// encoder is the state of one Append. The first error sticks, and the output so far tells where
// it happened.
type encoder struct {
	depth int
	err   error
	at    int // length of the output at err, counted from the start of dst
}

// maxEncodeDepth ends the writing of values that contain themselves. It is far beyond what a
// reader accepts.
const maxEncodeDepth = 1000

func (e *encoder) fail(dst []byte, format string, args ...any) []byte {
	if e.err == nil {
		e.err, e.at = fmt.Errorf(format, args...), len(dst)
	}
	return dst
}

// place adds the pointer of the value that could not be written; out is what was.
func (e *encoder) place(out []byte) error {
	var doc jsonscan.Doc
	var syntax *jsonscan.SyntaxError
	// The output stops where the value should have begun, and that is where the parser stops.
	if err := doc.Parse(out, 2*maxEncodeDepth); errors.As(err, &syntax) && syntax.Pointer != "" {
		return fmt.Errorf("encode %s: %w", syntax.Pointer, e.err)
	}
	return fmt.Errorf("encode: %w", e.err)
}

// append writes the value at p. After an error it returns without writing more.
func (n *node) append(e *encoder, dst []byte, p unsafe.Pointer) []byte {
	if e.err != nil {
		return dst
	}
	switch n.op {
	case opString:
		return appendString(dst, *(*string)(p))
	case opInt:
		return strconv.AppendInt(dst, loadInt(p, n.bits), 10)
	case opUint:
		return strconv.AppendUint(dst, loadUint(p, n.bits), 10)
	case opFloat:
		return n.appendFloat(e, dst, p)
	case opBool:
		return strconv.AppendBool(dst, *(*bool)(p))
	case opStruct:
		return n.appendStruct(e, dst, p)
	case opSlice:
		return n.appendSlice(e, dst, p)
	case opPointer:
		v := *(*unsafe.Pointer)(p)
		if v == nil {
			return append(dst, "null"...)
		}
		if e.depth++; e.depth > maxEncodeDepth {
			return e.fail(dst, "value nests more than %d levels deep", maxEncodeDepth)
		}
		dst = n.elem.append(e, dst, v)
		e.depth--
		return dst
	case opNullable:
		if *(*uint8)(unsafe.Add(p, n.state)) != stateValue {
			return append(dst, "null"...)
		}
		return n.elem.append(e, dst, p)
	case opTime:
		return n.appendTime(e, dst, p)
	case opUUID:
		dst = append(dst, '"')
		return append((*UUID)(p).append(dst), '"')
	case opText:
		return n.appendText(e, dst, p)
	case opBytes:
		return n.appendBytes(dst, *(*[]byte)(p))
	case opMap:
		return n.appendMap(e, dst, p)
	case opUnion:
		return n.appendUnion(e, dst, p)
	case opTuple:
		return n.appendTuple(e, dst, p)
	case opArray:
		return n.appendArray(e, dst, p)
	case opAny:
		return appendAny(e, dst, *(*any)(p))
	case opRaw:
		return appendRaw(e, dst, *(*[]byte)(p))
	case opMethods:
		return n.appendMethods(e, dst, p)
	}
	return e.fail(dst, "the schema allows no value")
}

func loadInt(p unsafe.Pointer, bits int) int64 {
	switch bits {
	case 8:
		return int64(*(*int8)(p))
	case 16:
		return int64(*(*int16)(p))
	case 32:
		return int64(*(*int32)(p))
	}
	return *(*int64)(p)
}

func loadUint(p unsafe.Pointer, bits int) uint64 {
	switch bits {
	case 8:
		return uint64(*(*uint8)(p))
	case 16:
		return uint64(*(*uint16)(p))
	case 32:
		return uint64(*(*uint32)(p))
	}
	return *(*uint64)(p)
}

func (n *node) appendFloat(e *encoder, dst []byte, p unsafe.Pointer) []byte {
	f := 0.0
	if n.bits == 32 {
		f = float64(*(*float32)(p))
	} else {
		f = *(*float64)(p)
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return e.fail(dst, "%v has no JSON form", f)
	}
	return appendNumber(dst, f, n.bits)
}

// appendNumber writes a float as ECMAScript and encoding/json do: shortest digits, an exponent
// only for very large and small numbers.
func appendNumber(dst []byte, f float64, bits int) []byte {
	format := byte('f')
	if abs := math.Abs(f); abs != 0 {
		if bits == 64 && (abs < 1e-6 || abs >= 1e21) ||
			bits == 32 && (float32(abs) < 1e-6 || float32(abs) >= 1e21) {
			format = 'e'
		}
	}
	dst = strconv.AppendFloat(dst, f, format, -1, bits)
	if n := len(dst); format == 'e' && n >= 4 && dst[n-4] == 'e' && dst[n-3] == '-' && dst[n-2] == '0' {
		dst[n-2] = dst[n-1] // e-09 as e-9
		dst = dst[:n-1]
	}
	return dst
}

func (n *node) appendTime(e *encoder, dst []byte, p unsafe.Pointer) []byte {
	start := len(dst)
	out, err := (*time.Time)(p).AppendText(append(dst, '"'))
	if err != nil {
		return e.fail(dst[:start], "%w", err)
	}
	return append(out, '"')
}

func (n *node) appendBytes(dst []byte, b []byte) []byte {
	if b == nil && n.nullOK {
		return append(dst, "null"...)
	}
	dst = append(dst, '"')
	if n.base64 == base64URL {
		dst = base64.RawURLEncoding.AppendEncode(dst, b)
	} else {
		dst = base64.StdEncoding.AppendEncode(dst, b)
	}
	return append(dst, '"')
}

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
		if dst = n.elem.append(e, dst, unsafe.Add(data, uintptr(i)*n.list.elemSize)); e.err != nil {
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
			dst = m.node.append(e, dst, at)
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
			dst = append(appendString(append(dst, ','), k), ':')
			v := m[k]
			dst = n.elem.append(e, dst, unsafe.Pointer(&v))
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
		if f.node.op != opPointer || *(*unsafe.Pointer)(unsafe.Add(p, f.offset)) != nil {
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
		at := unsafe.Add(rest.data, uintptr(i)*t.rest.node.list.elemSize)
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

// appendText writes the text of a value that has methods for it.
func (n *node) appendText(e *encoder, dst []byte, p unsafe.Pointer) []byte {
	v := interfaceAt(n.typ, p)
	if a, ok := v.(textAppender); ok {
		start := len(dst)
		out, err := a.AppendText(append(dst, '"'))
		if err != nil {
			return e.fail(dst[:start], "%w", err)
		}
		if plainText(out[start+1:]) {
			return append(out, '"')
		}
		return appendString(out[:start], string(out[start+1:]))
	}
	text, err := v.(textMarshalling).MarshalText()
	if err != nil {
		return e.fail(dst, "%w", err)
	}
	return appendString(dst, asText(text))
}

type (
	textAppender    interface{ AppendText([]byte) ([]byte, error) }
	textMarshalling interface{ MarshalText() ([]byte, error) }
)

func (n *node) appendMethods(e *encoder, dst []byte, p unsafe.Pointer) []byte {
	out, err := interfaceAt(n.typ, p).(json.Marshaler).MarshalJSON()
	if err != nil {
		return e.fail(dst, "%w", err)
	}
	return appendRaw(e, dst, out)
}
