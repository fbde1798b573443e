package codec

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

func unmarshaler(t reflect.Type, p unsafe.Pointer) json.Unmarshaler {
	return interfaceAt(t, p).(json.Unmarshaler)
}

// text scans the string at i. The result is valid until the next call, or as long as the text when
// there were no escapes.
func (d *decoder) text(i int) (text string, escaped bool, end int) {
	end, escaped = jsonscan.String(d.data, i)
	if end < 0 {
		return "", false, -1
	}
	raw := d.data[i+1 : end-1]
	if escaped {
		d.scratch = jsonscan.Unquote(d.scratch[:0], raw)
		raw = d.scratch
	}
	return asText(raw), escaped, end
}

// checkText applies the rules for strings. It returns the constant that an enum has for the text.
func (n *node) checkText(text string) (constant string, found, ok bool) {
	for _, r := range n.strings {
		if !r.OK(text) {
			return "", false, false
		}
	}
	for _, e := range n.enums {
		if constant, found = e.Find(text); !found {
			return "", false, false
		}
	}
	return constant, found, true
}

func (n *node) decodeString(d *decoder, i int, p unsafe.Pointer) int {
	if d.data[i] != '"' {
		return d.wrongType(n, i)
	}
	text, escaped, end := d.text(i)
	if end < 0 {
		return -1
	}
	constant, found, ok := n.checkText(text)
	switch {
	case !ok && !d.collect:
		return -1
	case found:
		*(*string)(p) = constant
	case d.own && !escaped:
		*(*string)(p) = text
	default:
		*(*string)(p) = strings.Clone(text)
	}
	return end
}

// decodeText reads the types that are strings in JSON and something else in Go.
func (n *node) decodeText(d *decoder, i int, p unsafe.Pointer) int {
	if d.data[i] != '"' {
		return d.wrongType(n, i)
	}
	text, _, end := d.text(i)
	if end < 0 {
		return -1
	}
	if _, _, ok := n.checkText(text); !ok && !d.collect {
		return -1
	}
	var err error
	switch n.op {
	case opTime:
		err = parseTime((*time.Time)(p), text)
	case opUUID:
		err = (*UUID)(p).UnmarshalText([]byte(text))
	case opBytes:
		err = n.base64.decode((*[]byte)(p), text)
	default:
		err = interfaceAt(n.typ, p).(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
	}
	if err != nil {
		return d.misfit(i, "format", err.Error())
	}
	return end
}

// parseTime reads RFC 3339, which allows small letters where package time does not.
func parseTime(t *time.Time, text string) error {
	if n := len(text); n > 10 && (text[10] == 't' || text[n-1] == 'z') {
		b := []byte(text)
		b[10] &^= 0x20
		if b[n-1] == 'z' {
			b[n-1] = 'Z'
		}
		text = string(b)
	}
	if err := t.UnmarshalText([]byte(text)); err != nil {
		return fmt.Errorf("must be a date and time of RFC 3339")
	}
	return nil
}

// base64Form is the alphabet of a []byte.
type base64Form uint8

const (
	base64Std base64Form = iota
	base64URL
)

// decode reads strictly: no line breaks, canonical padding bits.
func (f base64Form) decode(p *[]byte, text string) error {
	enc := base64.StdEncoding.Strict()
	if f == base64URL {
		enc = base64.URLEncoding.Strict()
		if len(text)%4 != 0 {
			enc = base64.RawURLEncoding.Strict()
		}
	}
	out := make([]byte, enc.DecodedLen(len(text)))
	k, err := enc.Decode(out, []byte(text))
	for i := range len(text) {
		if text[i] == '\n' || text[i] == '\r' {
			err = base64.CorruptInputError(i) // the decoder skips them
			break
		}
	}
	if err != nil {
		return fmt.Errorf("must be base64")
	}
	*p = out[:k:k]
	return nil
}

func (n *node) decodeBool(d *decoder, i int, p unsafe.Pointer) int {
	var v bool
	var end int
	switch d.data[i] {
	case 't':
		v, end = true, jsonscan.Literal(d.data, i, "true")
	case 'f':
		end = jsonscan.Literal(d.data, i, "false")
	default:
		return d.wrongType(n, i)
	}
	for _, e := range n.enums {
		if !e.OKBool(v) && !d.collect {
			return -1
		}
	}
	*(*bool)(p) = v
	return end
}

// number scans the number at i. wrong is set when something else stands there.
func (d *decoder) number(i int) (raw []byte, integer, wrong bool, end int) {
	if c := d.data[i]; c != '-' && c-'0' > 9 {
		return nil, false, true, 0
	}
	end, integer = jsonscan.Number(d.data, i)
	if end < 0 {
		return nil, false, false, -1
	}
	return d.data[i:end], integer, false, end
}

func (n *node) numberEnumOK(raw []byte) bool {
	for _, e := range n.enums {
		if !e.OKNumber(raw) {
			return false
		}
	}
	return true
}

func (n *node) decodeInt(d *decoder, i int, p unsafe.Pointer) int {
	raw, integer, wrong, end := d.number(i)
	if wrong {
		return d.wrongType(n, i)
	}
	if end < 0 {
		return -1
	}
	v, ok := smallInt(raw, integer)
	if !ok {
		x := jsonscan.ParseDecimal(raw)
		if !x.IsInteger() {
			return d.wrongType(n, i)
		}
		if v, ok = x.Int64(); !ok {
			return n.outOfRange(d, i)
		}
	}
	if !d.collect {
		for _, r := range n.numbers {
			if !r.OKInt(v, raw) {
				return -1
			}
		}
		if n.enums != nil && !n.numberEnumOK(raw) {
			return -1
		}
	}
	if shift := 64 - n.bits; v<<shift>>shift != v {
		return n.outOfRange(d, i)
	}
	switch n.bits {
	case 8:
		*(*int8)(p) = int8(v)
	case 16:
		*(*int16)(p) = int16(v)
	case 32:
		*(*int32)(p) = int32(v)
	default:
		*(*int64)(p) = v
	}
	return end
}

// smallInt reads an integer that cannot overflow, which is nearly all of them.
func smallInt(raw []byte, integer bool) (int64, bool) {
	const most = 18 // digits, with the sign 19
	if !integer || len(raw) > most {
		return 0, false
	}
	neg := raw[0] == '-'
	if neg {
		raw = raw[1:]
	}
	var v int64
	for _, c := range raw {
		v = v*10 + int64(c-'0')
	}
	if neg {
		v = -v
	}
	return v, true
}

func (n *node) outOfRange(d *decoder, i int) int {
	if !d.collect {
		return -1
	}
	sign, lowest := "a signed", fmt.Sprint(int64(-1)<<(n.bits-1))
	highest := fmt.Sprint(uint64(1)<<(n.bits-1) - 1)
	if n.op == opUint {
		sign, lowest, highest = "an unsigned", "0", fmt.Sprint(^uint64(0)>>(64-n.bits))
	}
	return d.misfit(i, "format", fmt.Sprintf("must be %s %d-bit integer, from %s to %s", sign, n.bits, lowest, highest))
}

func (n *node) decodeUint(d *decoder, i int, p unsafe.Pointer) int {
	raw, integer, wrong, end := d.number(i)
	if wrong {
		return d.wrongType(n, i)
	}
	if end < 0 {
		return -1
	}
	var v uint64
	if s, ok := smallInt(raw, integer); ok && s >= 0 {
		v = uint64(s)
	} else {
		x := jsonscan.ParseDecimal(raw)
		if !x.IsInteger() {
			return d.wrongType(n, i)
		}
		if v, ok = x.Uint64(); !ok {
			return n.outOfRange(d, i)
		}
	}
	if !d.collect {
		for _, r := range n.numbers {
			if v < 1<<63 && !r.OKInt(int64(v), raw) || v >= 1<<63 && !r.OK(raw) {
				return -1
			}
		}
		if n.enums != nil && !n.numberEnumOK(raw) {
			return -1
		}
	}
	if v > ^uint64(0)>>(64-n.bits) {
		return n.outOfRange(d, i)
	}
	switch n.bits {
	case 8:
		*(*uint8)(p) = uint8(v)
	case 16:
		*(*uint16)(p) = uint16(v)
	case 32:
		*(*uint32)(p) = uint32(v)
	default:
		*(*uint64)(p) = v
	}
	return end
}

func (n *node) decodeFloat(d *decoder, i int, p unsafe.Pointer) int {
	raw, integer, wrong, end := d.number(i)
	if wrong {
		return d.wrongType(n, i)
	}
	if end < 0 {
		return -1
	}
	if n.types&jsonschema.Fraction == 0 && !integer && !jsonscan.ParseDecimal(raw).IsInteger() {
		return d.wrongType(n, i)
	}
	f, ok := shortFloat(raw)
	if !ok || n.bits == 32 {
		var err error
		if f, err = strconv.ParseFloat(asText(raw), n.bits); err != nil {
			return d.misfit(i, "format", fmt.Sprintf("must be a number that %d-bit floating point can hold", n.bits))
		}
	}
	if !d.collect {
		for _, r := range n.numbers {
			if n.bits == 64 && !r.OKFloat(f, raw) || n.bits == 32 && !r.OK(raw) {
				return -1
			}
		}
		if n.enums != nil && !n.numberEnumOK(raw) {
			return -1
		}
	}
	if n.bits == 32 {
		*(*float32)(p) = float32(f)
	} else {
		*(*float64)(p) = f
	}
	return end
}

// tens are the powers of ten that a short decimal is divided by. All are exact.
var tens = [16]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// shortFloat reads a well formed number of up to fifteen digits without an exponent, as prices and measures
// are: an integer that a float holds exactly, divided by a power of ten that it holds exactly, which rounds
// once, as the general algorithm does (Clinger's fast path).
func shortFloat(raw []byte) (f float64, ok bool) {
	digits, negative := raw, false
	if digits[0] == '-' {
		digits, negative = digits[1:], true
	}
	if len(digits) > 16 {
		return 0, false
	}
	whole, seen, point := uint64(0), 0, -1
	for i, c := range digits {
		switch {
		case c == '.':
			point = i
		case c > '9': // an exponent
			return 0, false
		default:
			whole = whole*10 + uint64(c-'0')
			seen++
		}
	}
	if seen > 15 {
		return 0, false
	}
	if f = float64(whole); point >= 0 {
		f /= tens[len(digits)-point-1]
	}
	if negative {
		f = -f
	}
	return f, true
}
