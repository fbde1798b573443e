package derive

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// samples are texts of the formats that the runtime checks.
var samples = map[string]string{
	"date-time": "2024-02-29T12:30:00Z", "date": "2024-02-29", "time": "12:30:00Z", "duration": "P1DT2H",
	"uuid": "9f0e4a4e-6f0b-4d0e-8f3a-1c2b3a4d5e6f", "uri": "https://example.com/a?b=c", "uri-reference": "/a?b=c",
	"iri": "https://example.com/", "iri-reference": "/a", "uri-template": "/a/{b}", "url": "https://example.com/",
	"email": "ada@example.com", "idn-email": "ada@example.com", "hostname": "example.com", "idn-hostname": "example.com",
	"ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "byte": "aGVsbG8=", "binary": "hello",
	"json-pointer": "/a/b", "relative-json-pointer": "1/a", "regex": "^a+$", "decimal": "1.50",
	"int32": "7", "int64": "7", "password": "secret",
}

// makeString builds a text that keeps format, pattern and lengths, as far as that is possible.
func makeString(m map[string]any, full bool) (any, bool) {
	lo, hi := int(number(m, "minLength", 0)), int(number(m, "maxLength", -1))
	if format, _ := m["format"].(string); samples[format] != "" {
		return samples[format], true
	}
	if encoding, _ := m["contentEncoding"].(string); strings.HasPrefix(encoding, "base64") {
		return "aGVsbG8=", true
	}
	if pattern, _ := m["pattern"].(string); pattern != "" {
		for _, extra := range []int{0, 1, lo, lo + 1} {
			if s, ok := matching(pattern, extra); ok && fits(s, lo, hi) {
				return s, true
			}
		}
		return nil, false
	}
	s := "text"
	if full {
		s = "täxt \"2\" 🙂"
	}
	for utf8.RuneCountInString(s) < lo {
		s += "x"
	}
	if hi >= 0 && utf8.RuneCountInString(s) > hi {
		s = string([]rune(s)[:hi])
	}
	return s, true
}

func fits(s string, lo, hi int) bool {
	n := utf8.RuneCountInString(s)
	return n >= lo && (hi < 0 || n <= hi)
}

// matching builds a text that a pattern matches, repeating what may repeat extra times more than
// it must. ok is false for patterns that Go does not read and for those that cannot be built.
func matching(pattern string, extra int) (string, bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", false
	}
	var b strings.Builder
	write(&b, re.Simplify(), extra)
	s := b.String()
	check, err := regexp.Compile(pattern)
	return s, err == nil && check.MatchString(s)
}

// write appends what one node of a pattern matches.
func write(b *strings.Builder, re *syntax.Regexp, extra int) {
	if b.Len() > 4096 {
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(friendly(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('a')
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			write(b, sub, extra)
		}
	case syntax.OpAlternate:
		write(b, re.Sub[0], extra)
	case syntax.OpPlus:
		for range 1 + extra {
			write(b, re.Sub[0], 0)
		}
	case syntax.OpStar, syntax.OpQuest:
		limit := extra
		if re.Op == syntax.OpQuest {
			limit = min(extra, 1)
		}
		for range limit {
			write(b, re.Sub[0], 0)
		}
	case syntax.OpRepeat:
		for range re.Min {
			write(b, re.Sub[0], 0)
		}
	}
}

// friendly picks a character of a class, a letter or digit where there is one.
func friendly(ranges []rune) rune {
	for _, want := range "a1A_- " {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= want && want <= ranges[i+1] {
				return want
			}
		}
	}
	if len(ranges) == 0 {
		return 'a'
	}
	for i := 0; i+1 < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1] && r < ranges[i]+200; r++ {
			if r > ' ' && r < 0x7f {
				return r
			}
		}
	}
	return ranges[0]
}
