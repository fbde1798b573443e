package derive

import (
	"encoding/json"
	"testing"
)

const table = `{
"Order": {"type":"object","required":["id","state","lines"],"additionalProperties":false,"properties":{
  "id":{"type":"integer","minimum":1},"state":{"enum":["placed","paid"]},
  "lines":{"type":"array","minItems":1,"items":{"$ref":"#/Line"}},"note":{"type":["string","null"],"maxLength":3}}},
"Line": {"type":"object","required":["sku","price"],"properties":{"sku":{"type":"string","pattern":"^[A-Z]{3}-[0-9]{2}$"},"price":{"type":"number","exclusiveMinimum":0}}},
"Tree": {"type":"object","required":["kids"],"properties":{"kids":{"type":"array","items":{"$ref":"#/Tree"}}}},
"Endless": {"type":"object","required":["self"],"properties":{"self":{"$ref":"#/Endless"}}},
"Pet": {"oneOf":[{"$ref":"#/Cat"},{"$ref":"#/Dog"}],"discriminator":{"propertyName":"kind","mapping":{"feline":"#/Cat"}}},
"Cat": {"type":"object","required":["kind","lives"],"properties":{"kind":{"type":"string"},"lives":{"type":"integer","maximum":9}}},
"Dog": {"type":"object","required":["kind"],"properties":{"kind":{"type":"string"}}},
"Named": {"allOf":[{"$ref":"#/Dog"},{"type":"object","required":["name"],"properties":{"name":{"type":"string","minLength":2}}}]},
"Day": {"type":"string","format":"date","examples":["2020-01-01"]},
"Range": {"type":"integer","exclusiveMinimum":4,"exclusiveMaximum":6},
"No": false
}`

func TestValidFollowsStructure(t *testing.T) {
	t.Parallel()
	set, err := NewSet(table)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"Order":   {`{"id":1,"lines":[{"price":1,"sku":"AAA-11"}],"state":"placed"}`, `{"id":1,"lines":[{"price":1,"sku":"AAA-11"}],"note":"täx","state":"paid"}`},
		"Tree":    {`{"kids":[]}`, ""},
		"Endless": nil,
		"Pet":     {`{"kind":"feline","lives":1}`, `{"kind":"Dog"}`},
		"Named":   {`{"kind":"text","name":"text"}`, `{"kind":"täxt \"2\" 🙂","name":"täxt \"2\" 🙂"}`},
		"Day":     {`"2020-01-01"`, `"2024-02-29"`},
		"Range":   {`5`},
		"No":      nil,
	} {
		got := set.Valid(name)
		if len(got) != len(want) {
			t.Errorf("%s: got %d values %v, want %d", name, len(got), got, len(want))
			continue
		}
		for i := range want {
			if want[i] != "" && got[i].JSON != want[i] {
				t.Errorf("%s %s: got %s, want %s", name, got[i].Name, got[i].JSON, want[i])
			}
			if !json.Valid([]byte(got[i].JSON)) {
				t.Errorf("%s %s: not JSON: %s", name, got[i].Name, got[i].JSON)
			}
		}
	}
}

func TestInvalidBreaksEachRule(t *testing.T) {
	t.Parallel()
	set, err := NewSet(table)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, v := range set.Invalid("Order") {
		got[v.Name] = true
	}
	for _, want := range []string{
		"the value of another type", "the value null", "without id", "without state", "without lines", "with an unknown member",
		"id too small", "id not whole", "state of no known value", "lines too few items", "lines.0 of another type",
		"without lines.0.sku", "lines.0.sku against its pattern", "lines.0.price too small", "note too long",
	} {
		if !got[want] {
			t.Errorf("no value for %q in %v", want, got)
		}
	}
	if got["note null"] {
		t.Error("null is a value of note, not a violation")
	}
}

func TestPatternsAreMatched(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{`^[a-z0-9][a-z0-9-]{0,39}$`, `\S`, `^(foo|bar)+\d{2,}$`, `^\p{Lu}`, `^[^a-z]$`, `^x?y*z$`} {
		if s, ok := matching(pattern, 1); !ok {
			t.Errorf("%s: built %q, which does not match", pattern, s)
		}
	}
}
