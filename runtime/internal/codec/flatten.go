package codec

import "github.com/rtgen/rtgen/runtime/internal/jsonschema"

// flat is what a list of schemas says about a value other than null: the schemas that apply
// however one follows $ref, allOf and unions with null, and what can be said of all of them.
type flat struct {
	items []*item
	types jsonschema.Types
	enums []*jsonschema.Enum
	never bool
}

// item is a schema that applies.
type item struct {
	s         *jsonschema.Schema
	up        *item // the one that led here, nil for a root
	unionDone bool  // its anyOf or oneOf is covered by other items
	through   bool  // its anyOf or oneOf is one schema or null, and that schema is an item too
}

// relaxed reports whether a member that it requires needs not be there in a direction.
func (it *item) relaxed(dir Direction, name string) bool {
	for ; it != nil; it = it.up {
		if it.s.Relaxed(dir, name) {
			return true
		}
	}
	return false
}

func (c *compiler) flatten(roots []*jsonschema.Schema) flat {
	f := flat{types: jsonschema.AnyTypes &^ jsonschema.Null}
	for _, r := range roots {
		c.spread(&f, r, nil, map[*jsonschema.Schema]bool{})
	}
	return f
}

func (c *compiler) spread(f *flat, s *jsonschema.Schema, up *item, seen map[*jsonschema.Schema]bool) {
	if seen[s] {
		return
	}
	seen[s] = true
	it := &item{s: s, up: up}
	f.items = append(f.items, it)
	f.never = f.never || s.Never
	if s.Types != 0 {
		f.types &= s.Types
	}
	for _, e := range [...]*jsonschema.Enum{s.Const, s.Enum} {
		f.enum(e)
	}
	if s.Ref != nil {
		c.spread(f, s.Ref, it, seen)
	}
	for _, sub := range s.AllOf {
		c.spread(f, sub, it, seen)
	}
	if s.AnyOf == nil && s.OneOf == nil {
		return
	}
	if e := s.UnionEnum(); e != nil {
		f.enum(e)
		it.unionDone = true
	} else if t, ok := s.UnionTypes(); ok {
		f.types &= t
		it.unionDone = true
	} else if sub, twice := c.soleValue(s); sub != nil {
		it.unionDone, it.through = !twice, true
		c.spread(f, sub, it, seen)
	}
}

func (f *flat) enum(e *jsonschema.Enum) {
	if e != nil {
		f.enums = append(f.enums, e)
		f.types &= e.Types()
	}
}

// soleValue returns the one branch of a union that can accept something other than null, if there
// is just one: for other values the union says what that branch says. Twice tells that a oneOf has it
// more than once, and so accepts none of them.
func (c *compiler) soleValue(s *jsonschema.Schema) (sole *jsonschema.Schema, twice bool) {
	if s.Discriminator != nil || s.AnyOf != nil && s.OneOf != nil {
		return nil, false
	}
	for _, b := range append(s.AnyOf, s.OneOf...) {
		if b.Never || b.Types == jsonschema.Null {
			continue
		}
		if e := b.OnlyEnum(); e != nil && e.Types() == jsonschema.Null {
			continue
		}
		switch {
		case sole == nil:
			sole = b
		case same(sole, b):
			twice = s.OneOf != nil
		default:
			return nil, false
		}
	}
	return sole, twice
}

// same reports whether two branches are one schema: the document refers to it twice.
func same(a, b *jsonschema.Schema) bool {
	only := a.Has()|b.Has() == jsonschema.KReference && a.AllOf == nil && b.AllOf == nil
	return a == b || only && a.Ref != nil && a.Ref == b.Ref
}
