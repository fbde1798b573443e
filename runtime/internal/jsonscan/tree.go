package jsonscan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Kind is the kind of a JSON value.
type Kind uint8

// The kinds of values.
const (
	KindNull Kind = iota
	KindBool
	KindNumber
	KindString
	KindArray
	KindObject
)

// String returns the name JSON Schema gives the kind.
func (k Kind) String() string {
	return [...]string{"null", "boolean", "number", "string", "array", "object"}[k]
}

// A Node is one value of a Doc. Its children, if any, follow it in the table: the first is at the
// next index and each one's Skip is the index of its sibling or, for the last, of the parent's
// Skip.
type Node struct {
	Kind       Kind
	escaped    bool  // the string has escapes
	keyEscaped bool  // the member name has escapes
	Start, End int32 // offsets of the value in the text
	Skip       int32 // index after the last descendant
	Parent     int32 // index of the container, -1 for the root
	Len        int32 // members or items; for a Bool one when true
	keyStart   int32 // offset after the opening quote of the member name
	keyEnd     int32 // offset of its closing quote; both zero for items and the root
}

// A Doc is a parsed text: its values in document order. It refers to the text, which must not
// change. A parsed Doc may be read by several goroutines.
type Doc struct {
	Data  []byte
	Nodes []Node

	names Names
}

// A SyntaxError says why a text is not acceptable JSON.
type SyntaxError struct {
	Offset  int    // byte offset of the fault, from zero
	Pointer string // RFC 6901 pointer to the value being read there, "" for the root
	Message string // for people, lower case
}

func (e *SyntaxError) Error() string {
	if e.Pointer == "" {
		return fmt.Sprintf("invalid JSON at byte %d: %s", e.Offset, e.Message)
	}
	return fmt.Sprintf("invalid JSON at byte %d (%s): %s", e.Offset, e.Pointer, e.Message)
}

// Pointer returns the RFC 6901 pointer to the node with index i.
func (d *Doc) Pointer(i int) string {
	var tokens []string
	for ; d.Nodes[i].Parent >= 0; i = int(d.Nodes[i].Parent) {
		if d.Nodes[i].keyStart > 0 {
			tokens = append(tokens, EscapePointer(d.Key(i)))
			continue
		}
		tokens = append(tokens, strconv.Itoa(d.ordinal(i)))
	}
	var b strings.Builder
	for _, t := range slices.Backward(tokens) {
		b.WriteByte('/')
		b.WriteString(t)
	}
	return b.String()
}

// ordinal returns the position of item i in its array.
func (d *Doc) ordinal(i int) int {
	n := 0
	for c := int(d.Nodes[i].Parent) + 1; c < i; c = int(d.Nodes[c].Skip) {
		n++
	}
	return n
}

// Key returns the member name of node i, "" for items and the root. It may share memory with the
// text.
func (d *Doc) Key(i int) string {
	n := &d.Nodes[i]
	return Text(d.Data[n.keyStart:n.keyEnd], n.keyEscaped)
}

// Text returns the text of the string node i. It may share memory with the text.
func (d *Doc) Text(i int) string {
	n := &d.Nodes[i]
	return Text(d.Data[n.Start+1:n.End-1], n.escaped)
}

// Raw returns the bytes of node i.
func (d *Doc) Raw(i int) []byte { return d.Data[d.Nodes[i].Start:d.Nodes[i].End] }

// Children yields the indexes of the items or member values of node i, in document order.
func (d *Doc) Children(i int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for c, end := i+1, int(d.Nodes[i].Skip); c < end; c = int(d.Nodes[c].Skip) {
			if !yield(c) {
				return
			}
		}
	}
}

// Member returns the index of the member of object i with the given name, or -1.
func (d *Doc) Member(i int, name string) int {
	for c, end := i+1, int(d.Nodes[i].Skip); c < end; c = int(d.Nodes[c].Skip) {
		if d.Key(c) == name {
			return c
		}
	}
	return -1
}

// At returns the index of the value that starts at a byte offset, or -1. No two values start at
// the same offset, so an offset is a compact name for a place.
func (d *Doc) At(offset int) int {
	i, ok := slices.BinarySearchFunc(d.Nodes, offset, func(n Node, at int) int { return int(n.Start) - at })
	if !ok {
		return -1
	}
	return i
}

var (
	pointerEscaper   = strings.NewReplacer("~", "~0", "/", "~1")
	pointerUnescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

// EscapePointer returns a name as a token of an RFC 6901 pointer.
func EscapePointer(name string) string { return pointerEscaper.Replace(name) }

// UnescapePointer returns the name that a token of an RFC 6901 pointer stands for.
func UnescapePointer(token string) string { return pointerUnescaper.Replace(token) }

// NewString returns the Doc of a text that is one string.
func NewString(text string) *Doc {
	data := make([]byte, 0, len(text)+2)
	data = append(append(append(data, '"'), text...), '"')
	// The text stands for itself between the quotes: it is marked as having no escapes.
	return &Doc{Data: data, Nodes: []Node{{Kind: KindString, End: int32(len(data)), Skip: 1, Parent: -1}}}
}
