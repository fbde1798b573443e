package runtime

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// A router finds the operation for a method and a path by OpenAPI's rules: of two templates
// that fit, the one with literal text wins over the one with a parameter, segment by segment
// from the left. It is net/http's ServeMux for documents as they are: parameters may share a
// segment with text or each other ("{id}.json", "{id}:cancel", "{a}-{b}"), and pairs that are
// ambiguous to ServeMux ("/{a}/x", "/y/{b}") are settled by the same rule.
//
// A concrete path that lacks the method does not hide a template that has it.
//
// The tree has one level per segment. It is built once and then only read.
type router struct {
	root    node
	methods []string // every method that has a route
}

// A node stands for the path up to and including one segment.
type node struct {
	literals segmentTable
	patterns []*pattern // from most to least literal
	routes   []route    // operations whose template ends here
}

// A route is the end of a template: a method and what answers it.
type route struct {
	method string
	op     *boundOperation
}

// A pattern is a segment with parameters: text, parameter, text, … text, where texts[0] may be
// empty and so may the last; those between are empty when two parameters touch.
type pattern struct {
	texts []string
	whole bool // one parameter and no text
	node  node
}

// add enters an operation. Templates that differ only in the names of parameters share nodes.
// It reports what keeps a template from being routed; the rest of the document still is.
func (rt *router) add(method, template string, op *boundOperation) error {
	rest, ok := strings.CutPrefix(template, "/")
	if !ok {
		return fmt.Errorf("path %q does not start with /", template)
	}
	n := &rt.root
	for segment := range strings.SplitSeq(rest, "/") {
		texts, _, err := splitSegment(segment)
		if err != nil {
			return fmt.Errorf("path %q: %w", template, err)
		}
		n = n.child(texts)
	}
	if first := n.route(method); first != nil {
		first.join(op)
		return nil
	}
	n.routes = append(n.routes, route{method: method, op: op})
	if !slices.Contains(rt.methods, method) {
		rt.methods = append(rt.methods, method)
	}
	return nil
}

// splitSegment takes a segment of a template apart: "v{major}.{minor}" is "v", ".", "" and
// major, minor.
func splitSegment(segment string) (texts, names []string, err error) {
	for {
		open := strings.IndexByte(segment, '{')
		if open < 0 {
			return append(texts, segment), names, nil
		}
		end := strings.IndexByte(segment[open:], '}')
		if end < 0 {
			return nil, nil, errors.New("a parameter has no closing brace")
		}
		texts = append(texts, segment[:open])
		names = append(names, segment[open+1:open+end])
		segment = segment[open+end+1:]
	}
}

// templateParams returns the names of a template's parameters in order.
func templateParams(template string) []string {
	var all []string
	for segment := range strings.SplitSeq(template, "/") {
		_, names, err := splitSegment(segment)
		if err != nil {
			return nil
		}
		all = append(all, names...)
	}
	return all
}

func (n *node) child(texts []string) *node {
	if len(texts) == 1 {
		return n.literals.add(texts[0])
	}
	for _, p := range n.patterns {
		if slices.Equal(p.texts, texts) {
			return &p.node
		}
	}
	p := &pattern{texts: texts, whole: len(texts) == 2 && texts[0] == "" && texts[1] == ""}
	n.patterns = append(n.patterns, p)
	slices.SortStableFunc(n.patterns, func(a, b *pattern) int { return b.weight() - a.weight() })
	return &p.node
}

// weight orders patterns: more literal text first, then fewer parameters.
func (p *pattern) weight() int {
	w := -len(p.texts)
	for _, text := range p.texts {
		w += 64 * len(text)
	}
	return w
}

// A match is a search in progress and its result.
type match struct {
	method string
	path   string   // what is left of it
	raw    bool     // path is percent-encoded
	values []string // of the parameters so far; still encoded when raw
}

// find returns the operation for method and path, which starts with "/". values is a slice to
// append to, so that a caller can bring its own memory. Raw says that path is percent-encoded;
// otherwise it is taken as it stands, and so are the values.
func (rt *router) find(method, path string, raw bool, values []string) (*boundOperation, []string) {
	if path == "" || path[0] != '/' {
		return nil, nil
	}
	m := match{method: method, path: path, raw: raw, values: values[:0]}
	op := m.walk(&rt.root, 1)
	return op, m.values
}

// walk looks below n for the segment that starts at from. Each node of the tree is tried at most
// once, so the work is bounded by the document however hostile the path. It recurses only where
// there is more than one way to go on; a failed walk may leave values behind.
func (m *match) walk(n *node, from int) *boundOperation {
	for {
		end := from
		for end < len(m.path) && m.path[end] != '/' {
			end++
		}
		segment := m.path[from:end]
		if next := m.literal(n, segment); next != nil {
			if len(n.patterns) == 0 {
				if end == len(m.path) {
					return next.route(m.method)
				}
				n, from = next, end+1
				continue
			}
			if op := m.descend(next, end); op != nil {
				return op
			}
		}
		if segment == "" || len(n.patterns) == 0 {
			return nil // OpenAPI: a path parameter is never empty
		}
		if len(n.patterns) > 1 {
			return m.branch(n, segment, end)
		}
		p := n.patterns[0]
		if !m.capture(p, segment) {
			return nil
		}
		if end == len(m.path) {
			return p.node.route(m.method)
		}
		n, from = &p.node, end+1
	}
}

// branch tries the patterns of n one after the other.
func (m *match) branch(n *node, segment string, end int) *boundOperation {
	for _, p := range n.patterns {
		mark := len(m.values)
		if m.capture(p, segment) {
			if op := m.descend(&p.node, end); op != nil {
				return op
			}
		}
		m.values = m.values[:mark]
	}
	return nil
}

// descend continues below n, whose segment ends at end, and undoes what a failure leaves.
func (m *match) descend(n *node, end int) *boundOperation {
	if end == len(m.path) {
		return n.route(m.method)
	}
	mark := len(m.values)
	op := m.walk(n, end+1)
	if op == nil {
		m.values = m.values[:mark]
	}
	return op
}

// route returns the operation that ends at n.
func (n *node) route(method string) *boundOperation {
	for i := range n.routes {
		if n.routes[i].method == method {
			return n.routes[i].op
		}
	}
	return nil
}

// literal finds the node below n for a segment that is text.
func (m *match) literal(n *node, segment string) *node {
	if len(n.literals.entries) == 0 {
		return nil
	}
	if m.raw {
		segment = literal(segment)
	}
	return n.literals.find(segment)
}

// literal is the text of an encoded segment to compare with the document's: RFC 3986 makes "%61" equal to "a".
func literal(segment string) string {
	text, err := url.PathUnescape(segment)
	if err != nil {
		return segment
	}
	return text
}

// capture matches a segment with a pattern and appends the parameters' values. Each parameter
// but the last takes as little as it can and at least one byte; as texts are found leftmost,
// one pass decides, without backtracking.
func (m *match) capture(p *pattern, segment string) bool {
	if p.whole {
		m.values = append(m.values, segment)
		return true
	}
	first, final := p.texts[0], p.texts[len(p.texts)-1]
	if len(segment) <= len(first)+len(final) || !strings.HasPrefix(segment, first) || !strings.HasSuffix(segment, final) {
		return false
	}
	rest := segment[len(first) : len(segment)-len(final)]
	for _, text := range p.texts[1 : len(p.texts)-1] {
		if rest == "" {
			return false
		}
		at := strings.Index(rest[1:], text) + 1
		if at == 0 {
			return false
		}
		m.values = append(m.values, rest[:at])
		rest = rest[at+len(text):]
	}
	if rest == "" {
		return false
	}
	m.values = append(m.values, rest)
	return true
}

// allowed returns the methods that the path has, sorted, HEAD and OPTIONS included where the
// runtime answers them by itself. It is empty when no template fits the path.
func (rt *router) allowed(path string, raw bool) []string {
	var methods []string
	for _, method := range rt.methods {
		if op, _ := rt.find(method, path, raw, nil); op != nil {
			methods = append(methods, method)
		}
	}
	if len(methods) == 0 {
		return nil
	}
	if slices.Contains(methods, "GET") {
		methods = append(methods, "HEAD")
	}
	methods = append(methods, "OPTIONS")
	slices.Sort(methods)
	return slices.Compact(methods)
}
