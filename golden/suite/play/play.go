// Package play is the program that the tests of golden/suite build around the
// servers that they generate: it makes calls over HTTP and over a socket and
// prints what comes back.
package play

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	rt "github.com/rtgen/rtgen/runtime"
)

// patience bounds the wait for one answer; it passes only when a test fails.
const patience = 20 * time.Second

// Call is one call, in the words of both transports.
type Call struct {
	Op     string            `json:"op"`     // operationId, for the socket
	Method string            `json:"method"` // for HTTP
	Target string            `json:"target"` // path and query, for HTTP
	Header map[string]string `json:"header,omitempty"`
	Cookie string            `json:"cookie,omitempty"` // of the socket's handshake
	Args   string            `json:"args,omitempty"`   // members of the call frame: `"path":{"id":1}`
	Body   json.RawMessage   `json:"body,omitempty"`
}

// Answer is what came back.
type Answer struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"`
}

// Played are the answers to one call.
type Played struct {
	HTTP   Answer `json:"http"`
	Socket Answer `json:"socket"`
	Path   Answer `json:"path"` // by socket, in path form
}

// Silent keeps a server from logging.
var Silent = rt.WithLogger(slog.New(slog.DiscardHandler))

// Main reads calls as JSON lines from standard input, makes them and writes
// their answers as JSON lines to standard output. It ends the program with
// status 1 when something keeps it from that, or when the server does not
// verify.
func Main(server *rt.Server) {
	if err := errors.Join(server.Verify(), run(server, os.Stdin, os.Stdout)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(server *rt.Server, in io.Reader, out io.Writer) error {
	host := httptest.NewServer(server)
	defer host.Close()
	sockets := sockets{url: host.URL, byCookie: map[string]*socket{}}
	defer sockets.close()
	calls, answers := json.NewDecoder(in), json.NewEncoder(out)
	answers.SetEscapeHTML(false)
	for {
		var c Call
		if err := calls.Decode(&c); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		p, err := play(host, &sockets, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Op, err)
		}
		if err = answers.Encode(p); err != nil {
			return err
		}
	}
}

func play(host *httptest.Server, all *sockets, c Call) (p Played, err error) {
	if p.HTTP, err = send(host, c); err != nil {
		return p, fmt.Errorf("HTTP: %w", err)
	}
	s, err := all.dial(c.Cookie)
	if err != nil {
		return p, fmt.Errorf("handshake: %w", err)
	}
	if p.Socket, err = s.call(c, c.Op, c.Args); err != nil {
		return p, fmt.Errorf("socket: %w", err)
	}
	if p.Path, err = s.call(c, c.Method+" "+c.Target, ""); err != nil {
		return p, fmt.Errorf("socket, path form: %w", err)
	}
	return p, nil
}

func send(host *httptest.Server, c Call) (Answer, error) {
	req, err := http.NewRequest(c.Method, host.URL+c.Target, bytes.NewReader(c.Body))
	if err != nil {
		return Answer{}, err
	}
	for name, value := range c.Header {
		req.Header.Set(name, value)
	}
	if c.Cookie != "" {
		req.Header.Set("Cookie", c.Cookie)
	}
	if c.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := host.Client().Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return Answer{res.StatusCode, bytes.TrimSuffix(body, []byte("\n"))}, err
}

// sockets are connections by the cookies of their handshakes.
type sockets struct {
	url      string
	byCookie map[string]*socket
}

func (all *sockets) dial(cookie string) (*socket, error) {
	s := all.byCookie[cookie]
	if s == nil {
		var err error
		if s, err = dial(all.url, cookie); err != nil {
			return nil, err
		}
		all.byCookie[cookie] = s
	}
	return s, nil
}

func (all *sockets) close() {
	for _, s := range all.byCookie {
		s.conn.Close()
	}
}

// socket is a client past hello and welcome that makes one call at a time.
type socket struct {
	conn  *websocket.Conn
	calls int
}

func dial(url, cookie string) (*socket, error) {
	dialer := websocket.Dialer{Subprotocols: []string{"rtgen.v1.json"}, HandshakeTimeout: patience}
	header := http.Header{}
	if cookie != "" {
		header.Set("Cookie", cookie)
		header.Set("Origin", url) // browsers, which have cookies, say where they come from
	}
	conn, res, err := dialer.Dial("ws"+strings.TrimPrefix(url, "http")+"/realtime", header)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusSwitchingProtocols {
		return nil, fmt.Errorf("the handshake is answered by %s", res.Status)
	}
	if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"t":"hello"}`)); err != nil {
		return nil, err
	}
	return &socket{conn: conn}, nil
}

func (s *socket) call(c Call, op, args string) (Answer, error) {
	s.calls++
	name, err := json.Marshal(op)
	if err != nil {
		return Answer{}, err
	}
	frame := fmt.Appendf(nil, `{"t":"call","id":%d,"op":%s`, s.calls, name)
	if args != "" {
		frame = append(append(frame, ','), args...)
	}
	if len(c.Header) > 0 {
		header, err := json.Marshal(c.Header)
		if err != nil {
			return Answer{}, err
		}
		frame = append(append(frame, `,"headers":`...), header...)
	}
	if c.Body != nil {
		frame = append(append(frame, `,"body":`...), c.Body...)
	}
	frame = append(frame, '}')
	if err := s.conn.WriteMessage(websocket.TextMessage, frame); err != nil {
		return Answer{}, err
	}
	if err := s.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return Answer{}, err
	}
	for {
		_, message, err := s.conn.ReadMessage()
		if err != nil {
			return Answer{}, err
		}
		for line := range bytes.Lines(message) {
			var res struct {
				T  string `json:"t"`
				ID int    `json:"id"`
				Answer
			}
			if err := json.Unmarshal(line, &res); err != nil {
				return Answer{}, fmt.Errorf("%s: %w", line, err)
			}
			if res.T == "res" && res.ID == s.calls {
				return res.Answer, nil
			}
		}
	}
}
