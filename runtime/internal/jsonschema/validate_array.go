package jsonschema

// array checks the array keywords of s for node i.
func (r *run) array(s *Schema, i int, ev *evaluated, report bool) bool {
	n := int(r.doc.Nodes[i].Len)
	ok := true
	if n < s.MinItems {
		ok = r.fail(report, i, "minItems", "must have at least %s", plural(s.MinItems, "item"))
	}
	if n > s.MaxItems {
		ok = r.fail(report, i, "maxItems", "must have at most %s", plural(s.MaxItems, "item"))
	}
	if (ok || report) && s.UniqueItems {
		if a, b, found := duplicate(r.doc, i); found {
			ok = r.fail(report, i, "uniqueItems", "must not have equal items, but items %d and %d are", a, b)
		}
	}
	if !ok && !report {
		return false
	}
	if s.PrefixItems != nil || s.Items != nil {
		ok = r.items(s, i, ev, report) && ok
	}
	if (ok || report) && s.Contains != nil {
		ok = r.contains(s, i, ev, report) && ok
	}
	return ok
}

func (r *run) items(s *Schema, i int, ev *evaluated, report bool) bool {
	ok, k := true, 0
	for c := range r.doc.Children(i) {
		sub, rule := s.Items, "items"
		if k < len(s.PrefixItems) {
			sub, rule = s.PrefixItems[k], "prefixItems"
		}
		if sub == nil {
			break
		}
		ev.mark(k)
		if !r.member(sub, c, rule, report) {
			if ok = false; !report {
				return false
			}
		}
		k++
	}
	return ok
}

func (r *run) contains(s *Schema, i int, ev *evaluated, report bool) bool {
	n, k := 0, 0
	for c := range r.doc.Children(i) {
		if r.child(s.Contains, c, false) {
			n++
			ev.mark(k)
		}
		k++
	}
	switch {
	case n < s.MinContains && s.MinContains == 1:
		return r.fail(report, i, "contains", "must contain a matching item")
	case n < s.MinContains:
		return r.fail(report, i, "minContains", "must contain at least %d matching items, has %d", s.MinContains, n)
	case n > s.MaxContains:
		return r.fail(report, i, "maxContains", "must contain at most %s, has %d", plural(s.MaxContains, "matching item"), n)
	}
	return true
}

// member evaluates a subschema for a member or item. Where the subschema is false, the keyword
// that holds it explains more than "false" would.
func (r *run) member(s *Schema, c int, rule string, report bool) bool {
	if s.Never {
		return r.fail(report, c, rule, "is not allowed here")
	}
	return r.child(s, c, report)
}
