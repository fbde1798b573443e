package spec

import "encoding/json"

// Type is the static shape of a value, for languages that have types. It is
// one of *Any, *Scalar, *Enum, *Object, *List, *Map, *Union, *Nullable or *Ref.
//
// A Type says what a value looks like, never everything that constrains it:
// checks live in the Schema of the same place, and a shape that cannot be
// expressed degrades to *Any while its checks stay.
type Type interface{ isType() }

// Any is a value of any shape.
type Any struct {
	// Why is empty when the document allows anything here; otherwise it names
	// the construct that has no static shape.
	Why string
}

// NoValue is the Why of a place where no value is allowed at all.
const NoValue = "a schema that allows no value"

// ScalarKind is the JSON type of a scalar.
type ScalarKind string

// Kinds of scalars.
const (
	String  ScalarKind = "string"
	Integer ScalarKind = "integer"
	Number  ScalarKind = "number"
	Boolean ScalarKind = "boolean"
	Null    ScalarKind = "null"
)

// Mixed is the Kind of an [Enum] whose values are of several JSON types, or
// lists or objects.
const Mixed ScalarKind = "mixed"

// Scalar is a string, a number, a boolean or null.
type Scalar struct {
	Kind ScalarKind

	// Format is the document's format ("int64", "date-time", "uuid", "byte", …),
	// or "base64" for contentEncoding; empty when there is none.
	Format string
}

// Enum is a closed set of values other than null, nearly always scalars of one
// kind. A const is an Enum with one value.
type Enum struct {
	Kind   ScalarKind
	Values []EnumValue // in document order, without duplicates
	Open   bool        // other values are accepted too (anyOf of an enum and its base type)
}

// EnumValue is one member of an Enum.
type EnumValue struct {
	JSON json.RawMessage // exact text: "\"paid\"", "3", "true"
	Name string          // x-enum-varnames and its relatives; empty otherwise
	Doc  string          // x-enum-descriptions; empty otherwise
}

// Object is a value with named members.
type Object struct {
	Fields []*Field // in document order

	// Additional is the type of members that Fields do not name; nil when the
	// document closes the object or does not say. Closed tells the two apart.
	Additional Type
	Closed     bool
	Patterns   []PatternFields

	// Choices are there when a schema has several oneOf and anyOf: a value is one
	// variant of each, besides having the members above. They stand in the order
	// in which the parts of the schema do, those of allOf before its own.
	Choices []Choice
}

// Choice is one oneOf or anyOf of several.
type Choice struct {
	Name string // a word for it: that of the component that it is, "oneOf" or "anyOf"
	Type Type   // refers to a Union whose variants are all objects
}

// PatternFields are members whose name matches a pattern.
type PatternFields struct {
	Pattern string
	Type    Type
}

// Field is one member of an Object.
type Field struct {
	Name      string
	Type      Type // *Nullable when null is a value of it
	Required  bool
	ReadOnly  bool
	WriteOnly bool
	Default   json.RawMessage // nil when there is none
	Doc       Doc
	GoName    string // x-go-name
	TSName    string // x-ts-name
	Pos       Position
}

// List is an array. With Prefix it is a tuple whose further items are Elem;
// Elem nil means that there are none. The items of Prefix from Min on may be
// missing, together with all that follow.
type List struct {
	Prefix []Type
	Min    int
	Elem   Type
}

// Map is an object that is only its additional members.
type Map struct {
	Elem Type
}

// Union is one of several shapes.
type Union struct {
	Variants []Variant // in document order; Branch is the index in oneOf or anyOf

	// Discriminator is the member whose value picks the variant; empty without one.
	Discriminator string
}

// Variant is one shape of a Union.
type Variant struct {
	Branch int
	Type   Type
	Tags   []string // discriminator values that pick it, sorted
	Name   string   // a word for it when Type has none: "String", "Variant2"
}

// Nullable is Elem or null. It stands at places of use only: the type of a
// Decl is never Nullable, a reference to a nullable component is wrapped.
type Nullable struct {
	Elem Type
}

// Ref is a use of a named type.
type Ref struct {
	Decl *Decl
}

func (*Any) isType()      {}
func (*Scalar) isType()   {}
func (*Enum) isType()     {}
func (*Object) isType()   {}
func (*List) isType()     {}
func (*Map) isType()      {}
func (*Union) isType()    {}
func (*Nullable) isType() {}
func (*Ref) isType()      {}

// Decl is a named type: a component, or an inline object, enum or union that
// was named after the place where it stands. Only those four kinds of shape
// (and lists and maps that are components) become declarations; every Object,
// Enum and Union in the model is reached through a Ref to its Decl.
type Decl struct {
	// Name is unique in API.Decls: the component's key, or, for an inline type,
	// the place in words joined by dots ("createMessage.body", "Order.items").
	Name      string
	Component bool
	Type      Type
	Schema    string // name in API.Schemas; empty when nothing on the wire has exactly this schema
	Doc       Doc
	GoName    string // x-go-name
	GoType    string // x-go-type: "import/path.Name", a type that replaces the emitted one
	TSName    string // x-ts-name
	TSType    string // x-ts-type
	Pos       Position
}
