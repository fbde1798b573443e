package rttest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest/internal/derive"
)

// testCase is one request, apart from transports.
type testCase struct {
	name        string
	args        args
	target      string // the request target as it stands, for a call in path form; "": made of args
	body        string // the bytes of the body; "" with hasBody false: none
	object      string // what a frame carries instead: the members of a form; "": the body
	hasBody     bool
	contentType string
	headers     map[string]string // beside parameters and credentials
	login       login
	alternative int // which of the operation's security requirements is met
}

// login says which credentials a request carries.
type login int

const (
	loggedIn    login = iota
	noLogin           // none
	wrongLogin        // of the right form, but nobody's
	oddLogin          // of no form at all
	partLogin         // the first of several that are needed together
	doubleLogin       // right ones and, for another alternative, wrong ones
)

// casesOf lists what is played of one operation: what the document shows as examples, what its schemas accept, and
// what they refuse; then what no schema speaks of.
func casesOf(op *rt.Operation, set *derive.Set, base string) []testCase {
	small, full := baseCase(op, set, false), baseCase(op, set, true)
	small.name, full.name = "smallest request", "fullest request"
	out := []testCase{small, full}
	out = append(out, paramCases(op, set, full)...)
	out = append(out, bodyCases(op, set, full)...)
	out = append(out, headerCases(op, small)...)
	out = append(out, loginCases(op, small)...)
	out = append(out, targetCases(op, full, base)...)
	ownKeys(op, set, out)
	return out
}

// ownKeys gives every case that has the usual idempotency key one of its own: with one for all, each
// would be a repetition of the first, and its handler would not run.
func ownKeys(op *rt.Operation, set *derive.Set, cases []testCase) {
	for _, p := range op.Params {
		if p.In != rt.InHeader || !strings.EqualFold(p.Name, "Idempotency-Key") || len(cases) == 0 {
			continue
		}
		for i := range cases {
			if key, ok := cases[i].args[p.In][p.Name].(string); ok && accepts(set, p.Schema, key) {
				cases[i].args = cases[i].args.with(p, numbered(key, i))
			}
		}
	}
}

// accepts reports whether a text is one of the values that a schema is known to accept.
func accepts(set *derive.Set, schema, value string) bool {
	return slices.ContainsFunc(set.Valid(schema), func(v derive.Value) bool { return decoded(v.JSON) == value })
}

// numbered writes a number over the end of a text, which keeps its length, and a UUID a UUID.
func numbered(text string, n int) string {
	const digits = 4 // far more than one operation has cases
	runes := []rune(text)
	kept := max(0, len(runes)-digits)
	number := fmt.Sprintf("%0*x", digits, n)
	return string(runes[:kept]) + number[len(number)-(len(runes)-kept):]
}

// baseCase is a request that should be accepted: with required parameters only, or with all.
func baseCase(op *rt.Operation, set *derive.Set, full bool) testCase {
	c := testCase{args: args{}}
	for _, p := range op.Params {
		if !p.Required && !full {
			continue
		}
		for _, v := range set.Valid(p.Schema) {
			if value := decoded(v.JSON); playable(p, value) {
				c.args = c.args.with(p, value)
				break
			}
		}
	}
	if media, ok := firstBody(op); ok && (op.Body.Required || full) {
		if values := set.Valid(media.Schema); len(values) > 0 {
			pick := values[0]
			if full {
				pick = values[len(values)-1]
			}
			c.setBody(media, pick.JSON)
		}
	}
	return c
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

// decoded returns the value of a JSON text; numbers keep all their digits.
func decoded(text string) any {
	var v any
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	_ = dec.Decode(&v) // derived values are JSON
	return v
}
