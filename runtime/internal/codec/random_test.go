package codec

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// randomSchema writes schemas about the few names and values that randomValue uses, so that both
// outcomes are common.
type randomSchema struct {
	*rand.Rand
	entries int
}

func (r randomSchema) pick(options ...string) string { return options[r.IntN(len(options))] }

func (r randomSchema) list(n int, one func() string) string {
	parts := repeat(n, one)
	return "[" + strings.Join(parts, ",") + "]"
}

func repeat(n int, one func() string) []string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = one()
	}
	return parts
}

// schema returns a schema; depth bounds how many more levels it has.
func (r randomSchema) schema(depth int) string {
	switch r.IntN(14) {
	case 0:
		return r.pick("true", "true", "true", "false")
	case 1:
		return fmt.Sprintf(`{"$ref": "#/S%d"}`, r.IntN(r.entries))
	}
	var members []string
	seen := map[string]bool{}
	for range 1 + r.IntN(3) {
		m := r.keyword(depth)
		key, _, _ := strings.Cut(m, ":")
		if !seen[key] {
			seen[key] = true
			members = append(members, m)
		}
	}
	return "{" + strings.Join(members, ", ") + "}"
}

func (r randomSchema) keyword(depth int) string {
	if depth > 0 {
		sub := func() string { return r.schema(depth - 1) }
		switch r.IntN(22) {
		case 0:
			return `"allOf": ` + r.list(1+r.IntN(2), sub)
		case 1:
			return `"anyOf": ` + r.list(1+r.IntN(3), sub)
		case 2:
			return `"oneOf": ` + r.list(1+r.IntN(3), sub)
		case 3:
			return `"anyOf": [` + sub() + `, {"type": "null"}]`
		case 4:
			return `"not": ` + sub()
		case 5:
			return `"if": ` + sub() + `, "then": ` + sub() + `, "else": ` + sub()
		case 6, 7, 8, 9:
			return fmt.Sprintf(`"properties": {"a": %s, "b": %s, "c": %s}`, sub(), sub(), sub())
		case 10:
			return `"additionalProperties": ` + sub()
		case 11:
			return `"patternProperties": {"^[ax]": ` + sub() + `}`
		case 12:
			return `"items": ` + sub()
		case 13:
			return `"prefixItems": ` + r.list(1+r.IntN(2), sub)
		case 14:
			return `"contains": ` + sub() + fmt.Sprintf(`, "minContains": %d`, r.IntN(2))
		case 15:
			return r.pick(`"unevaluatedProperties": `, `"unevaluatedItems": `) + sub()
		case 16:
			return `"dependentSchemas": {"a": ` + sub() + `}`
		case 17:
			return `"propertyNames": ` + sub()
		}
	}
	return r.pick(
		`"type": "object"`, `"type": "array"`, `"type": "string"`, `"type": "integer"`, `"type": ["number", "null"]`, `"type": ["object", "null"]`, `"type": ["string", "integer"]`,
		`"enum": ["p", "q", 1, null]`, `"enum": [1, 2.0, 300]`, `"const": "p"`, `"minLength": 2`, `"maxLength": 1`, `"pattern": "^[a-p]"`, `"format": "date"`, `"format": "int32"`,
		`"minimum": 1.5`, `"exclusiveMaximum": 300`, `"multipleOf": 0.5`, `"required": ["a"]`, `"required": ["b", "x"]`, `"minProperties": 1`, `"maxProperties": 2`,
		`"minItems": 1`, `"maxItems": 2`, `"uniqueItems": true`, `"dependentRequired": {"a": ["c"]}`, `"readOnly": true`, `"writeOnly": true`,
	)
}

func (r randomSchema) value(depth int) string {
	if depth > 0 {
		switch r.IntN(4) {
		case 0, 1:
			var members []string
			for _, name := range []string{"a", "b", "c", "x", "y"} {
				if r.IntN(3) == 0 {
					members = append(members, fmt.Sprintf("%q: %s", name, r.value(depth-1)))
				}
			}
			return "{" + strings.Join(members, ", ") + "}"
		case 2:
			return r.list(r.IntN(3), func() string { return r.value(depth - 1) })
		}
	}
	return r.pick(`"p"`, `"q"`, `"zz"`, `""`, `"2024-01-01"`, "1", "2", "1.5", "300", "3e2", "-7", "1e400", "true", "null", "99999999999")
}

// shape is a Go type that any of the schemas may be read into.
type shape struct {
	A *shape            `json:"a,omitzero"`
	B Nullable[string]  `json:"b,omitzero"`
	C []int16           `json:"c,omitzero"`
	X map[string]string `rt:"additional"`
}

type shapeUnion struct {
	A *shape   `rt:"variant=0"`
	B *string  `rt:"variant=1"`
	C []*shape `rt:"variant=2"`
}

type shapeTuple struct {
	A *shape   `rt:"item=0"`
	B *float32 `rt:"item=1"`
	C []any    `rt:"items"`
}

type shapePlain struct {
	A json.RawMessage `json:"a,omitzero"`
	B *bool           `json:"b,omitzero"`
	C shapeInner      `json:"c"`
}

type shapeInner struct {
	A []string       `json:"a"`
	B map[string]any `json:"b"`
	C *uint8         `json:"c,omitzero"`
}

// TestRandomSchemas compares the typed pass with the validator for schemas that nobody would
// write.
func TestRandomSchemas(t *testing.T) {
	t.Parallel()
	types := []reflect.Type{
		reflect.TypeFor[shape](), reflect.TypeFor[shapeUnion](), reflect.TypeFor[shapeTuple](), reflect.TypeFor[shapePlain](),
		reflect.TypeFor[map[string]*shapePlain](), reflect.TypeFor[[]*float64](), reflect.TypeFor[[2]*string](), reflect.TypeFor[map[string][]int](),
		reflect.TypeFor[*string](), reflect.TypeFor[*float32](), reflect.TypeFor[*int64](), reflect.TypeFor[any](), reflect.TypeFor[*Date](),
	}
	sets := 1500
	if testing.Short() {
		sets = 500
	}
	compiled, accepted := 0, 0
	for seed := range sets {
		r := randomSchema{rand.New(rand.NewPCG(7, uint64(seed))), 3}
		text := fmt.Sprintf(`{"S0": %s, "S1": %s, "S2": %s}`, r.schema(3), r.schema(2), r.schema(2))
		set := newSet(t, text)
		c, err := For(set, "S0", types[r.IntN(len(types))], Direction(r.IntN(3)))
		if err != nil {
			continue // the schema and the type have nothing in common
		}
		compiled++
		for range 25 {
			value := r.value(3)
			if c.Decode([]byte(value), reflect.New(c.typ.Elem()).Interface(), Options{}) == nil {
				accepted++
			}
			agreement(t, c, value)
		}
		if t.Failed() {
			t.Fatalf("seed %d: %s as %s, direction %d", seed, text, c.typ, c.dir)
		}
	}
	if compiled < sets/4 || accepted < compiled {
		t.Errorf("%d schemas compiled, %d values accepted: the comparison says little", compiled, accepted)
	}
}
