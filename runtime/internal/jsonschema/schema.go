package jsonschema

import "github.com/rtgen/rtgen/runtime/internal/jsonscan"

// A Schema is one compiled schema or subschema. It does not change after compilation and may be
// read by several goroutines. A nil pointer, empty slice or NoLimit says that the keyword is
// absent.
type Schema struct {
	// Where the schema stands in its set, e.g. "#/Order/properties/items".
	Where string
	// Never is set for the schema false; the schema true has no keyword at all.
	Never bool

	Ref           *Schema // $ref; its siblings apply as well
	AllOf         []*Schema
	AnyOf         []*Schema
	OneOf         []*Schema
	Not           *Schema
	If            *Schema
	Then          *Schema
	Else          *Schema
	Discriminator *Discriminator

	Types  Types // zero when the keyword is absent
	Enum   *Enum // enum
	Const  *Enum // const, as an enum of one
	String *StringRules
	Number *NumberRules

	PrefixItems           []*Schema
	Items                 *Schema
	Contains              *Schema
	MinContains           int // 1 unless given
	MaxContains           int
	MinItems              int
	MaxItems              int
	UniqueItems           bool
	UnevaluatedItems      *Schema
	Properties            []Property // in document order
	PatternProperties     []PatternProperty
	AdditionalProperties  *Schema
	PropertyNames         *Schema
	MinProperties         int
	MaxProperties         int
	Required              []string
	DependentRequired     []Dependency
	DependentSchemas      []Property
	UnevaluatedProperties *Schema

	ReadOnly, WriteOnly bool
	Default             []byte // JSON text of default, nil when the keyword is absent

	id      uint32
	name    string         // of the entry when the schema is the whole of it
	byName  map[string]int // index into Properties
	cyclic  bool           // can reach itself on the same instance value
	relaxed [2]nameSet     // members that are not required, by Direction-1
}

// True returns the schema true.
func True() *Schema {
	return &Schema{
		Where: "true", MinContains: 1,
		MaxContains: NoLimit, MaxItems: NoLimit, MaxProperties: NoLimit,
	}
}

// False returns the schema false.
func False() *Schema {
	s := True()
	s.Where, s.Never = "false", true
	return s
}

// NoLimit is the value of an absent upper limit.
const NoLimit = int(^uint(0) >> 1)

// Property is a named subschema.
type Property struct {
	Name   string
	Schema *Schema
}

// PatternProperty is a subschema for the members whose names match.
type PatternProperty struct {
	Pattern *Pattern
	Schema  *Schema
}

// Dependency lists what must be present when Name is.
type Dependency struct {
	Name     string
	Required []string
}

// Discriminator is OpenAPI's: the value of member Property names the branch.
type Discriminator struct {
	Property string
	// Branches maps a value to an index into OneOf or AnyOf of the same schema.
	Branches map[string]int
	// Values are the keys of Branches in document order, for messages.
	Values []string
}

// Property returns the subschema that properties has for a name, or nil.
func (s *Schema) Property(name string) *Schema {
	if s.byName != nil {
		if i, ok := s.byName[name]; ok {
			return s.Properties[i].Schema
		}
		return nil
	}
	for i := range s.Properties {
		if s.Properties[i].Name == name {
			return s.Properties[i].Schema
		}
	}
	return nil
}

// Relaxed reports whether a member needs not be present in a direction although it is listed as
// required: readOnly members in requests, writeOnly ones in responses. It knows the members that
// s, its $ref and its allOf describe.
func (s *Schema) Relaxed(dir Direction, name string) bool {
	return dir != Both && s.relaxed[dir-1][name]
}

// Direction is what a text is: part of a request, of a response, or neither.
type Direction uint8

// The directions. Both asks for every required member.
const (
	Both Direction = iota
	Request
	Response
)

type nameSet map[string]bool

// Types is a set of JSON types. Integer stands for the numbers without fractional part, Fraction
// for the others; "number" is both.
type Types uint8

// The members of Types.
const (
	Null Types = 1 << iota
	Boolean
	Integer
	Fraction
	String
	Array
	Object

	Number   = Integer | Fraction
	AnyTypes = Null | Boolean | Number | String | Array | Object
)

// typeNames pairs what schemas write with sets, most inclusive first.
var typeNames = [...]struct {
	name string
	set  Types
}{
	{"number", Number}, {"integer", Integer}, {"null", Null}, {"boolean", Boolean},
	{"string", String}, {"array", Array}, {"object", Object},
}

// String lists the types as people say them: "a string or null".
func (t Types) String() string {
	var words []string
	for _, n := range typeNames {
		if n.set&^t != 0 {
			continue
		}
		t &^= n.set
		switch n.set {
		case Null:
			words = append(words, "null")
		case Integer, Array, Object:
			words = append(words, "an "+n.name)
		default:
			words = append(words, "a "+n.name)
		}
	}
	if t&Fraction != 0 {
		words = append(words, "a number with a fraction")
	}
	return joinOr(words)
}

// joinOr writes a list as "a", "a or b", "a, b or c".
func joinOr(words []string) string {
	out := ""
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			out += " or "
		default:
			out += ", "
		}
		out += w
	}
	return out
}

// typeOf returns the one type that node i has.
func typeOf(d *jsonscan.Doc, i int) Types {
	switch d.Nodes[i].Kind {
	case jsonscan.KindNull:
		return Null
	case jsonscan.KindBool:
		return Boolean
	case jsonscan.KindString:
		return String
	case jsonscan.KindArray:
		return Array
	case jsonscan.KindObject:
		return Object
	}
	raw := d.Raw(i)
	if _, integer := jsonscan.Number(raw, 0); integer || jsonscan.ParseDecimal(raw).IsInteger() {
		return Integer
	}
	return Fraction
}
