package runtime

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

// This file honours the Encoding Object: members of a form that are written in a style of their
// own, or as JSON, and parts of a multipart body that have to be of some media type. Members without one go
// by their names alone, see formTree.

// encodings plans the members of a form that have an encoding, by the names that their pairs have. Each is what a query
// parameter of that style is, and none where the ordinary way of forms is right: repeated names and brackets.
func encodings(form *shape, declared map[string]Encoding) map[string]*boundParam {
	var list map[string]*boundParam
	add := func(name string, m *boundParam) {
		if list == nil {
			list = make(map[string]*boundParam)
		}
		list[name] = m
	}
	for name, e := range declared {
		m := &boundParam{name: name, in: InQuery, shape: form.member(name)}
		m.style, m.explode = styleOf(InQuery, e.Style, e.Explode)
		m.encoded = e.Style == "" && isJSONMedia(baseMedia(e.ContentType))
		switch {
		case e.Style == "form" && m.spread() && m.shape.isObject():
			add(name, m)
			for member := range m.shape.props { // R=100&G=200, unless the form has a member of that name
				if form.props[member] == nil {
					add(member, m)
				}
			}
		case m.encoded, !m.explode && m.style != styleDeep:
			add(name, m)
		}
	}
	return list
}

// enterEncoded adds a pair of a form under the rules of its encoding. It says what is wrong with a pair
// that is no text.
func (n *formNode) enterEncoded(m *boundParam, raw string) (wrong string) {
	if m.encoded {
		text, wrong := escapeQuery.unescape(raw)
		if wrong != "" {
			return wrong
		}
		if data := []byte(text); wholeJSON(data) {
			n.parts = append(n.parts, bytes.TrimSpace(data))
		} else {
			n.values = append(n.values, text) // the codec says what was expected
		}
		return ""
	}
	parts := []string{raw}
	if m.shape.isArray() || m.shape.isObject() {
		parts = m.split(raw)
	}
	for i, part := range parts {
		text, wrong := escapeQuery.unescape(part)
		if wrong != "" {
			return wrong
		}
		parts[i] = text
	}
	if m.shape.isObject() && !m.shape.isArray() && len(parts)%2 == 0 {
		for i := 0; i < len(parts); i += 2 {
			child := n.child(parts[i])
			child.values = append(child.values, parts[i+1])
		}
		return ""
	}
	n.values = append(n.values, parts...)
	return ""
}

// wholeJSON reports whether a text is one JSON value.
func wholeJSON(text []byte) bool {
	text = bytes.TrimSpace(text)
	var skip jsonscan.Skipper
	return len(text) > 0 && skip.Skip(text, 0, maxNesting) == len(text)
}

// appendEncoded is appendForm for an object with members that have an encoding.
func appendEncoded(dst []byte, encoded map[string]*boundParam, raw []byte) []byte {
	if len(encoded) == 0 || len(raw) == 0 || raw[0] != '{' {
		return appendForm(dst, "", raw)
	}
	for name, value := range jsonMembers(raw) {
		switch m := encoded[name]; {
		case m == nil || m.name != name:
			dst = appendForm(dst, name, value)
		case m.encoded:
			dst = appendPair(dst, name, string(value))
		default:
			dst = appendStyled(dst, m, name, value)
		}
	}
	return dst
}

// partTypes are the media types that the files of a multipart body have to be of, by name.
func partTypes(media *Media) map[string][]string {
	types := make(map[string][]string)
	for _, name := range slices.Sorted(maps.Keys(media.Encoding)) {
		for t := range strings.SplitSeq(media.Encoding[name].ContentType, ",") {
			if t = strings.TrimSpace(t); t != "" {
				types[name] = append(types[name], t)
			}
		}
	}
	return types
}

// partHeaders are the headers of parts that the document describes, by the name of the part. They are only checked: a File
// has all that came.
func (p *planner) partHeaders(media *Media) map[string][]*boundParam {
	list := make(map[string][]*boundParam)
	value := reflect.StructField{Type: reflect.TypeFor[json.RawMessage]()}
	for name, e := range media.Encoding {
		for i := range e.Headers {
			list[name] = append(list[name], p.param(&e.Headers[i], value))
		}
	}
	return list
}

// allowedPart reports whether a part says that it is of one of the types. One that says nothing is
// believed: most programs do not know.
func allowedPart(types []string, contentType string) bool {
	if len(types) == 0 || contentType == "" {
		return true
	}
	return slices.ContainsFunc(types, func(t string) bool { return mediaMatches(t, baseMedia(contentType)) })
}

// writtenAsJSON reports whether a text part is JSON: because it says so or, if it says nothing,
// because the document does.
func writtenAsJSON(types []string, contentType string) bool {
	if contentType == "" && len(types) == 1 {
		contentType = types[0]
	}
	return isJSONMedia(baseMedia(contentType))
}
