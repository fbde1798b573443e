package jsonschema

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Pattern is a compiled regular expression of a schema. JSON Schema writes them in the ECMA-262
// dialect; they are translated to RE2, which matches in linear time whatever the text. It is safe
// for concurrent use.
type Pattern struct {
	source string
	re     *regexp.Regexp
	simple *sequence // the same, when it is simple enough for a byte loop
}

// String returns the expression as the schema writes it.
func (p *Pattern) String() string { return p.source }

// Match reports whether any part of text matches.
func (p *Pattern) Match(text string) bool {
	if p.simple != nil {
		return p.simple.match(text)
	}
	return p.re.MatchString(text)
}

// CompilePattern translates and compiles an ECMA-262 expression, read with the u flag. The error
// says what RE2 cannot do (look-around, backreferences, more than a thousand repetitions) or what
// is wrong with the expression.
func CompilePattern(source string) (*Pattern, error) {
	t := translator{src: source}
	if err := t.run(); err != nil {
		return nil, fmt.Errorf("pattern %q: %w", source, err)
	}
	re, err := regexp.Compile(t.out.String())
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", source, err)
	}
	return &Pattern{source, re, newSequence(t.out.String())}, nil
}

// What ECMA-262 and RE2 read differently.
const (
	// \s of ECMA-262: WhiteSpace and LineTerminator, as the inside of a class.
	ecmaSpace = `\t\n\v\f\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`
	// \S likewise.
	ecmaNotSpace = `\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}` +
		`\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}`
	// The dot of ECMA-262 stops at all four line terminators.
	ecmaDot = `[^\n\r\x{2028}\x{2029}]`
)

// translator rewrites an expression, copying what both dialects share.
type translator struct {
	src string
	i   int
	out strings.Builder
}

func (t *translator) run() error {
	for t.i < len(t.src) {
		switch c := t.src[t.i]; c {
		case '\\':
			if err := t.escape(false); err != nil {
				return err
			}
		case '[':
			if err := t.class(); err != nil {
				return err
			}
		case '(':
			if err := t.group(); err != nil {
				return err
			}
		case '.':
			t.out.WriteString(ecmaDot)
			t.i++
		case '^':
			t.out.WriteString(`\A`)
			t.i++
		case '$':
			t.out.WriteString(`\z`)
			t.i++
		default:
			t.rune()
		}
	}
	return nil
}

// rune copies one character.
func (t *translator) rune() {
	_, n := utf8.DecodeRuneInString(t.src[t.i:])
	t.out.WriteString(t.src[t.i : t.i+n])
	t.i += n
}

func (t *translator) group() error {
	rest := t.src[t.i:]
	for _, look := range [...]string{"(?=", "(?!", "(?<=", "(?<!"} {
		if strings.HasPrefix(rest, look) {
			return fmt.Errorf("look-around %s is not supported", look)
		}
	}
	switch {
	case strings.HasPrefix(rest, "(?:"):
		t.out.WriteString("(?:")
		t.i += 3
	case strings.HasPrefix(rest, "(?<"):
		name, _, ok := strings.Cut(rest[3:], ">")
		if !ok {
			return fmt.Errorf("group name is not closed")
		}
		// Nothing refers to groups, and RE2 allows fewer names.
		t.out.WriteString("(?:")
		t.i += len("(?<>") + len(name)
	case strings.HasPrefix(rest, "(?"):
		return fmt.Errorf("group modifiers are not part of ECMA-262")
	default:
		t.out.WriteString("(?:")
		t.i++
	}
	return nil
}

// class rewrites a bracket expression. "[" inside is an ordinary character to ECMA-262 but may
// start a POSIX class in RE2.
func (t *translator) class() error {
	rest := t.src[t.i:]
	switch {
	case strings.HasPrefix(rest, "[]"):
		t.out.WriteString(`[^\x{0}-\x{10ffff}]`)
		t.i += 2
		return nil
	case strings.HasPrefix(rest, "[^]"):
		t.out.WriteString(`[\x{0}-\x{10ffff}]`)
		t.i += 3
		return nil
	}
	t.out.WriteByte('[')
	t.i++
	if t.i < len(t.src) && t.src[t.i] == '^' {
		t.out.WriteByte('^')
		t.i++
	}
	for t.i < len(t.src) {
		switch t.src[t.i] {
		case ']':
			t.out.WriteByte(']')
			t.i++
			return nil
		case '\\':
			if err := t.escape(true); err != nil {
				return err
			}
		case '-':
			if err := t.dash(); err != nil {
				return err
			}
		case '[', '^', '&', '~':
			t.out.WriteByte('\\')
			t.out.WriteByte(t.src[t.i])
			t.i++
		default:
			t.rune()
		}
	}
	return fmt.Errorf("missing ] of a class")
}

// dash rewrites "-" in a class: a range unless a set such as \w stands on either side, where old
// expressions mean the character itself.
func (t *translator) dash() error {
	before, after := t.src[:t.i], t.src[t.i+1:]
	set := func(s string) bool { return len(s) >= 2 && s[0] == '\\' && strings.IndexByte("dDsSwWpP", s[1]) >= 0 }
	literal := strings.HasPrefix(after, "]") || set(after) || len(before) >= 2 && set(before[len(before)-2:]) ||
		strings.HasSuffix(before, "[") || strings.HasSuffix(before, "[^") || strings.HasSuffix(before, "}")
	if literal {
		t.out.WriteByte('\\')
	}
	t.out.WriteByte('-')
	t.i++
	return nil
}

// escape rewrites the escape at t.i.
func (t *translator) escape(inClass bool) error {
	if t.i+1 >= len(t.src) {
		return fmt.Errorf("trailing backslash")
	}
	c, n := utf8.DecodeRuneInString(t.src[t.i+1:])
	start := t.i
	t.i += 1 + n
	switch {
	case c == 's' || c == 'S':
		t.space(c == 'S', inClass)
	case strings.ContainsRune("dDwWtnrfv", c):
		t.out.WriteString(t.src[start:t.i])
	case c == 'b' && inClass:
		t.out.WriteString(`\x{8}`)
	case (c == 'b' || c == 'B') && !inClass:
		t.out.WriteString(t.src[start:t.i])
	case c == 'c':
		return t.control()
	case c == 'x':
		return t.hex(2)
	case c == 'u':
		return t.unicode()
	case c == 'p' || c == 'P':
		return t.property(c)
	case c == '0':
		t.out.WriteString(`\x{0}`)
	case '1' <= c && c <= '9' || c == 'k':
		return fmt.Errorf("backreference \\%c is not supported", c)
	case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
		return fmt.Errorf("\\%c is not an escape of ECMA-262", c)
	case c < utf8.RuneSelf:
		t.literal(c)
	default:
		t.out.WriteRune(c)
	}
	return nil
}

// literal writes a character so that it means itself inside and outside of a class.
func (t *translator) literal(c rune) { fmt.Fprintf(&t.out, `\x{%x}`, c) }

func (t *translator) space(not, inClass bool) {
	set := ecmaSpace
	if not {
		set = ecmaNotSpace
	}
	if !inClass {
		set = "[" + set + "]"
	}
	t.out.WriteString(set)
}

func (t *translator) control() error {
	if t.i < len(t.src) {
		if c := t.src[t.i]; 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
			t.literal(rune(c % 32))
			t.i++
			return nil
		}
	}
	return fmt.Errorf("\\c must be followed by a letter")
}

func (t *translator) hex(n int) error {
	r, ok := t.digits(n)
	if !ok {
		return fmt.Errorf("invalid hexadecimal escape")
	}
	t.literal(r)
	return nil
}

// digits reads n hexadecimal digits.
func (t *translator) digits(n int) (rune, bool) {
	if t.i+n > len(t.src) {
		return 0, false
	}
	v, err := strconv.ParseUint(t.src[t.i:t.i+n], 16, 32)
	if err != nil {
		return 0, false
	}
	t.i += n
	return rune(v), true
}

func (t *translator) unicode() error {
	if rest, ok := strings.CutPrefix(t.src[t.i:], "{"); ok {
		hex, _, closed := strings.Cut(rest, "}")
		v, err := strconv.ParseUint(hex, 16, 32)
		if !closed || err != nil || v > utf8.MaxRune {
			return fmt.Errorf("invalid \\u{…} escape")
		}
		t.literal(rune(v))
		t.i += len(hex) + 2
		return nil
	}
	r, ok := t.digits(4)
	if !ok {
		return fmt.Errorf("invalid \\u escape")
	}
	if 0xD800 <= r && r < 0xDC00 && strings.HasPrefix(t.src[t.i:], `\u`) {
		t.i += 2
		low, ok := t.digits(4)
		if !ok || low < 0xDC00 || low > 0xDFFF {
			return fmt.Errorf("invalid surrogate pair")
		}
		r = (r-0xD800)<<10 | (low - 0xDC00) + 0x10000
	}
	t.literal(r)
	return nil
}

// property rewrites \p{Script=Greek} and the like; RE2 wants the value alone.
func (t *translator) property(c rune) error {
	rest, ok := strings.CutPrefix(t.src[t.i:], "{")
	name, _, closed := strings.Cut(rest, "}")
	if !ok || !closed {
		return fmt.Errorf("\\%c must be followed by {…}", c)
	}
	t.i += len(name) + 2
	if key, value, ok := strings.Cut(name, "="); ok {
		switch key {
		case "Script", "sc", "Script_Extensions", "scx", "General_Category", "gc":
			name = value
		default:
			return fmt.Errorf("unknown property %q", name)
		}
	}
	fmt.Fprintf(&t.out, `\%c{%s}`, c, name)
	return nil
}
