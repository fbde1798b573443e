package spec

import (
	"net/url"
	"strings"
)

// identifiers are the schemas of one file that have a name of their own: by
// $id, which is resolved against the $ids around it, and by anchors, which
// belong to the nearest $id.
type identifiers struct {
	ids     map[string]*node           // by resolved $id
	bases   map[*node]*url.URL         // of schemas with $id
	anchors map[*node]map[string]*node // by the schema with $id around them, or the root
	any     map[string]*node           // anchors of the whole file, the first of each name
}

// identifiers returns the index of f; nil when nothing in it has an identifier.
func (f *file) identifiers() *identifiers {
	if !f.indexed {
		f.indexed = true
		for _, word := range [...]string{`$anchor`, `$dynamicAnchor`, `$id`} {
			if strings.Contains(f.src, word) {
				f.ids = &identifiers{
					ids: map[string]*node{}, bases: map[*node]*url.URL{},
					anchors: map[*node]map[string]*node{}, any: map[string]*node{},
				}
				f.ids.index(f.root, f.root, f.base())
				break
			}
		}
	}
	return f.ids
}

// base is the URL of a file that was fetched from one, otherwise empty.
func (f *file) base() *url.URL {
	if u, err := url.Parse(f.path); err == nil && isURL(f.path) {
		return u
	}
	return &url.URL{}
}

// index notes what n and all below it are called; resource is the schema with
// an $id that n is in.
func (x *identifiers) index(n, resource *node, base *url.URL) {
	if n.isObject() && !isSchemaMap(n) {
		if u, ok := resolveID(n, base); ok {
			resource, base = n, u
			x.bases[n] = u
			if _, taken := x.ids[u.String()]; !taken {
				x.ids[u.String()] = n
			}
		}
		for _, key := range [...]string{"$anchor", "$dynamicAnchor"} {
			if name := n.str(key); name != "" {
				x.anchor(name, resource, n)
			}
		}
	}
	for i := range n.kids {
		if v := n.kids[i].value; v.kind >= arrayNode && !isValue(n, n.kids[i].key) {
			x.index(v, resource, base)
		}
	}
}

// isValue reports whether a member of a schema is a value rather than a schema:
// an "$id" in it is no identifier.
func isValue(n *node, key string) bool {
	switch key {
	case "enum", "const", "default", "example", "examples":
		return n.isObject() && !isSchemaMap(n)
	}
	return false
}

// resolveID is the $id of n, without fragment, resolved; ok is false when it
// has none, or one that names nothing.
func resolveID(n *node, base *url.URL) (u *url.URL, ok bool) {
	id := n.get("$id")
	if !id.is(stringNode) {
		return nil, false
	}
	text, _, _ := strings.Cut(id.text, "#")
	rel, err := url.Parse(text)
	if err != nil || text == "" {
		return nil, false
	}
	return base.ResolveReference(rel), true
}

func (x *identifiers) anchor(name string, resource, n *node) {
	if x.anchors[resource] == nil {
		x.anchors[resource] = map[string]*node{}
	}
	if _, taken := x.anchors[resource][name]; !taken {
		x.anchors[resource][name] = n
	}
	if _, taken := x.any[name]; !taken {
		x.any[name] = n
	}
}

// around is the schema with an $id that n is or is in, with its base; nil and
// the base of the file without one.
func (x *identifiers) around(n *node, f *file) (resource *node, base *url.URL) {
	for ; n != nil; n = n.parent {
		if u, ok := x.bases[n]; ok {
			return n, u
		}
	}
	return nil, f.base()
}

// identified finds the schema in the same file whose $id a location is: as it
// is resolved where the reference stands, or as it is written.
func identified(at *node, location string) *node {
	f := at.root().file
	x := f.identifiers()
	if x == nil {
		return nil
	}
	_, base := x.around(at, f)
	if rel, err := url.Parse(location); err == nil {
		if n := x.ids[base.ResolveReference(rel).String()]; n != nil {
			return n
		}
	}
	return x.ids[location]
}

// relocated is a location as the $id around the reference makes it, when that is
// a URL that may be fetched. Otherwise it is relative to the file, which is what
// people mean who write an $id for documentation only.
func (b *builder) relocated(at *node, location string) string {
	f := at.root().file
	x := f.identifiers()
	if x == nil {
		return location
	}
	resource, base := x.around(at, f)
	rel, err := url.Parse(location)
	if resource == nil || err != nil {
		return location
	}
	if u := base.ResolveReference(rel).String(); isURL(u) && b.files.allowed(u) {
		return u
	}
	return location
}

// anchored finds an anchor in the resource of n, else anywhere in its file.
func anchored(n *node, name string) *node {
	f := n.root().file
	x := f.identifiers()
	if x == nil {
		return nil
	}
	resource, _ := x.around(n, f)
	if resource == nil {
		resource = f.root
	}
	if target := x.anchors[resource][name]; target != nil {
		return target
	}
	return x.any[name]
}
