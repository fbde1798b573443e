package golang

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// planRequest gives every parameter and every media type of the body a field.
func (p *plan) planRequest(o *operationPlan) {
	s := newScope("Body")
	ranks := map[spec.In][]*claim{}
	var explicit []*claim
	for _, q := range o.op.Params {
		f := &fieldPlan{typ: p.paramType(q), tag: structTag(string(q.In), q.Name), doc: paramDoc(q)}
		word := exported(q.Name, "Param")
		f.claim = &claim{
			id: q.Name, want: wishes(q.Name, "Param"), other: []string{placeWord(q.In) + word, word + "Param"}, pos: q.Pos,
			what: fmt.Sprintf("%s parameter %q", q.In, q.Name), steer: "x-go-name",
		}
		if isIdentifier(q.GoName) {
			f.claim.want, f.claim.id = []string{q.GoName}, q.GoName+"\x00"+q.Name+"\x00"+string(q.In)
			explicit = append(explicit, f.claim)
		} else {
			if q.GoName != "" {
				p.warn(q.Pos, "go-name-invalid", strconv.Quote(q.GoName)+" is not an exported Go identifier",
					"write a name such as "+exported(q.GoName, "Param"))
			}
			ranks[q.In] = append(ranks[q.In], f.claim)
		}
		o.fields = append(o.fields, f)
	}
	p.report(s.allocate(explicit))
	for _, in := range []spec.In{spec.InPath, spec.InQuery, spec.InHeader, spec.InCookie, spec.InQueryString} {
		p.report(s.allocate(ranks[in]))
	}
	if b := o.op.Body; b != nil {
		o.fields = append(o.fields, p.bodyFields(s, bodyUse{media: b.Content, required: b.Required, request: true, doc: b.Doc.Description})...)
	}
	applyFields(o.fields)
}

// placeWord tells apart parameters of one name in two places: QueryID.
func placeWord(in spec.In) string {
	switch in {
	case spec.InPath:
		return "Path"
	case spec.InQuery, spec.InQueryString:
		return "Query"
	case spec.InHeader:
		return "Header"
	}
	return "Cookie"
}

// paramType is the type of a parameter's field. One with a default is always
// there, because the runtime fills it in.
func (p *plan) paramType(q *spec.Param) goType {
	t := q.Type
	if n, ok := t.(*spec.Nullable); ok {
		return p.goType(n.Elem, false).optional()
	}
	gt := p.goType(t, false)
	if q.Required || q.In == spec.InPath || q.Default != nil && string(q.Default) != "null" {
		return gt
	}
	return gt.optional()
}

// planAnswer gives an answer its status, headers and body.
func (p *plan) planAnswer(a *answerPlan) {
	s := newScope("Body")
	if a.status {
		s["StatusCode"] = nil
		a.fields = append(a.fields, &fieldPlan{typ: builtin("int"), tag: structTag("status", ""),
			claim: &claim{got: "StatusCode"}})
	}
	var claims []*claim
	for _, h := range sortedBy(a.response.Headers, func(h *spec.Header) string { return h.Name }) {
		if strings.EqualFold(h.Name, "Content-Type") {
			continue // OpenAPI, Response Object: such a header is ignored
		}
		typ := p.goType(h.Type, false)
		if !h.Required {
			typ = typ.optional()
		}
		f := &fieldPlan{typ: typ, tag: structTag("header", h.Name), doc: comment(prose(h.Doc)), claim: &claim{
			id: h.Name, want: wishes(h.Name, "Header"), other: []string{exported(h.Name, "Header") + "Header"}, pos: h.Pos,
			what: "header " + strconv.Quote(h.Name), advice: "only another header has another name",
		}}
		claims = append(claims, f.claim)
		a.fields = append(a.fields, f)
	}
	p.report(s.allocate(claims))
	if !a.stream {
		a.fields = append(a.fields, p.bodyFields(s, bodyUse{media: a.response.Content, required: true})...)
	}
	applyFields(a.fields)
}

// bodyUse is a body as one side declares it.
type bodyUse struct {
	media    []*spec.Media
	required bool
	request  bool
	doc      string
}

// bodyFields are the fields for the media types of a body: Body when there is
// one, otherwise BodyJSON, BodyForm, … of which exactly one is set.
func (p *plan) bodyFields(s scope, use bodyUse) []*fieldPlan {
	var fields []*fieldPlan
	var claims []*claim
	single := len(use.media) == 1
	open := false
	for _, m := range use.media {
		typ := p.mediaType(m, use.request)
		c := &claim{id: m.Type, want: []string{"Body"}}
		switch {
		case !single:
			typ = typ.optional()
			c.want = mediaWishes(m)
		case !use.required && m.Kind != spec.MediaEvents && m.Kind != spec.MediaJSONLines: // no stream is an empty one
			typ = typ.optional()
		}
		f := &fieldPlan{typ: typ, tag: structTag("body", m.Type), claim: c}
		if single {
			f.doc = comment(use.doc)
			f.claim.got = "Body"
		} else {
			claims = append(claims, c)
		}
		open = open || strings.Contains(m.Type, "*")
		fields = append(fields, f)
	}
	s.allocate(claims)
	if open && s["ContentType"] == nil {
		f := &fieldPlan{typ: builtin("string"), tag: structTag("header", "Content-Type"),
			doc:   comment("The media type of Body, which the document leaves open."),
			claim: &claim{id: "Content-Type", want: []string{"ContentType", "BodyContentType"}}}
		s.allocate([]*claim{f.claim})
		fields = append([]*fieldPlan{f}, fields...)
	}
	return fields
}

// mediaType is the Go type of a body of one media type.
func (p *plan) mediaType(m *spec.Media, request bool) goType {
	reader := foreign("io", "Reader")
	switch m.Kind {
	case spec.MediaJSON:
		return p.goType(m.Shape, false)
	case spec.MediaForm, spec.MediaMultipart:
		if request && hasMembers(m.Shape, m.Kind == spec.MediaForm) {
			return p.goType(m.Shape, true)
		}
		return reader
	case spec.MediaText:
		return p.textType(m.Shape)
	case spec.MediaEvents, spec.MediaJSONLines:
		return genericOf("Stream", p.goType(m.Shape, false))
	case spec.MediaBinary:
		return reader
	}
	return reader
}

// textType is the Go type of a body that is one text: a number or a boolean where the schema wants
// one, else a string.
func (p *plan) textType(t spec.Type) goType {
	for u := t; ; {
		switch v := u.(type) {
		case *spec.Ref:
			u = v.Decl.Type
			continue
		case *spec.Scalar:
			if v.Kind != spec.String {
				return p.goType(t, false)
			}
		case *spec.Enum:
			if v.Kind != spec.String {
				return p.goType(t, false)
			}
		}
		return builtin("string")
	}
}

// hasMembers reports whether a form's shape has members to spread over fields. A map
// has, in a form of text; the parts of a multipart body need names to be files or not.
func hasMembers(t spec.Type, maps bool) bool {
	for range 100 { // aliases of aliases, at most
		switch u := t.(type) {
		case *spec.Ref:
			t = u.Decl.Type
		case *spec.Nullable:
			t = u.Elem
		case *spec.Object, *spec.Union:
			return true
		case *spec.Map:
			return maps
		default:
			return false
		}
	}
	return false
}

// mediaWishes names the field of one of several media types: BodyJSON, BodyXML,
// BodyGithubV3JSON.
func mediaWishes(m *spec.Media) []string {
	short := map[string]string{
		"application/json": "BodyJSON", "application/x-www-form-urlencoded": "BodyForm",
		"multipart/form-data": "BodyMultipart", "text/plain": "BodyText", "text/event-stream": "BodyEvents",
		"application/octet-stream": "BodyBinary", "*/*": "BodyAny",
	}
	if name := short[strings.ToLower(m.Type)]; name != "" {
		return []string{name, name + "Content"}
	}
	main, sub, _ := strings.Cut(m.Type, "/")
	sub = strings.TrimPrefix(strings.TrimPrefix(sub, "vnd."), "x-")
	if sub == "*" {
		sub = main
	}
	sub = strings.NewReplacer("*", "any", "=", " ", ";", " ").Replace(sub)
	return dedupe([]string{"Body" + inner(sub), "Body" + inner(main+" "+sub), "Body" + shorten(spelled(m.Type), m.Type)})
}
