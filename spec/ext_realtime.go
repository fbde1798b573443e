package spec

import (
	"cmp"
	"slices"
	"strings"
)

// realtime decodes x-realtime of the document, then what operations say with it.
func (b *builder) realtime(n *node) {
	if n == nil {
		for _, op := range b.api.Operations {
			if x := b.opNodes[op].get("x-realtime"); x != nil {
				b.report.errorKey(x, "realtime-not-declared", "add x-realtime: {} to the document",
					"%s uses x-realtime, but the document does not", quote(op.ID))
			}
			op.Call = Callable{HTTP: true, Reason: "the document has no x-realtime"}
		}
		return
	}
	rt := &Realtime{Pos: n.keyPos()}
	b.api.Realtime = rt
	if b.extObject(n, "x-realtime", "version", "endpoint", "stream", "security", "calls", "heartbeat", "limits", "events", "channels") {
		b.realtimeVersion(n)
	}
	rt.Endpoint = b.endpoint(n, "endpoint", "/realtime")
	rt.Stream = b.endpoint(n, "stream", "/realtime/stream")
	rt.Calls = b.extWord(n, "calls", "all", "all", "marked")
	rt.Heartbeat = b.extDuration(n, "heartbeat")
	rt.Security = b.extSecurity(n)
	rt.Limits = b.limits(n.get("limits"))
	rt.Events = b.sharedEvents(n.get("events"))
	rt.Channels = b.channels(n.get("channels"))
	b.checkEndpoints(n, rt)
	for _, op := range b.api.Operations {
		b.actions(op, b.opNodes[op].get("x-realtime"))
	}
	for _, op := range b.api.Webhooks {
		if x := b.opNodes[op].get("x-realtime"); x != nil {
			b.report.errorKey(x, "realtime-place", "", "a webhook is called by the server; x-realtime has no meaning on it")
		}
	}
}

func (b *builder) realtimeVersion(n *node) {
	if v := n.get("version"); v != nil && (v.kind != numberNode || v.text != "1") {
		b.report.errorf(v, "realtime-version", "version %s of x-realtime is not known; this is version 1", quote(v.text))
	}
}

func (b *builder) endpoint(n *node, key, def string) string {
	text := b.extText(n, key, def)
	if strings.HasPrefix(text, "/") && !strings.ContainsAny(text, "{}?# \t\r\n") {
		return text
	}
	if v := n.get(key); v != nil {
		b.report.errorHint(v, "realtime-endpoint", `write for example "`+def+`"`, "%s is no path for %s", quote(text), key)
	}
	return def
}

// checkEndpoints keeps the socket and its fallback apart from each other and
// from the paths of the document.
func (b *builder) checkEndpoints(n *node, rt *Realtime) {
	at := func(key string) *node {
		if v := n.get(key); v != nil {
			return v
		}
		return n
	}
	if rt.Endpoint == rt.Stream {
		b.report.errorf(at("stream"), "realtime-endpoint", "endpoint and stream are the same path %s", quote(rt.Stream))
	}
	for _, op := range b.api.Operations {
		key := ""
		switch op.Path.Template {
		case rt.Stream: // answers every method
			key = "stream"
		case rt.Endpoint:
			if op.Method == "GET" {
				key = "endpoint"
			}
		}
		if key != "" {
			b.report.errorf(at(key), "realtime-endpoint", "%s is also the path of %s %s", quote(op.Path.Template), op.Method, op.ID)
		}
	}
}

func (b *builder) extSecurity(n *node) []Requirement {
	list := b.extWant(n, "security", arrayNode)
	if list == nil {
		return nil
	}
	for _, item := range list.kids {
		if !item.value.isObject() {
			b.report.errorf(item.value, "realtime-type", "a security requirement must be an object, this is %s", item.value.kind)
			continue
		}
		for _, m := range item.value.kids {
			if !m.value.isArray() {
				b.report.errorf(m.value, "realtime-type", "the scopes of %s must be an array, this is %s", quote(m.key), m.value.kind)
			}
		}
	}
	return b.requirements(list)
}

func (b *builder) limits(n *node) Limits {
	if !b.extObject(n, "limits", "message", "inflight", "channels", "batch", "queue", "rate") {
		return Limits{}
	}
	return Limits{
		Message: b.extInt(n, "message", 1024), Inflight: b.extInt(n, "inflight", 1), Channels: b.extInt(n, "channels", 1),
		Batch: b.extInt(n, "batch", 1), Queue: b.extInt(n, "queue", 1024), Rate: b.extRate(n, "rate"),
	}
}

func realtimeTypes(rt *Realtime, fix func(*Type)) {
	for _, e := range rt.Events {
		fix(&e.Type)
	}
	for _, c := range rt.Channels {
		for _, p := range c.Params {
			fix(&p.Type)
		}
		for _, e := range c.Events {
			fix(&e.Event.Type)
		}
		if c.Presence != nil {
			fix(&c.Presence.Info)
		}
	}
}

func sortEvents(list []*Event) {
	slices.SortFunc(list, func(a, b *Event) int { return cmp.Compare(a.Name, b.Name) })
}
