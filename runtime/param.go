package runtime

import (
	"net/http"
	"reflect"
	"strconv"
	"unsafe"

	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// A boundParam is a parameter together with the field that takes it.
//
// A value goes through three forms. On the wire it is what its style makes of it: over HTTP text
// with delimiters, in a call frame a JSON value. Both become one normal form, the JSON text that
// the schema asks for ("5" is 5 where the schema wants an integer). The codec decodes and checks
// that text, so a wrong value is wrong in the same words whichever way it came.
type boundParam struct {
	index    int // in requestPlan.params
	name     string
	header   string // in headers: the canonical form of name
	in       In
	style    style
	explode  bool
	required bool
	content  mediaKind              // how the value is written when encoded is set
	members  map[string]*boundParam // of a form: those with an encoding
	encoded  bool                   // Param.Content: a media type instead of a style
	literal  bool                   // the style cookie of OpenAPI 3.2: nothing is percent-encoded
	allowNil bool                   // an empty value means none given (allowEmptyValue)
	shape    *shape
	field    fieldPlace
	codec    *valueCodec
	fallback []byte // the schema's default, JSON text; nil: none
	fast     fastKind
	text     *jsonschema.StringRules // with fastString; nil: any text
	number   *jsonschema.NumberRules // with fastInt; nil: any number
}

// style is how a parameter is written, OpenAPI's names.
type style int

const (
	styleSimple style = iota
	styleLabel
	styleMatrix
	styleForm
	styleSpace
	stylePipe
	styleDeep
)

var styleNames = map[string]style{
	"simple": styleSimple, "label": styleLabel, "matrix": styleMatrix, "form": styleForm, "cookie": styleForm,
	"spaceDelimited": styleSpace, "pipeDelimited": stylePipe, "deepObject": styleDeep,
}

// fastKind marks the parameters whose text can be written to the field as it stands, without a
// JSON text in between. What the fast way does not accept goes the ordinary way.
type fastKind int

const (
	fastNone fastKind = iota
	fastString
	fastInt
)

// param plans one parameter.
func (p *planner) param(spec *Param, field reflect.StructField) *boundParam {
	schema := p.schema(spec.Schema)
	b := &boundParam{
		name: spec.Name, in: spec.In, required: spec.Required || spec.In == InPath,
		allowNil: spec.AllowEmpty, field: placeOf(field), encoded: spec.Content != "" || spec.In == InQueryString,
	}
	b.style, b.explode = styleOf(spec.In, spec.Style, spec.Explode)
	b.literal = spec.Style == "cookie"
	if schema != nil {
		b.shape = p.shapes.shapeOf(schema)
		b.fallback = p.set.Annotation(spec.Schema, "default")
	} else {
		b.shape = goShape(b.field.value, 0)
	}
	if b.encoded {
		b.content = contentKind(spec.Content)
		b.members = encodings(b.shape, spec.Encoding)
	}
	if spec.In == InHeader {
		b.header = http.CanonicalHeaderKey(spec.Name)
	}
	codec, err := newCodec(p.set, schema, b.field.typ, p.in)
	if err != nil {
		p.fail("%s parameter %s: %w", spec.In, spec.Name, err)
	}
	if b.codec = codec; codec != nil {
		codec.defaults = true
	}
	b.choosePath(schema)
	return b
}

func styleOf(in In, name string, explode *bool) (style, bool) {
	s := styleSimple
	if in == InQuery || in == InCookie {
		s = styleForm
	}
	if named, ok := styleNames[name]; ok {
		s = named
	}
	if explode != nil {
		return s, *explode
	}
	return s, s == styleForm || s == styleDeep
}

// contentKind reads Param.Content: JSON, a form, or text.
func contentKind(media string) mediaKind {
	switch base := baseMedia(media); {
	case isJSONMedia(base):
		return kindJSON
	case base == "application/x-www-form-urlencoded", base == "":
		return kindForm
	}
	return kindText
}

// choosePath decides whether the fast way is right: the field takes text or an int, and the
// schema has nothing to say beyond what can be asked here.
func (b *boundParam) choosePath(s *jsonschema.Schema) {
	if b.encoded || s == nil {
		return
	}
	for s.Ref != nil && onlyRef(s) {
		s = s.Ref
	}
	if !onlyScalar(s) {
		return
	}
	switch {
	case s.Types == jsonschema.String && b.field.value == stringType:
		b.fast, b.text = fastString, s.String
	case s.Types == jsonschema.Integer && b.field.value == intType:
		b.fast, b.number = fastInt, s.Number
	}
}

// onlyRef reports whether a schema is a $ref and nothing else.
func onlyRef(s *jsonschema.Schema) bool {
	return s.Types == 0 && s.String == nil && s.Number == nil && onlyScalarExceptRef(s)
}

// onlyScalar reports whether only type and the rules for strings and numbers apply.
func onlyScalar(s *jsonschema.Schema) bool { return s.Ref == nil && onlyScalarExceptRef(s) }

func onlyScalarExceptRef(s *jsonschema.Schema) bool {
	return !s.Never && s.AllOf == nil && s.AnyOf == nil && s.OneOf == nil && s.Not == nil &&
		s.If == nil && s.Enum == nil && s.Const == nil
}

// goShape is the shape of a value that no schema describes: what its Go type suggests.
func goShape(t reflect.Type, depth int) *shape {
	if depth > 8 {
		return textShape
	}
	switch t.Kind() {
	case reflect.Pointer:
		return goShape(t.Elem(), depth+1)
	case reflect.Bool:
		return &shape{types: jsonschema.Boolean}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return &shape{types: jsonschema.Integer}
	case reflect.Float32, reflect.Float64:
		return &shape{types: jsonschema.Number}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return textShape
		}
		return &shape{types: jsonschema.Array, items: goShape(t.Elem(), depth+1)}
	case reflect.Map:
		return &shape{types: jsonschema.Object, extra: goShape(t.Elem(), depth+1), open: true}
	}
	return textShape
}

// setText stores a value that is a single text, already unescaped. It reports whether the fast
// way took it.
func (b *boundParam) setText(base unsafe.Pointer, value string) bool {
	switch b.fast {
	case fastString:
		if b.text != nil && !b.text.OK(value) {
			return false
		}
		*(*string)(b.field.make(base)) = value
		return true
	case fastInt:
		n, err := strconv.Atoi(value)
		if err != nil || !isNumber(value) {
			return false
		}
		if b.number != nil && !b.number.OKInt(int64(n), unsafe.Slice(unsafe.StringData(value), len(value))) {
			return false
		}
		*(*int)(b.field.make(base)) = n
		return true
	}
	return false
}

// setJSON stores a value in normal form and adds what is wrong with it to list.
func (b *boundParam) setJSON(base unsafe.Pointer, text []byte, list []FieldError) []FieldError {
	if err := b.codec.decode(text, b.field.at(base), false); err != nil {
		return fieldErrors(list, err, b.in, b.name)
	}
	return list
}

// setAbsent stores the default, or complains when the parameter is required.
func (b *boundParam) setAbsent(base unsafe.Pointer, list []FieldError) []FieldError {
	if b.required {
		return append(list, FieldError{In: string(b.in), Name: b.name, Rule: "required", Detail: "is required"})
	}
	if b.fallback != nil {
		return b.setJSON(base, b.fallback, list)
	}
	return list
}

// appendJSON appends the JSON text of the decoded value, for runtime expressions.
func (b *boundParam) appendJSON(dst []byte, base unsafe.Pointer) ([]byte, bool) {
	if b.field.get(base) == nil {
		return nil, false
	}
	text, err := b.codec.encode(dst, b.field.at(base))
	return text, err == nil
}
