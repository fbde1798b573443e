package codec

import (
	"encoding/json"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// newSet parses a set of schemas.
func newSet(t testing.TB, text string) *jsonschema.Set {
	t.Helper()
	set, err := jsonschema.NewSet(text, jsonschema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// codecFor returns the codec of T for the entry X of a set, or for the schema itself when text is
// not a set.
func codecFor[T any](t testing.TB, schema string, dir Direction) *Codec {
	t.Helper()
	if !strings.HasPrefix(schema, `{"X"`) {
		schema = `{"X": ` + schema + `}`
	}
	c, err := For(newSet(t, schema), "X", reflect.TypeFor[T](), dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// violations returns what err says, one line per violation.
func violations(err error) string {
	var e *Error
	if err == nil {
		return ""
	}
	if !errors.As(err, &e) {
		return "not a codec error: " + err.Error()
	}
	if e.Syntax != nil {
		return e.Syntax.Error()
	}
	lines := make([]string, len(e.Violations))
	for i, v := range e.Violations {
		lines[i] = v.Pointer + " " + v.Rule + ": " + v.Detail
	}
	return strings.Join(lines, "\n")
}

type color string

type point struct {
	X float64 `json:"x"`
	Y float32 `json:"y"`
}

type everything struct {
	Bool     bool              `json:"bool"`
	Int      int               `json:"int"`
	I8       int8              `json:"i8"`
	I16      int16             `json:"i16"`
	I32      int32             `json:"i32"`
	U8       uint8             `json:"u8"`
	U16      uint16            `json:"u16"`
	U32      uint32            `json:"u32"`
	U64      uint64            `json:"u64"`
	Color    color             `json:"color"`
	Text     string            `json:"text"`
	Bytes    []byte            `json:"bytes"`
	Time     time.Time         `json:"time"`
	Addr     netip.Addr        `json:"addr"`
	ID       UUID              `json:"id"`
	Day      Date              `json:"day"`
	Clock    TimeOfDay         `json:"clock"`
	Lasts    Duration          `json:"lasts"`
	Raw      json.RawMessage   `json:"raw"`
	Any      any               `json:"any"`
	Point    point             `json:"point"`
	Maybe    *point            `json:"maybe,omitzero"`
	Number   *int64            `json:"number,omitzero"`
	Patch    Nullable[string]  `json:"patch,omitzero"`
	Points   []point           `json:"points"`
	Pair     [2]int            `json:"pair"`
	Labels   map[string]string `json:"labels"`
	Counts   map[color]int     `json:"counts"`
	Anything map[string]any    `json:"anything,omitempty"`
	Hidden   string            `json:"-"`
	Untagged string
}

const everythingJSON = `{"bool":true,"int":-5,"i8":-128,"i16":32767,"i32":-2147483648,"u8":255,"u16":65535,` +
	`"u32":4294967295,"u64":18446744073709551615,"color":"red","text":"héllo \"w\u0001rld\"","bytes":"aGk=",` +
	`"time":"2024-05-06T07:08:09.5Z","addr":"10.0.0.1","id":"0190f5c2-7a3b-7cde-8f01-23456789abcd","day":"2024-02-29",` +
	`"clock":"10:11:12.25+01:30","lasts":"P1Y0M2DT3H","raw":{"a":[1,2]},"any":{"b":[1.5,"x",null,true]},` +
	`"point":{"x":1.25,"y":0.5},"maybe":{"x":0,"y":-0.5},"number":7,"patch":null,"points":[{"x":1,"y":2},{"x":3,"y":4}],` +
	`"pair":[1,2],"labels":{"a":"1","b":"2"},"counts":{"red":1},"anything":{"k":"v"},"Untagged":"u"}`

func TestEveryTypeRoundTrips(t *testing.T) {
	t.Parallel()
	c, err := For(nil, "", reflect.TypeFor[everything](), Both)
	if err != nil {
		t.Fatal(err)
	}
	for _, own := range []bool{false, true} {
		var got, want everything
		if err := c.Decode([]byte(everythingJSON), &got, Options{Own: own}); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(everythingJSON), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
			t.Errorf("own=%v: differs from encoding/json (-want +got):\n%s", own, diff)
		}
		out, err := c.Append(nil, &got)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(everythingJSON, string(out)); diff != "" {
			t.Errorf("own=%v: does not round-trip (-want +got):\n%s", own, diff)
		}
	}
}

func TestIndentedTextDecodesAlike(t *testing.T) {
	t.Parallel()
	c, err := For(nil, "", reflect.TypeFor[everything](), Both)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal([]byte(everythingJSON), &v); err != nil {
		t.Fatal(err)
	}
	indented, err := json.MarshalIndent(v, " ", "\t") // sorts the members, too
	if err != nil {
		t.Fatal(err)
	}
	// 2⁶⁴-1 does not survive float64.
	indented = []byte(strings.Replace(string(indented), "18446744073709552000", "18446744073709551615", 1))
	var a, b everything
	if err := c.Decode([]byte(everythingJSON), &a, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := c.Decode(indented, &b, Options{}); err != nil {
		t.Fatal(err)
	}
	a.Raw, b.Raw = nil, nil // keeps its white space
	if diff := cmp.Diff(a, b, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("differs (-compact +indented):\n%s", diff)
	}
}
