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

// Call is one call: a JSON body sent to an operation that takes nothing else.
type Call struct {
	Op   string          `json:"op"` // also the path, behind a slash
	Body json.RawMessage `json:"body"`
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
	socket, err := dial(host.URL)
	if err != nil {
		return err
	}
	defer socket.conn.Close()
	calls, answers := json.NewDecoder(in), json.NewEncoder(out)
	answers.SetEscapeHTML(false)
	for {
		var c Call
		if err := calls.Decode(&c); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var p Played
		if p.HTTP, err = post(host, c); err != nil {
			return fmt.Errorf("%s by HTTP: %w", c.Op, err)
		}
		if p.Socket, err = socket.call(c); err != nil {
			return fmt.Errorf("%s by socket: %w", c.Op, err)
		}
		if err = answers.Encode(p); err != nil {
			return err
		}
	}
}

func post(host *httptest.Server, c Call) (Answer, error) {
	res, err := host.Client().Post(host.URL+"/"+c.Op, "application/json", bytes.NewReader(c.Body))
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return Answer{res.StatusCode, bytes.TrimSuffix(body, []byte("\n"))}, err
}

// socket is a client past hello and welcome that makes one call at a time.
type socket struct {
	conn  *websocket.Conn
	calls int
}

func dial(url string) (*socket, error) {
	dialer := websocket.Dialer{Subprotocols: []string{"rtgen.v1.json"}, HandshakeTimeout: patience}
	conn, res, err := dialer.Dial("ws"+strings.TrimPrefix(url, "http")+"/realtime", nil)
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

func (s *socket) call(c Call) (Answer, error) {
	s.calls++
	frame := fmt.Appendf(nil, `{"t":"call","id":%d,"op":%q,"body":%s}`, s.calls, c.Op, c.Body)
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
