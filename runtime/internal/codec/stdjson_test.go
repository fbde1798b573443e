package codec

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// standard returns the JSON that encoding/json makes without HTML escaping.
func standard(t testing.TB, v any) string {
	t.Helper()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(buf.String(), "\n")
}

type stdInner struct {
	S  string            `json:"s,omitempty"`
	N  *int32            `json:"n,omitzero"`
	U  []uint16          `json:"u,omitempty"`
	M  map[string]string `json:"m,omitempty"`
	F  float32           `json:"f,omitzero"`
	T  [3]int8           `json:"t,omitzero"`
	OK bool              `json:"ok,omitempty"`
}

type stdOuter struct {
	A string              `json:"a"`
	B []stdInner          `json:"b"`
	C map[string]stdInner `json:"c"`
	D *stdInner           `json:"d"`
	E float64             `json:"é/x"`
	F [][]string          `json:"f,omitzero"`
	G []byte              `json:"g"`
	H stdInner            `json:"h,omitzero"`
	I uint64
	J map[string][]int64 `json:"j,omitzero"`
}

// TestBytesEqualEncodingJSON is the promise that plain structs mean the same to encoding/json:
// equal bytes, apart from HTML escaping, when no schema forbids null.
func TestBytesEqualEncodingJSON(t *testing.T) {
	t.Parallel()
	c, err := For(nil, "", reflect.TypeFor[stdOuter](), Both)
	if err != nil {
		t.Fatal(err)
	}
	same := func(v stdOuter) bool {
		got, err := c.Append(nil, &v)
		if err != nil {
			t.Error(err)
			return false
		}
		if diff := cmp.Diff(standard(t, v), string(got)); diff != "" {
			t.Errorf("differs from encoding/json (-want +got):\n%s", diff)
			return false
		}
		var back, want stdOuter
		if err := c.Decode(got, &back, Options{}); err != nil {
			t.Error(err)
			return false
		}
		if err := json.Unmarshal(got, &want); err != nil {
			t.Error(err)
			return false
		}
		return cmp.Equal(want, back)
	}
	if err := quick.Check(same, &quick.Config{MaxCount: 300}); err != nil {
		t.Error(err)
	}
}

func TestStringsAreWrittenLikeEncodingJSON(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(10, 11))
	pieces := []string{"plain text of some length", `"`, `\`, "\n", "\x00", "\x1f", "\x7f", "é", "\u2028", "\u2029", "\u2027", "😀", "\xff", "\xed\xa0\x80", "<&>", "\t", "12345678", "\ufffd"}
	for range 5000 {
		var s strings.Builder
		for range r.IntN(6) {
			s.WriteString(pieces[r.IntN(len(pieces))])
		}
		if diff := cmp.Diff(standard(t, s.String()), string(appendString(nil, s.String()))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", s.String(), diff)
		}
	}
}

// Types as the generator emits them when encoding/json must be able to read and write them.

var unionSet, unionSetErr = jsonschema.NewSet(`{
	"Pet": {"oneOf": [{"$ref": "#/Cat"}, {"$ref": "#/Dog"}], "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/Cat", "dog": "#/Dog"}}},
	"Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
	"Dog": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
	"Bag": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}, "additionalProperties": {"$ref": "#/Pet"}}
}`, jsonschema.Options{})

type emittedPet struct {
	Cat *cat `rt:"variant=0"`
	Dog *dog `rt:"variant=1"`
}

func (p emittedPet) MarshalJSON() ([]byte, error) { return MarshalUnion(&p) }

func (p *emittedPet) UnmarshalJSON(data []byte) error {
	return UnmarshalUnion(unionSet, "Pet", data, p)
}

type emittedBag struct {
	Name string                `json:"name"`
	Pets map[string]emittedPet `rt:"additional"`
}

func (b emittedBag) MarshalJSON() ([]byte, error) { return Marshal(unionSet, "Bag", &b) }

func (b *emittedBag) UnmarshalJSON(data []byte) error { return Unmarshal(unionSet, "Bag", data, b) }

type emittedRoot struct {
	_    struct{} `rt:"native"`
	Kind string   `json:"kind"`
}

func (r *emittedRoot) UnmarshalJSON(data []byte) error { return Unmarshal(unionSet, "Cat", data, r) }

func TestEmittedMethodsWorkWithEncodingJSON(t *testing.T) {
	t.Parallel()
	if unionSetErr != nil {
		t.Fatal(unionSetErr)
	}
	text := `{"name":"zoo","rex":{"kind":"dog","bark":"w"},"tom":{"kind":"cat","lives":9}}`
	want := emittedBag{"zoo", map[string]emittedPet{"rex": {Dog: &dog{"dog", "w"}}, "tom": {Cat: &cat{"cat", 9}}}}
	var std, own emittedBag
	if err := json.Unmarshal([]byte(text), &std); err != nil {
		t.Fatal(err)
	}
	c, err := For(unionSet, "Bag", reflect.TypeFor[emittedBag](), Both)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Decode([]byte(text), &own, Options{}); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]emittedBag{"encoding/json": std, "codec": own} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if out := standard(t, got); out != text {
			t.Errorf("%s: encoding/json writes %s", name, out)
		}
		if out, err := c.Append(nil, &got); err != nil || string(out) != text {
			t.Errorf("%s: codec writes %s, %v", name, out, err)
		}
	}
	if err := json.Unmarshal([]byte(`{"name":"x","a":{"kind":"cow"}}`), &std); violations(err) != `/a/kind discriminator: must be "cat" or "dog"` {
		t.Errorf("got %v", err)
	}
	var root emittedRoot
	if err := json.Unmarshal([]byte(`{"kind":"k"}`), &root); err != nil || root.Kind != "k" {
		t.Errorf("got %v, %v", root, err)
	}
	if _, err := json.Marshal(emittedPet{}); err == nil || !strings.Contains(err.Error(), "no variant of codec.emittedPet is set") {
		t.Errorf("got %v", err)
	}
	if _, err := json.Marshal(emittedPet{&cat{}, &dog{}}); err == nil || !strings.Contains(err.Error(), "more than one variant") {
		t.Errorf("got %v", err)
	}
}

func TestNullableHasThreeStates(t *testing.T) {
	t.Parallel()
	type patch struct {
		A Nullable[int]    `json:"a,omitzero"`
		B Nullable[string] `json:"b,omitzero"`
		C Nullable[[]int]  `json:"c,omitzero"`
	}
	v := patch{A: Null[int](), C: Value([]int{1})}
	const text = `{"a":null,"c":[1]}`
	if got := standard(t, v); got != text {
		t.Errorf("encoding/json writes %s", got)
	}
	var back patch
	if err := json.Unmarshal([]byte(text), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v, back); diff != "" {
		t.Errorf("encoding/json reads (-want +got):\n%s", diff)
	}
	if _, ok := back.A.Get(); ok || !back.A.IsNull() || !back.A.IsSet() || back.B.IsSet() || !back.B.IsZero() || back.B.Or("d") != "d" {
		t.Errorf("states are mixed up: %+v", back)
	}
	if got, ok := back.C.Get(); !ok || len(got) != 1 || back.C.IsNull() {
		t.Errorf("got %v, %v", got, ok)
	}
	if got := standard(t, struct{ X Nullable[int] }{}); got != `{"X":null}` {
		t.Errorf("absent without omitzero: %s", got)
	}
}

func TestTextTypes(t *testing.T) {
	t.Parallel()
	for _, k := range []struct {
		typ       any
		text, out string // out "" refuses text, "=" repeats it
	}{
		{Date{}, "2024-02-29", "="}, {Date{}, "0001-01-01", "="}, {Date{}, "2023-02-29", ""}, {Date{}, "2024-1-01", ""}, {Date{}, "", ""},
		{TimeOfDay{}, "00:00:00Z", "="}, {TimeOfDay{}, "23:59:60Z", "="}, {TimeOfDay{}, "22:59:60-01:00", "="}, {TimeOfDay{}, "22:59:60Z", ""},
		{TimeOfDay{}, "10:11:12.120z", "10:11:12.12Z"}, {TimeOfDay{}, "10:11:12.123456789+05:30", "="}, {TimeOfDay{}, "10:11:12.1234567891Z", ""},
		{TimeOfDay{}, "24:00:00Z", ""}, {TimeOfDay{}, "1:00:00Z", ""}, {TimeOfDay{}, "10:11:12", ""}, {TimeOfDay{}, "10:11:12,5Z", ""}, {TimeOfDay{}, "10:11:12.Z", ""},
		{Duration{}, "P1Y2M3DT4H5M6S", "="}, {Duration{}, "PT36H", "="}, {Duration{}, "P4W", "="}, {Duration{}, "P0D", "PT0S"}, {Duration{}, "P1Y0M2D", "="},
		{Duration{}, "P", ""}, {Duration{}, "PT", ""}, {Duration{}, "P1D2Y", ""}, {Duration{}, "P1Y2D", ""}, {Duration{}, "P1W2D", ""}, {Duration{}, "PT1.5S", ""}, {Duration{}, "P-1D", ""}, {Duration{}, "P+1D", ""}, {Duration{}, "P99999999999D", ""}, {Duration{}, "P1DT", ""},
		{UUID{}, "0190f5c2-7a3b-7cde-8f01-23456789abcd", "="}, {UUID{}, "0190F5C2-7A3B-7CDE-8F01-23456789ABCD", "0190f5c2-7a3b-7cde-8f01-23456789abcd"},
		{UUID{}, "0190f5c27a3b7cde8f0123456789abcd", ""}, {UUID{}, "0190f5c2-7a3b-7cde-8f01-23456789abcg", ""}, {UUID{}, "0190f5c2-7a3b-7cde-8f01_23456789abcd", ""},
	} {
		v := reflect.New(reflect.TypeOf(k.typ))
		data, err := json.Marshal(k.text)
		if err != nil {
			t.Fatal(err)
		}
		err = json.Unmarshal(data, v.Interface())
		if (err == nil) != (k.out != "") {
			t.Errorf("%T %q: %v", k.typ, k.text, err)
			continue
		}
		want := strings.Replace(k.out, "=", k.text, 1)
		if err != nil {
			want = "" // and the value is untouched
			if !v.Elem().IsZero() {
				t.Errorf("%T %q: refused, but sets %v", k.typ, k.text, v.Elem())
			}
			continue
		}
		if got := standard(t, v.Interface()); got != `"`+want+`"` {
			t.Errorf("%T %q: got %s, want %q", k.typ, k.text, got, want)
		}
	}
}

func TestCalendarArithmetic(t *testing.T) {
	t.Parallel()
	day := Date{2024, time.January, 31}
	clock, err := ParseTimeOfDay("22:30:00+02:00")
	if err != nil {
		t.Fatal(err)
	}
	at := clock.On(day)
	if want := time.Date(2024, 1, 31, 20, 30, 0, 0, time.UTC); !at.Equal(want) {
		t.Errorf("got %s, want %s", at, want)
	}
	d, err := ParseDuration("P1Y1DT1H")
	if err == nil {
		t.Fatal("P1Y1D leaves out the months")
	}
	if d != (Duration{}) {
		t.Errorf("refused, but returns %v", d)
	}
	if d, err = ParseDuration("P1Y0M1DT1H"); err != nil {
		t.Fatal(err)
	}
	if got, want := d.AddTo(at), time.Date(2025, 2, 1, 21, 30, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if DateOf(at) != day || day.Compare(Date{2024, 2, 1}) >= 0 || (Date{}).IsZero() == day.IsZero() {
		t.Error("dates do not compare")
	}
	if got := (Duration{Weeks: 2, Days: 1}).String(); got != "P15D" {
		t.Error(got)
	}
}
