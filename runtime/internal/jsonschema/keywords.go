package jsonschema

import (
	"slices"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

// Keywords is a set of groups of keywords, for readers that check some of a schema themselves.
type Keywords uint32

// The groups. Together they are all assertions and applicators.
const (
	KNever       Keywords = 1 << iota // the schema false
	KReference                        // $ref, allOf
	KUnion                            // anyOf, oneOf, discriminator
	KNot                              // not
	KIf                               // if, then, else
	KType                             // type
	KEnum                             // enum, const
	KString                           // minLength, maxLength, pattern, format
	KNumber                           // minimum, …, multipleOf, format
	KItems                            // prefixItems, items
	KItemCount                        // minItems, maxItems
	KUnique                           // uniqueItems
	KContains                         // contains, minContains, maxContains
	KProperties                       // properties, patternProperties, additionalProperties
	KCount                            // minProperties, maxProperties
	KRequired                         // required
	KNames                            // propertyNames
	KDependent                        // dependentRequired, dependentSchemas
	KUnevaluated                      // unevaluatedItems, unevaluatedProperties

	KAll = 1<<iota - 1
)

// Has returns the groups of which s has a keyword.
func (s *Schema) Has() Keywords {
	var k Keywords
	for _, group := range [...]struct {
		present bool
		k       Keywords
	}{
		{s.Never, KNever},
		{s.Ref != nil || s.AllOf != nil, KReference},
		{s.AnyOf != nil || s.OneOf != nil, KUnion},
		{s.Not != nil, KNot},
		{s.If != nil, KIf},
		{s.Types != 0, KType},
		{s.Enum != nil || s.Const != nil, KEnum},
		{s.String != nil, KString},
		{s.Number != nil, KNumber},
		{s.PrefixItems != nil || s.Items != nil, KItems},
		{s.MinItems > 0 || s.MaxItems != NoLimit, KItemCount},
		{s.UniqueItems, KUnique},
		{s.Contains != nil, KContains},
		{s.Properties != nil || s.PatternProperties != nil || s.AdditionalProperties != nil, KProperties},
		{s.MinProperties > 0 || s.MaxProperties != NoLimit, KCount},
		{s.Required != nil, KRequired},
		{s.PropertyNames != nil, KNames},
		{s.DependentRequired != nil || s.DependentSchemas != nil, KDependent},
		{s.UnevaluatedItems != nil || s.UnevaluatedProperties != nil, KUnevaluated},
	} {
		if group.present {
			k |= group.k
		}
	}
	return k
}

// Only returns a copy of s with the given keywords and no others, or nil when s has none of them.
func (s *Schema) Only(keep Keywords) *Schema {
	has := s.Has()
	if has&keep == 0 {
		return nil
	}
	if has&^keep == 0 {
		return s
	}
	c := *s
	for k := Keywords(1); k < KAll; k <<= 1 {
		if keep&k == 0 {
			c.drop(k)
		}
	}
	return &c
}

func (s *Schema) drop(k Keywords) {
	switch k {
	case KNever:
		s.Never = false
	case KReference:
		s.Ref, s.AllOf = nil, nil
	case KUnion:
		s.AnyOf, s.OneOf, s.Discriminator = nil, nil, nil
	case KNot:
		s.Not = nil
	case KIf:
		s.If, s.Then, s.Else = nil, nil, nil
	case KType:
		s.Types = 0
	case KEnum:
		s.Enum, s.Const = nil, nil
	case KString:
		s.String = nil
	case KNumber:
		s.Number = nil
	case KItems:
		s.PrefixItems, s.Items = nil, nil
	case KItemCount:
		s.MinItems, s.MaxItems = 0, NoLimit
	case KUnique:
		s.UniqueItems = false
	case KContains:
		s.Contains, s.MinContains, s.MaxContains = nil, 1, NoLimit
	case KProperties:
		s.Properties, s.byName, s.PatternProperties, s.AdditionalProperties = nil, nil, nil, nil
	case KCount:
		s.MinProperties, s.MaxProperties = 0, NoLimit
	case KRequired:
		s.Required = nil
	case KNames:
		s.PropertyNames = nil
	case KDependent:
		s.DependentRequired, s.DependentSchemas = nil, nil
	case KUnevaluated:
		s.UnevaluatedItems, s.UnevaluatedProperties = nil, nil
	}
}

// Accepts reports whether s accepts a literal text such as null.
func (s *Schema) Accepts(literal string, dir Direction) bool {
	var d jsonscan.Doc
	return d.Parse([]byte(literal), 1) == nil && s.Valid(&d, 0, dir)
}

// OnlyEnum returns the values of a schema that does nothing but list values, else nil.
func (s *Schema) OnlyEnum() *Enum {
	if s.Has()&^KType != KEnum || s.Enum != nil && s.Const != nil {
		return nil
	}
	e := s.Enum
	if e == nil {
		e = s.Const
	}
	if s.Types != 0 && e.types&^s.Types != 0 {
		return nil
	}
	return e
}

// UnionEnum returns the values of an anyOf or oneOf whose branches each list values, as documents
// write enumerations with a description per value. It returns nil for any other union, among
// them a oneOf in which a value stands twice.
func (s *Schema) UnionEnum() *Enum {
	list := s.OneOf
	if list == nil {
		list = s.AnyOf
	}
	if s.OneOf != nil && s.AnyOf != nil || s.Discriminator != nil {
		return nil
	}
	var values [][]byte
	var enums []*Enum
	for _, b := range list {
		e := b.OnlyEnum()
		if e == nil || s.OneOf != nil && slices.ContainsFunc(enums, e.meets) {
			return nil
		}
		enums = append(enums, e)
		for _, v := range e.values {
			values = append(values, e.doc.Raw(v))
		}
	}
	return NewEnum(values...)
}

// meets reports whether e and f have a value in common.
func (e *Enum) meets(f *Enum) bool {
	return slices.ContainsFunc(e.values, func(v int) bool { return f.ok(e.doc, v) })
}

// UnionTypes returns the types of an anyOf that says no more than type does: one branch is a bare
// type and the others only repeat parts of it, as in an enumeration that leaves room for values
// to come.
func (s *Schema) UnionTypes() (Types, bool) {
	if s.OneOf != nil || s.Discriminator != nil {
		return 0, false
	}
	var bare, rest Types
	for _, b := range s.AnyOf {
		t := b.Types
		if b.Has() == KType {
			bare |= t
			continue
		}
		for _, e := range [...]*Enum{b.Enum, b.Const} {
			if e != nil && t == 0 {
				t = e.types
			}
		}
		if t == 0 {
			return 0, false
		}
		rest |= t
	}
	return bare, bare != 0 && rest&^bare == 0
}
