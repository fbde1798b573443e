package spec

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (d *dumper) operation(indent int, kind string, op *Operation) {
	d.line(indent, "%s %s %s", kind, op.ID, joinWords(op.Method, op.Path.Template, when(op.Doc.Deprecated, "deprecated")))
	if len(op.Tags) > 0 {
		d.line(indent+1, "tags %s", strings.Join(op.Tags, ", "))
	}
	d.requirements(indent+1, op.Security)
	for _, p := range op.Params {
		d.param(indent+1, p)
	}
	if op.Body != nil {
		d.line(indent+1, "body%s", when(op.Body.Required, " required"))
		d.content(indent+2, op.Body.Content)
	}
	for _, r := range op.Responses {
		d.line(indent+1, "response %s", joinWords(r.Status, r.Component))
		for _, h := range r.Headers {
			d.line(indent+2, "header %s%s: %s%s", h.Name, when(h.Required, " required"), typeText(h.Type), schemaText(h.Schema))
		}
		d.content(indent+2, r.Content)
		for _, l := range r.Links {
			d.line(indent+2, "link %s to %s", l.Name, l.Operation)
		}
	}
	for _, c := range op.Callbacks {
		d.operation(indent+1, "callback", c)
	}
	if op.Call.Reason != "" && op.Call.Reason != "the document has no x-realtime" {
		d.line(indent+1, "http only: it %s", op.Call.Reason)
	}
	if op.Actions != nil {
		d.actions(indent+1, op.Actions)
	}
}

func (d *dumper) param(indent int, p *Param) {
	style := p.Style
	if p.Explode {
		style += "*"
	}
	if p.Content != "" {
		style = p.Content
	}
	def := ""
	if p.Default != nil {
		def = " default " + string(p.Default)
	}
	d.line(indent, "param %s %s %s%s: %s%s%s", p.In, p.Name, style, when(p.Required, " required"), typeText(p.Type), schemaText(p.Schema), def)
}

func (d *dumper) content(indent int, list []*Media) {
	for _, m := range list {
		shape := "none"
		if m.Shape != nil {
			shape = typeText(m.Shape)
		}
		d.line(indent, "%s (%s): %s%s", m.Type, m.Kind, shape, schemaText(m.Schema))
		for _, name := range slices.Sorted(maps.Keys(m.Encoding)) {
			e := m.Encoding[name]
			d.line(indent+1, "encoding %s %s", name, joinWords(e.ContentType, e.Style, when(e.Explode, "explode")))
		}
	}
}

func (d *dumper) actions(indent int, a *Actions) {
	for _, t := range a.Subscribe {
		d.target(indent, "subscribe", t)
	}
	for _, t := range a.Unsubscribe {
		d.target(indent, "unsubscribe", t)
	}
	if a.Stream != nil {
		d.target(indent, "stream", a.Stream)
	}
	if h := a.History; h != nil {
		d.history(indent, h)
	}
	for _, p := range a.Publish {
		data := "by handler"
		switch {
		case p.Data != nil:
			data = p.Data.Text
		case p.DataFields != nil:
			data = bindingsText(p.DataFields)
		}
		d.line(indent, "publish %s %s %s on %s data %s", p.Channel.Name, p.Event.Name, bindingsText(p.Bindings), strings.Join(p.On, ","), data)
	}
	if a.Order != "none" {
		order := a.Order
		if a.OrderBy != nil {
			order = a.OrderBy.Text
		}
		d.line(indent, "order %s", order)
	}
	if a.Timeout != 0 {
		d.line(indent, "timeout %s", a.Timeout)
	}
}

func (d *dumper) history(indent int, h *History) {
	limit := ""
	if h.Limit != nil {
		limit = " limit " + strings.Trim(bindingsText([]Binding{*h.Limit}), "{}")
	}
	d.line(indent, "history %s %s after %s%s%s", h.Channel.Name, bindingsText(h.Bindings), h.After.Text, limit, when(h.ByHandler, " by handler"))
}

func (d *dumper) target(indent int, verb string, t *Target) {
	d.line(indent, "%s %s %s on %s%s", verb, t.Channel.Name, bindingsText(t.Bindings), strings.Join(t.On, ","), when(t.Presence, " presence"))
}

func bindingsText(list []Binding) string {
	words := make([]string, len(list))
	for i, bound := range list {
		if bound.Expr != nil {
			words[i] = bound.Name + "=" + bound.Expr.Text
		} else {
			words[i] = bound.Name + "=" + string(bound.Literal)
		}
	}
	return "{" + strings.Join(words, " ") + "}"
}

func schemaText(name string) string { return when(name != "", fmt.Sprintf(" [%s]", name)) }
