package jsonschema

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

func TestPatternsFollowECMAScript(t *testing.T) {
	t.Parallel()
	for _, k := range []struct {
		pattern   string
		yes, no   string // texts, separated by |
		mustBeFor bool   // must have a fast form
	}{
		{`^[A-Z]{2}-[0-9]+$`, "AB-1|XY-000", "AB-|ab-1|AB-1\n|xAB-1|AB-1x", true},
		{`^\d{3}$`, "123", "12|1234|١٢٣", true},
		{`^https?://`, "http://x|https://", "httpss://|ftp://|xhttp://", true},
		{`^a*ab$`, "ab|aab", "b|a", false},
		{`^[a-z]?[a-z]$`, "a|ab", "|abc", false},
		{`^\w+@\w+\.com$`, "a@b.com", "a@b.com\n|@b.com", true},
		{`^a?b*c$`, "c|ac|abbc|bc", "a|aac|cb", true},
		{`b`, "abc", "ac", false},
		{`^\s$`, "\u00a0|\ufeff|\u2029|\v", "x|", false},
		{`^\S$`, "x|é", "\u00a0|\ufeff|\u2003", false},
		{`^[\S]$`, "x", "\u00a0", false},
		{`^.$`, "x|é|😀", "\r|\n|\u2028", false},
		{`^\u00e9\x41\u{1F600}\ud83d\ude00\cJ$`, "éA😀😀\n", "éA😀😀", false},
		{`^[^]$`, "\n|x", "|xx", false},
		{`[]`, "", "a|ab", false},
		{`^[\w-.]+$`, "a-.b", "a b", false},
		{`^[[a]+$`, "[a[", "b", false},
		{`^[\]\-]+$`, "]-", "[", false},
		{`^[^\]]$`, "[", "]", false},
		{`^\p{Script=Greek}\p{Lu}\P{L}$`, "αA1", "aA1|αa1", false},
		{`^(?<year>\d{4})-(?:\d\d)$`, "2024-01", "2024-1", false},
		{`^\/\-\_\.$`, `/-_.`, "x", false},
		{`^a|b$`, "ax|xb", "xa", false},
		{`^\0$`, "\x00", "0", false},
		{`^[\b]$`, "\b", "b", false},
		{`\bfoo\b`, "a foo b", "afoo", false},
	} {
		p, err := CompilePattern(k.pattern)
		if err != nil {
			t.Errorf("%s: %v", k.pattern, err)
			continue
		}
		if k.mustBeFor && p.simple == nil {
			t.Errorf("%s has no fast form", k.pattern)
		}
		for _, text := range strings.Split(k.yes, "|") {
			if !p.Match(text) && k.yes != "" {
				t.Errorf("%s does not match %q", k.pattern, text)
			}
		}
		for _, text := range strings.Split(k.no, "|") {
			if p.Match(text) {
				t.Errorf("%s matches %q", k.pattern, text)
			}
		}
	}
	for pattern, want := range map[string]string{
		`(?=a)`: "look-around (?= is not supported", `(?<!a)b`: "look-around (?<! is not supported", `(a)\1`: `backreference \1 is not supported`,
		`\k<a>`: "backreference", `(a`: "missing closing )", `[a`: "missing ]", `a\`: "trailing backslash", `\a`: "not an escape of ECMA-262",
		`(?i)a`: "group modifiers", `\u12`: `invalid \u escape`, `\ud83d\u0041`: "invalid surrogate pair", `\x4`: "invalid hexadecimal", `\p{Foo=Bar}`: "unknown property",
		`\c1`: "must be followed by a letter", `a{2000}`: "invalid repeat count", `\u{110000}`: `invalid \u{`, `(?<a`: "group name is not closed",
	} {
		if _, err := CompilePattern(pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", pattern, err, want)
		}
	}
}

// TestFastFormsAgreeWithRegexp builds expressions of the kind that has a fast form and compares.
func TestFastFormsAgreeWithRegexp(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	fast := 0
	for range 3000 {
		var b strings.Builder
		b.WriteString("^")
		for range 1 + r.IntN(4) {
			b.WriteString([]string{"a", "b", "[ab]", "[a-c]", "[^a]", "c", "[bd]", "x"}[r.IntN(8)])
			b.WriteString([]string{"", "", "*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}", "*?", "{0}"}[r.IntN(11)])
		}
		if r.IntN(3) > 0 {
			b.WriteString("$")
		}
		p, err := CompilePattern(b.String())
		if err != nil {
			t.Fatal(err)
		}
		if p.simple != nil {
			fast++
		}
		re := regexp.MustCompile(strings.NewReplacer("^a]", "^a]", "$", `\z`).Replace(b.String()))
		for range 20 {
			var text strings.Builder
			for range r.IntN(7) {
				text.WriteByte("abcdx"[r.IntN(5)])
			}
			if got, want := p.Match(text.String()), re.MatchString(text.String()); got != want {
				t.Errorf("%s: %q: got %v", b.String(), text.String(), got)
			}
		}
	}
	if fast < 300 {
		t.Errorf("only %d fast forms were compared", fast)
	}
}

func FuzzPatternsDoNotPanic(f *testing.F) {
	for _, s := range []string{`^[\w-.]+$`, `(?<a>\p{L})`, `\u{1F600}`, `[^\S]{1,3}`, `\ud83d\ude00`, `(?=`} {
		f.Add(s, "text")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		p, err := CompilePattern(pattern)
		if err == nil && p.simple != nil && p.simple.match(text) != p.re.MatchString(text) {
			t.Errorf("%q: fast form disagrees on %q", pattern, text)
		}
	})
}

func FuzzSchemas(f *testing.F) {
	f.Add(`{"X": {"oneOf": [{"$ref": "#/X"}, {"type": "string"}], "unevaluatedProperties": false}}`, `{"a":1}`)
	f.Add(`{"X": {"properties": {"a": {"minLength": 1e400}}, "discriminator": {"propertyName": "a"}, "anyOf": [true]}}`, `{"a":"b"}`)
	f.Add(`{"X": {"if": {"$ref": "#/X/then"}, "then": {"contains": {"uniqueItems": true}}, "prefixItems": [{}]}}`, `[[1,1]]`)
	f.Fuzz(func(t *testing.T, set, text string) {
		s, err := NewSet(set, Options{})
		if err != nil {
			return
		}
		for _, name := range s.Names() {
			x, err := s.Schema(name)
			if err != nil {
				continue
			}
			for _, dir := range []Direction{Both, Request, Response} {
				found, err := x.Validate([]byte(text), dir)
				if err == nil && (len(found) > 0) == x.Accepts(text, dir) && len(text) < 50 && !strings.ContainsAny(text, "[{") {
					t.Errorf("Validate says %v, Accepts the contrary", found)
				}
			}
		}
	})
}
