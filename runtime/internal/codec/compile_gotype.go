package codec

import (
	"encoding"
	"encoding/json"
	"reflect"
	"time"

	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// unionOfTypes is the plan of a union about which no schema says anything, as encoding/json meets
// it: the Go types of its variants tell them apart. A value belongs to the first variant that has
// room for all of it, otherwise to the first that it fits at all.
func (j *job) unionOfTypes(fields []tagged) (*unionPlan, []*jsonschema.Schema) {
	count := 0
	for _, f := range fields {
		count = max(count, f.index+1)
	}
	open := make([]*jsonschema.Schema, count)
	exact := make([]*jsonschema.Schema, count)
	for k := range open {
		open[k], exact[k] = nothing, nothing
	}
	for _, f := range fields {
		open[f.index] = j.goSchema(f.Type, false)
		exact[f.index] = j.goSchema(f.Type, true)
	}
	s := jsonschema.True()
	s.AnyOf = append(exact, open...)
	return &unionPlan{schema: s, branches: make([]branch, count), twice: count}, open
}

// goType identifies the schema of a Go type.
type goType struct {
	t     reflect.Type
	exact bool
}

// goSchema describes the JSON that a Go type holds, as far as that tells types apart: its kind, and
// of a struct the members. exact allows no others.
func (c *compiler) goSchema(t reflect.Type, exact bool) *jsonschema.Schema {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	key := goType{t, exact}
	s := c.goTypes[key]
	if s != nil {
		return s
	}
	s = jsonschema.True()
	c.goTypes[key] = s
	s.Types = goKinds(t)
	if t.Kind() != reflect.Struct || s.Types != jsonschema.Object {
		return s
	}
	fields, _, err := structFields(t)
	if err != nil {
		return s
	}
	for _, f := range fields {
		if f.role != roleMember {
			exact = false // it takes any
			continue
		}
		s.Properties = append(s.Properties, jsonschema.Property{Name: f.name, Schema: anything})
		if f.omit == omitNever {
			s.Required = append(s.Required, f.name)
		}
	}
	if exact {
		s.AdditionalProperties = nothing
	}
	return s
}

// goKinds are the JSON types that a Go type can hold.
func goKinds(t reflect.Type) jsonschema.Types {
	switch p := reflect.PointerTo(t); {
	case t == reflect.TypeFor[time.Time](), t == reflect.TypeFor[UUID]():
		return jsonschema.String
	case t == reflect.TypeFor[json.RawMessage](), t.Kind() == reflect.Interface:
		return jsonschema.AnyTypes
	case t.Kind() == reflect.Struct && hasRT(t):
		return structKinds(t)
	case p.Implements(jsonUnmarshaler):
		return jsonschema.AnyTypes
	case p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return jsonschema.String
	}
	switch t.Kind() {
	case reflect.Bool:
		return jsonschema.Boolean
	case reflect.Float32, reflect.Float64:
		return jsonschema.Number
	case reflect.String:
		return jsonschema.String
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return jsonschema.String
		}
		return jsonschema.Array
	case reflect.Array:
		return jsonschema.Array
	case reflect.Map, reflect.Struct:
		return jsonschema.Object
	}
	return jsonschema.Integer
}

// structKinds are the JSON types of a struct with rt tags.
func structKinds(t reflect.Type) jsonschema.Types {
	fields, _, err := structFields(t)
	switch {
	case err != nil || hasRole(fields, roleVariant):
		return jsonschema.AnyTypes
	case hasRole(fields, roleItem) || hasRole(fields, roleItems):
		return jsonschema.Array
	}
	return jsonschema.Object
}
