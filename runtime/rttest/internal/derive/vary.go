package derive

import (
	"fmt"
	"maps"
	"slices"
)

// maxVariants bounds the variants of one schema, and maxBranches those that one keyword adds.
const (
	maxVariants = 80
	maxBranches = 12
)

// Variants returns more values that the named schema is meant to accept: every branch of a choice, every value of an enum, null
// where there is one, bounds, and each optional member by itself with its own variants.
func (s *Set) Variants(name string) []Value {
	if s.schema(name) == false {
		return nil
	}
	seen := map[string]bool{}
	for _, v := range s.Valid(name) {
		seen[v.JSON] = true
	}
	var out []Value
	s.vary(s.schema(name), "", 0, func(what string, v any) {
		if t := text(v); !seen[t] && len(out) < maxVariants {
			seen[t] = true
			out = append(out, Value{what, t})
		}
	})
	return out
}

// vary calls emit with values of a schema and words on what is particular about each.
func (s *Set) vary(schema any, at string, depth int, emit func(string, any)) {
	m := s.resolve(schema, 0)
	if m == nil || depth > 3 {
		return
	}
	say := func(what string) string { return path(at, what) }
	if list, _ := m["type"].([]any); slices.Contains(list, any("null")) {
		emit(say("null"), nil)
	}
	if list, _ := m["enum"].([]any); len(list) > 0 {
		for _, v := range list[:min(len(list), maxBranches)] {
			emit(say(text(v)), v)
		}
		return
	}
	for _, key := range []string{"oneOf", "anyOf"} {
		list, _ := m[key].([]any)
		for i := range min(len(list), maxBranches) {
			for _, full := range []bool{false, true} {
				if v, ok := s.makeBranch(m, key, list[i:i+1], full, depth); ok {
					emit(say(fmt.Sprintf("%s %d", key, i+1)), v)
				}
			}
		}
	}
	switch typeOf(m) {
	case "object":
		s.varyObject(m, at, depth, emit)
	case "array":
		s.varyArray(m, at, depth, emit)
	case "boolean":
		emit(say("true"), true)
		emit(say("false"), false)
	case "string":
		for word, full := range map[string]bool{"short": false, "long": true} {
			if v, ok := makeString(m, full); ok {
				emit(say(word), v)
			}
		}
		if m["minLength"] == nil && m["pattern"] == nil && m["format"] == nil && m["contentEncoding"] == nil {
			emit(say("empty"), "")
		}
	case "integer", "number":
		for word, full := range map[string]bool{"least": false, "most": true} {
			if v, ok := makeNumber(m, full); ok {
				emit(say(word), v)
			}
		}
	}
}

// varyObject gives the smallest object one optional member at a time, and required ones their variants.
func (s *Set) varyObject(m map[string]any, at string, depth int, emit func(string, any)) {
	made, ok := s.makeObject(m, false, depth)
	base, isObject := made.(map[string]any)
	if !ok || !isObject {
		return
	}
	properties := object(m["properties"])
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if ro, _ := s.resolve(properties[name], 0)["readOnly"].(bool); ro {
			continue
		}
		with := func(what string, v any) {
			out := maps.Clone(base)
			out[name] = v
			emit(what, out)
		}
		if v, ok := s.make(properties[name], true, depth+1); ok {
			with("only "+path(at, name), v)
		}
		s.vary(properties[name], path(at, name), depth+1, with)
	}
	if extra := additional(m); extra != false && m["propertyNames"] == nil {
		if v, ok := s.make(extra, true, depth+1); ok {
			out := maps.Clone(base)
			out["rttest"] = v
			emit(path(at, "a member of no name"), out)
		}
	}
}

// varyArray gives lists of no item, of one and of two, and items their variants.
func (s *Set) varyArray(m map[string]any, at string, depth int, emit func(string, any)) {
	made, ok := s.makeArray(m, true, depth)
	base, isArray := made.([]any)
	if !ok || !isArray {
		return
	}
	if number(m, "minItems", 0) == 0 && m["contains"] == nil {
		emit(path(at, "no items"), []any{})
	}
	items, has := m["items"]
	if !has || m["prefixItems"] != nil {
		return
	}
	s.vary(items, path(at, "0"), depth+1, func(what string, v any) {
		emit(what, []any{v})
		if len(base) > 0 && number(m, "maxItems", 2) >= 2 {
			emit(what+", then another", []any{v, base[0]})
		}
	})
}
