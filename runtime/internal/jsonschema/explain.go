package jsonschema

import "github.com/rtgen/rtgen/runtime/internal/jsonscan"

// Extra is something wrong with a value that a reader of the text found besides the schema, such
// as a number that its type cannot hold.
type Extra struct {
	Offset       int // of the value in the text
	Rule, Detail string
}

// Explain is ValidateDoc with findings of a reader merged in. Where the schema already objects to
// the same value, its words stand alone.
func (s *Schema) Explain(d *jsonscan.Doc, dir Direction, extra []Extra) []Violation {
	r := run{doc: d, dir: dir}
	if !r.eval(s, 0, nil, nil, false) {
		// Reporting visits what failed again to find words for it. Everything that branches is
		// asked of the memory, so the second look is no more expensive than the first.
		r.remember = true
		r.eval(s, 0, nil, nil, true)
	}
	said := map[int]bool{}
	for _, f := range r.found {
		if !f.missing {
			said[f.node] = true
		}
	}
	for _, x := range extra {
		if i := d.At(x.Offset); i >= 0 && !said[i] {
			r.fail(true, i, x.Rule, "%s", x.Detail)
		}
	}
	if len(r.found) == 0 {
		return nil
	}
	return r.violations()
}
