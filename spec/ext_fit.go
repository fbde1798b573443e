package spec

import "encoding/json"

// plain strips null and follows the reference of a use.
func plain(t Type) Type {
	if n, ok := t.(*Nullable); ok {
		t = n.Elem
	}
	if r, ok := t.(*Ref); ok {
		t = r.Decl.Type
	}
	return t
}

func isAny(t Type) bool {
	_, ok := plain(t).(*Any)
	return ok || t == nil
}

// scalarOf is the kind and format of a scalar or enum.
func scalarOf(t Type) (kind ScalarKind, format string, ok bool) {
	switch t := plain(t).(type) {
	case *Scalar:
		return t.Kind, t.Format, true
	case *Enum:
		return t.Kind, "", true
	}
	return "", "", false
}

// fits reports whether every value of from can be one of to, as far as shapes
// tell; what has no static shape fits everything.
func fits(from, to Type) bool { return misfit(from, to, 0) == nil }

// A gap is a place in a value where two types part.
type gap struct {
	place    string // JSON pointer
	from, to Type   // from nil: there may be nothing, and something is required
}

// below puts a gap one level deeper.
func (g *gap) below(name string) *gap {
	if g != nil {
		g.place = "/" + escapePointer(name) + g.place
	}
	return g
}

// misfit is the first place where from does not fit to, nil when it does.
func misfit(from, to Type, depth int) *gap {
	if from == nil || to == nil || isAny(from) || isAny(to) || depth > 6 {
		return nil
	}
	if a, ok := from.(*Ref); ok {
		if b, ok := to.(*Ref); ok && a.Decl == b.Decl {
			return nil
		}
	}
	from, to = plain(from), plain(to)
	if u, ok := to.(*Union); ok {
		for _, v := range u.Variants {
			if misfit(from, v.Type, depth+1) == nil {
				return nil
			}
		}
		return &gap{from: from, to: to}
	}
	if u, ok := from.(*Union); ok {
		for _, v := range u.Variants {
			if g := misfit(v.Type, to, depth+1); g != nil {
				return g
			}
		}
		return nil
	}
	switch from := from.(type) {
	case *Scalar, *Enum:
		if scalarFits(from, to) {
			return nil
		}
	case *List:
		if l, ok := to.(*List); ok {
			return misfit(from.Elem, l.Elem, depth+1).below("0")
		}
	case *Map:
		switch to := to.(type) {
		case *Map:
			return misfit(from.Elem, to.Elem, depth+1).below("*")
		case *Object:
			return nil // which members it has is not known
		}
	case *Object:
		switch to := to.(type) {
		case *Map:
			return nil
		case *Object:
			return objectMisfit(from, to, depth)
		}
	}
	return &gap{from: from, to: to}
}

func scalarFits(from, to Type) bool {
	a, af, _ := scalarOf(from)
	b, bf, ok := scalarOf(to)
	if !ok {
		return false
	}
	if a != b {
		return a == Integer && b == Number
	}
	return a != String || af == "" || bf == "" || af == bf
}

// objectMisfit asks for the members that to requires.
func objectMisfit(from, to *Object, depth int) *gap {
	for _, want := range to.Fields {
		var have *Field
		for _, f := range from.Fields {
			if f.Name == want.Name {
				have = f
			}
		}
		switch {
		case have == nil && want.Required && from.Additional == nil:
			return (&gap{to: want.Type}).below(want.Name)
		case have != nil:
			if g := misfit(have.Type, want.Type, depth+1); g != nil {
				return g.below(want.Name)
			}
		}
	}
	return nil
}

// literalFits reports whether a literal is a value of a scalar type.
func literalFits(text json.RawMessage, to Type) bool {
	if isAny(to) {
		return true
	}
	kind, _ := scalarKind(text)
	if e, ok := plain(to).(*Enum); ok && !e.Open {
		for _, v := range e.Values {
			if string(v.JSON) == string(text) {
				return true
			}
		}
		return false
	}
	want, _, ok := scalarOf(to)
	return ok && (kind == want || kind == Integer && want == Number)
}

// describe names a type in messages, in the document's words.
func describe(t Type) string {
	switch t := plain(t).(type) {
	case *Scalar:
		if t.Format != "" {
			return string(t.Kind) + " (" + t.Format + ")"
		}
		return string(t.Kind)
	case *Enum:
		return string(t.Kind) + " enum"
	case *Object, *Map:
		return "object"
	case *List:
		return "array"
	case *Union:
		return "choice"
	}
	return "anything"
}
