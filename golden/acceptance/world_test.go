package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	acceptance "github.com/rtgen/rtgen/golden/acceptance/go"
	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest"
)

// A world is a server that listens, with its application behind it.
type world struct {
	t      *testing.T
	app    *app
	server *rt.Server
	host   *rttest.Host
}

func newWorld(t *testing.T, opts ...rt.Option) *world {
	t.Helper()
	t.Parallel()
	return anotherWorld(t, opts...)
}

// anotherWorld is another world in the same test.
func anotherWorld(t *testing.T, opts ...rt.Option) *world {
	t.Helper()
	w := &world{t: t, app: newApp()}
	w.server = acceptance.NewServer(w.app, w.options(opts...)...)
	return w
}

// options are those of all worlds, and more.
func (w *world) options(more ...rt.Option) []rt.Option {
	return append([]rt.Option{
		acceptance.WithSession(session), acceptance.WithBearer(bearer),
		rt.WithLogger(slog.New(slog.DiscardHandler)),
	}, more...)
}

// start begins to serve; middleware is installed before it.
func (w *world) start() *world {
	w.t.Helper()
	w.host = rttest.Start(w.t, w.server)
	return w
}

// dial opens a socket. Headers are pairs of name and value.
func (w *world) dial(headers ...string) *rttest.Socket {
	w.t.Helper()
	if w.host == nil {
		w.start()
	}
	return w.host.Dial(w.t, "/realtime", header(headers))
}

func header(pairs []string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

// A call is one call in the words of both transports.
type call struct {
	op     string // operationId
	method string
	target string // path and query
	in     rttest.Input
	header []string // pairs, on both transports
	cookie string   // of the browser: on the request, and on the handshake
}

// An answer is what came back, whichever way.
type answer struct {
	status int
	header map[string]string // lower-case names
	body   string
}

func (a answer) String() string { return fmt.Sprintf("%d %v %s", a.status, a.header, a.body) }

// transportHeaders are no part of the promise: net/http sets or reads them for itself, and frames have a
// member for the last one.
var transportHeaders = []string{"date", "content-length", "connection", "x-content-type-options", "realtime-position", "vary"}

// overHTTP makes a call as a plain request.
func (w *world) overHTTP(c call) answer {
	w.t.Helper()
	var body io.Reader
	switch b := c.in.Body.(type) {
	case nil:
	case json.RawMessage:
		body = bytes.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			w.t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	if w.host == nil {
		w.start()
	}
	req, err := http.NewRequestWithContext(w.t.Context(), c.method, w.host.URL()+c.target, body)
	if err != nil {
		w.t.Fatal(err)
	}
	maps.Copy(req.Header, header(c.header))
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.cookie != "" {
		req.Header.Set("Cookie", c.cookie)
	}
	res, err := w.host.Client().Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: map[string]string{}, body: string(text)}
	for name, values := range res.Header {
		a.header[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	for _, name := range transportHeaders {
		delete(a.header, name)
	}
	return a
}

// bySocket makes a call on a socket.
func bySocket(s *rttest.Socket, c call) answer {
	in := c.in
	if len(c.header) > 0 {
		in.Headers = map[string]string{}
		for i := 0; i < len(c.header); i += 2 {
			in.Headers[c.header[i]] = c.header[i+1]
		}
	}
	f := s.Call(c.op, in)
	a := answer{status: f.Status, header: f.Headers, body: string(f.Body)}
	if a.header == nil {
		a.header = map[string]string{}
	}
	if f.Enc == "text" {
		var text string
		if json.Unmarshal(f.Body, &text) == nil {
			a.body = text
		}
	}
	for _, name := range transportHeaders {
		delete(a.header, name)
	}
	if _, said := a.header["content-type"]; !said && a.body != "" {
		a.header["content-type"] = "application/json" // which goes without saying
	}
	return a
}

// both makes a call over both transports, insists that the answers are equal and returns them.
func (w *world) both(c call) answer {
	w.t.Helper()
	plain := w.overHTTP(c)
	var headers []string
	if c.cookie != "" {
		headers = []string{"Cookie", c.cookie}
	}
	socket := bySocket(w.dial(headers...), c)
	if plain.status != socket.status || plain.body != socket.body || !maps.Equal(plain.header, socket.header) {
		w.t.Errorf("%s %s: the transports disagree:\nHTTP   %v\nsocket %v", c.method, c.target, plain, socket)
	}
	return socket
}

// wantStatus insists on the status of a call over both transports.
func (w *world) wantStatus(want int, c call) answer {
	w.t.Helper()
	a := w.both(c)
	if a.status != want {
		w.t.Errorf("%s %s: got %v, want status %d", c.method, c.target, a, want)
	}
	return a
}

// must insists on the status of a frame.
func must(t *testing.T, f rttest.Frame, status int) rttest.Frame {
	t.Helper()
	if f.Status != status {
		t.Fatalf("got %s, want status %d", f.Raw, status)
	}
	return f
}

func inRoom(room string) rttest.Input { return rttest.Input{Path: map[string]string{"room": room}} }

// join makes sockets members of a room.
func join(t *testing.T, room string, sockets ...*rttest.Socket) {
	t.Helper()
	for _, s := range sockets {
		must(t, s.Call("join", inRoom(room)), 204)
	}
}

func (w *world) room(name string) acceptance.RoomChannel {
	return acceptance.NewRoomChannel(w.server, name)
}

// publish says something in a room from outside of any call.
func (w *world) publish(room, text string, opts ...rt.PublishOption) {
	w.t.Helper()
	if _, err := w.room(room).PublishSaid(w.t.Context(), acceptance.Said{Text: text}, opts...); err != nil {
		w.t.Fatal(err)
	}
}

// hears insists on the next events of a socket, and that nothing else is on its way: a last word to this
// socket alone comes behind everything that was sent before.
func (w *world) hears(s *rttest.Socket, want ...string) {
	w.t.Helper()
	w.publish("nobody", "(end)", rt.ToSocket(s.Welcome.Session))
	var got []string
	for {
		f := s.Event()
		var said struct {
			Text  string
			Verb  string
			ID    int
			State string
		}
		if err := json.Unmarshal(f.Data, &said); err != nil {
			w.t.Fatalf("%s: %v", f.Raw, err)
		}
		if said.Text == "(end)" {
			break
		}
		if said.Text == "" {
			said.Text = strings.TrimSpace(fmt.Sprintf("%s %s %d %s", f.Type, said.Verb, said.ID, said.State))
		}
		got = append(got, said.Text)
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		w.t.Errorf("heard %q, want %q", got, want)
	}
}

// A raw socket says exactly what it is told.
type raw struct {
	t       *testing.T
	conn    *websocket.Conn
	pending [][]byte // frames of a message, not yet asked for
}

// listen serves over loopback.
func (w *world) listen() *httptest.Server {
	w.t.Helper()
	srv := httptest.NewServer(w.server)
	w.t.Cleanup(srv.Close)
	return srv
}

// handshake opens a socket over loopback; the answer is nil when there was none.
func (w *world) handshake(srv *httptest.Server, h http.Header, subprotocols ...string) (*raw, *http.Response) {
	w.t.Helper()
	return handshake(w.t, srv, h, subprotocols...)
}

func handshake(t *testing.T, srv *httptest.Server, h http.Header, subprotocols ...string) (*raw, *http.Response) {
	t.Helper()
	d := websocket.Dialer{Subprotocols: subprotocols, HandshakeTimeout: 20 * time.Second}
	conn, res, err := d.Dial("ws"+strings.TrimPrefix(srv.URL, "http")+"/realtime", h)
	if err != nil {
		if res == nil {
			t.Fatal(err)
		}
		return nil, res
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &raw{t: t, conn: conn}, res
}

// rawSocket is a raw socket past its hello.
func (w *world) rawSocket() *raw {
	w.t.Helper()
	r, res := w.handshake(w.listen(), nil, "rtgen.v1.json")
	if r == nil {
		w.t.Fatal(res.Status)
	}
	r.send(`{"t":"hello"}`)
	r.want("welcome")
	return r
}

func (r *raw) send(text string) {
	r.t.Helper()
	if err := r.conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		r.t.Fatal(err)
	}
}

// next returns the next frame, or the error that ended the socket.
func (r *raw) next() (rttest.Frame, error) {
	if len(r.pending) == 0 {
		_ = r.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
		_, text, err := r.conn.ReadMessage()
		if err != nil {
			return rttest.Frame{}, err
		}
		r.pending = bytes.Split(text, []byte{'\n'})
	}
	text := r.pending[0]
	r.pending = r.pending[1:]
	var f rttest.Frame
	if err := json.Unmarshal(text, &f); err != nil {
		r.t.Fatalf("%s: %v", text, err)
	}
	f.Raw = text
	return f, nil
}

func (r *raw) want(kind string) rttest.Frame {
	r.t.Helper()
	f, err := r.next()
	if err != nil || f.T != kind {
		r.t.Fatalf("got %s, %v; want a %s", f.Raw, err, kind)
	}
	return f
}

// ends insists on the code that the socket is closed with.
func (r *raw) ends(code int) {
	r.t.Helper()
	for {
		_, err := r.next()
		if err == nil {
			continue // the bye
		}
		if !websocket.IsCloseError(err, code) {
			r.t.Errorf("ended with %v, want code %d", err, code)
		}
		return
	}
}
