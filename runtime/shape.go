package runtime

import "github.com/rtgen/rtgen/runtime/internal/jsonschema"

// A shape is what the text of a parameter or of a form has to know about a schema to become
// JSON: "5" is a number for one schema and a string for another. It says which types a value may
// have, not which values; checking is the codec's job, once, on the JSON that comes out.
type shape struct {
	types  jsonschema.Types
	items  *shape            // of arrays; nil: text
	prefix []*shape          // of the first items
	props  map[string]*shape // of objects, by name
	extra  *shape            // of an object's other members; nil: text
	open   bool              // the object takes members beyond props
}

// textShape is the shape of what no schema describes.
var textShape = &shape{types: jsonschema.String, open: true}

// shaper turns schemas into shapes, each once, so that recursive schemas end.
type shaper map[*jsonschema.Schema]*shape

// shapeOf returns the shape of a schema; of nil it is text.
func (m shaper) shapeOf(s *jsonschema.Schema) *shape {
	if s == nil {
		return textShape
	}
	if known := m[s]; known != nil {
		return known
	}
	sh := &shape{open: true}
	m[s] = sh
	var parts collected
	parts.add(s, map[*jsonschema.Schema]bool{})
	sh.types = parts.types
	if sh.types == 0 {
		sh.types = parts.implied()
	}
	for _, part := range parts.schemas {
		m.fill(sh, part)
	}
	return sh
}

func (m shaper) fill(sh *shape, s *jsonschema.Schema) {
	if s.Items != nil && sh.items == nil {
		sh.items = m.shapeOf(s.Items)
	}
	if len(s.PrefixItems) > 0 && sh.prefix == nil {
		for _, item := range s.PrefixItems {
			sh.prefix = append(sh.prefix, m.shapeOf(item))
		}
	}
	for _, p := range s.Properties {
		if sh.props == nil {
			sh.props = make(map[string]*shape)
		}
		if sh.props[p.Name] == nil {
			sh.props[p.Name] = m.shapeOf(p.Schema)
		}
	}
	if s.AdditionalProperties != nil {
		if s.AdditionalProperties.Never {
			sh.open = false
		} else if sh.extra == nil {
			sh.extra = m.shapeOf(s.AdditionalProperties)
		}
	}
}

// item returns the shape of the item at position i.
func (sh *shape) item(i int) *shape {
	if i < len(sh.prefix) {
		return sh.prefix[i]
	}
	if sh.items != nil {
		return sh.items
	}
	return textShape
}

// member returns the shape of a member.
func (sh *shape) member(name string) *shape {
	if p := sh.props[name]; p != nil {
		return p
	}
	if sh.extra != nil {
		return sh.extra
	}
	return textShape
}

func (sh *shape) isArray() bool  { return sh.types&jsonschema.Array != 0 }
func (sh *shape) isObject() bool { return sh.types&jsonschema.Object != 0 }

// collected gathers a schema and everything that applies to the same value.
type collected struct {
	schemas []*jsonschema.Schema
	types   jsonschema.Types
}

func (c *collected) add(s *jsonschema.Schema, seen map[*jsonschema.Schema]bool) {
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	c.schemas = append(c.schemas, s)
	c.types |= s.Types
	if s.Types == 0 {
		c.types |= enumTypes(s.Enum) | enumTypes(s.Const)
	}
	c.add(s.Ref, seen)
	for _, list := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf} {
		for _, branch := range list {
			c.add(branch, seen)
		}
	}
	c.add(s.Then, seen)
	c.add(s.Else, seen)
}

// implied guesses the types of a schema that names none from the keywords it has.
func (c *collected) implied() jsonschema.Types {
	var types jsonschema.Types
	for _, s := range c.schemas {
		if len(s.Properties) > 0 || len(s.PatternProperties) > 0 || s.AdditionalProperties != nil || len(s.Required) > 0 {
			types |= jsonschema.Object
		}
		if s.Items != nil || len(s.PrefixItems) > 0 || s.Contains != nil {
			types |= jsonschema.Array
		}
		if s.Number != nil {
			types |= jsonschema.Number
		}
		if s.String != nil {
			types |= jsonschema.String
		}
	}
	if types == 0 {
		return jsonschema.String
	}
	return types
}

func enumTypes(e *jsonschema.Enum) jsonschema.Types {
	if e == nil {
		return 0
	}
	return e.Types()
}

const (
	typesArray  = jsonschema.Array
	typesObject = jsonschema.Object
)
