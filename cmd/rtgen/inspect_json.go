package main

import "github.com/rtgen/rtgen/spec"

// jsonAPI is what inspect prints for machines: the dispatch table, not the
// types, which tools read through package spec.
type jsonAPI struct {
	Title       string           `json:"title"`
	Version     string           `json:"version"`
	OpenAPI     string           `json:"openapi"`
	Source      string           `json:"source"`
	Fingerprint string           `json:"fingerprint"`
	Realtime    *jsonRealtime    `json:"realtime,omitempty"`
	Operations  []jsonOperation  `json:"operations"`
	Channels    []jsonChannel    `json:"channels"`
	Diagnostics []jsonDiagnostic `json:"diagnostics"`
}

type jsonRealtime struct {
	Endpoint string `json:"endpoint"`
	Stream   string `json:"stream"`
}

type jsonOperation struct {
	ID          string        `json:"id"`
	Method      string        `json:"method"`
	Path        string        `json:"path"`
	HTTP        bool          `json:"http"`
	Socket      bool          `json:"socket"`
	Reason      string        `json:"reason,omitempty"` // why not by socket
	Subscribe   []string      `json:"subscribe,omitempty"`
	Unsubscribe []string      `json:"unsubscribe,omitempty"`
	Publish     []jsonPublish `json:"publish,omitempty"`
	Stream      string        `json:"stream,omitempty"`
	History     string        `json:"history,omitempty"`
}

type jsonPublish struct {
	Channel string `json:"channel"`
	Event   string `json:"event"`
}

type jsonChannel struct {
	Name    string   `json:"name"`
	Address string   `json:"address"`
	Events  []string `json:"events"`
}

func inspectJSON(api *spec.API, diags []jsonDiagnostic) jsonAPI {
	out := jsonAPI{
		Title:       api.Title,
		Version:     api.Version,
		OpenAPI:     api.OpenAPI,
		Source:      api.Source,
		Fingerprint: api.Fingerprint,
		Operations:  make([]jsonOperation, len(api.Operations)),
		Channels:    []jsonChannel{},
		Diagnostics: append([]jsonDiagnostic{}, diags...),
	}
	for i, op := range api.Operations {
		out.Operations[i] = inspectOperation(op)
	}
	if rt := api.Realtime; rt != nil {
		out.Realtime = &jsonRealtime{Endpoint: rt.Endpoint, Stream: rt.Stream}
		for _, ch := range rt.Channels {
			out.Channels = append(out.Channels, jsonChannel{ch.Name, ch.Template, eventNames(ch)})
		}
	}
	return out
}

func inspectOperation(op *spec.Operation) jsonOperation {
	out := jsonOperation{
		ID:     op.ID,
		Method: op.Method,
		Path:   op.Path.Template,
		HTTP:   op.Call.HTTP,
		Socket: op.Call.Socket,
		Reason: op.Call.Reason,
	}
	act := op.Actions
	if act == nil {
		return out
	}
	out.Subscribe = channelNames(act.Subscribe)
	out.Unsubscribe = channelNames(act.Unsubscribe)
	for _, p := range act.Publish {
		out.Publish = append(out.Publish, jsonPublish{p.Channel.Name, p.Event.Name})
	}
	if act.Stream != nil {
		out.Stream = act.Stream.Channel.Name
	}
	if act.History != nil {
		out.History = act.History.Channel.Name
	}
	return out
}

func channelNames(targets []*spec.Target) []string {
	var names []string
	for _, t := range targets {
		names = append(names, t.Channel.Name)
	}
	return names
}
