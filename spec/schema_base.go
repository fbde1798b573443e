package spec

// baseUnion writes what a base type stands for where it is used: one of its
// subtypes, picked by the discriminator. The branches are in the order of the
// Union's variants. It is an anyOf because a subtype of a subtype is listed on
// its own and stands among the variants of its base as well.
func (w *schemaWriter) baseUnion(n *node, subs []*node, example *node) {
	disc := n.get("discriminator")
	w.out = append(w.out, '{')
	w.exampleOf(n, example)
	w.key("anyOf")
	w.out = append(w.out, '[')
	for _, sub := range subs {
		w.comma()
		w.out = append(w.out, `{"$ref":`...)
		w.out = appendString(w.out, w.subtypeRef(n, sub))
		w.out = append(w.out, '}')
	}
	w.out = append(w.out, ']')
	w.key("discriminator")
	w.out = append(w.out, `{"propertyName":`...)
	w.out = appendString(w.out, disc.str("propertyName"))
	w.key("mapping")
	w.out = append(w.out, '{')
	seen := map[string]bool{}
	for _, sub := range subs {
		for _, tag := range w.b.subtypeTags(disc, sub) {
			if !seen[tag] {
				seen[tag] = true
				w.key(tag)
				w.out = appendString(w.out, w.subtypeRef(n, sub))
			}
		}
	}
	w.out = append(w.out, "}}}"...)
}

// subtypeRef leads to a subtype; for a base that its own mapping names, to its
// plain members.
func (w *schemaWriter) subtypeRef(base, sub *node) string {
	entry := w.b.entry
	if sub == base {
		entry = w.b.plainEntry
	}
	return "#/" + escapePointer(entry(sub).Name)
}

// extends reports whether the schema n refers to another in order to have its
// members, rather than to be it: from an allOf, or with keywords beside the
// $ref. Then a base is the plain type that its subtypes share.
func (w *schemaWriter) extends(n *node) bool {
	if !w.b.pureRef(n) {
		return true
	}
	list := n.parent
	if !list.isArray() || list.key() != "allOf" {
		return false
	}
	// {allOf: [{$ref: Base}]} at a place of use is how OpenAPI 3.0 describes a reference.
	owner := list.parent
	used := w.b.wrapsOne(owner) != nil && w.b.decls[owner] == nil &&
		!(owner.parent.isArray() && owner.parent.key() == "allOf")
	return !used
}

// baseName names the plain type of a base that stands for its subtypes.
func (b *builder) baseName(n *node) string {
	name, ok := b.baseNames[n]
	if !ok {
		name = b.places.fresh(b.places.name(n) + ".base")
		b.baseNames[n] = name
	}
	return name
}
