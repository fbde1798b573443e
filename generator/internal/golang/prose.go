package golang

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rtgen/rtgen/spec"
)

// textWidth is where comments wrap: a hundred columns less the slashes and an indent.
const textWidth = 94

// deprecated is the paragraph that tools look for (go.dev/wiki/Deprecated).
const deprecated = "Deprecated: the document marks this as deprecated."

// sentence opens a comment with the name that Go expects there and continues in
// the document's own words: "Pet is a pet in the store.", "Limit: how many to
// return." Without prose it is name and fallback.
func sentence(name, prose, fallback string) string {
	first, rest, _ := strings.Cut(strings.TrimSpace(prose), " ")
	lower := strings.ToLower(first)
	if (lower == "a" || lower == "an" || lower == "the") && first != name && !isSentence(rest) {
		return name + " is " + lower + " " + rest
	}
	return action(name, prose, fallback)
}

// action is sentence for what is called: "ListPets lists all pets.", and
// "ListPets: The pets of a store." since a method is no pet.
func action(name, prose, fallback string) string {
	prose = strings.TrimSpace(prose)
	if prose == "" {
		return name + " " + fallback
	}
	first, rest, _ := strings.Cut(prose, " ")
	if first == name && rest != "" {
		return prose
	}
	if does := thirdPerson[strings.ToLower(first)]; does != "" && first != strings.ToLower(first) && rest != "" {
		return name + " " + does + " " + rest
	}
	return name + ": " + prose
}

// isSentence reports whether text opens with a sentence rather than with words that
// only name something: "pet is told by its type." against "pet in the store." A verb
// behind a word such as "that" belongs to what is named.
func isSentence(text string) bool {
	for word := range strings.FieldsSeq(text) {
		bare := strings.ToLower(strings.TrimRight(word, ".,:;!?"))
		switch {
		case verbs[bare]:
			return true
		case relatives[bare] || strings.ContainsAny(word[len(word)-1:], ".:;!?"):
			return false
		}
	}
	return false
}

var (
	verbs = set(`is are was were has have had can could will would must may might should shall does do did cannot
		contains represents describes holds defines specifies indicates means belongs consists`)
	relatives = set("that which who whom whose where when while if whether as because what how")
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// thirdPerson maps the verbs that summaries begin with, in both forms.
var thirdPerson = func() map[string]string {
	m := map[string]string{
		"get": "gets", "do": "does", "search": "searches", "publish": "publishes", "fetch": "fetches", "cancel": "cancels",
		"patch": "patches", "push": "pushes", "refresh": "refreshes", "apply": "applies", "verify": "verifies",
		"modify": "modifies", "copy": "copies", "deploy": "deploys", "finish": "finishes", "attach": "attaches",
		"detach": "detaches", "retry": "retries", "query": "queries", "specify": "specifies", "destroy": "destroys",
		"notify": "notifies", "watch": "watches", "bypass": "bypasses", "dismiss": "dismisses", "process": "processes",
	}
	for _, v := range strings.Fields(`accept activate add append approve archive assign associate authenticate authorize
		block buy capture change check clear close compare complete compute confirm connect convert create deactivate decline
		delete describe determine disable disconnect download edit enable end evaluate execute expire export favorite
		find follow force generate give grant handle identify import initiate insert install invite issue join kick
		leave link list load lock log login logout lookup make mark merge migrate move mute obtain open partially
		perform pin place post prevent provide purge put read receive record redeliver register reject release
		remove rename render reopen reorder repeat replace report request require reset resend resolve restart
		restore resume retrieve return reveal review revoke rollback rotate run save schedule select send serve set
		show sign skip sort split star start stop store stream submit subscribe suspend sync terminate test toggle
		track transfer trigger unarchive unblock unfollow unlink unlock unmute unpin unsubscribe unstar update upgrade
		upload use validate view void vote withdraw write`) {
		m[v] = v + "s"
	}
	delete(m, "partially")
	for _, s := range m {
		m[s] = s
	}
	return m
}()

// prose joins summary and description; a description that repeats the summary
// is said once.
func prose(d spec.Doc) string {
	summary, text := cleanText(d.Summary), cleanText(d.Description)
	switch {
	case summary == "":
		return text
	case text == "" || strings.EqualFold(strings.TrimRight(text, "."), strings.TrimRight(summary, ".")):
		return summary
	case strings.HasPrefix(text, summary):
		return text
	}
	return endSentence(summary) + "\n\n" + text
}

// endSentence puts a full stop where prose lacks one.
func endSentence(s string) string {
	if r, _ := utf8.DecodeLastRuneInString(s); unicode.IsLetter(r) || unicode.IsDigit(r) || r == ')' || r == '`' {
		return s + "."
	}
	return s
}

// comment is text as comment lines, each starting with //, wrapped, in the form
// that gofmt leaves alone. Paragraphs are separated by empty lines. Whatever text
// holds stays inside the comment and cannot become a directive.
func comment(paragraphs ...string) []string {
	var lines []string
	for _, p := range paragraphs {
		body := wrap(cleanText(p))
		if len(body) == 0 {
			continue
		}
		if len(lines) > 0 {
			lines = append(lines, "//")
		}
		for _, l := range body {
			if strings.HasPrefix(l, "\t") {
				lines = append(lines, "//"+l)
				continue
			}
			lines = append(lines, strings.TrimRight("// "+l, " "))
		}
	}
	return lines
}

// cleanText drops what has no place in Go source: every line separator becomes a
// line feed, controls and the characters that reorder text on a screen vanish.
func cleanText(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\v' || r == '\f' || r == '\u0085' || r == '\u2028' || r == '\u2029':
			return '\n'
		case r == '\t' || r == '\u00A0':
			return ' '
		case unicode.IsControl(r) || r == '\uFEFF' || unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(plainText(s))
}

// plainText removes the HTML that descriptions are full of; text between tags stays.
func plainText(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			break
		}
		end := strings.IndexByte(s[i:], '>')
		if end < 0 {
			break
		}
		b.WriteString(s[:i])
		tag := s[i+1 : i+end]
		name, _, _ := strings.Cut(strings.TrimSuffix(strings.ToLower(tag), "/"), " ")
		if repl, ok := htmlTags[name]; ok {
			b.WriteString(repl)
		} else {
			b.WriteString(s[i : i+end+1])
		}
		s = s[i+end+1:]
	}
	b.WriteString(s)
	return b.String()
}

// htmlTags are the tags that carry layout only, with what stands for them.
var htmlTags = map[string]string{
	"p": "\n\n", "/p": "\n\n", "br": "\n", "ul": "\n", "/ul": "\n\n", "ol": "\n", "/ol": "\n\n", "li": "\n- ", "/li": "\n",
	"code": "`", "/code": "`", "b": "", "/b": "", "strong": "", "/strong": "", "i": "", "/i": "", "em": "", "/em": "",
	"a": "", "/a": "", "span": "", "/span": "", "div": "\n", "/div": "\n", "pre": "\n", "/pre": "\n",
}
