package codec

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
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
	case opParts:
		return n.appendParts(e, dst, p)
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
	if bits == 64 {
		if out, ok := appendShort(dst, f); ok {
			return out
		}
	}
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

// appendShort writes a number of few digits, as prices and measures are, without the general
// algorithm. A float that equals an integer of at most fifteen digits divided by a power of ten is
// written as that: no two decimals of that length give the same float, so none is shorter.
func appendShort(dst []byte, f float64) ([]byte, bool) {
	const limit = 1e15
	scale := 1.0
	for decimals := range 4 {
		scaled := f * scale
		if !(math.Abs(scaled) < limit) || f == 0 { // also not a number, and -0
			return dst, false
		}
		whole := int64(math.Round(scaled))
		if float64(whole)/scale != f {
			scale *= 10
			continue
		}
		if decimals == 0 {
			return strconv.AppendInt(dst, whole, 10), true
		}
		if whole < 0 {
			dst, whole = append(dst, '-'), -whole
		}
		unit := int64(scale)
		dst = append(strconv.AppendInt(dst, whole/unit, 10), '.')
		for unit /= 10; unit > 0; unit /= 10 {
			dst = append(dst, byte('0'+whole/unit%10))
		}
		return dst, true
	}
	return dst, false
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
