package typescript

import (
	"cmp"
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
	if op.Body != nil && len(op.Body.Content) > 0 {
		if body := compactMedia(op.Body.Content[0].Type); body != "application/json" {
			row = append(row, "body: "+quote(body))
		}
		p.forms = p.forms || slices.ContainsFunc(op.Body.Content, isForm)
	}
	if styles := styleMembers(op); len(styles) > 0 {
		row = append(row, "style: "+literal(styles))
		p.styles = true
	}
	if p.api.Realtime != nil && !op.Call.Socket {
		row = append(row, "http: true")
	}
	if isCached(op) {
		row = append(row, "cached: true")
	}
	if op.Actions != nil && op.Actions.Stream != nil {
		row = append(row, "stream: true")
	} else if items := itemKind(op); items != "" {
		row = append(row, "items: "+quote(items))
	}
	return literal(row)
}

// isCached reports whether the document says that shared caches may keep a successful answer: its
// header Cache-Control can only be public. By HTTP such a call may not reach the server at all.
func isCached(op *spec.Operation) bool {
	if op.Method != "GET" {
		return false
	}
	return slices.ContainsFunc(op.Responses, func(r *spec.Response) bool {
		return isSuccess(r) && slices.ContainsFunc(r.Headers, func(h *spec.Header) bool {
			values, ok := resolve(h.Type).(*spec.Enum)
			return ok && strings.EqualFold(h.Name, "Cache-Control") && !values.Open &&
				!slices.ContainsFunc(values.Values, func(v spec.EnumValue) bool { return !strings.Contains(string(v.JSON), "public") })
		})
	})
}

func isForm(media *spec.Media) bool {
	return media.Kind == spec.MediaForm || media.Kind == spec.MediaMultipart
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

// styleMembers are the parameters and members of form bodies that are not
// written in the style of their place. A member that several media types describe
// has the style that comes first.
func styleMembers(op *spec.Operation) []string {
	var members []string
	seen := map[string]bool{}
	add := func(place, name, style string) {
		if key := literalKey(place + "." + name); style != "" && !seen[key] {
			seen[key] = true
			members = append(members, key+": "+quote(style))
		}
	}
	for _, param := range op.Params {
		switch {
		case ignored(param):
		case param.In == spec.InQueryString:
			add("query", param.Name, wholeStyle(param))
		case param.In == spec.InPath:
			style := parameterStyle(param)
			if end := delimiter(op.Path.Template, param.Name); end != "" {
				style = cmp.Or(style, "simple") + end
			}
			add("path", param.Name, style)
		default:
			add(string(param.In), param.Name, parameterStyle(param))
		}
	}
	if op.Body == nil {
		return members
	}
	for _, media := range op.Body.Content {
		for _, name := range slices.Sorted(maps.Keys(media.Encoding)) {
			add("body", name, encodingStyle(media, name))
		}
	}
	return members
}

// parameterStyle is the style of a parameter as a row has it: "pipeDelimited",
// "matrix*"; empty where the runtime's own way gives the same text. That way is simple in paths and
// headers, form with explode elsewhere, and it writes no objects.
func parameterStyle(param *spec.Param) string {
	inQuery := param.In == spec.InQuery || param.In == spec.InCookie
	if param.Content != "" {
		switch {
		case !isJSONMedia(param.Content):
			return ""
		case inQuery:
			return "json"
		}
		return "jsonValue"
	}
	style := styleWord(param.Style, param.Explode, param.AllowReserved)
	switch shapeOf(param.Type, 0) {
	case shapeScalar:
		if plainStyles[param.Style] && !param.AllowReserved {
			return ""
		}
	case shapeList:
		if style == "form*" && inQuery || !inQuery && (style == "simple" || style == "simple*") {
			return ""
		}
	}
	return style
}

// wholeStyle is the style of the parameter that is the whole query.
func wholeStyle(param *spec.Param) string {
	switch {
	case isJSONMedia(param.Content):
		return "jsonValue"
	case shapeOf(param.Type, 0) == shapeObject:
		return "whole"
	}
	return "simple" // a text
}

// delimiter ends the style of a path parameter that shares its segment with another one behind it: the text between
// the two, where a value could have it unencoded.
//
//	/files/{name}.{ext}   'path.name': 'simple.'
func delimiter(template, name string) string {
	_, rest, _ := strings.Cut(template, "{"+name+"}")
	text, behind, more := strings.Cut(rest, "{")
	if !more || behind == "" || text == "" || strings.Contains(text, "/") || !strings.Contains("-_.!~'()", text[:1]) {
		return ""
	}
	return text[:1]
}

// plainStyles are the styles in which a scalar is only its text.
var plainStyles = map[string]bool{
	"": true, "simple": true, "form": true, "spaceDelimited": true, "pipeDelimited": true, "deepObject": true,
}

// shape is what matters about a type when it is written as text.
type shape int

const (
	shapeScalar shape = iota
	shapeList
	shapeObject // or anything
)

// shapeOf is the shape of the values of a type: scalar or list only where all
// of them are.
func shapeOf(t spec.Type, depth int) shape {
	if depth > 100 {
		return shapeObject
	}
	switch t := resolve(t).(type) {
	case *spec.Scalar, *spec.Enum:
		return shapeScalar
	case *spec.List:
		return shapeList
	case *spec.Nullable:
		return shapeOf(t.Elem, depth+1)
	case *spec.Union:
		most := shapeScalar
		for i, v := range t.Variants {
			if s := shapeOf(v.Type, depth+1); i == 0 || s > most {
				most = s
			}
		}
		return most
	}
	return shapeObject
}

// styleWord is a style with "*" for explode and "+" for allowReserved. The cookie style is form
// without encoding.
func styleWord(style string, explode, reserved bool) string {
	switch {
	case style == "":
		return ""
	case style == "cookie":
		style, reserved = "form", true
	}
	if explode && style != "deepObject" {
		style += "*"
	}
	if reserved {
		style += "+"
	}
	return style
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
	case isJSONMedia(encoding.ContentType):
		return "json"
	}
	style := styleWord(encoding.Style, encoding.Explode, encoding.AllowReserved)
	switch memberShape(media.Shape, name) {
	case shapeScalar:
		if !encoding.AllowReserved {
			return ""
		}
	case shapeList:
		if style == "form*" {
			return ""
		}
	}
	return style
}

// memberShape is the shape of a member of a form.
func memberShape(form spec.Type, name string) shape {
	if object, ok := resolve(form).(*spec.Object); ok {
		for _, f := range object.Fields {
			if f.Name == name {
				return shapeOf(f.Type, 0)
			}
		}
	}
	return shapeObject
}

// subscriptions are the channels that an operation joins: those that it
// subscribes to, and the one that it streams.
func subscriptions(a *spec.Actions) []*spec.Target {
	if a.Stream == nil {
		return a.Subscribe
	}
	return append(slices.Clone(a.Subscribe), a.Stream)
}
