package golang

import (
	"strconv"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// outboundPlan is what the server of the API sends and its clients answer: the webhooks of a
// document, or its callbacks. Each of the two becomes a sender, a handler and a server.
type outboundPlan struct {
	word       string // "Webhook" or "Callback"
	operations []*operationPlan
	urls       map[*operationPlan]*claim // of callbacks: the function that finds out where to
	templates  map[*operationPlan]string // of callbacks: the document's key
	paths      map[string]bool           // of the receiving server
}

// names are the identifiers that people write by hand, as infrastructure is for operations.
func (b *outboundPlan) sender() string        { return b.word + "Sender" }
func (b *outboundPlan) newSender() string     { return "New" + b.word + "Sender" }
func (b *outboundPlan) handler() string       { return b.word + "Handler" }
func (b *outboundPlan) unimplemented() string { return "Unimplemented" + b.word + "s" }
func (b *outboundPlan) newServer() string     { return "New" + b.word + "Server" }
func (b *outboundPlan) things() string        { return strings.ToLower(b.word) + "s" }

// outbound lists what the document has of the two.
func (p *plan) outbound() []*outboundPlan {
	var list []*outboundPlan
	for _, b := range []*outboundPlan{p.webhooks, p.callbacks} {
		if b != nil {
			list = append(list, b)
		}
	}
	return list
}

// everyOperation is the operations of the API, then what it sends.
func (p *plan) everyOperation() []*operationPlan {
	list := p.operations[:len(p.operations):len(p.operations)]
	for _, b := range p.outbound() {
		list = append(list, b.operations...)
	}
	return list
}

// collectOutbound makes the plans of webhooks and callbacks, without names yet.
func (p *plan) collectOutbound(shared map[string]*answerPlan) {
	p.webhooks = p.newOutbound("Webhook", p.api.Webhooks, shared)
	var callbacks []*spec.Operation
	var collect func([]*spec.Operation)
	collect = func(list []*spec.Operation) {
		for _, op := range list {
			callbacks = append(callbacks, op.Callbacks...)
			collect(op.Callbacks)
		}
	}
	collect(p.api.Operations)
	p.callbacks = p.newOutbound("Callback", callbacks, shared)
}

func (p *plan) newOutbound(word string, list []*spec.Operation, shared map[string]*answerPlan) *outboundPlan {
	if len(list) == 0 {
		return nil
	}
	b := &outboundPlan{word: word, paths: map[string]bool{}, urls: map[*operationPlan]*claim{}, templates: map[*operationPlan]string{}}
	for _, op := range sortedBy(list, func(o *spec.Operation) string { return o.ID }) {
		o := &operationPlan{outbound: true}
		b.templates[o] = op.Path.Template
		o.op = b.received(op)
		p.collectAnswers(o, shared)
		b.operations = append(b.operations, o)
	}
	return b
}

// received is an operation as its receiver serves it: under a path of its own, since the document
// names none, or one that only the call before can tell. Path parameters are part of that URL.
func (b *outboundPlan) received(op *spec.Operation) *spec.Operation {
	sent := *op
	sent.Actions, sent.Params = nil, nil
	for _, q := range op.Params {
		if q.In != spec.InPath {
			sent.Params = append(sent.Params, q)
		}
	}
	path := "/" + strings.ReplaceAll(plainPath(stemOf(op.ID, op.Method)), ".", "/")
	for b.paths[op.Method+path] {
		path += "-"
	}
	b.paths[op.Method+path] = true
	sent.Path = spec.Path{Template: path}
	return &sent
}

// plainPath keeps what stands in a path as it is, and puts a hyphen for anything else.
func plainPath(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (identRune(r) || r == '-' || r == '.') {
			return r
		}
		return '-'
	}, strings.Trim(s, "."))
}

// stem is what the names of an operation are made of.
func (o *operationPlan) stem() string {
	if o.outbound {
		return stemOf(o.op.ID, o.op.Method)
	}
	return o.op.ID
}

// stemOf leaves out the method that the loader puts behind the name of a callback.
func stemOf(id, method string) string {
	if stem := strings.TrimSuffix(id, "."+strings.ToLower(method)); stem != "" {
		return stem
	}
	return id
}

// reserveOutbound keeps the names of senders, handlers and servers for themselves.
func (p *plan) reserveOutbound(s scope) {
	for _, b := range p.outbound() {
		for _, name := range []string{b.sender(), b.newSender(), b.handler(), b.unimplemented(), b.newServer()} {
			s[name] = nil
		}
	}
}

// nameOutbound names what belongs to webhooks and callbacks, after everything else: a webhook
// more in a document renames no operation.
func (p *plan) nameOutbound(give func([]*claim), markers scope) {
	for _, b := range p.outbound() {
		p.nameMethods(b.operations)
		give(requestClaims(b.operations))
		give(answerClaims(b.operations))
		give(variableClaims(b.operations, b.word, markers))
		if b == p.callbacks {
			give(b.urlClaims())
		}
	}
}

func (b *outboundPlan) urlClaims() []*claim {
	var claims []*claim
	for _, o := range b.operations {
		c := &claim{id: o.method, pos: o.op.Pos, what: "the URL of callback " + strconv.Quote(o.op.ID),
			want: []string{o.method + "URL", o.method + "CallbackURL"}, steer: "x-go-name"}
		b.urls[o] = c
		claims = append(claims, c)
	}
	return claims
}

// planOutbound fills in comments; planOperations has done the rest.
func (p *plan) planOutbound() {
	for _, b := range p.outbound() {
		for _, o := range b.operations {
			o.doc = b.methodDoc(o, "receives")
		}
	}
}

// methodDoc is the comment of one method of the sender or the handler.
func (b *outboundPlan) methodDoc(o *operationPlan, verb string) []string {
	list := []string{answersWith(o.method, verb+" the "+strings.ToLower(b.word)+" "+o.stem(), o.op.Doc)}
	if o.op.Doc.Deprecated {
		list = append(list, deprecated)
	}
	return comment(list...)
}
