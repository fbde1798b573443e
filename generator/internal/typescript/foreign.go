package typescript

import (
	"regexp"
	"strings"
)

// foreignToken is one token of an x-ts-type: a name, a number, a string without
// escapes, an operator of types.
var foreignToken = regexp.MustCompile(`^(?:[A-Za-z_$][\w$]*|\d+|"[\w@./: -]*"|'[\w@./: -]*'|=>|[.,<>|&\[\](){}:;?])`)

var closers = map[byte]byte{'(': ')', '[': ']', '{': '}', '<': '>'}

// foreignType checks a type expression that a document gives as x-ts-type, and
// gives it back in one line. Names, members, generics, arrays, tuples, unions, object types and
// import("./file.js").Name are accepted; whatever could end the declaration
// or hide in it (comments, templates, unbalanced brackets) is not.
func foreignType(text string) (string, bool) {
	var open []byte
	rest := strings.TrimSpace(text)
	var b strings.Builder
	for rest != "" {
		token := foreignToken.FindString(rest)
		if token == "" {
			return "", false
		}
		switch c := token[0]; {
		case token == "=>":
		case closers[c] != 0:
			open = append(open, closers[c])
		case strings.IndexByte(")]}>", c) >= 0:
			if len(open) == 0 || open[len(open)-1] != c {
				return "", false
			}
			open = open[:len(open)-1]
		case c == ';' && len(open) == 0:
			return "", false
		}
		b.WriteString(token)
		rest = rest[len(token):]
		if trimmed := strings.TrimLeft(rest, " \t\r\n"); trimmed != rest {
			b.WriteByte(' ')
			rest = trimmed
		}
	}
	return b.String(), len(open) == 0 && b.Len() > 0
}
