package golang

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/rtgen/rtgen/spec"
)

// A claim is somebody's wish for an identifier in a scope.
type claim struct {
	// id tells claims of one scope apart and breaks ties: the document's own
	// spelling, never a number that depends on what else is there.
	id string

	// want lists identifiers from best to last resort: how the claimant is called,
	// then spellings that keep it apart from claimants of its own kind.
	want []string

	// other is tried before the spellings when the best name belongs to something
	// of another kind: "PetModel" for a schema that an interface is in the way of.
	// When all are taken, the best name is extended by a hash of id.
	other []string

	what   string        // for the diagnostic: `schema "a-b"`
	steer  string        // the extension that settles it: "x-go-name"
	advice string        // what to do where no extension settles it
	pos    spec.Position // where the claimant stands

	odd int // oddity of id
	got string
}

// scope is a set of identifiers of which each belongs to one claim; a nil
// claim is a name that Go or emitted code needs for itself.
type scope map[string]*claim

// newScope is a scope in which names are reserved.
func newScope(names ...string) scope {
	s := scope{}
	for _, n := range names {
		s[n] = nil
	}
	return s
}

// allocate gives every claim an identifier of its own. Earlier calls win over
// later ones. Within a call the result depends on the set of claims only:
// first everybody's best wish is served, the simplest id first where several
// want the same; who lost that picks from the rest of the list. A claim can
// therefore change the name of those alone that want what it wants.
func (s scope) allocate(claims []*claim) spec.Diagnostics {
	order := slices.Clone(claims)
	for _, c := range order {
		c.odd = oddity(c.id)
	}
	slices.SortFunc(order, func(a, b *claim) int {
		return cmp.Or(cmp.Compare(a.odd, b.odd), cmp.Compare(a.id, b.id))
	})
	var losers []*claim
	alike := make(map[*claim]bool, len(claims))
	for _, c := range claims {
		alike[c] = true
	}
	for _, c := range order {
		if _, taken := s[c.want[0]]; taken {
			losers = append(losers, c)
			continue
		}
		s.give(c, c.want[0])
	}
	var ds spec.Diagnostics
	for _, c := range losers {
		s.give(c, s.fallback(c, alike[s[c.want[0]]]))
		ds = append(ds, s.collision(c))
	}
	return ds
}

func (s scope) give(c *claim, name string) {
	s[name] = c
	c.got = name
}

// fallback is the first free name of a claim whose best one is taken.
// alike says that a claim of the same call has it.
func (s scope) fallback(c *claim, alike bool) string {
	names := slices.Concat(c.other, c.want[1:])
	if alike {
		names = slices.Concat(c.want[1:], c.other)
	}
	for _, name := range names {
		if _, taken := s[name]; !taken {
			return name
		}
	}
	for n := 4; n <= 16; n++ {
		name := c.want[0] + "X" + hashOf(c.id, n)
		if _, taken := s[name]; !taken {
			return name
		}
	}
	// Sixteen digits collide only for a document that was made to.
	name := c.want[0] + "X" + hashOf(c.id, 16)
	for {
		name += "X"
		if _, taken := s[name]; !taken {
			return name
		}
	}
}

// collision tells that a claim did not get what it wanted, and why.
func (s scope) collision(c *claim) spec.Diagnostic {
	why := "emitted code needs " + c.want[0] + " itself"
	if owner := s[c.want[0]]; owner != nil {
		why = fmt.Sprintf("%s is %s already", owner.what, c.want[0])
		if owner.pos.Line > 0 {
			why += " (" + owner.pos.String() + ")"
		}
	}
	d := spec.Diagnostic{
		Pos:      c.pos,
		Severity: spec.Warning,
		Rule:     "name-collision",
		Message:  fmt.Sprintf("%s is called %s in Go, because %s", c.what, c.got, why),
		Hint:     c.advice,
	}
	if c.steer != "" {
		d.Hint = fmt.Sprintf("choose a name with %s", c.steer)
	}
	return d
}

// oddity counts what an identifier drops from a name: the plain spelling of
// several that fold to one identifier deserves it most.
func oddity(id string) int {
	n := 0
	for _, r := range id {
		if !identRune(r) {
			n++
		}
	}
	return n
}

// wishes are the identifiers for a document's name: as Go people would write it,
// then with its rare symbols spelled out, then with all, then with its case.
func wishes(s, prefix string) []string {
	first := exported(s, prefix)
	return dedupe([]string{first, exported(rareSpelled(s), prefix), spelledOut(s, prefix), first + caseWord(s)})
}

// innerWishes is wishes for a name that stands behind stem.
func innerWishes(stem, s string) []string {
	first := glue(stem, inner(s))
	return dedupe([]string{first, glue(stem, shorten(spelled(s), s)), first + caseWord(s)})
}

// caseWord tells apart names that differ in case only.
func caseWord(s string) string {
	switch {
	case s == strings.ToUpper(s) && strings.ContainsFunc(s, unicode.IsLetter):
		return "Upper"
	case s == strings.ToLower(s) && strings.ContainsFunc(s, unicode.IsLetter):
		return "Lower"
	}
	return "Mixed"
}

func dedupe(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
