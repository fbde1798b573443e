package spec

import (
	"encoding/json"

	"github.com/go-json-experiment/json/jsontext"
)

// appendJSON writes a value on one line, numbers digit for digit.
func appendJSON(dst []byte, n *node) []byte {
	if n == nil {
		return append(dst, "null"...)
	}
	switch n.kind {
	case boolNode, numberNode:
		return append(dst, n.text...)
	case stringNode:
		return appendString(dst, n.text)
	case arrayNode:
		dst = append(dst, '[')
		for i := range n.kids {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, n.kids[i].value)
		}
		return append(dst, ']')
	case objectNode:
		dst = append(dst, '{')
		for i := range n.kids {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, n.kids[i].key)
			dst = append(dst, ':')
			dst = appendJSON(dst, n.kids[i].value)
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

func appendString(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s) // invalid UTF-8 cannot be in a document
	return dst
}

// rawJSON is n as text of its own; nil when n is.
func rawJSON(n *node) json.RawMessage {
	if n == nil {
		return nil
	}
	return appendJSON(nil, n)
}

// sizeAtMost reports whether a value takes at most limit bytes as JSON, without
// writing more than that of it.
func sizeAtMost(n *node, limit int) bool { return sizeLeft(n, limit) >= 0 }

func sizeLeft(n *node, left int) int {
	left -= len(n.text) + 2
	for i := range n.kids {
		if left < 0 {
			return left
		}
		left = sizeLeft(n.kids[i].value, left-len(n.kids[i].key)-4)
	}
	return left
}

// unquoteJSON is the text of a JSON string.
func unquoteJSON(text []byte) string {
	s, _ := jsontext.AppendUnquote(nil, text)
	return string(s)
}
