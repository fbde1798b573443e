package jsonschema

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

// StringRules are the assertions of one schema about strings.
type StringRules struct {
	MinLength, MaxLength int      // in code points
	Pattern              *Pattern // nil when absent
	Format               string   // "" unless it is one of those asserted
	format               func(string) bool
}

// OK reports whether text satisfies the rules.
func (r *StringRules) OK(text string) bool {
	return r.lengthOK(text) &&
		(r.Pattern == nil || r.Pattern.Match(text)) &&
		(r.format == nil || r.format(text))
}

func (r *StringRules) lengthOK(text string) bool {
	// A text of n bytes has between n/4 and n code points: counting is seldom needed.
	if n := len(text); n <= r.MaxLength && n/utf8.UTFMax >= r.MinLength {
		return true
	}
	n := utf8.RuneCountInString(text)
	return n >= r.MinLength && n <= r.MaxLength
}

// NumberRules are the assertions of one schema about numbers.
type NumberRules struct {
	// The same bounds, exact and as the closed interval of the integers within.
	bounds   []bound
	min, max int64
	beyond   bool // a bound lies outside int64, so only bounds can tell

	multiple        jsonscan.Decimal
	multipleText    string // "" when absent
	integerMultiple int64  // multiple when it is an int64, else 0

	Format string // "" unless it is one of those asserted
	format func([]byte) bool
}

// bound is one of minimum, maximum, exclusiveMinimum and exclusiveMaximum.
type bound struct {
	keyword string
	text    string
	limit   jsonscan.Decimal
	float   float64 // nearest to limit
	upper   bool
	closed  bool
}

func newNumberRules() *NumberRules {
	return &NumberRules{min: math.MinInt64, max: math.MaxInt64}
}

// set adds the rule of a keyword. It reports false for a multipleOf that is not positive.
func (r *NumberRules) set(keyword string, raw []byte) bool {
	limit := jsonscan.ParseDecimal(raw)
	if keyword == "multipleOf" {
		if limit.Sign() <= 0 {
			return false
		}
		r.multiple, r.multipleText = limit, string(raw)
		r.integerMultiple, _ = limit.Int64()
		return true
	}
	b := bound{
		keyword: keyword, text: string(raw), limit: limit,
		upper:  keyword == "maximum" || keyword == "exclusiveMaximum",
		closed: keyword == "minimum" || keyword == "maximum",
	}
	b.float, _ = strconv.ParseFloat(b.text, 64) // out of range gives ±Inf, which still orders rightly
	r.bounds = append(r.bounds, b)
	r.narrow(b)
	return true
}

// narrow intersects the interval of integers with a bound.
func (r *NumberRules) narrow(b bound) {
	floor, exact := b.limit.Floor()
	if !exact {
		r.beyond = true
		return
	}
	onLimit := b.limit.IsInteger()
	if b.upper {
		if onLimit && !b.closed {
			if floor == math.MinInt64 {
				r.beyond = true
				return
			}
			floor--
		}
		r.max = min(r.max, floor)
		return
	}
	if !onLimit || !b.closed {
		if floor == math.MaxInt64 {
			r.beyond = true
			return
		}
		floor++
	}
	r.min = max(r.min, floor)
}

// setFormat adds a format. What it says of integers joins the interval.
func (r *NumberRules) setFormat(name string, f numberFormat) {
	r.Format, r.format = name, f.ok
	r.min, r.max = max(r.min, f.min), min(r.max, f.max)
}

// OKInt is OK for a number that is the integer v, raw being how it was written.
func (r *NumberRules) OKInt(v int64, raw []byte) bool {
	if r.beyond || r.multipleText != "" && r.integerMultiple == 0 {
		return r.OK(raw)
	}
	return v >= r.min && v <= r.max &&
		(r.integerMultiple == 0 || v%r.integerMultiple == 0)
}

// OKFloat is OK for a number whose nearest float64 is f.
func (r *NumberRules) OKFloat(f float64, raw []byte) bool {
	for i := range r.bounds {
		b := &r.bounds[i]
		// Rounding keeps order, so only equal roundings need the exact values.
		if f == b.float {
			if !b.ok(jsonscan.ParseDecimal(raw)) {
				return false
			}
		} else if (f < b.float) != b.upper {
			return false
		}
	}
	if r.multipleText != "" && !jsonscan.ParseDecimal(raw).MultipleOf(r.multiple) {
		return false
	}
	// Asking the common formats of what is known spares a second look at the text.
	return r.format == nil || r.Format == "double" && math.Abs(f) <= math.MaxFloat64 || r.format(raw)
}

// OK reports whether the number written as raw satisfies the rules.
func (r *NumberRules) OK(raw []byte) bool {
	d := jsonscan.ParseDecimal(raw)
	for i := range r.bounds {
		if !r.bounds[i].ok(d) {
			return false
		}
	}
	return (r.multipleText == "" || d.MultipleOf(r.multiple)) &&
		(r.format == nil || r.format(raw))
}

func (b *bound) ok(d jsonscan.Decimal) bool {
	c := d.Cmp(b.limit)
	if c == 0 {
		return b.closed
	}
	return (c < 0) == b.upper
}

// Enum is the values that an enum or const allows.
type Enum struct {
	doc     *jsonscan.Doc
	values  []int
	strings []string       // the strings among them
	index   map[string]int // into strings when there are many, else nil
	types   Types          // of the values
}

// NewEnum makes an Enum of values given as JSON that has been accepted before. It keeps a copy, so
// that the text they came from can go.
func NewEnum(values ...[]byte) *Enum {
	text := append([]byte{'['}, bytes.Join(values, []byte{','})...)
	d := new(jsonscan.Doc)
	if err := d.Parse(append(text, ']'), maxSchemaDepth+1); err != nil {
		panic(fmt.Sprintf("enum of accepted values: %v", err))
	}
	e := &Enum{doc: d, values: slices.Collect(d.Children(0))}
	for _, v := range e.values {
		e.types |= typeOf(d, v)
		if d.Nodes[v].Kind == jsonscan.KindString {
			e.strings = append(e.strings, d.Text(v))
		}
	}
	// Where hashing beats comparing with one after the other.
	const many = 8
	if len(e.strings) > many {
		e.index = make(map[string]int, len(e.strings))
		for i, t := range e.strings {
			e.index[t] = i
		}
	}
	return e
}

// Types returns the types that the allowed values have.
func (e *Enum) Types() Types { return e.types }

// Sole returns the JSON text of the value when there is only one, nil otherwise.
func (e *Enum) Sole() []byte {
	if len(e.values) != 1 {
		return nil
	}
	return e.doc.Raw(e.values[0])
}

// Strings returns the allowed values that are strings.
func (e *Enum) Strings() []string { return e.strings }

// Find returns the allowed string that equals text, so that a caller needs no copy of text.
func (e *Enum) Find(text string) (string, bool) {
	if e.index != nil {
		if i, ok := e.index[text]; ok {
			return e.strings[i], true
		}
		return "", false
	}
	for _, t := range e.strings {
		if t == text {
			return t, true
		}
	}
	return "", false
}

// OKNumber reports whether a number is allowed. Numbers are equal when their values are.
func (e *Enum) OKNumber(raw []byte) bool {
	d := jsonscan.ParseDecimal(raw)
	for _, v := range e.values {
		if e.doc.Nodes[v].Kind == jsonscan.KindNumber && d.Cmp(jsonscan.ParseDecimal(e.doc.Raw(v))) == 0 {
			return true
		}
	}
	return false
}

// OKBool reports whether a boolean is allowed.
func (e *Enum) OKBool(b bool) bool {
	for _, v := range e.values {
		if n := &e.doc.Nodes[v]; n.Kind == jsonscan.KindBool && (n.Len == 1) == b {
			return true
		}
	}
	return false
}

// ok reports whether node i of d is allowed.
func (e *Enum) ok(d *jsonscan.Doc, i int) bool {
	if d.Nodes[i].Kind == jsonscan.KindString {
		_, found := e.Find(d.Text(i))
		return found
	}
	for _, v := range e.values {
		if equal(e.doc, v, d, i) {
			return true
		}
	}
	return false
}

// text lists the allowed values for a message, shortened when there are many.
func (e *Enum) text() string {
	const most, longest = 12, 40
	var words []string
	for i, v := range e.values {
		if i == most {
			words = append(words, "one of "+strconv.Itoa(len(e.values)-most)+" others")
			break
		}
		raw := string(e.doc.Raw(v))
		if len(raw) > longest {
			raw = raw[:longest] + "…"
		}
		words = append(words, raw)
	}
	return joinOr(words)
}
