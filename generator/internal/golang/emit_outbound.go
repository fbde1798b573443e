package golang

import (
	"strings"

	"github.com/dave/jennifer/jen"
)

func (p *plan) emitWebhooks() *jen.File  { return p.emitOutbound(p.webhooks) }
func (p *plan) emitCallbacks() *jen.File { return p.emitOutbound(p.callbacks) }

// emitOutbound prints both sides of webhooks or callbacks: the sender, and what receives.
func (p *plan) emitOutbound(b *outboundPlan) *jen.File {
	if b == nil {
		return nil
	}
	f := p.newFile()
	f.Add(p.emitSender(b)).Line()
	f.Add(emitNewSender(b)).Line()
	for _, o := range b.operations {
		f.Add(emitSend(b, o)).Line()
		if b == p.callbacks {
			f.Add(emitCallbackURL(b, o)).Line()
		}
	}
	f.Add(p.emitReceiver(b)).Line()
	f.Add(emitUnimplementedReceiver(b)).Line()
	for _, o := range b.operations {
		f.Add(emitUnimplementedMethodOf(b.unimplemented(), o)).Line()
	}
	f.Add(p.emitNewReceiver(b)).Line()
	for _, o := range b.operations {
		p.emitExchange(f, o)
	}
	for _, o := range b.operations {
		f.Add(emitOperation(o, false)).Line()
	}
	return f
}

// emitSender prints the type that sends.
//
//	// WebhookSender sends the webhooks of the Pets API to those who have asked for them. …
//	type WebhookSender struct{ sender *rt.Sender }
func (p *plan) emitSender(b *outboundPlan) *jen.Statement {
	doc := comment(b.sender()+" sends the "+b.things()+" of "+p.apiName()+" to those who have asked for them. Make one with "+
		b.newSender()+" and keep it: it is safe for concurrent use.",
		"Its methods check the request against the document, send it to a URL and return the answer, by value. An error that is no "+
			"*rt.SendError says that nothing was sent. Nothing is repeated.")
	return documented(doc, jen.Type().Id(b.sender()).Struct(jen.Id("sender").Op("*").Add(rt("Sender"))))
}

// emitNewSender prints its constructor.
//
//	// NewWebhookSender returns a sender. …
//	func NewWebhookSender(opts ...rt.SenderOption) WebhookSender {
//		return WebhookSender{rt.NewSender(&api, opts...)}
//	}
func emitNewSender(b *outboundPlan) *jen.Statement {
	doc := comment(b.newSender() + " returns a sender, by default one that connects to public addresses only: see rt.WithClient, and " +
		"rt.WithSigner for signatures.")
	return documented(doc, jen.Func().Id(b.newSender()).Params(jen.Id("opts").Op("...").Add(rt("SenderOption"))).Id(b.sender()).Block(
		jen.Return(jen.Id(b.sender()).Values(rt("NewSender").Call(jen.Op("&").Id("api"), jen.Id("opts").Op("..."))))))
}

// emitSend prints the method for one webhook.
//
//	// NewPet sends the webhook newPet.
//	func (s WebhookSender) NewPet(ctx context.Context, url string, req *NewPetRequest) (NewPetResponse, error) {
//		return rt.Send[NewPetResponse](ctx, s.sender, &newPetWebhook, url, req)
//	}
func emitSend(b *outboundPlan, o *operationPlan) *jen.Statement {
	return documented(b.methodDoc(o, "sends"), jen.Func().Params(jen.Id("s").Id(b.sender())).Id(o.method).Params(
		jen.Id("ctx").Qual("context", "Context"), jen.Id("url").String(), jen.Id("req").Op("*").Id(o.request),
	).Params(jen.Id(o.response), jen.Error()).Block(
		jen.Return(rt("Send").Types(jen.Id(o.response)).Call(
			jen.Id("ctx"), jen.Id("s").Dot("sender"), jen.Op("&").Id(o.variable), jen.Id("url"), jen.Id("req"))),
	))
}

// emitCallbackURL prints the function that finds out where a callback goes.
//
//	// SubscribeOnEventURL is where the callback goes, from the call whose handler runs: "{$request.body#/url}".
//	func SubscribeOnEventURL(ctx context.Context) (string, error) {
//		return rt.CallbackURL(ctx, "{$request.body#/url}", nil)
//	}
func emitCallbackURL(b *outboundPlan, o *operationPlan) *jen.Statement {
	template, name := b.templates[o], b.urls[o].got
	params, answer := []jen.Code{jen.Id("ctx").Qual("context", "Context")}, jen.Nil()
	text := name + " is where " + o.method + " goes: " + template + ". Call it in the handler whose request it is about, while it runs."
	if strings.Contains(template, "$response") || strings.Contains(template, "$statusCode") {
		params, answer = append(params, jen.Id("answer").Any()), jen.Id("answer")
		text += " Answer is what that handler is going to return."
	}
	return documented(comment(text), jen.Func().Id(name).Params(params...).Params(jen.String(), jen.Error()).Block(
		jen.Return(rt("CallbackURL").Call(jen.Id("ctx"), jen.Lit(template), answer))))
}

// emitReceiver prints the interface of those who receive.
//
//	// WebhookHandler receives the webhooks of the Pets API: …
//	type WebhookHandler interface {…}
func (p *plan) emitReceiver(b *outboundPlan) *jen.Statement {
	doc := comment(b.handler() + " receives the " + b.things() + " of " + p.apiName() +
		", in a program that uses the API. Methods run concurrently and answer as those of Handler do.")
	return documented(doc, jen.Type().Id(b.handler()).InterfaceFunc(func(g *jen.Group) { emitHandlerMethods(g, b.operations) }))
}

func emitUnimplementedReceiver(b *outboundPlan) *jen.Statement {
	doc := comment(b.unimplemented() + " answers all " + b.things() + " with status 501. Embed it in a " + b.handler() + ".")
	return documented(doc, jen.Type().Id(b.unimplemented()).Struct())
}

// emitNewReceiver prints the constructor of the receiving server.
//
//	// NewWebhookServer serves the webhooks of the Pets API through h: …
//	func NewWebhookServer(h WebhookHandler, opts ...rt.Option) *rt.Server {
//		return rt.NewReceiver(&api, []rt.Binding{
//			rt.Bind(&newPetWebhook, h.NewPet),
//		}, opts...)
//	}
func (p *plan) emitNewReceiver(b *outboundPlan) *jen.Statement {
	list := []string{b.newServer() + " serves the " + b.things() + " of " + p.apiName() + " through h. The document does not say under " +
		"which paths, so each has one after its name, below the base path of the options:"}
	var paths []string
	for _, o := range b.operations {
		paths = append(paths, "//\t"+o.op.Method+" "+o.op.Path.Template)
	}
	doc := append(append(comment(list...), "//"), paths...)
	var binds []*jen.Statement
	for _, o := range b.operations {
		binds = append(binds, rt("Bind").Call(jen.Op("&").Id(o.variable), jen.Id("h").Dot(o.method)))
	}
	return documented(doc, jen.Func().Id(b.newServer()).Params(jen.Id("h").Id(b.handler()), jen.Id("opts").Op("...").Add(rt("Option"))).
		Op("*").Add(rt("Server")).Block(
		jen.Return(rt("NewReceiver").Call(jen.Op("&").Id("api"), rows(jen.Index().Add(rt("Binding")), binds), jen.Id("opts").Op("..."))),
	))
}
