package spec

import (
	"slices"
	"strconv"
)

// keyword writes one keyword of the schema n in the form of JSON Schema 2020-12.
// wrapped says that null is taken care of around the schema. It reports false
// for a keyword that is not known.
func (w *schemaWriter) keyword(n *node, key string, v *node, wrapped bool) bool {
	switch key {
	case "$ref", "$dynamicRef":
		if key == "$ref" || !n.has("$ref") {
			w.refKeyword(v)
		}
	case "type":
		w.typeKeyword(n, key, v, wrapped)
	case "nullable":
		w.nullableKeyword(v)
	case "enum":
		w.enumKeyword(n, key, v, wrapped)
	case "const":
		w.constKeyword(n, key, v)
	case "properties", "patternProperties", "dependentSchemas":
		w.schemaMap(key, v)
	case "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "propertyNames", "contains",
		"not", "if", "then", "else", "contentSchema":
		w.subschema(key, v)
	case "items":
		w.itemsKeyword(n, key, v)
	case "prefixItems", "allOf", "anyOf", "oneOf":
		w.schemaList(key, v)
	case "required":
		w.requiredKeyword(n, key, v)
	case "discriminator":
		if len(w.b.subtypesOf(n)) == 0 { // otherwise it stands in the entry of the union
			w.discriminatorKeyword(n, key, v)
		}
	case "minimum":
		w.bound(n, key, "exclusiveMinimum", v)
	case "maximum":
		w.bound(n, key, "exclusiveMaximum", v)
	case "exclusiveMinimum", "exclusiveMaximum":
		if !v.is(boolNode) { // OpenAPI 3.0's booleans are written with the bound
			w.number(key, v)
		}
	case "multipleOf":
		w.number(key, v)
	case "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains":
		w.count(key, v)
	case "uniqueItems", "readOnly", "writeOnly":
		w.boolean(key, v)
	case "pattern":
		w.pattern(key, v)
	case "format", "contentEncoding", "contentMediaType":
		w.text(key, v)
	case "default":
		w.checkDefault(n, v)
		w.value(key, v)
	case "dependentRequired":
		if w.want(key, v, objectNode) {
			w.value(key, v)
		}
	case "dependencies":
		w.dependencies(n, key, v)
	case "title", "summary", "description", "deprecated", "externalDocs", "xml", "$comment", // prose
		"example", "examples", // written first
		"additionalItems",                                                                                        // written with items
		"$id", "$schema", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary", "$defs", "definitions": // resolved
	default:
		return false
	}
	return true
}

// schemaKeywordNames are the keywords that a typo might have meant.
var schemaKeywordNames = [...]string{
	"nullable", "properties", "patternProperties", "dependentSchemas", "additionalProperties", "unevaluatedProperties",
	"unevaluatedItems", "propertyNames", "contains", "contentSchema", "items", "prefixItems", "allOf", "anyOf", "oneOf",
	"required", "discriminator", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
	"maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains", "uniqueItems",
	"readOnly", "writeOnly", "pattern", "format", "contentEncoding", "contentMediaType", "default", "dependentRequired",
	"description", "deprecated", "externalDocs", "example", "examples", "additionalItems",
}

func (w *schemaWriter) refKeyword(v *node) {
	if v.is(stringNode) {
		w.ref(v)
	}
}

// typeKeyword writes the type with null where nullable asks for it.
func (w *schemaWriter) typeKeyword(n *node, key string, v *node, wrapped bool) {
	names := typeNames(n)
	w.checkTypeWords(v)
	if n.flag("nullable", false) && !wrapped && len(names) > 0 && !slices.Contains(names, "null") {
		names = append(names, "null")
	}
	switch len(names) {
	case 0:
	case 1:
		w.key(key)
		w.out = appendString(w.out, names[0])
		if v.is(stringNode) && v.text == "file" && !n.has("format") {
			w.out = append(w.out, `,"format":"binary"`...)
		}
	default:
		w.key(key)
		w.out = append(w.out, '[')
		for _, name := range names {
			w.comma()
			w.out = appendString(w.out, name)
		}
		w.out = append(w.out, ']')
	}
}

func (w *schemaWriter) checkTypeWords(v *node) {
	words := []*node{v}
	if v.isArray() {
		words = words[:0]
		for _, item := range v.kids {
			words = append(words, item.value)
		}
	}
	for _, word := range words {
		if word.is(nullNode) {
			continue
		}
		set, exact := kindOf(word.text)
		if exact && word.is(stringNode) {
			continue
		}
		if set == setAny || !word.is(stringNode) {
			w.b.report.warnf(word, "schema-type-unknown", "%s is no type; everything is allowed here", quote(word.text))
			continue
		}
		w.b.report.warnf(word, "schema-type-unknown", "%s is no type; read as %s", quote(word.text), quote(exactName(set)))
	}
}

func (w *schemaWriter) nullableKeyword(v *node) {
	if !w.b.v30 && v.is(boolNode) && !w.b.saidNullable {
		w.b.saidNullable = true
		w.b.report.warnKey(v, "nullable-in-3.1", `write type: [<type>, "null"]`,
			"nullable does not exist since OpenAPI 3.1; it is understood here and wherever else it stands")
	}
}

func (w *schemaWriter) enumKeyword(n *node, key string, v *node, wrapped bool) {
	if !v.isArray() {
		return
	}
	if len(v.kids) == 0 {
		w.b.report.warnKey(v, "enum-empty", "", "the enum lists no value; it is ignored")
		return
	}
	w.key(key)
	w.out = append(w.out, '[')
	null := false
	for _, item := range v.kids {
		w.comma()
		null = null || item.value.kind == nullNode
		if fixed, ok := enumFix(n, item.value); ok {
			w.b.report.warnf(item.value, "enum-type", "%s is %s where the schema asks for another type; read as %s",
				quote(item.value.text), item.value.kind, fixed)
			w.out = append(w.out, fixed...)
			continue
		}
		w.out = appendJSON(w.out, item.value)
	}
	if n.flag("nullable", false) && !null && !wrapped {
		w.comma()
		w.out = append(w.out, "null"...)
	}
	w.out = append(w.out, ']')
}

func (w *schemaWriter) constKeyword(n *node, key string, v *node) {
	w.key(key)
	if fixed, ok := enumFix(n, v); ok {
		w.out = append(w.out, fixed...)
		return
	}
	w.out = appendJSON(w.out, v)
}

// dependencies writes what drafts up to 7 had in place of dependentRequired and
// dependentSchemas. Generators of 3.0 documents still write it.
func (w *schemaWriter) dependencies(n *node, key string, v *node) {
	if !w.want(key, v, objectNode) {
		return
	}
	write := func(key string, lists bool, value func(*node)) {
		if n.has(key) {
			return
		}
		first := true
		for i := range v.kids {
			m := &v.kids[i]
			if m.value.isArray() != lists {
				continue
			}
			if first {
				w.key(key)
				w.out = append(w.out, '{')
				first = false
			}
			w.key(m.key)
			value(m.value)
		}
		if !first {
			w.out = append(w.out, '}')
		}
	}
	write("dependentRequired", true, func(m *node) { w.out = appendJSON(w.out, m) })
	write("dependentSchemas", false, func(m *node) { w.schema(m, nil) })
}

func (w *schemaWriter) schemaMap(key string, v *node) {
	if !w.want(key, v, objectNode) {
		return
	}
	w.key(key)
	w.out = append(w.out, '{')
	for i := range v.kids {
		if key == "patternProperties" {
			w.checkPattern(v.kids[i].value, v.kids[i].key)
		}
		w.key(v.kids[i].key)
		w.schema(v.kids[i].value, nil)
	}
	w.out = append(w.out, '}')
}

func (w *schemaWriter) schemaList(key string, v *node) {
	if !w.want(key, v, arrayNode) {
		return
	}
	if len(v.kids) == 0 {
		w.b.report.warnf(v, "schema-keyword-type", "%s is empty and is ignored", key)
		return
	}
	w.key(key)
	w.list(v)
}

func (w *schemaWriter) list(v *node) {
	w.out = append(w.out, '[')
	for i := range v.kids {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if item := v.kids[i].value; v.key() != "allOf" && item.isObject() && w.b.loops[item.get("$ref")] {
			w.out = append(w.out, "false"...) // A is A or B: the branch adds nothing to the choice
			continue
		}
		w.schema(v.kids[i].value, nil)
	}
	w.out = append(w.out, ']')
}

func (w *schemaWriter) subschema(key string, v *node) {
	if v.kind != objectNode && v.kind != boolNode {
		w.b.report.warnf(v, "schema-keyword-type", "%s must be a schema, this is %s", key, v.kind)
		return
	}
	w.key(key)
	w.schema(v, nil)
}

// itemsKeyword also reads the tuples of older drafts.
func (w *schemaWriter) itemsKeyword(n *node, key string, v *node) {
	if !v.isArray() {
		w.subschema(key, v)
		return
	}
	if n.has("prefixItems") {
		w.b.report.warnf(v, "schema-keyword-type", "items must be a schema beside prefixItems; this list is ignored")
		return
	}
	if len(v.kids) > 0 {
		w.key("prefixItems")
		w.list(v)
	}
	if more := n.get("additionalItems"); more != nil {
		w.subschema("items", more)
	}
}

func (w *schemaWriter) requiredKeyword(n *node, key string, v *node) {
	if v.is(boolNode) { // draft 3, and people who think of parameters
		w.b.report.warnKey(v, "required-type", "list the names in required of the object around it",
			"required must be a list of names, this is %s and is ignored", v.kind)
		return
	}
	if !w.want(key, v, arrayNode) {
		return
	}
	w.key(key)
	w.out = append(w.out, '[')
	seen := make(map[string]bool, len(v.kids))
	for _, item := range v.kids {
		if item.value.kind != stringNode {
			w.b.report.warnf(item.value, "required-type", "a required name must be a string, this is %s", item.value.kind)
			continue
		}
		if !seen[item.value.text] {
			seen[item.value.text] = true
			w.checkRequired(n, item.value)
			w.comma()
			w.out = appendString(w.out, item.value.text)
		}
	}
	w.out = append(w.out, ']')
}

// checkRequired warns of a required name that is nearly a property's: no value
// without the misspelt one would be taken. Others may be described elsewhere.
func (w *schemaWriter) checkRequired(n, name *node) {
	properties := n.get("properties")
	if !properties.isObject() || properties.has(name.text) {
		return
	}
	if near := w.b.guess(name.text, memberNames(properties)); near != "" {
		w.b.report.warnHint(name, "required-unknown", `did you mean "`+near+`"?`, "%s is required, and no property", quote(name.text))
	}
}

// bound writes a limit, as the exclusive one where OpenAPI 3.0's boolean says so.
func (w *schemaWriter) bound(n *node, key, exclusive string, v *node) {
	if n.flag(exclusive, false) {
		key = exclusive
	}
	w.number(key, v)
}

func (w *schemaWriter) number(key string, v *node) {
	text := v.text
	if v.is(stringNode) && text != "" {
		if number, ok := yamlNumber(text); ok {
			w.b.report.warnf(v, "schema-keyword-type", "%s must be a number, not a string", key)
			w.key(key)
			w.out = append(w.out, number...)
			return
		}
	}
	if w.want(key, v, numberNode) {
		w.key(key)
		w.out = append(w.out, text...)
	}
}

// count writes a whole number that is not negative.
func (w *schemaWriter) count(key string, v *node) {
	if f, err := strconv.ParseFloat(v.text, 64); v.is(numberNode) && (err != nil || f < 0 || f != float64(int64(f))) {
		w.b.report.warnf(v, "schema-keyword-type", "%s must be a whole number, this is %s and is ignored", key, quote(v.text))
		return
	}
	w.number(key, v)
}

func (w *schemaWriter) boolean(key string, v *node) {
	if w.want(key, v, boolNode) && v.text == "true" {
		w.key(key)
		w.out = append(w.out, "true"...)
	}
}

func (w *schemaWriter) text(key string, v *node) {
	if w.want(key, v, stringNode) {
		w.key(key)
		w.out = appendString(w.out, v.text)
	}
}

func (w *schemaWriter) value(key string, v *node) {
	w.key(key)
	w.out = appendJSON(w.out, v)
}

// discriminatorKeyword writes propertyName and the whole mapping, also what
// OpenAPI leaves implicit: a reader of the table needs no rules about names.
func (w *schemaWriter) discriminatorKeyword(n *node, key string, v *node) {
	name := w.b.discriminatorName(v)
	if name == "" || v.has("defaultMapping") { // see discriminate
		return
	}
	w.key(key)
	w.out = append(w.out, `{"propertyName":`...)
	w.out = appendString(w.out, name)
	if picks := w.b.effectiveMapping(n, v); len(picks) > 0 {
		w.key("mapping")
		w.out = append(w.out, '{')
		for _, m := range picks {
			w.key(m.value)
			w.out = appendString(w.out, "#/"+escapePointer(w.b.entry(m.target).Name))
		}
		w.out = append(w.out, '}')
	}
	w.out = append(w.out, '}')
}

// want reports whether a keyword has the kind of value that it needs.
func (w *schemaWriter) want(key string, v *node, kind nodeKind) bool {
	if v.is(kind) {
		return true
	}
	if !v.is(nullNode) {
		w.b.report.warnf(v, "schema-keyword-type", "%s must be %s, this is %s and is ignored", key, kind, v.kind)
	}
	return false
}
