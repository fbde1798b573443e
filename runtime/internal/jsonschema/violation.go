package jsonschema

import (
	"cmp"
	"fmt"
	"slices"
)

// MaxViolations is how many violations are reported at most. A text that breaks more rules gets
// the first hundred in document order of discovery.
const MaxViolations = 100

// A Violation is one rule that a value breaks.
type Violation struct {
	// Pointer is the RFC 6901 pointer to the value in the instance, "" for the whole. For
	// required and dependentRequired it names the member that is missing.
	Pointer string
	// Rule is the schema keyword that was broken, e.g. "required", "maxLength", "oneOf". A value
	// where the schema is false breaks the keyword that led there, such as
	// "additionalProperties".
	Rule string
	// Detail says what is wrong to people: "must have at most 40 characters".
	Detail string
}

func (v Violation) String() string {
	return fmt.Sprintf("%s: %s (%s)", cmp.Or(v.Pointer, "(root)"), v.Detail, v.Rule)
}

// finding is a violation that still refers to its place by node.
type finding struct {
	node int
	rule string
	text string

	missing bool   // the place is the absent member of node called name
	name    string // which may be ""
}

// violations sorts findings by place, drops repetitions and resolves pointers. Findings of one
// place keep the order of discovery, which is that of the evaluator.
func (r *run) violations() []Violation {
	slices.SortStableFunc(r.found, func(a, b finding) int { return cmp.Compare(a.node, b.node) })
	seen := make(map[finding]bool, len(r.found))
	out := make([]Violation, 0, len(r.found))
	for _, f := range r.found {
		if seen[f] {
			continue
		}
		seen[f] = true
		pointer := r.doc.Pointer(f.node)
		if f.missing {
			pointer += "/" + escapePointer(f.name)
		}
		out = append(out, Violation{pointer, f.rule, f.text})
	}
	return out
}
