package runtime

import (
	"context"
	"strings"
	"testing"
)

type (
	linesReq struct {
		Body Stream[tick] `body:"application/jsonl"`
	}
	sequenceReq struct {
		Body Stream[tick] `body:"application/json-seq"`
	}
	ticksReq struct {
		Body Stream[tick] `body:"text/event-stream"`
	}
	eventsReq struct {
		Body Stream[fullEvent] `body:"text/event-stream"`
	}
)

// receiving serves an operation that sends the items of its body back, or what is wrong with one.
func receiving[Req, T any](media, schema string, body func(*Req) Stream[T]) *Server {
	op := Operation{ID: "op", Method: "POST", Path: "/op", HTTPOnly: "is read as it arrives", Responses: echoResponses,
		Body: &Body{Required: true, Content: []Media{{Type: media, Schema: "Item"}}}}
	return NewServer(&API{Schemas: `{"Item":` + schema + `}`}, []Binding{Bind(&op, func(_ context.Context, r *Req) (any, error) {
		items := []*T{}
		for item, err := range body(r) {
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
		return echoOf(items)
	})}, silent(), WithBodyLimit(100), WithUploadLimit(1000))
}

func TestStreamsOfClientsAreCheckedItemByItem(t *testing.T) {
	t.Parallel()
	const number = `{"type":"object","required":["n"],"properties":{"n":{"type":"integer","maximum":9}}}`
	const event = `{"type":"object","required":["data"],"properties":{"data":{"type":"string"},"event":{"type":"string"},"id":{"type":"string"},"retry":{"type":"integer"}}}`
	lines := receiving("application/jsonl", number, func(r *linesReq) Stream[tick] { return r.Body })
	sequence := receiving("application/json-seq", number, func(r *sequenceReq) Stream[tick] { return r.Body })
	ticks := receiving("text/event-stream", number, func(r *ticksReq) Stream[tick] { return r.Body })
	events := receiving("text/event-stream", event, func(r *eventsReq) Stream[fullEvent] { return r.Body })
	for _, tc := range []struct {
		server            *Server
		media, body, want string
	}{
		{lines, "application/jsonl", "{\"n\":1}\n\n {\"n\":2}\r\n{\"n\":3}", `200 [{"n":1},{"n":2},{"n":3}]`},
		{lines, "application/jsonl", "", `200 []`},
		{lines, "application/jsonl", "{\"n\":1}\n{\"n\":10}\n{\"n\":\"x\"}\n", `400 body /1/n maximum`},
		{lines, "application/jsonl", "{\"n\":1,\"n\":2}\n", `400 body /0 syntax`},
		{lines, "application/jsonl", "{\"n\":1}\n{\"n\":" + strings.Repeat(" ", 200) + "2}\n", `413 `},
		{lines, "application/jsonl", strings.Repeat("{\"n\":1}\n", 200), `413 `},
		{sequence, "application/json-seq", "\x1e{\"n\":1}\n\x1e{\"n\":\n2}\n", `200 [{"n":1},{"n":2}]`},
		{ticks, "text/event-stream", ": hello\r\n\r\ndata: {\"n\":\r\ndata: 1}\r\n\r\ndata:{\"n\":2}", `200 [{"n":1},{"n":2}]`},
		{ticks, "text/event-stream", "data: {\"n\":1}\n\ndata: {}\n\n", `400 body /1/n required`},
		{events, "text/event-stream", "event: said\nid: 7\nretry: 5\ndata: a\ndata: b\n\ndata: 1\n\n", `200 [{"data":"a\nb","event":"said","id":"7","retry":5},{"data":"1"}]`},
	} {
		got := serve(tc.server, request("POST", "/op", tc.body, "Content-Type: "+tc.media))
		if got.status != 200 {
			got.body = errorsOf(t, got.body)
		}
		if got.String() != tc.want {
			t.Errorf("%.60q: got %s, want %s", tc.body, got, tc.want)
		}
	}
}
