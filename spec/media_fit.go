package spec

import "strings"

// This file settles media types and schemas that do not go together: a body of text or bytes cannot
// hold an object, and one whose media type is left open can.

// rangeKind is how a body is read whose media type the document leaves open: as JSON where the schema
// is of objects or lists, as frameworks mean it that know no media types.
func (b *builder) rangeKind(m member, media *node) MediaKind {
	kind := mediaKind(m.key)
	switch name, _, _ := strings.Cut(m.key, ";"); strings.TrimSpace(name) {
	case "*/*", "application/*", "*":
	default:
		return kind
	}
	schema := media.get("schema")
	if b.pureRefObject(schema) {
		schema = b.deref(schema)
	}
	if !schema.isObject() {
		return kind
	}
	if set, ok := typeSet(schema); ok {
		if set&(setObject|setArray) == 0 {
			return kind
		}
		return MediaJSON
	}
	for _, key := range [...]string{"properties", "additionalProperties", "items", "allOf", "oneOf", "anyOf"} {
		if schema.has(key) {
			return MediaJSON
		}
	}
	return kind
}

// settleMedia looks at every body of bytes and every parameter with a media type, once all types are known. A parameter
// that has no text becomes a text of any kind; the warning comes once for each media type.
func (b *builder) settleMedia() {
	said := map[string]bool{}
	warn := func(at *node, media, instead string) {
		if !said[media] {
			said[media] = true
			b.report.warnKey(at, "media-schema", "describe it as application/json",
				"a value of type %s is not read by its schema, here and wherever else the document has it; it is %s", quote(media), instead)
		}
	}
	for _, use := range b.fits {
		switch m := use.media; {
		case m.Shape == nil:
		case m.Kind == MediaBinary && !use.told.json && !hasText(m.Shape):
			warn(use.at, m.Type, "handed over as bytes")
		}
	}
	for _, use := range b.paramFits {
		p := use.param
		if kind := mediaKind(p.Content); (kind == MediaText || kind == MediaBinary) && !hasText(p.Type) {
			p.Type, p.Schema, p.Default = &Scalar{Kind: String}, "", nil
			warn(use.at, p.Content, "a string")
		}
	}
}

// A mediaUse is a media type and where it stands; a paramUse is the same of a parameter.
type (
	mediaUse struct {
		media *Media
		at    *node
		told  *repeats // what the other media types of the body say
	}
	paramUse struct {
		param *Param
		at    *node
	}
)

// hasText reports whether the values of a type can be written as text without quotes.
func hasText(t Type) bool {
	for range maxChain {
		switch u := t.(type) {
		case *Ref:
			t = u.Decl.Type
		case *Nullable:
			t = u.Elem
		case *Any:
			return u.Why == ""
		case *Scalar:
			return u.Kind != Null
		case *Enum:
			return true
		default:
			return false
		}
	}
	return false
}
