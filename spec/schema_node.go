package spec

import "strings"

// annotations are the keywords beside a $ref that say nothing about which
// values are valid, so that the reference is still "just that component".
func isAnnotation(key string) bool {
	switch key {
	case "$ref", "title", "summary", "description", "deprecated", "readOnly", "writeOnly", "default",
		"example", "examples", "externalDocs", "xml", "$comment", "$id", "$schema", "$anchor":
		return true
	}
	return strings.HasPrefix(key, "x-")
}

// pureRef reports whether a schema is a reference and nothing else that
// matters. In OpenAPI 3.0 whatever stands beside a $ref is ignored; since 3.1
// it applies as well.
func (b *builder) pureRef(n *node) bool {
	if !n.get("$ref").is(stringNode) {
		return false
	}
	if b.v30 {
		return true
	}
	for i := range n.kids {
		if !isAnnotation(n.kids[i].key) {
			return false
		}
	}
	return true
}

// deref follows pure references to a schema that is more than one; nil when
// they lead nowhere or in a circle, which has then been reported.
func (b *builder) deref(n *node) *node {
	start := n
	for hops := 0; n != nil && b.pureRef(n); hops++ {
		if hops > 100 {
			b.reportRefCycle(start)
			return nil
		}
		n = b.resolve(n.get("$ref"))
	}
	return n
}

// reportRefCycle reports references that only lead to each other, at the first
// of them, once.
func (b *builder) reportRefCycle(n *node) {
	var via []*node
	seen := map[*node]bool{}
	for n != nil && b.pureRef(n) && !seen[n] {
		seen[n] = true
		via = append(via, n)
		n = b.resolve(n.get("$ref"))
	}
	ref := via[0].get("$ref")
	if b.cycles[n] {
		return
	}
	for m := range seen {
		b.cycles[m] = true
	}
	b.report.errorf(ref, "ref-cycle", "the references lead back to themselves: %s", chain(via))
}

// refOf is the text of a dynamic or ordinary reference; empty when there is none.
func refNode(n *node) *node {
	for _, key := range [...]string{"$ref", "$dynamicRef", "$recursiveRef"} {
		if ref := n.get(key); ref.is(stringNode) {
			return ref
		}
	}
	return nil
}

// anything reports whether a schema allows every value.
func anything(n *node) bool {
	switch {
	case n == nil:
		return true
	case n.kind == boolNode:
		return n.text == "true"
	}
	for _, m := range n.members() {
		if m.key == "$ref" || !isAnnotation(m.key) {
			return false
		}
	}
	return n.isObject()
}

// hasShape reports whether a schema says something about the static shape of a
// value beyond its JSON type: a branch that only adds "required" does not.
func (b *builder) hasShape(n *node, typeToo bool, depth int) bool {
	if depth > 20 || !n.isObject() {
		return false
	}
	for i := range n.kids {
		m := &n.kids[i]
		switch m.key {
		case "$ref", "$dynamicRef":
			return true
		case "type":
			if typeToo {
				return true
			}
		case "properties", "patternProperties", "items", "prefixItems", "enum", "const":
			return true
		case "additionalProperties":
			if m.value.isObject() {
				return true
			}
		case "allOf", "oneOf", "anyOf":
			for _, item := range m.value.items() {
				if b.hasShape(item.value, typeToo, depth+1) {
					return true
				}
			}
		}
	}
	return false
}

// kindSet is a set of JSON types.
type kindSet uint8

const (
	setNull kindSet = 1 << iota
	setBoolean
	setInteger
	setNumber
	setString
	setArray
	setObject

	setAny = setNull | setBoolean | setInteger | setNumber | setString | setArray | setObject
)

// kindOf is what a name in "type" means. Names that are no JSON Schema types
// but leave no doubt are understood too.
func kindOf(name string) (set kindSet, exact bool) {
	switch name {
	case "null":
		return setNull, true
	case "boolean":
		return setBoolean, true
	case "integer":
		return setInteger, true
	case "number":
		return setInteger | setNumber, true
	case "string":
		return setString, true
	case "array":
		return setArray, true
	case "object":
		return setObject, true
	}
	switch strings.ToLower(name) {
	case "bool", "boolean":
		return setBoolean, false
	case "int", "int32", "int64", "long", "integer":
		return setInteger, false
	case "float", "double", "decimal", "number":
		return setInteger | setNumber, false
	case "str", "text", "string", "file", "date", "datetime", "date-time", "uuid", "uri", "binary":
		return setString, false
	case "list", "array":
		return setArray, false
	case "map", "dict", "hash", "object":
		return setObject, false
	case "none", "nil":
		return setNull, false
	}
	return setAny, false
}

// typeNames are the exact type names that a schema's "type" stands for, null
// from nullable not included.
func typeNames(n *node) []string {
	t := n.get("type")
	var words []string
	switch {
	case t.is(stringNode):
		words = append(words, t.text)
	case t.is(nullNode):
		words = append(words, "null") // type: null in YAML, without quotes
	case t.isArray():
		for _, item := range t.kids {
			if item.value.kind == stringNode {
				words = append(words, item.value.text)
			} else if item.value.kind == nullNode {
				words = append(words, "null")
			}
		}
	}
	var names []string
	for _, w := range words {
		set, exact := kindOf(w)
		if !exact {
			if w = exactName(set); w == "" {
				return nil // one word nobody knows makes the list say nothing
			}
		}
		names = append(names, w)
	}
	return names
}

func exactName(set kindSet) string {
	switch set {
	case setNull:
		return "null"
	case setBoolean:
		return "boolean"
	case setInteger:
		return "integer"
	case setInteger | setNumber:
		return "number"
	case setString:
		return "string"
	case setArray:
		return "array"
	case setObject:
		return "object"
	}
	return ""
}

// typeSet is the set that "type" and "nullable" allow; ok says that there is a
// type at all.
func typeSet(n *node) (set kindSet, ok bool) {
	names := typeNames(n)
	for _, name := range names {
		s, _ := kindOf(name)
		set |= s
	}
	if len(names) == 0 {
		return setAny, false
	}
	if n.flag("nullable", false) {
		set |= setNull
	}
	return set, true
}
