package spec

import (
	"slices"
	"strconv"
	"strings"
)

// node is one value of a document: ordered, positioned, with the exact text of
// its scalars. JSON and YAML give the same tree; nothing above this file knows
// which of the two a document was. A *node is the identity of a place: the same
// file and pointer is always the same *node, however a reference spells it.
//
// A nil *node is an absent value; all read methods accept it.
type node struct {
	kind   nodeKind
	index  int32 // among the parent's members or items
	at     spot
	parent *node
	text   string   // scalars: the string, the exact number, "true", "false"
	kids   []member // members of an object; items of an array, without keys
	file   *file    // set on roots only
}

// member is one member of an object with the place of its key.
type member struct {
	key   string
	at    spot
	value *node
}

type nodeKind uint8

const (
	nullNode nodeKind = iota
	boolNode
	numberNode
	stringNode
	arrayNode
	objectNode
)

func (k nodeKind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}[k]
}

// spot is a place within a file: a byte offset (col is offsetSpot), or line and
// column in characters, as the YAML parser counts.
type spot struct{ line, col int32 }

const offsetSpot = -1

func (n *node) is(k nodeKind) bool { return n != nil && n.kind == k }
func (n *node) isObject() bool     { return n.is(objectNode) }
func (n *node) isArray() bool      { return n.is(arrayNode) }

// get returns the member called key, or nil.
func (n *node) get(key string) *node {
	if m := n.member(key); m != nil {
		return m.value
	}
	return nil
}

func (n *node) member(key string) *member {
	if !n.isObject() {
		return nil
	}
	if len(n.kids) > wideObject {
		return n.root().file.wide(n, key)
	}
	for i := range n.kids {
		if n.kids[i].key == key {
			return &n.kids[i]
		}
	}
	return nil
}

// wideObject is where looking through the members one by one starts to be
// slower than an index of them.
const wideObject = 24

// has reports whether an object has a member called key.
func (n *node) has(key string) bool { return n.member(key) != nil }

// members are an object's members; nil for any other value.
func (n *node) members() []member {
	if !n.isObject() {
		return nil
	}
	return n.kids
}

// items are an array's items; nil for any other value.
func (n *node) items() []member {
	if !n.isArray() {
		return nil
	}
	return n.kids
}

// str is the text of the string member called key; empty when there is none.
func (n *node) str(key string) string {
	if v := n.get(key); v.is(stringNode) {
		return v.text
	}
	return ""
}

// word is like str but also takes the text of a number or boolean, because
// people write version: 1.0 and default: 8080 without quotes.
func (n *node) word(key string) string {
	switch v := n.get(key); {
	case v == nil, v.kind == objectNode, v.kind == arrayNode, v.kind == nullNode:
		return ""
	default:
		return v.text
	}
}

// flag is the boolean member called key, or def when there is none.
func (n *node) flag(key string, def bool) bool {
	if v := n.get(key); v.is(boolNode) {
		return v.text == "true"
	}
	return def
}

func (n *node) root() *node {
	for n.parent != nil {
		n = n.parent
	}
	return n
}

// key is the name under which n stands in its parent object; empty for items
// and roots.
func (n *node) key() string {
	if n == nil || n.parent == nil || n.parent.kind != objectNode {
		return ""
	}
	return n.parent.kids[n.index].key
}

// pointer is the JSON pointer of n in its file.
func (n *node) pointer() string {
	if n == nil || n.parent == nil {
		return ""
	}
	var tokens []string
	for ; n.parent != nil; n = n.parent {
		if n.parent.kind == objectNode {
			tokens = append(tokens, escapePointer(n.key()))
		} else {
			tokens = append(tokens, strconv.Itoa(int(n.index)))
		}
	}
	slices.Reverse(tokens)
	return "/" + strings.Join(tokens, "/")
}

// escapePointer writes a key as a JSON pointer token (RFC 6901).
func escapePointer(key string) string {
	if !strings.ContainsAny(key, "~/") {
		return key
	}
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

// unescapePointer reads a JSON pointer token (RFC 6901).
func unescapePointer(token string) string {
	if !strings.Contains(token, "~") {
		return token
	}
	return strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
}

// lookup follows a JSON pointer from n; nil when it leads nowhere.
func (n *node) lookup(pointer string) *node {
	for n != nil && pointer != "" {
		var token string
		pointer, _ = strings.CutPrefix(pointer, "/")
		token, rest, more := strings.Cut(pointer, "/")
		if pointer = ""; more {
			pointer = "/" + rest
		}
		token = unescapePointer(token)
		switch n.kind {
		case objectNode:
			n = n.get(token)
		case arrayNode:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(n.kids) {
				return nil
			}
			n = n.kids[i].value
		default:
			return nil
		}
	}
	return n
}

// pos is the place of the value.
func (n *node) pos() Position {
	if n == nil {
		return Position{}
	}
	p := n.root().file.position(n.at)
	p.Pointer = n.pointer()
	return p
}

// keyPos is the place of the key under which the value stands: where a reader
// looks for an operation, a schema or a property. Items and roots have none,
// their own place is used.
func (n *node) keyPos() Position {
	if n == nil || n.key() == "" {
		return n.pos()
	}
	p := n.root().file.position(n.parent.kids[n.index].at)
	p.Pointer = n.pointer()
	return p
}
