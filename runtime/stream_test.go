package runtime

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

type tick struct {
	N int `json:"n"`
}

// fullEvent is an item that describes the whole server-sent event.
type fullEvent struct {
	Data  string `json:"data"`
	Event string `json:"event,omitzero"`
	ID    string `json:"id,omitzero"`
	Retry int    `json:"retry,omitzero"`
}

type (
	ticksOK struct {
		Body Stream[tick] `body:"text/event-stream"`
	}
	linesOK struct {
		Body Stream[tick] `body:"application/jsonl"`
	}
	sequenceOK struct {
		Body Stream[tick] `body:"application/json-seq"`
	}
	eventsOK struct {
		Body Stream[fullEvent] `body:"text/event-stream"`
	}
)

func streaming(as any, media string, value any) *Server {
	op := Operation{ID: "op", Method: "GET", Path: "/op", Responses: []Response{{Status: "200", As: as, Content: []Media{{Type: media, Schema: "Item"}}}}}
	return NewServer(&API{Schemas: `{"Item":{"type":"object"}}`}, []Binding{Bind(&op, func(context.Context, *noRequest) (any, error) { return value, nil })}, silent())
}

func twoTicks(yield func(*tick, error) bool) {
	_ = yield(&tick{1}, nil) && yield(&tick{2}, nil)
}

func TestStreams(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		server *Server
		media  string
		want   string
	}{
		{streaming((*ticksOK)(nil), "text/event-stream", &ticksOK{Body: twoTicks}), "text/event-stream", "data: {\"n\":1}\n\ndata: {\"n\":2}\n\n"},
		{streaming((*linesOK)(nil), "application/jsonl", &linesOK{Body: twoTicks}), "application/jsonl", "{\"n\":1}\n{\"n\":2}\n"},
		{streaming((*sequenceOK)(nil), "application/json-seq", sequenceOK{Body: twoTicks}), "application/json-seq", "\x1e{\"n\":1}\n\x1e{\"n\":2}\n"},
		{streaming((*ticksOK)(nil), "text/event-stream", &ticksOK{}), "text/event-stream", ""},
		{streaming((*eventsOK)(nil), "text/event-stream", &eventsOK{Body: func(yield func(*fullEvent, error) bool) {
			_ = yield(&fullEvent{Data: "a\nb\r\nc\rd", Event: "e", ID: "7", Retry: 10}, nil) && yield(&fullEvent{Data: "", Event: "x\nid: 9", ID: "1\x00"}, nil)
		}}), "text/event-stream", "event: e\nid: 7\nretry: 10\ndata: a\ndata: b\ndata: c\ndata: d\n\ndata: \n\n"},
	} {
		got := serve(tc.server, get("/op"))
		if got.status != 200 || got.body != tc.want || got.header.Get("Content-Type") != tc.media {
			t.Errorf("got %d %q as %s, want %q as %s", got.status, got.body, got.header.Get("Content-Type"), tc.want, tc.media)
		}
	}
}

func TestStreamOverTheSocketIsHandedOver(t *testing.T) {
	t.Parallel()
	s := streaming((*ticksOK)(nil), "text/event-stream", &ticksOK{Body: twoTicks})
	for range 2 {
		out := s.call(t.Context(), frame{op: "op"}.input())
		var items []string
		if out.stream == nil {
			t.Fatal("the reply has no stream")
		}
		if err := out.stream(t.Context(), func(i streamItem) error { items = append(items, string(i.data)); return nil }); err != nil {
			t.Fatal(err)
		}
		out.release()
		if got := strings.Join(items, " "); got != `{"n":1} {"n":2}` {
			t.Errorf("got %s", got)
		}
		s.Use(passing)
	}
}

func TestStreamItemsComeAtOnceAndEndWithTheClient(t *testing.T) {
	t.Parallel()
	next, ended := make(chan int), make(chan error, 1)
	s := streaming((*linesOK)(nil), "application/jsonl", &linesOK{Body: func(yield func(*tick, error) bool) {
		for n := range next {
			if !yield(&tick{n}, nil) {
				ended <- nil
				return
			}
		}
		ended <- errors.New("the client's leaving was not noticed")
	}})
	web := httptest.NewServer(s)
	defer web.Close()
	res, err := http.Get(web.URL + "/op")
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(res.Body)
	for n := 1; n <= 3; n++ {
		next <- n // and nothing after it: the item must arrive by itself
		if !lines.Scan() || lines.Text() != `{"n":`+string(rune('0'+n))+`}` {
			t.Fatalf("item %d: got %q", n, lines.Text())
		}
	}
	res.Body.Close()
	for {
		select {
		case next <- 9:
			continue
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
			return
		}
	}
}

func TestStreamThatFailsIsBrokenOff(t *testing.T) {
	t.Parallel()
	s := streaming((*linesOK)(nil), "application/jsonl", &linesOK{Body: func(yield func(*tick, error) bool) {
		_ = yield(&tick{1}, nil) && yield(nil, errors.New("source gone"))
	}})
	web := httptest.NewServer(s)
	defer web.Close()
	res, err := http.Get(web.URL + "/op")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err == nil {
		t.Errorf("the client took %q for the whole stream", body)
	}
}
