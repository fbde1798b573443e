package runtime

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// A formNode is a value while it is put together from pairs that may come in any order: texts
// that were given for it, and members below it.
type formNode struct {
	values   []string
	parts    [][]byte // given as JSON texts instead, in multipart bodies; well formed
	names    []string // of members, in order of appearance
	children map[string]*formNode
}

// maxNesting is how deep brackets may nest, as deep as JSON.
const maxNesting = 64

// child returns the member with a name, making it.
func (n *formNode) child(name string) *formNode {
	if c := n.children[name]; c != nil {
		return c
	}
	if n.children == nil {
		n.children = make(map[string]*formNode)
	}
	c := &formNode{}
	n.children[name] = c
	n.names = append(n.names, name)
	return c
}

// at returns the node that a path such as "[a][b]" leads to, making it. It reports false for
// brackets that do not close or nest too deep.
func (n *formNode) at(path string) (*formNode, bool) {
	for depth := 0; path != ""; depth++ {
		end := strings.IndexByte(path, ']')
		if path[0] != '[' || end < 0 || depth == maxNesting {
			return nil, false
		}
		n = n.child(path[1:end])
		path = path[end+1:]
	}
	return n, true
}

// formTree puts the pairs of a form together. Brackets in names nest, as in a[b]=1 and a[]=1.
// Members with an encoding are read by that; nil: none. It says what is wrong with a pair that is no
// text.
func formTree(list []pair, encoded map[string]*boundParam) (root *formNode, wrong string) {
	root = &formNode{}
	for i := range list {
		p := &list[i]
		m := encoded[p.name]
		if m != nil && !m.spread() {
			if wrong = root.child(m.name).enterEncoded(m, p.raw); wrong != "" {
				return nil, wrong
			}
			continue
		}
		value, wrong := escapeQuery.unescape(p.raw)
		if wrong = cmp.Or(wrong, p.wrong); wrong != "" {
			return nil, wrong
		}
		if m != nil && m.name != p.name {
			root.child(m.name).enter(p.name, value)
		} else {
			root.enter(p.name, value)
		}
	}
	return root, ""
}

// enter adds a value under a name that may have brackets. Brackets that make no sense are part
// of the name.
func (n *formNode) enter(name, value string) {
	at := n.child
	if open := strings.IndexByte(name, '['); open > 0 {
		if node, ok := n.child(name[:open]).at(name[open:]); ok {
			node.values = append(node.values, value)
			return
		}
	}
	node := at(name)
	node.values = append(node.values, value)
}

// appendJSON appends the normal form of n.
func (n *formNode) appendJSON(dst []byte, sh *shape) []byte {
	switch {
	case len(n.parts) > 0:
		return n.appendParts(dst, sh)
	case len(n.names) > 0 && len(n.values) > 0:
		// Both a=1 and a[b]=2: no schema has a value for that. An array of the texts is certain to
		// be refused where an object was meant, and by the ordinary rules.
		return n.appendList(dst, sh)
	case len(n.names) > 0 && (!sh.isArray() || sh.isObject() && !n.indexed()):
		return n.appendObject(dst, sh)
	case len(n.names) > 0:
		return n.appendIndexed(dst, sh)
	case len(n.values) == 0 && !sh.isArray():
		return append(dst, "{}"...)
	case len(n.values) != 1:
		return n.appendList(dst, sh)
	}
	return sh.appendMember(dst, n.values[0])
}

func (n *formNode) appendList(dst []byte, sh *shape) []byte {
	dst = append(dst, '[')
	for i, value := range n.values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = sh.item(i).appendScalar(dst, value)
	}
	return append(dst, ']')
}

// appendParts writes JSON texts: one as it is, several as a list.
func (n *formNode) appendParts(dst []byte, sh *shape) []byte {
	if len(n.parts) == 1 && len(n.values) == 0 && (!sh.isArray() || n.parts[0][0] == '[') {
		return append(dst, n.parts[0]...)
	}
	dst = append(dst, '[')
	for i, part := range n.parts {
		dst = appendComma(dst, i)
		dst = append(dst, part...)
	}
	for i, value := range n.values {
		dst = appendComma(dst, len(n.parts)+i)
		dst = sh.item(i).appendScalar(dst, value)
	}
	return append(dst, ']')
}

func (n *formNode) appendObject(dst []byte, sh *shape) []byte {
	dst = append(dst, '{')
	for i, name := range n.names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, name), ':')
		dst = n.children[name].appendJSON(dst, sh.member(name))
	}
	return append(dst, '}')
}

// indexed reports whether all names are positions: digits, or nothing for "the next".
func (n *formNode) indexed() bool {
	for _, name := range n.names {
		if name == "" {
			continue
		}
		if _, err := strconv.ParseUint(name, 10, 31); err != nil {
			return false
		}
	}
	return true
}

// appendIndexed writes a[1]=x&a[0]=y as an array, in the order of the numbers. Numbers that are
// left out leave no hole, so no request can ask for a large array by naming a large number.
func (n *formNode) appendIndexed(dst []byte, sh *shape) []byte {
	if !n.indexed() {
		return n.appendObject(dst, sh)
	}
	names := slices.Clone(n.names)
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(position(a), position(b)) })
	dst = append(dst, '[')
	count := 0
	for _, name := range names {
		c := n.children[name]
		if len(c.names) > 0 || len(c.values) == 0 {
			dst = appendComma(dst, count)
			dst = c.appendJSON(dst, sh.item(count))
			count++
			continue
		}
		for _, value := range c.values { // a[]=x&a[]=y
			dst = appendComma(dst, count)
			dst = sh.item(count).appendScalar(dst, value)
			count++
		}
	}
	return append(dst, ']')
}

func appendComma(dst []byte, count int) []byte {
	if count > 0 {
		return append(dst, ',')
	}
	return dst
}

func position(name string) int {
	if name == "" {
		return 1 << 31
	}
	n, _ := strconv.Atoi(name)
	return n
}

// appendScalar appends the JSON text of a single value: a number, a boolean or null where the
// shape has room for it and the text reads as one, else a string. A text that fits no type of the
// shape stays a string, and the codec says what was expected.
func (sh *shape) appendScalar(dst []byte, text string) []byte {
	if sh.types&jsonschema.Number != 0 && isNumber(text) {
		return append(dst, text...)
	}
	if sh.types&jsonschema.Boolean != 0 && (text == "true" || text == "false") {
		return append(dst, text...)
	}
	if sh.types&jsonschema.Null != 0 && sh.types&jsonschema.String == 0 && (text == "null" || text == "") {
		return append(dst, "null"...)
	}
	if sh.embeds(text) {
		return appendEmbedded(dst, text)
	}
	return appendString(dst, text)
}

// appendMember appends the JSON text of a member that was given once. Where a list is wanted it is a list of
// one, unless it can only be the list as a whole.
func (sh *shape) appendMember(dst []byte, text string) []byte {
	switch {
	case !sh.isArray():
		return sh.appendScalar(dst, text)
	case sh.embeds(text) && sh.item(0).types&jsonschema.String == 0:
		return appendEmbedded(dst, text)
	}
	return append(sh.item(0).appendScalar(append(dst, '['), text), ']')
}

// embeds reports whether a text looks like the JSON text of a value that no style can take apart: an object or a list
// within another one.
func (sh *shape) embeds(text string) bool {
	if len(text) < 2 || sh.types&jsonschema.String != 0 {
		return false
	}
	return text[0] == '{' && sh.isObject() || text[0] == '[' && sh.isArray()
}

// appendEmbedded appends a text that should be a JSON object or list, as forms have it for members that
// are objects, or the text as a string when it is none.
func appendEmbedded(dst []byte, text string) []byte {
	var skip jsonscan.Skipper
	if data := []byte(text); jsonscan.SkipSpace(data, max(skip.Skip(data, 0, maxNesting), 0)) == len(data) {
		return append(dst, text...)
	}
	return appendString(dst, text)
}
