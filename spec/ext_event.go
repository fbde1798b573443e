package spec

import "strings"

// An event describes one kind of message of a channel:
//
//	message.created:
//	  schema: {$ref: '#/components/schemas/Message'}
//	  key: /id          # which thing changed
//	  version: /rev     # how new it is
//	  volatile: true    # not kept in history
//	  example: {…}
//
// Events under events of the document's x-realtime are shared; channels refer
// to them with $ref: '#/x-realtime/events/<name>'.

// sharedEvents reads events of the document's x-realtime.
func (b *builder) sharedEvents(n *node) []*Event {
	if n != nil && !n.isObject() {
		b.report.errorf(n, "realtime-type", "events must be an object, this is %s", n.kind)
	}
	var list []*Event
	for _, m := range n.members() {
		if !b.extName(m.value, "an event") {
			continue
		}
		if e := b.event(m.value, m.key, m.key); e != nil {
			list = append(list, e)
		}
	}
	sortEvents(list)
	return list
}

// event reads an event or the event that it refers to. Two references to one
// event give the same *Event.
func (b *builder) event(n *node, name, place string) *Event {
	target, ok := b.eventTarget(n)
	if !ok {
		return nil
	}
	if e, ok := b.events[target]; ok {
		return e
	}
	if target != n && target.key() != "" {
		name, place = target.key(), target.key()
	}
	if !b.extObject(target, "an event", "schema", "summary", "description", "deprecated", "example", "key", "version", "volatile") ||
		!b.extRequired(target, "event "+quote(name), "schema") {
		return nil
	}
	e := &Event{Name: name, Pos: target.keyPos(), Volatile: b.extFlag(target, "volatile", false), Example: rawJSON(target.get("example"))}
	e.Doc = Doc{Summary: b.extText(target, "summary", ""), Description: b.extText(target, "description", ""), Deprecated: b.extFlag(target, "deprecated", false)}
	e.Key, e.HasKey = b.extPointer(target, "key")
	e.Version, _ = b.extPointer(target, "version")
	b.events[target] = e
	b.eventSchema(e, target, place)
	return e
}

// eventTarget follows the $ref of an event.
func (b *builder) eventTarget(n *node) (*node, bool) {
	seen := map[*node]bool{}
	for {
		if !n.isObject() {
			b.report.errorf(n, "realtime-type", "an event must be an object, this is %s", n.kind)
			return nil, false
		}
		ref := n.get("$ref")
		if ref == nil {
			return n, true
		}
		b.extObject(n, "a reference to an event", "$ref", "description")
		if !ref.is(stringNode) {
			b.report.errorf(ref, "realtime-type", "$ref must be a string, this is %s", ref.kind)
			return nil, false
		}
		if seen[n] {
			b.report.errorf(ref, "ref-cycle", "the reference leads back to itself")
			return nil, false
		}
		seen[n] = true
		if n = b.resolveExt(ref); n == nil {
			return nil, false
		}
	}
}

// resolveExt resolves a reference inside an extension. Tools that bundle
// documents do not look there, so components that only the extension used get
// lost; the message says so.
func (b *builder) resolveExt(ref *node) *node {
	if target, known := b.targets[ref]; known {
		return target
	}
	target, rule, why := b.find(ref, ref.text)
	b.targets[ref] = target
	if target == nil {
		hint := ""
		if strings.HasPrefix(ref.text, "#/components/") && rule == "ref-unresolved" {
			hint = "a bundler may have removed it because only x-realtime refers to it; keep unused components when bundling"
		}
		b.report.errorHint(ref, rule, hint, "%s %s", quote(ref.text), why)
	}
	return target
}

func (b *builder) eventSchema(e *Event, n *node, place string) {
	schema := n.get("schema")
	b.payloads[e] = schema
	if schema.kind != objectNode && schema.kind != boolNode {
		b.report.errorf(schema, "realtime-type", "schema must be an object or a boolean, this is %s", schema.kind)
		return
	}
	b.extRefs(schema)
	b.place(schema, n.get("example"), place, func(t Type, name string) { e.Type, e.Schema = t, name })
	b.checks = append(b.checks, func() {
		b.checkPointer(n.get("key"), e.Type, e.HasKey)
		b.checkPointer(n.get("version"), e.Type, e.Version != "")
	})
}

// extRefs resolves the reference that a schema inside an extension is, with the
// message that fits there.
func (b *builder) extRefs(schema *node) {
	if ref := schema.get("$ref"); ref.is(stringNode) {
		b.resolveExt(ref)
	}
}

// checkPointer reports a key or version that names nothing in the payload, or
// something that cannot tell one payload from another.
func (b *builder) checkPointer(at *node, payload Type, given bool) {
	if !given || at == nil || at.text == "" {
		return
	}
	to, known := b.followType(payload, at.text)
	switch {
	case !known:
		b.report.errorHint(at, "event-pointer-unknown", didYouMean(lastToken(at.text), to.names), "the payload has no %s", quote(at.text))
	case to.t != nil && !isScalar(plain(to.t)) && !isAny(to.t):
		b.report.errorf(at, "event-pointer-type", "%s must be a string, a number or a boolean", quote(at.text))
	}
}
