package typescript

import (
	"slices"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// channelPlan is one channel in types and as data.
type channelPlan struct {
	Doc      string
	Name     string // of the type
	Key      string // name in the document, as a member of a type
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
			wishes: []string{base + "Channel", spell(c.Name, upperFirst, "_") + "_Channel"},
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
		plan := channelPlan{
			Name: names[c], Key: key(c.Name), RowKey: literalKey(c.Name), Member: p.presentMember(c.Presence),
			Doc: docComment(0, append(prose(c.Doc), "The channel "+codeText(c.Template)+"."), deprecatedTag(c.Doc)),
		}
		for _, param := range c.Params {
			plan.Params = append(plan.Params, member{
				Doc:  proseDoc(4, param.Doc, nil),
				Text: key(param.Name) + ": " + p.typer.expr(param.Type, requestForm, inRequest),
			})
		}
		for _, e := range c.Events {
			plan.Events = append(plan.Events, member{
				Doc:  proseDoc(4, e.Event.Doc, nil),
				Text: key(e.Name) + ": " + p.typer.expr(e.Event.Type, responseForm, inResponse),
			})
		}
		var joined []string
		row := []string{"address: " + quote(c.Template)}
		for i, op := range p.api.Operations {
			if op.Actions == nil {
				continue
			}
			if aims(subscriptions(op.Actions), c) != nil {
				joined = append(joined, out.Operations[i].Result)
			}
			if target := aims(op.Actions.Unsubscribe, c); target != nil && len(row) == 1 {
				row = append(row, "leave: "+quote(out.Operations[i].Name))
				if bind := bindingMembers(target.Bindings); len(bind) > 0 {
					row = append(row, "bind: "+literal(bind))
				}
			}
		}
		plan.Snapshot, plan.Row = "never", literal(row)
		if len(joined) > 0 {
			plan.Snapshot = strings.Join(joined, " | ")
		}
		out.Channels = append(out.Channels, plan)
	}
}

// aims finds the target that is a channel; nil when there is none.
func aims(targets []*spec.Target, c *spec.Channel) *spec.Target {
	i := slices.IndexFunc(targets, func(t *spec.Target) bool { return t.Channel == c })
	if i < 0 {
		return nil
	}
	return targets[i]
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
