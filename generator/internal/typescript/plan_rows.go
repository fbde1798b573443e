package typescript

import (
	"maps"
	"slices"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// planRow writes an operation as data: what the runtime must know to call it, everything
// that is usual left out.
//
//	{ route: 'POST /rooms/{roomId}/messages', status: '201 default' }
func (p *planner) planRow(op *spec.Operation, method string) string {
	row := []string{"route: " + quote(op.Method+" "+op.Path.Template)}
	if status := statusWords(op); status != "" && status != "default" {
		row = append(row, "status: "+quote(status))
	}
	if method != op.ID {
		row = append(row, "id: "+quote(op.ID))
	}
	if body := mediaWords(op.Body); body != "" && body != "application/json" {
		row = append(row, "body: "+quote(body))
	}
	if styles := styleMembers(op); len(styles) > 0 {
		row = append(row, "style: "+literal(styles))
	}
	if p.api.Realtime != nil && !op.Call.Socket {
		row = append(row, "http: true")
	}
	if op.Actions != nil {
		if op.Actions.Stream != nil {
			row = append(row, "stream: true")
		}
		if joined := subscribeMembers(op.Actions); len(joined) > 0 {
			row = append(row, "subscribe: "+literal(joined))
		}
	}
	return literal(row)
}

// literal is an object literal in one line.
func literal(members []string) string {
	if len(members) == 0 {
		return "{}"
	}
	return "{ " + strings.Join(members, ", ") + " }"
}

// statusWords are the documented statuses: "200 404 5XX default".
func statusWords(op *spec.Operation) string {
	var words []string
	for _, r := range op.Responses {
		switch {
		case r.Status == "default" || isStatus(r.Status):
			words = append(words, r.Status)
		case isRange(r.Status):
			words = append(words, strings.ToUpper(r.Status))
		}
	}
	return strings.Join(words, " ")
}

// mediaWords are the media types of a request body.
func mediaWords(body *spec.Body) string {
	if body == nil {
		return ""
	}
	var words []string
	for _, media := range body.Content {
		words = append(words, compactMedia(media.Type))
	}
	return strings.Join(unique(words), " ")
}

// styleMembers are the parameters and members of form bodies that are not
// written in the style of their place.
func styleMembers(op *spec.Operation) []string {
	var members []string
	for _, param := range op.Params {
		if ignored(param) || param.In == spec.InQueryString {
			continue
		}
		if style := parameterStyle(param); style != "" {
			members = append(members, literalKey(string(param.In)+"."+param.Name)+": "+quote(style))
		}
	}
	if op.Body == nil {
		return members
	}
	for _, media := range op.Body.Content {
		for _, name := range slices.Sorted(maps.Keys(media.Encoding)) {
			if style := encodingStyle(media, name); style != "" {
				members = append(members, literalKey("body."+name)+": "+quote(style))
			}
		}
	}
	return unique(members)
}

// usualStyles are the styles that the runtime takes when a row says nothing.
var usualStyles = map[spec.In]string{
	spec.InPath: "simple", spec.InQuery: "form*", spec.InHeader: "simple", spec.InCookie: "form*",
}

// parameterStyle is the style of a parameter as a row has it: "pipeDelimited",
// "matrix*"; empty when it makes no difference.
func parameterStyle(param *spec.Param) string {
	if param.Content != "" {
		if isJSONMedia(param.Content) {
			return "json"
		}
		return ""
	}
	style := styleWord(param.Style, param.Explode, param.AllowReserved)
	usual := usualStyles[param.In]
	if style == usual || param.Style == "" {
		return ""
	}
	if !param.AllowReserved && isScalar(param.Type) && samePlain(param.Style, usual) {
		return ""
	}
	return style
}

// styleWord is a style with "*" for explode and "+" for allowReserved.
func styleWord(style string, explode, reserved bool) string {
	if explode && style != "deepObject" {
		style += "*"
	}
	if reserved {
		style += "+"
	}
	return style
}

// samePlain reports whether a scalar looks the same in a style and in the usual one: only the
// styles with a prefix and the cookie style (without encoding) differ.
func samePlain(style, usual string) bool {
	switch style {
	case "label", "matrix", "cookie":
		return false
	}
	return usual != ""
}

// isScalar reports whether values of t are never objects or lists.
func isScalar(t spec.Type) bool {
	if n, ok := t.(*spec.Nullable); ok {
		t = n.Elem
	}
	switch resolve(t).(type) {
	case *spec.Scalar, *spec.Enum:
		return true
	}
	return false
}

func isJSONMedia(mediaType string) bool {
	mediaType, _, _ = strings.Cut(strings.ToLower(mediaType), ";")
	mediaType = strings.TrimSpace(mediaType)
	return strings.HasSuffix(mediaType, "/json") || strings.HasSuffix(mediaType, "+json")
}

// encodingStyle is how one member of a form body is written, where the
// document says so: its style in a form, its media type in a multipart body.
func encodingStyle(media *spec.Media, name string) string {
	encoding := media.Encoding[name]
	switch {
	case encoding == nil:
		return ""
	case media.Kind == spec.MediaMultipart:
		first, _, _ := strings.Cut(encoding.ContentType, ",")
		if isPattern(first) {
			return ""
		}
		return strings.TrimSpace(first)
	case media.Kind != spec.MediaForm:
		return ""
	case encoding.Style != "":
		if style := styleWord(encoding.Style, encoding.Explode, encoding.AllowReserved); style != "form*" || isObject(media.Shape, name) {
			return style
		}
	case isJSONMedia(encoding.ContentType):
		return "json"
	}
	return ""
}

// isObject reports whether the member of a form may be an object, for which the usual style is JSON.
func isObject(form spec.Type, name string) bool {
	object, ok := resolve(form).(*spec.Object)
	if !ok {
		return true
	}
	i := slices.IndexFunc(object.Fields, func(f *spec.Field) bool { return f.Name == name })
	if i < 0 {
		return true
	}
	if _, list := resolve(object.Fields[i].Type).(*spec.List); list {
		return false
	}
	return !isScalar(object.Fields[i].Type)
}

// subscribeMembers are the channels that an operation joins, with the places
// where their parameters come from.
func subscribeMembers(a *spec.Actions) []string {
	var members []string
	for _, target := range subscriptions(a) {
		members = append(members, literalKey(target.Channel.Name)+": "+literal(bindingMembers(target.Bindings)))
	}
	return unique(members)
}

// bindingMembers say where parameters of a channel come from, where that is
// not the path parameter of the same name: { id: 'body.id' }.
func bindingMembers(bindings []spec.Binding) []string {
	var members []string
	for _, b := range bindings {
		if source := bindingSource(b); source != "path."+b.Name {
			members = append(members, literalKey(b.Name)+": "+quote(source))
		}
	}
	return members
}

// bindingSource is a place of a request, or "body" for the response's. What a client cannot
// know (claims, constants) names a place that it does not have, and the
// server's word on the address counts.
func bindingSource(b spec.Binding) string {
	if b.Expr == nil {
		return "literal." + b.Name
	}
	switch b.Expr.Source {
	case "request.path":
		return "path." + b.Expr.Name
	case "request.query":
		return "query." + b.Expr.Name
	case "request.header":
		return "headers." + b.Expr.Name
	case "response.body":
		return "body." + pointerKey(b.Expr.Pointer)
	}
	return b.Expr.Source + "." + b.Expr.Name
}

// pointerKey is the member that a JSON pointer of one step names.
func pointerKey(pointer string) string {
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(strings.TrimPrefix(pointer, "/"))
}
