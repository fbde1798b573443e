package golang

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// declDoc is the comment of a type.
func (p *plan) declDoc(d *declPlan) []string {
	doc := p.ownProse(d)
	list := []string{sentence(d.name, doc, p.declFallback(d))}
	if d.form == enumForm && d.shape.(*spec.Enum).Open {
		list = append(list, "Other values than the constants are valid.")
	}
	if d.methods == literalMethods {
		list = append(list, "Its values are JSON texts.")
	}
	if u, ok := d.shape.(*spec.Union); ok && d.form == structForm {
		note := "Exactly one field is set."
		if u.Discriminator != "" {
			note = fmt.Sprintf("Exactly one field is set; %s tells which.", u.Discriminator)
		}
		if doc == "" {
			list[0] += " " + note
		} else {
			list = append(list, note)
		}
	}
	if d.decl.Doc.Deprecated {
		list = append(list, deprecated)
	}
	if d.shared {
		root, _, _ := strings.Cut(d.place, ".")
		if note := "Other places of " + root + " have this shape too."; doc == "" {
			list[0] += " " + note
		} else {
			list = append(list, note)
		}
	}
	if doc == "" && len(list) == 1 {
		// A long name and a few words stay on one line: breaking after the name
		// helps nobody.
		return []string{"// " + oneLineText(list[0])}
	}
	return comment(list...)
}

// oneLineText is cleaned text without line breaks.
func oneLineText(s string) string { return strings.Join(strings.Fields(cleanText(s)), " ") }

// ownProse is what the document says of a type. An inline type whose only place of
// use says the same is not described twice, and a title that is one identifier says
// nothing that a place does not.
func (p *plan) ownProse(d *declPlan) string {
	doc := prose(untitled(d.decl.Doc))
	if !d.decl.Component && doc == p.said[d.decl] {
		return ""
	}
	return doc
}

// untitled drops a title that is one identifier.
func untitled(doc spec.Doc) spec.Doc {
	if !strings.ContainsAny(strings.TrimSpace(doc.Summary), " \t\n") {
		doc.Summary = ""
	}
	return doc
}

// declFallback describes a type that the document does not describe, by its place.
func (p *plan) declFallback(d *declPlan) string {
	if d.decl.Component {
		if d.place == d.name {
			return "is a schema of " + p.apiName() + "."
		}
		return "is the schema " + d.place + "."
	}
	i := strings.LastIndexByte(d.place, '.')
	if i < 0 {
		return "is the shape of " + d.place + "."
	}
	owner, part := d.place[:i], d.place[i+1:]
	if j := strings.LastIndexByte(owner, '.'); j >= 0 {
		owner = owner[j+1:] // the name has the rest of the place in it
	}
	switch {
	case p.events[d.decl] != "":
		return "is the payload of event " + p.events[d.decl] + "."
	case part == "body":
		return "is the body of " + owner + "."
	case part == "item":
		return "is an item of " + owner + "."
	case strings.HasPrefix(part, "variant") && strings.Trim(part[len("variant"):], "0123456789") == "":
		return "is a variant of " + owner + "."
	}
	return "is " + part + " of " + owner + "."
}

// apiName is how comments call the API: "the Chat API".
func (p *plan) apiName() string {
	title := strings.Join(strings.Fields(cleanText(p.api.Title)), " ")
	switch {
	case title == "":
		return "the API"
	case strings.HasSuffix(strings.ToLower(title), "api"):
		return "the " + strings.TrimPrefix(strings.TrimPrefix(title, "The "), "the ")
	}
	return "the " + strings.TrimPrefix(strings.TrimPrefix(title, "The "), "the ") + " API"
}

// operationDoc is the comment of a handler method; its last line is where the
// operation lives on the wire.
func operationDoc(o *operationPlan) []string {
	text := prose(o.op.Doc)
	if !strings.Contains(text, "\n") { // a summary alone, as a rule, and without a full stop
		text = endSentence(text)
	}
	list := []string{
		action(o.method, text, "answers "+o.op.ID+"."),
		o.op.Method + " " + o.op.Path.Template,
	}
	if o.op.Doc.Deprecated {
		list = append(list, deprecated)
	}
	return comment(list...)
}

// paramDoc is the comment of a parameter's field; none when nothing is said.
func paramDoc(q *spec.Param) []string {
	list := []string{prose(q.Doc)}
	if q.Default != nil && len(q.Default) <= 60 {
		list[0] = strings.TrimSpace(endSentence(list[0]) + " Without it, " + string(q.Default) + ".")
	}
	if q.Doc.Deprecated {
		list = append(list, deprecated)
	}
	return comment(list...)
}

// answerDoc is the comment of an answer that belongs to one operation.
func answerDoc(use *answerUse) []string {
	list := []string{answersWith(use.answer.name, "answers "+statusText(use.response.Status), use.response.Doc)}
	return comment(append(list, linkDocs(use.response)...)...)
}

// sharedDoc is the comment of an answer that operations share.
func (p *plan) sharedDoc(a *answerPlan) []string {
	what := "is the answer " + a.component + " that operations share"
	list := []string{answersWith(a.name, what, a.response.Doc)}
	if a.status && a.fixed {
		list = append(list, "StatusCode may stay zero where an operation declares one status for it.")
	}
	return comment(append(list, linkDocs(a.response)...)...)
}

func answersWith(name, what string, doc spec.Doc) string {
	if text := prose(doc); text != "" {
		return name + " " + what + ": " + endSentence(text)
	}
	return name + " " + what + "."
}

// statusText says a declared status in prose.
func statusText(status string) string {
	switch {
	case status == "default":
		return "with any other status"
	case varies(status):
		return "with a " + status + " status"
	}
	return status
}

// responseDoc is the comment of an answer interface: its implementations.
func responseDoc(o *operationPlan) []string {
	var list []string
	for _, use := range o.answers {
		list = append(list, fmt.Sprintf("[%s] (%s)", use.answer.name, use.response.Status))
	}
	if len(list) == 1 {
		return comment(fmt.Sprintf("%s is %s.", o.response, list[0]))
	}
	last := len(list) - 1
	return comment(fmt.Sprintf("%s is %s or %s.", o.response, strings.Join(list[:last], ", "), list[last]))
}

// groupDoc is the comment of a handler interface.
func (p *plan) groupDoc(g *groupPlan) []string {
	if g.tag == "" {
		return nil
	}
	list := []string{fmt.Sprintf("%s is the application side of the operations tagged %s.", g.name, strconv.Quote(g.tag))}
	for _, t := range p.api.Tags {
		if t.Name == g.tag {
			list = append(list, prose(t.Doc))
		}
	}
	return comment(list...)
}
