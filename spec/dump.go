package spec

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Dump writes the model as text for people: what rtgen inspect prints and what
// the tests of this package compare. The format may change.
func Dump(w io.Writer, api *API) error {
	d := &dumper{w: w}
	d.line(0, "api %q version %q openapi %s", api.Title, api.Version, api.OpenAPI)
	for _, s := range api.Servers {
		d.line(1, "server %s", s.URL)
	}
	for _, s := range api.Security {
		d.line(1, "security %s: %s", s.Name, joinWords(s.Type, s.Scheme, s.In, s.Param))
	}
	if api.Realtime != nil {
		d.realtime(api.Realtime)
	}
	for _, op := range api.Operations {
		d.operation(0, "operation", op)
	}
	for _, op := range api.Webhooks {
		d.operation(0, "webhook", op)
	}
	for _, decl := range api.Decls {
		d.decl(decl)
	}
	for _, s := range api.Schemas {
		d.line(0, "schema %s %s", s.Name, s.JSON)
	}
	return d.err
}

type dumper struct {
	w   io.Writer
	err error
}

func (d *dumper) line(indent int, format string, args ...any) {
	if d.err == nil {
		_, d.err = fmt.Fprintf(d.w, strings.Repeat("  ", indent)+format+"\n", args...)
	}
}

func joinWords(words ...string) string {
	var kept []string
	for _, w := range words {
		if w != "" {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

func when(condition bool, word string) string {
	if condition {
		return word
	}
	return ""
}

func (d *dumper) realtime(rt *Realtime) {
	d.line(0, "realtime endpoint %s stream %s calls %s%s", rt.Endpoint, rt.Stream, rt.Calls, duration(" heartbeat ", rt.Heartbeat))
	d.requirements(1, rt.Security)
	if l := rt.Limits; l != (Limits{}) {
		d.line(1, "limits message %d inflight %d channels %d batch %d queue %d%s", l.Message, l.Inflight, l.Channels, l.Batch, l.Queue, rate(l.Rate))
	}
	for _, e := range rt.Events {
		d.event(1, e.Name, e)
	}
	for _, c := range rt.Channels {
		d.channel(c)
	}
}

func (d *dumper) channel(c *Channel) {
	history := ""
	if c.HistorySize > 0 {
		history = fmt.Sprintf(" history %d%s", c.HistorySize, duration(" for ", c.HistoryTTL))
	}
	d.line(1, "channel %s at %s%s recovery %s overflow %s%s%s%s", c.Name, c.Template, history, c.Recovery, c.Overflow,
		when(!c.Echo, " no-echo"), duration(" reauthorize ", c.Reauthorize), rate(c.Rate))
	d.requirements(2, c.Security)
	for _, p := range c.Params {
		d.line(2, "param %s: %s%s", p.Name, typeText(p.Type), schemaText(p.Schema))
	}
	if p := c.Presence; p != nil {
		identity, info := "", ""
		if p.Identity != nil {
			identity = " identity " + p.Identity.Text
		}
		if p.Info != nil {
			info = " info " + typeText(p.Info) + schemaText(p.InfoSchema)
		}
		d.line(2, "presence %s%s%s%s max %d", p.Visibility, identity, info, duration(" grace ", p.Grace), p.Max)
	}
	for _, e := range c.Events {
		d.event(2, e.Name, e.Event)
	}
}

func (d *dumper) event(indent int, name string, e *Event) {
	as := ""
	if e.Name != name {
		as = " (" + e.Name + ")"
	}
	key := ""
	if e.HasKey {
		key = fmt.Sprintf(" key %q", e.Key)
	}
	d.line(indent, "event %s%s: %s%s%s%s%s", name, as, typeText(e.Type), schemaText(e.Schema), key,
		when(e.Version != "", fmt.Sprintf(" version %q", e.Version)), when(e.Volatile, " volatile"))
}

func duration(label string, v time.Duration) string {
	if v == 0 {
		return ""
	}
	return label + v.String()
}

func rate(r Rate) string {
	if r.N == 0 {
		return ""
	}
	return fmt.Sprintf(" rate %d per %s", r.N, r.Per)
}

func (d *dumper) requirements(indent int, reqs []Requirement) {
	for _, r := range reqs {
		var words []string
		for _, use := range r {
			word := use.Scheme
			if len(use.Scopes) > 0 {
				word += "(" + strings.Join(use.Scopes, " ") + ")"
			}
			words = append(words, word)
		}
		if len(words) == 0 {
			words = []string{"anybody"}
		}
		d.line(indent, "requires %s", strings.Join(words, " and "))
	}
}
