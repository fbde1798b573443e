package runtime

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/rtgen/rtgen/runtime/internal/memsock"
)

// rig is a server whose operations are functions: what is tested here is the socket side alone.
type rig struct {
	t      *testing.T
	rt     *realtime
	listen *memsock.Listener
	ops    map[string]*boundOperation
	funcs  map[string]rigHandler
	parked chan struct{} // of a parkingRig: a socket has been parked
	allow  func(in *callInput, requirements []Requirement) (*Identity, *Problem)
}

// A rigHandler answers an operation: a status and JSON text.
type rigHandler func(ctx context.Context, in *callInput) (int, string)

// inBubble runs a test under a virtual clock. The bubble fails the test when a goroutine is left
// behind or everything is blocked.
func inBubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, f)
}

func newRig(t *testing.T, spec *Realtime, opts ...Option) *rig {
	t.Helper()
	if spec == nil {
		spec = &Realtime{}
	}
	s := &Server{api: &API{Fingerprint: "f1", Realtime: spec}, settings: defaultSettings()}
	s.log, s.schemas = slog.New(slog.DiscardHandler), s.loadSchemas
	for _, o := range opts {
		o(&s.settings)
	}
	g := &rig{t: t, rt: buildRealtime(s), ops: map[string]*boundOperation{}, funcs: map[string]rigHandler{}}
	s.realtime = g.rt
	g.rt.call, g.rt.operation = g.call, func(id string) *boundOperation { return g.ops[id] }
	g.rt.authorise = func(_ context.Context, in *callInput, r []Requirement) (*Identity, *Problem) {
		if g.allow == nil || len(r) == 0 {
			return in.identity, nil
		}
		return g.allow(in, r)
	}
	g.handle(&Operation{ID: "echo"}, func(_ context.Context, in *callInput) (int, string) { return 200, string(in.body) })
	g.serve()
	return g
}

// servedRig is a rig over a whole server.
func servedRig(t *testing.T, s *Server) *rig {
	t.Helper()
	g := &rig{t: t, rt: s.sockets()}
	g.serve()
	return g
}

// serve listens until the test ends, and then waits until all sockets have.
func (g *rig) serve() {
	listen, stop := memsock.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/stream"):
			g.rt.serveStream(w, r)
		case strings.HasPrefix(r.URL.Path, "/call/"):
			g.serveCall(w, r)
		default:
			g.rt.serveSocket(w, r)
		}
	}))
	g.listen = listen
	g.t.Cleanup(func() {
		stop()
		for _, s := range g.rt.sockets.all() {
			s.wire.close()
			s.unpark(false) // to see it
		}
		<-g.rt.sockets.gone()
		_ = g.rt.hub.engine.Close()
	})
}

func (g *rig) handle(op *Operation, f rigHandler) {
	g.ops[op.ID] = &boundOperation{op: op}
	g.funcs[op.ID] = f
}

func (g *rig) call(ctx context.Context, in *callInput) (rep *reply) {
	op := g.ops[in.op]
	if op == nil {
		return problemReply(fault(404, "unknown-operation", ""))
	}
	identity := in.identity
	if len(op.op.Security) > 0 {
		var p *Problem
		if identity, p = g.rt.authorise(ctx, in, op.op.Security); p != nil {
			return problemReply(p)
		}
	}
	ex := newExchange(callContext{server: g.rt.server, op: op, identity: identity, socketID: in.socketID, input: in}, ctx)
	ex.body = in.body
	if err := g.rt.before(ex); err != nil {
		p, _ := errors.AsType[*Problem](err)
		return problemReply(p)
	}
	status, body := 500, ""
	header := http.Header{}
	func() {
		defer func() { _ = recover() }()
		status, body = g.funcs[in.op](ex.ctx, in)
	}()
	g.rt.after(ex, status, header, []byte(body))
	return &reply{status: status, header: header, media: "application/json", body: []byte(body), realtime: ex.realtime}
}

// serveCall answers a call over HTTP, which may be for an event stream.
func (g *rig) serveCall(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	id := strings.TrimPrefix(r.URL.Path, "/call/")
	ex := newExchange(callContext{server: g.rt.server, op: g.ops[id]}, r.Context())
	ex.body = body
	if p := g.rt.enter(ex, r); p != nil {
		writeProblem(w, p)
		return
	}
	defer g.rt.leave(ex)
	if err := g.rt.before(ex); err != nil {
		p, _ := errors.AsType[*Problem](err)
		writeProblem(w, p)
		return
	}
	status, text := g.funcs[id](ex.ctx, &callInput{body: body})
	g.rt.after(ex, status, w.Header(), []byte(text))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
	_ = http.NewResponseController(w).Flush()
}

// A client is a raw client of the protocol.
type client struct {
	t     *testing.T
	ws    *websocket.Conn
	queue []map[string]any
	pings bool // hand pings out instead of answering them
	id    int
}

// open connects without saying hello.
func (g *rig) open(header http.Header) *client {
	g.t.Helper()
	c, resp, err := g.dial(header)
	if err != nil {
		g.t.Fatalf("dial: %v (%v)", err, resp)
	}
	return c
}

func (g *rig) dial(header http.Header) (*client, *http.Response, error) {
	d := websocket.Dialer{NetDialContext: g.listen.Dial, Subprotocols: []string{subprotocol}}
	if p, ok := header["Sec-Websocket-Protocol"]; ok {
		d.Subprotocols = p
		header = header.Clone()
		header.Del("Sec-Websocket-Protocol")
	}
	ws, resp, err := d.Dial("ws://chat.example/realtime", header)
	if err != nil {
		return nil, resp, err
	}
	c := &client{t: g.t, ws: ws}
	g.t.Cleanup(func() { _ = ws.Close() })
	return c, resp, nil
}

// connect opens a socket, says hello and takes the welcome.
func (g *rig) connect() *client {
	g.t.Helper()
	c := g.open(nil)
	c.send(`{"t":"hello","client":"test"}`)
	c.want("welcome")
	return c
}

// session connects and returns the id of the socket too.
func (g *rig) session() (*client, string) {
	g.t.Helper()
	c := g.open(nil)
	c.send(`{"t":"hello","client":"test"}`)
	return c, c.want("welcome")["session"].(string)
}

func (c *client) send(text string) {
	c.t.Helper()
	if err := c.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

// next returns the next frame, pings answered on the way.
func (c *client) next() map[string]any {
	c.t.Helper()
	f, err := c.read()
	if err != nil {
		c.t.Fatalf("next frame: %v", err)
	}
	return f
}

func (c *client) read() (map[string]any, error) {
	for {
		if len(c.queue) > 0 {
			f := c.queue[0]
			c.queue = c.queue[1:]
			if f["t"] == "ping" && !c.pings {
				_ = c.ws.WriteMessage(websocket.TextMessage, []byte(`{"t":"pong"}`))
				continue
			}
			return f, nil
		}
		_ = c.ws.SetReadDeadline(time.Now().Add(5 * time.Minute))
		_, data, err := c.ws.ReadMessage()
		if err != nil {
			return nil, err
		}
		for line := range bytes.SplitSeq(data, []byte{'\n'}) {
			f := map[string]any{}
			if err := json.Unmarshal(line, &f); err != nil {
				return nil, fmt.Errorf("frame %s: %w", line, err)
			}
			c.queue = append(c.queue, f)
		}
	}
}

// want takes the next frame and insists on its type.
func (c *client) want(kind string) map[string]any {
	c.t.Helper()
	f := c.next()
	if f["t"] != kind {
		c.t.Fatalf("got frame %v, want a %s", f, kind)
	}
	return f
}

// call makes a call and returns its answer, which must come next.
func (c *client) call(op, body string) map[string]any {
	c.t.Helper()
	c.id++
	c.send(fmt.Sprintf(`{"t":"call","id":%d,"op":%q,"body":%s}`, c.id, op, body))
	f := c.want("res")
	if f["id"] != float64(c.id) {
		c.t.Fatalf("got answer %v, want id %d", f, c.id)
	}
	return f
}

// status makes a call and insists on its status.
func (c *client) status(want int, op, body string) map[string]any {
	c.t.Helper()
	f := c.call(op, body)
	if f["status"] != float64(want) {
		c.t.Fatalf("%s %s: got %v, want status %d", op, body, f, want)
	}
	return f
}

// silent insists that nothing more is on its way: a probe is answered first.
func (c *client) silent() {
	c.t.Helper()
	c.pings = true
	defer func() { c.pings = false }()
	c.send(`{"t":"probe"}`)
	if f := c.next(); f["t"] != "ping" {
		c.t.Fatalf("got frame %v, want silence", f)
	}
}

// bye takes the last frame and the close behind it.
func (c *client) bye(code int) map[string]any {
	c.t.Helper()
	f := c.want("bye")
	if f["code"] != float64(code) {
		c.t.Fatalf("got %v, want code %d", f, code)
	}
	_, err := c.read()
	if !websocket.IsCloseError(err, code) {
		c.t.Fatalf("got %v, want close %d", err, code)
	}
	return f
}

// rawConn dials the server without WebSocket.
func (g *rig) rawConn() net.Conn {
	g.t.Helper()
	conn, err := g.listen.Dial(g.t.Context(), "", "")
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// notParallel is inBubble for tests that look at memory.
func notParallel(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}
