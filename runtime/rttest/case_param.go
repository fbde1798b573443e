package rttest

import (
	"fmt"
	"slices"
	"strings"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest/internal/derive"
)

// maxWrongParams is how many wrong values of one parameter are played.
const maxWrongParams = 12

// paramCases plays every parameter with values of its own, the others staying as in base.
func paramCases(op *rt.Operation, set *derive.Set, base testCase) []testCase {
	var out []testCase
	for _, p := range op.Params {
		normal := base.args[p.In][p.Name]
		play := func(what string, v any) {
			_, isObject := v.(map[string]any)
			if !playable(p, v) || spreads(p, normal) && !isObject || hemmed(op, p, v) {
				return
			}
			c := base
			c.name = fmt.Sprintf("%s parameter %s: %s", p.In, p.Name, what)
			c.args = base.args.with(p, v)
			out = append(out, c)
		}
		if p.Required && p.In != rt.InPath {
			c := base
			c.name = fmt.Sprintf("without %s parameter %s", p.In, p.Name)
			c.args = base.args.without(p)
			out = append(out, c)
		}
		for _, v := range append(set.Valid(p.Schema), set.Variants(p.Schema)...) {
			play(v.Name, decoded(v.JSON))
		}
		wrong := set.Invalid(p.Schema)
		for _, v := range wrong[:min(len(wrong), maxWrongParams)] {
			if value := decoded(v.JSON); !spreads(p, value) {
				play(v.Name, value)
			}
		}
		for _, odd := range oddTexts {
			play(odd.name, odd.text)
		}
		if normal != nil && p.Content == "" && !composite(normal) {
			play("twice", []any{normal, normal})
		}
	}
	return out
}

// oddTexts are what parameters of any type may be given.
var oddTexts = []struct{ name, text string }{
	{"empty", ""},
	{"with a slash", "a/b %c"},
	{"a dot", "."},
	{"two dots", ".."},
	{"with delimiters", `a,b;c=d|e&f[g]#h?i+j`},
	{"with spaces around", " a "},
	{"null as text", "null"},
	{"a number with a plus", "+1"},
	{"a number with an exponent", "1e2"},
	{"a number with zeros", "007"},
	{"not in ASCII", "ünï 🙂"},
	{"as JSON", `{"a":[1]}`},
}

// composite reports whether a value has parts.
func composite(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}

// spreads reports whether a value is an object whose members become parameters of their own, so that over HTTP the parameter
// is absent unless the members are its own.
func spreads(p rt.Param, v any) bool {
	_, isObject := v.(map[string]any)
	formed := p.Style == "" || p.Style == "form"
	return isObject && p.Content == "" && formed && explode(p, true) && (p.In == rt.InQuery || p.In == rt.InCookie)
}

// spreadsItems reports whether each item of a list has the parameter's name before it.
func spreadsItems(p rt.Param) bool {
	style := p.Style
	if style == "" && (p.In == rt.InQuery || p.In == rt.InCookie) {
		style = "form"
	}
	return style == "deepObject" || explode(p, style == "form") && (style == "form" || style == "matrix")
}

// playable reports whether a value can be written as this parameter at all, so that it can be read back. Null cannot, an empty path
// segment is another path, values inside values have no style but deepObject, and a style without escapes for its delimiter cannot
// carry it.
func playable(p rt.Param, v any) bool {
	if p.In == rt.InQueryString {
		members, isObject := v.(map[string]any)
		return isObject && len(members) > 0 || !isForm(p.Content) && v != nil
	}
	if p.Content != "" {
		return v != nil
	}
	var items []any
	switch v := v.(type) {
	case []any:
		items = v
	case map[string]any:
		for name, item := range v {
			if item != nil {
				items = append(items, name, item)
			}
		}
	default:
		items = []any{v}
	}
	items = slices.DeleteFunc(slices.Clone(items), func(item any) bool { return item == nil })
	if len(items) == 0 {
		return false
	}
	if _, isList := v.([]any); isList && len(items) == 1 && items[0] == "" && !spreadsItems(p) {
		return false // a list of one empty text is written as a list of nothing is
	}
	for _, item := range items {
		if composite(item) && p.Style != "deepObject" || !separable(p, item, composite(v)) {
			return false
		}
	}
	switch text, isText := v.(string); {
	case v == nil:
		return false
	case !isText:
		return true
	case p.In == rt.InPath:
		return text != ""
	case p.In == rt.InHeader:
		return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
	}
	return true
}

// hemmed reports whether a value holds text that its path template has around it, as in {name}.{ext}: where it ends
// is anybody's guess.
func hemmed(op *rt.Operation, p rt.Param, v any) bool {
	before, after, _ := strings.Cut(op.Path, "{"+p.Name+"}")
	before, after = before[strings.LastIndexByte(before, '/')+1:], strings.SplitN(after, "/", 2)[0]
	return p.In == rt.InPath && before+after != "" && strings.ContainsAny(scalar(v), before+after)
}

// separable reports whether an item can be told apart from its neighbours: some styles have a delimiter that they
// cannot escape. In headers that matters only where there are neighbours.
func separable(p rt.Param, item any, several bool) bool {
	delimiter := ""
	switch {
	case p.In == rt.InHeader && !several:
	case p.In == rt.InHeader:
		delimiter = ",= \n\r\x7f"
	case p.Style == "spaceDelimited":
		delimiter = " "
	case p.Style == "pipeDelimited":
		delimiter = "|"
	case p.Style == "label" && explode(p, false):
		delimiter = "."
	}
	return delimiter == "" || !strings.ContainsAny(scalar(item), delimiter)
}
