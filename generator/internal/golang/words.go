package golang

import (
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"
)

// initialisms are the words that Go writes in one case (go.dev/wiki/CodeReviewComments).
var initialisms = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`ACL API ASCII CPU CSS CSV DB DNS EOF GUID HTML HTTP HTTPS ID IDS IO IP JSON JWT
		LHS OS PDF PDFS QPS RAM RHS RPC SDK SHA SLA SMS SMTP SQL SSH SSL SSO TCP TLS TTL UDP UI UID URI URIS URL
		URLS UTF8 UUID UUIDS VM VMS XML XMPP XSRF XSS APIS IPS HMAC SVG PNG YAML`) {
		m[w] = true
	}
	return m
}()

// maxName bounds an identifier, in runes: longer ones are cut and marked with
// a hash of the whole, so that a document cannot make unreadable lines.
const maxName = 120

// exported turns any text into an exported identifier: "roomId" is RoomID,
// "PENDING_REVIEW" is PendingReview, "+1" is Plus1, "日本" is X日本. A name that
// would start with a digit gets prefix in front. It is total: even "" has a name.
func exported(s, prefix string) string {
	name := joinWords(s)
	if name == "" {
		name = spelled(s)
	}
	return exportedStart(shorten(name, s), prefix)
}

// spelledOut is exported with every separator and symbol written as a word, which
// keeps apart what exported folds: "a-b" is ADashB, "a.b" is ADotB.
func spelledOut(s, prefix string) string {
	return exportedStart(shorten(spelled(s), s), prefix)
}

// suffixed is words after a name that is an identifier already; a digit may
// follow a letter but not a digit: suffixed("Model", "4") is Model4, suffixed("V3", "5") V3_5.
func suffixed(name, s string) string { return glue(name, inner(s)) }

// inner is the text that stands for s inside an identifier: like exported, but
// it may start with a digit.
func inner(s string) string {
	name := joinWords(s)
	if name == "" {
		name = spelled(s)
	}
	return shorten(name, s)
}

// glue appends two parts of an identifier so that two numbers stay two.
func glue(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	if isDigit(a[len(a)-1]) && isDigit(b[0]) {
		return a + "_" + b
	}
	return a + b
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// exportedStart makes an identifier's first rune an upper case letter.
func exportedStart(name, prefix string) string {
	r := []rune(name)
	switch {
	case len(r) == 0:
		return prefix
	case unicode.IsDigit(r[0]):
		return prefix + name
	case unicode.IsUpper(r[0]):
		return name
	case unicode.IsUpper(unicode.ToUpper(r[0])):
		r[0] = unicode.ToUpper(r[0])
		return string(r)
	}
	return "X" + name // a script without cases; Go exports by case
}

// unexported is the lower case form of an exported name: URLList is urlList.
func unexported(name string) string {
	r := []rune(name)
	for i := range r {
		if !unicode.IsUpper(r[i]) {
			break
		}
		if i > 0 && i+1 < len(r) && unicode.IsLower(r[i+1]) {
			break
		}
		r[i] = unicode.ToLower(r[i])
	}
	return string(r)
}

// shorten cuts a name that is too long and marks it with a hash of its source.
func shorten(name, source string) string {
	r := []rune(name)
	if len(r) <= maxName {
		return name
	}
	return string(r[:maxName-8]) + "X" + hashOf(source, 7)
}

// hashOf is n hexadecimal digits that depend on s alone.
func hashOf(s string, n int) string {
	h := fnv.New64a()
	h.Write([]byte(s))
	return fmt.Sprintf("%016X", h.Sum64())[:n]
}

// joinWords writes the words of s in Go's way; empty when s has no letter or digit.
func joinWords(s string) string {
	list := words(s)
	caps := len(list) > 0 && !strings.ContainsFunc(s, unicode.IsLower)
	name := ""
	for i, w := range list {
		name = glue(name, goWord(w, caps && (len(list) > 1 || len(w) > 3)))
		if i == 0 && name != "" && signed(s) {
			name = map[byte]string{'+': "Plus", '-': "Minus"}[s[0]] + name
		}
	}
	return name
}

// signed reports a number with a sign, whose sign is not a separator.
func signed(s string) bool {
	return len(s) > 1 && (s[0] == '+' || s[0] == '-') && isDigit(s[1])
}

// goWord capitalises one word. With fold, a word in capitals is an ordinary word
// that is shouted ("PENDING"), not an abbreviation.
func goWord(w string, fold bool) string {
	if up := strings.ToUpper(w); initialisms[up] {
		if strings.HasSuffix(up, "S") && initialisms[up[:len(up)-1]] && w != up {
			return up[:len(up)-1] + "s"
		}
		return up
	}
	if fold {
		w = strings.ToLower(w)
	}
	r := []rune(w)
	r[0] = unicode.ToUpper(r[0])
	return string(r)
}

// words splits at everything that is neither letter nor digit and where
// capitals start a word: "HTTPServer_v2" is HTTP, Server, v2.
func words(s string) []string {
	var list []string
	var cur []rune
	flush := func() {
		if len(cur) > 0 {
			list = append(list, string(cur))
			cur = nil
		}
	}
	runes := []rune(s)
	for i, r := range runes {
		if !identRune(r) {
			flush()
			continue
		}
		if unicode.IsUpper(r) && len(cur) > 0 {
			last := cur[len(cur)-1]
			next := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			plural := next && runes[i+1] == 's' && (i+2 == len(runes) || !unicode.IsLower(runes[i+2])) // IDs, URLs
			if !unicode.IsUpper(last) || (next && !plural) {
				flush()
			}
		}
		cur = append(cur, r)
	}
	flush()
	return list
}

// identRune reports what Go allows in an identifier, except the underscore.
func identRune(r rune) bool { return unicode.IsLetter(r) || unicode.Is(unicode.Nd, r) }

// spelled writes every rune that cannot stand in an identifier as a word.
func spelled(s string) string {
	if s == "" {
		return "Empty"
	}
	var b strings.Builder
	up := true
	for _, r := range s {
		switch {
		case identRune(r) && up:
			b.WriteRune(unicode.ToUpper(r))
			up = false
		case identRune(r):
			b.WriteRune(r)
		default:
			b.WriteString(symbolName(r))
			up = true
		}
	}
	return b.String()
}

// rareSpelled writes the symbols as words that seldom separate words, which is
// what mostly keeps two paths apart: "/tasks({key})" is "/tasks Open {key} Close ".
func rareSpelled(s string) string {
	var b strings.Builder
	for _, r := range s {
		if identRune(r) || strings.ContainsRune(" -_./{}:", r) {
			b.WriteRune(r)
			continue
		}
		b.WriteString(" " + symbolName(r) + " ")
	}
	return b.String()
}

// symbolName is the word for a rune that is neither letter nor digit.
func symbolName(r rune) string {
	const symbols = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
	names := [...]string{"Space", "Bang", "Quote", "Hash", "Dollar", "Percent", "And", "Apostrophe", "Open",
		"Close", "Star", "Plus", "Comma", "Dash", "Dot", "Slash", "Colon", "Semicolon", "Less", "Equal",
		"Greater", "Question", "At", "OpenBracket", "Backslash", "CloseBracket", "Caret", "Underscore",
		"Backtick", "OpenBrace", "Pipe", "CloseBrace", "Tilde"}
	if i := strings.IndexRune(symbols, r); i >= 0 && r < 0x80 {
		return names[i]
	}
	return fmt.Sprintf("U%04X", r)
}
