package golang

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// operationPlan is one operation: a method, a request struct, an interface of
// answers and a variable.
type operationPlan struct {
	op       *spec.Operation
	outbound bool   // a webhook or callback
	method   string // CreateMessage
	doc      []string

	request string // CreateMessageRequest
	fields  []*fieldPlan

	response string // CreateMessageResponse
	marker   string // createMessageResponse
	answers  []*answerUse

	variable string // createMessageOperation

	methodClaim, requestClaim, responseClaim, variableClaim, markerClaim *claim
}

// automatic reports an operation that the runtime answers by itself: it has no method.
func (o *operationPlan) automatic() bool {
	a := o.op.Actions
	return a != nil && a.History != nil && !a.History.ByHandler
}

// answerUse is an answer in one operation, under one status.
type answerUse struct {
	response *spec.Response
	answer   *answerPlan
	repeated bool // the operation declares the same component under another status too
}

// answerPlan is one emitted answer type: of one operation, or of a component
// that operations share. A shared one has a StatusCode as soon as any operation
// uses it where its status is open; with one declared status zero means that.
type answerPlan struct {
	component string // components.responses key; empty when it belongs to one operation
	name      string
	doc       []string
	response  *spec.Response
	status    bool // has a StatusCode
	fixed     bool // an operation declares one status for it
	stream    bool // success of a streaming operation: no body
	fields    []*fieldPlan
	claim     *claim
}

// collectOperations makes a plan for each operation, each tag and each shared
// response, without names yet.
func (p *plan) collectOperations() {
	shared := map[string]*answerPlan{}
	groups := map[string]*groupPlan{}
	for _, op := range sortedBy(p.api.Operations, func(o *spec.Operation) string { return o.ID }) {
		o := &operationPlan{op: op}
		p.operations = append(p.operations, o)
		p.collectAnswers(o, shared)
		if o.automatic() {
			continue
		}
		g := groups[op.Group]
		if g == nil {
			g = &groupPlan{tag: op.Group}
			groups[op.Group] = g
			p.groups = append(p.groups, g)
		}
		g.operations = append(g.operations, o)
	}
	p.collectOutbound(shared)
	p.groups = sortedBy(p.groups, func(g *groupPlan) string { return g.tag })
	for _, a := range shared {
		p.shared = append(p.shared, a)
	}
	p.shared = sortedBy(p.shared, func(a *answerPlan) string { return a.component })
}

// collectAnswers finds the answers of one operation. An operation that declares
// none gets a default one, so that its handler has something to return.
func (p *plan) collectAnswers(o *operationPlan, shared map[string]*answerPlan) {
	responses := o.op.Responses
	if len(responses) == 0 {
		responses = []*spec.Response{{Status: "default", Pos: o.op.Pos}}
	}
	uses := map[string]int{}
	for _, r := range responses {
		if r.Component != "" {
			uses[r.Component]++
		}
	}
	for _, r := range responses {
		streams := o.op.Actions != nil && o.op.Actions.Stream != nil && strings.HasPrefix(r.Status, "2")
		a := shared[r.Component]
		if r.Component == "" || streams || a != nil && !sameAnswer(a.response, r) {
			a = &answerPlan{response: r, stream: streams}
		} else if a == nil {
			a = &answerPlan{component: r.Component, response: r}
			shared[r.Component] = a
		}
		repeated := uses[r.Component] > 1
		a.status = a.status || varies(r.Status) || repeated
		a.fixed = a.fixed || !varies(r.Status) && !repeated
		o.answers = append(o.answers, &answerUse{response: r, answer: a, repeated: repeated})
	}
}

// sameAnswer reports whether two responses of one component are alike. Documents of
// several files may have two components of one name.
func sameAnswer(a, b *spec.Response) bool {
	return slices.EqualFunc(a.Content, b.Content, func(x, y *spec.Media) bool { return x.Type == y.Type && x.Schema == y.Schema }) &&
		slices.EqualFunc(a.Headers, b.Headers, func(x, y *spec.Header) bool { return x.Name == y.Name && x.Schema == y.Schema })
}

// nameMethods names the methods of all handler interfaces; Handler embeds them
// all, so they share one scope.
func (p *plan) nameMethods(operations []*operationPlan) {
	s := scope{}
	var first, rest []*claim
	for _, o := range operations {
		c := &claim{id: o.op.ID, want: wishes(o.stem(), "Operation"), pos: o.op.Pos,
			what: "operation " + strconv.Quote(o.op.ID), steer: "x-go-name"}
		o.methodClaim = c
		switch {
		case o.op.GoName == "":
			rest = append(rest, c)
		case isIdentifier(o.op.GoName):
			c.want, c.id = []string{o.op.GoName}, o.op.GoName+"\x00"+o.op.ID
			first = append(first, c)
		default:
			p.warn(o.op.Pos, "go-name-invalid", strconv.Quote(o.op.GoName)+" is not an exported Go identifier",
				"write a name such as "+exported(o.op.GoName, "Operation"))
			rest = append(rest, c)
		}
	}
	p.report(s.allocate(first))
	p.report(s.allocate(rest))
	for _, o := range operations {
		o.method = o.methodClaim.got
	}
}

// groupClaims are the names of tags' interfaces: MessagesHandler.
func (p *plan) groupClaims() []*claim {
	var claims []*claim
	for _, g := range p.groups {
		if g.tag == "" {
			continue
		}
		stem := exported(g.tag, "Tag")
		c := &claim{id: g.tag, want: dedupe([]string{stem + "Handler", spelledOut(g.tag, "Tag") + "Handler"}), other: []string{stem + "Operations"},
			what: "the handler of tag " + strconv.Quote(g.tag), pos: g.operations[0].op.Pos, advice: "give one of the tags another name"}
		g.claim = c
		claims = append(claims, c)
	}
	return claims
}

// sharedClaims are the names of shared responses: ProblemResponse.
func (p *plan) sharedClaims() []*claim {
	var claims []*claim
	for _, a := range p.shared {
		stem := sharedStem(a.component)
		a.claim = &claim{id: a.component, pos: a.response.Pos, what: "response " + strconv.Quote(a.component),
			want: dedupe([]string{stem + "Response", spelledOut(a.component, "Shared") + "Response"}), other: []string{stem + "Answer"}, advice: "give one of them another key in components"}
		claims = append(claims, a.claim)
	}
	return claims
}

// sharedStem is the name of a shared response without "Response", which follows:
// NotFoundResponse, not NotFoundResponseResponse.
func sharedStem(component string) string {
	stem := exported(component, "Shared")
	if stem != "Response" {
		stem = strings.TrimSuffix(stem, "Response")
	}
	return stem
}

// requestClaims are the names of request structs and answer interfaces.
func requestClaims(operations []*operationPlan) []*claim {
	var claims []*claim
	for _, o := range operations {
		what := "operation " + strconv.Quote(o.op.ID)
		o.requestClaim = &claim{id: o.method + "\x00request", pos: o.op.Pos, what: "the request of " + what,
			want: []string{o.method + "Request", o.method + "Input", o.method + "Call"}, steer: "x-go-name on either"}
		o.responseClaim = &claim{id: o.method + "\x00response", pos: o.op.Pos, what: "the answer of " + what,
			want: []string{o.method + "Response", o.method + "Output", o.method + "Answer"}, steer: "x-go-name on either"}
		claims = append(claims, o.requestClaim, o.responseClaim)
	}
	return claims
}

// answerClaims are the names of answers that belong to one operation.
func answerClaims(operations []*operationPlan) []*claim {
	var claims []*claim
	for _, o := range operations {
		for _, use := range o.answers {
			if use.answer.claim != nil {
				continue
			}
			use.answer.claim = &claim{id: o.method + "\x00" + use.response.Status, pos: use.response.Pos,
				what:  fmt.Sprintf("answer %s of operation %q", use.response.Status, o.op.ID),
				want:  statusWishes(o.method, use.response.Status),
				steer: "x-go-name on either"}
			claims = append(claims, use.answer.claim)
		}
	}
	return claims
}

// variableClaims are the unexported names: operation values and marker methods, which share a
// scope of their own because a shared answer has several.
func variableClaims(operations []*operationPlan, word string, markers scope) []*claim {
	var claims []*claim
	var marks []*claim
	for _, o := range operations {
		stem := unexported(o.method)
		o.variableClaim = &claim{id: o.method, what: "operation", want: []string{stem + word, o.method + word}}
		o.markerClaim = &claim{id: o.method, want: []string{stem + "Response"}}
		claims = append(claims, o.variableClaim)
		marks = append(marks, o.markerClaim)
	}
	markers.allocate(marks)
	return claims
}

// applyNames copies what the allocator decided into the plan.
func (p *plan) applyNames() {
	for _, d := range append(slices.Clone(p.decls), p.tuples...) {
		d.name = d.claim.got
		for _, v := range d.values {
			v.name = v.claim.got
		}
	}
	for _, g := range p.groups {
		if g.claim != nil {
			g.name = g.claim.got
		}
	}
	for _, o := range p.everyOperation() {
		o.request, o.response = o.requestClaim.got, o.responseClaim.got
		o.variable, o.marker = o.variableClaim.got, o.markerClaim.got
		for _, use := range o.answers {
			use.answer.name = use.answer.claim.got
		}
	}
}

// planOperations fills in fields and comments.
func (p *plan) planOperations() {
	for _, a := range p.shared {
		p.planAnswer(a)
		a.doc = p.sharedDoc(a)
	}
	for _, o := range p.operations {
		o.doc = operationDoc(o)
	}
	for _, o := range p.everyOperation() {
		p.planRequest(o)
		for _, use := range o.answers {
			if use.answer.component == "" {
				p.planAnswer(use.answer)
				use.answer.doc = answerDoc(use)
			}
		}
	}
	for _, g := range p.groups {
		g.doc = p.groupDoc(g)
	}
}
