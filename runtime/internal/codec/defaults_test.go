package codec

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type settings struct {
	Size   *int             `json:"size,omitzero"`
	Name   *string          `json:"name,omitzero"`
	Tags   []string         `json:"tags,omitzero"`
	Maybe  Nullable[string] `json:"maybe,omitzero"`
	Inner  *settings        `json:"inner,omitzero"`
	Needed int              `json:"needed"`
	ID     *string          `json:"id,omitzero"`
	Wrong  *int             `json:"wrong,omitzero"`
	Small  *int8            `json:"small,omitzero"`
	Raw    json.RawMessage  `json:"raw,omitzero"`
}

const settingsSchema = `{"X": {"type": "object", "required": ["needed"], "properties": {
	"size": {"type": "integer", "default": 7},
	"name": {"$ref": "#/Name"},
	"tags": {"type": "array", "items": {"type": "string"}, "default": ["a", "b"]},
	"maybe": {"type": ["string", "null"], "default": null},
	"inner": {"allOf": [{"$ref": "#/X"}], "default": {"needed": 1}},
	"needed": {"type": "integer", "default": 3},
	"id": {"type": "string", "readOnly": true, "default": "x"},
	"wrong": {"type": "integer", "default": "text"},
	"small": {"type": "integer", "default": 300},
	"raw": {"default": {"free": true}}}},
	"Name": {"type": "string", "default": "Ada"}}`

// TestDefaults decodes with Options.Defaults, and without.
func TestDefaults(t *testing.T) {
	t.Parallel()
	c := codecFor[settings](t, settingsSchema, Request)
	for _, k := range []struct{ text, want string }{
		{`{"needed":0}`, `{"size":7,"name":"Ada","tags":["a","b"],"maybe":null,"inner":{"needed":1},"needed":0,"raw":{"free":true}}`},
		{`{"needed":0,"size":0,"name":"","tags":[],"maybe":"x","inner":{"needed":2,"inner":{"needed":3,"raw":1}},"raw":null}`,
			`{"size":0,"name":"","tags":[],"maybe":"x","inner":{"size":7,"name":"Ada","tags":["a","b"],"maybe":null,` +
				`"inner":{"size":7,"name":"Ada","tags":["a","b"],"maybe":null,"inner":{"needed":1},"needed":3,"raw":1},"needed":2,"raw":{"free":true}},"needed":0,"raw":null}`},
	} {
		var v, plain settings
		if err := c.Decode([]byte(k.text), &v, Options{Defaults: true}); err != nil {
			t.Errorf("%s: %v", k.text, err)
		}
		got, err := c.Append(nil, &v)
		if err != nil {
			t.Errorf("%s: %v", k.text, err)
		}
		if diff := cmp.Diff(k.want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", k.text, diff)
		}
		if err := c.Decode([]byte(k.text), &plain, Options{}); err != nil || k.text == `{"needed":0}` && plain.Size != nil {
			t.Errorf("%s without defaults: %+v, %v", k.text, plain, err)
		}
	}
	var v settings
	if err := c.Decode([]byte(`{}`), &v, Options{Defaults: true}); violations(err) != "/needed required: is required" {
		t.Errorf("a default stands in for a required member: %v", err)
	}
}

// TestOnlyValues writes what the schema leaves no choice about.
func TestOnlyValues(t *testing.T) {
	t.Parallel()
	type kind string
	type event struct {
		Kind    kind    `json:"kind"`
		Version int     `json:"version"`
		Ok      bool    `json:"ok"`
		Ratio   float64 `json:"ratio"`
		Maybe   *string `json:"maybe,omitzero"`
		Free    string  `json:"free"`
	}
	c := codecFor[event](t, `{"type": "object", "required": ["kind", "version", "ok", "ratio", "free"], "properties": {
		"kind": {"const": "created"}, "version": {"enum": [2]}, "ok": {"const": true}, "ratio": {"type": "number", "const": 0.5},
		"maybe": {"const": "there"}, "free": {"enum": ["", "x"]}}}`, Response)
	for _, k := range []struct {
		value event
		want  string
	}{
		{event{}, `{"kind":"created","version":2,"ok":true,"ratio":0.5,"free":""}`},
		{event{Kind: "other", Version: 3, Ratio: 1, Maybe: new("")}, `{"kind":"other","version":3,"ok":true,"ratio":1,"maybe":"","free":""}`},
	} {
		if got, err := c.Append(nil, &k.value); err != nil || string(got) != k.want {
			t.Errorf("%+v: got %s, %v, want %s", k.value, got, err, k.want)
		}
	}
}
