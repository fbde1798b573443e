package typescript

import (
	"regexp"
	"strings"
)

// foreignType checks a type expression that a document gives as x-ts-type, and
// writes it anew from its tokens, so that nothing can hide in it. It accepts
//
//	Date    Money[]    Map<string, Date>    ns.Name    [string, number]    'a' | 'b' | null
//	import('./money.js').Money    { amount: string; currency?: 'EUR' }    readonly string[]
//
// and refuses everything else, comments, functions and templates among it.
func foreignType(text string) (string, bool) {
	p := &foreignParser{rest: text}
	p.next()
	p.union(0)
	return strings.TrimSpace(p.out.String()), p.ok()
}

// foreignToken is one token: a name, a number, a string without escapes, or punctuation.
var foreignToken = regexp.MustCompile(`^(?:[A-Za-z_$][\w$]*|\d{1,15}|"[\w@./: -]*"|'[\w@./: -]*'|[.,<>|&\[\](){}:;?])`)

// foreignParser reads a type expression; token is empty at the end and "\x00"
// after a mistake.
type foreignParser struct {
	rest, token string
	out         strings.Builder
}

const mistake = "\x00"

func (p *foreignParser) ok() bool { return p.token == "" && p.out.Len() > 0 }

func (p *foreignParser) fail() { p.token, p.rest = mistake, "" }

func (p *foreignParser) next() {
	if p.token == mistake {
		return
	}
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	p.token = foreignToken.FindString(p.rest)
	if p.token == "" && p.rest != "" {
		p.fail()
		return
	}
	p.rest = p.rest[len(p.token):]
}

// take writes the current token as spelled and goes on.
func (p *foreignParser) take(spelled string) {
	p.out.WriteString(spelled)
	p.next()
}

// expect takes a token that must stand here.
func (p *foreignParser) expect(token, spelled string) {
	if p.token != token {
		p.fail()
		return
	}
	p.take(spelled)
}

func (p *foreignParser) union(depth int) {
	if depth > 50 { // nobody writes that
		p.fail()
		return
	}
	for {
		p.postfix(depth + 1)
		if p.token != "|" && p.token != "&" {
			return
		}
		p.take(" " + p.token + " ")
	}
}

func (p *foreignParser) postfix(depth int) {
	for p.token == "keyof" || p.token == "readonly" || p.token == "typeof" {
		p.take(p.token + " ")
	}
	p.primary(depth)
	for p.token == "[" {
		p.take("[")
		if p.token != "]" {
			p.union(depth)
		}
		p.expect("]", "]")
	}
}

func (p *foreignParser) primary(depth int) {
	switch {
	case p.token == "(":
		p.take("(")
		p.union(depth)
		p.expect(")", ")")
	case p.token == "[":
		p.take("[")
		p.list("]", depth)
		p.expect("]", "]")
	case p.token == "{":
		p.take("{ ")
		p.members(depth)
		p.expect("}", "}")
	case p.token == "import":
		p.take("import")
		p.expect("(", "(")
		if !isForeignString(p.token) {
			p.fail()
			return
		}
		p.take(p.token)
		p.expect(")", ")")
		p.qualified(depth)
	case p.token != "" && (isDigit(p.token[0]) || isForeignString(p.token)):
		p.take(p.token)
	case isIdentifier(p.token) && foreignNames[keywords[p.token]] || foreignWords[p.token]:
		p.take(p.token)
		p.qualified(depth)
	default:
		p.fail()
	}
}

// foreignNames and foreignWords are what a name may be: no keyword, or one that is a type.
var (
	foreignNames = map[string]bool{"": true, "a type": true}
	foreignWords = map[string]bool{"true": true, "false": true}
)

func isForeignString(token string) bool {
	return token != "" && (token[0] == '"' || token[0] == '\'')
}

// qualified reads what may follow a name: members of a namespace, type arguments.
func (p *foreignParser) qualified(depth int) {
	for p.token == "." {
		p.take(".")
		if !isIdentifier(p.token) {
			p.fail()
			return
		}
		p.take(p.token)
	}
	if p.token == "<" {
		p.take("<")
		p.union(depth)
		for p.token == "," {
			p.take(", ")
			p.union(depth)
		}
		p.expect(">", ">")
	}
}

func (p *foreignParser) list(end string, depth int) {
	for p.token != end && p.token != mistake {
		p.union(depth)
		if p.token != "," {
			return
		}
		p.take(", ")
	}
}

func (p *foreignParser) members(depth int) {
	for p.token != "}" && p.token != mistake {
		if !isIdentifier(p.token) && !isForeignString(p.token) {
			p.fail()
			return
		}
		p.take(p.token)
		if p.token == "?" {
			p.take("?")
		}
		p.expect(":", ": ")
		p.union(depth)
		if p.token != ";" && p.token != "," {
			p.out.WriteByte(' ')
			return
		}
		p.take("; ")
	}
}
