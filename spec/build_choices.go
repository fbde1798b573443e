package spec

import (
	"slices"
	"strconv"
)

// combine is the type of a conjunction with several oneOf and anyOf: an object that
// is one variant of each. Values that are no objects cannot be put together.
func (b *builder) combine(c *conjunct, choices []*node, set kindSet) Type {
	base := b.lacking(c, choices...)
	o, isObject := &Object{}, set&setObject != 0
	if isObject {
		switch t := b.object(base).(type) {
		case *Object:
			o = t
		case *Map:
			if a, ok := t.Elem.(*Any); !ok || a.Why != "" {
				o.Additional = t.Elem
			}
		}
	}
	used := map[string]int{}
	for _, branches := range choices {
		if !isObject {
			break
		}
		word := b.choiceWord(c, branches)
		if used[word]++; used[word] > 1 {
			word += strconv.Itoa(used[word])
		}
		if isObject = b.betweenObjects(branches, 0); isObject {
			t, _ := b.union(&conjunct{at: branches.parent, place: base.place + "." + word, seen: c.seen}, branches)
			o.Choices = append(o.Choices, Choice{Name: word, Type: b.named(base.place+"."+word, branches, t)})
		}
	}
	if !isObject {
		b.report.warnKey(choices[len(choices)-1], "choice-several", "", "%s has several oneOf or anyOf, and not all are between objects, so it takes any value",
			quote(c.nameIn(b.places)))
		return &Any{Why: "several oneOf or anyOf at once"}
	}
	return o
}

// choiceWord names one of several choices: after the component that consists of it,
// otherwise after its keyword.
func (b *builder) choiceWord(c *conjunct, branches *node) string {
	if owner := branches.parent; owner != c.at && b.places.isComponent(owner) {
		return lastWord(b.places.of(owner))
	}
	return branches.key()
}

// betweenObjects reports whether every branch of a choice allows objects only.
func (b *builder) betweenObjects(branches *node, depth int) bool {
	return !slices.ContainsFunc(branches.kids, func(item member) bool {
		return !(item.value.kind == boolNode && item.value.text == "false") && !b.onlyObjects(item.value, depth)
	})
}

func (b *builder) onlyObjects(n *node, depth int) bool {
	if depth > maxChain || !n.isObject() || !b.spend(1) {
		return false
	}
	c := b.conjunction(n)
	set, typed := setAny, false
	for _, part := range c.parts {
		if part.has("enum") || part.has("const") {
			return false
		}
		if s, ok := typeSet(part); ok {
			set, typed = set&s, true
		}
		for _, key := range [...]string{"oneOf", "anyOf"} {
			if branches := part.get(key); branches.isArray() && b.betweenObjects(branches, depth+1) {
				set, typed = set&setObject, true
			}
		}
	}
	if !typed {
		set = inferKinds(c)
	}
	return set == setObject
}

// withoutSingles puts a choice of one branch among the parts, where there are
// several choices: it is none.
func (b *builder) withoutSingles(c *conjunct, choices []*node) (*conjunct, []*node) {
	var rest []*node
	for _, branches := range choices {
		var only *node
		count := 0
		for _, item := range branches.kids {
			if !b.onlyNull(item.value) && !(item.value.kind == boolNode && item.value.text == "false") {
				only = item.value
				count++
			}
		}
		both := branches.parent.has("oneOf") && branches.parent.has("anyOf") // a field for each
		if count != 1 || both || b.choosesItself(only) {
			rest = append(rest, branches)
			continue
		}
		c = b.with(b.lacking(c, branches), c.nameIn(b.places), only)
	}
	return c, rest
}

// choosesItself reports whether a schema has choices of its own.
func (b *builder) choosesItself(n *node) bool {
	return slices.ContainsFunc(b.conjunction(n).parts, func(part *node) bool { return part.has("oneOf") || part.has("anyOf") })
}

// lacking is a conjunction without some choices.
func (b *builder) lacking(c *conjunct, choices ...*node) *conjunct {
	rest := &conjunct{at: c.at, place: c.nameIn(b.places), seen: c.seen, null: c.null, loop: c.loop}
	for _, part := range c.parts {
		for _, key := range [...]string{"oneOf", "anyOf"} {
			if branches := part.get(key); branches != nil && slices.Contains(choices, branches) {
				part = b.without(part, key)
			}
		}
		rest.parts = append(rest.parts, part)
	}
	return rest
}
