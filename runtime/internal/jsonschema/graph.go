package jsonschema

// inPlace calls yield for the subschemas that apply to the same instance value as s.
func inPlace(s *Schema, yield func(*Schema)) {
	for _, sub := range [...]*Schema{s.Ref, s.Not, s.If, s.Then, s.Else} {
		if sub != nil {
			yield(sub)
		}
	}
	for _, list := range [...][]*Schema{s.AllOf, s.AnyOf, s.OneOf} {
		for _, sub := range list {
			yield(sub)
		}
	}
	for _, p := range s.DependentSchemas {
		yield(p.Schema)
	}
}

// reachesItself reports whether following in-place subschemas from s leads back to s: such a
// schema would be evaluated without end unless someone remembers.
func reachesItself(s *Schema) bool {
	seen := map[*Schema]bool{}
	found := false
	var walk func(*Schema)
	walk = func(at *Schema) {
		inPlace(at, func(sub *Schema) {
			if sub == s {
				found = true
			}
			if !found && !seen[sub] {
				seen[sub] = true
				walk(sub)
			}
		})
	}
	walk(s)
	return found
}

// relaxedNames collects the members that s, its $ref and allOf describe as readOnly (for
// requests) or writeOnly (for responses), nil when there are none.
func relaxedNames(s *Schema, dir Direction) nameSet {
	var out nameSet
	seen := map[*Schema]bool{}
	var walk func(*Schema)
	walk = func(at *Schema) {
		if at == nil || seen[at] {
			return
		}
		seen[at] = true
		for _, p := range at.Properties {
			if annotated(p.Schema, dir, map[*Schema]bool{}) {
				if out == nil {
					out = nameSet{}
				}
				out[p.Name] = true
			}
		}
		walk(at.Ref)
		for _, sub := range at.AllOf {
			walk(sub)
		}
	}
	walk(s)
	return out
}

// annotated reports whether s says readOnly or writeOnly, itself or through $ref and allOf.
func annotated(s *Schema, dir Direction, seen map[*Schema]bool) bool {
	if s == nil || seen[s] {
		return false
	}
	seen[s] = true
	if dir == Request && s.ReadOnly || dir == Response && s.WriteOnly {
		return true
	}
	for _, sub := range s.AllOf {
		if annotated(sub, dir, seen) {
			return true
		}
	}
	return annotated(s.Ref, dir, seen)
}
