package jsonschema

import "regexp/syntax"

// A sequence is an expression such as ^[A-Z]{2}-[0-9]+$ as a list of ASCII classes with
// repetition counts. Most patterns of real documents have this form, and a byte loop matches them
// about ten times faster than package regexp. It is only built where taking as much as possible
// at each step cannot miss a match.
type sequence struct {
	steps []step
	toEnd bool // nothing may follow
}

type step struct {
	set      asciiSet
	min, max int // max is NoLimit for an open end
}

// asciiSet is a set of ASCII bytes.
type asciiSet [2]uint64

func (s *asciiSet) add(c byte) { s[c>>6] |= 1 << (c & 63) }

func (s *asciiSet) has(c byte) bool { return c < 128 && s[c>>6]>>(c&63)&1 == 1 }

func (s *asciiSet) meets(t asciiSet) bool { return s[0]&t[0] != 0 || s[1]&t[1] != 0 }

func (s *sequence) match(text string) bool {
	i := 0
	for k := range s.steps {
		st := &s.steps[k]
		n := 0
		for n < st.max && i < len(text) && st.set.has(text[i]) {
			i++
			n++
		}
		if n < st.min {
			return false
		}
	}
	return !s.toEnd || i == len(text)
}

// newSequence returns nil for expressions of any other form.
func newSequence(expr string) *sequence {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil || re.Op != syntax.OpConcat || len(re.Sub) == 0 || re.Sub[0].Op != syntax.OpBeginText {
		return nil
	}
	s := &sequence{}
	for _, sub := range re.Sub[1:] {
		if s.toEnd || !s.add(sub) {
			return nil
		}
	}
	if !s.greedy() {
		return nil
	}
	return s
}

// add appends the steps of one part of the expression.
func (s *sequence) add(re *syntax.Regexp) bool {
	if re.Flags&syntax.FoldCase != 0 {
		return false
	}
	lo, hi := 1, 1
	switch re.Op {
	case syntax.OpEndText:
		s.toEnd = true
		return true
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			if r >= 128 {
				return false
			}
			st := step{min: 1, max: 1}
			st.set.add(byte(r))
			s.steps = append(s.steps, st)
		}
		return true
	case syntax.OpStar:
		lo, hi = 0, NoLimit
	case syntax.OpPlus:
		hi = NoLimit
	case syntax.OpQuest:
		lo = 0
	case syntax.OpRepeat:
		lo, hi = re.Min, re.Max
		if hi < 0 {
			hi = NoLimit
		}
	case syntax.OpCharClass:
		set, ok := classSet(re)
		s.steps = append(s.steps, step{set, 1, 1})
		return ok
	default:
		return false
	}
	set, ok := classSet(re.Sub[0])
	// A lazy repetition matches the same texts.
	s.steps = append(s.steps, step{set, lo, hi})
	return ok
}

// classSet returns the characters of a class or of a literal of one, if they are all ASCII.
func classSet(re *syntax.Regexp) (set asciiSet, ok bool) {
	if re.Flags&syntax.FoldCase != 0 && re.Op == syntax.OpLiteral {
		return set, false
	}
	switch {
	case re.Op == syntax.OpLiteral && len(re.Rune) == 1 && re.Rune[0] < 128:
		set.add(byte(re.Rune[0]))
		return set, true
	case re.Op != syntax.OpCharClass:
		return set, false
	}
	for i := 0; i < len(re.Rune); i += 2 {
		if re.Rune[i+1] >= 128 {
			return set, false
		}
		for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
			set.add(byte(r))
		}
	}
	return set, true
}

// greedy reports whether what a step of variable length takes could never be wanted by a later
// one.
func (s *sequence) greedy() bool {
	for i, st := range s.steps {
		if st.min == st.max {
			continue
		}
		for _, next := range s.steps[i+1:] {
			if st.set.meets(next.set) {
				return false
			}
			if next.min > 0 {
				break
			}
		}
	}
	return true
}
