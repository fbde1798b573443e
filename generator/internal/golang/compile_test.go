package golang

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rtgen/rtgen/spec"
)

// What is emitted compiles against the runtime of this module, in a user's module
// beside it, and vet has nothing to say.
func TestEmittedCodeCompiles(t *testing.T) {
	t.Parallel()
	models := map[string]*spec.API{"chat": chat(), "crowded": crowded(), "everything": everything(), "empty": {}}
	for i, s := range hostile {
		models["hostile"+strconv.Itoa(i)] = withoutGoType(hostileAPI(s))
	}
	dir := userModule(t)
	for name, api := range models {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		for file, content := range emit(t, api) {
			if err := os.WriteFile(filepath.Join(dir, name, file), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "vet", "./...")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go vet: %v\n%s", err, out)
	}
}

// userModule is a module in an empty directory that requires this one as it is here.
func userModule(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "go.mod" {
			own := strings.Replace(string(text), "module github.com/rtgen/rtgen", "module emitted.test", 1)
			text = []byte(own + "\nrequire github.com/rtgen/rtgen v0.0.0\n\nreplace github.com/rtgen/rtgen => " + strconv.Quote(root) + "\n")
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// withoutGoType drops types from packages that do not exist.
func withoutGoType(api *spec.API) *spec.API {
	for _, d := range api.Decls {
		d.GoType = ""
	}
	return api
}

// crowded is a document in which everything wants the names of something else.
func crowded() *spec.API {
	api := chat()
	for _, name := range []string{
		"Handler", "Unimplemented", "NewServer", "WithBearer", "RoomChannel", "NewRoomChannel", "CreateMessageRequest", "CreateMessageResponse",
		"CreateMessageCreated", "CreateMessageBody", "ProblemResponse", "context", "rt", "json", "time", "string", "error", "type", "func", "api",
		"schemas", "createMessageOperation", "init", "main", "StateA", "a-b", "a_b", "a.b", "AB", "Message_", "message", "MESSAGE",
	} {
		api.Decls = append(api.Decls, component(name, object(
			field("MarshalJSON", text, true), field("a-b", text, true), field("a_b", text, false), field("a.b", text, false), field("A", text, true), field("a", text, true))))
	}
	api.Decls = append(api.Decls, component("State", &spec.Enum{Kind: spec.String, Values: values(`"a"`, `"A"`, `"-a"`, `""`, `"Model"`)}))
	op := *api.Operations[0]
	op.ID = "create_message"
	op.Params = []*spec.Param{
		{Name: "id", In: spec.InPath, Type: text, Required: true}, {Name: "id", In: spec.InQuery, Type: text}, {Name: "id", In: spec.InHeader, Type: text},
		{Name: "id", In: spec.InCookie, Type: text}, {Name: "body", In: spec.InQuery, Type: text}, {Name: "I-d", In: spec.InQuery, Type: text},
	}
	op.Responses = append(op.Responses, &spec.Response{Status: "4XX", Headers: []*spec.Header{{Name: "Body", Type: text}, {Name: "Status-Code", Type: text}}},
		&spec.Response{Status: "404", Component: "Problem"}, &spec.Response{Status: "410", Component: "Problem"})
	api.Operations = append(api.Operations, &op)
	room := *api.Realtime.Channels[0]
	room.Name = "Room"
	for _, name := range []string{"s", "type", "rt", "string", "len", "ctx", "context"} {
		room.Params = append(room.Params, &spec.ChannelParam{Name: name, Type: text})
	}
	room.Events = append(room.Events, &spec.ChannelEvent{Name: "message_created", Event: room.Events[0].Event}, &spec.ChannelEvent{Name: "", Event: room.Events[0].Event})
	api.Realtime.Channels = append(api.Realtime.Channels, &room)
	api.Security = append(api.Security, &spec.SecurityScheme{Name: "Bearer", Type: "mutualTLS"}, &spec.SecurityScheme{Name: "be arer", Type: "http", Scheme: "basic"},
		&spec.SecurityScheme{Name: "", Type: "apiKey", In: "cookie", Param: "c"})
	return api
}

// everything has each kind of type in each kind of place.
func everything() *spec.API {
	api := chat()
	node := component("Node", nil)
	node.Type = object(field("self", ref(node), true), field("maybe", &spec.Nullable{Elem: ref(node)}, false))
	pets := component("Pets", &spec.List{Elem: ref(node)})
	file := &spec.Scalar{Kind: spec.String, Format: "binary"}
	upload := inlineDecl("upload.body", object(field("one", file, true), field("many", &spec.List{Elem: file}, false)))
	union := component("Union", &spec.Union{Variants: []spec.Variant{{Type: ref(node)}, {Branch: 1, Type: ref(pets)}, {Branch: 2, Type: &spec.Map{Elem: whole}}}})
	types := []spec.Type{
		&spec.Any{}, text, instant, whole, file, &spec.Scalar{Kind: spec.Null}, &spec.Scalar{Kind: spec.Boolean}, ref(node), ref(pets), ref(union),
		&spec.List{Elem: text}, &spec.List{Prefix: []spec.Type{text, ref(node)}, Elem: whole}, &spec.Map{Elem: text}, &spec.Nullable{Elem: text},
		&spec.Nullable{Elem: ref(pets)}, &spec.Nullable{Elem: &spec.List{Elem: &spec.Nullable{Elem: ref(node)}}}, &spec.Scalar{Kind: spec.String, Format: "ipv4"},
	}
	all := component("All", nil)
	obj := &spec.Object{Additional: text, Patterns: []spec.PatternFields{{Pattern: "^x", Type: whole}, {Pattern: "^y", Type: whole}}}
	op := &spec.Operation{ID: "all", Method: "POST", Path: spec.Path{Template: "/all"}, Group: "some tag", Call: spec.Callable{HTTP: true, Reason: "because"}}
	content := []*spec.Media{}
	for i, kind := range []spec.MediaKind{spec.MediaJSON, spec.MediaForm, spec.MediaMultipart, spec.MediaText, spec.MediaEvents, spec.MediaJSONLines, spec.MediaBinary} {
		content = append(content, &spec.Media{Type: "application/x-" + string(kind), Kind: kind, Shape: ref(upload), Schema: "Message"},
			&spec.Media{Type: "text/" + string(kind) + strconv.Itoa(i), Kind: kind})
	}
	content = append(content, &spec.Media{Type: "*/*", Kind: spec.MediaBinary})
	op.Body = &spec.Body{Content: content}
	for i, typ := range types {
		name := "f" + strconv.Itoa(i)
		obj.Fields = append(obj.Fields, field(name, typ, true), field(name+"o", typ, false))
		op.Params = append(op.Params, &spec.Param{Name: name, In: spec.InQuery, Type: typ, Style: "form", Explode: i%2 == 0},
			&spec.Param{Name: name, In: spec.InPath, Type: typ, Required: true}, &spec.Param{Name: name, In: spec.InCookie, Type: typ, Default: json.RawMessage("1")})
		op.Responses = append(op.Responses, &spec.Response{Status: strconv.Itoa(200 + i), Content: []*spec.Media{{Type: "application/json", Kind: spec.MediaJSON, Shape: typ}},
			Headers: []*spec.Header{{Name: "X-A", Type: typ, Explode: true}, {Name: "X-B", Type: typ, Required: true}}})
	}
	op.Responses = append(op.Responses, &spec.Response{Status: "5XX", Content: content})
	all.Type = obj
	api.Decls = append(api.Decls, node, pets, union, all, upload)
	api.Operations = append(api.Operations, op, &spec.Operation{ID: "none", Method: "GET", Path: spec.Path{Template: "/"}})
	return api
}
