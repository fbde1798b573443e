package suite

import (
	"math/big"
	"strings"
	"testing"
)

// expectations compares the cases that come out otherwise with the exceptions of
// a draft.
type expectations struct {
	t      *testing.T
	reason map[string]string // by case
	seen   map[string]bool
}

func newExpectations(t *testing.T, d draft) *expectations {
	t.Helper()
	e := &expectations{t: t, reason: map[string]string{}, seen: map[string]bool{}}
	for _, x := range exceptions[d.name] {
		for line := range strings.Lines(x.cases) {
			name := strings.TrimSpace(line)
			if name == "" {
				continue
			}
			if e.reason[name] != "" {
				t.Errorf("%s is listed twice", name)
			}
			e.reason[name] = x.reason
		}
	}
	return e
}

// differs notes a case that does not come out as the suite says.
func (e *expectations) differs(name, what string) {
	e.t.Helper()
	if e.reason[name] == "" {
		e.t.Errorf("%s\n%s", name, what)
	}
	e.seen[name] = true
}

// finish complains about exceptions that are none.
func (e *expectations) finish() {
	e.t.Helper()
	for name, reason := range e.reason {
		if !e.seen[name] {
			e.t.Errorf("%s\nagrees with the suite, or does not exist, but is listed: %s", name, reason)
		}
	}
}

// sameNumber compares two JSON numbers by value: the float64 that a Go field
// holds may be written in other digits.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	x, okX := new(big.Float).SetPrec(53).SetString(a)
	y, okY := new(big.Float).SetPrec(53).SetString(b)
	return okX && okY && x.Cmp(y) == 0
}
