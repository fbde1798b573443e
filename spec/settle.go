package spec

import "slices"

// settle replaces references to Decls that were dissolved while others already
// pointed at them, and wraps references to nullable ones. Only recursion makes
// such references.
func (b *builder) settle() {
	b.breakLoops()
	for _, d := range b.order {
		d.Type = b.settled(d.Type, true)
	}
}

// settled rewrites a type in place; decl says that t is a Decl's own type.
func (b *builder) settled(t Type, decl bool) Type {
	switch t := t.(type) {
	case *Ref:
		return b.settledRef(t)
	case *Nullable:
		inner := b.settled(t.Elem, false)
		if decl {
			return inner
		}
		return nullable(inner)
	case *Object:
		for _, f := range t.Fields {
			f.Type = b.settled(f.Type, false)
		}
		if t.Additional != nil {
			t.Additional = b.settled(t.Additional, false)
		}
		for i := range t.Patterns {
			t.Patterns[i].Type = b.settled(t.Patterns[i].Type, false)
		}
		for i := range t.Choices {
			t.Choices[i].Type = b.settled(t.Choices[i].Type, false)
		}
	case *List:
		for i := range t.Prefix {
			t.Prefix[i] = b.settled(t.Prefix[i], false)
		}
		if t.Elem != nil {
			t.Elem = b.settled(t.Elem, false)
		}
	case *Map:
		t.Elem = b.settled(t.Elem, false)
	case *Union:
		for i := range t.Variants {
			v := &t.Variants[i]
			v.Type = b.settled(v.Type, false)
		}
	}
	return t
}

// settledRef is what a reference stands for once everything is known.
func (b *builder) settledRef(r *Ref) Type {
	null := false
	var t Type = r
	for hops := 0; ; hops++ {
		if hops > 1000 {
			return &Any{Why: "a schema that is only references to itself"}
		}
		if n, ok := t.(*Nullable); ok {
			null, t = true, n.Elem
			continue
		}
		ref, ok := t.(*Ref)
		if !ok {
			break
		}
		null = null || b.nullable[ref.Decl]
		next, dissolved := b.gone[ref.Decl]
		if !dissolved {
			break
		}
		t = next
	}
	if null {
		return nullable(t)
	}
	return t
}

// breakLoops removes variants that make a union contain itself without
// anything between: A is A or a string says no more than A is a string, and a
// decoder would not come to an end.
func (b *builder) breakLoops() {
	state := map[*Decl]int{} // 1 while being visited, 2 when done
	var visit func(d *Decl)
	var loops func(t Type) bool
	loops = func(t Type) bool {
		if n, ok := t.(*Nullable); ok {
			t = n.Elem
		}
		r, ok := t.(*Ref)
		if !ok {
			return false
		}
		d := r.Decl
		if next, dissolved := b.gone[d]; dissolved {
			if state[d] == 1 {
				return true
			}
			state[d] = 1
			defer func() { state[d] = 0 }()
			return loops(next)
		}
		if state[d] == 0 {
			visit(d)
		}
		return state[d] == 1
	}
	depth := 0
	visit = func(d *Decl) {
		if depth++; depth > maxFrames {
			b.tooComplex("choices are nested in each other by too many references in a row")
		}
		defer func() { depth-- }()
		state[d] = 1
		if u, ok := d.Type.(*Union); ok && depth <= maxFrames {
			before := len(u.Variants)
			u.Variants = slices.DeleteFunc(u.Variants, func(v Variant) bool { return loops(v.Type) })
			if len(u.Variants) < before {
				b.report.add(Diagnostic{Pos: d.Pos, Severity: Warning, Rule: "type-recursive",
					Message: quote(d.Name) + " is a choice that contains itself; that branch is left out"})
			}
			for i, v := range u.Variants {
				if r, ok := v.Type.(*Ref); ok {
					u.Variants[i].Type = b.settledRef(r)
				}
			}
			u.Variants = dropSame(u.Variants)
			switch len(u.Variants) {
			case 0:
				b.gone[d] = &Any{Why: "a choice that contains only itself"}
			case 1:
				b.gone[d] = u.Variants[0].Type
			}
		}
		state[d] = 2
	}
	for _, d := range b.order {
		if state[d] == 0 {
			visit(d)
		}
	}
}
