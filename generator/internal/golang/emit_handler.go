package golang

import (
	"github.com/dave/jennifer/jen"
)

// emitHandlerFile prints what an application implements and what it is given.
func (p *plan) emitHandlerFile() *jen.File {
	f := p.newFile()
	f.Add(p.emitHandler()).Line()
	for _, g := range p.groups {
		if g.tag != "" {
			f.Add(p.emitGroup(g)).Line()
		}
	}
	f.Add(emitUnimplemented()).Line()
	for _, o := range p.operations {
		if !o.automatic() {
			f.Add(emitUnimplementedMethodOf("Unimplemented", o)).Line()
		}
	}
	for _, a := range p.shared {
		f.Add(emitAnswer(a)).Line()
	}
	for _, o := range p.operations {
		p.emitExchange(f, o)
	}
	return f
}

// emitHandler prints the interface that NewServer takes. Tags have interfaces of
// their own; operations without one are its methods.
//
//	// Handler is the application side of the Chat API.
//	type Handler interface {
//		MessagesHandler
//		RoomsHandler
//	}
func (p *plan) emitHandler() *jen.Statement {
	doc := comment("Handler is the application side of "+p.apiName()+". A method answers its operation, whether the call came "+
		"by HTTP or by socket; methods run concurrently.",
		"A method returns one of the answers that its operation declares, by value or by pointer, or an error: "+
			"a *rt.Problem whose status the operation declares is sent as it is, anything else becomes status 500 and its text stays "+
			"on the server.")
	return documented(doc, jen.Type().Id("Handler").InterfaceFunc(func(g *jen.Group) {
		for _, group := range p.groups {
			if group.tag != "" {
				g.Id(group.name)
			}
		}
		for _, group := range p.groups {
			if group.tag == "" {
				emitHandlerMethods(g, group.operations)
			}
		}
	}))
}

// emitGroup prints the interface of one tag.
func (p *plan) emitGroup(g *groupPlan) *jen.Statement {
	return documented(g.doc, jen.Type().Id(g.name).InterfaceFunc(func(body *jen.Group) {
		emitHandlerMethods(body, g.operations)
	}))
}

// emitHandlerMethods prints one method for each operation.
//
//	// CreateMessage posts a message to a room.
//	//
//	// POST /rooms/{roomId}/messages
//	CreateMessage(ctx context.Context, req *CreateMessageRequest) (CreateMessageResponse, error)
func emitHandlerMethods(g *jen.Group, list []*operationPlan) {
	for i, o := range list {
		if i > 0 {
			g.Line()
		}
		for _, line := range o.doc {
			g.Comment(line)
		}
		g.Id(o.method).Params(
			jen.Id("ctx").Qual("context", "Context"),
			jen.Id("req").Op("*").Id(o.request),
		).Params(jen.Id(o.response), jen.Error())
	}
}

// emitUnimplemented prints the struct that new operations hide behind.
func emitUnimplemented() *jen.Statement {
	doc := comment("Unimplemented answers every operation with status 501. Embed it in a handler, so that an operation which is new " +
		"in the document does not break the build before it is written.")
	return documented(doc, jen.Type().Id("Unimplemented").Struct())
}

// emitUnimplementedMethodOf prints one method of Unimplemented.
//
//	func (Unimplemented) CreateMessage(context.Context, *CreateMessageRequest) (CreateMessageResponse, error) {
//		return nil, rt.ErrUnimplemented
//	}
func emitUnimplementedMethodOf(receiver string, o *operationPlan) *jen.Statement {
	return jen.Func().Params(jen.Id(receiver)).Id(o.method).Params(
		jen.Qual("context", "Context"), jen.Op("*").Id(o.request),
	).Params(jen.Id(o.response), jen.Error()).Block(
		jen.Return(jen.Nil(), rt("ErrUnimplemented")),
	)
}

// emitExchange prints the request of an operation and its answers.
func (p *plan) emitExchange(f *jen.File, o *operationPlan) {
	f.Add(emitRequest(o)).Line()
	f.Add(emitResponse(o)).Line()
	f.Add(emitMarkers(o)).Line()
	for _, use := range o.answers {
		if use.answer.component == "" {
			f.Add(emitAnswer(use.answer)).Line()
		}
	}
}

// emitRequest prints what an operation receives.
//
//	// CreateMessageRequest is what createMessage receives.
//	type CreateMessageRequest struct {
//		RoomID rt.UUID           `path:"roomId"`
//		Body   CreateMessageBody `body:"application/json"`
//	}
func emitRequest(o *operationPlan) *jen.Statement {
	doc := o.request + " is what " + o.op.ID + " receives."
	if o.automatic() {
		doc += " The runtime answers it; a Handler has no method for it."
	}
	return documented(comment(doc),
		jen.Type().Id(o.request).Add(structBody(o.fields)))
}

// emitResponse prints the interface that the answers of an operation implement.
//
//	// CreateMessageResponse is [CreateMessageCreated] (201) or [ProblemResponse] (default).
//	type CreateMessageResponse interface{ createMessageResponse() }
func emitResponse(o *operationPlan) *jen.Statement {
	return documented(responseDoc(o), jen.Type().Id(o.response).Op("interface").Add(oneLine(jen.Id(o.marker).Params())))
}

// emitAnswer prints one answer.
//
//	// CreateMessageCreated answers 201: Created.
//	type CreateMessageCreated struct {
//		Location *string `header:"Location"`
//		Body     Message `body:"application/json"`
//	}
func emitAnswer(a *answerPlan) *jen.Statement {
	return documented(a.doc, jen.Type().Id(a.name).Add(structBody(a.fields)))
}

// emitMarkers prints the methods that make types the answers of an operation.
//
//	func (CreateMessageCreated) createMessageResponse() {}
//	func (ProblemResponse) createMessageResponse()      {}
func emitMarkers(o *operationPlan) *jen.Statement {
	s := &jen.Statement{}
	marked := map[string]bool{}
	for _, use := range o.answers {
		if name := use.answer.name; !marked[name] {
			marked[name] = true
			s.Func().Params(jen.Id(name)).Id(o.marker).Params().Op("{}").Line()
		}
	}
	return s
}
