package codec

// Unions whose schema is not simply a oneOf or anyOf with a branch per variant, as the generator
// emits them.

type typesUnion struct {
	Text   *string `rt:"variant=0"`
	Number *int    `rt:"variant=1"`
	List   []int   `rt:"variant=2"`
	Object *cat    `rt:"variant=3"`
}

type twoUnion struct {
	Text   *string `rt:"variant=0"`
	Number *int    `rt:"variant=1"`
}

type shapesUnion struct {
	List   []int `rt:"variant=0"`
	Object *cat  `rt:"variant=1"`
}

type oddNames struct {
	Comma string  `json:"-" rt:"name=a,b"`
	Quote *string `json:"-" rt:"optional=q\"\n"`
	Empty *int    `json:"-" rt:"optional="`
	Plain *int    `json:"plain,omitzero"`
}

type shortTuple struct {
	Name string           `rt:"item=0"`
	Age  *int             `rt:"item=1"`
	Note Nullable[string] `rt:"item=2"`
	List []int            `rt:"item=3"`
	Rest []bool           `rt:"items"`
}

func init() {
	constructs = append(constructs, []construct{
		{
			name: "type list", typ: typesUnion{},
			schema: `{"type": ["object", "integer", "string", "array"], "minLength": 2, "maximum": 9, "items": {"type": "integer"},
				"properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}, "required": ["kind"]}`,
			good: [][2]string{{`"ab"`}, {`9`}, {`[]`}, {`[1]`}, {`{"kind":"x","lives":9}`}},
			bad: [][2]string{
				{`"a"`, ` minLength: must have at least 2 characters`},
				{`10`, ` maximum: must be at most 9`},
				{`[true]`, `/0 type: must be an integer`},
				{`{"lives":1}`, `/kind required: is required`},
				{`true`, ` type: must be an integer, a string, an array or an object`},
				{`null`, ` type: must be an integer, a string, an array or an object`},
				{`1.5`, ` type: must be an integer, a string, an array or an object`},
			},
		},
		{
			name: "type list or null", typ: Nullable[twoUnion]{},
			schema: `{"type": ["string", "integer", "null"], "maxLength": 2}`,
			good:   [][2]string{{`"ab"`}, {`7`}, {`null`}},
			bad:    [][2]string{{`"abc"`, ` maxLength: must have at most 2 characters`}, {`true`, ` type: must be an integer, null or a string`}},
		},
		{
			name: "choice of a type list and null", typ: Nullable[twoUnion]{},
			schema: `{"anyOf": [{"type": ["string", "integer"], "maxLength": 2}, {"type": "null"}]}`,
			good:   [][2]string{{`"ab"`}, {`7`}, {`null`}},
		},
		{
			name: "type list in an allOf", typ: twoUnion{},
			schema: `{"allOf": [{"type": ["string", "integer", "boolean"]}, {"type": ["integer", "string"], "minimum": 3}]}`,
			good:   [][2]string{{`"ab"`}, {`7`}},
			bad:    [][2]string{{`2`, ` minimum: must be at least 3`}},
		},
		{
			name: "type list beside a choice that shapes nothing", typ: typesUnion{},
			schema: `{"type": ["string", "integer", "array", "object"], "oneOf": [{"required": ["kind"]}, {"required": ["lives"]}, {"minLength": 1}, {"minLength": 2}],
				"properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}}`,
			bad: [][2]string{{`7`, ` oneOf: must match only one alternative, but matches 1 and 2 and 3 and 4 of 4`}},
		},
		{
			name: "no type, list and object", typ: shapesUnion{},
			schema: `{"items": {"type": "integer"}, "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}}`,
			good:   [][2]string{{`[1]`}, {`{"kind":"a","lives":1}`}},
		},
		{
			name: "base of a hierarchy", typ: pet{},
			schema: `{"X": {"anyOf": [{"$ref": "#/Cat"}, {"$ref": "#/Dog"}], "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/Cat", "dog": "#/Dog"}}},
				"X.base": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
				"Cat": {"allOf": [{"$ref": "#/X.base"}, {"required": ["lives"], "properties": {"lives": {"type": "integer"}}}]},
				"Dog": {"allOf": [{"$ref": "#/X.base"}, {"properties": {"bark": {"type": "string"}}}]}}`,
			good: [][2]string{{`{"kind":"cat","lives":9}`}, {`{"kind":"dog"}`}},
			bad: [][2]string{
				{`{"kind":"cat"}`, `/lives required: is required`},
				{`{"kind":"cow"}`, `/kind discriminator: must be "cat" or "dog"`},
			},
		},
		{
			name: "choice of a union and null", typ: Nullable[pet]{},
			schema: `{"anyOf": [{"oneOf": [{"type": "object", "required": ["kind"], "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}}},
				{"type": "object", "required": ["kind"], "properties": {"kind": {"const": "dog"}, "bark": {"type": "string"}}}]}, {"type": "null"}]}`,
			good: [][2]string{{`{"kind":"cat","lives":9}`}, {`{"kind":"dog"}`}, {`null`}},
		},
		{
			name: "tuple that may be short", typ: shortTuple{},
			schema: `{"type": "array", "minItems": 1, "prefixItems": [{"type": "string"}, {"type": "integer"}, {"type": ["string", "null"]}, {"type": "array"}], "items": {"type": "boolean"}}`,
			good:   [][2]string{{`["a"]`}, {`["a",1]`}, {`["a",1,null]`}, {`["a",1,"x"]`}, {`["a",1,null,[]]`}, {`["a",1,"x",[2],true]`}},
			bad:    [][2]string{{`[]`, ` minItems: must have at least 1 item`}},
		},
		{
			name: "choice behind one that only requires", typ: pet{},
			schema: `{"allOf": [{"anyOf": [{"required": ["lives"]}, {"required": ["bark"]}]},
				{"oneOf": [{"type": "object", "required": ["kind"], "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}}},
					{"type": "object", "required": ["kind"], "properties": {"kind": {"const": "dog"}, "bark": {"type": "string"}}}]}]}`,
			good: [][2]string{{`{"kind":"cat","lives":9}`}, {`{"kind":"dog","bark":"w"}`}},
		},
		{
			name: "names that no json tag can have", typ: oddNames{},
			schema: `{"type": "object", "required": ["a,b"], "properties": {"a,b": {"type": "string"}, "q\"\n": {"type": "string"}, "": {"type": "integer"}}}`,
			good:   [][2]string{{`{"a,b":"x"}`}, {`{"a,b":"","q\"\n":"y","":1,"plain":2}`}},
			bad:    [][2]string{{`{"q\"\n":1}`, "/a,b required: is required\n/q\"\n type: must be a string"}},
		},
	}...)
}
