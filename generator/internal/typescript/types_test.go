package typescript

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/rtgen/rtgen/spec"
)

func TestTypeExpressions(t *testing.T) {
	t.Parallel()
	cat := component("Cat", object(field("kind", str), field("meow?", boolean)))
	dog := component("Dog", object(field("kind", enum("dog")), field("bark?", boolean)))
	cow := component("Cow", object(field("kind", enum("cow", "calf", "horse"))))
	eel := component("Eel", object(field("length", integer)))
	pets := &spec.Union{Discriminator: "kind", Variants: []spec.Variant{
		{Type: ref(cat), Tags: []string{"cat", "kitten"}}, {Type: ref(dog), Tags: []string{"dog"}},
		{Type: ref(cow), Tags: []string{"calf", "cow"}}, {Type: ref(eel), Tags: []string{"eel"}},
	}}
	raw := func(kind spec.ScalarKind, values ...string) *spec.Enum {
		e := &spec.Enum{Kind: kind}
		for _, v := range values {
			e.Values = append(e.Values, spec.EnumValue{JSON: json.RawMessage(v)})
		}
		return e
	}
	open := enum("a")
	open.Open = true
	tests := []struct {
		name string
		t    spec.Type
		want string
	}{
		{"anything", &spec.Any{}, "unknown"},
		{"string", str, "string"},
		{"integer", &spec.Scalar{Kind: spec.Integer, Format: "int64"}, "number"},
		{"null", &spec.Scalar{Kind: spec.Null}, "null"},
		{"date", &spec.Scalar{Kind: spec.String, Format: "date-time"}, "string"},
		{"binary in JSON", binary, "string"},
		{"enum", enum("paid", "it's"), `'paid' | 'it\'s'`},
		{"open enum", open, "'a' | (string & {})"},
		{"numbers", raw(spec.Number, "1", "-2.5", "1e3"), "1 | -2.5 | 1e3"},
		{"numbers beyond a double", raw(spec.Integer, "9007199254740993", "1e999"), "number"},
		{"enum of everything", raw("", "true", "null", `{"a":1}`), "true | null | { a: 1 }"},
		{"no value", raw(spec.String), "never"},
		{"list", &spec.List{Elem: str}, "string[]"},
		{"list of union", &spec.List{Elem: union(str, integer)}, "(string | number)[]"},
		{"list of nullable", &spec.List{Elem: null(str)}, "(string | null)[]"},
		{"list of enum", &spec.List{Elem: enum("a", "b")}, "('a' | 'b')[]"},
		{"list of one value", &spec.List{Elem: enum("a")}, "'a'[]"},
		{"list of anything", &spec.List{}, "[]"},
		{"tuple", &spec.List{Prefix: []spec.Type{str, null(integer)}, Min: 2}, "[string, number | null]"},
		{"tuple that may be short", &spec.List{Prefix: []spec.Type{str, null(integer), str}, Min: 1}, "[string, (number | null)?, string?]"},
		{"tuple with rest", &spec.List{Prefix: []spec.Type{str}, Min: 1, Elem: union(str, integer)}, "[string, ...(string | number)[]]"},
		{"map", &spec.Map{Elem: null(str)}, "{ [key: string]: string | null }"},
		{"nullable anything", null(&spec.Any{}), "unknown"},
		{"union with anything", union(str, &spec.Any{}), "unknown"},
		{"union of equals", union(str, &spec.Scalar{Kind: spec.String, Format: "uuid"}), "string"},
		{"reference", ref(eel), "Eel"},
		{"discriminator", pets, "(Cat & { kind: 'cat' | 'kitten' }) | Dog | (Cow & { kind: 'cow' | 'calf' }) | (Eel & { kind: 'eel' })"},
		{"one value without a name", &spec.List{Elem: ref(&spec.Decl{Name: "Cat.kind", Type: enum("cat")})}, "'cat'[]"},
		{"inline object", object(field("a-b?", str), field("c", object())), "{ 'a-b'?: string; c: { [key: string]: unknown } }"},
		{"closed object", &spec.Object{Closed: true}, "{ [key: string]: unknown }"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			decls := []*spec.Decl{cat, dog, cow, eel}
			p := &planner{api: document(decls), types: newScope("type", "", reservedTypes)}
			p.typer = &typer{forms: newForms(decls), aliases: newAliases(decls), blob: "Blob"}
			p.nameTypes()
			if got := p.typer.expr(test.t, responseForm, inRequest|inResponse); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestAnswersAreReadonly: what only the server writes cannot be changed by accident, at any depth.
func TestAnswersAreReadonly(t *testing.T) {
	t.Parallel()
	str, integer := &spec.Scalar{Kind: spec.String}, &spec.Scalar{Kind: spec.Integer}
	tests := []struct {
		t                 spec.Type
		answered, request string
	}{
		{&spec.List{Elem: str}, "readonly string[]", "string[]"},
		{&spec.List{Elem: &spec.List{Elem: str}}, "readonly (readonly string[])[]", "string[][]"},
		{&spec.Nullable{Elem: &spec.List{Elem: str}}, "readonly string[] | null", "string[] | null"},
		{&spec.List{Prefix: []spec.Type{str, &spec.List{Elem: integer}}, Min: 1, Elem: &spec.List{Elem: str}},
			"readonly [string, (readonly number[])?, ...(readonly string[])[]]", "[string, number[]?, ...string[][]]"},
		{&spec.Map{Elem: &spec.List{Elem: str}}, "{ readonly [key: string]: readonly string[] }", "{ [key: string]: string[] }"},
		{&spec.Object{Fields: []*spec.Field{{Name: "a", Type: &spec.List{Elem: str}}}}, "{ readonly a?: readonly string[] }", "{ a?: string[] }"},
	}
	p := &planner{api: document(nil), types: newScope("type", "", reservedTypes)}
	p.typer = &typer{forms: newForms(nil), aliases: newAliases(nil), blob: "Blob"}
	for _, test := range tests {
		if got := p.typer.expr(test.t, responseForm, inResponse); got != test.answered {
			t.Errorf("answered: got  %s\nwant %s", got, test.answered)
		}
		if got := p.typer.expr(test.t, requestForm, inRequest); got != test.request {
			t.Errorf("requested: got  %s\nwant %s", got, test.request)
		}
	}
}

func TestDeclarations(t *testing.T) {
	t.Parallel()
	described := component("Order", object(
		&spec.Field{Name: "id", Type: integer, Required: true, Doc: spec.Doc{Description: "Given by the shop."}},
		&spec.Field{Name: "note", Type: null(str), Default: json.RawMessage(`"*/"`), Doc: spec.Doc{Summary: "A note", Description: "Shown to\nthe courier.", Deprecated: true}},
	))
	described.Doc = spec.Doc{Description: "An order.", Deprecated: true}
	state := component("State", &spec.Enum{Kind: spec.String, Values: []spec.EnumValue{
		{JSON: json.RawMessage(`"paid"`), Doc: "Money arrived"}, {JSON: json.RawMessage(`"sent"`)},
	}})
	long := component("Long", enum(strings.Repeat("a", 60), strings.Repeat("b", 60)))
	tests := []struct {
		name string
		decl *spec.Decl
		want string
	}{
		{"prose", described, `
/**
 * An order.
 *
 * @deprecated
 */
export interface Order {
  /** Given by the shop. */
  id: number;
  /**
   * A note
   *
   * Shown to
   * the courier.
   *
   * @default "*\/"
   * @deprecated
   */
  note?: string | null;
}`},
		{"enum with words", state, `
/** - ` + "`paid`" + `: Money arrived */
export type State = 'paid' | 'sent';`},
		{"long union", long, `
export type Long =
  | '` + strings.Repeat("a", 60) + `'
  | '` + strings.Repeat("b", 60) + `';`},
		{"alias of a scalar", component("Name", str), "export type Name = string;"},
		{"own type", &spec.Decl{Name: "Money", Component: true, Type: str, TSType: "import('./money.js').Money<\n'EUR'>[]"},
			"export type Money = import('./money.js').Money<'EUR'>[];"},
		{"own type that is code", &spec.Decl{Name: "Money", Component: true, Type: str, TSType: "string; alert(1)"},
			"export type Money = string;"},
		{"no members", component("Empty", object()), "export type Empty = { [key: string]: unknown };"},
		{"members and anything", component("Loose", &spec.Object{Fields: []*spec.Field{field("id", integer)}, Additional: &spec.Any{}}), `
export interface Loose {
  id: number;
  [key: string]: unknown;
}`},
		{"members and others", component("Labels", &spec.Object{Fields: []*spec.Field{field("id?", integer)}, Additional: str}), `
export interface Labels {
  id?: number;
  [key: string]: string | number | undefined;
}`},
		{"pattern with a prefix", component("Ext", &spec.Object{
			Fields:   []*spec.Field{field("id", integer)},
			Patterns: []spec.PatternFields{{Pattern: "^x-", Type: str}, {Pattern: "^y_", Type: boolean}},
		}), "export interface Ext {\n  id: number;\n  [key: `x-${string}`]: string;\n  [key: `y_${string}`]: boolean;\n}"},
		{"pattern", component("Digits", &spec.Object{
			Fields:   []*spec.Field{field("id", integer)},
			Patterns: []spec.PatternFields{{Pattern: "^[0-9]+$", Type: str}},
		}), "export interface Digits {\n  id: number;\n  [key: string]: string | number;\n}"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			diff(t, "types.ts", text(t, document([]*spec.Decl{test.decl}), "types.ts"), test.want)
		})
	}
}

func TestAliasCycles(t *testing.T) {
	t.Parallel()
	self := component("Self", nil)
	self.Type = union(ref(self), str)
	a, b := component("A", nil), component("B", nil)
	a.Type, b.Type = union(ref(b), str), union(null(ref(a)), integer)
	only := component("Only", nil)
	only.Type = ref(only)
	tree := component("Tree", nil)
	tree.Type = union(&spec.List{Elem: ref(tree)}, str)
	user := component("User", union(ref(a), boolean))
	diff(t, "types.ts", text(t, document([]*spec.Decl{a, b, only, self, tree, user}), "types.ts"), `
export type A = number | string | null;

export type B = string | number | null;

export type Only = unknown;

export type Self = string;

export type Tree = Tree[] | string;

export type User = A | boolean;`)
}

func TestRequestsAndResponsesHaveTheirOwnForms(t *testing.T) {
	t.Parallel()
	order := component("Order", object(
		&spec.Field{Name: "id", Type: str, Required: true, ReadOnly: true},
		&spec.Field{Name: "secret", Type: str, Required: true, WriteOnly: true},
		field("note?", str),
	))
	list := component("Orders", &spec.List{Elem: ref(order)})
	plain := component("Plain", object(field("a", str)))
	inline := &spec.Decl{Name: "create.body", Type: object(&spec.Field{Name: "at", Type: str, ReadOnly: true}, field("order", ref(order)))}
	taken := component("PlainInput", str)
	api := document([]*spec.Decl{order, list, plain, taken, inline}, post("create", ref(inline)), get("list", ref(list)), post("both", ref(plain)))
	diff(t, "types.ts", text(t, api, "types.ts"), `
export interface Order {
  readonly id: string;
  readonly note?: string;
}

export interface OrderInput {
  secret: string;
  note?: string;
}

export type Orders = readonly Order[];

export interface Plain {
  a: string;
}

export type PlainInput = string;

export interface CreateBody {
  order: OrderInput;
}`)
}

func TestGlobalsAreMentionedWhereNothingHidesThem(t *testing.T) {
	t.Parallel()
	form := &spec.Decl{Name: "upload.body", Type: object(field("file", binary), field("more", &spec.List{Elem: binary}))}
	upload := post("upload", nil)
	upload.Body.Content = []*spec.Media{content("multipart/form-data", spec.MediaMultipart, ref(form))}
	diff(t, "without a component Blob", text(t, document([]*spec.Decl{form}, upload), "types.ts"), `
export interface UploadBody {
  file: Blob;
  more: Blob[];
}`)
	blob := component("Blob", object(field("sha", str)))
	diff(t, "with a component Blob", text(t, document([]*spec.Decl{blob, form}, upload), "types.ts"), `
export interface Blob {
  sha: string;
}

export interface UploadBody {
  file: globalThis.Blob;
  more: globalThis.Blob[];
}`)
}

func TestEveryKindOfTypeHasACase(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("an unknown kind of type was written as something")
		}
	}()
	w := &typer{forms: newForms(nil)}
	w.expr(struct{ *spec.Any }{&spec.Any{}}, responseForm, inResponse)
}

func TestInlineTypesThatNothingMentionsAreLeftOut(t *testing.T) {
	t.Parallel()
	item := &spec.Decl{Name: "Order.items", Type: object(field("n", integer))}
	secret := &spec.Decl{Name: "Order.secret", Type: object(field("pin", str))}
	order := component("Order", object(field("items", &spec.List{Elem: ref(item)}), &spec.Field{Name: "secret", Type: ref(secret), WriteOnly: true}))
	lost := &spec.Decl{Name: "watch.response200", Type: object(field("id", str))}
	diff(t, "types.ts", text(t, document([]*spec.Decl{order, item, secret, lost}), "types.ts"), `
export interface Order {
  items: OrderItems[];
}

export interface OrderItems {
  n: number;
}`)
}
