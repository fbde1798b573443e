package jsonscan

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"
)

// randomNumber writes a JSON number with few digits and exponents, so that equal values and
// near misses are common.
func randomNumber(r *rand.Rand) string {
	s := ""
	if r.IntN(3) == 0 {
		s = "-"
	}
	s += strconv.Itoa(r.IntN([]int{1, 10, 1000, 1 << 40}[r.IntN(4)]))
	if r.IntN(2) == 0 {
		s += fmt.Sprintf(".%0*d", 1+r.IntN(4), r.IntN(10))
	}
	if r.IntN(3) == 0 {
		s += fmt.Sprintf("%s%d", []string{"e", "E", "e+", "e-"}[r.IntN(4)], r.IntN(24))
	}
	return s
}

func rat(t *testing.T, s string) *big.Rat {
	t.Helper()
	x, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("%s is no number", s)
	}
	return x
}

func TestDecimalsAgreeWithRationals(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	for range 20000 {
		a, b := randomNumber(r), randomNumber(r)
		for _, s := range []string{a, b} {
			if end, _ := Number([]byte(s), 0); end != len(s) {
				t.Fatalf("%s does not scan", s)
			}
		}
		x, y := ParseDecimal([]byte(a)), ParseDecimal([]byte(b))
		p, q := rat(t, a), rat(t, b)
		if x.Cmp(y) != p.Cmp(q) {
			t.Errorf("Cmp(%s, %s) = %d", a, b, x.Cmp(y))
		}
		if equal := string(x.Append(nil)) == string(y.Append(nil)); equal != (p.Cmp(q) == 0) {
			t.Errorf("canonical forms of %s and %s: %s, %s", a, b, x.Append(nil), y.Append(nil))
		}
		if x.IsInteger() != p.IsInt() || x.Sign() != p.Sign() {
			t.Errorf("%s: integer %v, sign %d", a, x.IsInteger(), x.Sign())
		}
		if q.Sign() != 0 && x.MultipleOf(y) != new(big.Rat).Quo(p, q).IsInt() {
			t.Errorf("%s multiple of %s: %v", a, b, x.MultipleOf(y))
		}
		checkIntegers(t, a, x, p)
	}
}

func checkIntegers(t *testing.T, s string, x Decimal, p *big.Rat) {
	t.Helper()
	i, ok := x.Int64()
	if want := p.IsInt() && p.Num().IsInt64(); ok != want || ok && i != p.Num().Int64() {
		t.Errorf("%s: Int64 %d, %v", s, i, ok)
	}
	u, ok := x.Uint64()
	if want := p.IsInt() && p.Num().IsUint64(); ok != want || ok && u != p.Num().Uint64() {
		t.Errorf("%s: Uint64 %d, %v", s, u, ok)
	}
	floor := new(big.Int).Div(p.Num(), p.Denom()) // Euclidean is floor for positive divisors
	f, ok := x.Floor()
	if ok != floor.IsInt64() || ok && f != floor.Int64() {
		t.Errorf("%s: Floor %d, %v, want %s", s, f, ok, floor)
	}
}

func TestDecimalLimits(t *testing.T) {
	t.Parallel()
	for _, k := range []struct {
		text   string
		signed bool
		plain  bool
	}{
		{"9223372036854775807", true, true}, {"9223372036854775808", false, true}, {"-9223372036854775808", true, false},
		{"-9223372036854775809", false, false}, {"18446744073709551615", false, true}, {"18446744073709551616", false, false},
		{"0e999999999999999999999", true, true}, {"-0.0", true, true}, {"1e-1", false, false}, {"1e19", false, true}, {"1e20", false, false},
		{"1e99999999999999999999", false, false}, {"922337203685477580.7e1", true, true},
	} {
		d := ParseDecimal([]byte(k.text))
		if _, ok := d.Int64(); ok != k.signed {
			t.Errorf("%s: Int64 %v", k.text, ok)
		}
		if _, ok := d.Uint64(); ok != k.plain {
			t.Errorf("%s: Uint64 %v", k.text, ok)
		}
	}
	// Exponents are never expanded: these finish at once or never.
	huge, tiny := ParseDecimal([]byte("1e999999999999")), ParseDecimal([]byte("1e-999999999999"))
	if huge.Cmp(tiny) != 1 || !huge.MultipleOf(tiny) || tiny.MultipleOf(huge) || !huge.MultipleOf(ParseDecimal([]byte("64"))) ||
		huge.MultipleOf(ParseDecimal([]byte("3"))) || !huge.MultipleOf(ParseDecimal([]byte("1024000000000000000000000000000000"))) {
		t.Error("huge exponents are mixed up")
	}
}
