package runtime

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rtgen/rtgen/runtime/internal/memsock"
)

type inRoom struct {
	Room string `path:"room"`
}

// A fallbackRig is a whole server whose clients have event streams. Callers are who their
// Authorization header says, in the scheme User.
type fallbackRig struct {
	t      *testing.T
	s      *Server
	listen *memsock.Listener
	client *http.Client
	inside func(ctx context.Context, room string) // runs in the handlers
}

// fallbackAPI has operations that join, leave, follow and publish to a room, and one that is for known
// people only.
func fallbackAPI(spec *Realtime) *API {
	spec.Channels[0].Events[0].Schema = "said"
	return &API{Realtime: spec, Schemas: `{
"said": {"type":"object","required":["id"],"properties":{"id":{"type":"string"}}},
"string": {"type":"string"}
}`, Security: []SecurityScheme{{Name: "user", Type: "http", Scheme: "user"}}}
}

func newFallback(t *testing.T, spec *Realtime, opts ...Option) *fallbackRig {
	t.Helper()
	if spec == nil {
		spec = roomSpec()
	}
	g := &fallbackRig{t: t, inside: func(context.Context, string) {}}
	g.s = g.server(spec, opts...)
	g.client, g.listen = g.inMemory(g.s)
	return g
}

func (g *fallbackRig) server(spec *Realtime, opts ...Option) *Server {
	bind := map[string]string{"room": "$request.path.room"}
	target := []Target{{Channel: "room", Bind: bind, Presence: spec.Channels[0].Presence != nil}}
	op := func(id, method, path string) *Operation {
		return &Operation{
			ID: id, Method: method, Path: path, Responses: echoResponses,
			Params: []Param{{Name: "room", In: InPath, Required: true, Schema: "string"}},
		}
	}
	join, leave := op("join", "POST", "/rooms/{room}/join"), op("leave", "POST", "/rooms/{room}/leave")
	join.Subscribe, leave.Unsubscribe = target, target
	watch, private := op("watch", "GET", "/rooms/{room}/events"), op("private", "POST", "/rooms/{room}/private")
	watch.Stream = &target[0]
	private.Subscribe, private.Security = target, []Requirement{{{Scheme: "user"}}}
	say := op("say", "POST", "/rooms/{room}/say")
	say.Publish = []Publish{{Channel: "room", Event: "said", Bind: bind, DataFields: map[string]string{"id": "$request.path.room"}}}
	ordered := op("ordered", "POST", "/rooms/{room}/ordered")
	ordered.Order = "connection"
	f := func(ctx context.Context, r *inRoom) (any, error) {
		g.inside(ctx, r.Room)
		id, ok := SocketID(ctx)
		return echoOf(map[string]any{"socket": id, "known": ok, "isSocket": IsSocket(ctx)})
	}
	var bindings []Binding
	for _, o := range []*Operation{join, leave, watch, private, say, ordered} {
		bindings = append(bindings, Bind(o, f))
	}
	opts = append([]Option{silent(), WithSecurity("user", func(_ context.Context, c BearerCredentials) (*Identity, error) {
		return &Identity{Subject: c.Token}, nil
	})}, opts...)
	return NewServer(fallbackAPI(spec), bindings, opts...)
}

// byHeader knows people by their Authorization header or by what hello shows.
func byHeader() Option {
	return Authenticate(func(_ context.Context, r *http.Request, c Credentials) (*Identity, error) {
		_, name, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if c.Token != "" {
			name = c.Token
		}
		switch name {
		case "":
			return nil, nil
		case "nobody":
			return nil, errors.New("no such user")
		}
		return &Identity{Subject: name}, nil
	})
}

// inMemory serves without a network until the test ends.
func (g *fallbackRig) inMemory(s *Server) (*http.Client, *memsock.Listener) {
	listen, stop := memsock.Serve(s)
	tr := &http.Transport{DialContext: listen.Dial}
	g.t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = s.Shutdown(ctx)
		tr.CloseIdleConnections()
		stop()
	})
	return &http.Client{Transport: tr}, listen
}

// onTCP serves on a port, over HTTP/1.1 or, with TLS, HTTP/2.
func (g *fallbackRig) onTCP(s http.Handler, http2 bool) (*http.Client, string) {
	srv := httptest.NewUnstartedServer(s)
	srv.Config.ErrorLog = discardLog()
	if http2 {
		srv.EnableHTTP2 = true
		srv.StartTLS()
	} else {
		srv.Start()
	}
	g.t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = g.s.Shutdown(ctx)
		srv.Close()
	})
	return srv.Client(), srv.URL
}

// A streamClient reads an event stream of the protocol.
type streamClient struct {
	t       *testing.T
	rig     *fallbackRig
	http    *http.Client
	url     string
	body    io.Closer
	r       *bufio.Reader
	cancel  context.CancelFunc
	queue   []map[string]any
	session string
	id      string // as Last-Event-ID would be
	user    string
	blocks  int // events so far
}

// stream opens a stream by POST with a hello, or by GET when hello is empty.
func (g *fallbackRig) stream(hello string, headers ...string) *streamClient {
	g.t.Helper()
	return g.streamAt(g.client, "http://chat.example", hello, headers...)
}

func (g *fallbackRig) streamAt(c *http.Client, url, hello string, headers ...string) *streamClient {
	g.t.Helper()
	s, status, problem := g.tryStream(c, url, hello, headers...)
	if s == nil {
		g.t.Fatalf("got %d %s", status, problem)
	}
	s.session = s.want("welcome")["session"].(string)
	return s
}

func (g *fallbackRig) tryStream(c *http.Client, url, hello string, headers ...string) (s *streamClient, status int, problem string) {
	g.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	method, body := "GET", io.Reader(nil)
	if hello != "" {
		method, body = "POST", strings.NewReader(hello)
	}
	req, err := http.NewRequestWithContext(ctx, method, url+"/realtime/stream", body)
	if err != nil {
		g.t.Fatal(err)
	}
	if hello != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	resp, err := c.Do(req)
	if err != nil {
		cancel()
		g.t.Fatal(err)
	}
	if resp.StatusCode != 200 {
		defer cancel()
		defer func() { _ = resp.Body.Close() }()
		text, _ := io.ReadAll(resp.Body)
		return nil, resp.StatusCode, string(text)
	}
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		g.t.Fatalf("got %q", got)
	}
	s = &streamClient{t: g.t, rig: g, http: c, url: url, body: resp.Body, r: bufio.NewReader(resp.Body), cancel: cancel, user: req.Header.Get("Authorization")}
	g.t.Cleanup(s.cut)
	return s, 200, ""
}

// cut loses the connection.
func (c *streamClient) cut() {
	c.cancel()
	_ = c.body.Close()
}

// read returns the next frame, as the WHATWG's rules for event streams find it.
func (c *streamClient) read() (map[string]any, error) {
	for len(c.queue) == 0 {
		if err := c.event(); err != nil {
			return nil, err
		}
	}
	f := c.queue[0]
	c.queue = c.queue[1:]
	return f, nil
}

// event reads one event.
func (c *streamClient) event() error {
	var data []string
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			return err
		}
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			break
		}
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "data":
			data = append(data, value)
		case "id":
			c.id = value
		default:
			return fmt.Errorf("line %q", line)
		}
	}
	c.blocks++
	for _, text := range data {
		f := map[string]any{}
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			return fmt.Errorf("frame %s: %w", text, err)
		}
		if f["t"] != "ping" {
			c.queue = append(c.queue, f)
		}
	}
	return nil
}

// want takes the next frame and insists on its type.
func (c *streamClient) want(kind string) map[string]any {
	c.t.Helper()
	f, err := c.read()
	if err != nil {
		c.t.Fatalf("next frame: %v, want a %s", err, kind)
	}
	if f["t"] != kind {
		c.t.Fatalf("got frame %v, want a %s", f, kind)
	}
	return f
}

// said takes the next frame, which must be an event with an id.
func (c *streamClient) said(id string) map[string]any {
	c.t.Helper()
	f := c.want("ev")
	if data, _ := f["data"].(map[string]any); data["id"] != id {
		c.t.Fatalf("got %v, want the event %s", f, id)
	}
	return f
}

// ended insists that nothing more comes.
func (c *streamClient) ended() {
	c.t.Helper()
	if f, err := c.read(); err == nil {
		c.t.Fatalf("got frame %v, want the end", f)
	}
}

// An httpAnswer is what a call came to.
type httpAnswer struct {
	status int
	header http.Header
	body   map[string]any
	subs   []heldPosition // of Realtime-Subscriptions
	at     []heldPosition // of Realtime-Position
	nums   []float64      // the numbers of subs
}

// call makes a call for the session of the stream, or for another one.
func (c *streamClient) call(op, room string, headers ...string) httpAnswer {
	c.t.Helper()
	if c.user != "" {
		headers = append([]string{"Authorization: " + c.user}, headers...)
	}
	return c.rig.call(c.http, c.url, op, room, append([]string{"Realtime-Session: " + c.session}, headers...)...)
}

func (g *fallbackRig) call(hc *http.Client, url, op, room string, headers ...string) httpAnswer {
	g.t.Helper()
	method := "POST"
	if op == "events" {
		method = "GET"
	}
	req, _ := http.NewRequest(method, url+"/rooms/"+room+"/"+op, nil)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	resp, err := hc.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	a := httpAnswer{status: resp.StatusCode, header: resp.Header}
	_ = json.NewDecoder(resp.Body).Decode(&a.body)
	if text := resp.Header.Get("Realtime-Subscriptions"); text != "" {
		var nums []struct{ Ch float64 }
		if err := errors.Join(json.Unmarshal([]byte(text), &a.subs), json.Unmarshal([]byte(text), &nums)); err != nil {
			g.t.Fatalf("%s: %v", text, err)
		}
		for _, n := range nums {
			a.nums = append(a.nums, n.Ch)
		}
	}
	if text := resp.Header.Get("Realtime-Position"); text != "" {
		if err := json.Unmarshal([]byte(text), &a.at); err != nil {
			g.t.Fatalf("%s: %v", text, err)
		}
	}
	return a
}

func (g *fallbackRig) publish(room, id string) { publishSaid(g.t, g.s, room, id) }

func publishSaid(t *testing.T, s *Server, room, id string) {
	t.Helper()
	if _, err := PublishEvent(context.Background(), NewChannel(s, "room", room), "said", &said{ID: id}); err != nil {
		t.Fatal(err)
	}
}

// resuming is a hello that goes on from positions.
func resuming(op string, positions ...heldPosition) string {
	raw, _ := json.Marshal(positions)
	return fmt.Sprintf(`{"t":"hello","resume":[{"op":%q,"ch":%s}]}`, op, raw)
}
