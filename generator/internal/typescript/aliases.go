package typescript

import "github.com/rtgen/rtgen/spec"

// aliases finds type aliases that would refer to themselves. TypeScript allows
// that inside of objects, lists and maps, but not directly:
//
//	type Expr = Expr | string  // error TS2456
//
// The members of such a cycle all accept the same values, so each of them is
// written as what the others add.
type aliases struct {
	cycle map[*spec.Decl]int // number of the cycle; absent outside of any

	// state of the search (Tarjan's)
	order, low map[*spec.Decl]int
	stack      []*spec.Decl
	onStack    map[*spec.Decl]bool
	cycles     int
}

func newAliases(decls []*spec.Decl) *aliases {
	a := &aliases{
		cycle: map[*spec.Decl]int{}, order: map[*spec.Decl]int{}, low: map[*spec.Decl]int{}, onStack: map[*spec.Decl]bool{},
	}
	for _, d := range decls {
		if isAlias(d) && a.order[d] == 0 {
			a.search(d)
		}
	}
	return a
}

// isAlias reports whether a declaration becomes a type alias that mentions others
// directly, if at all.
func isAlias(d *spec.Decl) bool {
	if d == nil || d.TSType != "" {
		return false
	}
	switch d.Type.(type) {
	case *spec.Ref, *spec.Nullable, *spec.Union:
		return true
	}
	return false
}

func (a *aliases) search(d *spec.Decl) {
	a.order[d] = len(a.order) + 1
	a.low[d] = a.order[d]
	a.stack, a.onStack[d] = append(a.stack, d), true
	self := false
	eachDirect(d.Type, func(next *spec.Decl) {
		switch {
		case !isAlias(next):
		case a.order[next] == 0:
			a.search(next)
			a.low[d] = min(a.low[d], a.low[next])
		case a.onStack[next]:
			self = self || next == d
			a.low[d] = min(a.low[d], a.order[next])
		}
	})
	if a.low[d] != a.order[d] {
		return
	}
	a.cycles++
	for alone := a.stack[len(a.stack)-1] == d; ; {
		last := a.stack[len(a.stack)-1]
		a.stack, a.onStack[last] = a.stack[:len(a.stack)-1], false
		if !alone || self {
			a.cycle[last] = a.cycles
		}
		if last == d {
			return
		}
	}
}

// eachDirect calls visit for what a type mentions outside of objects, lists and maps.
func eachDirect(t spec.Type, visit func(*spec.Decl)) {
	switch t := t.(type) {
	case *spec.Ref:
		visit(t.Decl)
	case *spec.Nullable:
		eachDirect(t.Elem, visit)
	case *spec.Union:
		for _, v := range t.Variants {
			eachDirect(v.Type, visit)
		}
	}
}

// unrolled is the type of a declaration, or, where that would refer to itself
// directly, what stands for it.
func (p *planner) unrolled(d *spec.Decl) spec.Type {
	if _, ok := p.typer.aliases.cycle[d]; !ok {
		return d.Type
	}
	return p.typer.aliases.flat(d)
}

// flat is a type that accepts what the alias d of a cycle accepts, without
// mentioning the cycle: the union of what its members add to each other.
func (a *aliases) flat(d *spec.Decl) spec.Type {
	cycle, done := a.cycle[d], map[*spec.Decl]bool{}
	flat, null := &spec.Union{}, false
	var collect func(t spec.Type, v spec.Variant)
	collect = func(t spec.Type, v spec.Variant) {
		switch t := t.(type) {
		case *spec.Nullable:
			null = true
			collect(t.Elem, v)
		case *spec.Union:
			for _, inner := range t.Variants {
				collect(inner.Type, inner)
			}
		case *spec.Ref:
			if a.cycle[t.Decl] != cycle {
				flat.Variants = append(flat.Variants, spec.Variant{Type: t})
			} else if !done[t.Decl] {
				done[t.Decl] = true
				collect(t.Decl.Type, v)
			}
		default:
			flat.Variants = append(flat.Variants, spec.Variant{Type: t})
		}
	}
	collect(&spec.Ref{Decl: d}, spec.Variant{})
	switch {
	case len(flat.Variants) == 0:
		return &spec.Any{Why: "an alias of itself"}
	case null:
		return &spec.Nullable{Elem: flat}
	}
	return flat
}
