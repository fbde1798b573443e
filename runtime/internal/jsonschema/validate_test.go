package jsonschema

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

func compileX(t testing.TB, set string) *Schema {
	t.Helper()
	s, err := NewSet(set, Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := s.Schema("X")
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func check(t testing.TB, s *Schema, text string, dir Direction) string {
	t.Helper()
	found, err := s.Validate([]byte(text), dir)
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, len(found))
	for i, v := range found {
		lines[i] = v.String()
	}
	return strings.Join(lines, "\n")
}

// TestViolationsInWords shows the words of every keyword once.
func TestViolationsInWords(t *testing.T) {
	t.Parallel()
	for _, k := range []struct{ schema, text, want string }{
		{`{"type": "integer"}`, `1.5`, `(root): must be an integer (type)`},
		{`{"type": ["string", "null"]}`, `1`, `(root): must be null or a string (type)`},
		{`{"enum": [1, "a", {"b": []}]}`, `2`, `(root): must be 1, "a" or {"b": []} (enum)`},
		{`{"const": {"a": 1}}`, `{"a": 2}`, `(root): must be {"a": 1} (const)`},
		{`{"multipleOf": 0.01, "maximum": 1, "exclusiveMinimum": 5}`, `2.005`,
			"(root): must be at most 1 (maximum)\n(root): must be greater than 5 (exclusiveMinimum)\n(root): must be a multiple of 0.01 (multipleOf)"},
		{`{"format": "ipv4", "maxLength": 1}`, `"1.2.3"`, "(root): must have at most 1 character (maxLength)\n(root): must be a valid ipv4 (format)"},
		{`{"minItems": 3, "items": {"type": "null"}}`, `[1, null]`, "(root): must have at least 3 items (minItems)\n/0: must be null (type)"},
		{`{"maxItems": 1, "uniqueItems": true}`, `[{"a":1,"b":2},3,{"b":2,"a":1.0}]`,
			"(root): must have at most 1 item (maxItems)\n(root): must not have equal items, but items 0 and 2 are (uniqueItems)"},
		{`{"contains": {"type": "string"}, "minContains": 2}`, `["a"]`, `(root): must contain at least 2 matching items, has 1 (minContains)`},
		{`{"prefixItems": [{}, false], "unevaluatedItems": false}`, `[1,2,3]`, "/1: is not allowed here (prefixItems)\n/2: is not allowed here (unevaluatedItems)"},
		{`{"required": ["a", "b/c"], "maxProperties": 0, "minProperties": 2}`, `{"x": 1}`,
			"(root): must have at least 2 properties (minProperties)\n(root): must have at most 0 properties (maxProperties)\n/a: is required (required)\n/b~1c: is required (required)"},
		{`{"propertyNames": {"pattern": "^a"}, "patternProperties": {"^b": false}}`, `{"b": 1}`,
			"/b: is not allowed here (patternProperties)\n/b: has a name that is not allowed (propertyNames)"},
		{`{"dependentRequired": {"a": ["b"]}, "dependentSchemas": {"a": {"maxProperties": 0}}}`, `{"a": 1}`,
			"/b: is required when a is present (dependentRequired)\n(root): must have at most 0 properties (maxProperties)"},
		{`{"not": {}}`, `1`, `(root): must not match the schema under not (not)`},
		{`{"if": {"type": "string"}, "then": {"minLength": 2}, "else": false}`, `1`, `(root): is not allowed (false)`},
		{`{"anyOf": [{"type": "string", "minLength": 3}, {"type": "null"}]}`, `"ab"`, `(root): must have at least 3 characters (minLength)`},
		{`{"anyOf": [{"type": "string"}, {"type": "null"}]}`, `5`, `(root): must be null or a string (type)`},
		{`{"oneOf": [{"minLength": 1}, {"maxLength": 3}]}`, `"ab"`, `(root): must match only one alternative, but matches 1 and 2 of 2 (oneOf)`},
		{`{"oneOf": [{"minLength": 5}, {"minLength": 9}]}`, `"ab"`, `(root): must match one of 2 alternatives (oneOf)`},
		{`{"allOf": [{"minLength": 5}, {"minLength": 5}, {"maxLength": 1}]}`, `"ab"`,
			"(root): must have at least 5 characters (minLength)\n(root): must have at most 1 character (maxLength)"},
	} {
		x := compileX(t, `{"X": `+k.schema+`}`)
		if diff := cmp.Diff(k.want, check(t, x, k.text, Both)); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", k.schema, k.text, diff)
		}
	}
}

// TestDeepBranchingIsQuick has schemas in which naive evaluation doubles its work at every level.
func TestDeepBranchingIsQuick(t *testing.T) {
	t.Parallel()
	text := strings.Repeat(`{"c":`, 60) + `"end"` + strings.Repeat("}", 60)
	for _, schema := range []string{
		`{"oneOf": [{"properties": {"c": {"$ref": "#/X"}}, "required": ["a"]}, {"properties": {"c": {"$ref": "#/X"}}}]}`,
		`{"allOf": [{"properties": {"c": {"$ref": "#/X"}}}, {"properties": {"c": {"$ref": "#/X"}}}], "type": "object"}`,
		`{"anyOf": [{"properties": {"c": {"$ref": "#/X"}}, "type": "object"}, {"properties": {"c": {"$ref": "#/X"}}, "required": ["c"], "type": "object"}]}`,
		`{"not": {"properties": {"c": {"$ref": "#/X"}}, "not": {"properties": {"c": {"$ref": "#/X"}}}}}`,
		`{"if": {"properties": {"c": {"$ref": "#/X"}}}, "then": {"properties": {"c": {"$ref": "#/X"}}}, "else": {"properties": {"c": {"$ref": "#/X"}}}}`,
		`{"properties": {"c": {"$ref": "#/X"}}, "anyOf": [{"properties": {"c": {"$ref": "#/X"}}}, {"patternProperties": {"c": {"$ref": "#/X"}}}], "unevaluatedProperties": false}`,
	} {
		check(t, compileX(t, `{"X": `+schema+`}`), text, Both) // finishes, or the test times out
	}
}

func TestReferencesInCirclesEnd(t *testing.T) {
	t.Parallel()
	for _, set := range []string{
		`{"X": {"$ref": "#/X"}}`, `{"X": {"$ref": "#/Y", "type": "string"}, "Y": {"allOf": [{"$ref": "#/X"}]}}`,
		`{"X": {"anyOf": [{"$ref": "#/X"}, {"type": "string"}]}}`, `{"X": {"not": {"not": {"$ref": "#/X"}}}}`,
		`{"X": {"oneOf": [{"$ref": "#/X"}], "dependentSchemas": {"a": {"$ref": "#"}}}}`,
	} {
		x := compileX(t, set)
		check(t, x, `{"a":[1]}`, Request)
		check(t, x, `5`, Both)
	}
}

func TestDiscriminatorPicksTheBranch(t *testing.T) {
	t.Parallel()
	x := compileX(t, `{"X": {"oneOf": [{"$ref": "#/Cat"}, {"$ref": "#/Dog"}], "discriminator": {"propertyName": "kind", "mapping": {"kitten": "#/Cat", "d": "Dog"}}},
		"Cat": {"required": ["lives"]}, "Dog": {"required": ["bark"]}}`)
	for _, k := range []struct {
		text, want string
		branch     int
	}{
		{`{"kind": "kitten", "lives": 1}`, "", 0},
		{`{"kind": "d", "bark": 1, "lives": 1}`, "", 1},
		{`{"kind": "d", "lives": 1}`, "/bark: is required (required)", -1},
		{`{"kind": "Dog"}`, `/kind: must be "kitten" or "d" (discriminator)`, -1},
		{`{"kind": 1}`, `/kind: must be "kitten" or "d" (discriminator)`, -1},
		{`{}`, "/kind: is required (required)", -1},
	} {
		if got := check(t, x, k.text, Both); got != k.want {
			t.Errorf("%s: got %q, want %q", k.text, got, k.want)
		}
		var d jsonscan.Doc
		if err := d.Parse([]byte(k.text), 4); err != nil {
			t.Fatal(err)
		}
		if got := x.Branch(&d, 0, Both); got != k.branch {
			t.Errorf("%s: branch %d, want %d", k.text, got, k.branch)
		}
	}
	// Without mapping, branches go by the names of their entries.
	x = compileX(t, `{"X": {"anyOf": [{"$ref": "#/Cat"}, {"$ref": "#/Dog"}], "discriminator": {"propertyName": "kind"}}, "Cat": {}, "Dog": {"required": ["bark"]}}`)
	if got := check(t, x, `{"kind":"Dog"}`, Both); got != "/bark: is required (required)" {
		t.Error(got)
	}
}

// TestDiscriminatorOfIncompleteDocuments covers what published documents leave out.
func TestDiscriminatorOfIncompleteDocuments(t *testing.T) {
	t.Parallel()
	// Values come from the branches where mapping is silent, inline branches included.
	x := compileX(t, `{"X": {"oneOf": [{"$ref": "#/Cat"}, {"$ref": "#/Dog"}, {"properties": {"kind": {"enum": ["owl", "raven"]}}, "required": ["wings"]}, {"type": "null"}],
		"discriminator": {"propertyName": "kind", "mapping": {"cat": "#/Cat"}}},
		"Cat": {}, "Dog": {"allOf": [{"$ref": "#/Animal"}, {"properties": {"kind": {"const": "dog"}}, "required": ["bark"]}]}, "Animal": {"properties": {"kind": {"type": "string"}}}}`)
	for text, want := range map[string]string{
		`{"kind": "cat"}`: "", `{"kind": "dog"}`: "/bark: is required (required)", `{"kind": "raven"}`: "/wings: is required (required)",
		`{"kind": "Dog"}`: `/kind: must be "cat", "dog", "owl" or "raven" (discriminator)`,
	} {
		if got := check(t, x, text, Both); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	// A branch that no value selects: all branches are asked.
	x = compileX(t, `{"X": {"oneOf": [{"$ref": "#/Cat"}, {"required": ["bark"]}], "discriminator": {"propertyName": "kind"}}, "Cat": {"required": ["lives"]}}`)
	if got := check(t, x, `{"bark": 1}`, Both); got != "" {
		t.Error(got)
	}
	// A mapping to elsewhere is reported and left out.
	var told []string
	set, err := NewSet(`{"X": {"oneOf": [{"$ref": "#/Cat"}], "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/Cat", "cow": "#/Cow", "x": "#/X"}}}, "Cat": {}}`,
		Options{Unsupported: func(u Unsupported) { told = append(told, u.Detail) }})
	if err != nil {
		t.Fatal(err)
	}
	if x, err = set.Schema("X"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`mapping "cow": "#/Cow" is not in the set`, `mapping "x": "#/X" is not one of the alternatives`}, told); diff != "" {
		t.Error(diff)
	}
	if got := check(t, x, `{"kind": "cow"}`, Both); got != `/kind: must be "cat" (discriminator)` {
		t.Error(got)
	}
}

func TestDirectionsRelaxRequired(t *testing.T) {
	t.Parallel()
	x := compileX(t, `{"X": {"allOf": [{"$ref": "#/Base"}, {"required": ["id", "secret", "both"]}], "required": ["id"]},
		"Base": {"properties": {"id": {"allOf": [{"$ref": "#/ID"}]}, "secret": {"writeOnly": true}, "both": {}}}, "ID": {"readOnly": true}}`)
	for dir, want := range map[Direction]string{
		Both:     "/id: is required (required)\n/secret: is required (required)\n/both: is required (required)",
		Request:  "/secret: is required (required)\n/both: is required (required)",
		Response: "/id: is required (required)\n/both: is required (required)",
	} {
		got := check(t, x, `{}`, dir)
		if diff := cmp.Diff(strings.Split(want, "\n"), sorted(got)); diff != "" {
			t.Errorf("direction %d (-want +got):\n%s", dir, diff)
		}
	}
}

// sorted puts the lines in the order id, secret, both.
func sorted(text string) []string {
	var out []string
	for _, name := range []string{"/id", "/secret", "/both"} {
		for line := range strings.SplitSeq(text, "\n") {
			if strings.HasPrefix(line, name) {
				out = append(out, line)
			}
		}
	}
	return out
}

func TestFaultySchemasAreReported(t *testing.T) {
	t.Parallel()
	set, err := NewSet(`{"A": {"minLength": "x", "properties": {"p": {"type": "strin"}, "q": 5}, "items": {"$ref": "#/Nope"}, "pattern": "(?=a)", "multipleOf": 0},
		"B": {"required": ["a"], "properties": {"a": {"pattern": "a(?!b)"}}, "$dynamicRef": "#x"}, "C": {"$ref": "#/A"}}`, Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = set.Schema("C")
	want := `#/A: minLength: must be a non-negative integer
#/A/properties/p: type: "strin" is not the name of a type
#/A/properties/q: a schema must be an object, true or false
#/A/items: $ref: "#/Nope" is not in the set
#/A: pattern: pattern "(?=a)": look-around (?= is not supported
#/A: multipleOf: must be greater than 0`
	if err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
	if err := set.Check(); err == nil || strings.Count(err.Error(), "\n") != 13 {
		t.Errorf("Check says %v", err)
	}
	for _, text := range []string{``, `[]`, `{"A": }`, `{"A": {}, "A": {}}`, `{} x`} {
		if _, err := NewSet(text, Options{}); err == nil {
			t.Errorf("%q is a set", text)
		}
	}
}

func TestUnsupportedKeywordsGoToTheHook(t *testing.T) {
	t.Parallel()
	var got []string
	set, err := NewSet(`{"X": {"properties": {"a": {"pattern": "a(?!b)", "maxLength": 3}}, "patternProperties": {"(?<=x)y": false}}}`,
		Options{Unsupported: func(u Unsupported) { got = append(got, u.Error()) }})
	if err != nil {
		t.Fatal(err)
	}
	x, err := set.Schema("X")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`#/X/properties/a: pattern: pattern "a(?!b)": look-around (?! is not supported`,
		`#/X: patternProperties: pattern "(?<=x)y": look-around (?<= is not supported`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// The rest of the schema holds.
	if got := check(t, x, `{"a": "abcd", "xy": 1}`, Both); got != "/a: must have at most 3 characters (maxLength)" {
		t.Error(got)
	}
}

func TestSetIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("{")
	for i := range 50 {
		fmt.Fprintf(&b, `"S%d": {"properties": {"next": {"$ref": "#/S%d"}}, "required": ["v"]},`, i, (i+1)%50)
	}
	set, err := NewSet(b.String()+`"Last": {"$ref": "#/Missing"}}`, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			s, err := set.Schema(fmt.Sprintf("S%d", i))
			if err != nil {
				t.Error(err)
				return
			}
			if got := check(t, s, `{"next": {"v": 1}}`, Both); got != "/v: is required (required)" {
				t.Error(got)
			}
			if _, err := set.Schema("Last"); err == nil {
				t.Error("Last compiles")
			}
		})
	}
	wg.Wait()
}
