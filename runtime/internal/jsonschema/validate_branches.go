package jsonschema

import (
	"fmt"
	"strings"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

// branches checks the subschemas that apply to node i itself.
func (r *run) branches(s *Schema, i int, ev *evaluated, sc *scope, report bool) bool {
	ok := true
	if s.Ref != nil {
		ok = r.eval(s.Ref, i, ev, sc, report)
	}
	for _, sub := range s.AllOf {
		if ok || report {
			ok = r.eval(sub, i, ev, sc, report) && ok
		}
	}
	if (ok || report) && s.AnyOf != nil {
		ok = r.anyOf(s, i, ev, sc, report) && ok
	}
	if (ok || report) && s.OneOf != nil {
		ok = r.oneOf(s, i, ev, sc, report) && ok
	}
	if (ok || report) && s.Not != nil && r.eval(s.Not, i, nil, sc, false) {
		ok = r.fail(report, i, "not", "must not match the schema under not")
	}
	if (ok || report) && s.If != nil {
		ok = r.conditional(s, i, ev, sc, report) && ok
	}
	return ok
}

func (r *run) conditional(s *Schema, i int, ev *evaluated, sc *scope, report bool) bool {
	then := s.Else
	if mine := ev.fork(); r.eval(s.If, i, mine, sc, false) {
		ev.merge(mine)
		then = s.Then
	}
	return then == nil || r.eval(then, i, ev, sc, report)
}

func (r *run) anyOf(s *Schema, i int, ev *evaluated, sc *scope, report bool) bool {
	if s.Discriminator != nil && s.OneOf == nil && r.doc.Nodes[i].Kind == jsonscan.KindObject {
		return r.discriminated(s, s.AnyOf, i, ev, sc, report)
	}
	if ev == nil {
		if r.firstMatch(s, s.AnyOf, i, nil, sc) >= 0 {
			return true
		}
	} else if _, n := r.matches(s, s.AnyOf, i, ev, sc); n > 0 {
		return true // all of them were asked: each adds what it evaluated
	}
	return r.noMatch(s, s.AnyOf, "anyOf", i, sc, report)
}

func (r *run) oneOf(s *Schema, i int, ev *evaluated, sc *scope, report bool) bool {
	if s.Discriminator != nil && r.doc.Nodes[i].Kind == jsonscan.KindObject {
		return r.discriminated(s, s.OneOf, i, ev, sc, report)
	}
	_, n := r.matches(s, s.OneOf, i, ev, sc)
	switch {
	case n == 1:
		return true
	case n == 0:
		return r.noMatch(s, s.OneOf, "oneOf", i, sc, report)
	case !report:
		return false
	}
	var which []string
	for k, b := range s.OneOf {
		if r.eval(b, i, nil, sc, false) {
			which = append(which, fmt.Sprint(k+1))
		}
	}
	return r.fail(report, i, "oneOf", "must match only one alternative, but matches %s of %d",
		strings.Join(which, " and "), len(s.OneOf))
}

// matches evaluates every branch. It returns the last that matches and how many do.
func (r *run) matches(s *Schema, list []*Schema, i int, ev *evaluated, sc *scope) (branch, n int) {
	if s.Discriminator != nil && r.doc.Nodes[i].Kind == jsonscan.KindObject {
		if k, _ := r.selected(s.Discriminator, i); k >= 0 && r.eval(list[k], i, ev, sc, false) {
			return k, 1
		}
		return -1, 0
	}
	branch = -1
	for k, b := range list {
		mine := ev.fork()
		if r.eval(b, i, mine, sc, false) {
			ev.merge(mine)
			branch = k
			n++
		}
	}
	return branch, n
}

func (r *run) firstMatch(s *Schema, list []*Schema, i int, ev *evaluated, sc *scope) int {
	if s.Discriminator != nil && r.doc.Nodes[i].Kind == jsonscan.KindObject {
		k, _ := r.matches(s, list, i, ev, sc)
		return k
	}
	for k, b := range list {
		if r.eval(b, i, nil, sc, false) {
			return k
		}
	}
	return -1
}

// selected returns the branch that the discriminator of object i names, or -1, and the member that
// holds it, or -1.
func (r *run) selected(d *Discriminator, i int) (branch, member int) {
	c := r.doc.Member(i, d.Property)
	if c < 0 || r.doc.Nodes[c].Kind != jsonscan.KindString {
		return -1, c
	}
	if k, ok := d.Branches[r.doc.Text(c)]; ok {
		return k, c
	}
	return -1, c
}

// discriminated evaluates the one branch that the discriminator names.
func (r *run) discriminated(s *Schema, list []*Schema, i int, ev *evaluated, sc *scope, report bool) bool {
	k, c := r.selected(s.Discriminator, i)
	switch {
	case k >= 0:
		return r.eval(list[k], i, ev, sc, report)
	case c < 0:
		return r.missing(i, s.Discriminator.Property, "required", "is required", report)
	}
	return r.fail(report, c, "discriminator", "must be %s", joinOr(quoted(s.Discriminator.Values)))
}

func quoted(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = fmt.Sprintf("%q", w)
	}
	return out
}

// noMatch reports that no branch matches. When the value's type or the constants in it leave only
// one branch that can have been meant, the faults there say more than the fact.
func (r *run) noMatch(s *Schema, list []*Schema, rule string, i int, sc *scope, report bool) bool {
	if !report {
		return false
	}
	meant := -1
	for k, b := range list {
		if !r.plausible(b, i, 0) {
			continue
		}
		if meant >= 0 {
			meant = -1
			break
		}
		meant = k
	}
	if meant >= 0 {
		before := len(r.found)
		r.eval(list[meant], i, nil, sc, true)
		if len(r.found) > before || len(r.found) >= MaxViolations {
			return false
		}
	}
	if types, ok := onlyTypes(list); ok && types&typeOf(r.doc, i) == 0 {
		return r.fail(report, i, "type", "must be %s", types)
	}
	return r.fail(report, i, rule, "must match one of %d alternatives", len(list))
}

// plausible reports whether node i has a type and constants that s could accept.
func (r *run) plausible(s *Schema, i, depth int) bool {
	const deepest = 8 // references and allOf followed
	if s.Never || s.Types != 0 && s.Types&typeOf(r.doc, i) == 0 {
		return false
	}
	if s.Const != nil && !s.Const.ok(r.doc, i) || s.Enum != nil && !s.Enum.ok(r.doc, i) {
		return false
	}
	if r.doc.Nodes[i].Kind == jsonscan.KindObject {
		for _, p := range s.Properties {
			if p.Schema.Const == nil && p.Schema.Enum == nil {
				continue
			}
			if c := r.doc.Member(i, p.Name); c >= 0 && !r.plausible(p.Schema, c, deepest) {
				return false
			}
		}
	}
	if depth >= deepest {
		return true
	}
	if s.Ref != nil && !r.plausible(s.Ref, i, depth+1) {
		return false
	}
	for _, sub := range s.AllOf {
		if !r.plausible(sub, i, depth+1) {
			return false
		}
	}
	return true
}

// onlyTypes returns the types that a list of branches accepts, if each says so itself or through
// a reference.
func onlyTypes(list []*Schema) (Types, bool) {
	var t Types
	for _, s := range list {
		if s.Types == 0 && s.Ref != nil {
			s = s.Ref
		}
		if s.Types == 0 {
			return 0, false
		}
		t |= s.Types
	}
	return t, true
}
