package runtime

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// An expression says where a value comes from: a runtime expression of OpenAPI (3.2, section
// 4.8.12), "$auth." and a claim, or a literal in JSON. Emitted code carries it as text.
type expression struct {
	source  valueSource
	name    string // of the parameter, header or claim
	pointer string // RFC 6901, into a body; empty: all of it
	literal []byte
}

type valueSource uint8

const (
	fromLiteral valueSource = iota
	fromPath
	fromQuery
	fromRequestHeader
	fromRequestBody
	fromResponseHeader
	fromResponseBody
	fromAuth
)

var sources = []struct {
	prefix string
	source valueSource
}{
	{"$request.path.", fromPath},
	{"$request.query.", fromQuery},
	{"$request.header.", fromRequestHeader},
	{"$response.header.", fromResponseHeader},
	{"$auth.", fromAuth},
}

var errExpression = errors.New("is no expression")

// parseExpression reads an expression.
func parseExpression(text string) (expression, error) {
	if !strings.HasPrefix(text, "$") {
		end, err := skipValue([]byte(text), 0, maxDepth-1)
		if err != nil || end != len(text) {
			return expression{}, errExpression
		}
		return expression{literal: []byte(text)}, nil
	}
	for _, s := range sources {
		if name, ok := strings.CutPrefix(text, s.prefix); ok && name != "" {
			return expression{source: s.source, name: name}, nil
		}
	}
	body, pointer, _ := strings.Cut(text, "#")
	switch body {
	case "$request.body":
		return expression{source: fromRequestBody, pointer: pointer}, nil
	case "$response.body":
		return expression{source: fromResponseBody, pointer: pointer}, nil
	}
	return expression{}, errExpression
}

// needsResponse tells whether the value is known only when the handler has answered.
func (e *expression) needsResponse() bool {
	return e.source == fromResponseHeader || e.source == fromResponseBody
}

// An answer is what expressions about a response look at.
type answer struct {
	header http.Header
	body   []byte // JSON text; nil: the answer is none
}

// eval returns the value as JSON text; ok is false when there is none. The text may point into
// the request or the answer.
func (e *expression) eval(ex *exchange, a *answer) (text []byte, ok bool) {
	switch e.source {
	case fromLiteral:
		return e.literal, true
	case fromPath:
		return ex.requestParam(InPath, e.name)
	case fromQuery:
		return ex.requestParam(InQuery, e.name)
	case fromRequestHeader:
		return ex.requestParam(InHeader, e.name)
	case fromRequestBody:
		return lookup(ex.requestBody(), e.pointer)
	case fromAuth:
		value, ok := ex.claim(e.name)
		if !ok {
			return nil, false
		}
		return encodeClaim(value)
	}
	if a == nil {
		return nil, false
	}
	if e.source == fromResponseBody {
		return lookup(a.body, e.pointer)
	}
	values := a.header.Values(e.name)
	if len(values) == 0 {
		return nil, false
	}
	return appendString(nil, strings.Join(values, ", ")), true
}

// lookup follows a JSON pointer.
func lookup(text []byte, pointer string) ([]byte, bool) {
	if len(text) == 0 {
		return nil, false
	}
	if pointer == "" {
		return text, true
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		if strings.Contains(token, "~") {
			token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		}
		var ok bool
		if text, ok = step(text, token); !ok {
			return nil, false
		}
	}
	return text, true
}

func step(text []byte, token string) ([]byte, bool) {
	if i := skipSpace(text, 0); i < len(text) && text[i] == '{' {
		return objectMember(text, token)
	}
	n, err := strconv.Atoi(token)
	if err != nil || n < 0 || len(token) > 1 && token[0] == '0' {
		return nil, false
	}
	for element := range elements(text) {
		if n == 0 {
			return element, true
		}
		n--
	}
	return nil, false
}

// scalarText returns a JSON scalar as it stands in an address: a string's value, anything else
// as it is written. Objects, arrays and null are no part of an address.
func scalarText(text []byte) (string, bool) {
	if len(text) == 0 {
		return "", false
	}
	switch text[0] {
	case '"':
		return unquote(text)
	case '{', '[', 'n':
		return "", false
	}
	return string(text), true
}
