package codec

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
)

// appendAny writes a value whose type is not known. What Decode makes is written directly, other
// types by encoding/json.
func appendAny(e *encoder, dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case string:
		return appendString(dst, v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return e.fail(dst, "%v has no JSON form", v)
		}
		return appendNumber(dst, v, 64)
	case json.RawMessage:
		return appendRaw(e, dst, v)
	case []any:
		return appendAnySlice(e, dst, v)
	case map[string]any:
		return appendAnyMap(e, dst, v)
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return e.fail(dst, "%w", err)
	}
	return append(dst, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}

func appendAnySlice(e *encoder, dst []byte, v []any) []byte {
	if v == nil {
		return append(dst, "null"...)
	}
	if e.depth++; e.depth > maxEncodeDepth {
		return e.fail(dst, "value nests more than %d levels deep", maxEncodeDepth)
	}
	dst = append(dst, '[')
	for i, x := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst = appendAny(e, dst, x); e.err != nil {
			return dst
		}
	}
	e.depth--
	return append(dst, ']')
}

func appendAnyMap(e *encoder, dst []byte, v map[string]any) []byte {
	if v == nil {
		return append(dst, "null"...)
	}
	if e.depth++; e.depth > maxEncodeDepth {
		return e.fail(dst, "value nests more than %d levels deep", maxEncodeDepth)
	}
	dst = append(dst, '{')
	for i, k := range slices.Sorted(maps.Keys(v)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, k), ':')
		if dst = appendAny(e, dst, v[k]); e.err != nil {
			return dst
		}
	}
	e.depth--
	return append(dst, '}')
}
