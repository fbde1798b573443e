package golang

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// enumLiterals are an enum's values as Go can write them.
type enumLiterals struct {
	base   string   // the underlying type
	json   bool     // the literals are JSON texts
	values []string // Go literals, in the order of the enum's values
	words  []string // what the constants are named after
}

// literalsOf are the values as constants of the Go type that fits them. Values
// that no one Go type fits (of mixed kinds, lists, objects, numbers beyond 64 bits)
// are constants of their JSON texts.
func literalsOf(e *spec.Enum) *enumLiterals {
	var l *enumLiterals
	switch e.Kind {
	case spec.String:
		l = stringLiterals(e)
	case spec.Boolean:
		l = boolLiterals(e)
	case spec.Integer, spec.Number:
		if l = intLiterals(e); l == nil {
			l = floatLiterals(e)
		}
	}
	if l == nil {
		l = jsonLiterals(e)
	}
	return l
}

// jsonLiterals are named after the words in the values: {"a": 1} is A1.
func jsonLiterals(e *spec.Enum) *enumLiterals {
	l := &enumLiterals{base: "string", json: true}
	for _, v := range e.Values {
		text := canonical(v.JSON)
		word := text
		var s string
		switch {
		case json.Unmarshal(v.JSON, &s) == nil:
			word = s
		case word == "[]":
			word = "EmptyList"
		case word == "{}":
			word = "EmptyObject"
		case strings.HasPrefix(word, "["):
			word = "List " + word
		}
		literal := strconv.Quote(text)
		if strconv.CanBackquote(text) {
			literal = "`" + text + "`"
		}
		l.add(literal, word)
	}
	return l
}

// canonical is a JSON text with the members of objects sorted, so that their order in the
// document decides nothing.
func canonical(text json.RawMessage) string {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return string(text)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return string(text)
	}
	return strings.TrimSpace(b.String())
}

// valueType is the type of a place where the enum has no name.
func (l *enumLiterals) valueType() goType {
	if l.json {
		return rawJSON
	}
	return builtin(l.base)
}

func stringLiterals(e *spec.Enum) *enumLiterals {
	l := &enumLiterals{base: "string"}
	for _, v := range e.Values {
		var s string
		if json.Unmarshal(v.JSON, &s) != nil || len(v.JSON) == 0 || v.JSON[0] != '"' {
			return nil
		}
		l.add(strconv.Quote(s), s)
	}
	return l
}

func boolLiterals(e *spec.Enum) *enumLiterals {
	l := &enumLiterals{base: "bool"}
	for _, v := range e.Values {
		if s := string(v.JSON); s == "true" || s == "false" {
			l.add(s, s)
			continue
		}
		return nil
	}
	return l
}

// intLiterals accepts 3, 3.0 and 3e2, which are all integers in JSON Schema.
func intLiterals(e *spec.Enum) *enumLiterals {
	l := &enumLiterals{base: "int"}
	for _, v := range e.Values {
		r, ok := number(v.JSON)
		if !ok || !r.IsInt() || !r.Num().IsInt64() || e.Kind == spec.Number {
			return nil
		}
		if n := r.Num().Int64(); int64(int32(n)) != n {
			l.base = "int64"
		}
		l.add(r.Num().String(), r.Num().String())
	}
	return l
}

func floatLiterals(e *spec.Enum) *enumLiterals {
	l := &enumLiterals{base: "float64"}
	for _, v := range e.Values {
		r, ok := number(v.JSON)
		if !ok {
			return nil
		}
		f, _ := r.Float64()
		if new(big.Rat).SetFloat64(f) == nil {
			return nil
		}
		text := strconv.FormatFloat(f, 'g', -1, 64)
		l.add(text, text)
	}
	return l
}

// number reads a JSON number whose exponent is reasonable: 1e999999999 would be
// a number of a billion digits.
func number(text json.RawMessage) (*big.Rat, bool) {
	if len(text) == 0 || len(text) > 400 || text[0] == '"' {
		return nil, false
	}
	if f, err := strconv.ParseFloat(string(text), 64); err != nil || f != f || f == 0 && strings.ContainsAny(string(text), "eE") {
		return nil, false
	}
	return new(big.Rat).SetString(string(text))
}

func (l *enumLiterals) add(literal, word string) {
	l.values = append(l.values, literal)
	l.words = append(l.words, word)
}

// enumClaims are the wishes of all enum constants: the type's name and the value.
func (p *plan) enumClaims() []*claim {
	var claims []*claim
	for _, d := range p.decls {
		if d.form != enumForm {
			continue
		}
		for i, v := range d.shape.(*spec.Enum).Values {
			word := d.enum.words[i]
			if v.Name != "" {
				word = v.Name
			}
			vp := &valuePlan{literal: d.enum.values[i], doc: comment(v.Doc)}
			want := innerWishes(d.claim.got, word)
			vp.claim = &claim{
				id: word + "\x00" + d.place + "\x00" + vp.literal, want: want, other: []string{want[0] + "Value"}, pos: d.decl.Pos,
				what: fmt.Sprintf("value %s of %s", abbreviate(string(v.JSON)), describeDecl(d.decl)), steer: "x-enum-varnames",
			}
			d.values = append(d.values, vp)
			claims = append(claims, vp.claim)
		}
	}
	return claims
}

// abbreviate keeps a value from filling a message.
func abbreviate(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return s
}
