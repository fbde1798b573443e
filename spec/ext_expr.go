package spec

import (
	"regexp"
	"slices"
	"strings"
)

var exprPattern = regexp.MustCompile(`^\$(?:(request)\.(path|query|header)\.([^#]+)|(request|response)\.(body)(?:#((?:/.*)?))?|(response)\.(header)\.([^#]+)|(auth)\.([A-Za-z0-9_]+))$`)

// expr parses a runtime expression; nil, reported, when it is none.
func (b *builder) expr(n *node) *Expr {
	m := exprPattern.FindStringSubmatch(n.text)
	if n.kind != stringNode || m == nil {
		b.report.errorHint(n, "expression-syntax",
			"write for example $request.path.id, $request.body#/room, $response.body#/id or $auth.sub", "%s is no expression", quote(n.text))
		return nil
	}
	e := &Expr{Text: n.text}
	switch {
	case m[1] != "":
		e.Source, e.Name = m[1]+"."+m[2], m[3]
	case m[5] != "":
		e.Source, e.Pointer = m[4]+"."+m[5], m[6]
		if !pointerPattern.MatchString(e.Pointer) {
			b.report.errorf(n, "realtime-pointer", "%s is no JSON pointer", quote(e.Pointer))
			return nil
		}
	case m[7] != "":
		e.Source, e.Name = m[7]+"."+m[8], m[9]
	default:
		e.Source, e.Name = m[10], m[11]
	}
	return e
}

// exprType is the type of what an expression names in an operation that answers
// with one of the statuses. Nothing, reported, when it names what is not there.
func (b *builder) exprType(at *node, e *Expr, op *Operation, on []string) (t Type, optional bool) {
	switch e.Source {
	case "request.path", "request.query", "request.header":
		return b.exprParam(at, e, op)
	case "request.body":
		return b.exprBody(at, e, op)
	case "response.body", "response.header":
		return b.exprResponse(at, e, op, on)
	default:
		if op.Security == nil && b.api.Realtime.Security == nil {
			b.report.errorHint(at, "expression-auth", "ask for credentials with security", "%s asks nobody for credentials, so there is no %s",
				quote(op.ID), quote(e.Text))
		}
		return nil, false
	}
}

func (b *builder) exprParam(at *node, e *Expr, op *Operation) (Type, bool) {
	in := In(strings.TrimPrefix(e.Source, "request."))
	var names []string
	for _, p := range op.Params {
		if p.In != in {
			continue
		}
		names = append(names, p.Name)
		if p.Name == e.Name || in == InHeader && strings.EqualFold(p.Name, e.Name) {
			return p.Type, !p.Required && p.Default == nil
		}
	}
	b.report.errorHint(at, "expression-unknown", didYouMean(e.Name, names), "%s has no %s parameter %s", quote(op.ID), in, quote(e.Name))
	return nil, false
}

func (b *builder) exprBody(at *node, e *Expr, op *Operation) (Type, bool) {
	if op.Body == nil {
		b.report.errorf(at, "expression-unknown", "%s has no request body", quote(op.ID))
		return nil, false
	}
	t, optional := b.exprMedia(at, e, "the request body of "+quote(op.ID), op.Body.Content)
	return t, optional || !op.Body.Required
}

// exprMedia follows the expression's pointer into the first structured media type.
func (b *builder) exprMedia(at *node, e *Expr, where string, content []*Media) (Type, bool) {
	for _, m := range content {
		if m.Kind != MediaJSON && m.Kind != MediaForm {
			continue
		}
		if m.Shape == nil {
			return nil, false
		}
		step, known := b.followType(m.Shape, e.Pointer)
		if !known {
			b.report.errorHint(at, "expression-unknown", didYouMean(lastToken(e.Pointer), step.names), "%s has no %s", where, quote(e.Pointer))
			return nil, false
		}
		return step.t, step.optional
	}
	b.report.errorf(at, "expression-unknown", "%s is not JSON, so nothing can be taken from it", where)
	return nil, false
}

func lastToken(pointer string) string {
	return unescapePointer(pointer[strings.LastIndexByte(pointer, '/')+1:])
}

// exprResponse looks at every response that the statuses mean.
func (b *builder) exprResponse(at *node, e *Expr, op *Operation, on []string) (t Type, optional bool) {
	for _, r := range op.Responses {
		if !statusListed(r.Status, on) {
			continue
		}
		where := "response " + r.Status + " of " + quote(op.ID)
		if e.Source == "response.header" {
			i := slices.IndexFunc(r.Headers, func(h *Header) bool { return strings.EqualFold(h.Name, e.Name) })
			if i < 0 {
				b.report.errorf(at, "expression-unknown", "%s has no header %s", where, quote(e.Name))
				return nil, false
			}
			t, optional = r.Headers[i].Type, optional || !r.Headers[i].Required
			continue
		}
		if len(r.Content) == 0 {
			b.report.errorHint(at, "expression-unknown", "name the statuses that have a body in on", "%s has no body", where)
			return nil, false
		}
		bodyType, maybe := b.exprMedia(at, e, where, r.Content)
		t, optional = bodyType, optional || maybe
	}
	return t, optional
}

// statusListed reports whether a declared response can be one of the statuses.
func statusListed(status string, on []string) bool {
	for _, want := range on {
		if status == want || strings.HasSuffix(want, "XX") && status[0] == want[0] ||
			strings.HasSuffix(status, "XX") && status[0] == want[0] {
			return true
		}
	}
	return false
}

// stepped is where a pointer led within a type.
type stepped struct {
	t        Type // nil: nothing is known about it
	optional bool
	names    []string // of the members where it broke off
}

// followType follows a JSON pointer through a type. What has no static shape is
// taken to have everything.
func (b *builder) followType(t Type, pointer string) (at stepped, known bool) {
	at.t = t
	if pointer == "" {
		return at, true
	}
	for _, token := range strings.Split(pointer[1:], "/") {
		if at, known = b.step(at, unescapePointer(token)); !known || at.t == nil {
			return at, known
		}
	}
	return at, true
}

// step follows one token.
func (b *builder) step(from stepped, token string) (at stepped, known bool) {
	at = from
	t := from.t
	if n, ok := t.(*Nullable); ok {
		t, at.optional = n.Elem, true
	}
	if r, ok := t.(*Ref); ok {
		t = r.Decl.Type
	}
	switch t := t.(type) {
	case *Object:
		for _, f := range t.Fields {
			if f.Name == token {
				at.t, at.optional = f.Type, at.optional || !f.Required && f.Default == nil
				return at, true
			}
			at.names = append(at.names, f.Name)
		}
		if t.Additional != nil || len(t.Patterns) > 0 {
			return stepped{t: t.Additional, optional: true}, true
		}
		return at, false
	case *Map:
		return stepped{t: t.Elem, optional: true}, true
	case *List:
		if !isDigits(token) {
			return at, false
		}
		return stepped{t: t.Elem, optional: true}, true
	case *Union:
		return b.stepUnion(at, t, token)
	case *Scalar, *Enum:
		return at, false
	}
	return stepped{}, true
}

// stepUnion finds a member that any variant has.
func (b *builder) stepUnion(from stepped, u *Union, token string) (at stepped, known bool) {
	at = from
	missing := false
	for _, v := range u.Variants {
		next, ok := b.step(stepped{t: v.Type}, token)
		if !ok {
			missing = true
			at.names = append(at.names, next.names...)
			continue
		}
		if !known {
			at.t = next.t
		} else if !sameType(at.t, next.t) {
			at.t = nil
		}
		at.optional = at.optional || next.optional
		known = true
	}
	at.optional = at.optional || missing
	return at, known
}
