package golang

import (
	"encoding/json"

	"github.com/rtgen/rtgen/spec"
)

// chat is a small document as the loader would give it, built by hand so that
// these tests depend on the emitter alone.
func chat() *spec.API {
	str := &spec.Scalar{Kind: spec.String}
	message := component("Message", object(
		field("id", str, true), field("author", str, true), field("text", str, true),
		field("at", &spec.Scalar{Kind: spec.String, Format: "date-time"}, true)))
	problem := component("Problem", object(
		field("type", str, false), field("status", &spec.Scalar{Kind: spec.Integer}, false)))
	body := inlineDecl("createMessage.body", object(field("text", str, true)))
	deleted := inlineDecl("room.message.deleted", object(field("id", str, true)))
	room := &spec.Param{Name: "roomId", In: spec.InPath, Required: true, Style: "simple", Type: &spec.Scalar{Kind: spec.String, Format: "uuid"}, Schema: "roomId"}
	problems := &spec.Response{Status: "default", Component: "Problem", Doc: spec.Doc{Description: "RFC 9457 problem"},
		Content: []*spec.Media{{Type: "application/problem+json", Kind: spec.MediaJSON, Shape: ref(problem), Schema: "Problem"}}}
	path := spec.Path{Template: "/rooms/{roomId}/messages"}
	channel := &spec.Channel{Name: "room", Template: "rooms/{roomId}", Echo: true, HistorySize: 200, Recovery: "stream",
		Params: []*spec.ChannelParam{{Name: "roomId", Type: room.Type, Schema: "roomId"}},
		Events: []*spec.ChannelEvent{
			{Name: "message.created", Event: &spec.Event{Name: "message.created", Type: ref(message), Schema: "Message", Key: "/id", HasKey: true}},
			{Name: "message.deleted", Event: &spec.Event{Name: "room.message.deleted", Type: ref(deleted), Schema: "room.message.deleted"}},
		}}
	bind := []spec.Binding{{Name: "roomId", Expr: &spec.Expr{Text: "$request.path.roomId"}}}
	bearer := []spec.Requirement{{{Scheme: "bearer"}}}
	return &spec.API{
		Title: "Chat", Version: "1.0.0", Source: "dir/chat.yaml", Fingerprint: "f00d",
		Security: []*spec.SecurityScheme{{Name: "bearer", Type: "http", Scheme: "bearer"}},
		Decls:    []*spec.Decl{message, problem, body, deleted},
		Schemas: []*spec.Schema{
			{Name: "Message", JSON: json.RawMessage(`{"type":"object"}`)},
			{Name: "Problem", JSON: json.RawMessage(`{"type":"object"}`)},
			{Name: "createMessage.body", JSON: json.RawMessage(`{"type":"object","required":["text"],"properties":{"text":{"type":"string"}}}`)},
			{Name: "room.message.deleted", JSON: json.RawMessage(`{"type":"object"}`)},
			{Name: "roomId", JSON: json.RawMessage(`{"type":"string","format":"uuid"}`)},
		},
		Operations: []*spec.Operation{
			{
				ID: "createMessage", Method: "POST", Path: path, Security: bearer, Call: spec.Callable{Socket: true, HTTP: true},
				Params: []*spec.Param{room, {Name: "Idempotency-Key", In: spec.InHeader, Style: "simple", Type: str, Schema: "key"}},
				Body:   &spec.Body{Required: true, Content: []*spec.Media{{Type: "application/json", Kind: spec.MediaJSON, Shape: ref(body), Schema: body.Name}}},
				Responses: []*spec.Response{
					{Status: "201", Doc: spec.Doc{Description: "Created"}, Headers: []*spec.Header{{Name: "Location", Type: str, Schema: "loc"}},
						Content: []*spec.Media{{Type: "application/json", Kind: spec.MediaJSON, Shape: ref(message), Schema: "Message"}}},
					problems,
				},
				Actions: &spec.Actions{Order: "expr", OrderBy: &spec.Expr{Text: "$request.path.roomId"},
					Publish: []*spec.Publish{{Channel: channel, Event: channel.Events[0], Bindings: bind, On: []string{"201"}}}},
			},
			{
				ID: "listMessages", Method: "GET", Path: path, Security: bearer, Call: spec.Callable{Socket: true, HTTP: true},
				Doc:    spec.Doc{Summary: "Latest messages; by socket it also joins the room"},
				Params: []*spec.Param{room},
				Responses: []*spec.Response{
					{Status: "200", Doc: spec.Doc{Description: "Newest first"}, Content: []*spec.Media{{Type: "application/json", Kind: spec.MediaJSON, Shape: &spec.List{Elem: ref(message)}, Schema: "list"}}},
					problems,
				},
				Actions: &spec.Actions{Subscribe: []*spec.Target{{Channel: channel, Bindings: bind, On: []string{"2XX"}, Presence: true}}},
			},
		},
		Realtime: &spec.Realtime{Endpoint: "/realtime", Stream: "/realtime/stream", Limits: spec.Limits{Message: 65536},
			Channels: []*spec.Channel{channel}},
	}
}

func component(name string, t spec.Type) *spec.Decl {
	return &spec.Decl{Name: name, Component: true, Type: t, Schema: name}
}

func inlineDecl(name string, t spec.Type) *spec.Decl {
	return &spec.Decl{Name: name, Type: t, Schema: name}
}

func object(fields ...*spec.Field) *spec.Object { return &spec.Object{Fields: fields} }

func field(name string, t spec.Type, required bool) *spec.Field {
	return &spec.Field{Name: name, Type: t, Required: required}
}

func ref(d *spec.Decl) *spec.Ref { return &spec.Ref{Decl: d} }
