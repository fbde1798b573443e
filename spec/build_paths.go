package spec

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// methods are the fixed fields of a Path Item that are operations, "query" of
// OpenAPI 3.2 included.
var methods = [...]string{"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"}

func isMethod(key string) bool { return slices.Contains(methods[:], key) }

// paths reads the Paths Object.
func (b *builder) paths(n *node) {
	if n.is(nullNode) {
		n = nil // "paths:" with nothing below
	}
	if n.isArray() && len(n.items()) == 0 {
		b.report.warnf(n, "paths-form", "paths must be an object; this empty array is taken for an empty one")
	} else if n != nil && !n.isObject() {
		b.report.errorf(n, "paths-form", "paths must be an object, this is %s", n.kind)
		return
	}
	if n == nil && b.v30 {
		b.report.warnf(b.main.root, "paths-missing", "the document has no paths")
	}
	type found struct {
		*announced
		at member // the path and its item
	}
	var list []found
	var all []*announced
	routes := map[string]string{} // method and shape to the path that has it
	for _, m := range n.members() {
		if strings.HasPrefix(m.key, "x-") {
			continue
		}
		path := parsePath(m.key)
		b.checkPath(m, path)
		named := path.Template == m.key
		if !strings.HasPrefix(path.Template, "/") {
			path.Template = "/" + path.Template
		}
		b.pathItem(m.value, func(method string, item []*node, op *node) {
			if named {
				b.checkRoute(routes, method, path, op)
			}
			if a := b.announce(op, item, method, path, ""); a != nil {
				list = append(list, found{a, m})
				all = append(all, a)
			}
		})
	}
	b.nameOperations(all)
	for _, f := range list {
		if built := b.operation(f.announced); built != nil {
			b.fixedQuery(built, f.at.value, f.at.key)
			b.api.Operations = append(b.api.Operations, built)
		}
	}
}

func (b *builder) checkPath(m member, path Path) {
	if !strings.HasPrefix(m.key, "/") {
		b.report.warnKey(m.value, "path-slash", "", "path %s does not start with a slash; one is added", quote(m.key))
	}
	if path.Template != m.key {
		b.report.warnKey(m.value, "path-query", "describe it as query parameters",
			"path %s contains a query string or a fragment; the query is taken as required parameters", quote(m.key))
	}
}

// checkRoute warns of two operations that differ in nothing but the names of
// path parameters: requests are told apart by which parameters they satisfy.
func (b *builder) checkRoute(routes map[string]string, method string, path Path, op *node) {
	route := method + " " + path.shape()
	if first, dup := routes[route]; dup {
		b.report.warnKey(op, "path-duplicate", "give one of them another path",
			"%s %s is the same as %s %s: only names of parameters differ; the one that is stricter about their values comes first",
			method, path.Template, method, first)
		return
	}
	routes[route] = path.Template
}

// webhooks reads the document's webhooks.
func (b *builder) webhooks(root *node) {
	hooks := root.get("webhooks")
	if hooks == nil {
		hooks = root.get("x-webhooks") // what 3.0 documents call them
	}
	var list []*announced
	for _, m := range hooks.members() {
		if strings.HasPrefix(m.key, "x-") {
			continue
		}
		b.pathItem(m.value, func(method string, item []*node, op *node) {
			id := op.str("operationId")
			if id == "" {
				id = m.key
				if method != "POST" {
					id += "." + strings.ToLower(method)
				}
			}
			if a := b.announce(op, item, method, Path{}, id); a != nil {
				list = append(list, a)
			}
		})
	}
	slices.SortStableFunc(list, func(x, y *announced) int {
		return cmp.Or(cmp.Compare(x.op.ID, y.op.ID), cmp.Compare(x.node.parent.key(), y.node.parent.key()))
	})
	for _, a := range list {
		b.nameGiven(a)
		if built := b.operation(a); built != nil {
			b.api.Webhooks = append(b.api.Webhooks, built)
		}
	}
}

// pathItem calls each for the operations of a Path Item, through references.
// What stands beside a $ref counts before what it leads to.
func (b *builder) pathItem(n *node, each func(method string, item []*node, op *node)) {
	target, via := b.follow(n)
	if target == nil {
		return
	}
	if !target.isObject() {
		if !target.is(nullNode) {
			b.report.errorf(target, "path-item-form", "a path item must be an object, this is %s", target.kind)
		}
		return
	}
	levels := append(via, target)
	seen := map[string]bool{}
	for _, level := range levels {
		if x := level.get("x-realtime"); x != nil {
			b.report.errorKey(x, "realtime-place", "move it to the operations", "x-realtime stands on the document and on operations, not on a path")
		}
		b.checkExtensions(level)
		b.checkKeys(level, "a path item", pathItemKeys)
		for _, m := range level.members() {
			switch {
			case isMethod(m.key) && !seen[m.key]:
				seen[m.key] = true
				each(strings.ToUpper(m.key), levels, m.value)
			case m.key == "additionalOperations": // 3.2
				for _, extra := range m.value.members() {
					each(extra.key, levels, extra.value)
				}
			case isMethod(strings.ToLower(m.key)) && !isMethod(m.key):
				b.report.warnKey(m.value, "method-case", "", "method %s must be lower case; it is read all the same", quote(m.key))
				if lower := strings.ToLower(m.key); !seen[lower] {
					seen[lower] = true
					each(strings.ToUpper(m.key), levels, m.value)
				}
			}
		}
	}
}

// operation reads an Operation Object that has its name; nil when nobody asked for it.
func (b *builder) operation(a *announced) *Operation {
	if !b.room() {
		return nil
	}
	op, n, item := a.op, a.node, a.item
	b.operationDoc(op, n, item)
	if b.nesting == 0 && !b.selected.wants(op) {
		return nil
	}
	b.reportName(a)
	b.opNodes[op] = n
	op.Params = b.params(op, n, item)
	op.Body = b.body(op, n.get("requestBody"))
	op.Responses = b.responses(op, n.get("responses"))
	if !a.given || n.has("security") { // the document's own is for calls to the API, not for what it sends
		op.Security = b.security(n)
	}
	op.Callbacks = b.callbacks(op, n.get("callbacks"))
	if list := n.get("servers"); list != nil {
		op.Servers = b.servers(list)
	} else if list := firstOf(item, "servers"); list != nil {
		op.Servers = b.servers(list)
	}
	op.GoName, op.TSName = b.nameExtensions(n)
	b.checkExtensions(n)
	b.checkKeys(n, "an operation", operationKeys)
	return op
}

// security is the operation's security, or the document's.
func (b *builder) security(n *node) []Requirement {
	list := n.get("security")
	if list == nil {
		list = b.main.root.get("security")
	}
	reqs, known := b.required[list]
	if !known {
		reqs = b.requirements(list)
		b.required[list] = reqs
	}
	return reqs
}

func firstOf(levels []*node, key string) *node {
	for _, n := range levels {
		if v := n.get(key); v != nil {
			return v
		}
	}
	return nil
}

func (b *builder) operationDoc(op *Operation, n *node, item []*node) {
	op.Doc.Summary = n.str("summary")
	for _, level := range item {
		if op.Doc.Summary == "" {
			op.Doc.Summary = level.str("summary")
		}
		if op.Doc.Description == "" {
			op.Doc.Description = level.str("description")
		}
	}
	for _, t := range n.get("tags").items() {
		if t.value.text != "" {
			op.Tags = append(op.Tags, t.value.text)
		}
	}
	if len(op.Tags) > 0 {
		op.Group = op.Tags[0]
	}
}

// callbacks reads the Callback Objects of an operation.
func (b *builder) callbacks(op *Operation, list *node) []*Operation {
	var ops []*Operation
	for _, m := range list.members() {
		callback, _ := b.followExtra(m.value)
		several := 0
		for _, expr := range callback.members() {
			if strings.HasPrefix(expr.key, "x-") {
				continue
			}
			several++
			b.pathItem(expr.value, func(method string, item []*node, n *node) {
				id := op.ID + "." + m.key + "." + strings.ToLower(method)
				if several > 1 {
					id += "." + strconv.Itoa(several)
				}
				b.elements += callbackCost
				if b.nesting++; b.nesting <= 4 { // callbacks of callbacks may go round in circles
					if a := b.announce(n, item, method, Path{Template: expr.key}, id); a != nil {
						b.nameGiven(a)
						if built := b.operation(a); built != nil {
							ops = append(ops, built)
						}
					}
				}
				b.nesting--
			})
		}
	}
	return ops
}
