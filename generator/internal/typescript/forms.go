package typescript

import (
	"slices"

	"github.com/rtgen/rtgen/spec"
)

// form is the direction in which a value travels. It decides which members a
// type has: a request omits readOnly ones, a response writeOnly ones.
type form int

const (
	responseForm form = iota
	requestForm
)

// use is where a declaration is met, as a set of bits.
type use uint8

const (
	inResponse  use = 1 << iota // in what the server sends as JSON or text
	inRequest                   // in what a client sends as JSON, text or parameters
	inUpload                    // in what a client sends as a form
	inDocument                  // below a component, used or not
	anyRequest  = inRequest | inUpload
	maxTypeNest = 10_000 // beyond any document that loads; keeps hand-built models from hanging
)

// formOf is the form of a type that is met with these bits.
func formOf(u use) form {
	if u&anyRequest != 0 {
		return requestForm
	}
	return responseForm
}

// forms knows, for every declaration, where it is used and whether its two
// forms differ.
type forms struct {
	index   map[*spec.Decl]int
	decls   []*spec.Decl
	uses    []use
	differs []bool
}

func newForms(decls []*spec.Decl) *forms {
	f := &forms{
		index:   make(map[*spec.Decl]int, len(decls)),
		decls:   decls,
		uses:    make([]use, len(decls)),
		differs: make([]bool, len(decls)),
	}
	for i, d := range decls {
		f.index[d] = i
	}
	f.findDifferences()
	return f
}

// findDifferences marks the declarations with readOnly or writeOnly members,
// then everything that refers to them.
func (f *forms) findDifferences() {
	users := make([][]int, len(f.decls))
	var queue []int
	for i, d := range f.decls {
		if object, ok := d.Type.(*spec.Object); ok && slices.ContainsFunc(object.Fields, oneWay) {
			f.differs[i] = true
			queue = append(queue, i)
		}
		eachRef(d.Type, func(r *spec.Decl, _ *spec.Field) {
			if j, ok := f.index[r]; ok {
				users[j] = append(users[j], i)
			}
		})
	}
	for len(queue) > 0 {
		i := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, user := range users[i] {
			if !f.differs[user] && f.decls[user].TSType == "" {
				f.differs[user] = true
				queue = append(queue, user)
			}
		}
	}
}

func oneWay(f *spec.Field) bool { return f.ReadOnly || f.WriteOnly }

// omitted reports whether a member is left out of a form. A member that claims to be both is kept.
func omitted(f *spec.Field, in form) bool {
	if f.ReadOnly == f.WriteOnly {
		return false
	}
	return in == requestForm && f.ReadOnly || in == responseForm && f.WriteOnly
}

// mark records that t is met, and everything below it.
func (f *forms) mark(t spec.Type, u use) {
	var queue []int
	visit := func(d *spec.Decl, field *spec.Field) {
		i, ok := f.index[d]
		if !ok || f.uses[i]&u == u || field != nil && omitted(field, formOf(u)) {
			return
		}
		f.uses[i] |= u
		queue = append(queue, i)
	}
	eachRef(t, visit)
	for len(queue) > 0 {
		i := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		eachRef(f.decls[i].Type, visit)
	}
}

// of lists the forms in which a declaration is emitted. The first one has
// its plain name. An inline type that nothing mentions has none.
func (f *forms) of(i int) []form {
	u, d := f.uses[i], f.decls[i]
	request, response := u&anyRequest != 0, u&inResponse != 0
	switch {
	case u == 0 && !d.Component, inPlace(d):
		return nil
	case !f.differs[i]:
		return []form{responseForm}
	case request && (response || d.Component):
		return []form{responseForm, requestForm}
	case request:
		return []form{requestForm}
	}
	return []form{responseForm}
}

// eachRef calls visit for every declaration that t mentions, with the innermost
// field of t in which it stands (nil for none).
func eachRef(t spec.Type, visit func(*spec.Decl, *spec.Field)) { eachRefIn(t, nil, 0, visit) }

func eachRefIn(t spec.Type, in *spec.Field, depth int, visit func(*spec.Decl, *spec.Field)) {
	if depth > maxTypeNest {
		return
	}
	depth++
	switch t := t.(type) {
	case *spec.Ref:
		visit(t.Decl, in)
	case *spec.Nullable:
		eachRefIn(t.Elem, in, depth, visit)
	case *spec.List:
		for _, item := range t.Prefix {
			eachRefIn(item, in, depth, visit)
		}
		eachRefIn(t.Elem, in, depth, visit)
	case *spec.Map:
		eachRefIn(t.Elem, in, depth, visit)
	case *spec.Union:
		for _, v := range t.Variants {
			eachRefIn(v.Type, in, depth, visit)
		}
	case *spec.Object:
		for _, field := range t.Fields {
			eachRefIn(field.Type, field, depth, visit)
		}
		eachRefIn(t.Additional, in, depth, visit)
		for _, p := range t.Patterns {
			eachRefIn(p.Type, in, depth, visit)
		}
		for _, c := range t.Choices {
			eachRefIn(c.Type, in, depth, visit)
		}
	}
}
