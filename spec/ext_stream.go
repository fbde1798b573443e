package spec

import (
	"slices"
	"strings"
)

// checkStream compares what a stream operation declares with the channel that
// it is.
func (b *builder) checkStream(op *Operation, n *node, t *Target) {
	if op.Method != "GET" {
		b.report.errorf(n, "stream-method", "only a GET can be a stream, %s is a %s", quote(op.ID), op.Method)
	}
	var media []*Media
	for _, r := range op.Responses {
		for _, m := range r.Content {
			if r.Status[0] == '2' && m.Kind.streams() {
				media = append(media, m)
			}
		}
	}
	if media == nil {
		b.report.errorHint(n, "stream-media", "describe a response with content text/event-stream", "%s answers with no event stream", quote(op.ID))
		return
	}
	if t == nil {
		return
	}
	for _, m := range media {
		b.checks = append(b.checks, func() { b.checkStreamItems(n, t.Channel, m) })
	}
}

// checkStreamItems compares the items of a stream with the events of the channel,
// as far as the items say what they are. An item of server-sent events is a whole
// event or only its data, a line of JSON is always a whole event.
func (b *builder) checkStreamItems(at *node, c *Channel, media *Media) {
	if media.Shape == nil || isAny(media.Shape) {
		return
	}
	items, whole := b.itemsOf(media.Shape, "event", 0)
	if media.Kind == MediaJSONLines && !whole {
		b.report.errorHint(at, "stream-data", "describe an object with event, id and data",
			"a line of the stream is {event, id, data}, and the schema of %s has no data", media.Type)
		return
	}
	missing, extra, named := compareNames(c.Events, items)
	if missing != "" {
		b.report.errorf(at, "stream-events", "the items of the stream do not allow %s of channel %s", missing, quote(c.Name))
	}
	if extra != "" {
		b.report.errorf(at, "stream-events", "the items of the stream allow %s, which channel %s does not have", extra, quote(c.Name))
	}
	if whole && !named && len(items) > 1 {
		return // which of them an event is meant to be cannot be told
	}
	for _, e := range c.Events {
		to := media.Shape
		if whole {
			to = dataFor(items, e.Name)
		}
		if kind, _, _ := scalarOf(to); kind == String && media.Kind == MediaEvents && whole {
			continue // a line of text, as OpenAPI 3.2 describes the data of server-sent events
		}
		if why := dataMisfit(e, to); why != "" {
			b.report.errorHint(at, "stream-data", sameSchema, "the items of the stream do not fit the channel: %s", why)
		}
	}
}

// An item is one form that the items of a stream or of a page have.
type item struct {
	names []string // events that have the form; nil: it does not say
	data  Type     // nil: anything
}

// itemsOf are the forms of an item, which says in one of its members which event
// it is. It is false where some form is no object with data.
func (b *builder) itemsOf(t Type, member string, depth int) (items []item, whole bool) {
	if depth > 6 {
		return nil, false
	}
	switch t := plain(t).(type) {
	case *Object:
		if !slices.ContainsFunc(t.Fields, func(f *Field) bool { return f.Name == "data" }) {
			return []item{{names: b.tagsIn(t, member)}}, false
		}
		return []item{{names: b.tagsIn(t, member), data: b.fieldNamed(t, "data")}}, true
	case *Union:
		whole = true
		for _, v := range t.Variants {
			more, ok := b.itemsOf(v.Type, member, depth+1)
			items, whole = append(items, more...), whole && ok
		}
		return items, whole
	}
	return []item{{}}, false
}

// tagsIn are the values that a member may have, nil when it may have others.
func (b *builder) tagsIn(o *Object, member string) []string {
	e, ok := plain(b.fieldNamed(o, member)).(*Enum)
	if !ok || e.Open {
		return nil
	}
	names := []string{}
	for _, v := range e.Values {
		names = append(names, unquoteJSON(v.JSON))
	}
	return names
}

// dataFor is what the items have as the data of an event.
func dataFor(items []item, name string) Type {
	for _, i := range items {
		if i.names == nil || slices.Contains(i.names, name) {
			return i.data
		}
	}
	return nil
}

// compareNames lists the events that no item allows, and the names in items that
// no event has; nothing when the items do not say what they allow.
func compareNames(events []*ChannelEvent, items []item) (missing, extra string, named bool) {
	var lacking, unknown []string
	for _, i := range items {
		if i.names == nil {
			return "", "", false
		}
		for _, name := range i.names {
			if !slices.ContainsFunc(events, func(e *ChannelEvent) bool { return e.Name == name }) {
				unknown = append(unknown, quote(name))
			}
		}
	}
	for _, e := range events {
		if !slices.ContainsFunc(items, func(i item) bool { return slices.Contains(i.names, e.Name) }) {
			lacking = append(lacking, quote(e.Name))
		}
	}
	return strings.Join(lacking, ", "), strings.Join(unknown, ", "), true
}

// sameSchema is the advice for items that do not fit.
const sameSchema = "refer to the schema of the event"

// dataMisfit says why data of an item cannot hold what an event has; empty when
// it can.
func dataMisfit(e *ChannelEvent, data Type) string {
	g := misfit(e.Event.Type, data, 0)
	switch {
	case g == nil:
		return ""
	case g.from == nil:
		return "data needs " + quote(g.place) + ", which event " + quote(e.Name) + " need not have"
	case g.place == "":
		return "data is " + describe(g.to) + ", event " + quote(e.Name) + " is " + describe(g.from)
	}
	return quote(g.place) + " of data is " + describe(g.to) + ", of event " + quote(e.Name) + " it is " + describe(g.from)
}
