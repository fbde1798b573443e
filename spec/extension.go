package spec

import (
	"slices"
	"strings"
)

// ExtensionKey describes one extension that rtgen understands.
type ExtensionKey struct {
	Name  string // "x-realtime"
	Where string // the OpenAPI objects that it may stand on, in words
	Doc   string // one sentence on what it does
}

// ExtensionKeys lists the extensions that rtgen understands, by name. Any other
// key that starts with "x-" is ignored, unless it is nearly one of these.
func ExtensionKeys() []ExtensionKey {
	return []ExtensionKey{
		{"x-enum-descriptions", "schema with enum", "Texts for the values of the enum: a list in its order, or an object by value."},
		{"x-enum-names", "schema with enum", "The same as x-enum-varnames."},
		{"x-enum-varnames", "schema with enum", "Names for the values of the enum: a list in its order, or an object by value."},
		{"x-enumDescriptions", "schema with enum", "The same as x-enum-descriptions."},
		{"x-enumNames", "schema with enum", "The same as x-enum-varnames."},
		{"x-go-name", "operation, parameter, schema, property", "The Go name, where the derived one does not please or collides."},
		{"x-go-type", "schema", "A Go type to use instead of emitting one: import/path.Name."},
		{"x-go-type-import", "schema with x-go-type", "Where the package of x-go-type is: an import path, or an object with path."},
		{"x-realtime", "document, operation", "Sockets, channels and events: what is callable, who subscribes, what is published."},
		{"x-ts-name", "operation, schema", "The TypeScript name, where the derived one does not please or collides. Properties and parameters are called as they travel."},
		{"x-ts-type", "schema", "A TypeScript type expression to use instead of emitting one."},
	}
}

// nameExtensions reads x-go-name and x-ts-name.
func (b *builder) nameExtensions(n *node) (goName, tsName string) {
	return b.identifierAt(n, "x-go-name"), b.identifierAt(n, "x-ts-name")
}

// identifierAt reads an identifier: it goes into emitted code as it stands, so
// nothing else is let through.
func (b *builder) identifierAt(n *node, key string) string {
	v := n.get(key)
	if v == nil {
		return ""
	}
	if v.kind != stringNode || !isIdentifier(v.text) {
		b.report.warnHint(v, "extension-name", "letters, digits and underscores, not starting with a digit", "%s is no name for %s, which is ignored", quote(v.text), key)
		return ""
	}
	return v.text
}

func isIdentifier(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && len(s) <= 200
}

// typeExtensions reads x-go-type and x-ts-type.
func (b *builder) typeExtensions(n *node) (goType, tsType string) {
	if v := n.get("x-go-type"); v != nil {
		if goType = importedGoType(n, v); goType == "" {
			b.report.warnHint(v, "extension-type", "write for example github.com/google/uuid.UUID", "%s is no Go type with its import path; it is ignored", quote(v.text))
		}
	}
	if v := n.get("x-ts-type"); v != nil {
		if v.kind != stringNode || v.text == "" || len(v.text) > 200 || strings.ContainsAny(v.text, "\n\r`;*/\\") {
			b.report.warnf(v, "extension-type", "%s is no TypeScript type; it is ignored", quote(v.text))
		} else {
			tsType = v.text
		}
	}
	return goType, tsType
}

// importedGoType is the type that x-go-type at v names, with its import path;
// empty when it cannot be used. Documents written for other generators name the
// path in x-go-type-import.
func importedGoType(n, v *node) string {
	if v.kind != stringNode || !isGoType(v.text) {
		return ""
	}
	pkg, name, qualified := cutLast(v.text, ".")
	if !qualified {
		return v.text
	}
	path := n.get("x-go-type-import").str("path")
	if given := n.get("x-go-type-import"); given.is(stringNode) {
		path = given.text
	}
	switch {
	case path != "" && !strings.Contains(pkg, "/") && isGoType(path+"."+name):
		return path + "." + name
	case !strings.ContainsAny(pkg, "./") && !slices.Contains(strings.Fields(standardPackages), pkg):
		return "" // a package name of somebody's, which says nothing about where it is
	}
	return v.text
}

// standardPackages are those whose import path is one word.
const standardPackages = "bufio bytes cmp context crypto embed encoding errors expvar flag fmt hash html image io iter log maps math mime " +
	"net os path plugin reflect regexp runtime slices sort strconv strings structs sync syscall testing time unicode unique weak"

func cutLast(s, sep string) (before, after string, found bool) {
	if at := strings.LastIndex(s, sep); at >= 0 {
		return s[:at], s[at+len(sep):], true
	}
	return "", s, false
}

// isGoType accepts "import/path.Name" and the names of basic types.
func isGoType(s string) bool {
	dot := strings.LastIndexByte(s, '.')
	if dot < 0 {
		return isIdentifier(s)
	}
	path := s[:dot]
	ok := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._~/+", r)
	}
	return isIdentifier(s[dot+1:]) && path != "" && !strings.ContainsFunc(path, func(r rune) bool { return !ok(r) }) &&
		!slices.Contains(strings.Split(path, "/"), "") && !strings.Contains(path, "..")
}

// checkExtensions warns about keys that are nearly one of ours: a misspelt
// x-realtime would otherwise do nothing, silently.
func (b *builder) checkExtensions(n *node) {
	for i := range n.members() {
		b.checkExtension(&n.kids[i])
	}
}

func (b *builder) checkExtension(m *member) {
	if !strings.HasPrefix(m.key, "x-") || slices.Contains(extensionNames, m.key) {
		return
	}
	if near := nearest(m.key, extensionNames); near != "" {
		b.report.warnKey(m.value, "extension-unknown", "did you mean "+near+"?", "extension %s is not known and ignored", quote(m.key))
	}
}

var extensionNames = func() []string {
	keys := ExtensionKeys()
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Name
	}
	return names
}()
