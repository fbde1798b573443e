package runtime

import (
	"net/url"
	"strconv"
)

// appendForm appends a JSON value as application/x-www-form-urlencoded text: a=1&b[c]=2, lists
// as a=1&a=2 and, where their items are objects, as a[0][b]=1. It is the inverse of formTree for
// the same schema.
func appendForm(dst []byte, name string, raw []byte) []byte {
	switch {
	case len(raw) == 0 || raw[0] == 'n':
		return dst
	case raw[0] == '{':
		for member, value := range jsonMembers(raw) {
			if name != "" {
				member = name + "[" + member + "]"
			}
			dst = appendForm(dst, member, value)
		}
		return dst
	case raw[0] == '[':
		i := 0
		for item := range jsonItems(raw) {
			below := name
			if item[0] == '{' || item[0] == '[' {
				below = name + "[" + strconv.Itoa(i) + "]"
			}
			dst = appendForm(dst, below, item)
			i++
		}
		return dst
	}
	if len(dst) > 0 {
		dst = append(dst, '&')
	}
	dst = append(dst, url.QueryEscape(name)...)
	dst = append(dst, '=')
	return append(dst, url.QueryEscape(jsonText(raw))...)
}
