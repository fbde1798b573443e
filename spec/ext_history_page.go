package spec

import "cmp"

// derivePage gives a response without a schema the one of a page of the channel.
// Operations of one channel share it.
func (b *builder) derivePage(n *node, h *History) {
	c := h.Channel
	page := b.pages[c]
	if page == nil {
		page = b.pageSchema(n, c)
		b.pages[c] = page
	}
	b.place(page, nil, c.Name+".page", func(t Type, name string) { h.Media.Shape, h.Media.Schema = t, name })
}

// pageSchema writes, at the place of history, what one would write by hand:
//
//	type: object
//	required: [events, next, more]
//	properties:
//	  events: {type: array, items: {oneOf: […]}}
//	  next: {type: string}
//	  more: {type: boolean}
func (b *builder) pageSchema(n *node, c *Channel) *node {
	w := schemaMaker{at: n.at}
	var variants []member
	for _, e := range c.Kept() {
		variants = append(variants, member{value: b.eventItem(&w, e)})
	}
	item := variants[0].value
	if len(variants) > 1 {
		for i, e := range c.Kept() {
			b.places.give(variants[i].value, c.Name+".event."+e.Name)
		}
		item = w.object("description", w.text("An event of the channel "+c.Template+"."), "oneOf", w.list(variants...))
	}
	b.places.give(item, c.Name+".event")
	page := w.object(
		"description", w.text("A part of the history of the channel "+c.Template+", oldest event first."),
		"type", w.text("object"),
		"required", w.texts("events", "next", "more"),
		"properties", w.object(
			"events", w.object("type", w.text("array"), "items", item),
			"next", w.object("type", w.text("string"), "description", w.text("Where the page behind this one begins.")),
			"more", w.object("type", w.text("boolean"), "description", w.text("There are further events already.")),
		),
	)
	holder := *n // the page stands in history, though the document does not have it there
	holder.kids = nil
	w.put(&holder, "page", page)
	return page
}

// eventItem is the schema of an event in a page:
//
//	type: object
//	required: [type, id, seq, data]
//	properties:
//	  type: {enum: [message.created]}
//	  id: {type: string}
//	  seq: {type: integer}
//	  data: {$ref: …}
func (b *builder) eventItem(w *schemaMaker, e *ChannelEvent) *node {
	schema := b.payloads[e.Event]
	ref := w.text("#" + schema.pointer())
	b.targets[ref] = schema
	said := cmp.Or(e.Event.Doc.Description, e.Event.Doc.Summary, "The event "+e.Name+" in a page of history.")
	return w.object(
		"description", w.text(said),
		"type", w.text("object"),
		"required", w.texts("type", "id", "seq", "data"),
		"properties", w.object(
			"type", w.object("type", w.text("string"), "enum", w.texts(e.Name)),
			"id", w.object("type", w.text("string")),
			"seq", w.object("type", w.text("integer")),
			"data", w.object("$ref", ref),
		),
	)
}

// schemaMaker makes nodes that no file has.
type schemaMaker struct{ at spot }

func (w *schemaMaker) text(s string) *node { return &node{kind: stringNode, at: w.at, text: s} }

func (w *schemaMaker) texts(words ...string) *node {
	var list []member
	for _, s := range words {
		list = append(list, member{value: w.text(s)})
	}
	return w.list(list...)
}

func (w *schemaMaker) list(items ...member) *node {
	n := &node{kind: arrayNode, at: w.at}
	for _, m := range items {
		w.put(n, "", m.value)
	}
	return n
}

// object takes names and nodes in turn.
func (w *schemaMaker) object(members ...any) *node {
	n := &node{kind: objectNode, at: w.at}
	for i := 0; i+1 < len(members); i += 2 {
		w.put(n, members[i].(string), members[i+1].(*node))
	}
	return n
}

// put makes a node the last member of another.
func (w *schemaMaker) put(into *node, key string, value *node) {
	value.parent, value.index = into, int32(len(into.kids))
	into.kids = append(into.kids, member{key: key, at: w.at, value: value})
}
