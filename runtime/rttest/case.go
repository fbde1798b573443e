package rttest

import (
	"encoding/json"
	"fmt"
	"strings"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest/internal/derive"
)

// How many wrong values of one parameter and of one body are played.
const (
	maxWrongParams = 12
	maxWrongBodies = 60
)

// tooLarge is more than any body of a call may have.
const tooLarge = 1<<20 + 1

// testCase is one request, apart from transports.
type testCase struct {
	name        string
	args        args
	body        string // the bytes of the body; "" with hasBody false: none
	hasBody     bool
	contentType string
	headers     map[string]string // beside parameters and credentials
	login       login
}

// login says which credentials a request carries.
type login int

const (
	loggedIn login = iota
	noLogin
	wrongLogin
)

// casesOf lists what is played of one operation: what the document shows as examples, what its schemas accept, and
// what they refuse; then what no schema speaks of.
func casesOf(op *rt.Operation, set *derive.Set) []testCase {
	small, full := baseCase(op, set, false), baseCase(op, set, true)
	small.name, full.name = "smallest request", "fullest request"
	out := []testCase{small, full}
	out = append(out, paramCases(op, set, full)...)
	out = append(out, bodyCases(op, set, full)...)

	odd := small
	odd.name, odd.headers = "an answer that nobody has", map[string]string{"accept": "application/x-rttest"}
	out = append(out, odd)
	if len(op.Security) > 0 {
		without, wrong := small, small
		without.name, without.login = "without credentials", noLogin
		wrong.name, wrong.login = "with wrong credentials", wrongLogin
		out = append(out, without, wrong)
	}
	return out
}

// baseCase is a request that should be accepted: with required parameters only, or with all.
func baseCase(op *rt.Operation, set *derive.Set, full bool) testCase {
	c := testCase{args: args{}}
	for _, p := range op.Params {
		if values := set.Valid(p.Schema); len(values) > 0 && (p.Required || full) {
			c.args = c.args.with(p, decoded(values[0].JSON))
		}
	}
	if media, ok := firstBody(op); ok && (op.Body.Required || full) {
		values := set.Valid(media.Schema)
		if len(values) > 0 {
			pick := values[0]
			if full {
				pick = values[len(values)-1]
			}
			c.setBody(media, pick.JSON)
		}
	}
	return c
}

func paramCases(op *rt.Operation, set *derive.Set, base testCase) []testCase {
	var out []testCase
	play := func(p rt.Param, what string, v any) {
		c := base
		c.name = fmt.Sprintf("%s parameter %s: %s", p.In, p.Name, what)
		c.args = base.args.with(p, v)
		out = append(out, c)
	}
	for _, p := range op.Params {
		if p.Required && p.In != rt.InPath {
			c := base
			c.name = fmt.Sprintf("without %s parameter %s", p.In, p.Name)
			c.args = base.args.without(p)
			out = append(out, c)
		}
		for _, v := range set.Valid(p.Schema) {
			if playable(p, decoded(v.JSON)) {
				play(p, v.Name, decoded(v.JSON))
			}
		}
		wrong := 0
		exploded := explode(p, p.Style == "" || p.Style == "form") && (p.In == rt.InQuery || p.In == rt.InCookie)
		for _, v := range set.Invalid(p.Schema) {
			value := decoded(v.JSON)
			if _, isObject := value.(map[string]any); isObject && exploded && p.Content == "" {
				continue // its members would be parameters of their own, and this one absent
			}
			if playable(p, value) && wrong < maxWrongParams {
				play(p, v.Name, value)
				wrong++
			}
		}
		if p.In == rt.InPath && p.Style == "" && p.Content == "" {
			play(p, "with a slash", "a/b %c")
		}
	}
	return out
}

// playable reports whether a value can be written as this parameter at all: null cannot, an empty path segment is
// another path, and values inside values have no style but deepObject.
func playable(p rt.Param, v any) bool {
	if p.Content != "" {
		return true
	}
	nested := func(v any) bool {
		switch v.(type) {
		case []any, map[string]any, nil:
			return true
		}
		return false
	}
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return (v != "" || p.In == rt.InQuery) && !(strings.ContainsAny(v, "\x7f§é🙂ä\n\r") && (p.In == rt.InHeader || p.In == rt.InCookie)) && (p.In != rt.InHeader || strings.TrimSpace(v) == v)
	case []any:
		if len(v) == 0 {
			return false
		}
		for _, item := range v {
			if nested(item) && p.Style != "deepObject" {
				return false
			}
		}
	case map[string]any:
		if len(v) == 0 {
			return false
		}
		for _, item := range v {
			if nested(item) && p.Style != "deepObject" {
				return false
			}
		}
	}
	return true
}

func bodyCases(op *rt.Operation, set *derive.Set, base testCase) []testCase {
	media, ok := firstBody(op)
	if !ok {
		return nil
	}
	var out []testCase
	play := func(name, body string) {
		c := base
		c.name = "body: " + name
		c.setBody(media, body)
		out = append(out, c)
	}
	for _, v := range set.Valid(media.Schema) {
		play(v.Name, v.JSON)
	}
	wrong := set.Invalid(media.Schema)
	for _, v := range wrong[:min(len(wrong), maxWrongBodies)] {
		play(v.Name, v.JSON)
	}

	none := base
	none.name, none.hasBody, none.body, none.contentType = "body: none", false, "", ""
	other := base
	other.name, other.hasBody, other.body, other.contentType = "body: of another media type", true, "rttest", "application/x-rttest"
	out = append(out, none, other)
	if !isJSON(media.Type) {
		return out
	}
	for _, odd := range []struct{ name, body string }{
		{"cut off", `{"a":`},
		{"something behind it", base.body + " {}"},
		{"a member twice", `{"a":1,"a":2}`},
		{"nesting too deep", strings.Repeat("[", 100) + strings.Repeat("]", 100)},
		{"a lone surrogate", `{"a":"\ud800"}`},
		{"empty", ""},
		{"no JSON", "hello"},
		{"too large", `{"a":"` + strings.Repeat("a", tooLarge) + `"}`},
	} {
		c := base
		c.name, c.hasBody, c.body, c.contentType = "body: "+odd.name, true, odd.body, media.Type
		out = append(out, c)
	}
	return out
}

// firstBody returns the media type that is played: JSON where there is one, else a form or text.
func firstBody(op *rt.Operation) (rt.Media, bool) {
	if op.Body == nil {
		return rt.Media{}, false
	}
	for _, m := range op.Body.Content {
		if isJSON(m.Type) {
			return m, true
		}
	}
	for _, m := range op.Body.Content {
		if isForm(m.Type) || strings.HasPrefix(m.Type, "text/") {
			return m, true
		}
	}
	return rt.Media{}, false
}

// setBody writes a JSON value as a media type has it.
func (c *testCase) setBody(media rt.Media, text string) {
	c.hasBody, c.contentType, c.body = true, media.Type, text
	switch {
	case isForm(media.Type):
		c.body = formText(decoded(text))
	case !isJSON(media.Type):
		c.body = scalar(decoded(text))
	}
	if strings.Contains(c.contentType, "*") {
		c.contentType = "text/plain"
	}
}

// formText writes the members of an object as a form, without nesting.
func formText(v any) string {
	object, _ := v.(map[string]any)
	var pairs []string
	for name, value := range object {
		pairs = append(pairs, queryPairs(rt.Param{Name: name}, value)...)
	}
	return strings.Join(sorted(pairs), "&")
}

func (a args) with(p rt.Param, v any) args {
	out := a.clone()
	if out[p.In] == nil {
		out[p.In] = map[string]any{}
	}
	out[p.In][p.Name] = v
	return out
}

func (a args) without(p rt.Param) args {
	out := a.clone()
	delete(out[p.In], p.Name)
	return out
}

func (a args) clone() args {
	out := args{}
	for in, values := range a {
		out[in] = map[string]any{}
		for name, v := range values {
			out[in][name] = v
		}
	}
	return out
}

func decoded(text string) any {
	var v any
	_ = json.Unmarshal([]byte(text), &v) // derived values are JSON
	return v
}

func isJSON(media string) bool {
	media, _, _ = strings.Cut(media, ";")
	media = strings.TrimSpace(media)
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

func isForm(media string) bool { return strings.HasPrefix(media, "application/x-www-form-urlencoded") }
