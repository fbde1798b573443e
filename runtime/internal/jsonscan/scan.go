package jsonscan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// DefaultMaxDepth is how deep containers may nest when no other limit is given. Sixty-four is far
// beyond what people design and small enough for recursive readers on ordinary stacks.
const DefaultMaxDepth = 64

// SkipSpace returns the offset of the first byte at or after i that is not JSON white space, or
// len(data).
func SkipSpace(data []byte, i int) int {
	for i < len(data) {
		switch data[i] {
		case ' ', '\n', '\t', '\r':
			i++
		default:
			return i
		}
	}
	return i
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special returns a word in which the high bit of a byte is set where the same byte of w needs a
// closer look within a string: control characters, quotes, backslashes and all above ASCII. The
// lowest bit set is right; a borrow can set more above it.
func special(w uint64) uint64 {
	quote := w ^ ones*'"'
	slash := w ^ ones*'\\'
	return ((w - ones*0x20) | w | (quote - ones) | (slash - ones)) & highs
}

// Plain returns how many bytes of text from offset i on stand for themselves within a JSON string.
// It may stop early, in the last seven bytes.
func Plain(text []byte, i int) int {
	start := i
	for i+8 <= len(text) {
		m := special(binary.LittleEndian.Uint64(text[i:]))
		if m != 0 {
			return i + bits.TrailingZeros64(m)>>3 - start
		}
		i += 8
	}
	return i - start
}

// Unquoted returns how many bytes of text from offset i on are neither quotes nor backslashes. It may
// stop early, in the last seven bytes.
func Unquoted(text []byte, i int) int {
	start := i
	for i+8 <= len(text) {
		w := binary.LittleEndian.Uint64(text[i:])
		quote, slash := w^ones*'"', w^ones*'\\'
		if m := ((quote-ones)&^quote | (slash-ones)&^slash) & highs; m != 0 {
			return i + bits.TrailingZeros64(m)>>3 - start
		}
		i += 8
	}
	return i - start
}

// String scans the string whose opening quote is data[i]. It returns the offset after the closing
// quote and whether the text contains escapes, or -1 when the string is not well formed.
func String(data []byte, i int) (end int, escaped bool) {
	for i++; ; {
		i += Plain(data, i)
		if i >= len(data) {
			return -1, escaped
		}
		switch c := data[i]; {
		case c == '"':
			return i + 1, escaped
		case c == '\\':
			escaped = true
			n := escape(data, i)
			if n == 0 {
				return -1, true
			}
			i += n
		case c < 0x20:
			return -1, escaped
		case c < utf8.RuneSelf:
			i++
		default:
			r, n := utf8.DecodeRune(data[i:])
			if r == utf8.RuneError && n == 1 {
				return -1, escaped
			}
			i += n
		}
	}
}

// escape returns the length of the escape at data[i], a surrogate pair counting as one, or zero.
func escape(data []byte, i int) int {
	if i+1 >= len(data) {
		return 0
	}
	switch data[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		r := hex4(data, i+2)
		switch {
		case r < 0:
			return 0
		case r < 0xD800 || r > 0xDFFF:
			return 6
		case r > 0xDBFF || i+7 >= len(data) || data[i+6] != '\\' || data[i+7] != 'u':
			return 0
		}
		if low := hex4(data, i+8); low < 0xDC00 || low > 0xDFFF {
			return 0
		}
		return 12
	}
	return 0
}

// hex4 reads four hexadecimal digits at data[i], or returns -1.
func hex4(data []byte, i int) rune {
	if i+4 > len(data) {
		return -1
	}
	var r rune
	for _, c := range data[i : i+4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// Unquote appends the text of a string to dst. raw is what stands between the quotes of a string
// that String has accepted.
func Unquote(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		switch c = raw[i+1]; c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r := hex4(raw, i+2)
			i += 6
			if 0xD800 <= r && r <= 0xDFFF {
				r = (r-0xD800)<<10 | (hex4(raw, i+2) - 0xDC00) + 0x10000
				i += 6
			}
			dst = utf8.AppendRune(dst, r)
			continue
		}
		dst = append(dst, c)
		i += 2
	}
	return dst
}

// Number scans the number that starts at data[i]. It returns the offset after it and whether it
// is written as an integer, without fraction and exponent, or -1 when it is not well formed.
func Number(data []byte, i int) (end int, integer bool) {
	if i < len(data) && data[i] == '-' {
		i++
	}
	switch {
	case i >= len(data):
		return -1, false
	case data[i] == '0':
		i++
		if i < len(data) && isDigit(data[i]) {
			return -1, false
		}
	case isDigit(data[i]):
		i = digits(data, i)
	default:
		return -1, false
	}
	integer = true
	if i < len(data) && data[i] == '.' {
		integer = false
		next := digits(data, i+1)
		if next == i+1 {
			return -1, false
		}
		i = next
	}
	if i < len(data) && (data[i] == 'e' || data[i] == 'E') {
		integer = false
		i++
		if i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		next := digits(data, i)
		if next == i {
			return -1, false
		}
		i = next
	}
	return i, integer
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// digits returns the offset of the first byte at or after i that is no digit.
func digits(data []byte, i int) int {
	for i < len(data) && isDigit(data[i]) {
		i++
	}
	return i
}

// Literal returns the offset after word when data has it at i, else -1. It does not look at what
// follows: whatever separates values will refuse "nullx".
func Literal(data []byte, i int, word string) int {
	if len(data)-i >= len(word) && string(data[i:i+len(word)]) == word {
		return i + len(word)
	}
	return -1
}
