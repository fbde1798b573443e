package golang

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/dave/jennifer/jen"
	"github.com/rtgen/rtgen/spec"
)

// emitOperations prints every operation as data.
func (p *plan) emitOperations() *jen.File {
	if len(p.operations) == 0 {
		return nil
	}
	f := p.newFile()
	for _, o := range p.operations {
		f.Add(emitOperation(o, p.api.Realtime != nil)).Line()
	}
	return f
}

// emitOperation prints one operation; what is a default of OpenAPI or of the
// runtime is left out.
//
//	var typingOperation = rt.Operation{
//		ID: "typing", Method: "POST", Path: "/rooms/{roomId}/typing",
//		Params: []rt.Param{{Name: "roomId", In: rt.InPath, Required: true, Schema: "typing.roomId"}},
//		Responses: []rt.Response{
//			{Status: "204", As: (*TypingNoContent)(nil)},
//			{Status: "default", As: (*ProblemResponse)(nil), Content: []rt.Media{{Type: "application/problem+json", Schema: "Problem"}}},
//		},
//		Publish: []rt.Publish{
//			{Channel: "room", Event: "typing", Bind: map[string]string{"roomId": "$request.path.roomId"}, …},
//		},
//	}
func emitOperation(o *operationPlan, realtime bool) *jen.Statement {
	op := o.op
	actions := op.Actions
	if actions == nil {
		actions = &spec.Actions{}
	}
	return jen.Var().Id(o.variable).Op("=").Add(literal(rt("Operation"),
		member{"ID", jen.Lit(op.ID).Op(",").Id("Method").Op(":").Lit(op.Method).Op(",").Id("Path").Op(":").Lit(op.Path.Template)},
		member{"Params", params(op.Params)},
		member{"Body", body(op.Body)},
		member{"Responses", responses(o)},
		member{"Security", requirements(op.Security)},
		member{"Outbound", yes(o.outbound)},
		member{"HTTPOnly", httpOnly(op.Call, realtime)},
		member{"SocketOnly", yes(realtime && op.Call.Socket && !op.Call.HTTP)},
		member{"Subscribe", targets(actions.Subscribe)},
		member{"Unsubscribe", targets(actions.Unsubscribe)},
		member{"Publish", publishes(actions.Publish)},
		member{"Stream", stream(actions.Stream)},
		member{"History", history(actions.History)},
		member{"Order", str(order(actions))},
		member{"Timeout", duration(actions.Timeout)},
	))
}

// httpOnly is the reason why an operation cannot be called by socket; a document
// without realtime has no socket to call it by.
func httpOnly(c spec.Callable, realtime bool) *jen.Statement {
	switch {
	case c.Socket || !realtime:
		return nil
	case c.Reason == "":
		return jen.Lit("not callable by socket")
	}
	return jen.Lit(c.Reason)
}

func params(list []*spec.Param) *jen.Statement {
	var elems []*jen.Statement
	for _, q := range list {
		style, explode := q.Style, q.Explode
		if q.Content != "" {
			style, explode = "", true
		}
		elems = append(elems, inline(nil,
			member{"Name", jen.Lit(q.Name)},
			member{"In", place(q.In)},
			member{"Required", yes(q.Required)},
			member{"Style", str(nonDefault(style, defaultStyle(q.In)))},
			member{"Explode", exploded(q.In, style, explode)},
			member{"AllowReserved", yes(q.AllowReserved)},
			member{"AllowEmpty", yes(q.AllowEmpty)},
			member{"Content", str(q.Content)},
			member{"Encoding", encodings(q.Encoding)},
			member{"Schema", str(q.Schema)},
		))
	}
	return compactRows(jen.Index().Add(rt("Param")), elems)
}

// place is the runtime's constant for where a parameter lives.
func place(in spec.In) *jen.Statement {
	switch in {
	case spec.InPath:
		return rt("InPath")
	case spec.InQuery:
		return rt("InQuery")
	case spec.InHeader:
		return rt("InHeader")
	case spec.InCookie:
		return rt("InCookie")
	}
	return rt("InQueryString")
}

// defaultStyle is OpenAPI's (Parameter Object, style).
func defaultStyle(in spec.In) string {
	if in == spec.InPath || in == spec.InHeader {
		return "simple"
	}
	return "form"
}

// exploded is nil where OpenAPI's default holds: true for form and cookie. For
// deepObject the word has no meaning.
func exploded(in spec.In, style string, explode bool) *jen.Statement {
	if style == "" || style == "deepObject" || explode == (style == "form" || style == "cookie") || in == spec.InQueryString {
		return nil
	}
	return jen.New(jen.Lit(explode))
}

func nonDefault(s, def string) string {
	if s == def {
		return ""
	}
	return s
}

func body(b *spec.Body) *jen.Statement {
	if b == nil {
		return nil
	}
	return inline(jen.Op("&").Add(rt("Body")),
		member{"Required", yes(b.Required)},
		member{"Content", media(b.Content)},
	)
}

// media is a list of media types: on one line when there is one, otherwise a line each.
func media(list []*spec.Media) *jen.Statement {
	var elems []*jen.Statement
	for _, m := range list {
		elems = append(elems, inline(nil,
			member{"Type", jen.Lit(m.Type)},
			member{"Schema", str(m.Schema)},
			member{"Encoding", encodings(m.Encoding)},
		))
	}
	return compactRows(jen.Index().Add(rt("Media")), elems)
}

func encodings(m map[string]*spec.Encoding) *jen.Statement {
	var names []string
	for name, e := range m {
		if e != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var elems []*jen.Statement
	for _, name := range names {
		e := m[name]
		elems = append(elems, jen.Lit(name).Op(":").Add(inline(nil,
			member{"ContentType", str(e.ContentType)},
			member{"Style", str(formStyle(e))},
			member{"Explode", exploded(spec.InQuery, e.Style, e.Explode)},
			member{"AllowReserved", yes(e.AllowReserved)},
			member{"Headers", headers(e.Headers)},
		)))
	}
	return rows(jen.Map(jen.String()).Add(rt("Encoding")), elems)
}

// formStyle is the style of a member of a form. The default has to be said where it spreads an object
// over the form: without a style, objects are JSON.
func formStyle(e *spec.Encoding) string {
	if e.Explode {
		return e.Style
	}
	return nonDefault(e.Style, "form")
}

func responses(o *operationPlan) *jen.Statement {
	var elems []*jen.Statement
	for _, use := range o.answers {
		content := use.response.Content
		elems = append(elems, inline(nil,
			member{"Status", jen.Lit(use.response.Status)},
			member{"As", jen.Parens(jen.Op("*").Id(use.answer.name)).Call(jen.Nil())},
			member{"Headers", headers(use.response.Headers)},
			member{"Content", media(content)},
		))
	}
	return rows(jen.Index().Add(rt("Response")), elems)
}

func headers(list []*spec.Header) *jen.Statement {
	var elems []*jen.Statement
	for _, h := range sortedBy(list, func(h *spec.Header) string { return h.Name }) {
		if strings.EqualFold(h.Name, "Content-Type") {
			continue
		}
		elems = append(elems, inline(nil,
			member{"Name", jen.Lit(h.Name)},
			member{"In", rt("InHeader")},
			member{"Required", yes(h.Required)},
			member{"Explode", explodedHeader(h)},
			member{"Content", str(h.Content)},
			member{"Schema", str(h.Schema)},
		))
	}
	return compactRows(jen.Index().Add(rt("Param")), elems)
}

func explodedHeader(h *spec.Header) *jen.Statement {
	if !h.Explode || h.Content != "" {
		return nil
	}
	return jen.New(jen.True())
}

// requirements is nil when nobody is asked for credentials.
func requirements(list []spec.Requirement) *jen.Statement {
	if list == nil {
		return nil
	}
	return jen.Index().Add(rt("Requirement")).ValuesFunc(func(g *jen.Group) {
		for _, r := range list {
			g.ValuesFunc(func(g *jen.Group) {
				for _, use := range r {
					g.Add(inline(nil, member{"Scheme", jen.Lit(use.Scheme)}, member{"Scopes", stringsOf(use.Scopes)}))
				}
			})
		}
	})
}

func targets(list []*spec.Target) *jen.Statement {
	var elems []*jen.Statement
	for _, t := range list {
		elems = append(elems, target(nil, t))
	}
	return rows(jen.Index().Add(rt("Target")), elems)
}

func target(typ *jen.Statement, t *spec.Target) *jen.Statement {
	return inline(typ,
		member{"Channel", jen.Lit(t.Channel.Name)},
		member{"Bind", bindings(t.Bindings)},
		member{"On", statuses(t.On)},
		member{"Presence", yes(t.Presence)},
	)
}

func stream(t *spec.Target) *jen.Statement {
	if t == nil {
		return nil
	}
	return target(jen.Op("&").Add(rt("Target")), t)
}

// history is the channel whose history an operation answers with.
func history(h *spec.History) *jen.Statement {
	if h == nil {
		return nil
	}
	limit := str("")
	if h.Limit != nil {
		limit = jen.Lit(bound(*h.Limit))
	}
	return inline(jen.Op("&").Add(rt("HistoryTarget")),
		member{"Channel", jen.Lit(h.Channel.Name)},
		member{"Bind", bindings(h.Bindings)},
		member{"After", jen.Lit(h.After.Text)},
		member{"Limit", limit},
	)
}

// publishes leaves out what a handler publishes itself: that has a typed
// publisher and nothing to do at run time.
func publishes(list []*spec.Publish) *jen.Statement {
	var elems []*jen.Statement
	for _, pub := range list {
		if pub.ByHandler {
			continue
		}
		data, fields := str(""), bindings(pub.DataFields)
		switch {
		case pub.Data != nil:
			data = jen.Lit(pub.Data.Text)
		case fields == nil:
			data = jen.Lit("$response.body")
		}
		elems = append(elems, inline(nil,
			member{"Channel", jen.Lit(pub.Channel.Name)},
			member{"Event", jen.Lit(pub.Event.Name)},
			member{"Bind", bindings(pub.Bindings)},
			member{"Data", data},
			member{"DataFields", fields},
			member{"On", statuses(pub.On)},
		))
	}
	return rows(jen.Index().Add(rt("Publish")), elems)
}

// bindings is a map of names to expressions or JSON literals.
func bindings(list []spec.Binding) *jen.Statement {
	if len(list) == 0 {
		return nil
	}
	return jen.Map(jen.String()).String().ValuesFunc(func(g *jen.Group) {
		for _, b := range sortedBy(list, func(b spec.Binding) string { return b.Name }) {
			g.Lit(b.Name).Op(":").Lit(bound(b))
		}
	})
}

func bound(b spec.Binding) string {
	if b.Expr != nil {
		return b.Expr.Text
	}
	return string(compact(b.Literal))
}

// compact is JSON text without white space; text that is no JSON stays as it is.
func compact(text json.RawMessage) []byte {
	out, err := appendCompact(text)
	if err != nil {
		return text
	}
	return out
}

// statuses is nil for the default, 2XX.
func statuses(on []string) *jen.Statement {
	if len(on) == 1 && on[0] == "2XX" {
		return nil
	}
	return stringsOf(on)
}

// order is "" when calls of an operation do not wait for each other.
func order(a *spec.Actions) string {
	switch {
	case a.Order == "expr" && a.OrderBy != nil:
		return a.OrderBy.Text
	case a.Order == "connection":
		return "connection"
	}
	return ""
}

// duration is a Go duration as text, nil for zero.
func duration(d time.Duration) *jen.Statement {
	if d == 0 {
		return nil
	}
	return jen.Lit(d.String())
}
