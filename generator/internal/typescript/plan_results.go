package typescript

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// planResult writes the result type: one Reply for each status and media type.
func (p *planner) planResult(plan *operationPlan, op *spec.Operation, channels map[*spec.Channel]string) {
	var replies []string
	for _, response := range op.Responses {
		if op.Actions != nil && op.Actions.Stream != nil {
			response = streamed(response)
		}
		headers := replyHeaders(response)
		joined := joinedChannels(op, response, channels)
		for _, status := range statusTypes(op, response.Status) {
			replies = append(replies, p.replies(status, response.Content, headers, joined)...)
		}
	}
	if replies = unique(replies); len(replies) == 0 {
		replies = []string{"Reply<number, unknown>"}
	}
	plan.Replies = replies
	p.noteImports(replies)
}

var runtimeName = regexp.MustCompile(`\b(?:Default|Rest|Status[1-5]XX)\b`)

// noteImports remembers which types of the runtime the replies mention.
func (p *planner) noteImports(replies []string) {
	p.imports["Reply"] = true
	for _, r := range replies {
		status, _, _ := strings.Cut(strings.TrimPrefix(r, "Reply<"), ", ")
		for _, name := range runtimeName.FindAllString(status, -1) {
			p.imports[name] = true
		}
	}
}

// streamed is a response of an operation that streams a channel: its events
// arrive on the channel, and the body stays away.
func streamed(r *spec.Response) *spec.Response {
	without := *r
	without.Content = slices.DeleteFunc(slices.Clone(r.Content), func(m *spec.Media) bool { return m.Kind == spec.MediaEvents || m.Kind == spec.MediaJSONLines })
	return &without
}

// replies are the answers of one status, one for each media type that has a
// type of its own.
func (p *planner) replies(status string, content []*spec.Media, headers, joined string) []string {
	if len(content) == 0 {
		return []string{reply(status, "undefined", headers, joined, "")}
	}
	bodies := make([]string, len(content))
	for i, media := range content {
		bodies[i] = p.replyBody(media)
	}
	if len(unique(bodies)) == 1 {
		return []string{reply(status, bodies[0], headers, joined, "")}
	}
	texts := make([]string, len(bodies))
	for i, media := range content {
		texts[i] = reply(status, bodies[i], headers, joined, essence(media.Type))
	}
	return texts
}

// reply is one Reply<…>, without the arguments at its end that have the default.
func reply(status, body, headers, channels, mediaType string) string {
	args := []string{status, body, headers, channels, mediaType}
	usual := []string{"", "undefined", "unknown", "unknown", ""}
	for i := range args {
		if args[i] == "" {
			args[i] = usual[i]
		}
	}
	for len(args) > 1 && args[len(args)-1] == usual[len(args)-1] {
		args = args[:len(args)-1]
	}
	return "Reply<" + strings.Join(args, ", ") + ">"
}

// essence is the literal type of a media type without its parameters, in lower case, as a reply has it.
func essence(mediaType string) string {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	return mediaLiteral(strings.ToLower(mediaType))
}

// replyBody is the type of a response body as the runtime decodes it: JSON by
// its schema, sequences as streams of items, text as a string, everything else as a Blob. A pattern may be
// answered with JSON, so its schema is believed.
func (p *planner) replyBody(media *spec.Media) string {
	mediaType, _, _ := strings.Cut(strings.ToLower(media.Type), ";")
	mediaType = strings.TrimSpace(mediaType)
	switch {
	case media.Kind == spec.MediaJSON, mediaType == "*/*", mediaType == "application/*":
		return p.typer.expr(media.Shape, responseForm, inResponse)
	case streams(media):
		p.imports["Stream"], p.streams = true, true
		return "Stream<" + p.typer.expr(media.Shape, responseForm, inResponse) + ">"
	case strings.HasPrefix(mediaType, "text/"), strings.HasSuffix(mediaType, "xml"):
		return "string"
	}
	return p.typer.blob
}

// statusTypes are the status types of a response: 201, Rest<Status4XX, 404>. A default stands for
// success too where the document lists none.
func statusTypes(op *spec.Operation, status string) []string {
	switch {
	case status == "default":
		texts := []string{withArguments("Default", listedStatuses(op, "default"))}
		if !slices.ContainsFunc(op.Responses, isSuccess) {
			texts = append(texts, "Status2XX")
		}
		return texts
	case isRange(status):
		name := "Status" + strings.ToUpper(status)
		if listed := listedStatuses(op, status); len(listed) > 0 {
			return []string{"Rest<" + name + ", " + strings.Join(listed, " | ") + ">"}
		}
		return []string{name}
	case isStatus(status):
		return []string{status}
	}
	return nil
}

func withArguments(name string, args []string) string {
	if len(args) == 0 {
		return name
	}
	return name + "<" + strings.Join(args, " | ") + ">"
}

// listedStatuses are the statuses from 300 on, or within a range, that the document lists beside
// a default or that range.
func listedStatuses(op *spec.Operation, beside string) []string {
	var listed []string
	for _, r := range op.Responses {
		switch {
		case r.Status == beside:
		case beside != "default":
			if isStatus(r.Status) && r.Status[0] == beside[0] {
				listed = append(listed, r.Status)
			}
		case isStatus(r.Status) && r.Status >= "300":
			listed = append(listed, r.Status)
		case isRange(r.Status) && r.Status[0] >= '3':
			listed = append(listed, "Status"+strings.ToUpper(r.Status))
		}
	}
	return listed
}

func isSuccess(r *spec.Response) bool { return strings.HasPrefix(r.Status, "2") }

// isStatus reports whether s is a number that can be a status.
func isStatus(s string) bool {
	return len(s) == 3 && s[0] >= '1' && s[0] <= '9' && isDigit(s[1]) && isDigit(s[2])
}

// isRange reports whether s is a range of statuses: "4XX".
func isRange(s string) bool {
	return len(s) == 3 && s[0] >= '1' && s[0] <= '5' && strings.EqualFold(s[1:], "xx")
}

// replyHeaders is the type of a response's headers, by lower-case name, as
// both transports give them.
func replyHeaders(r *spec.Response) string {
	fields := map[string]bool{}
	for _, h := range r.Headers {
		// A reply has its media type elsewhere.
		if name := strings.ToLower(h.Name); name != "content-type" && name != "__proto__" {
			fields[name] = fields[name] || h.Required
		}
	}
	return objectOf(fields, func(string) string { return "string" })
}

// objectOf writes an object type of members that are required or not.
func objectOf(fields map[string]bool, typeOf func(name string) string) string {
	if len(fields) == 0 {
		return ""
	}
	lines := make([]string, 0, len(fields))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		lines = append(lines, optional(key(name), fields[name])+": "+typeOf(name))
	}
	return "{ " + strings.Join(lines, "; ") + " }"
}

// joinedChannels is the type of the channels that an answer subscribes to.
func joinedChannels(op *spec.Operation, r *spec.Response, channels map[*spec.Channel]string) string {
	if op.Actions == nil || r.Status == "default" && slices.ContainsFunc(op.Responses, isSuccess) {
		return ""
	}
	fields, names := map[string]bool{}, map[string]string{}
	for _, target := range subscriptions(op.Actions) {
		name, known := channels[target.Channel]
		if covered := coverage(target.On, r.Status); known && covered != "" {
			fields[target.Channel.Name] = fields[target.Channel.Name] || covered == "all"
			names[target.Channel.Name] = name
		}
	}
	return objectOf(fields, func(name string) string { return names[name] })
}

// coverage says whether the statuses of an action cover those of a response:
// "all" of them, "some", or "" for none.
func coverage(on []string, status string) string {
	if len(on) == 0 {
		on = []string{"2XX"}
	}
	some := ""
	for _, s := range on {
		switch {
		case strings.EqualFold(s, status), isRange(s) && isStatus(status) && s[0] == status[0]:
			return "all"
		case isStatus(s) && isRange(status) && s[0] == status[0], status == "default":
			some = "some"
		}
	}
	return some
}
