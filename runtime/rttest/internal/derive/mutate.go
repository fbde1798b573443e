package derive

import (
	"maps"
	"slices"
	"strings"
)

// mutate calls emit with copies of base that break one rule each: of the schema itself, and one
// level of members and items down, deeper levels by their type only.
func (s *Set) mutate(schema any, base any, at string, depth int, emit func(string, any)) {
	m := s.resolve(schema, 0)
	if m == nil || depth > 3 {
		return
	}
	name := "the value"
	if at != "" {
		name = at
	}
	if wrong, ok := otherType(m, base); ok {
		emit(name+" of another type", wrong)
	}
	if !nullable(m) {
		emit(name+" null", nil)
	}
	switch v := base.(type) {
	case map[string]any:
		s.mutateObject(m, v, at, depth, emit)
	case []any:
		s.mutateArray(m, v, at, depth, emit)
	case string:
		mutateString(m, name, emit)
	case float64:
		mutateNumber(m, name, emit)
	}
}

func (s *Set) mutateObject(m, base map[string]any, at string, depth int, emit func(string, any)) {
	with := func(name string, v any) map[string]any {
		out := maps.Clone(base)
		out[name] = v
		return out
	}
	for _, name := range names(m["required"]) {
		if _, has := base[name]; has {
			out := maps.Clone(base)
			delete(out, name)
			emit("without "+path(at, name), out)
		}
	}
	if additional(m) == false || m["unevaluatedProperties"] == false {
		emit("with an unknown member", with("rttestUnknown", true))
	}
	properties := object(m["properties"])
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if member, has := base[name]; has {
			s.mutate(properties[name], member, path(at, name), depth+1, func(what string, v any) { emit(what, with(name, v)) })
		}
	}
}

func (s *Set) mutateArray(m map[string]any, base []any, at string, depth int, emit func(string, any)) {
	if n := int(number(m, "minItems", 0)); n > 0 {
		emit(path(at, "")+"too few items", base[:0])
	}
	if n, ok := m["maxItems"].(float64); ok && n < 100 && len(base) > 0 {
		long := slices.Clone(base)
		for len(long) <= int(n) {
			long = append(long, base[0])
		}
		emit(path(at, "")+"too many items", long)
	}
	if len(base) > 0 {
		if unique, _ := m["uniqueItems"].(bool); unique {
			emit(path(at, "")+"an item twice", append(slices.Clone(base), base[0]))
		}
		if items, ok := m["items"]; ok {
			s.mutate(items, base[0], path(at, "0"), depth+1, func(what string, v any) {
				out := slices.Clone(base)
				out[0] = v
				emit(what, out)
			})
		}
	}
}

func mutateString(m map[string]any, name string, emit func(string, any)) {
	if _, ok := m["enum"]; ok || m["const"] != nil {
		emit(name+" of no known value", "rttest-unknown")
		return
	}
	if n := int(number(m, "minLength", 0)); n > 0 {
		emit(name+" too short", strings.Repeat("x", n-1))
	}
	if n, ok := m["maxLength"].(float64); ok && n < 1<<16 {
		emit(name+" too long", strings.Repeat("é", int(n)+1))
	}
	if _, ok := m["pattern"]; ok {
		emit(name+" against its pattern", "\x7f ~\\ §")
	}
	if format, _ := m["format"].(string); samples[format] != "" {
		emit(name+" against its format", "no "+format+" §")
	}
}

func mutateNumber(m map[string]any, name string, emit func(string, any)) {
	for _, key := range []string{"minimum", "exclusiveMinimum"} {
		if v, ok := m[key].(float64); ok {
			emit(name+" too small", v-1)
		}
	}
	for _, key := range []string{"maximum", "exclusiveMaximum"} {
		if v, ok := m[key].(float64); ok {
			emit(name+" too large", v+1)
		}
	}
	if typeOf(m) == "integer" {
		emit(name+" not whole", 1.5)
		emit(name+" beyond 64 bits", 1e30)
	}
}

// otherType is a value of a JSON type that the schema does not name; ok is false when it takes any.
func otherType(m map[string]any, base any) (any, bool) {
	if typeOf(m) == "" && m["enum"] == nil && m["const"] == nil {
		return nil, false
	}
	if _, isArray := base.([]any); isArray {
		return map[string]any{"rttest": true}, true
	}
	return []any{map[string]any{"rttest": true}}, true
}

// nullable reports whether a schema lists null among its types, or names none.
func nullable(m map[string]any) bool {
	if _, ok := m["type"]; !ok {
		return true
	}
	list, _ := m["type"].([]any)
	return slices.Contains(list, any("null")) || m["type"] == "null"
}

func path(at, name string) string {
	switch {
	case at == "":
		return name
	case name == "":
		return at + " "
	}
	return at + "." + name
}
