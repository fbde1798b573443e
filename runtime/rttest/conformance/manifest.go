package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A Manifest says how the operations of a server serve the cases. A role that is not named leaves
// out the cases that need it; they are reported as skipped.
type Manifest struct {
	Endpoint string            `json:"endpoint"` // path of the socket; empty: /realtime
	Stream   string            `json:"stream"`   // path of the event stream; empty: /realtime/stream
	Tokens   map[string]string `json:"tokens"`   // by role: ada, bob, brief (Ada's, ends within 5 s)
	History  int               `json:"history"`  // events that the channel of "join" keeps
	Calls    map[string]Call   `json:"calls"`    // by role
}

// A Call is how an operation is called. In its texts "$room" stands for the name of a room that each
// case makes up, and "$id" for what a said event is recognised by, its member "id". The strings "$ms" and
// "$code" stand for numbers.
type Call struct {
	Op    string          `json:"op"`
	Route string          `json:"route,omitempty"` // the same over HTTP, such as "POST /rooms/{room}"; empty leaves out cases that need it
	Path  json.RawMessage `json:"path,omitempty"`
	Query json.RawMessage `json:"query,omitempty"`
	Body  json.RawMessage `json:"body,omitempty"`
}

// Roles of calls, and what an operation has to do to play one.
var roles = map[string]string{
	"echo":         `answers 200 with its body {"text": "…", "tree": …}; text is required`,
	"wait":         "answers 200 after $ms milliseconds, earlier when cancelled",
	"fail":         "panics",
	"plain":        "answers 200 with text/plain",
	"nothing":      "answers 204",
	"countdown":    "streams the numbers from 3 down to 1",
	"endless":      "streams until it is cancelled",
	"whoAmI":       `needs a token and answers 200 {"sub": "ada"}`,
	"disconnectMe": "closes the socket with code $code",
	"drain":        "begins to shut the server down",
	"join":         "subscribes to a channel with history and recovery stream",
	"joinBusy":     "the same; an event is published while it runs",
	"joinClosed":   "would subscribe, and answers 403",
	"leave":        "unsubscribes from it",
	"say":          "publishes an event to it, with its body as data",
	"type":         "publishes a volatile event to it",
	"whisper":      "sends the caller an event directly",
	"joinQuiet":    "subscribes to a channel with echo: false",
	"sayQuiet":     "publishes to it",
	"joinLatest":   "subscribes to a channel with recovery latest",
	"sayLatest":    "publishes to it",
	"joinPaced":    "subscribes to a channel with a rate of a few events per second and overflow conflate",
	"sayPaced":     "publishes to it, under one key",
	"joinPrivate":  "needs a token; subscribes, with presence by subject, to a channel with history",
	"leavePrivate": "unsubscribes from it",
	"sayOnce":      "publishes an event to the channel of join, with its body as data; with an Idempotency-Key once",
}

// Roles returns the roles that a manifest can name, each with what its operation has to do.
func Roles() map[string]string {
	all := make(map[string]string, len(roles))
	for name, what := range roles {
		all[name] = what
	}
	return all
}

// ParseManifest reads a manifest from JSON text. An unknown member or role is an error, so that a
// misspelt one leaves no case out in silence.
func ParseManifest(text []byte) (*Manifest, error) {
	m := new(Manifest)
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(m); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	var unknown []string
	for role := range m.Calls {
		if roles[role] == "" {
			unknown = append(unknown, role)
		}
	}
	if unknown != nil {
		slices.Sort(unknown)
		return nil, fmt.Errorf("manifest: unknown roles: %s", strings.Join(unknown, ", "))
	}
	return m, nil
}

// ReferenceManifest describes the reference server.
func ReferenceManifest() *Manifest {
	const room = `{"room":"$room"}`
	const note = `{"text":"$id"}`
	const said = `{"id":"$id"}`
	call := func(op, path, body string) Call {
		return Call{Op: op, Path: json.RawMessage(path), Body: json.RawMessage(body)}
	}
	m := &Manifest{
		Tokens:  map[string]string{"ada": "ada", "bob": "bob", "brief": "brief"},
		History: 40,
		Calls: map[string]Call{
			"echo":         call("echo", "", note),
			"wait":         call("wait", "", `{"ms":"$ms"}`),
			"fail":         call("fail", "", ""),
			"plain":        call("plain", "", ""),
			"nothing":      call("nothing", "", ""),
			"countdown":    {Op: "countdown", Query: json.RawMessage(`{"from":3}`)},
			"endless":      {Op: "countdown", Query: json.RawMessage(`{"from":0}`)},
			"whoAmI":       call("whoAmI", "", ""),
			"disconnectMe": call("disconnectMe", "", `{"code":"$code"}`),
			"drain":        call("drain", "", ""),
			"sayPaced":     call("sayPaced", room, `{"id":"$id","key":"one"}`),
		},
	}
	for _, op := range []string{"join", "joinBusy", "joinClosed", "leave", "joinQuiet", "joinLatest", "joinPaced", "joinPrivate", "leavePrivate"} {
		m.Calls[op] = call(op, room, "")
	}
	for _, op := range []string{"say", "type", "whisper", "sayQuiet", "sayLatest"} {
		m.Calls[op] = call(op, room, said)
	}
	m.Calls["sayOnce"] = m.Calls["say"]
	for role, route := range map[string]string{
		"wait": "POST /wait", "disconnectMe": "POST /leave-me",
		"join": "GET /rooms/{room}", "joinBusy": "GET /rooms/{room}/busy", "joinClosed": "GET /rooms/{room}/closed", "leave": "DELETE /rooms/{room}",
		"say": "POST /rooms/{room}", "sayOnce": "POST /rooms/{room}", "whisper": "POST /rooms/{room}/whisper",
		"joinQuiet": "GET /quiet/{room}", "sayQuiet": "POST /quiet/{room}", "joinPaced": "GET /paced/{room}", "joinPrivate": "GET /private/{room}",
	} {
		c := m.Calls[role]
		c.Route = route
		m.Calls[role] = c
	}
	return m
}
