package golang

import (
	"fmt"
	"time"

	"github.com/dave/jennifer/jen"
	"github.com/rtgen/rtgen/spec"
)

// emitServer prints the document's description and the constructor.
func (p *plan) emitServer() *jen.File {
	f := p.newFile()
	f.Add(emitHandshake()).Line()
	f.Add(p.emitAPI()).Line()
	f.Add(p.emitNewServer()).Line()
	for _, s := range p.security {
		f.Add(emitSecurity(s)).Line()
	}
	return f
}

// emitHandshake prints the line that fails to compile when emitted code and the
// runtime do not belong together.
//
//	// This file and the runtime must agree. …
//	const _ = rt.EmittedV1
func emitHandshake() *jen.Statement {
	doc := comment("This package and the runtime must agree. If the next line does not compile, run go generate again, or update the " +
		"rtgen module.")
	return documented(doc, jen.Const().Id("_").Op("=").Add(rt("EmittedV1")))
}

// emitAPI prints what the runtime must know of the document as a whole.
//
//	// api is what the document says of all operations.
//	var api = rt.API{
//		Title:       "Chat",
//		Version:     "1.0.0",
//		Fingerprint: "9f2c…",
//		Schemas:     schemas,
//		…
//	}
func (p *plan) emitAPI() *jen.Statement {
	var schemes []*jen.Statement
	for _, s := range p.security {
		in := jen.Null()
		if s.scheme.In != "" {
			in = place(spec.In(s.scheme.In))
		} else {
			in = nil
		}
		schemes = append(schemes, inline(nil,
			member{"Name", jen.Lit(s.scheme.Name)},
			member{"Type", jen.Lit(s.scheme.Type)},
			member{"Scheme", str(s.scheme.Scheme)},
			member{"In", in},
			member{"Param", str(s.scheme.Param)},
		))
	}
	return documented(comment("api is what the document says of all operations."), jen.Var().Id("api").Op("=").Add(literal(rt("API"),
		member{"Title", str(p.api.Title)},
		member{"Version", str(p.api.Version)},
		member{"Fingerprint", str(p.api.Fingerprint)},
		member{"Schemas", jen.Id("schemas")},
		member{"Security", rows(jen.Index().Add(rt("SecurityScheme")), schemes)},
		member{"Realtime", p.realtime()},
	)))
}

// realtime is the socket side of the document, nil when it has none.
func (p *plan) realtime() *jen.Statement {
	r := p.api.Realtime
	if r == nil {
		return nil
	}
	var channels []*jen.Statement
	for _, c := range p.channels {
		channels = append(channels, channelSpec(c))
	}
	return literal(jen.Op("&").Add(rt("Realtime")),
		member{"Endpoint", str(r.Endpoint)},
		member{"Stream", str(r.Stream)},
		member{"Security", requirements(r.Security)},
		member{"Heartbeat", duration(r.Heartbeat)},
		member{"Limits", limits(r.Limits)},
		member{"Channels", rows(jen.Index().Add(rt("ChannelSpec")), channels)},
	)
}

func limits(l spec.Limits) *jen.Statement {
	if l == (spec.Limits{}) {
		return nil
	}
	return inline(rt("Limits"),
		member{"Message", count(l.Message)},
		member{"Inflight", count(l.Inflight)},
		member{"Channels", count(l.Channels)},
		member{"Batch", count(l.Batch)},
		member{"Queue", count(l.Queue)},
		member{"Rate", rate(l.Rate)},
	)
}

// rate is "5/s" or "5/m", nil for none.
func rate(r spec.Rate) *jen.Statement {
	switch {
	case r.N == 0:
		return nil
	case r.Per == time.Minute:
		return jen.Lit(fmt.Sprintf("%d/m", r.N))
	}
	return jen.Lit(fmt.Sprintf("%d/s", r.N))
}

// channelSpec is a channel as data.
//
//	{
//		Name:    "room",
//		Address: "rooms/{roomId}",
//		Params:  []rt.Param{{Name: "roomId", Schema: "room.roomId"}},
//		Events: []rt.EventSpec{
//			{Name: "message.created", Schema: "Message", Key: new("/id")},
//		},
//	},
func channelSpec(c *channelPlan) *jen.Statement {
	ch := c.channel
	var params, events []*jen.Statement
	for _, q := range ch.Params {
		params = append(params, inline(nil, member{"Name", jen.Lit(q.Name)}, member{"Schema", str(q.Schema)}))
	}
	for _, e := range c.events {
		ev := e.event.Event
		var key *jen.Statement
		if ev.HasKey {
			key = jen.New(jen.Lit(ev.Key))
		}
		events = append(events, inline(nil,
			member{"Name", jen.Lit(e.event.Name)},
			member{"Schema", str(ev.Schema)},
			member{"Key", key},
			member{"Version", str(ev.Version)},
			member{"Volatile", yes(ev.Volatile)},
		))
	}
	return literal(&jen.Statement{},
		member{"Name", jen.Lit(ch.Name)},
		member{"Address", jen.Lit(ch.Template)},
		member{"Params", compactRows(jen.Index().Add(rt("Param")), params)},
		member{"Security", requirements(ch.Security)},
		member{"Reauthorize", duration(ch.Reauthorize)},
		member{"History", count(ch.HistorySize)},
		member{"TTL", duration(ch.HistoryTTL)},
		member{"Recovery", str(nonDefault(ch.Recovery, "none"))},
		member{"Overflow", str(nonDefault(ch.Overflow, "disconnect"))},
		member{"Presence", presenceSpec(ch.Presence)},
		member{"NoEcho", yes(!ch.Echo)},
		member{"Rate", rate(ch.Rate)},
		member{"Events", rows(jen.Index().Add(rt("EventSpec")), events)},
	)
}

// presenceSpec is the member list of a channel, nil for none.
func presenceSpec(pr *spec.Presence) *jen.Statement {
	if pr == nil {
		return nil
	}
	identity := ""
	if pr.Identity != nil {
		identity = pr.Identity.Text
	}
	return inline(jen.Op("&").Add(rt("PresenceSpec")),
		member{"Visibility", str(pr.Visibility)},
		member{"Identity", str(identity)},
		member{"InfoSchema", str(pr.InfoSchema)},
		member{"Grace", duration(pr.Grace)},
		member{"Max", count(pr.Max)},
	)
}

// emitNewServer prints the constructor, which binds every operation once.
//
//	// NewServer serves the Chat API through h, over HTTP and WebSocket.
//	func NewServer(h Handler, opts ...rt.Option) *rt.Server {
//		return rt.NewServer(&api, []rt.Binding{
//			rt.Bind(&createMessageOperation, h.CreateMessage),
//			rt.BindHistory[ListEventsRequest](&listEventsOperation),
//		}, opts...)
//	}
func (p *plan) emitNewServer() *jen.Statement {
	how := "over HTTP."
	if p.api.Realtime != nil {
		how = "over HTTP and WebSocket alike."
	}
	doc := comment("NewServer serves " + p.apiName() + " through h, " + how +
		" The server is an http.Handler; its Shutdown ends what is still running.")
	var binds []*jen.Statement
	for _, o := range p.operations {
		if o.automatic() {
			binds = append(binds, rt("BindHistory").Types(jen.Id(o.request)).Call(jen.Op("&").Id(o.variable)))
			continue
		}
		binds = append(binds, rt("Bind").Call(jen.Op("&").Id(o.variable), jen.Id("h").Dot(o.method)))
	}
	list := rows(jen.Index().Add(rt("Binding")), binds)
	if list == nil {
		list = jen.Nil()
	}
	return documented(doc, jen.Func().Id("NewServer").Params(jen.Id("h").Id("Handler"), jen.Id("opts").Op("...").Add(rt("Option"))).
		Op("*").Add(rt("Server")).Block(
		jen.Return(rt("NewServer").Call(jen.Op("&").Id("api"), list, jen.Id("opts").Op("..."))),
	))
}

// emitSecurity prints the option that checks the credentials of one scheme.
//
//	// WithBearer checks the credentials of security scheme bearer.
//	func WithBearer(check func(ctx context.Context, c rt.BearerCredentials) (*rt.Identity, error)) rt.Option {
//		return rt.WithSecurity("bearer", check)
//	}
func emitSecurity(s *securityPlan) *jen.Statement {
	list := []string{
		fmt.Sprintf("%s checks the credentials of security scheme %s. An operation that asks for it is answered only after check "+
			"returned an identity; an error is status 401, or the problem that it is.", s.claim.got, s.scheme.Name),
		prose(s.scheme.Doc),
	}
	if s.scheme.Doc.Deprecated {
		list = append(list, deprecated)
	}
	return documented(comment(list...), jen.Func().Id(s.claim.got).Params(
		jen.Id("check").Func().Params(
			jen.Id("ctx").Qual("context", "Context"), jen.Id("c").Add(rt(s.credentials)),
		).Params(jen.Op("*").Add(rt("Identity")), jen.Error()),
	).Add(rt("Option")).Block(
		jen.Return(rt("WithSecurity").Call(jen.Lit(s.scheme.Name), jen.Id("check"))),
	))
}
