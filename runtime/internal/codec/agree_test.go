package codec

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

// tokens are what mutations insert: the pieces where readers differ.
var tokens = []string{
	"{", "}", "[", "]", ",", ":", `"`, "null", "true", "false", "0", "-0", "-1", "1.0", "1e2", "128", "-129", "01", "1.", ".5", "NaN",
	"1e400", "9007199254740993", "18446744073709551616", "0.1", "{}", "[]", `""`, `"a"`, `"\u0061"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\udc00"`, "\x00", "\n", " ", "\t",
	"\xff", "\xed\xa0\x80", "é", `"x":1,`, `"kind":"cat",`, `"kind":"dog"`, `"lives":9`, `"a":null,`, `"value":1`, `\`, `\u`, "/", "//", "\u2028", "[[[[", "]]]]",
}

// mutate changes a text in a few places.
func mutate(r *rand.Rand, text string) string {
	b := []byte(text)
	for range 1 + r.IntN(3) {
		at := r.IntN(len(b) + 1)
		switch r.IntN(4) {
		case 0: // insert
			b = append(b[:at:at], append([]byte(tokens[r.IntN(len(tokens))]), b[at:]...)...)
		case 1: // delete
			end := min(len(b), at+1+r.IntN(4))
			b = append(b[:at:at], b[end:]...)
		case 2: // replace
			end := min(len(b), at+1+r.IntN(6))
			b = append(b[:at:at], append([]byte(tokens[r.IntN(len(tokens))]), b[end:]...)...)
		case 3: // repeat a part elsewhere
			end := min(len(b), at+r.IntN(24))
			part := append([]byte(nil), b[at:end]...)
			to := r.IntN(len(b) + 1)
			b = append(b[:to:to], append(part, b[to:]...)...)
		}
	}
	return string(b)
}

// agreement checks that reading a text typed and validating it come to the same.
func agreement(t *testing.T, c *Codec, text string) {
	t.Helper()
	v := reflect.New(c.typ.Elem())
	err := c.Decode([]byte(text), v.Interface(), Options{})
	found, syntax := c.schema.Validate([]byte(text), c.dir)
	if err == nil {
		if syntax != nil || len(found) > 0 {
			t.Errorf("%q: decoded, but the validator says %v %v", text, syntax, found)
			return
		}
		readBack(t, c, text, v)
		return
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%q: error is no *Error: %v", text, err)
	}
	if (e.Syntax != nil) != (syntax != nil) {
		t.Errorf("%q: decode says %v, validator %v", text, err, syntax)
	}
	for _, x := range e.Violations {
		if x.Rule == ruleUnreadable {
			t.Errorf("%q: refused, but the validator accepts it and the type could hold it", text)
		}
	}
	if len(e.Violations) < len(found) {
		t.Errorf("%q: reports %d of %d violations", text, len(e.Violations), len(found))
	}
}

// readBack writes a value and reads that again.
func readBack(t *testing.T, c *Codec, text string, v reflect.Value) {
	t.Helper()
	out, err := c.Append(nil, v.Interface())
	if err != nil {
		t.Errorf("%q: cannot be written: %v", text, err)
		return
	}
	again := reflect.New(c.typ.Elem())
	if err := c.Decode(out, again.Interface(), Options{Own: true}); err != nil {
		// Values that a Go type always writes, such as a missing number as 0, may break rules
		// that their absence did not.
		if _, syntax := c.schema.Validate(out, c.dir); syntax != nil {
			t.Errorf("%q: written as %q: %v", text, out, syntax)
		}
		return
	}
	twice, err := c.Append(nil, again.Interface())
	if err != nil || string(twice) != string(out) {
		t.Errorf("%q: written as %q, then as %q (%v)", text, out, twice, err)
	}
}

func constructCodec(t testing.TB, k construct) *Codec {
	t.Helper()
	typ := reflect.TypeOf(k.typ)
	if typ == reflect.TypeFor[*any]() {
		typ = typ.Elem()
	}
	schema := k.schema
	if len(schema) < 5 || schema[:5] != `{"X":` {
		schema = `{"X": ` + schema + `}`
	}
	c, err := For(newSet(t, schema), "X", typ, k.dir)
	if err != nil {
		t.Fatalf("%s: %v", k.name, err)
	}
	return c
}

func TestTypedPassAgreesWithValidator(t *testing.T) {
	t.Parallel()
	rounds := 300
	if testing.Short() {
		rounds = 50
	}
	for _, k := range constructs {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			c := constructCodec(t, k)
			r := rand.New(rand.NewPCG(1, 2))
			for _, row := range append(k.good[:len(k.good):len(k.good)], k.bad...) {
				agreement(t, c, row[0])
				for range rounds {
					agreement(t, c, mutate(r, row[0]))
				}
			}
		})
	}
}

func FuzzTypedPassAgreesWithValidator(f *testing.F) {
	var codecs []*Codec
	for i, k := range constructs {
		codecs = append(codecs, constructCodec(f, k))
		for _, row := range k.good {
			f.Add(uint8(i), row[0])
		}
		for _, row := range k.bad {
			f.Add(uint8(i), row[0])
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		agreement(t, codecs[int(which)%len(codecs)], text)
	})
}

// syntaxAgreement checks a text against jsontext, which has the same idea of strictness, and the
// three readers of this project against one another.
func syntaxAgreement(t *testing.T, text string) {
	t.Helper()
	data := []byte(text)
	var doc jsonscan.Doc
	var skip jsonscan.Skipper
	const deep = 1000
	err := doc.Parse(data, deep)
	start := jsonscan.SkipSpace(data, 0)
	end := skip.Skip(data, start, deep)
	skips := end >= 0 && jsonscan.SkipSpace(data, end) == len(data)
	if (err == nil) != skips {
		t.Errorf("%q: Parse says %v, Skip %v", text, err, skips)
	}
	if valid := jsontext.Value(data).IsValid(); valid != (err == nil) {
		t.Errorf("%q: jsontext says %v, Parse %v", text, valid, err)
	}
	c, cerr := For(nil, "", reflect.TypeFor[any](), Both)
	if cerr != nil {
		t.Fatal(cerr)
	}
	var got any
	derr := c.Decode(data, &got, Options{MaxDepth: deep})
	if (derr == nil) != (err == nil) {
		t.Errorf("%q: Decode says %v, Parse %v", text, derr, err)
	}
	if derr != nil {
		return
	}
	var want any
	if err := json.Unmarshal(data, &want); err != nil {
		return // a number beyond float64, which stays a json.Number here
	}
	if diff := cmp.Diff(want, floats(got)); diff != "" {
		t.Errorf("%q differs from encoding/json (-want +got):\n%s", text, diff)
	}
}

// floats turns every json.Number into the float64 that encoding/json makes of it.
func floats(v any) any {
	switch v := v.(type) {
	case json.Number:
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = floats(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = floats(v[k])
		}
	}
	return v
}

func TestSyntaxAgreesWithJSONText(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for _, k := range constructs {
		for _, row := range append(k.good[:len(k.good):len(k.good)], k.bad...) {
			syntaxAgreement(t, row[0])
			for range 100 {
				syntaxAgreement(t, mutate(r, row[0]))
			}
		}
	}
	for range 2000 {
		syntaxAgreement(t, mutate(r, everythingJSON))
	}
}

func FuzzSyntaxAgreesWithJSONText(f *testing.F) {
	f.Add(everythingJSON)
	for _, token := range tokens {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, text string) { syntaxAgreement(t, text) })
}

// TestValuesAgreeWithJSONv2 compares whole typed values with what go-json-experiment reads, which
// refuses repeated names and is case-sensitive as well.
func TestValuesAgreeWithJSONv2(t *testing.T) {
	t.Parallel()
	type plain struct {
		S string             `json:"s"`
		I int16              `json:"i"`
		U uint32             `json:"u"`
		F float64            `json:"f"`
		B bool               `json:"b"`
		P *string            `json:"p"`
		L []plainItem        `json:"l"`
		M map[string]float32 `json:"m"`
	}
	c, err := For(nil, "", reflect.TypeFor[plain](), Both)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 6))
	seed := `{"s":"a\n\u00e9","i":-5,"u":4294967295,"f":1.5e-7,"b":true,"p":"x","l":[{"a":"b","n":{"x":[]}}],"m":{"k":0.1,"z":-3}}`
	accepted := 0
	for range 20000 {
		text := mutate(r, seed)
		var got, want plain
		gerr := c.Decode([]byte(text), &got, Options{})
		werr := jsonv2.Unmarshal([]byte(text), &want)
		var e *Error
		if errors.As(gerr, &e) && e.Syntax == nil && werr == nil {
			// Only null where Go has no nil, which v2 takes for zero, is refused beyond v2.
			if !strings.Contains(text, "null") {
				t.Errorf("%q: refused: %v", text, gerr)
			}
			continue
		}
		// An integer written with a fraction or an exponent is one to JSON Schema, not to v2.
		if (gerr == nil) != (werr == nil) && !strings.ContainsAny(text, ".eE") {
			t.Errorf("%q: got %v, v2 says %v", text, gerr, werr)
			continue
		}
		if gerr == nil && werr == nil {
			accepted++
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q (-want +got):\n%s", text, diff)
			}
		}
	}
	if accepted < 500 {
		t.Errorf("only %d texts were accepted: the comparison says little", accepted)
	}
}

type plainItem struct {
	A string `json:"a"`
}
