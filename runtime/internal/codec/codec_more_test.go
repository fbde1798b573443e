package codec

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

func TestSyntaxErrorsNameThePlace(t *testing.T) {
	t.Parallel()
	c := codecFor[any](t, `true`, Both)
	for _, k := range []struct{ text, want string }{
		{``, `invalid JSON at byte 0: unexpected end of text`},
		{` {"a": [1, 02]}`, `invalid JSON at byte 11 (/a/1): leading zero in a number`},
		{`{"a":1,"b":{"x":1,"x":2}}`, `invalid JSON at byte 18 (/b): duplicate member "x"`},
		{`{"a":1,"\u0061":2}`, `invalid JSON at byte 7: duplicate member "a"`},
		{`{"a~/b":"` + "\xff" + `"}`, `invalid JSON at byte 9 (/a~0~1b): invalid UTF-8 in a string`},
		{`["\ud800"]`, `invalid JSON at byte 2 (/0): lone surrogate \ud800`},
		{`["\udc00x"]`, `invalid JSON at byte 2 (/0): lone surrogate \udc00`},
		{`["\ud800\u0041"]`, `invalid JSON at byte 2 (/0): lone surrogate \ud800`},
		{`["\ud800\ue000"]`, `invalid JSON at byte 2 (/0): lone surrogate \ud800`},
		{`["\x"]`, `invalid JSON at byte 2 (/0): invalid escape in a string`},
		{"[\"a\nb\"]", `invalid JSON at byte 3 (/0): control character 0x0a in a string`},
		{`["abc`, `invalid JSON at byte 5 (/0): unexpected end of text in a string`},
		{`[1 2]`, `invalid JSON at byte 3: expected ',' or ']', found '2'`},
		{`[1,]`, `invalid JSON at byte 3 (/1): expected a value, found ']'`},
		{`{"a" 1}`, `invalid JSON at byte 5: expected ':' after the member name, found '1'`},
		{`{"a":}`, `invalid JSON at byte 5 (/a): expected a value, found '}'`},
		{`{"a":1,}`, `invalid JSON at byte 7: expected a member name, found '}'`},
		{`{'a':1}`, `invalid JSON at byte 1: expected a member name, found '\''`},
		{`nul`, `invalid JSON at byte 0: expected null`},
		{`NaN`, `invalid JSON at byte 0: expected a value, found 'N'`},
		{`-`, `invalid JSON at byte 0: invalid number`},
		{`1.`, `invalid JSON at byte 0: invalid number`},
		{`+1`, `invalid JSON at byte 0: expected a value, found '+'`},
		{`1 x`, `invalid JSON at byte 2: unexpected 'x' after the value`},
		{"\ufeff1", `invalid JSON at byte 0: expected a value, found '\ufeff'`},
		{strings.Repeat("[", 65), `invalid JSON at byte 64 (` + strings.Repeat("/0", 64) + `): values nest too deeply`},
	} {
		var v any
		if diff := cmp.Diff(k.want, violations(c.Decode([]byte(k.text), &v, Options{}))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", k.text, diff)
		}
	}
}

func TestDepthIsAnOption(t *testing.T) {
	t.Parallel()
	c := codecFor[any](t, `true`, Both)
	for _, k := range []struct {
		levels, max int
		ok          bool
	}{{64, 0, true}, {65, 0, false}, {3, 3, true}, {4, 3, false}, {500, 500, true}} {
		var v any
		text := strings.Repeat(`{"a":`, k.levels-1) + "[]" + strings.Repeat("}", k.levels-1)
		if err := c.Decode([]byte(text), &v, Options{MaxDepth: k.max}); (err == nil) != k.ok {
			t.Errorf("%d levels, limit %d: %v", k.levels, k.max, err)
		}
	}
}

func TestOwnedStringsShareTheText(t *testing.T) {
	t.Parallel()
	c := codecFor[[]string](t, `true`, Both)
	for _, own := range []bool{false, true} {
		text := []byte(`["abc","d\u0065f"]`)
		var v []string
		if err := c.Decode(text, &v, Options{Own: own}); err != nil {
			t.Fatal(err)
		}
		text[2] = 'X'
		want := []string{"abc", "def"}
		if own {
			want[0] = "Xbc"
		}
		if diff := cmp.Diff(want, v); diff != "" {
			t.Errorf("own=%v (-want +got):\n%s", own, diff)
		}
	}
}

func TestViolationsAreCapped(t *testing.T) {
	t.Parallel()
	c := codecFor[[]int8](t, `{"type": "array", "items": {"type": "integer"}}`, Both)
	for _, item := range []string{`"x"`, `1000`} {
		var v []int8
		var e *Error
		text := "[" + strings.Repeat(item+",", 500) + "1]"
		if err := c.Decode([]byte(text), &v, Options{}); !errors.As(err, &e) || len(e.Violations) != jsonschema.MaxViolations {
			t.Errorf("%s: got %v", item, err)
		}
	}
}

// TestManyFields exceeds every fixed size: the bit set, the linear search, the names in order.
func TestManyFields(t *testing.T) {
	t.Parallel()
	var fields []reflect.StructField
	var members, required []string
	for i := range 300 {
		name := fmt.Sprintf("f%03d", i)
		fields = append(fields, reflect.StructField{
			Name: strings.ToUpper(name), Type: reflect.TypeFor[int](), Tag: reflect.StructTag(`json:"` + name + `"`),
		})
		members = append(members, fmt.Sprintf("%q:%d", name, i))
		required = append(required, fmt.Sprintf("%q", name))
	}
	typ := reflect.StructOf(fields)
	set := newSet(t, `{"X": {"required": [`+strings.Join(required, ",")+`]}}`)
	c, err := For(set, "X", typ, Both)
	if err != nil {
		t.Fatal(err)
	}
	v := reflect.New(typ)
	text := "{" + strings.Join(members, ",") + "}"
	if err := c.Decode([]byte(text), v.Interface(), Options{}); err != nil {
		t.Fatal(err)
	}
	if out, err := c.Append(nil, v.Interface()); err != nil || string(out) != text {
		t.Errorf("got %s, %v", out, err)
	}
	err = c.Decode([]byte("{"+strings.Join(members[:299], ",")+"}"), reflect.New(typ).Interface(), Options{})
	if got := violations(err); got != "/f299 required: is required" {
		t.Error(got)
	}
	err = c.Decode([]byte("{"+strings.Join(members, ",")+`,"f299":1}`), reflect.New(typ).Interface(), Options{})
	if got := violations(err); !strings.Contains(got, `duplicate member "f299"`) {
		t.Error(got)
	}
}

// TestManyUnknownMembersAreQuick would take minutes if finding repeated names were quadratic.
func TestManyUnknownMembersAreQuick(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("{")
	for i := range 200_000 {
		fmt.Fprintf(&b, `"k%d":0,`, i)
	}
	c := codecFor[point](t, `true`, Both)
	var v point
	if err := c.Decode([]byte(b.String()+`"x":1}`), &v, Options{}); err != nil || v.X != 1 {
		t.Errorf("got %v, %v", v, err)
	}
	err := c.Decode([]byte(b.String()+`"k7":1}`), &v, Options{})
	if got := violations(err); !strings.Contains(got, `duplicate member "k7"`) {
		t.Error(got)
	}
}

// A list of numbers below 256 is []uint8 in Go, which is []byte: the schema decides.
func TestBytesAsNumbers(t *testing.T) {
	t.Parallel()
	c := codecFor[[]uint8](t, `{"type": "array", "items": {"type": "integer", "maximum": 9}}`, Both)
	var v []uint8
	if err := c.Decode([]byte(`[1,9]`), &v, Options{}); err != nil || !slices.Equal(v, []uint8{1, 9}) {
		t.Errorf("got %v, %v", v, err)
	}
	if text, err := c.Append(nil, &v); err != nil || string(text) != "[1,9]" {
		t.Errorf("got %s, %v", text, err)
	}
	if got := violations(c.Decode([]byte(`[1,10,256,"a"]`), &v, Options{})); strings.Count(got, "\n") != 2 {
		t.Errorf("got %s", got)
	}
}

func TestTypesThatCannotMeetTheSchema(t *testing.T) {
	t.Parallel()
	set := newSet(t, `{"S": {"type": "string"}, "O": {"type": "object", "properties": {"a": {"$ref": "#/S"}}}, "U": {"oneOf": [{"type": "string"}, {"type": "null"}]}, "Bad": {"$ref": "#/Nowhere"}}`)
	for _, k := range []struct {
		name, want string
		typ        reflect.Type
	}{
		{"S", "int as #/S: the schema wants a string", reflect.TypeFor[int]()},
		{"O", "int as #/O/properties/a: the schema wants a string", reflect.TypeFor[struct {
			A int `json:"a"`
		}]()},
		{"S", "chan int as #/S: chan values have no JSON form", reflect.TypeFor[chan int]()},
		{"O", "map[int]int as #/O: map keys must be strings", reflect.TypeFor[map[int]int]()},
		{"S", "error as #/S: interface types other than any are not supported", reflect.TypeFor[error]()},
		{"U", "the schema has no oneOf or anyOf with that many branches", reflect.TypeFor[struct {
			A *string `rt:"variant=2"`
		}]()},
		{"U", "a variant must be a pointer, slice, map or any", reflect.TypeFor[struct {
			A string `rt:"variant=0"`
		}]()},
		{"O", `unknown tag rt:"aditional"`, reflect.TypeFor[struct {
			A map[string]int `rt:"aditional"`
		}]()},
		{"O", `option "string" of the json tag is not supported`, reflect.TypeFor[struct {
			A int `json:"a,string"`
		}]()},
		{"O", "embedded field point is not supported", reflect.TypeFor[struct{ Point }]()},
		{"Bad", `#/Bad: $ref: "#/Nowhere" is not in the set`, reflect.TypeFor[int]()},
		{"None", `the set has no schema "None"`, reflect.TypeFor[int]()},
	} {
		_, err := For(set, k.name, k.typ, Both)
		want := strings.Replace(k.want, "field point", "field Point", 1)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s as %s: got %v, want %s", k.name, k.typ, err, want)
		}
	}
}

// Point is embedded above.
type Point struct{ X int }

func TestAppendErrorsNameThePlace(t *testing.T) {
	t.Parallel()
	type holder struct {
		List []struct {
			F   float64         `json:"f"`
			Pet pet             `json:"pet"`
			Raw json.RawMessage `json:"raw,omitzero"`
			Day Date            `json:"day,omitzero"`
			At  time.Time       `json:"at,omitzero"`
		} `json:"a/list"`
		Tree *tree `json:"tree,omitzero"`
	}
	set := newSet(t, `{"X": {"properties": {"a/list": {"items": {"properties": {"pet": {"oneOf": [{"type": "object"}, {"type": "object"}]}}}}}}}`)
	c, err := For(set, "X", reflect.TypeFor[holder](), Both)
	if err != nil {
		t.Fatal(err)
	}
	good := func() *holder {
		h := new(holder)
		h.List = append(h.List, make([]struct {
			F   float64         `json:"f"`
			Pet pet             `json:"pet"`
			Raw json.RawMessage `json:"raw,omitzero"`
			Day Date            `json:"day,omitzero"`
			At  time.Time       `json:"at,omitzero"`
		}, 2)...)
		for i := range h.List {
			h.List[i].Pet.Cat = &cat{}
		}
		return h
	}
	for _, k := range []struct {
		want  string
		spoil func(h *holder)
	}{
		{"encode /a~1list/1/f: NaN has no JSON form", func(h *holder) { h.List[1].F = math.NaN() }},
		{"encode /a~1list/0/pet: no variant of codec.pet is set", func(h *holder) { h.List[0].Pet.Cat = nil }},
		{"encode /a~1list/1/pet: more than one variant of codec.pet is set", func(h *holder) { h.List[1].Pet.Dog = &dog{} }},
		{"encode /a~1list/1/raw: raw JSON is not valid", func(h *holder) { h.List[1].Raw = json.RawMessage(`{"a":1,"a":2}`) }},
		{"encode /a~1list/0/day: 2023-02-30 is not a date", func(h *holder) { h.List[0].Day = Date{2023, 2, 30} }},
		{"year outside of range", func(h *holder) { h.List[0].At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"value nests more than 1000 levels deep", func(h *holder) { h.Tree = new(tree); h.Tree.Left = h.Tree }},
	} {
		h := good()
		if _, err := c.Append(nil, h); err != nil {
			t.Fatal(err)
		}
		k.spoil(h)
		out, err := c.Append([]byte("kept"), h)
		if err == nil || !strings.Contains(err.Error(), k.want) || string(out) != "kept" {
			t.Errorf("got %q, %v, want %s", out, err, k.want)
		}
	}
}

func TestValidateChecksWhatWouldBeWritten(t *testing.T) {
	t.Parallel()
	c := codecFor[point](t, `{"properties": {"x": {"minimum": 1}}}`, Response)
	if err := c.Validate(&point{X: 1}); err != nil {
		t.Error(err)
	}
	if got := violations(c.Validate(&point{})); got != "/x minimum: must be at least 1" {
		t.Error(got)
	}
	if out, err := c.AppendChecked([]byte("a"), &point{}); err == nil || string(out) != "a" {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestWrongPointerPanics(t *testing.T) {
	t.Parallel()
	c := codecFor[point](t, `true`, Both)
	for _, ptr := range []any{nil, point{}, new(int), (*point)(nil)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%T: no panic", ptr)
				}
			}()
			c.Append(nil, ptr)
		}()
	}
}

// TestCompilationIsShared asks for codecs of one set from many goroutines at once; the race
// detector watches.
func TestCompilationIsShared(t *testing.T) {
	t.Parallel()
	set := newSet(t, orderSchemas)
	data, err := json.Marshal(newOrder(1))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"X", "Order", "Orders", "Customer", "Line"}
	var wg sync.WaitGroup
	codecs := make([]*Codec, 16)
	for i := range codecs {
		wg.Go(func() {
			for k := range names {
				if _, err := set.Schema(names[(i+k)%len(names)]); err != nil {
					t.Error(err)
				}
			}
			c, err := For(set, "Order", reflect.TypeFor[order](), Request)
			if err != nil {
				t.Error(err)
				return
			}
			codecs[i] = c
			var o order
			if err := c.Decode(data, &o, Options{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, c := range codecs {
		if c != codecs[0] {
			t.Error("a program was compiled twice")
		}
	}
}
