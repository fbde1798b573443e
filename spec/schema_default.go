package spec

import (
	"bytes"
	"math/big"
	"unicode/utf8"
)

// checkDefault warns about a default that its own schema does not allow. Only
// what a single schema says about a scalar is compared; the runtime checks the
// rest.
func (w *schemaWriter) checkDefault(n, v *node) {
	if v.kind == nullNode || v.kind >= arrayNode {
		return
	}
	if why := defaultFault(n, v); why != "" {
		w.b.report.warnf(v, "default-invalid", "default %s %s", quote(v.text), why)
	}
}

func defaultFault(n, v *node) string {
	if set, typed := typeSet(n); typed && set&kindsOf(v) == 0 {
		return "is " + v.kind.String() + ", which the schema does not allow"
	}
	if list := n.get("enum"); list.isArray() && len(list.kids) > 0 && !inEnum(n, list, v) {
		return "is not in the enum"
	}
	switch v.kind {
	case stringNode:
		length := utf8.RuneCountInString(v.text)
		if low := n.get("minLength"); low.is(numberNode) && compareNumbers(big.NewRat(int64(length), 1), low) < 0 {
			return "is shorter than minLength"
		}
		if high := n.get("maxLength"); high.is(numberNode) && compareNumbers(big.NewRat(int64(length), 1), high) > 0 {
			return "is longer than maxLength"
		}
	case numberNode:
		value := rational(v.text)
		if low := n.get("minimum"); value != nil && low.is(numberNode) && compareNumbers(value, low) < 0 {
			return "is less than minimum"
		}
		if high := n.get("maximum"); value != nil && high.is(numberNode) && compareNumbers(value, high) > 0 {
			return "is greater than maximum"
		}
	}
	return ""
}

func kindsOf(v *node) kindSet {
	switch v.kind {
	case boolNode:
		return setBoolean
	case stringNode:
		return setString
	case numberNode:
		if r := rational(v.text); r != nil && !r.IsInt() {
			return setNumber
		}
		return setInteger | setNumber
	}
	return setAny
}

func inEnum(schema, list, v *node) bool {
	text := rawJSON(v)
	if fixed, ok := enumFix(schema, v); ok {
		text = fixed
	}
	for _, item := range list.kids {
		value := []byte(rawJSON(item.value))
		if fixed, ok := enumFix(schema, item.value); ok {
			value = fixed
		}
		if bytes.Equal(value, text) {
			return true
		}
	}
	return false
}

// rational is the exact value of a number; nil for numbers too long to compare
// with reasonable effort (1e999999 has a million digits).
func rational(text string) *big.Rat {
	if len(text) > 40 {
		return nil
	}
	if i := bytes.IndexAny([]byte(text), "eE"); i >= 0 && len(text)-i > 4 {
		return nil
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	return r
}

// compareNumbers compares a value with a bound; equal when the bound cannot be
// compared.
func compareNumbers(value *big.Rat, bound *node) int {
	r := rational(bound.text)
	if r == nil {
		return 0
	}
	return value.Cmp(r)
}
