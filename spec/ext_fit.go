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
func fits(from, to Type) bool { return fitsWithin(from, to, 0) }

func fitsWithin(from, to Type, depth int) bool {
	if from == nil || to == nil || isAny(from) || isAny(to) || depth > 6 {
		return true
	}
	if a, ok := from.(*Ref); ok {
		if b, ok := to.(*Ref); ok && a.Decl == b.Decl {
			return true
		}
	}
	from, to = plain(from), plain(to)
	if u, ok := to.(*Union); ok {
		for _, v := range u.Variants {
			if fitsWithin(from, v.Type, depth+1) {
				return true
			}
		}
		return false
	}
	if u, ok := from.(*Union); ok {
		for _, v := range u.Variants {
			if !fitsWithin(v.Type, to, depth+1) {
				return false
			}
		}
		return true
	}
	switch from := from.(type) {
	case *Scalar, *Enum:
		return scalarFits(from, to)
	case *List:
		l, ok := to.(*List)
		return ok && (from.Elem == nil || l.Elem == nil || fitsWithin(from.Elem, l.Elem, depth+1))
	case *Map:
		switch to := to.(type) {
		case *Map:
			return fitsWithin(from.Elem, to.Elem, depth+1)
		case *Object:
			return true // which members it has is not known
		}
	case *Object:
		switch to := to.(type) {
		case *Map:
			return true
		case *Object:
			return objectFits(from, to, depth)
		}
	}
	return false
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

// objectFits asks for the members that to requires.
func objectFits(from, to *Object, depth int) bool {
	for _, want := range to.Fields {
		var have *Field
		for _, f := range from.Fields {
			if f.Name == want.Name {
				have = f
			}
		}
		switch {
		case have == nil && want.Required && from.Additional == nil:
			return false
		case have != nil && !fitsWithin(have.Type, want.Type, depth+1):
			return false
		}
	}
	return true
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
