package runtime

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strconv"

	"github.com/rtgen/rtgen/runtime/internal/codec"
	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// A historyPlan is the channel whose history an operation answers with, where a call says which page
// it wants, and the answer that a page is.
type historyPlan struct {
	targetPlan
	after  expression
	limit  expression
	answer historyAnswer // without body
	schema string        // of the page
}

// A historyAnswer is a page on its way.
type historyAnswer struct {
	status int
	media  string
	body   []byte
}

// An askedPage is what a call wants.
type askedPage struct {
	channel Channel
	page    HistoryPage
}

var errNoPage = errors.New("no response is a page of history")

func (h *hub) newHistory(op *Operation) (*historyPlan, error) {
	t := op.History
	target, err := h.newTarget(Target{Channel: t.Channel, Bind: t.Bind})
	plan := &historyPlan{targetPlan: target, limit: expression{literal: []byte(strconv.Itoa(historyPage))}}
	if err != nil {
		return plan, err
	}
	if plan.after, err = parseExpression(t.After); err != nil {
		return plan, err
	}
	if t.Limit != "" {
		if plan.limit, err = parseExpression(t.Limit); err != nil {
			return plan, err
		}
	}
	for i := range op.Responses {
		r := &op.Responses[i]
		for _, m := range r.Content {
			if status, err := parseStatus(r.Status); r.Status[0] == '2' && err == nil && isJSONMedia(baseMedia(m.Type)) {
				plan.answer, plan.schema = historyAnswer{status: status.from, media: m.Type}, m.Schema
				return plan, nil
			}
		}
	}
	return plan, errNoPage
}

// askHistory runs before the handler: who may not join the channel may not read it either, and what
// cannot be a page is told with the parameter that says so.
func (rt *realtime) askHistory(ex *exchange, plan *historyPlan, out *outcome) *Problem {
	address, ok := plan.address(ex, nil)
	if !ok {
		return badAddress(&plan.targetPlan)
	}
	if p := rt.checkChannel(ex, plan.typ); p != nil {
		return p
	}
	var errs []FieldError
	out.asked = &askedPage{channel: Channel{rt: rt, typ: plan.typ, address: address}}
	if text, ok := plan.after.eval(ex, nil); ok {
		after, _ := unquote(text)
		if _, ok := parsePosition(after); !ok && after != "" {
			errs = append(errs, plan.after.fieldError("format", "must be the next of another page"))
		}
		out.asked.page.After = after
	}
	if text, ok := plan.limit.eval(ex, nil); ok {
		limit, err := strconv.ParseFloat(string(text), 64)
		if err == nil && limit < 1 {
			errs = append(errs, plan.limit.fieldError("minimum", "must be at least 1"))
		}
		out.asked.page.Limit = int(min(limit, historyPageMax))
	}
	return invalid(errs)
}

// fieldError says what is wrong with the parameter that an expression names.
func (e *expression) fieldError(rule, detail string) FieldError {
	in := InQuery
	switch e.source {
	case fromPath:
		in = InPath
	case fromRequestHeader:
		in = InHeader
	case fromRequestBody:
		return FieldError{In: "body", Pointer: e.pointer, Rule: rule, Detail: detail}
	}
	return FieldError{In: string(in), Name: e.name, Rule: rule, Detail: detail}
}

// askedOf returns what the call of ctx wants, nil for other calls.
func askedOf(ctx context.Context) (*exchange, *askedPage) {
	c := callOf(ctx)
	if c == nil || c.exchange == nil {
		return nil, nil
	}
	out, _ := c.exchange.realtime.(*outcome)
	if out == nil {
		return nil, nil
	}
	return c.exchange, out.asked
}

// HistoryPageFrom returns the page that the call of ctx asks for, in the handler of an operation with
// history that the document leaves to it ("page: handler"):
//
//	room := api.NewRoomChannel(rt.ServerFrom(ctx), req.RoomID)
//	page, err := room.History(ctx, rt.HistoryPageFrom(ctx))
//
// It is the first page in any other call.
func HistoryPageFrom(ctx context.Context) HistoryPage {
	if _, asked := askedOf(ctx); asked != nil {
		return asked.page
	}
	return HistoryPage{}
}

// answerHistory is the handler of operations with history that have none.
func answerHistory(ctx context.Context) (*historyAnswer, error) {
	ex, asked := askedOf(ctx)
	if asked == nil {
		return nil, errNoChannel
	}
	rt := asked.channel.rt
	plan := rt.plan(ex.op.op).history
	past, err := asked.channel.History(ctx, asked.page)
	switch {
	case errors.Is(err, ErrTruncated), err != nil && ctx.Err() != nil:
		return nil, err
	case err != nil:
		return nil, rt.channelProblem(err)
	}
	answer := plan.answer
	body, schema, err := asked.channel.appendPage(plan.schema, &past)
	if err != nil {
		return nil, err
	}
	answer.body = body
	if rt.server.settings.validate {
		violations, err := schema.Validate(body, jsonschema.Response)
		if err != nil {
			return nil, err
		}
		if len(violations) > 0 {
			return nil, &codec.Error{Violations: violations}
		}
	}
	return &answer, nil
}

// appendPage appends a page as a schema has it. Which event an item is stands in type, and in event for
// documents that describe items as streams have them: each item has what the schema declares for its event.
func (c Channel) appendPage(schema string, p *PastEvents) ([]byte, *jsonschema.Schema, error) {
	set, err := c.rt.schemas()
	if err != nil {
		return nil, nil, err
	}
	page, err := set.Schema(schema)
	if err != nil {
		return nil, nil, err
	}
	var items []*jsonschema.Schema
	for _, list := range applying(memberSchemas(nil, applying([]*jsonschema.Schema{page}), "events")) {
		items = append(items, list.Items)
	}
	known := map[string][]*jsonschema.Schema{}
	var item []byte
	b := []byte(`{"events":[`)
	for _, e := range p.Events {
		if c.typ.events[e.Type] == nil {
			continue // published by a server of another document, which clients of this one do not know
		}
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		name := appendString(nil, e.Type)
		schemas, ok := known[e.Type]
		if !ok {
			for _, s := range items {
				schemas = addItemSchemas(schemas, s, name)
			}
			known[e.Type] = schemas
		}
		item = append(append(item[:0], `{"type":`...), name...)
		item = append(append(item, `,"event":`...), name...)
		item = appendString(append(item, `,"id":`...), e.ID)
		item = strconv.AppendUint(append(item, `,"seq":`...), e.Seq, 10)
		item = append(append(append(item, `,"data":`...), e.Data...), '}')
		b = appendDeclaredObject(b, schemas, item, maxDepth+1)
	}
	b = appendString(append(b, `],"next":`...), p.Next)
	return append(strconv.AppendBool(append(b, `,"more":`...), p.More), '}'), page, nil
}

// addItemSchemas is addApplying without the branches that are for other events.
func addItemSchemas(list []*jsonschema.Schema, s *jsonschema.Schema, name []byte) []*jsonschema.Schema {
	if s == nil || slices.Contains(list, s) {
		return list
	}
	for _, tag := range [...]string{"type", "event"} {
		if p := s.Property(tag); p != nil {
			if broken, err := p.Validate(name, jsonschema.Response); err == nil && len(broken) > 0 {
				return list
			}
		}
	}
	list = addItemSchemas(append(list, s), s.Ref, name)
	for _, group := range [...][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf} {
		for _, sub := range group {
			list = addItemSchemas(list, sub, name)
		}
	}
	return list
}

// pageDepth is how deep in a page the data of events is.
const pageDepth = 3

// HistoryAs is the History of emitted channels: the page in the type that the document's schema has. The
// errors are those of [Channel.History]; a handler may return them as they are, ErrTruncated is then
// answered with 410.
func HistoryAs[P any](ctx context.Context, c Channel, schema string, page HistoryPage) (*P, error) {
	past, err := c.History(ctx, page)
	if err != nil {
		return nil, err
	}
	text, _, err := c.appendPage(schema, &past)
	if err != nil {
		return nil, err
	}
	set, err := c.rt.schemas()
	if err != nil {
		return nil, err
	}
	reader, err := codec.For(set, schema, reflect.TypeFor[P](), codec.Response)
	if err != nil {
		return nil, err
	}
	value := new(P)
	if err := reader.Decode(text, value, codec.Options{Own: true, MaxDepth: maxDepth + pageDepth}); err != nil {
		return nil, err
	}
	return value, nil
}
