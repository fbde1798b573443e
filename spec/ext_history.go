package spec

import (
	"slices"
	"strconv"
	"strings"
)

// history makes an operation answer with what a channel keeps, page by page:
//
//	history:
//	  channel: room
//	  parameters: {roomId: $request.path.roomId}
//	  after: $request.query.after     # the next of the page before
//	  limit: $request.query.limit
//	  page: handler                   # the application makes the page
//
// The page is {events: [{type, id, seq, data}], next, more}. A response that has no
// schema gets it; one that has is compared.

// historyOf reads history of an operation.
func (b *builder) historyOf(op *Operation, n *node) *History {
	if !b.extObject(n, "history", "channel", "parameters", "after", "limit", "page") || !b.extRequired(n, "history", "channel", "after") {
		return nil
	}
	if op.Method != "GET" {
		b.report.errorf(n, "history-method", "only a GET can be a page of history, %s is a %s", quote(op.ID), op.Method)
	}
	h := &History{Target: Target{Pos: n.pos()}}
	if h.Channel = b.channelNamed(n); h.Channel == nil {
		return nil
	}
	h.Bindings = b.bindings(op, n, h.Channel, nil)
	for i, bound := range h.Bindings {
		if bound.Expr != nil && !fromRequest(bound.Expr) && bound.Expr.Source != "auth" {
			b.report.errorf(n.get("parameters").get(h.Bindings[i].Name), "expression-place", "the channel must be known before there is a response")
		}
	}
	h.ByHandler = b.extWord(n, "page", "", "handler") != ""
	b.historyAfter(op, n, h)
	b.historyLimit(op, n, h)
	if !b.keepsHistory(n, h.Channel) {
		return nil
	}
	b.historyPage(op, n, h)
	return h
}

func fromRequest(e *Expr) bool { return strings.HasPrefix(e.Source, "request.") }

// keepsHistory reports a channel of which there will never be a page.
func (b *builder) keepsHistory(n *node, c *Channel) bool {
	at := n.get("channel")
	switch {
	case !b.channelNodes[c].has("history"):
		b.report.errorHint(at, "history-none", "add history: {size: …, ttl: …} to the channel", "channel %s keeps no history", quote(c.Name))
	case len(c.Events) == 0:
		return false // which has been said
	case len(c.Kept()) == 0:
		b.report.errorf(at, "history-none", "all events of channel %s are volatile, so none is kept", quote(c.Name))
	default:
		return true
	}
	return false
}

// historyAfter reads where the page begins.
func (b *builder) historyAfter(op *Operation, n *node, h *History) {
	v := n.get("after")
	e := b.expr(v)
	if e == nil {
		return
	}
	if !fromRequest(e) {
		b.report.errorHint(v, "expression-place", "write for example $request.query.after", "the caller says in its request where the page begins")
		return
	}
	h.After = e
	b.checks = append(b.checks, func() {
		if t, _ := b.exprType(v, e, op, nil); t != nil && !fits(t, &Scalar{Kind: String}) {
			b.report.errorf(v, "binding-type", "%s is %s, the beginning of a page is a string", quote(e.Text), describe(t))
		}
	})
}

// maxPage is the size of the largest page that the runtime makes.
const maxPage = 1000

// historyLimit reads how many events a page has.
func (b *builder) historyLimit(op *Operation, n *node, h *History) {
	v := n.get("limit")
	if v == nil {
		return
	}
	bound, ok := b.binding(v)
	switch {
	case !ok:
		return
	case bound.Expr == nil:
		if limit, err := strconv.Atoi(string(bound.Literal)); err != nil || limit < 1 || limit > maxPage {
			b.report.errorf(v, "realtime-value", "limit must be a whole number between 1 and %d, or an expression; this is %s", maxPage, bound.Literal)
			return
		}
	case !fromRequest(bound.Expr):
		b.report.errorHint(v, "expression-place", "write for example $request.query.limit", "the caller says in its request how long the page is")
		return
	default:
		b.checks = append(b.checks, func() {
			if t, _ := b.exprType(v, bound.Expr, op, nil); t != nil && !fits(t, &Scalar{Kind: Integer}) {
				b.report.errorf(v, "binding-type", "%s is %s, the length of a page is an integer", quote(bound.Expr.Text), describe(t))
			}
		})
	}
	h.Limit = &bound
}

// pageForm is the advice for a response that is no page.
const pageForm = "describe an object with events (an array), next (a string) and more (a boolean), or leave the schema out: it is filled in"

// historyPage finds the response that the page is, gives it a schema or looks at
// the one that it has.
func (b *builder) historyPage(op *Operation, n *node, h *History) {
	for _, r := range op.Responses {
		i := slices.IndexFunc(r.Content, func(m *Media) bool { return m.Kind == MediaJSON })
		if r.Status[0] == '2' && i >= 0 {
			h.Response, h.Media = r, r.Content[i]
			break
		}
	}
	if h.Media == nil {
		b.report.errorHint(n, "history-page", "describe a response 200 with content application/json", "%s answers with no JSON", quote(op.ID))
		return
	}
	b.checkAutomatic(n, h)
	b.checkGone(op, n)
	if b.untyped[h.Media] {
		b.derivePage(n, h)
		return
	}
	b.checks = append(b.checks, func() { b.checkPage(n, h) })
}

// checkAutomatic reports what the runtime cannot answer by itself.
func (b *builder) checkAutomatic(n *node, h *History) {
	if h.ByHandler {
		return
	}
	for _, header := range h.Response.Headers {
		if header.Required {
			b.report.errorHint(n, "history-answer", "write page: handler", "response %s needs header %s, which only a handler can give it",
				h.Response.Status, quote(header.Name))
		}
	}
	if len(h.Response.Content) > 1 {
		b.report.errorHint(n, "history-answer", "write page: handler", "response %s has several media types, of which only a handler can write those that are not %s",
			h.Response.Status, h.Media.Type)
	}
}

// checkGone wants to see what a caller is told that comes too late.
func (b *builder) checkGone(op *Operation, n *node) {
	if !slices.ContainsFunc(op.Responses, func(r *Response) bool { return r.Status == "default" || statusListed(r.Status, []string{"410"}) }) {
		b.report.warnHint(n, "history-gone", "describe a response 410, 4XX or default",
			"%s does not say that it may answer 410, when the history does not reach back to the page any more", quote(op.ID))
	}
}

// checkPage compares the schema of a page with what a page is.
func (b *builder) checkPage(at *node, h *History) {
	page, _ := plain(h.Media.Shape).(*Object)
	list, _ := plain(b.fieldNamed(page, "events")).(*List)
	next, more := b.fieldNamed(page, "next"), b.fieldNamed(page, "more")
	where := "response " + h.Response.Status
	if list == nil || next == nil || more == nil || !fits(&Scalar{Kind: String}, next) || !fits(&Scalar{Kind: Boolean}, more) {
		b.report.errorHint(at, "history-page", pageForm, "%s is no page of history", where)
		return
	}
	for _, f := range page.Fields {
		if f.Required && !slices.Contains([]string{"events", "next", "more"}, f.Name) {
			b.report.errorHint(at, "history-page", "do not require it", "%s needs %s, which a page of history does not have", where, quote(f.Name))
		}
	}
	b.checkPageItems(at, h.Channel, list.Elem)
}

// checkPageItems compares the items of a page with the events that the channel
// keeps.
func (b *builder) checkPageItems(at *node, c *Channel, elem Type) {
	items, whole := b.itemsOf(elem, "type", 0)
	if !slices.ContainsFunc(items, func(i item) bool { return i.names != nil }) {
		items, whole = b.itemsOf(elem, "event", 0) // as the items of a stream have it
	}
	missing, extra, named := compareNames(c.Kept(), items)
	if !whole || !named {
		b.report.errorHint(at, "history-page", "let each item have type (a constant, or an enum), id, seq and data",
			"the items of the page do not say which event they are and what is in it")
		return
	}
	if missing != "" {
		b.report.errorf(at, "history-events", "the items of the page do not allow %s of channel %s", missing, quote(c.Name))
	}
	if extra != "" {
		b.report.errorf(at, "history-events", "the items of the page allow %s, which channel %s does not keep", extra, quote(c.Name))
	}
	for _, e := range c.Kept() {
		if why := dataMisfit(e, dataFor(items, e.Name)); why != "" {
			b.report.errorHint(at, "history-data", sameSchema, "the items of the page do not fit the channel: %s", why)
		}
	}
	b.checkItemMembers(at, elem, 0)
}

// checkItemMembers compares what an item has beside its data.
func (b *builder) checkItemMembers(at *node, t Type, depth int) {
	if u, ok := plain(t).(*Union); ok && depth <= 6 {
		for _, v := range u.Variants {
			b.checkItemMembers(at, v.Type, depth+1)
		}
		return
	}
	o, ok := plain(t).(*Object)
	if !ok {
		return
	}
	given := map[string]Type{"type": nil, "event": nil, "data": nil, "id": &Scalar{Kind: String}, "seq": &Scalar{Kind: Integer}}
	for _, f := range o.Fields {
		from, known := given[f.Name]
		switch {
		case !known && f.Required:
			b.report.errorHint(at, "history-page", "do not require it", "the items of the page need %s, which no event of a history has", quote(f.Name))
		case known && !fits(from, f.Type):
			b.report.errorf(at, "history-page", "%s of the items of the page is %s, of events it is %s", quote(f.Name), describe(f.Type), describe(from))
		}
	}
}
