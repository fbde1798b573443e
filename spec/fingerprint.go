package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// fingerprint hashes what a client depends on: operations with their
// parameters, bodies and responses, channels with their events, and the schemas
// of all of them. Prose, examples, servers and order do not count.
func fingerprint(api *API) string {
	h := sha256.New()
	for _, op := range api.Operations {
		fingerprintOperation(h, op)
	}
	if rt := api.Realtime; rt != nil {
		fmt.Fprintf(h, "rt %q %q\n", rt.Endpoint, rt.Stream)
		for _, c := range rt.Channels {
			fmt.Fprintf(h, "channel %q %q %q %v %v\n", c.Name, c.Template, c.Recovery, c.Presence != nil, c.Echo)
			for _, p := range c.Params {
				fmt.Fprintf(h, "param %q %q\n", p.Name, p.Schema)
			}
			for _, e := range c.Events {
				fmt.Fprintf(h, "event %q %q %q %q %v\n", e.Name, e.Event.Schema, e.Event.Key, e.Event.Version, e.Event.Volatile)
			}
		}
	}
	for _, s := range api.Schemas {
		fmt.Fprintf(h, "schema %q %s\n", s.Name, s.JSON)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

func fingerprintOperation(w io.Writer, op *Operation) {
	fmt.Fprintf(w, "op %q %s %q %v\n", op.ID, op.Method, op.Path.Template, op.Call.Socket)
	for _, p := range op.Params {
		fmt.Fprintf(w, "param %q %s %v %s %v %q %q\n", p.Name, p.In, p.Required, p.Style, p.Explode, p.Content, p.Schema)
	}
	if op.Body != nil {
		for _, m := range op.Body.Content {
			fmt.Fprintf(w, "body %v %q %q\n", op.Body.Required, m.Type, m.Schema)
		}
	}
	for _, r := range op.Responses {
		fmt.Fprintf(w, "response %s\n", r.Status)
		for _, m := range r.Content {
			fmt.Fprintf(w, "content %q %q\n", m.Type, m.Schema)
		}
		for _, h := range r.Headers {
			fmt.Fprintf(w, "header %q %q\n", h.Name, h.Schema)
		}
	}
	if a := op.Actions; a != nil {
		for _, t := range append(append([]*Target(nil), a.Subscribe...), a.Unsubscribe...) {
			fmt.Fprintf(w, "target %q %v\n", t.Channel.Name, t.On)
		}
		if a.Stream != nil {
			fmt.Fprintf(w, "stream %q\n", a.Stream.Channel.Name)
		}
	}
}
