// Package peer is a bare client of both transports for the tests of this
// folder: it sends what it is told and hides nothing of what comes back.
package peer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// patience bounds the wait for one frame; it passes only when a test fails.
const patience = 10 * time.Second

// Call is one call of an operation, in the words of both transports.
type Call struct {
	Op     string // operationId, for the socket
	Method string // for HTTP
	Target string // path and query, for HTTP
	Args   string // members of the call frame: `"path":{"id":1},"query":{"q":"x"}`
	Header http.Header
	Body   string // JSON; empty for none
}

// Answer is what came back: the same for both transports, or a test fails.
type Answer struct {
	Status int
	Header map[string]string // by lower-case name
	Body   string
	Frame  string // the whole res frame; empty over HTTP
}

// HTTP makes a call over HTTP, in memory.
func HTTP(t testing.TB, server http.Handler, c Call) Answer {
	t.Helper()
	req := httptest.NewRequest(c.Method, c.Target, strings.NewReader(c.Body))
	maps.Copy(req.Header, c.Header)
	if c.Body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	server.ServeHTTP(rec, req)
	header := map[string]string{}
	for name, values := range rec.Header() {
		if name != "Content-Length" && name != "Date" {
			header[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
	return Answer{Status: rec.Code, Header: header, Body: strings.TrimSuffix(rec.Body.String(), "\n")}
}

// Peer is the client's end of a socket that is past hello and welcome.
type Peer struct {
	t       testing.TB
	conn    *websocket.Conn
	pending [][]byte // received, not yet asked for
	calls   int
}

// Dial connects to a server and says hello. The members, if any, go into the
// hello frame.
func Dial(t testing.TB, server http.Handler, endpoint string, members ...string) *Peer {
	t.Helper()
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return DialURL(t, "ws"+strings.TrimPrefix(listener.URL, "http")+endpoint, members...)
}

// DialURL is Dial for a server that listens already.
func DialURL(t testing.TB, url string, members ...string) *Peer {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{"rtgen.v1.json"}, HandshakeTimeout: patience}
	conn, res, err := dialer.Dial(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	t.Cleanup(func() { conn.Close() })
	p := &Peer{t: t, conn: conn}
	p.Send("{" + strings.Join(append([]string{`"t":"hello"`}, members...), ",") + "}")
	if got := p.Receive(); !bytes.HasPrefix(got, []byte(`{"t":"welcome"`)) {
		t.Fatalf("hello is answered by %s", got)
	}
	return p
}

// Send sends one frame as it is.
func (p *Peer) Send(frame string) {
	p.t.Helper()
	if err := p.conn.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		p.t.Fatal(err)
	}
}

// Receive returns the next frame; a message may hold several.
func (p *Peer) Receive() []byte {
	p.t.Helper()
	for len(p.pending) == 0 {
		p.read()
	}
	return p.take(0)
}

// ReceiveKind returns the next frame of a kind and leaves the others for later.
func (p *Peer) ReceiveKind(kind string) []byte {
	p.t.Helper()
	prefix := []byte(`{"t":"` + kind + `"`)
	for from := 0; ; p.read() {
		for ; from < len(p.pending); from++ {
			if bytes.HasPrefix(p.pending[from], prefix) {
				return p.take(from)
			}
		}
	}
}

func (p *Peer) take(i int) []byte {
	frame := p.pending[i]
	p.pending = slices.Delete(p.pending, i, i+1)
	return frame
}

func (p *Peer) read() {
	p.t.Helper()
	if err := p.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		p.t.Fatal(err)
	}
	_, message, err := p.conn.ReadMessage()
	if err != nil {
		p.t.Fatalf("waiting for a frame, with %q left unread: %v", p.pending, err)
	}
	p.pending = append(p.pending, bytes.Split(bytes.TrimSpace(message), []byte("\n"))...)
}

// Call makes a call by socket and waits for its answer; events that come before
// stay for Receive.
func (p *Peer) Call(c Call) Answer {
	p.t.Helper()
	p.calls++
	op, err := json.Marshal(c.Op)
	if err != nil {
		p.t.Fatal(err)
	}
	members := []string{`"t":"call"`, fmt.Sprintf(`"id":%d`, p.calls), `"op":` + string(op)}
	if c.Args != "" {
		members = append(members, c.Args)
	}
	if len(c.Header) > 0 {
		header := map[string]string{}
		for name, values := range c.Header {
			header[strings.ToLower(name)] = strings.Join(values, ", ")
		}
		text, err := json.Marshal(header)
		if err != nil {
			p.t.Fatal(err)
		}
		members = append(members, `"headers":`+string(text))
	}
	if c.Body != "" {
		members = append(members, `"body":`+c.Body)
	}
	p.Send("{" + strings.Join(members, ",") + "}")
	return p.answer(p.ReceiveKind("res"))
}

func (p *Peer) answer(frame []byte) Answer {
	p.t.Helper()
	var res struct {
		ID      int               `json:"id"`
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
		Enc     string            `json:"enc"`
	}
	if err := json.Unmarshal(frame, &res); err != nil {
		p.t.Fatalf("%s: %v", frame, err)
	}
	if res.ID != p.calls {
		p.t.Fatalf("call %d is answered by %s", p.calls, frame)
	}
	body := string(res.Body)
	if res.Enc == "text" {
		var text string
		if err := json.Unmarshal(res.Body, &text); err != nil {
			p.t.Fatalf("%s: %v", frame, err)
		}
		body = text
	}
	if res.Headers == nil {
		res.Headers = map[string]string{}
	}
	// A frame leaves out the media type that goes without saying.
	if _, ok := res.Headers["content-type"]; !ok && body != "" && res.Enc == "" {
		res.Headers["content-type"] = "application/json"
	}
	return Answer{Status: res.Status, Header: res.Headers, Body: body, Frame: string(frame)}
}

// Both makes a call over both transports and requires the same answer.
func Both(t testing.TB, server http.Handler, p *Peer, c Call) Answer {
	t.Helper()
	plain, framed := HTTP(t, server, c), p.Call(c)
	if plain.Status != framed.Status || plain.Body != framed.Body || !maps.Equal(plain.Header, framed.Header) {
		t.Errorf("%s: the transports disagree:\nHTTP   %d %v %s\nsocket %d %v %s", c.Op,
			plain.Status, plain.Header, plain.Body, framed.Status, framed.Header, framed.Body)
	}
	return framed
}
