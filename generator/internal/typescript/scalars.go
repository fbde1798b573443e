package typescript

import (
	"slices"

	"github.com/rtgen/rtgen/spec"
)

// scalars writes the types of scalars, as the options want them.
type scalars struct {
	opts Options
	date string          // how to mention the global Date
	used map[string]bool // types of the runtime that were written
}

// plainFormats are formats of strings that are no set of strings of their own:
// branding them would only be in the way.
var plainFormats = []string{"", "binary", "byte", "base64", "base64url", "password", "string", "text"}

// write is the type of a scalar.
func (w *scalars) write(s *spec.Scalar) string {
	switch s.Kind {
	case spec.Integer, spec.Number:
		if w.opts.BigInt && converted(s, w.opts.formats()) != "" {
			return "bigint"
		}
		return "number"
	case spec.Boolean:
		return "boolean"
	case spec.Null:
		return "null"
	}
	switch {
	case converted(s, w.opts.formats()) == "":
	case w.opts.Dates == DatesDate:
		return w.date
	case s.Format == "date":
		return w.runtime("PlainDate")
	default:
		return w.runtime("Instant")
	}
	if w.opts.Brands && !slices.Contains(plainFormats, s.Format) {
		return w.runtime("Branded") + "<" + quote(s.Format) + ">"
	}
	return "string"
}

func (w *scalars) runtime(name string) string {
	w.used[name] = true
	return name
}

// converted is the format of a scalar that a client converts, else empty.
func converted(s *spec.Scalar, formats map[string]bool) string {
	number := s.Kind == spec.Integer || s.Kind == spec.Number
	isNumber := s.Format == "int64" || s.Format == "uint64"
	if !formats[s.Format] || number != isNumber || !number && s.Kind != spec.String {
		return ""
	}
	return s.Format
}
