package golang

import (
	"strconv"

	"github.com/rtgen/rtgen/spec"
)

// collectTuples finds lists whose first items have shapes of their own and which
// stand inline: Go needs a struct for them, named after the place.
func (p *plan) collectTuples() {
	for _, d := range p.decls {
		p.tuplesIn(d.shape, d.place, d.form == structForm)
	}
	for _, o := range p.operations {
		for _, q := range o.op.Params {
			p.tuplesIn(q.Type, o.op.ID+"."+q.Name, false)
		}
		if o.op.Body != nil {
			for _, m := range o.op.Body.Content {
				p.tuplesIn(m.Shape, o.op.ID+".body", false)
			}
		}
		for _, use := range o.answers {
			for _, h := range use.response.Headers {
				p.tuplesIn(h.Type, o.op.ID+"."+use.response.Status+"."+h.Name, false)
			}
			for _, m := range use.response.Content {
				p.tuplesIn(m.Shape, o.op.ID+"."+use.response.Status, false)
			}
		}
	}
	for _, c := range p.channels {
		for _, q := range c.channel.Params {
			p.tuplesIn(q.Type, c.channel.Name+"."+q.Name, false)
		}
		for _, e := range c.channel.Events {
			p.tuplesIn(e.Event.Type, e.Event.Name, false)
		}
		if pr := c.channel.Presence; pr != nil {
			p.tuplesIn(pr.Info, c.channel.Name+".presence", false)
		}
	}
}

// tuplesIn searches one type; declared says that t itself has a name already.
func (p *plan) tuplesIn(t spec.Type, place string, declared bool) {
	switch t := t.(type) {
	case *spec.Nullable:
		p.tuplesIn(t.Elem, place, false)
	case *spec.Map:
		p.tuplesIn(t.Elem, place+".value", false)
	case *spec.List:
		if len(t.Prefix) > 0 && !declared {
			if p.byList[t] != nil {
				return
			}
			d := &declPlan{shape: t, place: place, form: structForm}
			p.byList[t] = d
			p.tuples = append(p.tuples, d)
		}
		for i, e := range t.Prefix {
			p.tuplesIn(e, place+"."+strconv.Itoa(i), false)
		}
		p.tuplesIn(t.Elem, place+".item", false)
	case *spec.Object:
		for _, f := range t.Fields {
			p.tuplesIn(f.Type, place+"."+f.Name, false)
		}
		for _, pf := range t.Patterns {
			p.tuplesIn(pf.Type, place+"."+pf.Pattern, false)
		}
		for _, c := range t.Choices {
			p.tuplesIn(c.Type, place+"."+c.Name, false)
		}
		p.tuplesIn(t.Additional, place+".value", false)
	case *spec.Union:
		for _, v := range t.Variants {
			p.tuplesIn(v.Type, place+"."+strconv.Itoa(v.Branch), false)
		}
	}
}

// tupleClaims are the wishes of inline tuples.
func (p *plan) tupleClaims() []*claim {
	var claims []*claim
	for _, d := range p.tuples {
		want := wishes(d.place, "Tuple")
		d.claim = &claim{id: d.place, want: want, other: []string{want[0] + "Tuple"}, what: "the tuple at " + strconv.Quote(d.place)}
		claims = append(claims, d.claim)
	}
	return claims
}
