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
	known := r.found
	for _, x := range extra {
		if i := d.At(x.Offset); i >= 0 && !objects(known, d, i, x.Rule == "format") {
			r.fail(true, i, x.Rule, "%s", x.Detail)
		}
	}
	if len(r.found) == 0 {
		return nil
	}
	return r.violations()
}

// objects reports whether there is a finding about node i or, if deep, anything within it: a
// reader that takes a value as a whole can only repeat what was found inside.
func objects(found []finding, d *jsonscan.Doc, i int, deep bool) bool {
	for _, f := range found {
		if f.node == i && (!f.missing || deep) || deep && f.node > i && f.node < int(d.Nodes[i].Skip) {
			return true
		}
	}
	return false
}
