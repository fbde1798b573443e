package golang

import (
	"strconv"

	"github.com/rtgen/rtgen/spec"
)

// serverPlan is one server of the document: a constant, or a struct of its variables.
type serverPlan struct {
	server *spec.Server
	name   string
	fields []*fieldPlan // in the order of the variables
	claim  *claim
}

// collectServers leaves out what says nothing: the root of wherever the document was found.
func (p *plan) collectServers() {
	for _, s := range p.api.Servers {
		if s.URL != "" && s.URL != "/" {
			p.servers = append(p.servers, &serverPlan{server: s})
		}
	}
}

func (p *plan) serverClaims() []*claim {
	var claims []*claim
	for _, s := range p.servers {
		stem := exported(s.server.Label(), "Main")
		s.claim = &claim{id: s.server.Label() + "\x00" + s.server.URL, pos: s.server.Pos, what: "server " + strconv.Quote(s.server.URL),
			want: []string{stem + "Server", stem + "ServerURL"}, steer: "name on the server"}
		claims = append(claims, s.claim)
	}
	return claims
}

// planServers gives every variable a field.
func (p *plan) planServers() {
	for _, s := range p.servers {
		s.name = s.claim.got
		scope := newScope("URL")
		var claims []*claim
		for _, v := range s.server.Variables {
			text := prose(v.Doc)
			if v.Default != "" {
				text = endSentence(text) + " Empty: " + v.Default + "."
			}
			f := &fieldPlan{typ: builtin("string"), doc: comment(text), claim: &claim{id: v.Name, want: wishes(v.Name, "Variable"),
				other: []string{exported(v.Name, "Variable") + "Variable"}, what: "server variable " + strconv.Quote(v.Name), pos: s.server.Pos}}
			claims = append(claims, f.claim)
			s.fields = append(s.fields, f)
		}
		p.report(scope.allocate(claims))
		applyFields(s.fields)
	}
}
