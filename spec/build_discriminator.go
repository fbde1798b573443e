package spec

import (
	"slices"
	"strings"
)

// discriminate gives the variants of a union the discriminator values that pick
// them: from mapping, otherwise the name of the component that a branch refers
// to, otherwise the constant that an inline branch has at the property.
func (b *builder) discriminate(u *Union, schema, branches *node) {
	disc := schema.get("discriminator")
	if disc == nil {
		return
	}
	if disc.has("defaultMapping") {
		return // 3.2: unknown and absent values are fine, so the branches themselves decide
	}
	u.Discriminator = b.discriminatorName(disc)
	if u.Discriminator == "" {
		return
	}
	mapped := b.mapping(disc)
	if !b.spend(len(mapped) * len(branches.kids)) {
		return
	}
	for i := range u.Variants {
		v := &u.Variants[i]
		branch := branches.kids[v.Branch].value
		v.Tags = b.tagsOf(branch, u.Discriminator, mapped)
	}
	for _, m := range mapped {
		if m.target != nil && !slices.ContainsFunc(branches.kids, func(k member) bool { return b.sameTarget(k.value, m.target) }) {
			b.report.warnf(m.at, "discriminator-mapping", "%s leads to a schema that is no branch of this %s", quote(m.at.text), branches.key())
		}
	}
}

func (b *builder) sameTarget(branch, target *node) bool {
	if b.pureRef(branch) {
		branch = b.deref(branch)
	}
	return branch == target
}

// tagsOf are the discriminator values that pick a branch: those of the mapping;
// without one the constants that the branch allows at the property, which is
// what travels whatever the component is called; last the component's name.
func (b *builder) tagsOf(branch *node, property string, mapped []mapping) []string {
	target := branch
	if b.pureRef(branch) {
		target = b.deref(branch)
	}
	var tags []string
	if !b.spend(len(mapped)) {
		return nil
	}
	for _, m := range mapped {
		if target != nil && m.target == target {
			tags = append(tags, m.value)
		}
	}
	if len(tags) == 0 && target != nil {
		for _, v := range b.enumValues(b.propertyOf(target, property)) {
			if kind, _ := scalarKind(v.JSON); kind == String {
				tags = append(tags, unquoteJSON(v.JSON))
			}
		}
	}
	if len(tags) == 0 && target != branch {
		tags = append(tags, componentKey(branch.get("$ref").text))
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// effectiveMapping is the mapping of the schema n with what is implicit.
func (b *builder) effectiveMapping(n, disc *node) []mapping {
	var list []mapping
	seen := map[string]bool{}
	add := func(value string, target *node) {
		if target.isObject() && !seen[value] {
			seen[value] = true
			list = append(list, mapping{value: value, target: target})
		}
	}
	for _, m := range b.mapping(disc) {
		add(m.value, m.target)
	}
	for _, key := range [...]string{"oneOf", "anyOf"} {
		for _, item := range n.get(key).items() {
			if b.pureRefObject(item.value) {
				for _, tag := range b.tagsOf(item.value, disc.str("propertyName"), b.mapping(disc)) {
					add(tag, b.deref(item.value))
				}
			}
		}
	}
	for _, sub := range b.subtypesOf(n) {
		for _, tag := range b.subtypeTags(disc, sub) {
			add(tag, sub)
		}
	}
	return list
}

// subtypeTags are the values that pick a subtype of a base.
func (b *builder) subtypeTags(disc, sub *node) []string {
	var tags []string
	mapped := b.mapping(disc)
	if !b.spend(len(mapped)) {
		return nil
	}
	for _, m := range mapped {
		if m.target == sub {
			tags = append(tags, m.value)
		}
	}
	if len(tags) == 0 {
		tags = append(tags, lastWord(b.places.of(sub)))
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// propertyOf finds the schema of a member in an inline branch.
func (b *builder) propertyOf(n *node, name string) *node {
	c := &conjunct{at: n, seen: map[*node]int{}}
	b.takeApart(n, c, 0)
	for _, part := range c.parts {
		if p := part.get("properties").get(name); p != nil {
			if p = b.deref(p); p.isObject() {
				return p
			}
		}
	}
	return nil
}

// componentKey is the implicit discriminator value of a reference.
func componentKey(ref string) string {
	key := ref[strings.LastIndexByte(ref, '/')+1:]
	if i := strings.IndexByte(key, '.'); i > 0 && !strings.Contains(ref, "#") {
		key = key[:i]
	}
	return unescapePointer(key)
}

func (b *builder) discriminatorName(disc *node) string {
	if name := disc.str("propertyName"); name != "" {
		return name
	}
	if disc.is(stringNode) { // Swagger 2.0's form, still met in 3.0 documents
		b.report.warnf(disc, "discriminator-form", "discriminator must be an object with propertyName")
		return disc.text
	}
	b.report.warnf(disc, "discriminator-form", "the discriminator has no propertyName and is ignored")
	return ""
}

// mapping is one discriminator value and the schema that it picks.
type mapping struct {
	value  string
	target *node // nil when it leads nowhere
	at     *node
}

func (b *builder) mapping(disc *node) []mapping {
	if list, ok := b.mappings[disc]; ok {
		return list
	}
	var list []mapping
	for _, m := range disc.get("mapping").members() {
		if m.value.kind != stringNode {
			b.report.warnf(m.value, "discriminator-mapping", "a mapping must be a string, this is %s", m.value.kind)
			continue
		}
		target := b.mappingTarget(m.value)
		if target == nil {
			b.report.warnf(m.value, "discriminator-mapping", "%s leads to no schema", quote(m.value.text))
		}
		list = append(list, mapping{value: m.key, target: target, at: m.value})
	}
	b.mappings[disc] = list
	return list
}

// mappingTarget resolves a mapping: the name of a component, or a reference.
func (b *builder) mappingTarget(at *node) *node {
	if !strings.ContainsAny(at.text, "#/") {
		if n := at.root().get("components").get("schemas").get(at.text); n != nil {
			return b.deref(n)
		}
		if n := b.main.root.get("components").get("schemas").get(at.text); n != nil {
			return b.deref(n)
		}
	}
	target, _, _ := b.find(at, at.text)
	if target == nil {
		return nil
	}
	return b.deref(target)
}

// subtypesOf lists what a base type with a discriminator and no oneOf of its own
// stands for where it is used: the subtypes that its mapping names or that
// extend it by allOf. nil when it stands for itself only.
func (b *builder) subtypesOf(n *node) []*node {
	disc := n.get("discriminator")
	if disc == nil || n.has("oneOf") || n.has("anyOf") || disc.str("propertyName") == "" {
		return nil
	}
	var list []*node
	listed := map[*node]bool{}
	add := func(sub *node) {
		if sub.isObject() && !listed[sub] {
			listed[sub] = true
			list = append(list, sub)
		}
	}
	for _, m := range b.mapping(disc) {
		add(m.target)
	}
	seen := map[*node]bool{n: true}
	for queue := []*node{n}; len(queue) > 0; queue = queue[1:] {
		for _, sub := range b.extenders(queue[0]) {
			if !seen[sub] && b.spend(1) {
				seen[sub] = true
				add(sub)
				queue = append(queue, sub)
			}
		}
	}
	if len(list) == 1 && list[0] == n {
		return nil
	}
	return list
}

// extenders are the components that name base in their allOf, in document order.
func (b *builder) extenders(base *node) []*node {
	if b.subtypes == nil {
		b.subtypes = map[*node][]*node{}
		for _, m := range b.main.root.get("components").get("schemas").members() {
			for _, part := range m.value.get("allOf").items() {
				if part.value.has("$ref") {
					if target := b.deref(part.value); target != nil {
						b.subtypes[target] = append(b.subtypes[target], m.value)
					}
				}
			}
		}
	}
	return b.subtypes[base]
}

// baseUnion is what a base type stands for: one of its subtypes. The members
// that they share are merged into each; the base itself is a variant only when
// its own mapping says so.
func (b *builder) baseUnion(n *node, subs []*node) Type {
	disc := n.get("discriminator")
	u := &Union{Discriminator: disc.str("propertyName")}
	for _, sub := range subs {
		t := b.subtype(n, sub)
		if nt, ok := t.(*Nullable); ok {
			t = nt.Elem
		}
		u.Variants = append(u.Variants, Variant{Branch: len(u.Variants), Type: t, Tags: b.subtypeTags(disc, sub)})
	}
	for i := range u.Variants {
		if u.Variants[i].Name == "" {
			u.Variants[i].Name = wordFor(u.Variants[i].Type, i)
		}
	}
	return u
}

// subtype is a variant of a base: the base's own plain shape when it maps to
// itself.
func (b *builder) subtype(base, sub *node) Type {
	if sub != base {
		return b.component(sub)
	}
	d, ok := b.bases[base]
	if !ok {
		d = b.newDecl(base, b.baseName(base))
		b.bases[base] = d
		t, null := b.shape(base)
		b.close(d, t, null)
	}
	return b.refTo(d)
}
