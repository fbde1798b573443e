package typescript

import (
	"maps"
	"slices"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// operationPlan is one operation in types and as data.
type operationPlan struct {
	Doc     string // the comment of the client's method
	Name    string // of the method
	Key     string // Name as a member of an object literal
	Request string // name of the request type
	Result  string // name of the result type

	// Members are the request: parameters by place, and the body where it has one
	// form. Bodies are its alternatives where the media types differ in type.
	Members []requestMember
	Bodies  []string

	// Optional says that a call may leave the request out: it has no required member.
	Optional bool

	Replies []string // operands of the result type
	Row     string   // the operation as data: an object literal in one line
}

// requestMember is a member of a request: a line, or a group of lines.
type requestMember struct {
	Doc   string
	Text  string   // `body: types.Message`, or `path` for a group
	Group []member // the parameters of one place
}

const (
	methodHint  = "x-ts-name on the operation chooses another name"
	channelHint = "another name for the channel avoids it"
)

// planOperations names the operations and everything that belongs to one, then plans each.
func (p *planner) planOperations(out *plan) {
	names := p.nameMethods()
	requests := p.nameBeside(names, "Request")
	results := p.nameBeside(names, "Result")
	channels := p.nameChannels()
	out.Operations = make([]operationPlan, len(p.api.Operations))
	for i, op := range p.api.Operations {
		plan := &out.Operations[i]
		plan.Name, plan.Key, plan.Request, plan.Result = names[i], literalKey(names[i]), requests[i], results[i]
		p.planRequest(plan, op)
		p.planResult(plan, op, channels)
		plan.Doc = methodDoc(op)
		plan.Row = p.planRow(op, plan.Name)
	}
	p.planChannels(out, channels)
	out.Paths = planPaths(p.api.Operations, names)
}

// nameMethods decides the names of the methods, in the order of the operations.
func (p *planner) nameMethods() []string {
	reserved := maps.Clone(reservedMethods)
	for _, op := range p.api.Operations {
		reserved[strings.ToLower(op.Method)] = "for calls by path" // OpenAPI 3.2 allows any method
	}
	methods := newScope("method", methodHint, reserved)
	claims := make([]claim, len(p.api.Operations))
	for i, op := range p.api.Operations {
		claims[i] = claim{rank: rankOperation, source: op.ID, explicit: op.TSName, first: methodName(op.ID), pos: op.Pos,
			rest: func() []string { return otherMethodNames(op.ID) }}
	}
	names := methods.allocate(claims)
	p.diags = append(p.diags, methods.diags...)
	return names
}

// nameBeside decides the names of the types that belong to operations, after their methods.
func (p *planner) nameBeside(methods []string, suffix string) []string {
	claims := make([]claim, len(methods))
	for i, name := range methods {
		base := upperFirst(name)
		claims[i] = claim{
			rank: rankOperation, source: name + " " + strings.ToLower(suffix), pos: p.api.Operations[i].Pos,
			first: base + suffix, rest: func() []string { return []string{base + "Operation" + suffix, base + "_" + suffix} },
		}
	}
	return p.types.allocate(claims)
}

// places are the members of a request that hold parameters, in their order. The parameter that is the whole query
// (OpenAPI 3.2) stands in the query by its name, as it does in a frame.
var places = []location{{"path", []spec.In{spec.InPath}}, {"query", []spec.In{spec.InQuery, spec.InQueryString}},
	{"headers", []spec.In{spec.InHeader}}, {"cookies", []spec.In{spec.InCookie}}}

type location struct {
	name string
	in   []spec.In
}

// holds reports whether a parameter stands in the place.
func (l location) holds(param *spec.Param) bool {
	return slices.Contains(l.in, param.In) && !ignored(param)
}

// ignoredHeaders are described elsewhere in a document; OpenAPI says of
// parameters with these names that they are ignored.
var ignoredHeaders = []string{"accept", "content-type", "authorization"}

func ignored(param *spec.Param) bool {
	return param.In == spec.InHeader && slices.Contains(ignoredHeaders, strings.ToLower(param.Name))
}

func (p *planner) planRequest(plan *operationPlan, op *spec.Operation) {
	plan.Optional = true
	for _, place := range places {
		group, required := p.parameters(op, place)
		if len(group) == 0 {
			continue
		}
		plan.Members = append(plan.Members, requestMember{Text: optional(place.name, required), Group: group})
		plan.Optional = plan.Optional && !required
	}
	if op.Body != nil && len(op.Body.Content) > 0 {
		p.planBody(plan, op.Body)
	}
}

func optional(name string, required bool) string {
	if required {
		return name
	}
	return name + "?"
}

// parameters are the members of one place, and whether one of them is required.
func (p *planner) parameters(op *spec.Operation, in location) (group []member, required bool) {
	for _, param := range op.Params {
		if !in.holds(param) {
			continue
		}
		p.checkName(param.Pos, "parameter", param.Name, param.TSName)
		var tags []string
		if len(param.Default) > 0 && len(param.Default) <= 80 {
			tags = append(tags, "@default "+cleanLine(string(param.Default)))
		}
		group = append(group, member{
			Doc:  proseDoc(4, param.Doc, tags),
			Text: p.parameter(param),
		})
		required = required || param.Required
	}
	return group, required
}

// parameter is a member for one parameter. An optional one may be given as undefined, so that
// a program can pass on what it may not have.
func (p *planner) parameter(param *spec.Param) string {
	text := p.typer.expr(param.Type, requestForm, inRequest)
	if param.Required || text == "unknown" {
		return optional(key(param.Name), param.Required) + ": " + text
	}
	return key(param.Name) + "?: " + text + " | undefined"
}

// planBody writes the body as one member where its media types have one type,
// and as alternatives with their contentType otherwise.
func (p *planner) planBody(plan *operationPlan, body *spec.Body) {
	types := make([]string, len(body.Content))
	for i, media := range body.Content {
		types[i] = p.bodyType(media)
	}
	first := optional("contentType", isPattern(body.Content[0].Type))
	doc := proseDoc(2, body.Doc, nil)
	plan.Optional = plan.Optional && !body.Required
	if shared := unique(types); len(shared) == 1 {
		plan.Members = append(plan.Members, requestMember{Doc: doc, Text: optional("body", body.Required) + ": " + types[0]})
		if len(types) > 1 || isPattern(body.Content[0].Type) {
			plan.Members = append(plan.Members, requestMember{Text: first + ": " + contentTypes(body.Content)})
		}
		return
	}
	for i := range body.Content {
		member, contentType := "body", "contentType"
		if i == 0 {
			member, contentType = optional("body", body.Required), first
		}
		plan.Bodies = append(plan.Bodies,
			"{ "+member+": "+types[i]+"; "+contentType+": "+contentTypes(body.Content[i:i+1])+" }")
	}
}

// isPattern reports whether a media type stands for many: "image/*".
func isPattern(mediaType string) bool { return strings.Contains(mediaType, "*") }

// contentTypes is the type of a contentType that names one of the media types.
func contentTypes(content []*spec.Media) string {
	texts := make([]string, len(content))
	for i, media := range content {
		texts[i] = mediaLiteral(media.Type)
	}
	texts = unique(texts)
	if slices.Contains(texts, "string") {
		return "string"
	}
	return strings.Join(texts, " | ")
}

// mediaLiteral is the type of a media type: itself, or what fits a pattern.
func mediaLiteral(mediaType string) string {
	mediaType = compactMedia(mediaType)
	prefix, ok := strings.CutSuffix(mediaType, "/*")
	switch {
	case !isPattern(mediaType):
		return quote(mediaType)
	case ok && !isPattern(prefix) && !strings.ContainsFunc(prefix, notPlain):
		return "`" + prefix + "/${string}`"
	}
	return "string"
}

// compactMedia is a media type without spaces, which separate media types in a row.
func compactMedia(mediaType string) string { return strings.Join(strings.Fields(mediaType), "") }

// bodyType is the type of a request body in one media type.
func (p *planner) bodyType(media *spec.Media) string {
	switch media.Kind {
	case spec.MediaMultipart:
		if media.Shape == nil {
			return "FormData"
		}
		return "FormData | " + p.typer.operand(media.Shape, requestForm, inUpload)
	case spec.MediaForm:
		if media.Shape == nil {
			return "URLSearchParams"
		}
	case spec.MediaText, spec.MediaEvents, spec.MediaJSONLines:
		return "string"
	case spec.MediaBinary:
		return p.typer.blob + " | ArrayBuffer | ReadableStream"
	}
	return p.typer.expr(media.Shape, requestForm, requestUse(media))
}

// methodDoc is the comment of a client's method.
func methodDoc(op *spec.Operation) string {
	paragraphs := append(append(prose(op.Doc), linkDocs(op)...), codeText(op.Method+" "+op.Path.Template))
	var tags []string
	if op.Doc.Deprecated {
		tags = append(tags, "@deprecated")
	}
	return docComment(2, paragraphs, tags)
}

// codeText is a short text in backquotes, for comments.
func codeText(text string) string { return "`" + oneLine(text) + "`" }
