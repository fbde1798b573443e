package spec

import (
	"cmp"
	"slices"
	"strings"
)

// A channel is a family of subscriptions, one for each set of parameters:
//
//	room:
//	  address: rooms/{roomId}
//	  parameters: {roomId: {schema: {type: string, format: uuid}}}
//	  security: [{bearer: ["room:read"]}]   # beyond the operation's
//	  reauthorize: 5m
//	  history: {size: 200, ttl: 10m}
//	  recovery: stream                      # none, stream, latest
//	  overflow: disconnect                  # disconnect, conflate, drop
//	  presence: {visibility: members, identity: $auth.sub, info: {…}, grace: 15s, max: 500}
//	  echo: true
//	  rate: 5/s
//	  events: {message.created: {…}}

func (b *builder) channels(n *node) []*Channel {
	if n != nil && !n.isObject() {
		b.report.errorf(n, "realtime-type", "channels must be an object, this is %s", n.kind)
	}
	var list []*Channel
	addresses := map[string]string{}
	for _, m := range n.members() {
		if !b.extName(m.value, "a channel") {
			continue
		}
		if c := b.channel(m); c != nil {
			shape := addressShape(c.Address)
			if other, dup := addresses[shape]; dup && c.Address != nil {
				b.report.errorf(m.value.get("address"), "channel-address-duplicate", "channel %s has the same address as %s", quote(c.Name), quote(other))
			}
			addresses[shape] = c.Name
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *Channel) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func addressShape(parts []AddressPart) string {
	var sb strings.Builder
	for _, p := range parts {
		if p.Param != "" {
			sb.WriteString("{}")
		} else {
			sb.WriteString(p.Literal)
		}
	}
	return sb.String()
}

func (b *builder) channel(m member) *Channel {
	n := m.value
	if !b.extObject(n, "channel "+quote(m.key), "address", "parameters", "description", "security", "reauthorize", "events",
		"history", "recovery", "overflow", "presence", "echo", "rate") {
		return nil
	}
	b.extRequired(n, "channel "+quote(m.key), "address", "events")
	c := &Channel{
		Name: m.key, Pos: n.keyPos(),
		Doc:         Doc{Description: b.extText(n, "description", "")},
		Security:    b.extSecurity(n),
		Reauthorize: b.extDuration(n, "reauthorize"),
		Recovery:    b.extWord(n, "recovery", "none", "none", "stream", "latest"),
		Overflow:    b.extWord(n, "overflow", "disconnect", "disconnect", "conflate", "drop"),
		Echo:        b.extFlag(n, "echo", true),
		Rate:        b.extRate(n, "rate"),
	}
	b.address(c, n)
	b.channelParams(c, n)
	b.history(c, n)
	b.channelEvents(c, n.get("events"))
	c.Presence = b.presence(c, n.get("presence"))
	b.channelNodes[c] = n
	return c
}

func (b *builder) address(c *Channel, n *node) {
	v := b.extWant(n, "address", stringNode)
	if v == nil {
		return
	}
	c.Template = v.text
	if len(v.text) > 255 {
		b.report.errorf(v, "channel-address", "the address is longer than 255 bytes")
	}
	for i, text := range strings.Split(v.text, "/") {
		if i > 0 {
			c.Address = append(c.Address, AddressPart{Literal: "/"})
		}
		if text == "" || strings.ContainsFunc(text, notAddress) || strings.Count(text, "{") != strings.Count(text, "}") {
			b.report.errorHint(v, "channel-address", "write for example rooms/{roomId}", "%s is no address: segments of letters, digits, and {parameters}, joined by slashes", quote(v.text))
			c.Address = nil
			return
		}
		for _, part := range parseSegment(text) {
			if strings.ContainsAny(part.Literal, "{}") {
				b.report.errorHint(v, "channel-address", "write for example rooms/{roomId}", "%s has braces without a parameter in them", quote(v.text))
				c.Address = nil
				return
			}
			c.Address = append(c.Address, AddressPart(part))
		}
	}
	c.Address = joinLiterals(c.Address)
}

func notAddress(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_.{}-", r))
}

// joinLiterals makes neighbouring literals one.
func joinLiterals(parts []AddressPart) []AddressPart {
	var out []AddressPart
	for _, p := range parts {
		if last := len(out) - 1; p.Param == "" && last >= 0 && out[last].Param == "" {
			out[last].Literal += p.Literal
			continue
		}
		out = append(out, p)
	}
	return out
}

// channelParams reads the parameters in the order of the address and compares
// the two.
func (b *builder) channelParams(c *Channel, n *node) {
	declared := b.extWant(n, "parameters", objectNode)
	var names []string
	for _, part := range c.Address {
		if part.Param == "" {
			continue
		}
		if slices.Contains(names, part.Param) {
			b.report.errorf(n.get("address"), "channel-address", "the address names %s twice", quote(part.Param))
			continue
		}
		names = append(names, part.Param)
		p := declared.get(part.Param)
		if p == nil {
			b.report.errorHint(n.get("address"), "channel-parameter-undeclared", "describe it in parameters",
				"the address names {%s}, which is no parameter of channel %s", part.Param, quote(c.Name))
			continue
		}
		if cp := b.channelParam(c, p); cp != nil {
			c.Params = append(c.Params, cp)
		}
	}
	for _, m := range declared.members() {
		if !slices.Contains(names, m.key) && c.Address != nil {
			b.report.errorKey(m.value, "channel-parameter-unused", didYouMean(m.key, names),
				"parameter %s is not in the address %s", quote(m.key), quote(c.Template))
		}
	}
}

func (b *builder) channelParam(c *Channel, n *node) *ChannelParam {
	where := "parameter " + quote(n.key())
	if !b.extObject(n, where, "schema", "description") || !b.extRequired(n, where, "schema") {
		return nil
	}
	schema := b.extWant(n, "schema", objectNode)
	if schema == nil {
		return nil
	}
	b.extRefs(schema)
	p := &ChannelParam{Name: n.key(), Doc: Doc{Description: b.extText(n, "description", "")}, Pos: n.keyPos(), Type: &Scalar{Kind: String}}
	b.place(schema, nil, c.Name+"."+p.Name, func(t Type, name string) {
		p.Type, p.Schema = t, name
		if !isScalar(t) {
			b.report.errorf(schema, "channel-parameter-type", "parameter %s of channel %s must be a string, a number, a boolean or an enum",
				quote(p.Name), quote(c.Name))
		}
	})
	return p
}

// isScalar reports whether a value of t can stand in an address.
func isScalar(t Type) bool {
	switch t := t.(type) {
	case *Scalar:
		return t.Kind != Null
	case *Enum:
		return t.Kind != Mixed
	case *Ref:
		return t.Decl.Type != nil && isScalar(t.Decl.Type)
	}
	return false
}

func (b *builder) history(c *Channel, n *node) {
	h := n.get("history")
	if b.extObject(h, "history", "size", "ttl") && b.extRequired(h, "history", "size", "ttl") {
		c.HistorySize = b.extInt(h, "size", 1)
		c.HistoryTTL = b.extDuration(h, "ttl")
	}
	if c.Recovery != "none" && h == nil {
		b.report.errorHint(n.get("recovery"), "recovery-without-history", "add history: {size: …, ttl: …}",
			"recovery: %s needs history", c.Recovery)
	}
	if c.Recovery == "stream" && c.Overflow == "drop" {
		b.report.errorf(n.get("overflow"), "overflow-breaks-recovery", "overflow: drop loses events, which recovery: stream promises not to")
	}
}

func (b *builder) channelEvents(c *Channel, n *node) {
	if n == nil {
		return
	}
	if !n.isObject() {
		b.report.errorf(n, "realtime-type", "events must be an object, this is %s", n.kind)
		return
	}
	if len(n.kids) == 0 {
		b.report.errorf(n, "realtime-value", "channel %s has no events", quote(c.Name))
	}
	seen := map[string]string{}
	for _, m := range n.kids {
		if !b.extName(m.value, "an event") {
			continue
		}
		if other, dup := seen[strings.ToLower(m.key)]; dup {
			b.report.errorKey(m.value, "event-name-duplicate", "", "event %s differs from %s only in case", quote(m.key), quote(other))
			continue
		}
		seen[strings.ToLower(m.key)] = m.key
		if e := b.event(m.value, c.Name+"."+m.key, c.Name+"."+m.key); e != nil {
			c.Events = append(c.Events, &ChannelEvent{Name: m.key, Event: e})
		}
	}
	slices.SortFunc(c.Events, func(a, b *ChannelEvent) int { return cmp.Compare(a.Name, b.Name) })
}

func (b *builder) presence(c *Channel, n *node) *Presence {
	if !b.extObject(n, "presence", "visibility", "identity", "info", "grace", "max") {
		return nil
	}
	p := &Presence{
		Visibility: b.extWord(n, "visibility", "members", "members", "count"),
		Grace:      b.extDuration(n, "grace"), Max: b.extInt(n, "max", 1), Pos: n.keyPos(),
	}
	if v := n.get("identity"); v != nil {
		p.Identity = b.expr(v)
		if p.Identity != nil && strings.HasPrefix(p.Identity.Source, "response.") {
			b.report.errorf(v, "expression-place", "the identity of a member must be known before there is a response")
		}
	}
	if info := b.extWant(n, "info", objectNode); info != nil {
		b.extRefs(info)
		b.place(info, nil, c.Name+".presence", func(t Type, name string) { p.Info, p.InfoSchema = t, name })
	}
	return p
}
