package typescript

import (
	"slices"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// channelPlan is one channel in types and as data.
type channelPlan struct {
	Doc      string
	Name     string // of the type of its handles
	Key      string // name in the document, as a member of a type
	Index    string // the same, to look it up in Channels: 'room'
	Params   []member
	Events   []member
	Member   string // what is known about somebody present; never without presence
	Snapshot string // results of the operations that subscribe

	RowKey string // name in the document, as a member of an object literal
	Row    string
}

// nameChannels decides the names of the channels' types.
func (p *planner) nameChannels() map[*spec.Channel]string {
	if p.api.Realtime == nil {
		return nil
	}
	channels := p.api.Realtime.Channels
	claims := make([]claim, len(channels))
	for i, c := range channels {
		base := pascal(c.Name)
		claims[i] = claim{
			rank: rankOperation, source: c.Name + " channel", pos: c.Pos,
			first: base + "Channel", rest: func() []string { return []string{spell(c.Name, upperFirst, "_") + "_Channel"} },
		}
	}
	named := make(map[*spec.Channel]string, len(channels))
	for i, name := range p.types.allocate(claims) {
		named[channels[i]] = name
	}
	return named
}

// planChannels plans the channels; the operations are planned already.
func (p *planner) planChannels(out *plan, names map[*spec.Channel]string) {
	if p.api.Realtime == nil {
		return
	}
	for _, c := range p.api.Realtime.Channels {
		p.imports["Channel"] = true
		plan := channelPlan{
			Name: names[c], Key: key(c.Name), Index: quote(c.Name), RowKey: literalKey(c.Name), Member: p.presentMember(c.Presence),
			Doc: docComment(0, append(prose(c.Doc), "The channel "+codeText(c.Template)+"."), deprecatedTag(c.Doc)),
		}
		for _, param := range c.Params {
			plan.Params = append(plan.Params, member{
				Doc:  proseDoc(6, param.Doc, nil),
				Text: key(param.Name) + ": " + p.addressType(param.Type),
			})
		}
		for _, e := range c.Events {
			plan.Events = append(plan.Events, member{
				Doc:  proseDoc(6, e.Event.Doc, nil),
				Text: key(e.Name) + ": " + p.typer.expr(e.Event.Type, responseForm, inResponse),
			})
		}
		joined, row := []string{}, []string{"address: " + quote(c.Template)}
		for i, op := range p.api.Operations {
			if op.Actions != nil && aims(subscriptions(op.Actions), c) {
				joined = append(joined, out.Operations[i].Result)
			}
		}
		if leave := p.leaving(c); leave >= 0 {
			row = append(row, "leave: "+quote(out.Operations[leave].Name))
		}
		plan.Snapshot, plan.Row = "never", literal(row)
		if len(joined) > 0 {
			plan.Snapshot = strings.Join(joined, " | ")
		}
		out.Channels = append(out.Channels, plan)
	}
}

// leaving is the index of the first operation that unsubscribes from a channel and can be called with the
// path of every operation that subscribes to it; -1 when there is none.
func (p *planner) leaving(c *spec.Channel) int {
	return slices.IndexFunc(p.api.Operations, func(op *spec.Operation) bool {
		if op.Actions == nil || !pathOnly(op.Actions.Unsubscribe, c) || op.Body != nil && op.Body.Required {
			return false
		}
		return !slices.ContainsFunc(p.api.Operations, func(joining *spec.Operation) bool {
			return joining.Actions != nil && aims(subscriptions(joining.Actions), c) &&
				(!pathOnly(subscriptions(joining.Actions), c) || !callableWith(op, joining))
		})
	})
}

// pathOnly reports whether a channel is among the targets, with each of its parameters
// bound to the path parameter of that name.
func pathOnly(targets []*spec.Target, c *spec.Channel) bool {
	i := slices.IndexFunc(targets, func(t *spec.Target) bool { return t.Channel == c })
	return i >= 0 && !slices.ContainsFunc(targets[i].Bindings, func(b spec.Binding) bool {
		return b.Expr == nil || b.Expr.Source != "request.path" || b.Expr.Name != b.Name
	})
}

// callableWith reports whether the path parameters of another operation are
// all that op needs.
func callableWith(op, other *spec.Operation) bool {
	return !slices.ContainsFunc(op.Params, func(param *spec.Param) bool {
		return param.Required && !ignored(param) && !slices.ContainsFunc(other.Params, func(q *spec.Param) bool {
			return param.In == spec.InPath && q.In == spec.InPath && q.Name == param.Name
		})
	})
}

// aims reports whether one of the targets is a channel.
func aims(targets []*spec.Target, c *spec.Channel) bool {
	return slices.ContainsFunc(targets, func(t *spec.Target) bool { return t.Channel == c })
}

// addressType is the type of a parameter of an address. Scalars are as they travel: a Date has
// no text that client and server are sure to agree on.
func (p *planner) addressType(t spec.Type) string {
	usual := p.typer.scalars
	p.typer.scalars = scalars{}
	defer func() { p.typer.scalars = usual }()
	return p.typer.expr(t, requestForm, inRequest)
}

func (p *planner) presentMember(presence *spec.Presence) string {
	switch {
	case presence == nil || presence.Visibility == "count":
		return "never"
	case presence.Info == nil:
		return "unknown"
	}
	return p.typer.expr(presence.Info, responseForm, inResponse)
}

func deprecatedTag(d spec.Doc) []string {
	if d.Deprecated {
		return []string{"@deprecated"}
	}
	return nil
}
