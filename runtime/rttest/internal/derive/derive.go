// Package derive makes JSON values from schemas: some that a schema accepts, some that break one
// rule each. The parity tester plays them.
package derive

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Set is a schema table: JSON Schema 2020-12 texts by name, with references of the form
// "#/<Name>" between them.
type Set struct {
	schemas map[string]json.RawMessage
	parsed  map[string]any
}

// Value is a JSON text with a word on what it is.
type Value struct {
	Name string // "example", "smallest", "fullest", "missing text", "text too long", …
	JSON string
}

// NewSet reads the table that emitted code hands to the runtime.
func NewSet(text string) (*Set, error) {
	s := &Set{parsed: map[string]any{}}
	if text == "" {
		return s, nil
	}
	if err := json.Unmarshal([]byte(text), &s.schemas); err != nil {
		return nil, fmt.Errorf("schema table: %w", err)
	}
	return s, nil
}

// schema returns the named entry as decoded JSON; true for one that is not there.
func (s *Set) schema(name string) any {
	if v, ok := s.parsed[name]; ok {
		return v
	}
	var v any = true
	if raw, ok := s.schemas[name]; ok {
		_ = json.Unmarshal(raw, &v) // the table has been read as JSON already
	}
	s.parsed[name] = v
	return v
}

// Valid returns values that the named schema is meant to accept: its examples first, then the
// smallest and the fullest value that its structure describes. Rules that no structure shows
// (if, not, dependent schemas) can make a derived value wrong; whoever plays it finds out.
func (s *Set) Valid(name string) []Value {
	if s.schema(name) == false {
		return nil
	}
	root := s.resolve(s.schema(name), 0)
	var values []Value
	for i, example := range s.examplesOf(name, root) {
		values = append(values, Value{fmt.Sprintf("example %d", i+1), example})
	}
	for _, full := range []bool{false, true} {
		word := map[bool]string{false: "smallest", true: "fullest"}[full]
		v, ok := s.make(root, full, 0)
		if !ok {
			continue
		}
		if t := text(v); !slices.ContainsFunc(values, func(old Value) bool { return old.JSON == t }) {
			values = append(values, Value{word, t})
		}
	}
	return values
}

// Invalid returns values that break one rule of the named schema each.
func (s *Set) Invalid(name string) []Value {
	root := s.resolve(s.schema(name), 0)
	base, ok := s.make(root, true, 0)
	if !ok {
		return nil
	}
	var out []Value
	s.mutate(root, base, "", 0, func(what string, v any) { out = append(out, Value{what, text(v)}) })
	return out
}

// Members lists the members that the named schema describes, in order of their names.
func (s *Set) Members(name string) []string {
	return slices.Sorted(maps.Keys(object(s.resolve(s.schema(name), 0)["properties"])))
}

// object is a decoded schema; nil stands for true and for anything that is no object.
func object(schema any) map[string]any {
	m, _ := schema.(map[string]any)
	return m
}

// resolve follows references and flattens allOf, so that what comes back shows its structure at
// the top. Depth bounds recursion.
func (s *Set) resolve(schema any, depth int) map[string]any {
	m := object(schema)
	if m == nil || depth > 20 {
		return m
	}
	ref, isRef := m["$ref"].(string)
	all, _ := m["allOf"].([]any)
	if !isRef && all == nil {
		return m
	}
	merged := map[string]any{}
	if isRef {
		merge(merged, s.resolve(s.lookup(ref), depth+1))
	}
	for _, part := range all {
		merge(merged, s.resolve(part, depth+1))
	}
	own := map[string]any{}
	for k, v := range m {
		if k != "$ref" && k != "allOf" {
			own[k] = v
		}
	}
	merge(merged, own)
	return merged
}

// lookup finds what "#/Name" or "#/Name/inner/pointer" refers to.
func (s *Set) lookup(ref string) any {
	steps := strings.Split(strings.TrimPrefix(ref, "#/"), "/")
	for i, step := range steps {
		steps[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
	}
	at := s.schema(steps[0])
	for _, step := range steps[1:] {
		switch v := at.(type) {
		case map[string]any:
			at = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return true
			}
			at = v[i]
		default:
			return true
		}
	}
	return at
}

// merge adds the keywords of one schema to another, joining what lists members.
func merge(into, from map[string]any) {
	for k, v := range from {
		switch k {
		case "properties", "patternProperties":
			have := object(into[k])
			joined := map[string]any{}
			for name, p := range have {
				joined[name] = p
			}
			for name, p := range object(v) {
				joined[name] = p
			}
			into[k] = joined
		case "required":
			have, _ := into[k].([]any)
			more, _ := v.([]any)
			into[k] = append(slices.Clone(have), more...)
		default:
			into[k] = v
		}
	}
}

// maxExamples is how many examples of one schema count.
const maxExamples = 3

// examples are the annotations of a schema that are meant to be valid.
func examples(m map[string]any) []any {
	list, _ := m["examples"].([]any)
	return list[:min(len(list), maxExamples)]
}

// examplesOf are the examples of a named schema as JSON texts: as they are written where they are its own, since numbers
// may have more digits than a float64.
func (s *Set) examplesOf(name string, root map[string]any) []string {
	var own struct{ Examples []json.RawMessage }
	if err := json.Unmarshal(s.schemas[name], &own); err == nil && len(own.Examples) > 0 {
		var texts []string
		for _, raw := range own.Examples[:min(len(own.Examples), maxExamples)] {
			texts = append(texts, string(raw))
		}
		return texts
	}
	var texts []string
	for _, v := range examples(root) {
		texts = append(texts, text(v))
	}
	return texts
}

// make builds a value: with every member (full) or only the required ones. ok is false where
// nothing can be built, as for the schema false or endless recursion.
func (s *Set) make(schema any, full bool, depth int) (value any, ok bool) {
	if schema == false || depth > 12 {
		return nil, false
	}
	m := s.resolve(schema, 0)
	if m == nil {
		return "anything", true
	}
	if v, ok := m["const"]; ok {
		return v, true
	}
	if list, _ := m["enum"].([]any); len(list) > 0 {
		if full {
			return list[len(list)-1], true
		}
		return list[0], true
	}
	if depth > 0 {
		if list := examples(m); len(list) > 0 {
			return list[0], true
		}
	}
	for _, key := range []string{"oneOf", "anyOf"} {
		if list, _ := m[key].([]any); len(list) > 0 {
			return s.makeBranch(m, key, list, full, depth)
		}
	}
	switch typeOf(m) {
	case "object":
		return s.makeObject(m, full, depth)
	case "array":
		return s.makeArray(m, full, depth)
	case "string":
		return makeString(m, full)
	case "integer", "number":
		return makeNumber(m, full)
	case "boolean":
		return full, true
	case "null":
		return nil, true
	}
	return "anything", true
}

// makeBranch builds a value for the first branch that allows one, or the last when full, under
// the keywords beside the branches.
func (s *Set) makeBranch(m map[string]any, key string, list []any, full bool, depth int) (any, bool) {
	branches := slices.Clone(list)
	if full {
		slices.Reverse(branches)
	}
	for _, branch := range branches {
		merged := map[string]any{}
		for k, v := range m {
			if k != key && k != "discriminator" {
				merged[k] = v
			}
		}
		merge(merged, s.resolve(branch, 0))
		v, ok := s.make(merged, full, depth+1)
		if !ok {
			continue
		}
		if tag, name := discriminator(m, branch); tag != "" {
			if members, isObject := v.(map[string]any); isObject {
				members[tag] = name
			}
		}
		return v, true
	}
	return nil, false
}

// discriminator returns the member that names the branch and the name to put there.
func discriminator(m map[string]any, branch any) (member, name string) {
	d := object(m["discriminator"])
	member, _ = d["propertyName"].(string)
	ref, _ := object(branch)["$ref"].(string)
	if member == "" || ref == "" {
		return "", ""
	}
	var names []string
	for tag, target := range object(d["mapping"]) {
		if target == ref {
			names = append(names, tag)
		}
	}
	if len(names) > 0 {
		return member, slices.Min(names)
	}
	return member, ref[strings.LastIndexByte(ref, '/')+1:]
}

func (s *Set) makeObject(m map[string]any, full bool, depth int) (any, bool) {
	out := map[string]any{}
	properties := object(m["properties"])
	required := names(m["required"])
	for name, p := range properties {
		needed := slices.Contains(required, name)
		if !needed && (!full || depth > 4) {
			continue
		}
		if ro, _ := s.resolve(p, 0)["readOnly"].(bool); ro {
			continue
		}
		v, ok := s.make(p, full, depth+1)
		if !ok {
			if needed {
				return nil, false
			}
			continue
		}
		out[name] = v
	}
	for _, name := range required {
		if _, known := properties[name]; !known {
			v, ok := s.make(additional(m), full, depth+1)
			if !ok {
				return nil, false
			}
			out[name] = v
		}
	}
	minimum := int(number(m, "minProperties", 0))
	if extra := additional(m); full && len(properties) == 0 && minimum == 0 && extra != false && m["propertyNames"] == nil {
		minimum = 1
	}
	for i := 1; len(out) < minimum; i++ {
		v, ok := s.make(additional(m), full, depth+1)
		if !ok || i > 100 {
			return nil, false
		}
		out[fmt.Sprintf("key%d", i)] = v
	}
	return out, true
}

// additional is the schema of members that properties does not name.
func additional(m map[string]any) any {
	if v, ok := m["additionalProperties"]; ok {
		return v
	}
	return true
}

func (s *Set) makeArray(m map[string]any, full bool, depth int) (any, bool) {
	out := []any{}
	prefix, _ := m["prefixItems"].([]any)
	for _, p := range prefix {
		v, ok := s.make(p, full, depth+1)
		if !ok {
			return nil, false
		}
		out = append(out, v)
	}
	items, has := m["items"]
	if !has {
		items = true
	}
	want := int(number(m, "minItems", 0))
	if full && want == 0 && len(prefix) == 0 {
		want = 1
	}
	if c, ok := m["contains"]; ok && want <= len(out) {
		items, want = c, len(out)+1
	}
	unique, _ := m["uniqueItems"].(bool)
	for len(out) < want && len(out) < 100 {
		v, ok := s.make(items, full != (unique && len(out)%2 == 1), depth+1)
		if !ok {
			return out, len(out) >= int(number(m, "minItems", 0))
		}
		out = append(out, v)
	}
	return out, true
}

func makeNumber(m map[string]any, full bool) (any, bool) {
	lo, hi := number(m, "minimum", math.Inf(-1)), number(m, "maximum", math.Inf(1))
	step := number(m, "multipleOf", 1)
	if x, ok := m["exclusiveMinimum"].(float64); ok && x >= lo {
		lo = math.Nextafter(x, math.Inf(1))
		if typeOf(m) == "integer" || step >= 1 {
			lo = math.Floor(x) + 1
		}
	}
	if x, ok := m["exclusiveMaximum"].(float64); ok && x <= hi {
		hi = math.Nextafter(x, math.Inf(-1))
		if typeOf(m) == "integer" || step >= 1 {
			hi = math.Ceil(x) - 1
		}
	}
	pick := 1.0
	switch {
	case full && !math.IsInf(hi, 0):
		pick = math.Floor(hi/step) * step
	case !math.IsInf(lo, 0):
		pick = math.Ceil(lo/step) * step
	case pick > hi:
		pick = math.Floor(hi/step) * step
	}
	if pick < lo || pick > hi {
		pick = lo // a range without a multiple in it, or narrower than one
	}
	return pick, true
}

// number reads a numeric keyword.
func number(m map[string]any, key string, otherwise float64) float64 {
	if v, ok := m[key].(float64); ok {
		return v
	}
	return otherwise
}

// typeOf is the JSON type that a schema asks for: what it says, or what its keywords imply.
func typeOf(m map[string]any) string {
	switch t := m["type"].(type) {
	case string:
		return t
	case []any:
		for _, v := range t {
			if name, _ := v.(string); name != "null" {
				return name
			}
		}
		return "null"
	}
	for _, hint := range []struct{ key, kind string }{
		{"properties", "object"}, {"required", "object"}, {"additionalProperties", "object"}, {"minProperties", "object"},
		{"items", "array"}, {"prefixItems", "array"}, {"minItems", "array"}, {"contains", "array"},
		{"pattern", "string"}, {"minLength", "string"}, {"maxLength", "string"}, {"format", "string"},
		{"minimum", "number"}, {"maximum", "number"}, {"multipleOf", "number"},
	} {
		if _, ok := m[hint.key]; ok {
			return hint.kind
		}
	}
	return ""
}

// names reads a list of strings.
func names(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, item := range list {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// text is the JSON of a value; numbers keep no exponent where they are whole.
func text(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "null"
	}
	return strings.TrimSuffix(b.String(), "\n")
}
