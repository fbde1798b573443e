package golang

import "github.com/rtgen/rtgen/spec"

// collectUses finds out where types travel: which of them are files in forms, which
// are JSON, and what the document says where an inline type stands.
func (p *plan) collectUses() {
	p.events = map[*spec.Decl]string{}
	forms, texts, bodies := map[*spec.Decl]bool{}, map[*spec.Decl]bool{}, map[*spec.Decl]bool{}
	for _, list := range [][]*spec.Operation{p.api.Operations, p.api.Webhooks} {
		for _, op := range list {
			operationUses(op, forms, texts, bodies)
			for _, callback := range op.Callbacks {
				operationUses(callback, forms, texts, bodies)
			}
		}
	}
	if p.api.Realtime != nil {
		for _, e := range p.api.Realtime.Events {
			reach(e.Type, bodies)
		}
		for _, c := range p.api.Realtime.Channels {
			for _, e := range c.Events {
				reach(e.Event.Type, bodies)
				eachRef(e.Event.Type, func(d *spec.Decl) { p.events[d] = e.Name })
			}
			if c.Presence != nil {
				reach(c.Presence.Info, bodies)
			}
		}
	}
	p.uploads, p.onWire, p.said = forms, bodies, map[*spec.Decl]string{}
	for _, d := range p.api.Decls {
		if texts[d] || bodies[d] {
			delete(p.uploads, d)
		}
		if d.Component || !forms[d] && !texts[d] {
			p.onWire[d] = true // used by nothing yet: people will
		}
		if o, ok := d.Type.(*spec.Object); ok {
			p.saidByFields(o)
		}
	}
}

// operationUses marks what one operation sends and receives.
func operationUses(op *spec.Operation, forms, texts, bodies map[*spec.Decl]bool) {
	for _, q := range op.Params {
		reach(q.Type, texts)
	}
	if op.Body != nil {
		for _, m := range op.Body.Content {
			if m.Kind == spec.MediaMultipart || m.Kind == spec.MediaForm {
				reach(m.Shape, forms)
			} else {
				reach(m.Shape, bodies)
			}
		}
	}
	for _, r := range op.Responses {
		for _, h := range r.Headers {
			reach(h.Type, texts)
		}
		for _, m := range r.Content {
			reach(m.Shape, bodies)
		}
	}
}

// saidByFields notes the prose of members whose type is inline.
func (p *plan) saidByFields(o *spec.Object) {
	for _, f := range o.Fields {
		text := prose(untitled(f.Doc))
		if text == "" {
			continue
		}
		t := f.Type
		for t != nil {
			switch u := t.(type) {
			case *spec.Nullable:
				t = u.Elem
				continue
			case *spec.Ref:
				if !u.Decl.Component {
					p.said[u.Decl] = text
				}
			}
			break
		}
	}
}

// reach marks every declaration that a type leads to.
func reach(t spec.Type, seen map[*spec.Decl]bool) {
	var work []*spec.Decl
	visit := func(d *spec.Decl) {
		if !seen[d] {
			seen[d] = true
			work = append(work, d)
		}
	}
	eachRef(t, visit)
	for len(work) > 0 {
		d := work[len(work)-1]
		work = work[:len(work)-1]
		eachRef(d.Type, visit)
	}
}

// eachRef calls f for every declaration that a type mentions.
func eachRef(t spec.Type, f func(*spec.Decl)) {
	switch t := t.(type) {
	case nil, *spec.Any, *spec.Scalar, *spec.Enum:
	case *spec.Ref:
		f(t.Decl)
	case *spec.Nullable:
		eachRef(t.Elem, f)
	case *spec.Map:
		eachRef(t.Elem, f)
	case *spec.List:
		for _, e := range t.Prefix {
			eachRef(e, f)
		}
		eachRef(t.Elem, f)
	case *spec.Union:
		for _, v := range t.Variants {
			eachRef(v.Type, f)
		}
	case *spec.Object:
		for _, field := range t.Fields {
			eachRef(field.Type, f)
		}
		eachRef(t.Additional, f)
		for _, pf := range t.Patterns {
			eachRef(pf.Type, f)
		}
		for _, c := range t.Choices {
			eachRef(c.Type, f)
		}
	default:
		panic(unknownType(t))
	}
}
