package typescript

import "unicode"

// isIdentifierRune reports whether r may continue an identifier in every
// compiler we support. Unicode adds letters every year and old compilers do not
// know them, some letters are invisible, and outside the basic plane
// identifiers depend on the compiler's target: such runes separate words.
func isIdentifierRune(r rune) bool {
	switch {
	case r < 0x80:
		return r == '_' || r == '$' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	case r > 0xffff, unicode.Is(unusableLetters, r):
		return false
	}
	return unicode.In(r, unicode.L, unicode.Mn, unicode.Mc)
}

// isIdentifierStart reports whether r may start one: digits and combining
// marks may not.
func isIdentifierStart(r rune) bool {
	return isIdentifierRune(r) && (r < '0' || r > '9') && !unicode.In(r, unicode.Mn, unicode.Mc)
}

// isIdentifier reports whether name is an identifier as it stands.
func isIdentifier(name string) bool {
	for i, r := range name {
		if i == 0 && !isIdentifierStart(r) || !isIdentifierRune(r) {
			return false
		}
	}
	return name != ""
}

// unusableLetters are the letters and marks of the basic plane that TypeScript 5.0 does
// not take for identifiers (they came after Unicode 12), and those that nobody
// can see.
var unusableLetters = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x34f, Hi: 0x34f, Stride: 1},
	{Lo: 0x870, Hi: 0x89f, Stride: 1},
	{Lo: 0x8b5, Hi: 0x8b5, Stride: 1},
	{Lo: 0x8be, Hi: 0x8d2, Stride: 1},
	{Lo: 0xb55, Hi: 0xb55, Stride: 1},
	{Lo: 0xc3c, Hi: 0xc3c, Stride: 1},
	{Lo: 0xc5d, Hi: 0xc5d, Stride: 1},
	{Lo: 0xcdc, Hi: 0xcdd, Stride: 1},
	{Lo: 0xcf3, Hi: 0xcf3, Stride: 1},
	{Lo: 0xd04, Hi: 0xd04, Stride: 1},
	{Lo: 0xd81, Hi: 0xd81, Stride: 1},
	{Lo: 0xece, Hi: 0xece, Stride: 1},
	{Lo: 0x115f, Hi: 0x1160, Stride: 1},
	{Lo: 0x170d, Hi: 0x170d, Stride: 1},
	{Lo: 0x1715, Hi: 0x1715, Stride: 1},
	{Lo: 0x171f, Hi: 0x171f, Stride: 1},
	{Lo: 0x17b4, Hi: 0x17b5, Stride: 1},
	{Lo: 0x180b, Hi: 0x180f, Stride: 1},
	{Lo: 0x1abf, Hi: 0x1aef, Stride: 1},
	{Lo: 0x1b4c, Hi: 0x1b4c, Stride: 1},
	{Lo: 0x1dfa, Hi: 0x1dfa, Stride: 1},
	{Lo: 0x2c2f, Hi: 0x2c2f, Stride: 1},
	{Lo: 0x2c5f, Hi: 0x2c5f, Stride: 1},
	{Lo: 0x2e2f, Hi: 0x2e2f, Stride: 1},
	{Lo: 0x3164, Hi: 0x3164, Stride: 1},
	{Lo: 0x31bb, Hi: 0x31bf, Stride: 1},
	{Lo: 0x4db6, Hi: 0x4dbf, Stride: 1},
	{Lo: 0x9ff0, Hi: 0x9fff, Stride: 1},
	{Lo: 0xa7c0, Hi: 0xa7c1, Stride: 1},
	{Lo: 0xa7c7, Hi: 0xa7f6, Stride: 1},
	{Lo: 0xa82c, Hi: 0xa82c, Stride: 1},
	{Lo: 0xab68, Hi: 0xab6b, Stride: 1},
	{Lo: 0xfe00, Hi: 0xfe0f, Stride: 1},
	{Lo: 0xffa0, Hi: 0xffa0, Stride: 1},
}}
