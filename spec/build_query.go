package spec

import (
	"net/url"
	"slices"
	"strings"
)

// fixedQuery adds what a path says in a query string, as in "/search?type=code",
// to the parameters of an operation: each name must be there with that value.
// OpenAPI knows paths without query only; documents that have one tell
// operations of the same path apart by it.
func (b *builder) fixedQuery(op *Operation, item *node, key string) {
	_, query, _ := strings.Cut(key, "?")
	query, _, _ = strings.Cut(query, "#")
	for pair := range strings.SplitSeq(query, "&") {
		name, value, valued := strings.Cut(pair, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		if !valued || name == "" || nameErr != nil || valueErr != nil || strings.Contains(value, "{") {
			continue
		}
		p, typed := b.param(fixedParam(item, name, value), op.ID)
		if p == nil || slices.ContainsFunc(op.Params, func(q *Param) bool { return sameParam(p, q) }) {
			continue
		}
		op.Params = append(op.Params, p)
		typed()
	}
}

// fixedParam is the Parameter Object that a document with a query in its path
// means, at the place of the path item.
func fixedParam(item *node, name, value string) *node {
	object := func(parent *node) *node { return &node{kind: objectNode, at: item.at, parent: parent} }
	put := func(n *node, key string, v *node) {
		v.parent, v.at, v.index = n, item.at, int32(len(n.kids))
		n.kids = append(n.kids, member{key: key, at: item.at, value: v})
	}
	text := func(s string) *node { return &node{kind: stringNode, text: s} }
	param := object(item)
	put(param, "name", text(name))
	put(param, "in", text("query"))
	put(param, "required", &node{kind: boolNode, text: "true"})
	schema, values := object(param), &node{kind: arrayNode}
	put(schema, "type", text("string"))
	put(values, "", text(value))
	put(schema, "enum", values)
	put(param, "schema", schema)
	return param
}
