package jsonschema

import "net/url"

// unescapePercent decodes the fragment of a $ref.
func unescapePercent(fragment string) (string, bool) {
	text, err := url.PathUnescape(fragment)
	return text, err == nil
}
