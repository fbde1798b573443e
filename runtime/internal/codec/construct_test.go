package codec

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A construct is a schema with the Go type the generator emits for it, and what some texts come
// to. Accepted texts must also encode to the text again, or to what the second column says.
type construct struct {
	name   string
	schema string
	typ    any
	dir    Direction
	good   [][2]string // text, what it encodes to ("" for the same)
	bad    [][2]string // text, violations
}

type optional struct {
	A string           `json:"a"`
	B *string          `json:"b,omitzero"`
	C *string          `json:"c"`
	D Nullable[string] `json:"d,omitzero"`
	E []string         `json:"e"`
	F []string         `json:"f,omitzero"`
	G map[string]int   `json:"g"`
	H []string         `json:"h"`
}

type pet struct {
	Cat *cat `rt:"variant=0"`
	Dog *dog `rt:"variant=1"`
}

type cat struct {
	Kind  string `json:"kind"`
	Lives int    `json:"lives"`
}

type dog struct {
	Kind string `json:"kind"`
	Bark string `json:"bark,omitzero"`
}

type scalarUnion struct {
	Text   *string         `rt:"variant=0"`
	Number *float64        `rt:"variant=1"`
	List   []int           `rt:"variant=2"`
	Other  json.RawMessage `rt:"variant=3"`
}

type tuple struct {
	Name string `rt:"item=0"`
	Age  *int   `rt:"item=1"`
	Rest []bool `rt:"items"`
}

type open struct {
	Name    string            `json:"name"`
	Headers map[string]string `rt:"pattern=^x-"`
	Extra   map[string]int    `rt:"additional"`
}

type loose struct {
	Name  string         `json:"name"`
	Extra map[string]any `rt:"additional"`
}

type tree struct {
	Value    int             `json:"value"`
	Left     *tree           `json:"left,omitzero"`
	Children []tree          `json:"children,omitzero"`
	Named    map[string]tree `json:"named,omitzero"`
}

type account struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	Password string  `json:"password"`
	Both     *string `json:"both,omitzero"`
}

type wide struct {
	A, B, C, D, E, F, G, H, I, J int
}

var constructs = []construct{
	{
		name:   "strings",
		schema: `{"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-zé😀]+$"}`,
		typ:    "",
		good:   [][2]string{{`"ab"`}, {`"é😀"`}, {`"\u0061\ud83d\ude00"`, `"a😀"`}},
		bad: [][2]string{
			{`"a"`, ` minLength: must have at least 2 characters`},
			{`"abcde"`, ` maxLength: must have at most 4 characters`},
			{`"AB"`, ` pattern: must match the pattern ^[a-zé😀]+$`},
			{`"A"`, " minLength: must have at least 2 characters\n pattern: must match the pattern ^[a-zé😀]+$"},
			{`5`, ` type: must be a string`}, {`null`, ` type: must be a string`},
		},
	},
	{
		name:   "integers are values, not spellings",
		schema: `{"type": "integer", "minimum": -10, "exclusiveMaximum": 1000, "multipleOf": 5}`,
		typ:    int32(0),
		good:   [][2]string{{`5`}, {`5.0`, `5`}, {`1e2`, `100`}, {`-0`, `0`}, {`0.5e1`, `5`}},
		bad: [][2]string{
			{`-15`, ` minimum: must be at least -10`}, {`1000`, ` exclusiveMaximum: must be less than 1000`},
			{`7`, ` multipleOf: must be a multiple of 5`}, {`5.5`, " type: must be an integer\n multipleOf: must be a multiple of 5"},
			{`"5"`, ` type: must be an integer`},
			{`99999999999999999995`, ` exclusiveMaximum: must be less than 1000`},
			{`1e999999999`, ` exclusiveMaximum: must be less than 1000`},
		},
	},
	{
		name: "numbers that the Go type cannot hold", schema: `{"type": "array", "items": {"type": "integer"}}`,
		typ:  []int8{},
		good: [][2]string{{`[-128,127]`}, {`[]`}},
		bad: [][2]string{
			{`[1,128,2,-129]`, "/1 format: must be a signed 8-bit integer, from -128 to 127\n/3 format: must be a signed 8-bit integer, from -128 to 127"},
			{`[1e400,"x"]`, "/0 format: must be a signed 8-bit integer, from -128 to 127\n/1 type: must be an integer"},
		},
	},
	{
		name: "bounds between integers", schema: `{"type": "integer", "minimum": 1.5, "exclusiveMaximum": 3.5}`, typ: int64(0),
		good: [][2]string{{`2`}, {`3`}},
		bad:  [][2]string{{`1`, ` minimum: must be at least 1.5`}, {`4`, ` exclusiveMaximum: must be less than 3.5`}},
	},
	{
		name: "unsigned", schema: `{"type": "integer"}`, typ: uint64(0),
		good: [][2]string{{`18446744073709551615`}, {`0`}, {`-0`, `0`}},
		bad: [][2]string{
			{`-1`, ` format: must be an unsigned 64-bit integer, from 0 to 18446744073709551615`},
			{`18446744073709551616`, ` format: must be an unsigned 64-bit integer, from 0 to 18446744073709551615`},
		},
	},
	{
		name: "int64 bounds are exact", schema: `{"type": "integer", "format": "int64", "maximum": 9007199254740993}`, typ: int64(0),
		good: [][2]string{{`9007199254740993`}, {`-9223372036854775808`}},
		bad: [][2]string{
			{`9007199254740994`, ` maximum: must be at most 9007199254740993`},
			{`-9223372036854775809`, ` format: must be a valid int64`},
		},
	},
	{
		name: "floats", schema: `{"type": "number", "minimum": 0.1, "multipleOf": 0.01}`, typ: 0.0,
		good: [][2]string{{`0.1`}, {`19.99`}, {`1e2`, `100`}},
		bad: [][2]string{
			{`0.09999999999999999999`, " minimum: must be at least 0.1\n multipleOf: must be a multiple of 0.01"},
			{`0.105`, ` multipleOf: must be a multiple of 0.01`},
			{`1e400`, ` format: must be a number that 64-bit floating point can hold`},
		},
	},
	{
		name: "enums", schema: `{"enum": ["red", "green", 3]}`, typ: color(""),
		good: [][2]string{{`"red"`}, {`"gr\u0065en"`, `"green"`}},
		bad: [][2]string{
			{`"blue"`, ` enum: must be "red", "green" or 3`}, {`true`, ` enum: must be "red", "green" or 3`},
			{`3`, ` type: must be a string`},
		},
	},
	{
		name: "enumeration by oneOf of const", typ: color(""),
		schema: `{"oneOf": [{"const": "a", "title": "A"}, {"const": "b"}]}`,
		good:   [][2]string{{`"a"`}, {`"b"`}},
		bad:    [][2]string{{`"c"`, ` oneOf: must match one of 2 alternatives`}},
	},
	{
		name: "open enumeration", typ: color(""),
		schema: `{"anyOf": [{"type": "string"}, {"enum": ["a", "b"]}]}`,
		good:   [][2]string{{`"a"`}, {`"zzz"`}},
		bad:    [][2]string{{`1`, ` anyOf: must match one of 2 alternatives`}},
	},
	{
		name: "optional and null", typ: optional{},
		schema: `{"type": "object", "required": ["a", "c", "e", "g", "h"], "properties": {
			"a": {"type": "string"}, "b": {"type": "string"}, "c": {"type": ["string", "null"]},
			"d": {"anyOf": [{"type": "string", "minLength": 2}, {"type": "null"}]},
			"e": {"type": "array", "items": {"type": "string"}}, "f": {"type": "array", "items": {"type": "string"}},
			"g": {"type": "object", "additionalProperties": {"type": "integer"}},
			"h": {"type": ["array", "null"], "items": {"type": "string"}}}}`,
		good: [][2]string{
			{`{"a":"","c":null,"e":[],"g":{},"h":null}`},
			{`{"a":"","b":"","c":"","d":null,"e":[],"f":[],"g":{},"h":[]}`},
			{`{"a":"x","c":"y","d":"zz","e":["q"],"g":{"n":1},"h":["r"]}`},
			{`{"unknown":{"deep":[1]},"c":null,"a":"x","e":[],"g":{},"h":null}`, `{"a":"x","c":null,"e":[],"g":{},"h":null}`},
		},
		bad: [][2]string{
			{`{}`, "/a required: is required\n/c required: is required\n/e required: is required\n/g required: is required\n/h required: is required"},
			{`{"a":null,"b":null,"c":1,"d":"z","e":null,"f":null,"g":{"x":"1"},"h":[1]}`,
				"/a type: must be a string\n/b type: must be a string\n/c type: must be null or a string\n" +
					"/d minLength: must have at least 2 characters\n/e type: must be an array\n/f type: must be an array\n" +
					"/g/x type: must be an integer\n/h/0 type: must be a string"},
			{`{"A":"x","c":null,"e":[],"g":{},"h":null}`, `/a required: is required`},
		},
	},
	{
		name: "no other members", typ: point{},
		schema: `{"properties": {"x": {"type": "number"}, "y": {"type": "number"}}, "additionalProperties": false, "minProperties": 1}`,
		good:   [][2]string{{`{"x":1,"y":0}`}, {`{"y":1}`, `{"x":0,"y":1}`}},
		bad: [][2]string{
			{`{"x":1,"z":2,"a/b":3}`, "/z additionalProperties: is not allowed here\n/a~1b additionalProperties: is not allowed here"},
			{`{}`, ` minProperties: must have at least 1 property`},
			{`[]`, ` type: must be an object`},
		},
	},
	{
		name: "allOf merges and keeps each part's rules", typ: cat{},
		schema: `{"allOf": [{"$ref": "#/X/$defs/base"}, {"properties": {"lives": {"type": "integer", "maximum": 9}}, "required": ["lives"]}],
			"properties": {"lives": {"minimum": 1}},
			"$defs": {"base": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "minLength": 1}}}}}`,
		good: [][2]string{{`{"kind":"c","lives":9}`}},
		bad: [][2]string{
			{`{"kind":"","lives":10}`, "/kind minLength: must have at least 1 character\n/lives maximum: must be at most 9"},
			{`{"lives":0}`, "/kind required: is required\n/lives minimum: must be at least 1"},
		},
	},
	{
		name: "direction: request", typ: account{}, dir: Request, schema: accountSchema,
		good: [][2]string{
			{`{"name":"n","password":"p"}`},
			{`{"id":"1","name":"n","password":"p","both":"x"}`, `{"name":"n","password":"p","both":"x"}`},
		},
		bad: [][2]string{
			{`{"name":"n"}`, `/password required: is required`},
			{`{"id":1,"name":"n","password":"p"}`, `/id type: must be a string`},
		},
	},
	{
		name: "direction: response", typ: account{}, dir: Response, schema: accountSchema,
		good: [][2]string{
			{`{"id":"1","name":"n"}`},
			{`{"id":"1","name":"n","password":"p","both":"x"}`, `{"id":"1","name":"n","both":"x"}`},
		},
		bad: [][2]string{{`{"name":"n"}`, `/id required: is required`}},
	},
	{
		name: "direction: neither", typ: account{}, schema: accountSchema,
		good: [][2]string{{`{"id":"1","name":"n","password":"p"}`}},
		bad:  [][2]string{{`{"name":"n"}`, "/id required: is required\n/password required: is required"}},
	},
	{
		name: "direction: within lists, unions and references", typ: []account{}, dir: Response,
		schema: `{"X": {"type": "array", "items": {"allOf": [{"$ref": "#/Account"}]}}, "Account": {"type": "object",
			"required": ["id", "name", "password"], "properties": {"password": {"$ref": "#/Secret"}}}, "Secret": {"writeOnly": true}}`,
		good: [][2]string{{`[{"id":"1","name":"n","password":"p"}]`, `[{"id":"1","name":"n"}]`}},
	},
	{
		name: "maps", typ: map[string]int{},
		schema: `{"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"maxLength": 2}, "maxProperties": 2}`,
		good:   [][2]string{{`{}`}, {`{"b":1,"a":2}`, `{"a":2,"b":1}`}},
		bad: [][2]string{
			{`{"abc":1}`, `/abc propertyNames: has a name that is not allowed`},
			{`{"a":1,"b":2,"c":"x"}`, " maxProperties: must have at most 2 properties\n/c type: must be an integer"},
		},
	},
	{
		name: "patterns and the rest", typ: open{},
		schema: `{"type": "object", "required": ["name", "size"], "properties": {"name": {"type": "string"}, "size": {"type": "integer", "minimum": 1}},
			"patternProperties": {"^x-": {"type": "string", "minLength": 1}, "^x-n": {"pattern": "^[0-9]+$"}},
			"additionalProperties": {"type": "integer"}}`,
		good: [][2]string{
			{`{"x-b":"1","zz":5,"name":"n","x-a":"2","size":3}`, `{"name":"n","x-a":"2","x-b":"1","size":3,"zz":5}`},
			{`{"name":"n","x-n":"12","size":1}`},
		},
		bad: [][2]string{
			{`{"name":"n","x-a":"","x-n":"q","size":0,"more":"x"}`,
				"/x-a minLength: must have at least 1 character\n/x-n pattern: must match the pattern ^[0-9]+$\n" +
					"/size minimum: must be at least 1\n/more type: must be an integer"},
			{`{"name":"n"}`, `/size required: is required`},
		},
	},
	{
		name: "a map takes what patterns of the schema alone select", typ: loose{},
		schema: `{"properties": {"name": {"type": "string"}}, "patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": {"type": "integer"}}`,
		good:   [][2]string{{`{"name":"n","a":1,"x-b":"2"}`}},
		bad:    [][2]string{{`{"x-b":1,"a":"2"}`, "/x-b type: must be a string\n/a type: must be an integer"}},
	},
	{
		name: "tuples", typ: tuple{},
		schema: `{"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": {"type": "boolean"}, "minItems": 1}`,
		good:   [][2]string{{`["a"]`}, {`["a",1]`}, {`["a",1,true,false]`}},
		bad: [][2]string{
			{`[]`, ` minItems: must have at least 1 item`},
			{`[1,"x",3]`, "/0 type: must be a string\n/1 type: must be an integer\n/2 type: must be a boolean"},
		},
	},
	{
		name: "arrays of fixed length", typ: [2]int{}, schema: `{"type": "array", "items": {"type": "integer"}}`,
		good: [][2]string{{`[1,2]`}},
		bad: [][2]string{
			{`[1]`, ` items: must have exactly 2 items`}, {`[1,2,3]`, ` items: must have exactly 2 items`}, {`[]`, ` items: must have exactly 2 items`},
		},
	},
	{
		name: "unique items, contains", typ: []any{},
		schema: `{"uniqueItems": true, "contains": {"type": "string"}, "maxContains": 2}`,
		good:   [][2]string{{`["a",1,{"k":1.5}]`}},
		bad: [][2]string{
			{`["a",{"x":1,"y":2},{"y":2.0,"x":1}]`, ` uniqueItems: must not have equal items, but items 1 and 2 are`},
			{`[1]`, ` contains: must contain a matching item`},
			{`["a","b","c"]`, ` maxContains: must contain at most 2 matching items, has 3`},
		},
	},
	{
		name: "union with discriminator", typ: pet{}, schema: `{"X": {"oneOf": [{"$ref": "#/Cat"}, {"$ref": "#/Dog"}],
			"discriminator": {"propertyName": "kind", "mapping": {"cat": "#/Cat", "kitten": "#/Cat", "dog": "#/Dog"}}},
			"Cat": {"type": "object", "required": ["kind", "lives"], "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}},
			"Dog": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "bark": {"type": "string"}}}}`,
		good: [][2]string{{`{"kind":"cat","lives":9}`}, {`{"bark":"wuff","kind":"dog"}`, `{"kind":"dog","bark":"wuff"}`}, {`{"kind":"kitten","lives":1}`}},
		bad: [][2]string{
			{`{"kind":"cow"}`, `/kind discriminator: must be "cat", "kitten" or "dog"`},
			{`{"lives":1}`, `/kind required: is required`},
			{`{"kind":"cat","lives":"x"}`, `/lives type: must be an integer`},
			{`3`, ` type: must be an object`},
		},
	},
	{
		name: "union by constant", typ: pet{}, schema: `{"anyOf": [
			{"type": "object", "required": ["kind", "lives"], "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}}},
			{"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["dog", "puppy"]}, "bark": {"type": "string"}}}]}`,
		good: [][2]string{{`{"kind":"cat","lives":9}`}, {`{"kind":"puppy","bark":"w"}`}},
		bad: [][2]string{
			{`{"kind":"cow"}`, ` anyOf: must match one of 2 alternatives`},
			{`{"kind":"dog","bark":5}`, `/bark type: must be a string`},
		},
	},
	{
		name: "union by required members", typ: pet{}, schema: `{"oneOf": [
			{"type": "object", "required": ["lives"], "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}},
			{"type": "object", "required": ["bark"], "properties": {"kind": {"type": "string"}, "bark": {"type": "string"}}}]}`,
		good: [][2]string{{`{"kind":"","lives":9}`}, {`{"kind":"","bark":"w"}`}},
		bad: [][2]string{
			{`{"kind":"","lives":9,"bark":"w"}`, ` oneOf: must match only one alternative, but matches 1 and 2 of 2`},
			{`{}`, ` oneOf: must match one of 2 alternatives`},
		},
	},
	{
		name: "union by type", typ: scalarUnion{}, schema: `{"oneOf": [{"type": "string"}, {"type": "number"},
			{"type": "array", "items": {"type": "integer"}}, {"type": "boolean"}, {"type": "null"}]}`,
		good: [][2]string{{`"x"`}, {`1.5`}, {`[]`}, {`[1]`}, {`true`}, {`null`}},
		bad: [][2]string{
			{`{}`, ` type: must be a number, null, a boolean, a string or an array`},
			{`["x"]`, `/0 type: must be an integer`},
		},
	},
	{
		name: "union beside other keywords", typ: pet{}, schema: `{"type": "object", "required": ["kind"],
			"properties": {"kind": {"type": "string", "maxLength": 3}},
			"oneOf": [{"properties": {"lives": {"type": "integer"}}, "required": ["lives"]}, {"properties": {"bark": {"type": "string"}}, "required": ["bark"]}]}`,
		good: [][2]string{{`{"kind":"cat","lives":9}`}, {`{"kind":"dog","bark":"w"}`}},
		bad: [][2]string{
			{`{"lives":9}`, `/kind required: is required`},
			{`{"kind":"doggy","bark":"w"}`, `/kind maxLength: must have at most 3 characters`},
		},
	},
	{
		name: "keywords without Go counterpart", typ: dog{}, schema: `{"type": "object",
			"properties": {"kind": {"type": "string", "not": {"const": "cow"}}, "bark": {"type": "string"}},
			"if": {"properties": {"kind": {"const": "loud"}}, "required": ["kind"]}, "then": {"required": ["bark"]},
			"dependentRequired": {"bark": ["kind"]}, "unevaluatedProperties": false}`,
		good: [][2]string{{`{"kind":"loud","bark":"W"}`}, {`{}`, `{"kind":""}`}},
		bad: [][2]string{
			{`{"kind":"loud"}`, `/bark required: is required`}, {`{"kind":"cow"}`, `/kind not: must not match the schema under not`},
			{`{"bark":"w"}`, `/kind dependentRequired: is required when bark is present`},
			{`{"kind":"a","more":1}`, `/more unevaluatedProperties: is not allowed here`},
		},
	},
	{
		name: "recursion", typ: tree{}, schema: `{"type": "object", "required": ["value"], "properties": {
			"value": {"type": "integer"}, "left": {"$ref": "#/X"}, "children": {"type": "array", "items": {"$ref": "#"}},
			"named": {"type": "object", "additionalProperties": {"$ref": "#/X"}}}}`,
		good: [][2]string{{`{"value":1,"left":{"value":2,"children":[{"value":3}]},"named":{"a":{"value":4}}}`}},
		bad:  [][2]string{{`{"value":1,"left":{"children":[{}]},"named":{"a/b":{"value":"x"}}}`, "/left/value required: is required\n/left/children/0/value required: is required\n/named/a~1b/value type: must be an integer"}},
	},
	{
		name: "any", typ: new(any), schema: `{"not": {"type": "boolean"}}`,
		good: [][2]string{{`{"a":[1,2.5,"x",null,true]}`}, {`9007199254740993`}, {`null`}, {`1e400`}, {`1e2`, `100`}},
		bad:  [][2]string{{`true`, ` not: must not match the schema under not`}},
	},
	{
		name: "raw", typ: json.RawMessage{}, schema: `{"type": "object", "required": ["a"]}`,
		good: [][2]string{{`{"a":[1,2]}`}, {`{ "a" : 1 }`, `{"a":1}`}},
		bad:  [][2]string{{`{}`, `/a required: is required`}},
	},
	{
		name: "formats", typ: []UUID{}, schema: `{"type": "array", "items": {"type": "string", "format": "uuid"}}`,
		good: [][2]string{{`["0190F5C2-7a3b-7cde-8f01-23456789abcd"]`, `["0190f5c2-7a3b-7cde-8f01-23456789abcd"]`}},
		bad:  [][2]string{{`["x"]`, `/0 format: must be a valid uuid`}},
	},
	{
		name: "Go formats without schema formats", typ: []Date{}, schema: `{"type": "array"}`,
		good: [][2]string{{`["2024-02-29"]`}},
		bad:  [][2]string{{`["2023-02-29","2024-01-01",5]`, "/0 format: must be a date such as 2006-01-02\n/2 type: must be a string"}},
	},
	{
		name: "bytes", typ: []byte{}, schema: `{"type": "string"}`,
		good: [][2]string{{`"aGk="`}, {`""`}, {`"\/\/8="`, `"//8="`}},
		bad:  [][2]string{{`"aGk"`, ` format: must be base64`}, {`"aG\nk="`, ` format: must be base64`}, {`"aGl="`, ` format: must be base64`}},
	},
	{
		name: "one branch written twice in anyOf", typ: struct {
			U *scalarUnion `json:"u,omitzero"`
		}{},
		schema: `{"anyOf": [{"$ref": "#/X/$defs/a"}, {"$ref": "#/X/$defs/a"}], "$defs": {"a": {"type": "object", "properties":
			{"u": {"oneOf": [{"type": "string"}, {"type": "number"}, {"type": "array"}, {"type": "boolean"}]}}}}}`,
		good: [][2]string{{`{"u":"a"}`}, {`{"u":true}`}, {`{}`}},
		bad:  [][2]string{{`[]`, ` type: must be an object`}},
	},
	{
		name: "one branch written twice in oneOf", typ: struct {
			U *scalarUnion `json:"u,omitzero"`
		}{},
		schema: `{"oneOf": [{"$ref": "#/X/$defs/a"}, {"$ref": "#/X/$defs/a"}], "$defs": {"a": {"type": "object", "properties":
			{"u": {"oneOf": [{"type": "string"}, {"type": "number"}, {"type": "array"}, {"type": "boolean"}]}}}}}`,
		bad: [][2]string{{`{"u":"a"}`, ` oneOf: must match only one alternative, but matches 1 and 2 of 2`}},
	},
	{
		name: "false", typ: 0, schema: `false`,
		bad: [][2]string{{`1`, ` false: is not allowed`}},
	},
	{
		name: "many members in any order", typ: wide{}, schema: `{"type": "object", "required": ["A", "J"]}`,
		good: [][2]string{{`{"J":10,"A":1,"x":0,"E":5,"B":2,"C":3,"D":4,"F":6,"I":9,"H":8,"G":7}`, `{"A":1,"B":2,"C":3,"D":4,"E":5,"F":6,"G":7,"H":8,"I":9,"J":10}`}},
		bad:  [][2]string{{`{"a":1,"B":2}`, "/A required: is required\n/J required: is required"}},
	},
}

const accountSchema = `{"type": "object", "required": ["id", "name", "password"], "properties": {
	"id": {"$ref": "#/X/$defs/id"}, "name": {"type": "string"}, "password": {"type": "string", "writeOnly": true},
	"both": {"type": "string", "readOnly": true, "writeOnly": true}},
	"$defs": {"id": {"type": "string", "readOnly": true}}}`

func TestConstructs(t *testing.T) {
	t.Parallel()
	for _, k := range constructs {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
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
				t.Fatal(err)
			}
			for _, g := range k.good {
				v := reflect.New(typ)
				if err := c.Decode([]byte(g[0]), v.Interface(), Options{}); err != nil {
					t.Errorf("%s: %s", g[0], violations(err))
					continue
				}
				want := g[1]
				if want == "" {
					want = g[0]
				}
				got, err := c.Append([]byte("before "), v.Interface())
				if err != nil {
					t.Errorf("%s: %v", g[0], err)
				} else if diff := cmp.Diff("before "+want, string(got)); diff != "" {
					t.Errorf("%s encodes differently (-want +got):\n%s", g[0], diff)
				}
			}
			for _, b := range k.bad {
				err := c.Decode([]byte(b[0]), reflect.New(typ).Interface(), Options{})
				if diff := cmp.Diff(b[1], violations(err)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", b[0], diff)
				}
			}
		})
	}
}
