package runtime

import (
	"reflect"
	"slices"

	"github.com/rtgen/rtgen/runtime/internal/codec"
	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// encodeEvent writes the payload of an event, from a pointer to its Go value. What does not fit
// the event's schema is refused. The Go type has no room for what the schema does not declare.
func (rt *realtime) encodeEvent(e *eventType, data any) ([]byte, error) {
	c, err := rt.eventCodec(e, reflect.TypeOf(data).Elem())
	if err != nil {
		return nil, err
	}
	return c.AppendChecked(nil, data)
}

// eventCodec returns the codec of an event's payload; one event has one Go type.
func (rt *realtime) eventCodec(e *eventType, t reflect.Type) (*codec.Codec, error) {
	if kept := e.codec.Load(); kept != nil && kept.typ == t {
		return kept.codec, nil
	}
	set, err := rt.schemas()
	if err != nil {
		return nil, err
	}
	if e.spec.Schema == "" {
		set = nil
	}
	c, err := codec.For(set, e.spec.Schema, t, codec.Response)
	if err != nil {
		return nil, err
	}
	e.codec.Store(&typedCodec{t, c})
	return c, nil
}

// A typedCodec is a codec and the type that it is for.
type typedCodec struct {
	typ   reflect.Type
	codec *codec.Codec
}

// checkEvent makes the payload of an event from JSON text: what the event's schema does not
// declare is left out, since the text may come from an answer that says more; what remains has
// to fit.
func (rt *realtime) checkEvent(e *eventType, data []byte) ([]byte, error) {
	if e.spec.Schema == "" {
		return data, nil
	}
	return rt.project(e.spec.Schema, data)
}

// project reduces JSON text to what a schema declares, and validates it.
func (rt *realtime) project(name string, data []byte) ([]byte, error) {
	set, err := rt.schemas()
	if err != nil {
		return nil, err
	}
	schema, err := set.Schema(name)
	if err != nil {
		return nil, err
	}
	reduced := appendDeclared(make([]byte, 0, len(data)), []*jsonschema.Schema{schema}, data, maxDepth)
	violations, err := schema.Validate(reduced, jsonschema.Response)
	if err != nil {
		return nil, err
	}
	if len(violations) > 0 {
		return nil, &codec.Error{Violations: violations}
	}
	return reduced, nil
}

// appendDeclared appends text without the members of objects that none of the schemas declares.
// An object about whose members the schemas say nothing at all is free and stays whole.
func appendDeclared(dst []byte, schemas []*jsonschema.Schema, text []byte, depth int) []byte {
	i := skipSpace(text, 0)
	if i == len(text) || depth == 0 {
		return append(dst, text...)
	}
	switch text[i] {
	case '{':
		return appendDeclaredObject(dst, applying(schemas), text, depth)
	case '[':
		return appendDeclaredArray(dst, applying(schemas), text, depth)
	}
	return append(dst, text...)
}

func appendDeclaredObject(dst []byte, schemas []*jsonschema.Schema, text []byte, depth int) []byte {
	free := true
	for _, s := range schemas {
		if len(s.Properties)+len(s.PatternProperties) > 0 || s.AdditionalProperties != nil {
			free = false
		}
	}
	if free {
		return append(dst, text...)
	}
	dst = append(dst, '{')
	first := true
	for name, value := range members(text) {
		var room [4]*jsonschema.Schema
		subs := memberSchemas(room[:0], schemas, name)
		if len(subs) == 0 || writeOnly(schemas, name) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(appendString(dst, name), ':')
		dst = appendDeclared(dst, subs, value, depth-1)
	}
	return append(dst, '}')
}

// writeOnly reports whether a member is for requests only.
func writeOnly(schemas []*jsonschema.Schema, name string) bool {
	only := false
	for _, s := range schemas {
		if s.Relaxed(jsonschema.Request, name) {
			return false
		}
		only = only || s.Relaxed(jsonschema.Response, name)
	}
	return only
}

// memberSchemas appends what the schemas say about one member.
func memberSchemas(subs, schemas []*jsonschema.Schema, name string) []*jsonschema.Schema {
	for _, s := range schemas {
		found := false
		if p := s.Property(name); p != nil {
			subs, found = append(subs, p), true
		}
		for _, p := range s.PatternProperties {
			if p.Pattern.Match(name) {
				subs, found = append(subs, p.Schema), true
			}
		}
		if !found && s.AdditionalProperties != nil && !s.AdditionalProperties.Never {
			subs = append(subs, s.AdditionalProperties)
		}
	}
	return subs
}

func appendDeclaredArray(dst []byte, schemas []*jsonschema.Schema, text []byte, depth int) []byte {
	dst = append(dst, '[')
	at := 0
	for element := range elements(text) {
		if at > 0 {
			dst = append(dst, ',')
		}
		var subs []*jsonschema.Schema
		for _, s := range schemas {
			switch {
			case at < len(s.PrefixItems):
				subs = append(subs, s.PrefixItems[at])
			case s.Items != nil:
				subs = append(subs, s.Items)
			}
		}
		dst = appendDeclared(dst, subs, element, depth-1)
		at++
	}
	return append(dst, ']')
}

// applying returns the schemas and all that apply to the same value through them. Branches count
// whether or not they match: a member that one of them declares is a declared member.
func applying(schemas []*jsonschema.Schema) []*jsonschema.Schema {
	var list []*jsonschema.Schema
	for _, s := range schemas {
		list = addApplying(list, s)
	}
	return list
}

func addApplying(list []*jsonschema.Schema, s *jsonschema.Schema) []*jsonschema.Schema {
	if s == nil || slices.Contains(list, s) {
		return list
	}
	list = append(list, s)
	list = addApplying(list, s.Ref)
	list = addApplying(list, s.Then)
	list = addApplying(list, s.Else)
	for _, group := range [...][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf} {
		for _, sub := range group {
			list = addApplying(list, sub)
		}
	}
	for _, d := range s.DependentSchemas {
		list = addApplying(list, d.Schema)
	}
	return list
}
