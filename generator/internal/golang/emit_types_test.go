package golang

import (
	"encoding/json"
	"go/format"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rtgen/rtgen/spec"
)

var (
	text    = &spec.Scalar{Kind: spec.String}
	whole   = &spec.Scalar{Kind: spec.Integer}
	instant = &spec.Scalar{Kind: spec.String, Format: "date-time"}
)

// wantTypes compares types.gen.go below its imports.
func wantTypes(t *testing.T, want string, decls ...*spec.Decl) {
	t.Helper()
	got := emit(t, &spec.API{Title: "Test", Decls: decls})["types.gen.go"]
	if _, body, ok := strings.Cut(got, ")\n\n"); ok && strings.Contains(got, "import (") {
		got = body
	} else if i := strings.Index(got, "package api\n\n"); i >= 0 {
		got = got[i+len("package api\n\n"):]
		if strings.HasPrefix(got, "import") {
			_, got, _ = strings.Cut(got, "\n\n")
		}
	}
	aligned, err := format.Source([]byte(strings.TrimSpace(want)))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(aligned), "\n"), strings.Split(strings.TrimSpace(got), "\n")); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestPresence(t *testing.T) {
	t.Parallel()
	pet := component("Pet", object(field("name", text, true)))
	wantTypes(t, `
// Order is a schema of the Test API.
type Order struct {
	Required     string                    `+"`json:\"required\"`"+`
	Optional     *string                   `+"`json:\"optional,omitzero\"`"+`
	Null         *string                   `+"`json:\"null\"`"+`
	OptionalNull rt.Nullable[string]       `+"`json:\"optionalNull,omitzero\"`"+`
	RequiredList []string                  `+"`json:\"requiredList\"`"+`
	List         []string                  `+"`json:\"list,omitzero\"`"+`
	NullList     []string                  `+"`json:\"nullList\"`"+`

	OptionalNullList rt.Nullable[[]string] `+"`json:\"optionalNullList,omitzero\"`"+`
	Any  json.RawMessage `+"`json:\"any,omitzero\"`"+`
	Map  map[string]*int `+"`json:\"map,omitzero\"`"+`
	Pet  *Pet            `+"`json:\"pet,omitzero\"`"+`
	Pets []Pet           `+"`json:\"pets\"`"+`
	At   time.Time       `+"`json:\"at\"`"+`
}

// Pet is a schema of the Test API.
type Pet struct {
	Name string `+"`json:\"name\"`"+`
}`,
		component("Order", object(
			field("required", text, true), field("optional", text, false),
			field("null", &spec.Nullable{Elem: text}, true), field("optionalNull", &spec.Nullable{Elem: text}, false),
			field("requiredList", &spec.List{Elem: text}, true), field("list", &spec.List{Elem: text}, false),
			field("nullList", &spec.Nullable{Elem: &spec.List{Elem: text}}, true),
			field("optionalNullList", &spec.Nullable{Elem: &spec.List{Elem: text}}, false),
			field("any", &spec.Any{}, false), field("map", &spec.Map{Elem: &spec.Nullable{Elem: whole}}, false),
			field("pet", ref(pet), false), field("pets", &spec.List{Elem: ref(pet)}, true), field("at", instant, true),
		)), pet)
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{
		"date-time": "time.Time", "date": "rt.Date", "time": "rt.TimeOfDay", "duration": "rt.Duration", "uuid": "rt.UUID",
		"ipv4": "netip.Addr", "ipv6": "netip.Addr", "byte": "[]byte", "base64": "[]byte", "binary": "string", "email": "string", "": "string",
	} {
		got := emit(t, &spec.API{Decls: []*spec.Decl{component("A", &spec.Scalar{Kind: spec.String, Format: format})}})["types.gen.go"]
		if !strings.Contains(got, "type A = "+want+"\n") {
			t.Errorf("format %q: %s", format, got)
		}
	}
	for format, want := range map[string]string{"": "int", "int32": "int32", "int64": "int64", "uint8": "uint8", "odd": "int"} {
		got := emit(t, &spec.API{Decls: []*spec.Decl{component("A", &spec.Scalar{Kind: spec.Integer, Format: format})}})["types.gen.go"]
		if !strings.Contains(got, "type A = "+want+"\n") {
			t.Errorf("format %q: %s", format, got)
		}
	}
}

func TestEnums(t *testing.T) {
	t.Parallel()
	wantTypes(t, `
// Level: How loud.
type Level int

// Values of Level.
const (
	LevelMinus1 Level = -1
	// Nothing at all.
	LevelSilent Level = 0
	Level10     Level = 10
)

// Odd is a schema of the Test API.
type Odd string

// Values of Odd.
const (
	Odd1   Odd = `+"`1`"+`
	OddTwo Odd = `+"`\"two\"`"+`
)

// MarshalJSON writes the value, which is JSON.
func (v Odd) MarshalJSON() ([]byte, error) { return rt.MarshalLiteral(v) }

// UnmarshalJSON picks the value that equals data.
func (v *Odd) UnmarshalJSON(data []byte) error { return rt.UnmarshalLiteral(data, v, Odd1, OddTwo) }

// Ratio is a schema of the Test API.
type Ratio float64

// Values of Ratio.
const (
	Ratio0_5 Ratio = 0.5
	Ratio1   Ratio = 1
)

// State is a schema of the Test API.
//
// Other values than the constants are valid.
type State string

// Values of State.
const (
	StateEmpty      State = ""
	StateAB         State = "a-b"
	StateAb State = "ab"
	StateAUnderscoreB State = "a_b"
	StatePlus1      State = "+1"
)`,
		&spec.Decl{Name: "Level", Component: true, Doc: spec.Doc{Description: "How loud."}, Type: &spec.Enum{Kind: spec.Integer, Values: []spec.EnumValue{
			{JSON: json.RawMessage("-1")}, {JSON: json.RawMessage("0"), Name: "silent", Doc: "Nothing at all."}, {JSON: json.RawMessage("1e1")}}}},
		component("Odd", &spec.Enum{Kind: spec.Integer, Values: values("1", `"two"`)}),
		component("Ratio", &spec.Enum{Kind: spec.Number, Values: values("0.5", "1.0")}),
		component("State", &spec.Enum{Kind: spec.String, Open: true, Values: values(`""`, `"a-b"`, `"ab"`, `"a_b"`, `"+1"`)}),
	)
}

func values(list ...string) []spec.EnumValue {
	var out []spec.EnumValue
	for _, v := range list {
		out = append(out, spec.EnumValue{JSON: json.RawMessage(v)})
	}
	return out
}

func TestUnions(t *testing.T) {
	t.Parallel()
	cat, dog := component("Cat", text), component("Dog", text)
	wantTypes(t, `
// Cat is a schema of the Test API.
type Cat = string

// Dog is a schema of the Test API.
type Dog = string

// Pet: What lives in the house.
//
// Exactly one field is set; kind tells which.
type Pet struct {
	// Picked by kind "cat", "kitten".
	Cat *Cat `+"`rt:\"variant=0\"`"+`
	// Picked by kind "dog".
	Dog     *Dog            `+"`rt:\"variant=1\"`"+`
	String  *string         `+"`rt:\"variant=2\"`"+`
	DogList []Dog           `+"`rt:\"variant=3\"`"+`
	Raw     json.RawMessage `+"`rt:\"variant=4\"`"+`
}

// MarshalJSON writes the variant that is set.
func (v Pet) MarshalJSON() ([]byte, error) { return rt.MarshalUnion(v) }

// UnmarshalJSON picks the variant that data is.
func (v *Pet) UnmarshalJSON(data []byte) error { return rt.UnmarshalUnion(data, v) }`,
		&spec.Decl{Name: "Pet", Component: true, Doc: spec.Doc{Description: "What lives in the house."}, Type: &spec.Union{
			Discriminator: "kind",
			Variants: []spec.Variant{
				{Branch: 0, Type: ref(cat), Tags: []string{"cat", "kitten"}}, {Branch: 1, Type: ref(dog), Tags: []string{"dog"}},
				{Branch: 2, Type: text, Name: "String"}, {Branch: 3, Type: &spec.List{Elem: ref(dog)}}, {Branch: 4, Type: &spec.Any{}, Name: "Raw"},
			}}}, cat, dog)
}

func TestOpenObjectsAndTuples(t *testing.T) {
	t.Parallel()
	wantTypes(t, `
// Bag is a schema of the Test API.
type Bag struct {
	Additional *string `+"`json:\"additional,omitzero\"`"+`
	AB          string  `+"`json:\"-\" rt:\"name=a\\\"\\x60,b\"`"+`
	// Members whose name matches ^x-.
	PatternX map[string]int `+"`json:\"-\" rt:\"pattern=^x-\"`"+`
	// Members that have no field of their own.
	AdditionalProperties map[string]json.RawMessage `+"`json:\"-\" rt:\"additional\"`"+`
}

// MarshalJSON writes all members.
func (v Bag) MarshalJSON() ([]byte, error) { return rt.MarshalObject(v) }

// UnmarshalJSON reads all members.
func (v *Bag) UnmarshalJSON(data []byte) error { return rt.UnmarshalObject(data, v) }

// Line is a schema of the Test API.
type Line struct {
	From LineFrom `+"`json:\"from\"`"+`
}

// LineFrom is the tuple at Line.from.
type LineFrom struct {
	Item0 float64             `+"`rt:\"item=0\"`"+`
	Item1 rt.Nullable[string] `+"`rt:\"item=1\"`"+`
	Items []bool              `+"`rt:\"items\"`"+`
}

// MarshalJSON writes the items as an array.
func (v LineFrom) MarshalJSON() ([]byte, error) { return rt.MarshalObject(v) }

// UnmarshalJSON reads the items of an array.
func (v *LineFrom) UnmarshalJSON(data []byte) error { return rt.UnmarshalObject(data, v) }`,
		component("Bag", &spec.Object{
			Fields:   []*spec.Field{field("additional", text, false), field("a\"`,b", text, true)},
			Patterns: []spec.PatternFields{{Pattern: "^x-", Type: whole}}, Additional: &spec.Any{}}),
		component("Line", object(field("from", &spec.List{
			Prefix: []spec.Type{&spec.Scalar{Kind: spec.Number}, &spec.Nullable{Elem: text}}, Min: 1, Elem: &spec.Scalar{Kind: spec.Boolean}}, true))))
}

func TestRecursion(t *testing.T) {
	t.Parallel()
	node := component("Node", nil)
	node.Type = object(field("self", ref(node), true), field("maybe", &spec.Nullable{Elem: ref(node)}, false), field("list", &spec.List{Elem: ref(node)}, true))
	left, right := component("Left", nil), component("Right", nil)
	left.Type, right.Type = object(field("right", ref(right), true)), object(field("left", ref(left), true), field("node", ref(node), true))
	tree := component("Tree", nil)
	tree.Type = &spec.List{Elem: ref(tree)}
	a, b := component("A", nil), component("B", nil)
	a.Type, b.Type = ref(b), ref(a)
	wantTypes(t, `
// A is a schema of the Test API.
type A = json.RawMessage

// B is a schema of the Test API.
type B = json.RawMessage

// Left is a schema of the Test API.
type Left struct {
	Right *Right `+"`json:\"right\"`"+`
}

// Node is a schema of the Test API.
type Node struct {
	Self  *Node              `+"`json:\"self\"`"+`
	Maybe rt.Nullable[*Node] `+"`json:\"maybe,omitzero\"`"+`
	List  []Node             `+"`json:\"list\"`"+`
}

// Right is a schema of the Test API.
type Right struct {
	Left *Left `+"`json:\"left\"`"+`
	Node Node  `+"`json:\"node\"`"+`
}

// Tree is a schema of the Test API.
type Tree []Tree`, node, left, right, tree, a, b)
}

func TestGoTypeAndGoName(t *testing.T) {
	t.Parallel()
	money := component("Money", text)
	money.GoType = "example.com/money/v2.Amount"
	word := component("word", text)
	word.GoType, word.GoName = "string", "Word"
	bad := component("Bad", text)
	bad.GoType, bad.GoName = "fmt\".Stringer", "no name"
	api := &spec.API{Title: "Test", Decls: []*spec.Decl{money, word, bad}}
	got := emit(t, api)["types.gen.go"]
	for _, want := range []string{
		`import money "example.com/money/v2"`, "type Money = money.Amount\n", "type Word = string\n", "type Bad = string\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	_, ds, err := Emit(api, Options{Package: "api"})
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, d := range ds {
		rules = append(rules, d.Rule)
	}
	if want := []string{"go-name-invalid", "go-type-invalid"}; !slices.Equal(rules, want) {
		t.Errorf("diagnostics %q, want %q", rules, want)
	}
}

func TestRepeatedShapesShareAType(t *testing.T) {
	t.Parallel()
	var fields []*spec.Field
	var decls []*spec.Decl
	for _, name := range []string{"c", "b", "a"} {
		d := inlineDecl("Order."+name, object(field("requested", text, false)))
		decls = append(decls, d)
		fields = append(fields, field(name, ref(d), false))
	}
	other := inlineDecl("Other.a", object(field("requested", text, false)))
	decls = append(decls, component("Order", object(fields...)), component("Other", object(field("a", ref(other), true))), other)
	wantTypes(t, `
// Order is a schema of the Test API.
type Order struct {
	C *OrderA `+"`json:\"c,omitzero\"`"+`
	B *OrderA `+"`json:\"b,omitzero\"`"+`
	A *OrderA `+"`json:\"a,omitzero\"`"+`
}

// OrderA is a of Order. Other places of Order have this shape too.
type OrderA struct {
	Requested *string `+"`json:\"requested,omitzero\"`"+`
}

// Other is a schema of the Test API.
type Other struct {
	A OtherA `+"`json:\"a\"`"+`
}

// OtherA is a of Other.
type OtherA struct {
	Requested *string `+"`json:\"requested,omitzero\"`"+`
}`, decls...)
}
