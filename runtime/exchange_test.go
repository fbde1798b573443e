package runtime

import (
	"context"
	"net/http"
	"strings"
	"testing"
)

// recordedHooks writes down what the call path asks of the socket side.
type recordedHooks struct {
	noRealtime
	refuse *Problem
	log    []string
}

func (h *recordedHooks) before(ex *exchange) error {
	h.log = append(h.log, "before")
	if h.refuse != nil {
		return h.refuse
	}
	for _, p := range []struct {
		in   In
		name string
	}{{InPath, "id"}, {InQuery, "limit"}, {InHeader, "x-key"}, {InQuery, "none"}} {
		text, ok := ex.requestParam(p.in, p.name)
		if ok {
			h.log = append(h.log, string(p.in)+"."+p.name+"="+string(text))
		}
	}
	h.log = append(h.log, "body="+string(ex.requestBody()))
	ex.realtime = "carried"
	return nil
}

func (h *recordedHooks) after(ex *exchange, status int, header http.Header, body []byte) {
	header.Set("Realtime-Position", "p1")
	h.log = append(h.log, "after "+http.StatusText(status)+" "+string(body))
}

func (h *recordedHooks) stream(*exchange) streamFunc {
	return func(_ context.Context, emit func(streamItem) error) error {
		return emit(streamItem{event: "message", id: "7", data: []byte(`{"n":1}`)})
	}
}

type hookedRequest struct {
	ID    string  `path:"id"`
	Limit int     `query:"limit"`
	Key   *string `header:"X-Key"`
	Body  *order  `body:"application/json"`
}

// hookedServer has one operation that publishes.
func hookedServer(hooks *recordedHooks, answer func() (any, error)) *Server {
	op := roomOperation
	op.Method = "POST"
	op.Publish = []Publish{{Channel: "room"}}
	op.Body = &Body{Content: []Media{{Type: "application/json"}}}
	s := NewServer(&API{Schemas: `{"S":{"type":"string"},"I":{"type":"integer","default":7}}`},
		[]Binding{Bind(&op, func(context.Context, *hookedRequest) (any, error) { return answer() })}, silent())
	s.realtime = hooks
	return s
}

func TestHooksSeeTheExchange(t *testing.T) {
	t.Parallel()
	const want = `before, path.id="r1", query.limit=7, header.x-key="k", body={"name":"n"}, after OK 5`
	call := frame{op: "getRoom", path: `{"id":"r1"}`, headers: `{"x-key":"k"}`, body: `{"name":"n"}`}
	for name, run := range map[string]func(*Server) reaction{
		"HTTP":   func(s *Server) reaction { return serve(s, request("POST", "/rooms/r1", `{"name":"n"}`, "X-Key: k")) },
		"direct": func(s *Server) reaction { return callFrame(t.Context(), s, call) },
		"virtual": func(s *Server) reaction {
			s.Use(passing)
			return callFrame(t.Context(), s, call)
		},
	} {
		hooks := &recordedHooks{}
		got := run(hookedServer(hooks, func() (any, error) { return echoOf(5) }))
		if log := strings.Join(hooks.log, ", "); log != want || got.status != 200 || got.header.Get("Realtime-Position") != "p1" {
			t.Errorf("%s: got %s\n     %s\nwant %s", name, got.comparable(), log, want)
		}
	}
}

func TestReplyCarriesWhatTheHooksLeave(t *testing.T) {
	t.Parallel()
	s := hookedServer(&recordedHooks{}, func() (any, error) { return echoOf(5) })
	for range 2 {
		out := s.call(t.Context(), frame{op: "getRoom", path: `{"id":"r1"}`}.input())
		if out.realtime != "carried" {
			t.Errorf("got %v", out.realtime)
		}
		out.release()
		s.Use(passing)
	}
}

func TestEveryBeforeHasOneAfter(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer func() (any, error)
		want   string
	}{
		"problem": {func() (any, error) { return nil, ErrUnimplemented }, "after Not Implemented"},
		"panic":   {func() (any, error) { panic("boom") }, "after Internal Server Error"},
	} {
		hooks := &recordedHooks{}
		callFrame(t.Context(), hookedServer(hooks, tc.answer), frame{op: "getRoom", path: `{"id":"r1"}`})
		count := 0
		for _, line := range hooks.log {
			if strings.HasPrefix(line, "after") {
				count++
				if !strings.HasPrefix(line, tc.want) {
					t.Errorf("%s: got %s, want %s", name, line, tc.want)
				}
			}
		}
		if count != 1 {
			t.Errorf("%s: after ran %d times", name, count)
		}
	}
}

func TestHooksMayRefuse(t *testing.T) {
	t.Parallel()
	ran := false
	hooks := &recordedHooks{refuse: fault(503, "too-many", "")}
	got := serve(hookedServer(hooks, func() (any, error) { ran = true; return echoOf(1) }), request("POST", "/rooms/r1", ""))
	if got.status != 503 || ran || len(hooks.log) != 1 {
		t.Errorf("got %s, handler ran: %v, hooks: %v; want 503 and nothing after", got, ran, hooks.log)
	}
}

func TestHooksDoNotSeeRefusedRequests(t *testing.T) {
	t.Parallel()
	hooks := &recordedHooks{}
	got := serve(hookedServer(hooks, func() (any, error) { return echoOf(1) }), request("POST", "/rooms/r1?limit=x", ""))
	if got.status != 400 || len(hooks.log) != 0 {
		t.Errorf("got %s and %v", got, hooks.log)
	}
}

func TestStreamOperationIsEventsOverHTTP(t *testing.T) {
	t.Parallel()
	op := Operation{ID: "op", Method: "GET", Path: "/op", Stream: &Target{Channel: "room"}, Responses: []Response{{Status: "200", As: (*thingEmpty)(nil)}}}
	s := NewServer(&API{}, []Binding{Bind(&op, func(context.Context, *noRequest) (any, error) { return thingEmpty{}, nil })}, silent())
	s.realtime = &recordedHooks{}
	got := serve(s, get("/op"))
	if want := "event: message\nid: 7\ndata: {\"n\":1}\n\n"; got.body != want || got.header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("got %s", got.comparable())
	}
	out := s.call(t.Context(), frame{op: "op"}.input())
	if out.stream != nil || out.status != 200 {
		t.Errorf("by socket: got %d with stream %v, want a plain answer", out.status, out.stream != nil)
	}
	out.release()
}
