package jsonscan

import (
	"bytes"
	"math/big"
	"math/bits"
	"strconv"
)

// A Decimal is the exact value of a JSON number: ±0.d₁d₂… × 10^Exp. Comparing and dividing
// decimals never expands the exponent, so 1e999999999 costs no more than 1. The zero value is
// zero.
type Decimal struct {
	neg    bool
	digits []byte // without leading and trailing zeros; empty for zero
	exp    int64
}

// maxExp bounds exponents. It exceeds what digits of a text under 2 GiB can shift, so saturating
// there keeps the order of all numbers whose exponents differ in any way that can be written
// down sensibly.
const maxExp = 1 << 40

// ParseDecimal returns the value of a number that Number has accepted. The result may share
// memory with raw.
func ParseDecimal(raw []byte) Decimal {
	var d Decimal
	if len(raw) > 0 && raw[0] == '-' {
		d.neg, raw = true, raw[1:]
	}
	var exp int64
	if e := bytes.IndexAny(raw, "eE"); e >= 0 {
		exp = parseExp(raw[e+1:])
		raw = raw[:e]
	}
	if dot := bytes.IndexByte(raw, '.'); dot >= 0 {
		d.exp = int64(dot)
		if raw[0] == '0' {
			// 0.xxx: the digits are all after the point.
			d.exp, raw = 0, raw[2:]
		} else {
			joined := make([]byte, 0, len(raw)-1)
			raw = append(append(joined, raw[:dot]...), raw[dot+1:]...)
		}
	} else {
		d.exp = int64(len(raw))
	}
	for len(raw) > 0 && raw[0] == '0' {
		raw = raw[1:]
		d.exp--
	}
	for len(raw) > 0 && raw[len(raw)-1] == '0' {
		raw = raw[:len(raw)-1]
	}
	if len(raw) == 0 {
		return Decimal{}
	}
	d.digits = raw
	d.exp += exp
	return d
}

// parseExp reads an exponent, saturating at ±maxExp.
func parseExp(raw []byte) int64 {
	neg := raw[0] == '-'
	if neg || raw[0] == '+' {
		raw = raw[1:]
	}
	var e int64
	for _, c := range raw {
		if e = e*10 + int64(c-'0'); e > maxExp {
			e = maxExp
		}
	}
	if neg {
		return -e
	}
	return e
}

// IsInteger reports whether d has no fractional part: 1.0 and 1e2 are integers.
func (d Decimal) IsInteger() bool {
	return len(d.digits) == 0 || d.exp >= int64(len(d.digits))
}

// Sign returns -1, 0 or 1.
func (d Decimal) Sign() int {
	switch {
	case len(d.digits) == 0:
		return 0
	case d.neg:
		return -1
	}
	return 1
}

// Cmp returns -1, 0 or 1 as d is less than, equal to or greater than e.
func (d Decimal) Cmp(e Decimal) int {
	s, t := d.Sign(), e.Sign()
	switch {
	case s < t:
		return -1
	case s > t:
		return 1
	case s == 0:
		return 0
	}
	c := 0
	switch {
	case d.exp < e.exp:
		c = -1
	case d.exp > e.exp:
		c = 1
	default:
		// Without trailing zeros, comparing digits as text compares the fractions.
		c = bytes.Compare(d.digits, e.digits)
	}
	return c * s
}

// MultipleOf reports whether d is an integer times m. m is not zero.
func (d Decimal) MultipleOf(m Decimal) bool {
	if len(d.digits) == 0 {
		return true
	}
	if len(m.digits) == 0 {
		return false
	}
	// As integers, d = D·10^(exp-len) and m likewise; D does not end in zero, so a negative
	// shift would need a factor ten that D cannot have.
	shift := (d.exp - int64(len(d.digits))) - (m.exp - int64(len(m.digits)))
	if shift < 0 {
		return false
	}
	if u, err := strconv.ParseUint(string(m.digits), 10, 64); err == nil {
		return mulmod(digitsMod(d.digits, u), powmod(10, uint64(shift), u), u) == 0
	}
	return d.multipleOfBig(m, shift)
}

// multipleOfBig is MultipleOf for divisors of more than 64 bits.
func (d Decimal) multipleOfBig(m Decimal, shift int64) bool {
	mod, ok := new(big.Int).SetString(string(m.digits), 10)
	if !ok {
		return false
	}
	rem, ten, chunk := new(big.Int), big.NewInt(10), new(big.Int)
	for rest := d.digits; len(rest) > 0; {
		n := min(len(rest), 18)
		v, _ := strconv.ParseInt(string(rest[:n]), 10, 64)
		rem.Mul(rem, chunk.Exp(ten, big.NewInt(int64(n)), nil))
		rem.Add(rem, chunk.SetInt64(v)).Mod(rem, mod)
		rest = rest[n:]
	}
	rem.Mul(rem, chunk.Exp(ten, big.NewInt(shift), mod)).Mod(rem, mod)
	return rem.Sign() == 0
}

func digitsMod(digits []byte, m uint64) uint64 {
	var r uint64
	for _, c := range digits {
		hi, lo := bits.Mul64(r, 10)
		lo, carry := bits.Add64(lo, uint64(c-'0'), 0)
		r = bits.Rem64(hi+carry, lo, m)
	}
	return r
}

func mulmod(a, b, m uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return bits.Rem64(hi, lo, m)
}

func powmod(base, exp, m uint64) uint64 {
	r := 1 % m
	for base %= m; exp > 0; exp >>= 1 {
		if exp&1 == 1 {
			r = mulmod(r, base, m)
		}
		base = mulmod(base, base, m)
	}
	return r
}

// Int64 returns d when it is an integer of that range.
func (d Decimal) Int64() (int64, bool) {
	u, ok := d.magnitude()
	switch {
	case !ok:
		return 0, false
	case d.neg:
		return -int64(u), u <= 1<<63
	}
	return int64(u), u < 1<<63
}

// Uint64 returns d when it is an integer of that range.
func (d Decimal) Uint64() (uint64, bool) {
	u, ok := d.magnitude()
	return u, ok && (!d.neg || u == 0)
}

func (d Decimal) magnitude() (uint64, bool) {
	if !d.IsInteger() || d.exp > 20 {
		return 0, false
	}
	if len(d.digits) == 0 {
		return 0, true
	}
	var u uint64
	for i := range d.exp {
		var c uint64
		if i < int64(len(d.digits)) {
			c = uint64(d.digits[i] - '0')
		}
		hi, lo := bits.Mul64(u, 10)
		sum, carry := bits.Add64(lo, c, 0)
		if hi+carry != 0 {
			return 0, false
		}
		u = sum
	}
	return u, true
}

// Floor returns the greatest integer not above d, saturated to the range of int64, and whether
// it is exact (not saturated).
func (d Decimal) Floor() (int64, bool) {
	if d.IsInteger() {
		if v, ok := d.Int64(); ok {
			return v, true
		}
		if d.neg {
			return -1 << 63, false
		}
		return 1<<63 - 1, false
	}
	whole := Decimal{neg: d.neg, exp: d.exp}
	if d.exp > 0 {
		whole.digits = d.digits[:d.exp]
	} else {
		whole = Decimal{}
	}
	for n := len(whole.digits); n > 0 && whole.digits[n-1] == '0'; n-- {
		whole.digits = whole.digits[:n-1]
	}
	v, ok := whole.Floor()
	if d.neg && ok {
		if v == -1<<63 {
			return v, false
		}
		v--
	}
	return v, ok
}

// Append appends d in a canonical form: equal numbers give equal bytes.
func (d Decimal) Append(dst []byte) []byte {
	if d.neg {
		dst = append(dst, '-')
	}
	dst = append(dst, d.digits...)
	dst = append(dst, 'e')
	return strconv.AppendInt(dst, d.exp, 10)
}
