package golang

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/rtgen/rtgen/spec"
)

// channelPlan is one channel: a type, its constructor and a publisher for each event.
type channelPlan struct {
	channel *spec.Channel
	name    string // RoomChannel
	doc     []string
	params  []*fieldPlan // of the constructor
	events  []*eventPlan
	page    *pagePlan // nil: no operation answers with the channel's history

	nameClaim, newClaim *claim
}

// pagePlan is the type of a page of a channel's history.
type pagePlan struct {
	typ    goType
	schema string
	doc    []string
}

// eventPlan is one typed publisher.
type eventPlan struct {
	event  *spec.ChannelEvent
	method string // PublishMessageCreated
	typ    goType
	doc    []string
}

// securityPlan is the option that checks one security scheme.
type securityPlan struct {
	scheme      *spec.SecurityScheme
	credentials string // rt.BearerCredentials
	claim       *claim
}

func (p *plan) collectChannels() {
	if p.api.Realtime != nil {
		for _, c := range sortedBy(p.api.Realtime.Channels, func(c *spec.Channel) string { return c.Name }) {
			p.channels = append(p.channels, &channelPlan{channel: c})
		}
	}
	for _, s := range sortedBy(p.api.Security, func(s *spec.SecurityScheme) string { return s.Name }) {
		p.security = append(p.security, &securityPlan{scheme: s, credentials: credentials(s)})
	}
}

// credentials is the runtime's type for what a scheme asks of a caller.
func credentials(s *spec.SecurityScheme) string {
	switch {
	case s.Type == "apiKey":
		return "APIKeyCredentials"
	case s.Type == "mutualTLS":
		return "CertificateCredentials"
	case s.Type == "http" && s.Scheme == "basic":
		return "BasicCredentials"
	}
	return "BearerCredentials" // http with a token, oauth2, openIdConnect
}

// securityClaims are the names of options: WithBearer.
func (p *plan) securityClaims() []*claim {
	var claims []*claim
	for _, s := range p.security {
		name := "With" + joinWords(s.scheme.Name)
		s.claim = &claim{id: s.scheme.Name, pos: s.scheme.Pos, what: "security scheme " + strconv.Quote(s.scheme.Name),
			want: dedupe([]string{name, "With" + shorten(spelled(s.scheme.Name), s.scheme.Name)}), other: []string{name + "Check"}}
		if name == "With" {
			s.claim.want = s.claim.want[1:]
		}
		claims = append(claims, s.claim)
	}
	return claims
}

// channelClaims are the names of channels and of their constructors.
func (p *plan) channelClaims() []*claim {
	var claims []*claim
	for _, c := range p.channels {
		what := "channel " + strconv.Quote(c.channel.Name)
		stem := exported(c.channel.Name, "Channel")
		c.nameClaim = &claim{id: c.channel.Name, pos: c.channel.Pos, what: what,
			want: dedupe([]string{stem + "Channel", spelledOut(c.channel.Name, "Channel") + "Channel"}), other: []string{stem + "RealtimeChannel"}}
		c.newClaim = &claim{id: c.channel.Name + "\x00new", pos: c.channel.Pos, what: "the constructor of " + what,
			want: dedupe([]string{"New" + stem + "Channel", "New" + spelledOut(c.channel.Name, "Channel") + "Channel"})}
		claims = append(claims, c.nameClaim, c.newClaim)
	}
	return claims
}

// planChannels fills in parameters, publishers and comments.
func (p *plan) planChannels() {
	for _, c := range p.channels {
		c.name = c.nameClaim.got
		what := fmt.Sprintf("is the channel %s.", c.channel.Template)
		list := []string{sentence(c.name, "", what), prose(c.channel.Doc)}
		if c.channel.Doc.Deprecated {
			list = append(list, deprecated)
		}
		c.doc = comment(list...)
		p.planChannelParams(c)
		p.planEvents(c)
		p.planPage(c)
	}
}

// planPage gives a channel a reader of its history, in the type of the first operation that answers with
// it, or better of one whose handler does.
func (p *plan) planPage(c *channelPlan) {
	var first *operationPlan
	for _, o := range p.operations {
		a := o.op.Actions
		if a == nil || a.History == nil || a.History.Channel != c.channel || a.History.Media.Schema == "" {
			continue
		}
		if first == nil || first.automatic() && !o.automatic() {
			first = o
		}
	}
	if first == nil {
		return
	}
	media := first.op.Actions.History.Media
	c.page = &pagePlan{typ: p.goType(media.Shape, false), schema: media.Schema, doc: comment(
		"History returns a page of the events that the channel keeps, which is what " + first.op.ID + " answers with. The error is " +
			"[rt.ErrTruncated] when the history does not reach back to the page any more.")}
}

// planChannelParams names the constructor's parameters. Identifiers that its body
// mentions are taken.
func (p *plan) planChannelParams(c *channelPlan) {
	s := packageScope()
	s["s"] = nil
	var claims []*claim
	for _, q := range c.channel.Params {
		name := unexported(exported(q.Name, "Param"))
		f := &fieldPlan{typ: p.goType(q.Type, false), claim: &claim{id: q.Name, want: dedupe([]string{name, unexported(spelledOut(q.Name, "Param")), name + "Param"}), other: []string{name + "Param"}}}
		if goKeyword(name) {
			f.claim.want = []string{name + "Param"}
		}
		claims = append(claims, f.claim)
		c.params = append(c.params, f)
	}
	s.allocate(claims)
	applyFields(c.params)
}

// planEvents names the publishers of a channel.
func (p *plan) planEvents(c *channelPlan) {
	var claims []*claim
	events := slices.Clone(c.channel.Events)
	for _, e := range sortedBy(events, func(e *spec.ChannelEvent) string { return e.Name }) {
		name := "Publish" + joinWords(e.Name)
		cl := &claim{id: e.Name, pos: e.Event.Pos, what: "event " + strconv.Quote(e.Name),
			want: dedupe([]string{name, "Publish" + shorten(spelled(e.Name), e.Name)})}
		if name == "Publish" {
			cl.want = cl.want[1:]
		}
		claims = append(claims, cl)
		c.events = append(c.events, &eventPlan{event: e, typ: p.goType(e.Event.Type, false)})
	}
	p.report(scope{}.allocate(claims))
	for i, e := range c.events {
		e.method = claims[i].got
		list := []string{e.method + " publishes " + e.event.Name + ".", prose(e.event.Event.Doc)}
		if e.event.Event.Doc.Deprecated {
			list = append(list, deprecated)
		}
		e.doc = comment(list...)
	}
}
