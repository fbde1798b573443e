package runtime

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// CallbackURL returns the URL of a callback: template is its key in the document, an expression
// ("{$request.body#/callbackUrl}") or text with expressions in it
// ("https://example.com/hooks?id={$request.query.id}"). Emitted code calls it.
//
// The values come from the call that ctx belongs to, so it works in handlers, while they run, and
// the result is what to keep. Answer is what the handler is about to return, for expressions about the
// response; nil where there are none. A value at the beginning of a template is taken as it is;
// behind it, values are percent-encoded, so that none can add a parameter or change the host.
//
// The error says which expression has no value, or that the result is no http or https URL.
func CallbackURL(ctx context.Context, template string, answer any) (string, error) {
	c := callOf(ctx)
	if c == nil || c.exchange == nil {
		return "", errors.New("callback URL: the context is not that of a handler")
	}
	var a *answered
	status := 0
	if answer != nil {
		out, err := c.op.plan().encodeResponse(answer, "", false)
		if err != nil {
			return "", fmt.Errorf("callback URL: %w", err)
		}
		defer out.release()
		a, status = &answered{header: out.header, body: out.body}, out.status
	}
	text, err := fillTemplate(template, func(expr string) (string, bool) {
		return c.exchange.callbackValue(expr, a, status)
	})
	if err == nil {
		_, err = parseTarget(text)
	}
	if err != nil {
		return "", fmt.Errorf("callback URL: %w", err)
	}
	return text, nil
}

// fillTemplate replaces the expressions of a template.
func fillTemplate(template string, value func(expr string) (string, bool)) (string, error) {
	if strings.HasPrefix(template, "$") {
		template = "{" + template + "}"
	}
	var b strings.Builder
	for rest := template; rest != ""; {
		before, after, found := strings.Cut(rest, "{")
		b.WriteString(before)
		if !found {
			break
		}
		expr, tail, found := strings.Cut(after, "}")
		if !found {
			return "", fmt.Errorf("%q has an expression that does not end", template)
		}
		text, ok := value(expr)
		if !ok {
			return "", fmt.Errorf("%s has no value", expr)
		}
		if b.Len() > 0 {
			text = queryEscape(text)
		}
		b.WriteString(text)
		rest = tail
	}
	return b.String(), nil
}

// callbackValue evaluates one expression to text.
func (ex *exchange) callbackValue(text string, a *answered, status int) (string, bool) {
	switch text {
	case "$method":
		return ex.op.op.Method, true
	case "$statusCode":
		return strconv.Itoa(status), status != 0
	}
	expr, err := parseExpression(text)
	if err != nil {
		return "", false
	}
	value, ok := expr.eval(ex, a)
	if !ok {
		return "", false
	}
	value = value[skipSpace(value, 0):]
	plain, ok := scalarText(value)
	return strings.Clone(plain), ok
}
