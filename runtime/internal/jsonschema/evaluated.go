package jsonschema

import "github.com/rtgen/rtgen/runtime/internal/jsonscan"

// evaluated notes which members or items of one value some keyword has evaluated, for
// unevaluatedProperties and unevaluatedItems. A nil *evaluated notes nothing: nobody asks.
type evaluated struct {
	marks []bool // by position in the container
}

func newEvaluated(d *jsonscan.Doc, i int) *evaluated {
	switch d.Nodes[i].Kind {
	case jsonscan.KindArray, jsonscan.KindObject:
		return &evaluated{make([]bool, d.Nodes[i].Len)}
	}
	return &evaluated{}
}

func (e *evaluated) mark(k int) {
	if e != nil {
		e.marks[k] = true
	}
}

// fork returns an empty note for a branch that may fail: what a failed branch evaluated does not
// count.
func (e *evaluated) fork() *evaluated {
	if e == nil {
		return nil
	}
	return &evaluated{make([]bool, len(e.marks))}
}

func (e *evaluated) merge(from *evaluated) {
	if e == nil || from == nil {
		return
	}
	for k, m := range from.marks {
		e.marks[k] = e.marks[k] || m
	}
}

// unevaluated applies unevaluatedItems and unevaluatedProperties, after everything else.
func (r *run) unevaluated(s *Schema, i int, ev *evaluated, report bool) bool {
	sub, rule := s.UnevaluatedItems, "unevaluatedItems"
	switch r.doc.Nodes[i].Kind {
	case jsonscan.KindArray:
	case jsonscan.KindObject:
		sub, rule = s.UnevaluatedProperties, "unevaluatedProperties"
	default:
		return true
	}
	if sub == nil {
		return true
	}
	ok, k := true, 0
	for c := range r.doc.Children(i) {
		if !ev.marks[k] {
			ev.mark(k)
			if ok = r.member(sub, c, rule, report) && ok; !ok && !report {
				return false
			}
		}
		k++
	}
	return ok
}
