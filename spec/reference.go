package spec

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// resolve finds what the $ref of a schema leads to; nil when it leads nowhere,
// which has then been reported. A schema that is missing costs one type, not
// the document; what looks like a typo is an error all the same.
func (b *builder) resolve(ref *node) *node {
	return b.resolveOnce(ref, func(rule, why string) {
		if rule == refMissing {
			b.report.warnf(ref, "ref-unresolved", "%s %s; any value is taken", quote(ref.text), why)
			return
		}
		b.unresolved(ref, rule, why)
	})
}

// resolveOnce resolves a reference the first time it is asked for.
func (b *builder) resolveOnce(ref *node, failed func(rule, why string)) *node {
	target, known := b.targets[ref]
	if known {
		return target
	}
	target, rule, why := b.seek(ref, ref.text)
	if target == nil {
		failed(rule, why)
	}
	b.targets[ref] = target
	return target
}

func (b *builder) unresolved(ref *node, rule, why string) {
	if rule == refMissing {
		rule = "ref-unresolved"
	}
	b.report.errorf(ref, rule, "%s %s", quote(ref.text), why)
}

// find resolves a reference without reporting: the target, or a rule and why
// there is none.
func (b *builder) find(at *node, ref string) (target *node, rule, why string) {
	if target, rule, why = b.seek(at, ref); rule == refMissing {
		rule = "ref-unresolved"
	}
	return target, rule, why
}

// refMissing is what seek calls a reference when the file is there, the place
// in it is not, and nothing has a similar name.
const refMissing = "ref-missing"

func (b *builder) seek(at *node, ref string) (target *node, rule, why string) {
	f := at.root().file
	location, fragment, _ := strings.Cut(ref, "#")
	location = f.besideSelf(location)
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
		near, meant := b.nearPointer(root, decoded)
		rule = refMissing
		if meant {
			rule = "ref-unresolved"
		}
		return nil, rule, "leads nowhere" + near
	}
	return target, "", ""
}

// nearPointer says which key was probably meant where a pointer breaks off.
func (b *builder) nearPointer(root *node, pointer string) (text string, meant bool) {
	n := root
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = unescapePointer(token)
		next := n.lookup("/" + escapePointer(token))
		if next != nil {
			n = next
			continue
		}
		if near := b.guess(token, memberNames(n)); near != "" {
			return fmt.Sprintf(": there is no %s, did you mean %s?", quote(token), quote(near)), !numbered(token, near)
		}
		return fmt.Sprintf(": there is no %s", quote(token)), false
	}
	return "", false
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
	return b.followTo(n, b.unresolved)
}

// followExtra is follow for what an operation can do without: headers, links,
// examples, callbacks. One that is missing is left out.
func (b *builder) followExtra(n *node) (target *node, via []*node) {
	return b.followTo(n, func(ref *node, rule, why string) {
		if rule == refMissing {
			b.report.warnf(ref, "ref-unresolved", "%s %s; it is left out", quote(ref.text), why)
			return
		}
		b.unresolved(ref, rule, why)
	})
}

func (b *builder) followTo(n *node, failed func(ref *node, rule, why string)) (target *node, via []*node) {
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
		n = b.resolveOnce(ref, func(rule, why string) { failed(ref, rule, why) })
		if n == nil {
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

// besideSelf turns a URL into a location relative to the file, where the file
// says by $self (OpenAPI 3.2) that it is known by a URL in the same folder: the
// copy at hand is the one that is meant. It is empty for the file itself.
func (f *file) besideSelf(location string) string {
	self := f.root.str("$self")
	if self == "" || location == "" || !isURL(self) {
		return location
	}
	base, err := url.Parse(self)
	if err != nil {
		return location
	}
	target, err := base.Parse(location)
	if err != nil {
		return location
	}
	if target.String() == self {
		return ""
	}
	folder := self[:strings.LastIndexByte(self, '/')+1]
	if rest, below := strings.CutPrefix(target.String(), folder); below && isURL(location) {
		return rest
	}
	return location
}
