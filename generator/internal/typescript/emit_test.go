package typescript

import (
	"testing"

	"github.com/rtgen/rtgen/spec"
)

func TestOutputOfTheExampleCompiles(t *testing.T) {
	t.Parallel()
	files, diags, err := Emit(chat(), Options{})
	if err != nil || len(diags) != 0 {
		t.Fatalf("Emit: %v, %v", diags, err)
	}
	dir := writeFiles(t, files)
	mustCompile(t, dir, strictest, "index.ts")
	mustCompile(t, dir, loosest, "index.ts")
}

// chat is the model of a small document with a channel.
func chat() *spec.API {
	str := &spec.Scalar{Kind: spec.String}
	message := &spec.Decl{Name: "Message", Component: true, Doc: spec.Doc{Description: "A message of a room."}, Type: &spec.Object{Fields: []*spec.Field{
		{Name: "id", Type: str, Required: true, ReadOnly: true},
		{Name: "author", Type: &spec.Nullable{Elem: str}},
		{Name: "text", Type: str, Required: true, Doc: spec.Doc{Description: "What was said."}},
	}}}
	problem := &spec.Decl{Name: "Problem", Component: true, Type: &spec.Object{Fields: []*spec.Field{{Name: "title", Type: str}}}}
	member := &spec.Decl{Name: "Member", Component: true, Type: &spec.Object{Fields: []*spec.Field{{Name: "name", Type: str, Required: true}}}}
	body := &spec.Decl{Name: "createMessage.body", Type: &spec.Object{Fields: []*spec.Field{{Name: "text", Type: str, Required: true}}}}
	ref := func(d *spec.Decl) spec.Type { return &spec.Ref{Decl: d} }
	json := func(t spec.Type) []*spec.Media {
		return []*spec.Media{{Type: "application/json", Kind: spec.MediaJSON, Shape: t}}
	}
	room := &spec.Channel{
		Name: "room", Template: "rooms/{roomId}", Params: []*spec.ChannelParam{{Name: "roomId", Type: str}},
		Presence: &spec.Presence{Visibility: "members", Info: ref(member)},
		Events:   []*spec.ChannelEvent{{Name: "message.created", Event: &spec.Event{Name: "room.message.created", Type: ref(message)}}},
	}
	path := spec.Path{Template: "/rooms/{roomId}/messages"}
	roomID := &spec.Param{Name: "roomId", In: spec.InPath, Required: true, Style: "simple", Type: str}
	problems := &spec.Response{Status: "default", Content: []*spec.Media{{Type: "application/problem+json", Kind: spec.MediaJSON, Shape: ref(problem)}}}
	bind := []spec.Binding{{Name: "roomId", Expr: &spec.Expr{Text: "$request.path.roomId", Source: "request.path", Name: "roomId"}}}
	return &spec.API{
		Title: "Chat", Source: "chat.yaml", Fingerprint: "f1",
		Servers: []*spec.Server{{URL: "https://chat.example"}},
		Decls:   []*spec.Decl{member, message, problem, body},
		Operations: []*spec.Operation{
			{
				ID: "createMessage", Method: "POST", Path: path, Call: spec.Callable{Socket: true, HTTP: true},
				Params: []*spec.Param{roomID, {Name: "Idempotency-Key", In: spec.InHeader, Style: "simple", Type: str}},
				Body:   &spec.Body{Required: true, Content: json(ref(body))},
				Responses: []*spec.Response{
					{Status: "201", Content: json(ref(message)), Headers: []*spec.Header{{Name: "Location", Type: str}}}, problems,
				},
			},
			{
				ID: "leaveRoom", Method: "DELETE", Path: spec.Path{Template: "/rooms/{roomId}/membership"}, Call: spec.Callable{Socket: true, HTTP: true},
				Params: []*spec.Param{roomID}, Responses: []*spec.Response{{Status: "204"}},
				Actions: &spec.Actions{Unsubscribe: []*spec.Target{{Channel: room, Bindings: bind}}},
			},
			{
				ID: "listMessages", Method: "GET", Path: path, Call: spec.Callable{Socket: true, HTTP: true}, Params: []*spec.Param{roomID},
				Doc:       spec.Doc{Summary: "Latest messages; by socket it also joins the room"},
				Responses: []*spec.Response{{Status: "200", Content: json(&spec.List{Elem: ref(message)})}, problems},
				Actions:   &spec.Actions{Subscribe: []*spec.Target{{Channel: room, Bindings: bind, On: []string{"2XX"}}}},
			},
		},
		Realtime: &spec.Realtime{Endpoint: "/realtime", Channels: []*spec.Channel{room}},
	}
}
