package runtime

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rtgen/rtgen/runtime/internal/memsock"
)

type watchRequest struct {
	Room string  `path:"room"`
	Last *string `header:"Last-Event-ID"`
}

type watchResponse interface{ watchResponse() }

type watchOK struct{}

func (watchOK) watchResponse() {}

// newWatch is a real server with a stream, and an operation that subscribes.
func newWatch(t *testing.T) (*Server, *memsock.Listener) {
	t.Helper()
	bind := map[string]string{"room": "$request.path.room"}
	op := func(id, path string) *Operation {
		return &Operation{ID: id, Method: "GET", Path: path, Params: []Param{
			{Name: "room", In: InPath, Required: true, Schema: "string"},
			{Name: "Last-Event-ID", In: InHeader, Schema: "string"},
		}, Responses: []Response{{Status: "200", As: (*watchOK)(nil)}}}
	}
	watch, list := op("watch", "/rooms/{room}/events"), op("list", "/rooms/{room}")
	watch.Stream = &Target{Channel: "room", Bind: bind}
	list.Subscribe = []Target{{Channel: "room", Bind: bind}}
	spec := roomSpec()
	spec.Channels[0].Events[0].Schema = "said"
	api := &API{Realtime: spec, Schemas: `{
"said": {"type":"object","required":["id"],"properties":{"id":{"type":"string"}}},
"string": {"type":"string"}
}`}
	f := func(context.Context, *watchRequest) (watchResponse, error) { return watchOK{}, nil }
	s := NewServer(api, []Binding{Bind(watch, f), Bind(list, f)})
	listen, stop := memsock.Serve(s)
	t.Cleanup(func() {
		_ = s.Shutdown(context.Background())
		stop()
	})
	return s, listen
}

// An sse reads server-sent events.
type sse struct {
	t *testing.T
	r *bufio.Reader
}

func openStream(t *testing.T, l *memsock.Listener, last string) *sse {
	t.Helper()
	tr := &http.Transport{DialContext: l.Dial}
	ctx, cancel := context.WithCancel(context.Background())
	req, _ := http.NewRequestWithContext(ctx, "GET", "http://chat.example/rooms/r/events", nil)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = resp.Body.Close()
		tr.CloseIdleConnections()
	})
	if resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		t.Fatalf("got %d %v", resp.StatusCode, resp.Header)
	}
	return &sse{t, bufio.NewReader(resp.Body)}
}

// next returns the fields of the next event.
func (s *sse) next() map[string]string {
	s.t.Helper()
	for {
		if f := s.block(); f["event"] != "" {
			return f
		}
	}
}

// block returns the fields up to the next empty line.
func (s *sse) block() map[string]string {
	s.t.Helper()
	f := map[string]string{}
	for {
		line, err := s.r.ReadString('\n')
		if err != nil {
			s.t.Fatal(err)
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			return f
		}
		if name, value, ok := strings.Cut(line, ":"); ok && name != "" {
			f[name] = strings.TrimPrefix(value, " ")
		}
	}
}

func TestStreamOverHTTPFollowsTheChannelAndResumes(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, l := newWatch(t)
		room := NewChannel(s, "room", "r")
		publish := func(id string) {
			t.Helper()
			if _, err := PublishEvent(t.Context(), room, "said", &said{ID: id}); err != nil {
				t.Fatal(err)
			}
		}
		stream := openStream(t, l, "")
		synctest.Wait()
		publish("1")
		f := stream.next()
		if f["event"] != "said" || f["data"] != `{"id":"1"}` || f["id"] == "" {
			t.Fatalf("got %v", f)
		}
		for i := range 3 {
			publish(fmt.Sprint(i + 2))
		}
		late := openStream(t, l, f["id"])
		for i := range 3 {
			if got := late.next()["data"]; got != fmt.Sprintf(`{"id":"%d"}`, i+2) {
				t.Fatalf("got %v", got)
			}
		}
		publish("5")
		if got := late.next()["data"]; got != `{"id":"5"}` {
			t.Fatalf("got %v", got)
		}
		if f := openStream(t, l, "other.1.x").next(); f["event"] != "$reset" || f["data"] != `{"reason":"epoch"}` {
			t.Fatalf("got %v", f)
		}
	})
}

func TestSubscribingOverHTTPTellsThePosition(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, l := newWatch(t)
		pos, err := PublishEvent(t.Context(), NewChannel(s, "room", "r"), "said", &said{ID: "1"})
		if err != nil {
			t.Fatal(err)
		}
		tr := &http.Transport{DialContext: l.Dial}
		defer tr.CloseIdleConnections()
		req, _ := http.NewRequest("GET", "http://chat.example/rooms/r", nil)
		resp, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		header := resp.Header.Get("Realtime-Position")
		var list []heldPosition
		if err := json.Unmarshal([]byte(header), &list); err != nil || len(list) != 1 {
			t.Fatalf("got %q: %v", header, err)
		}
		if p := list[0]; p.Name != "room" || p.Address != "rooms/r" || p.Seq != pos.Seq || p.Last != pos.Last {
			t.Fatalf("got %q, want %v", header, pos)
		}
		// A socket goes on exactly there.
		if _, err := PublishEvent(t.Context(), NewChannel(s, "room", "r"), "said", &said{ID: "2"}); err != nil {
			t.Fatal(err)
		}
		g := &rig{t: t, rt: s.sockets(), listen: l}
		c := g.resume("list", list[0])
		if f := c.want("ch"); f["state"] != "live" || f["recovered"] != true {
			t.Fatalf("got %v", f)
		}
		c.event("2")
	})
}

func TestPayloadThatDoesNotFitItsSchemaIsRefused(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, _ := newWatch(t)
		room := NewChannel(s, "room", "r")
		wrong := map[string]any{"id": 5}
		if _, err := PublishEvent(t.Context(), room, "said", &wrong); err == nil {
			t.Fatal("a number was published as a string")
		}
		if _, err := PublishEvent(t.Context(), room, "unknown", &wrong); err == nil {
			t.Fatal("an unknown event was published")
		}
	})
}

func TestUndeclaredMembersAreNotPublished(t *testing.T) {
	t.Parallel()
	s := NewServer(&API{Realtime: &Realtime{}, Schemas: `{
"Order": {"type":"object","required":["id"],"properties":{"id":{"type":"integer"},"items":{"type":"array","items":{"$ref":"#/Item"}},"meta":{"type":"object","additionalProperties":{"type":"string"}},"any":{},"token":{"type":"string","writeOnly":true}}},
"Item": {"allOf":[{"properties":{"sku":{"type":"string"}}},{"properties":{"n":{"type":"integer"}}}]},
"Either": {"oneOf":[{"$ref":"#/Order"},{"type":"object","required":["gone"],"properties":{"gone":{"const":true}}}]}
}`}, nil)
	rt := s.sockets()
	tests := []struct{ schema, in, want string }{
		{"Order", `{"id":1,"secret":2,"token":"t","items":[{"sku":"a","n":1,"cost":3},{"sku":"b"}],"meta":{"x":"y"},"any":{"free":1}}`,
			`{"id":1,"items":[{"sku":"a","n":1},{"sku":"b"}],"meta":{"x":"y"},"any":{"free":1}}`},
		{"Either", `{"gone":true,"secret":1}`, `{"gone":true}`},
		{"Order", `{"secret":1}`, ""},
		{"Order", `[1]`, ""},
	}
	for _, tt := range tests {
		got, err := rt.project(tt.schema, []byte(tt.in))
		if (err != nil) != (tt.want == "") || string(got) != tt.want {
			t.Errorf("%s %s: got %s, %v, want %s", tt.schema, tt.in, got, err, tt.want)
		}
	}
}

func TestStreamIsASubscriptionBySocket(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, l := newWatch(t)
		g := &rig{t: t, rt: s.sockets(), listen: l}
		c := g.connect()
		c.send(`{"t":"call","id":1,"op":"watch","path":{"room":"r"}}`)
		f := c.want("res")
		raw, _ := json.Marshal(f["subs"])
		if f["status"] != 200.0 || !strings.Contains(string(raw), `"address":"rooms/r"`) {
			t.Fatalf("got %v", f)
		}
		g.publish("r", "1")
		c.event("1")
		_ = c.ws.Close()
	})
}

func TestSlowReaderOfAStreamIsCutOff(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]limits{
		"events": {queueFrames: 3, queue: 1 << 20},
		"bytes":  {queueFrames: 100, queue: 3},
	} {
		rt := &realtime{limits: limits, heartbeat: time.Minute}
		l := &listener{rt: rt, ready: make(chan struct{}, 1)}
		for i := range 5 {
			l.offer(Position{Seq: uint64(i + 1)}, &Event{Type: "x", Data: []byte("1")})
		}
		got := 0
		err := l.follow(t.Context(), func(streamItem) error { got++; return nil })
		if err != errSlowReader || got != 3 {
			t.Errorf("%s: got %d items and %v", name, got, err)
		}
	}
}

// TestTypedEventsLeaveOutWhatIsForRequestsOnly: a Go value may be one that came in.
func TestTypedEventsLeaveOutWhatIsForRequestsOnly(t *testing.T) {
	t.Parallel()
	type order struct {
		ID    int     `json:"id"`
		Token *string `json:"token,omitempty"`
	}
	s := NewServer(&API{
		Realtime: &Realtime{Channels: []ChannelSpec{{Name: "c", Address: "c", History: 1, Events: []EventSpec{{Name: "e", Schema: "Order"}}}}},
		Schemas:  `{"Order":{"type":"object","required":["id"],"properties":{"id":{"type":"integer"},"token":{"type":"string","writeOnly":true}}}}`,
	}, nil, silent())
	secret := "t"
	if _, err := PublishEvent(t.Context(), NewChannel(s, "c"), "e", &order{ID: 1, Token: &secret}); err != nil {
		t.Fatal(err)
	}
	h, err := s.sockets().hub.engine.History(t.Context(), "c", Retention{Size: 1}, 0, 1)
	if err != nil || len(h.Events) != 1 || string(h.Events[0].Event.Data) != `{"id":1}` {
		t.Errorf("got %v, %v", h, err)
	}
}
