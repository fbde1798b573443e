package spec

import (
	"path"
	"strconv"
	"strings"
)

// places gives every schema that needs one a name, from where it stands and
// from nothing else: not from the order of visits, and not from what stands
// elsewhere. So names stay when a document grows, and a schema has one name
// however many references reach it.
//
//	components/schemas/Order                      Order
//	a file order.yaml that is one schema          order
//	…/properties/lines/items of Order             Order.lines.item
//	request body of createOrder                   createOrder.body, further media types createOrder.body.form
//	response 404 of createOrder                   createOrder.response.404
//	components/responses/Problem                  Problem.response
//	query parameter sort of listOrders            listOrders.query.sort
//	variant of a oneOf in Order                   Order.card by its title or constant, else Order.variant2
//	additionalProperties of Order                 Order.value
type places struct {
	given map[*node]string // places that only the builder knows: operations, bodies, events
	names map[*node]string // what name has answered
	taken map[string]bool
	next  map[string]int // the number to try next for a name that is taken

	branches map[*node][]string // what branch has answered, by list

	collision func(n *node, wanted, got string) // told when a name was taken
}

func newPlaces() *places {
	return &places{given: map[*node]string{}, names: map[*node]string{}, taken: map[string]bool{}, next: map[string]int{}, branches: map[*node][]string{}}
}

// give says what the schema at n is called; the first word counts.
func (p *places) give(n *node, name string) {
	if _, ok := p.given[n]; n != nil && !ok {
		p.given[n] = name
	}
}

// reserve keeps a name for n whatever else would like it.
func (p *places) reserve(n *node, name string) {
	p.given[n], p.names[n] = name, name
	p.taken[name] = true
}

// name is n's unique name.
func (p *places) name(n *node) string {
	if name, ok := p.names[n]; ok {
		return name
	}
	wanted := p.of(n)
	name := p.fresh(wanted)
	p.names[n] = name
	if name != wanted {
		p.collision(n, wanted, name)
	}
	return name
}

// maxName bounds names of places: what is nested a thousand deep would have
// names of many kilobytes each.
const maxName = 300

// fresh makes a name unique. Components of the main document were reserved
// first, so that it is the derived name that yields.
func (p *places) fresh(name string) string {
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "")
	}
	unique := name
	for p.taken[unique] {
		p.next[name]++
		unique = name + "." + strconv.Itoa(p.next[name]+1)
	}
	p.taken[unique] = true
	return unique
}

// of says where n stands, in words.
func (p *places) of(n *node) string {
	name := p.where(n)
	if name == "" {
		return "unnamed" // the key is empty
	}
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "")
	}
	return name
}

func (p *places) where(n *node) string {
	if name, ok := p.names[n]; ok {
		return name
	}
	if name, ok := p.given[n]; ok {
		return name
	}
	if n.parent == nil {
		base := path.Base(n.file.path)
		return strings.TrimSuffix(base, path.Ext(base))
	}
	up, key := n.parent, n.key()
	if up.kind == arrayNode {
		return p.ofItem(n, up)
	}
	if isSchemaMap(up) {
		return p.ofMember(n, up, key)
	}
	switch key {
	case "items", "contains", "unevaluatedItems":
		return p.of(up) + ".item"
	case "additionalProperties", "unevaluatedProperties":
		return p.of(up) + ".value"
	case "contentSchema":
		return p.of(up) + ".content"
	case "not", "if", "then", "else", "propertyNames":
		return p.of(up) + "." + key
	}
	return key
}

// isSchemaMap reports whether n is an object of schemas by name. A property that
// is called "properties" is none, it is a schema in one.
func isSchemaMap(n *node) bool {
	if n.parent == nil || n.parent.kind != objectNode {
		return false
	}
	switch n.key() {
	case "properties", "patternProperties", "dependentSchemas", "$defs", "definitions", "schemas":
		return !isSchemaMap(n.parent)
	}
	return false
}

// ofMember is the place of a schema in an object of schemas.
func (p *places) ofMember(n, up *node, key string) string {
	owner := up.parent
	switch up.key() {
	case "properties", "dependentSchemas":
		return p.of(owner) + "." + key
	case "patternProperties":
		if n.index == 0 {
			return p.of(owner) + ".value"
		}
		return p.of(owner) + ".value" + strconv.Itoa(int(n.index)+1)
	case "$defs":
		if owner.parent != nil {
			return p.of(owner) + "." + key
		}
	}
	return key
}

// ofItem is the place of an item of a list of schemas.
func (p *places) ofItem(n, list *node) string {
	if list.parent == nil {
		return strconv.Itoa(int(n.index) + 1)
	}
	number := strconv.Itoa(int(n.index) + 1)
	switch list.key() {
	case "allOf":
		return p.of(list.parent)
	case "prefixItems", "items":
		return p.of(list.parent) + ".item" + number
	default:
		return p.of(list.parent) + "." + p.branch(n, list)
	}
}

// isComponent reports whether n stands where shared schemas stand, rather than
// inline at its only place of use.
func (p *places) isComponent(n *node) bool {
	if n.parent == nil {
		return true
	}
	up := n.parent
	if up.kind != objectNode {
		return false
	}
	if up.parent == nil {
		return !up.has("openapi")
	}
	switch up.key() {
	case "schemas", "definitions", "$defs":
		return isSchemaMap(up)
	}
	return false
}

// sharedName names a parameter, body, response or header that is reached by
// reference: its key, or its file.
func (p *places) sharedName(n *node) string {
	if key := n.key(); key != "" {
		return key
	}
	if n.parent == nil {
		base := path.Base(n.file.path)
		return strings.TrimSuffix(base, path.Ext(base))
	}
	return p.of(n.parent) + "." + strconv.Itoa(int(n.index)+1)
}
