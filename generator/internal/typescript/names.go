package typescript

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// rank is who keeps a name that several claim: the smaller one.
type rank int

const (
	rankComponent rank = iota // what the document's author named
	rankInline                // inline types, named after their place
	rankOperation             // what belongs to an operation
	rankForm                  // request forms of the types above
)

// A claim is somebody's wish for an identifier.
type claim struct {
	rank     rank
	source   string          // the name in the document, unique within its rank
	explicit string          // x-ts-name; empty without one
	first    string          // the wish that most claims are granted
	rest     func() []string // further wishes, best first, at least one; numbers follow the last
	pos      spec.Position

	made []string // what rest returned
}

// scope is one namespace of identifiers: allocate may be called several times,
// earlier names stay.
type scope struct {
	what  string            // "type" or "method", for messages
	steer string            // what to write to choose a name, for messages
	taken map[string]string // identifier → the document's name that has it

	reserved map[string]string // identifier → what it is
	diags    spec.Diagnostics
}

// newScope begins a namespace in which nobody gets the reserved words.
func newScope(what, steer string, reserved map[string]string) *scope {
	return &scope{what: what, steer: steer, taken: map[string]string{}, reserved: reserved}
}

// free reports whether a name may still be given away.
func (s *scope) free(name string) bool {
	_, used := s.taken[name]
	_, reserved := s.reserved[name]
	return !used && !reserved && isIdentifier(name)
}

// allocate gives each claim an identifier of its own, in the order of claims.
//
// It goes in rounds: in each, everybody still without a name asks for the next wish, and of those
// who ask for one name the first by explicit wish, by being spelled like it in the document, by rank and
// by source gets it. So the outcome does not depend on the order of the claims, and a
// claim moves another only by asking for the same name.
func (s *scope) allocate(claims []claim) []string {
	names := make([]string, len(claims))
	pending := make([]int, 0, len(claims))
	for i := range claims {
		pending = append(pending, i)
	}
	for round := 0; len(pending) > 0; round++ {
		if !slices.ContainsFunc(pending, func(i int) bool { return round < claims[i].numbered() }) {
			s.number(claims, names, pending, round)
			break
		}
		slices.SortFunc(pending, func(a, b int) int { return compareClaims(&claims[a], &claims[b], round) })
		var losers []int
		for _, i := range pending {
			wish := claims[i].wish(round)
			if !s.free(wish) {
				losers = append(losers, i)
				continue
			}
			s.taken[wish] = claims[i].source
			names[i] = wish
		}
		pending = losers
	}
	for i := range claims {
		s.report(&claims[i], names[i])
	}
	return names
}

// number goes on with rounds in which all wishes are numbers behind a name. Those who ask for
// one name now do so in every round, so that only the first of them can win it: thousands that
// fold to one name take as many steps, and not their square.
func (s *scope) number(claims []claim, names []string, pending []int, round int) {
	slices.SortFunc(pending, func(a, b int) int { return compareClaims(&claims[a], &claims[b], round) })
	var groups [][]int
	last := ""
	for _, i := range pending {
		if wish := claims[i].wish(round); len(groups) == 0 || wish != last {
			groups, last = append(groups, nil), wish
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], i)
	}
	for ; len(groups) > 0; round++ {
		left := groups[:0]
		for _, g := range groups {
			if wish := claims[g[0]].wish(round); s.free(wish) {
				s.taken[wish] = claims[g[0]].source
				names[g[0]] = wish
				g = g[1:]
			}
			if len(g) > 0 {
				left = append(left, g)
			}
		}
		groups = left
	}
}

func compareClaims(a, b *claim, round int) int {
	wishA, wishB := a.wish(round), b.wish(round)
	return cmp.Or(
		cmp.Compare(wishA, wishB),
		compareBool(a.explicit == wishA, b.explicit == wishB),
		compareBool(a.source == wishA, b.source == wishB),
		cmp.Compare(a.rank, b.rank),
		cmp.Compare(a.source, b.source),
	)
}

// compareBool orders true before false.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// others are the further wishes, made when they are first needed.
func (c *claim) others() []string {
	if c.made == nil {
		c.made = c.rest()
	}
	return c.made
}

// numbered is the first round in which the claim asks for a number behind a name.
func (c *claim) numbered() int {
	n := 1 + len(c.others())
	if c.explicit != "" {
		n++
	}
	return n
}

// wish is what the claim asks for in a round.
func (c *claim) wish(round int) string {
	if c.explicit != "" {
		if round == 0 {
			return c.explicit
		}
		round--
	}
	if round == 0 {
		return c.first
	}
	rest := c.others()
	if round <= len(rest) {
		return rest[round-1]
	}
	last := rest[len(rest)-1]
	if !isIdentifier(last) {
		last = "Unnamed" // so that allocate ends, whatever spelling does
	}
	return last + strconv.Itoa(round-len(rest)+1)
}

// report warns of a name that is not the first wish.
func (s *scope) report(c *claim, name string) {
	wish := c.wish(0)
	if name == wish {
		return
	}
	rule, message := "name-collision", fmt.Sprintf("%q and %q would both be the TypeScript %s %s; the latter is %s",
		s.taken[wish], c.source, s.what, wish, name)
	if why, ok := s.reserved[wish]; ok {
		message = fmt.Sprintf("%q would be the TypeScript %s %s, which is %s; it is %s", c.source, s.what, wish, why, name)
	} else if !isIdentifier(wish) {
		rule, message = "name-invalid", fmt.Sprintf("%q is no identifier of TypeScript; %q is %s", wish, c.source, name)
	}
	s.diags = append(s.diags, spec.Diagnostic{
		Pos: c.pos, Severity: spec.Warning, Rule: rule, Message: message, Hint: s.steer,
	})
}

// otherTypeNames are what a type is called when it cannot have its first wish,
// its name in PascalCase: the component "pet-store" is Pet_Store, the inline type
// "pet-store.owner" is PetStore_Owner. The last resort before numbers, which
// depend on who else is there, has its signs in words: PetDashStore.
func otherTypeNames(d *spec.Decl) []string {
	name := spell(d.Name, upperFirst, "_")
	if !d.Component {
		places := strings.Split(d.Name, ".")
		for i := range places {
			places[i] = pascal(places[i])
		}
		name = strings.Join(places, "_")
	}
	if name == pascal(d.Name) {
		name += "Type"
	}
	return []string{name, spelledOut(d.Name)}
}

// methodName is the name that an operation would like to have: its id as
// it is, else in camelCase.
func methodName(id string) string {
	if isIdentifier(id) {
		return id
	}
	return camel(id)
}

// otherMethodNames are what an operation is called when it cannot have that.
func otherMethodNames(id string) []string {
	return []string{methodName(id) + "Operation", spell(id, lowerFirst, "_")}
}
