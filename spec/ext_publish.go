package spec

import (
	"cmp"
	"slices"
	"strings"
)

// publishes reads the events that an answer publishes.
func (b *builder) publishes(op *Operation, n *node) []*Publish {
	var list []*Publish
	for _, item := range b.extWant(n, "publish", arrayNode).items() {
		if p := b.publish(op, item.value); p != nil {
			list = append(list, p)
		}
	}
	return list
}

func (b *builder) publish(op *Operation, n *node) *Publish {
	if !b.extObject(n, "publish", "channel", "event", "parameters", "data", "on") || !b.extRequired(n, "publish", "channel", "event") {
		return nil
	}
	p := &Publish{Pos: n.pos(), On: b.statuses(op, n)}
	if p.Channel = b.channelNamed(n); p.Channel == nil {
		return nil
	}
	if p.Event = b.eventNamed(n, p.Channel); p.Event == nil {
		return nil
	}
	p.Bindings = b.bindings(op, n, p.Channel, p.On)
	b.publishData(op, n, p)
	return p
}

func (b *builder) eventNamed(n *node, c *Channel) *ChannelEvent {
	v := b.extWant(n, "event", stringNode)
	if v == nil {
		return nil
	}
	var names []string
	for _, e := range c.Events {
		if e.Name == v.text {
			return e
		}
		names = append(names, e.Name)
	}
	if !b.channelNodes[c].get("events").has(v.text) { // otherwise what is wrong with it has been said
		b.report.errorHint(v, "event-unknown", didYouMean(v.text, names), "channel %s has no event %s", quote(c.Name), quote(v.text))
	}
	return nil
}

// publishData reads what is published.
func (b *builder) publishData(op *Operation, n *node, p *Publish) {
	v := n.get("data")
	switch {
	case v == nil:
		p.Data = &Expr{Text: "$response.body", Source: "response.body"}
		b.checks = append(b.checks, func() { b.checkData(n, op, p) })
	case v.kind == stringNode && v.text == "handler":
		p.ByHandler = true
	case v.kind == objectNode:
		p.DataFields = []Binding{}
		for _, m := range v.kids {
			if bound, ok := b.binding(m.value); ok {
				p.DataFields = append(p.DataFields, bound)
			}
		}
		slices.SortFunc(p.DataFields, func(a, b Binding) int { return cmp.Compare(a.Name, b.Name) })
		b.checks = append(b.checks, func() { b.checkDataFields(v, op, p) })
	case v.kind == stringNode && strings.HasPrefix(v.text, "$"):
		if p.Data = b.expr(v); p.Data != nil {
			b.checks = append(b.checks, func() { b.checkData(v, op, p) })
		}
	default:
		b.report.errorHint(v, "realtime-value", "write an expression, an object of expressions, or handler", "%s is no data", quote(v.text))
	}
}

func (b *builder) checkData(at *node, op *Operation, p *Publish) {
	t, _ := b.exprType(at, p.Data, op, p.On)
	if t != nil && !fits(t, p.Event.Event.Type) {
		b.report.errorHint(at, "publish-data-type", "publish an object of expressions, or data: handler",
			"%s does not have what event %s needs", quote(p.Data.Text), quote(p.Event.Name))
	}
}

// checkDataFields compares an object of expressions with the payload.
func (b *builder) checkDataFields(at *node, op *Operation, p *Publish) {
	payload, isObject := plain(p.Event.Event.Type).(*Object)
	var names []string
	if isObject {
		for _, f := range payload.Fields {
			names = append(names, f.Name)
			if f.Required && !at.has(f.Name) {
				b.report.errorf(at, "publish-data-missing", "event %s needs %s", quote(p.Event.Name), quote(f.Name))
			}
		}
	}
	for _, bound := range p.DataFields {
		v := at.get(bound.Name)
		want := b.fieldNamed(payload, bound.Name)
		if want == nil && isObject && payload.Additional == nil {
			b.report.errorKey(v, "publish-data-unknown", didYouMean(bound.Name, names), "event %s has no %s", quote(p.Event.Name), quote(bound.Name))
			continue
		}
		if bound.Expr != nil {
			t, _ := b.exprType(v, bound.Expr, op, p.On)
			if t != nil && want != nil && !fits(t, want) {
				b.report.errorf(v, "publish-data-type", "%s is %s, %s of event %s is %s", quote(bound.Expr.Text), describe(t),
					quote(bound.Name), quote(p.Event.Name), describe(want))
			}
		} else if want != nil && !literalFits(bound.Literal, want) {
			b.report.errorf(v, "publish-data-type", "%s is no value for %s of event %s, which is %s", bound.Literal,
				quote(bound.Name), quote(p.Event.Name), describe(want))
		}
	}
}

func (b *builder) fieldNamed(o *Object, name string) Type {
	if o == nil {
		return nil
	}
	for _, f := range o.Fields {
		if f.Name == name {
			return f.Type
		}
	}
	return nil
}
