package spec

import "strings"

// checkUnused looks at the components that nothing refers to. They are not read,
// and what is wrong with them stops nobody; but a reference in them that leads
// nowhere is likely to be missed by whoever uses them first.
func (b *builder) checkUnused(root *node) {
	if b.selected != nil {
		return // what is not selected is left out on purpose
	}
	used := make(map[*node]bool, len(b.targets))
	for _, target := range b.targets {
		used[target] = true
	}
	for _, section := range root.get("components").members() {
		if section.key == "securitySchemes" || section.key == "examples" || strings.HasPrefix(section.key, "x-") {
			continue // the former are read, used or not
		}
		for _, m := range section.value.members() {
			if !used[m.value] {
				b.checkRefs(m.value, m.key)
			}
		}
	}
}

// checkRefs warns of references within the document, at n and below, that lead
// nowhere. References to other files are not followed: nobody needs those files.
func (b *builder) checkRefs(n *node, component string) {
	if ref := n.get("$ref"); ref.is(stringNode) && strings.HasPrefix(ref.text, "#") && !(n.parent != nil && isSchemaMap(n)) {
		if _, known := b.targets[ref]; !known {
			if target, rule, why := b.find(ref, ref.text); target == nil {
				b.report.warnf(ref, rule, "%s %s; nothing uses the component %s, so generation goes on", quote(ref.text), why, quote(component))
			}
		}
	}
	for i := range n.kids {
		m := &n.kids[i]
		if m.value.kind >= arrayNode && !isValue(n, m.key) && !strings.HasPrefix(m.key, "x-") {
			b.checkRefs(m.value, component)
		}
	}
}
