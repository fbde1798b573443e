package runtime

import (
	"net/url"
	"strings"
)

// This file writes JSON values as the styles of parameters have them, for virtual requests: the
// inverse of param_text.go.

// flatten returns the scalars of a JSON value as text: the items of a list, names and values of
// an object one after the other, a scalar alone. Null has none.
func flatten(raw []byte) (texts []string, object bool) {
	switch {
	case len(raw) == 0 || raw[0] == 'n':
		return nil, false
	case raw[0] == '[':
		for item := range jsonItems(raw) {
			if item[0] != 'n' {
				texts = append(texts, jsonText(item))
			}
		}
		return texts, false
	case raw[0] == '{':
		for name, value := range jsonMembers(raw) {
			if value[0] != 'n' {
				texts = append(texts, name, jsonText(value))
			}
		}
		return texts, true
	}
	return []string{jsonText(raw)}, false
}

// pathText writes a path parameter, percent-encoded but for the delimiters of its style. It
// reports false when there is no value. b may be nil: a parameter of the template that the
// document does not declare.
func pathText(b *boundParam, raw []byte) (string, bool) {
	if len(raw) == 0 || raw[0] == 'n' {
		return "", false
	}
	switch {
	case b != nil && b.encoded:
		return url.PathEscape(b.documentText(raw)), true
	case b == nil, raw[0] != '[' && raw[0] != '{' && b.style == styleSimple:
		return url.PathEscape(jsonText(raw)), true
	}
	texts, object := flatten(raw)
	if len(texts) == 0 {
		return "", false
	}
	for i := range texts {
		texts[i] = url.PathEscape(texts[i])
	}
	pairs := texts
	if object && b.explode {
		pairs = joinPairs(texts)
	}
	switch b.style {
	case styleLabel:
		return "." + strings.Join(pairs, b.pathDelimiter()), true
	case styleMatrix:
		switch {
		case object && b.explode:
			return ";" + strings.Join(pairs, ";"), true
		case b.explode:
			return ";" + b.name + "=" + strings.Join(texts, ";"+b.name+"="), true
		}
		return ";" + b.name + "=" + strings.Join(texts, ","), true
	}
	return strings.Join(pairs, ","), true
}

// joinPairs makes name=value of names and values one after the other.
func joinPairs(texts []string) []string {
	pairs := make([]string, 0, len(texts)/2)
	for i := 0; i+1 < len(texts); i += 2 {
		pairs = append(pairs, texts[i]+"="+texts[i+1])
	}
	return pairs
}

// appendQuery appends a query parameter to dst, which ends in a delimiter. It appends nothing for
// a value that serialises to nothing. b may be nil: a parameter that the document does not
// declare.
func appendQuery(dst []byte, b *boundParam, name string, raw []byte) []byte {
	switch {
	case raw[0] == 'n':
		return dst
	case b == nil:
		return appendForm(dst, name, raw)
	case b.in == InQueryString:
		return appendQueryString(dst, b, raw)
	case b.encoded:
		return appendPair(dst, name, b.documentText(raw))
	}
	return appendStyled(dst, b, name, raw)
}

// appendStyled appends a value in the style of a query parameter.
func appendStyled(dst []byte, b *boundParam, name string, raw []byte) []byte {
	switch {
	case raw[0] == 'n':
		return dst
	case b.style == styleDeep:
		return appendForm(dst, name, raw)
	case raw[0] != '[' && raw[0] != '{' && (b.explode || !b.shape.isArray() && !b.shape.isObject()):
		return appendPair(dst, name, jsonText(raw))
	}
	texts, object := flatten(raw)
	if len(texts) == 0 {
		return dst
	}
	if b.explode {
		if object {
			for i := 0; i+1 < len(texts); i += 2 {
				dst = appendPair(dst, texts[i], texts[i+1])
			}
			return dst
		}
		for _, text := range texts {
			dst = appendPair(dst, name, text)
		}
		return dst
	}
	delimiter := ","
	switch b.style {
	case styleSpace:
		delimiter = "%20"
	case stylePipe:
		delimiter = "|"
	}
	for i := range texts {
		texts[i] = queryEscape(texts[i])
	}
	dst = appendAmpersand(dst)
	dst = append(append(dst, queryEscape(name)...), '=')
	return append(dst, strings.Join(texts, delimiter)...)
}

func appendQueryString(dst []byte, b *boundParam, raw []byte) []byte {
	if b.content == kindForm {
		return appendEncoded(dst, b.members, raw)
	}
	return append(appendAmpersand(dst), queryEscape(b.documentText(raw))...)
}

// documentText is a JSON value as the media type of a parameter writes it.
func (b *boundParam) documentText(raw []byte) string {
	switch {
	case b.content == kindJSON:
		return string(raw)
	case b.content == kindForm && raw[0] == '{':
		return string(appendEncoded(nil, b.members, raw))
	}
	return jsonText(raw)
}

func appendPair(dst []byte, name, value string) []byte {
	dst = appendAmpersand(dst)
	dst = append(append(dst, queryEscape(name)...), '=')
	return append(dst, queryEscape(value)...)
}

// appendAmpersand separates pairs. A text that ends in a delimiter needs none.
func appendAmpersand(dst []byte) []byte {
	if n := len(dst); n > 0 && dst[n-1] != '&' && dst[n-1] != '?' {
		return append(dst, '&')
	}
	return dst
}

// queryEscape is url.QueryEscape with %20 for the space: right in every reader.
func queryEscape(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
