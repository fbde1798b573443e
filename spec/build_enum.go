package spec

import "bytes"

// enum is the type of a conjunction that lists its values; ok is false when it
// does not. null says that null is one of them.
func (b *builder) enum(c *conjunct, set kindSet) (t Type, null, ok bool) {
	var values []EnumValue
	found := false
	for _, part := range c.parts {
		list := b.enumValues(part)
		if list == nil {
			continue
		}
		if found {
			list = intersect(values, list)
		}
		values, found = list, true
	}
	if !found {
		return nil, false, false
	}
	e := &Enum{}
	for _, v := range values {
		if e.add(v) == Null {
			null = true
		}
	}
	switch {
	case len(e.Values) == 0 && null:
		return &Scalar{Kind: Null}, false, true
	case len(e.Values) == 0:
		b.report.warnKey(c.at, "enum-empty", "", "%s lists no value that is allowed", quote(c.nameIn(b.places)))
		return &Any{Why: "an enum without values"}, false, true
	case e.Kind == Boolean && len(e.Values) == 2:
		return &Scalar{Kind: Boolean}, null, true
	}
	if set&setInteger != 0 && set&setNumber == 0 && e.Kind == Number {
		e.Kind = Integer // 1.0 is an integer
	}
	return e, null, true
}

// add takes in one more value other than null, and returns its kind.
func (e *Enum) add(v EnumValue) ScalarKind {
	kind, scalar := scalarKind(v.JSON)
	switch {
	case kind == Null:
		return kind
	case !scalar:
		e.Kind = Mixed
	case len(e.Values) == 0 || e.Kind == kind:
		e.Kind = kind
	case e.Kind == Integer && kind == Number, e.Kind == Number && kind == Integer:
		e.Kind = Number
	default:
		e.Kind = Mixed
	}
	e.Values = append(e.Values, v)
	return kind
}

// enumValues are the values of enum or const, with the names that extensions
// give them; nil when there is neither.
func (b *builder) enumValues(n *node) []EnumValue {
	if v := n.get("const"); v != nil {
		return []EnumValue{{JSON: b.enumJSON(n, v), Name: b.constName(n), Doc: n.str("description")}}
	}
	list := n.get("enum")
	if list == nil {
		return nil
	}
	if list.kind != arrayNode {
		b.report.warnf(list, "schema-keyword-type", "enum must be an array, this is %s", list.kind)
		return nil
	}
	if len(list.kids) == 0 { // allows nothing; left behind by tools that meant to allow everything
		return nil
	}
	names, docs := b.enumNames(n), b.enumDocs(n)
	values := make([]EnumValue, 0, len(list.kids))
	seen := make(map[string]bool, len(list.kids))
	for i, item := range list.kids {
		v := EnumValue{JSON: b.enumJSON(n, item.value)}
		if seen[string(v.JSON)] {
			continue
		}
		seen[string(v.JSON)] = true
		v.Name, v.Doc = pick(names, i, item.value.text), pick(docs, i, item.value.text)
		values = append(values, v)
	}
	if n.flag("nullable", false) && !seen["null"] {
		values = append(values, EnumValue{JSON: []byte("null")})
	}
	return values
}

// enumJSON is a value as the type of its schema wants it: people forget quotes
// around "on" and 10, and put them around 10.
func (b *builder) enumJSON(schema, v *node) []byte {
	if fixed, ok := enumFix(schema, v); ok {
		return fixed
	}
	return rawJSON(v)
}

// enumFix writes a scalar of the wrong kind as the only type that the schema
// allows; ok is false when there is nothing to mend.
func enumFix(schema, v *node) (fixed []byte, ok bool) {
	set, typed := typeSet(schema)
	if !typed {
		return nil, false
	}
	switch set &^ setNull {
	case setString:
		if v.kind == numberNode || v.kind == boolNode {
			return appendString(nil, v.text), true
		}
	case setInteger, setInteger | setNumber:
		if v.kind == stringNode && v.text != "" {
			if number, isNumber := yamlNumber(v.text); isNumber && number == v.text {
				return []byte(number), true
			}
		}
	case setBoolean:
		if v.kind == stringNode && (v.text == "true" || v.text == "false") {
			return []byte(v.text), true
		}
	}
	return nil, false
}

// constName is the title of a const, when it reads like a name: oneOf of const
// with titles is how 3.1 documents name enum values.
func (b *builder) constName(n *node) string {
	if names := b.enumNames(n); names != nil {
		return pick(names, 0, n.get("const").text)
	}
	return n.str("title")
}

// enumNames is x-enum-varnames or one of its relatives.
func (b *builder) enumNames(n *node) *node {
	for _, key := range [...]string{"x-enum-varnames", "x-enumNames", "x-enum-names"} {
		if v := n.get(key); v != nil && (v.kind == arrayNode || v.kind == objectNode) {
			return v
		}
	}
	return nil
}

// enumDocs is x-enum-descriptions or one of its relatives.
func (b *builder) enumDocs(n *node) *node {
	for _, key := range [...]string{"x-enum-descriptions", "x-enumDescriptions"} {
		if v := n.get(key); v != nil && (v.kind == arrayNode || v.kind == objectNode) {
			return v
		}
	}
	return nil
}

// pick is the text for the value at index i, in a list or in an object by value.
func pick(n *node, i int, value string) string {
	switch {
	case n.isArray() && i < len(n.kids) && n.kids[i].value.kind == stringNode:
		return n.kids[i].value.text
	case n.isObject():
		return n.str(value)
	}
	return ""
}

func intersect(a, b []EnumValue) []EnumValue {
	both := make(map[string]bool, len(b))
	for _, v := range b {
		both[string(v.JSON)] = true
	}
	out := a[:0:0]
	for _, v := range a {
		if both[string(v.JSON)] {
			out = append(out, v)
		}
	}
	return out
}

// scalarKind tells what kind of value a JSON text is.
func scalarKind(text []byte) (kind ScalarKind, scalar bool) {
	switch text[0] {
	case '"':
		return String, true
	case 't', 'f':
		return Boolean, true
	case 'n':
		return Null, true
	case '{', '[':
		return "", false
	}
	if bytes.ContainsAny(text, ".eE") {
		return Number, true
	}
	return Integer, true
}
