package spec

import (
	"slices"
	"strings"
)

// x-realtime on an operation says what it does to sockets and channels:
//
//	x-realtime:
//	  call: true
//	  subscribe: [{channel: room, parameters: {roomId: $request.path.roomId}, presence: true}]
//	  unsubscribe: […]
//	  stream: {channel: room, parameters: {…}}
//	  history: {channel: room, parameters: {…}, after: $request.query.after, limit: $request.query.limit}
//	  publish: [{channel: room, event: message.created, parameters: {…}, data: $response.body, on: ['201']}]
//	  order: $request.path.roomId     # none, connection or an expression
//	  timeout: 10s

func (b *builder) actions(op *Operation, n *node) {
	if n != nil && b.extObject(n, "x-realtime of "+quote(op.ID), "call", "subscribe", "unsubscribe", "publish", "stream", "history", "order", "timeout") {
		a := &Actions{Pos: n.keyPos(), Order: "none", Timeout: b.extDuration(n, "timeout")}
		op.Actions = a
		if v := b.extWant(n, "call", boolNode); v != nil {
			call := v.text == "true"
			a.Call = &call
		}
		a.Subscribe = b.targetList(op, n, "subscribe")
		a.Unsubscribe = b.targetList(op, n, "unsubscribe")
		a.Publish = b.publishes(op, n)
		if v := n.get("stream"); v != nil {
			a.Stream = b.target(op, v, "stream")
			b.checkStream(op, v, a.Stream)
		}
		if v := n.get("history"); v != nil {
			a.History = b.historyOf(op, v)
			if n.has("stream") {
				b.report.errorKey(v, "history-stream", "make it two operations", "%s is a stream already, which has no pages", quote(op.ID))
			}
		}
		b.ordering(op, n.get("order"))
	}
	op.Call = b.callable(op)
	if a := op.Actions; a != nil && !op.Call.Socket && (len(a.Subscribe) > 0 || len(a.Unsubscribe) > 0) {
		b.report.warnKey(n, "subscribe-uncallable", "", "%s subscribes, but cannot be called by socket: it %s", quote(op.ID), op.Call.Reason)
	}
	if n != nil && op.Actions != nil && op.Actions.Call != nil && *op.Actions.Call && !op.Call.Socket {
		b.report.errorf(n.get("call"), "call-impossible", "%s cannot be called by socket: it %s", quote(op.ID), op.Call.Reason)
	}
}

// ordering reads what keeps calls from running at the same time.
func (b *builder) ordering(op *Operation, n *node) {
	if n == nil {
		return
	}
	if n.kind == stringNode && (n.text == "none" || n.text == "connection") {
		op.Actions.Order = n.text
		return
	}
	if n.kind != stringNode || !strings.HasPrefix(n.text, "$") {
		b.report.errorHint(n, "realtime-value", "write none, connection or an expression such as $request.path.id", "%s is no order", quote(n.text))
		return
	}
	e := b.expr(n)
	if e == nil {
		return
	}
	if strings.HasPrefix(e.Source, "response.") {
		b.report.errorf(n, "expression-place", "calls are put in order before there is a response")
		return
	}
	op.Actions.Order, op.Actions.OrderBy = "expr", e
	b.checks = append(b.checks, func() {
		if t, _ := b.exprType(n, e, op, nil); t != nil && !isAny(t) && !isScalar(plain(t)) {
			b.report.errorf(n, "expression-type", "%s is %s; calls are put in order by a string, a number or a boolean", quote(e.Text), describe(t))
		}
	})
}

func (b *builder) targetList(op *Operation, n *node, key string) []*Target {
	var list []*Target
	for _, item := range b.extWant(n, key, arrayNode).items() {
		if t := b.target(op, item.value, key); t != nil {
			list = append(list, t)
		}
	}
	return list
}

// target reads a channel with its parameters bound.
func (b *builder) target(op *Operation, n *node, where string) *Target {
	if !b.extObject(n, where, "channel", "parameters", "on", "presence") || !b.extRequired(n, where, "channel") {
		return nil
	}
	t := &Target{Pos: n.pos(), On: b.statuses(op, n), Presence: b.extFlag(n, "presence", false)}
	if t.Channel = b.channelNamed(n); t.Channel == nil {
		return nil
	}
	t.Bindings = b.bindings(op, n, t.Channel, t.On)
	if !t.Presence {
		return t
	}
	switch p := t.Channel.Presence; {
	case p == nil:
		b.report.errorf(n.get("presence"), "presence-undeclared", "channel %s has no presence", quote(t.Channel.Name))
	case p.Identity != nil:
		at := b.channelNodes[t.Channel].get("presence").get("identity")
		b.checks = append(b.checks, func() { b.exprType(at, p.Identity, op, nil) })
	}
	return t
}

func (b *builder) channelNamed(n *node) *Channel {
	v := b.extWant(n, "channel", stringNode)
	if v == nil {
		return nil
	}
	var names []string
	for _, c := range b.api.Realtime.Channels {
		if c.Name == v.text {
			return c
		}
		names = append(names, c.Name)
	}
	b.report.errorHint(v, "channel-unknown", didYouMean(v.text, names), "there is no channel %s", quote(v.text))
	return nil
}

// statuses reads on: the responses that count.
func (b *builder) statuses(op *Operation, n *node) []string {
	list := b.extWant(n, "on", arrayNode)
	if list == nil {
		return []string{"2XX"}
	}
	var on []string
	for _, item := range list.kids {
		v := item.value
		switch {
		case v.kind == numberNode && statusPattern.MatchString(v.text):
			b.report.errorHint(v, "realtime-status", "write '"+v.text+"'", "a status must be a string")
		case v.kind != stringNode || !statusPattern.MatchString(v.text):
			b.report.errorHint(v, "realtime-status", "write for example '201' or 2XX", "%s is no status", quote(v.text))
		case slices.Contains(on, v.text):
			b.report.errorf(v, "realtime-status", "status %s is listed twice", v.text)
		default:
			on = append(on, v.text)
			if len(op.Responses) > 0 && !slices.ContainsFunc(op.Responses, func(r *Response) bool {
				return r.Status == "default" || statusListed(r.Status, []string{v.text})
			}) {
				b.report.errorf(v, "status-undeclared", "%s has no response %s", quote(op.ID), v.text)
			}
		}
	}
	if len(list.kids) == 0 {
		b.report.errorf(list, "realtime-status", "on lists no status")
	}
	return on
}

// bindings gives every parameter of the channel a value.
func (b *builder) bindings(op *Operation, n *node, c *Channel, on []string) []Binding {
	given := b.extWant(n, "parameters", objectNode)
	var list []Binding
	var names []string
	for _, p := range c.Params {
		names = append(names, p.Name)
		v := given.get(p.Name)
		if v == nil {
			b.report.errorHint(n, "binding-missing", "write "+p.Name+": $request.path."+p.Name+", for example",
				"parameter %s of channel %s is not bound", quote(p.Name), quote(c.Name))
			continue
		}
		if bound, ok := b.binding(v); ok {
			list = append(list, bound)
			b.checks = append(b.checks, func() { b.checkBinding(v, bound, p, op, on) })
		}
	}
	for _, m := range given.members() {
		if !slices.Contains(names, m.key) {
			b.report.errorKey(m.value, "binding-unknown", didYouMean(m.key, names), "channel %s has no parameter %s", quote(c.Name), quote(m.key))
		}
	}
	return list
}

// binding reads an expression or a literal.
func (b *builder) binding(v *node) (Binding, bool) {
	bound := Binding{Name: v.key(), Pos: v.pos()}
	switch {
	case v.kind == stringNode && strings.HasPrefix(v.text, "$"):
		bound.Expr = b.expr(v)
		return bound, bound.Expr != nil
	case v.kind == stringNode && v.text != "", v.kind == numberNode, v.kind == boolNode:
		bound.Literal = rawJSON(v)
		return bound, true
	}
	b.report.errorf(v, "realtime-type", "%s must be an expression, a string, a number or a boolean, this is %s", quote(v.key()), v.kind)
	return bound, false
}

func (b *builder) checkBinding(at *node, bound Binding, p *ChannelParam, op *Operation, on []string) {
	if bound.Expr == nil {
		if !literalFits(bound.Literal, p.Type) {
			b.report.errorf(at, "binding-type", "%s is no value for parameter %s, which is %s", bound.Literal, quote(p.Name), describe(p.Type))
		}
		return
	}
	t, optional := b.exprType(at, bound.Expr, op, on)
	if t == nil {
		return
	}
	if !fits(t, p.Type) {
		b.report.errorf(at, "binding-type", "%s is %s, parameter %s is %s", quote(bound.Expr.Text), describe(t), quote(p.Name), describe(p.Type))
		return
	}
	if optional {
		b.report.warnf(at, "binding-optional", "%s may be absent; the channel is then left alone", quote(bound.Expr.Text))
	}
}
