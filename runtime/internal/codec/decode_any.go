package codec

import (
	"encoding/json"
	"strconv"
	"strings"
	"unsafe"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

// decodeAny reads a value of any type, as encoding/json does: map[string]any, []any, string,
// bool, nil and float64. The exception are integers that float64 cannot represent, which become a
// json.Number rather than another integer, as do numbers beyond its range.
func (n *node) decodeAny(d *decoder, i int, p unsafe.Pointer) int {
	v, end := d.any(i)
	if end >= 0 {
		*(*any)(p) = v
	}
	return end
}

func (d *decoder) any(i int) (any, int) {
	if i >= len(d.data) {
		return nil, -1
	}
	switch c := d.data[i]; c {
	case '{':
		return d.anyObject(i)
	case '[':
		return d.anyArray(i)
	case '"':
		text, escaped, end := d.text(i)
		if end < 0 {
			return nil, -1
		}
		if escaped || !d.own {
			text = strings.Clone(text)
		}
		return text, end
	case 't':
		return true, jsonscan.Literal(d.data, i, "true")
	case 'f':
		return false, jsonscan.Literal(d.data, i, "false")
	case 'n':
		return nil, jsonscan.Literal(d.data, i, "null")
	}
	end, integer := jsonscan.Number(d.data, i)
	if end < 0 {
		return nil, -1
	}
	return anyNumber(d.data[i:end], integer), end
}

func anyNumber(raw []byte, integer bool) any {
	f, err := strconv.ParseFloat(asText(raw), 64)
	const exact = 15 // decimal digits that float64 always holds
	if err != nil || integer && len(raw) > exact && !sameInteger(raw, f) {
		return json.Number(raw)
	}
	return f
}

// sameInteger reports whether f is the integer written as raw.
func sameInteger(raw []byte, f float64) bool {
	text := strconv.AppendFloat(nil, f, 'f', -1, 64)
	// The shortest text that gives f is not always its value: 1e23 is not a float64.
	text = strconv.AppendFloat(text[:0], f, 'f', 0, 64)
	return string(text) == string(raw)
}

func (d *decoder) anyArray(i int) (any, int) {
	out := []any{}
	if i = d.enter(i); i < 0 {
		return nil, -1
	}
	if i < len(d.data) && d.data[i] == ']' {
		d.depth++
		return out, i + 1
	}
	for done := false; !done; {
		v, end := d.any(i)
		if end < 0 {
			return nil, -1
		}
		out = append(out, v)
		i, done = d.next(end, ']')
	}
	return out, i
}

func (d *decoder) anyObject(i int) (any, int) {
	out := map[string]any{}
	if i = d.enter(i); i < 0 {
		return nil, -1
	}
	if i < len(d.data) && d.data[i] == '}' {
		d.depth++
		return out, i + 1
	}
	for done := false; !done; {
		if i >= len(d.data) || d.data[i] != '"' {
			return nil, -1
		}
		name, escaped, end := d.text(i)
		if end < 0 {
			return nil, -1
		}
		if escaped || !d.own {
			name = strings.Clone(name)
		}
		if end = d.space(end); end >= len(d.data) || d.data[end] != ':' {
			return nil, -1
		}
		v, end := d.any(d.space(end + 1))
		if end < 0 {
			return nil, -1
		}
		if _, repeated := out[name]; repeated {
			return nil, -1
		}
		out[name] = v
		i, done = d.next(end, '}')
	}
	return out, i
}
