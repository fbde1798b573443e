package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"
)

// emitChannels prints a type for each channel.
func (p *plan) emitChannels() *jen.File {
	if len(p.channels) == 0 {
		return nil
	}
	f := p.newFile()
	for _, c := range p.channels {
		f.Add(emitChannel(c)).Line()
		f.Add(emitNewChannel(c)).Line()
		for _, e := range c.events {
			f.Add(emitPublisher(c, e)).Line()
		}
		if c.page != nil {
			f.Add(emitHistory(c)).Line()
		}
	}
	return f
}

// emitChannel prints the type whose methods concern one channel.
//
//	// RoomChannel is the channel rooms/{roomId}.
//	type RoomChannel struct{ rt.Channel }
func emitChannel(c *channelPlan) *jen.Statement {
	return documented(c.doc, jen.Type().Id(c.name).Op("struct").Add(oneLine(rt("Channel"))))
}

// emitNewChannel prints the constructor, which takes the parameters of the address.
//
//	// NewRoomChannel is one channel of a server, picked by its parameters.
//	func NewRoomChannel(s *rt.Server, roomID rt.UUID) RoomChannel {
//		return RoomChannel{rt.NewChannel(s, "room", roomID)}
//	}
func emitNewChannel(c *channelPlan) *jen.Statement {
	name := c.newClaim.got
	doc := comment(fmt.Sprintf("%s is the channel %s of a server.", name, c.channel.Template))
	return documented(doc, jen.Func().Id(name).ParamsFunc(func(g *jen.Group) {
		g.Id("s").Op("*").Add(rt("Server"))
		for _, q := range c.params {
			g.Id(q.name).Add(q.typ.code())
		}
	}).Id(c.name).Block(jen.Return(jen.Id(c.name).Values(rt("NewChannel").CallFunc(func(g *jen.Group) {
		g.Id("s")
		g.Lit(c.channel.Name)
		for _, q := range c.params {
			g.Id(q.name)
		}
	})))))
}

// emitPublisher prints the typed publisher of an event.
//
//	// PublishMessageCreated publishes message.created.
//	func (c RoomChannel) PublishMessageCreated(ctx context.Context, data Message, opts ...rt.PublishOption) (rt.Position, error) {
//		return rt.PublishEvent(ctx, c.Channel, "message.created", &data, opts...)
//	}
func emitPublisher(c *channelPlan, e *eventPlan) *jen.Statement {
	return documented(e.doc, jen.Func().Params(jen.Id("c").Id(c.name)).Id(e.method).Params(
		jen.Id("ctx").Qual("context", "Context"),
		jen.Id("data").Add(e.typ.code()),
		jen.Id("opts").Op("...").Add(rt("PublishOption")),
	).Params(rt("Position"), jen.Error()).Block(
		jen.Return(rt("PublishEvent").Call(
			jen.Id("ctx"), jen.Id("c").Dot("Channel"), jen.Lit(e.event.Name), jen.Op("&").Id("data"), jen.Id("opts").Op("..."),
		)),
	))
}

// emitHistory prints the reader of a channel's history.
//
//	// History returns a page of the events that the channel keeps, which is what listEvents answers with. …
//	func (c RoomChannel) History(ctx context.Context, page rt.HistoryPage) (*RoomPage, error) {
//		return rt.HistoryAs[RoomPage](ctx, c.Channel, "room.page", page)
//	}
func emitHistory(c *channelPlan) *jen.Statement {
	return documented(c.page.doc, jen.Func().Params(jen.Id("c").Id(c.name)).Id("History").Params(
		jen.Id("ctx").Qual("context", "Context"),
		jen.Id("page").Add(rt("HistoryPage")),
	).Params(jen.Op("*").Add(c.page.typ.code()), jen.Error()).Block(
		jen.Return(rt("HistoryAs").Types(c.page.typ.code()).Call(
			jen.Id("ctx"), jen.Id("c").Dot("Channel"), jen.Lit(c.page.schema), jen.Id("page"),
		)),
	))
}
