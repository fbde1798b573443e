package spec

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// resolve finds what the $ref of n leads to; nil when it leads nowhere, which
// has then been reported.
func (b *builder) resolve(ref *node) *node {
	if target, known := b.targets[ref]; known {
		return target
	}
	target := b.resolveText(ref, ref.text)
	b.targets[ref] = target
	return target
}

// resolveText resolves a reference that stands at the string node at.
func (b *builder) resolveText(at *node, ref string) *node {
	target, rule, why := b.find(at, ref)
	if target == nil {
		b.report.errorf(at, rule, "%s %s", quote(ref), why)
	}
	return target
}

// find resolves a reference without reporting: the target, or a rule and why
// there is none.
func (b *builder) find(at *node, ref string) (target *node, rule, why string) {
	f := at.root().file
	location, fragment, _ := strings.Cut(ref, "#")
	if location == "" {
		return b.here(at, fragment)
	}
	if n := identified(at, location); n != nil {
		return b.within(n, fragment)
	}
	key, rule, why := b.locate(f, b.relocated(at, location))
	if rule != "" {
		return nil, rule, why
	}
	home, err := b.files.open(key)
	if err != nil {
		return nil, "ref-unresolved", "cannot be read: " + err.Error()
	}
	if home.root == nil {
		return nil, "ref-unresolved", "leads to a file that is not a document"
	}
	return b.within(home.root, fragment)
}

// here follows a fragment from where it stands. Inside a schema with an $id,
// pointers start at that schema; where that leads nowhere, at the document.
func (b *builder) here(at *node, fragment string) (target *node, rule, why string) {
	root := at.root()
	decoded, err := url.PathUnescape(fragment)
	if err != nil {
		decoded = fragment
	}
	if x := root.file.identifiers(); x != nil {
		if decoded != "" && decoded[0] != '/' {
			if n := anchored(at, decoded); n != nil {
				return n, "", ""
			}
		} else {
			for n, _ := x.around(at, root.file); n != nil; n, _ = x.around(n.parent, root.file) {
				if target := n.lookup(decoded); target != nil {
					return target, "", ""
				}
			}
		}
	}
	return b.within(root, fragment)
}

// within follows a fragment from a root: a JSON pointer or an anchor.
func (b *builder) within(root *node, fragment string) (target *node, rule, why string) {
	decoded, err := url.PathUnescape(fragment)
	if err != nil {
		decoded = fragment
	}
	if decoded == "" {
		return root, "", ""
	}
	if !strings.HasPrefix(decoded, "/") {
		if n := anchored(root, decoded); n != nil {
			return n, "", ""
		}
		return nil, "ref-unresolved", "names an $anchor that does not exist"
	}
	if target = root.lookup(decoded); target == nil && decoded != fragment {
		target = root.lookup(fragment) // a key that really contains %2F
	}
	if target == nil {
		return nil, "ref-unresolved", "leads nowhere" + b.nearPointer(root, decoded)
	}
	return target, "", ""
}

// nearPointer says which key was probably meant where a pointer breaks off.
func (b *builder) nearPointer(root *node, pointer string) string {
	n := root
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = unescapePointer(token)
		next := n.lookup("/" + escapePointer(token))
		if next != nil {
			n = next
			continue
		}
		if near := b.guess(token, memberNames(n)); near != "" {
			return fmt.Sprintf(": there is no %s, did you mean %s?", quote(token), quote(near))
		}
		return fmt.Sprintf(": there is no %s", quote(token))
	}
	return ""
}

// locate turns the file part of a reference into a key of the file set.
func (b *builder) locate(from *file, location string) (key, rule, why string) {
	if isURL(location) || isURL(from.path) {
		return b.locateURL(from, location)
	}
	if u, err := url.Parse(location); err == nil && len(u.Scheme) > 1 {
		return "", "ref-scheme", "has a scheme that is not supported"
	}
	if decoded, err := url.PathUnescape(location); err == nil {
		location = decoded
	}
	if strings.HasPrefix(location, "/") || strings.Contains(location, "\\") || strings.Contains(location, ":") {
		return "", "ref-outside-root", "is not a relative path with forward slashes"
	}
	key = path.Join(path.Dir(from.path), location)
	if key == ".." || strings.HasPrefix(key, "../") {
		return "", "ref-outside-root", "leaves the folder of the main document; allow a larger root to use it"
	}
	return key, "", ""
}

func (b *builder) locateURL(from *file, location string) (key, rule, why string) {
	u, err := url.Parse(location)
	if err != nil {
		return "", "ref-unresolved", "is not a URL"
	}
	if base, err := url.Parse(from.path); err == nil && isURL(from.path) {
		u = base.ResolveReference(u)
	}
	if !b.files.allowed(u.String()) {
		return "", "ref-url", "is a URL, and fetching it is not allowed"
	}
	return u.String(), "", ""
}

// follow leads from a Reference Object to what it stands for, through chains of
// references. Without a $ref it returns n itself. The list holds the reference
// objects on the way, nearest first: their summary and description override.
func (b *builder) follow(n *node) (target *node, via []*node) {
	for hops := 0; n.isObject(); hops++ {
		ref := n.get("$ref")
		if !ref.is(stringNode) {
			return n, via
		}
		if slices.Contains(via, n) || hops > maxChain {
			b.report.errorf(ref, "ref-cycle", "the reference leads back to itself: %s", chain(via))
			return nil, via
		}
		via = append(via, n)
		if n = b.resolve(ref); n == nil {
			return nil, via
		}
	}
	return n, via
}

// chain spells out references that lead to each other.
func chain(via []*node) string {
	var words []string
	for i, n := range via {
		if i == 8 {
			words = append(words, "…")
			break
		}
		words = append(words, quote(n.get("$ref").text))
	}
	return strings.Join(words, " → ")
}

// memberNames are the names that a suggestion is chosen from.
func memberNames(n *node) []string {
	const enough = 5000
	names := make([]string, 0, min(len(n.members()), enough))
	for _, m := range n.members() {
		if len(names) == enough {
			break
		}
		names = append(names, m.key)
	}
	return names
}
