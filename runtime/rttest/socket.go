package rttest

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// patience is how long a test waits for a frame before it gives up. Nothing ever waits that
// long unless something is broken.
const patience = 20 * time.Second

// Socket is an open socket that speaks rtgen.v1.json, for tests. Its methods fail the test when the
// protocol is broken or nothing comes for 20 seconds. It is for one goroutine at a time.
type Socket struct {
	t       testing.TB
	conn    *websocket.Conn
	writing sync.Mutex // Parity cancels a call while another goroutine waits for its answer and for pings
	calls   int
	pending []Frame // read, but asked for by nobody yet

	// Welcome is the server's greeting.
	Welcome Frame
}

// Frame is a frame of the server. Members that a kind of frame does not have are zero.
type Frame struct {
	T       string            `json:"t"`
	ID      json.RawMessage   `json:"id"` // a number in res, item and end; a string in ev
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
	Enc     string            `json:"enc"`
	Subs    []Subscription    `json:"subs"`
	Ch      int               `json:"ch"`
	Name    string            `json:"name"`
	Address string            `json:"address"`
	State   string            `json:"state"`
	Reason  string            `json:"reason"`
	Epoch   string            `json:"epoch"`
	Seq     int64             `json:"seq"`
	Type    string            `json:"type"`
	Data    json.RawMessage   `json:"data"`
	Code    int               `json:"code"`
	Stream  bool              `json:"stream"` // of res: items follow
	Event   string            `json:"event"`  // of item
	EventID string            `json:"eid"`    // of item
	Retry   int               `json:"retry"`  // of item
	Problem struct {
		Status int    `json:"status"`
		Type   string `json:"type"`
		Detail string `json:"detail"`
	} `json:"problem"`
	Session string          `json:"session"`
	Raw     json.RawMessage `json:"-"` // the whole frame
}

// Subscription is a channel that a call joined.
type Subscription struct {
	Ch      int    `json:"ch"`
	Name    string `json:"name"`
	Address string `json:"address"`
	Epoch   string `json:"epoch"`
	Seq     int64  `json:"seq"`
}

// Input is what a call carries. Path, Query and Body are marshalled as JSON; a json.RawMessage travels as it is.
type Input struct {
	Path    any
	Query   any
	Headers map[string]string
	Body    any
}

// Dial opens a socket at the document's endpoint, as a page of the same origin would, and greets. Header is added to
// the handshake: a Cookie, say.
func (h *Host) Dial(t testing.TB, endpoint string, header http.Header) *Socket {
	t.Helper()
	s, err := h.dial(endpoint, header)
	if err != nil {
		t.Fatal(err)
	}
	s.t = t
	t.Cleanup(s.Close)
	return s
}

func (h *Host) dial(endpoint string, header http.Header) (*Socket, error) {
	header = header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Origin", origin)
	if header.Get("User-Agent") == "" {
		header.Set("User-Agent", userAgent)
	}
	dialer := websocket.Dialer{
		NetDialContext:   func(ctx context.Context, _, _ string) (net.Conn, error) { return h.listener.Dial(ctx, "", "") },
		Subprotocols:     []string{"rtgen.v1.json"},
		HandshakeTimeout: patience,
	}
	conn, res, err := dialer.Dial("ws"+origin[len("http"):]+endpoint, header)
	if err != nil {
		if res != nil {
			return nil, &refusal{endpoint: endpoint, status: res.StatusCode}
		}
		return nil, fmt.Errorf("dial %s: %w", endpoint, err)
	}
	s := &Socket{conn: conn}
	if err := s.send(map[string]any{"t": "hello", "client": "rttest"}); err != nil {
		return nil, err
	}
	first, err := s.frame(func(f Frame) bool { return f.T == "welcome" || f.T == "bye" })
	if err != nil {
		s.Close()
		return nil, err
	}
	if first.T == "bye" {
		s.Close()
		return nil, &refusal{endpoint: endpoint, status: first.Problem.Status}
	}
	s.Welcome = first
	return s, nil
}

// refusal is the error of a socket that was not let in: by the handshake, or by bye after hello.
type refusal struct {
	endpoint string
	status   int
}

// Error says where and with which status.
func (r *refusal) Error() string {
	return fmt.Sprintf("the socket at %s was refused with status %d", r.endpoint, r.status)
}

// Call calls an operation by its id and returns its answer.
func (s *Socket) Call(operation string, in Input) Frame {
	s.t.Helper()
	members := map[string]any{"op": operation}
	for name, v := range map[string]any{"path": in.Path, "query": in.Query, "body": in.Body} {
		if v != nil {
			members[name] = v
		}
	}
	if in.Headers != nil {
		members["headers"] = in.Headers
	}
	f, err := s.call(members)
	if err != nil {
		s.t.Fatal(err)
	}
	return f
}

func (s *Socket) call(members map[string]any) (Frame, error) {
	s.calls++
	id := fmt.Sprint(s.calls)
	frame := []byte(`{"t":"call","id":` + id)
	for _, name := range []string{"op", "path", "query", "headers", "enc", "body"} {
		v, ok := members[name]
		if !ok {
			continue
		}
		text, ok := v.(json.RawMessage)
		if !ok {
			var err error
			if text, err = json.Marshal(v); err != nil {
				return Frame{}, err
			}
		}
		frame = append(append(frame, `,"`+name+`":`...), text...)
	}
	frame = append(frame, '}')
	if err := s.write(frame); err != nil {
		return Frame{}, err
	}
	return s.frame(func(f Frame) bool { return f.T == "res" && string(f.ID) == id })
}

// Event waits for the next event; what arrives beside it stays for later.
func (s *Socket) Event() Frame { return s.Next("ev") }

// Next waits for the next frame of a kind.
func (s *Socket) Next(kind string) Frame {
	s.t.Helper()
	f, err := s.frame(func(f Frame) bool { return f.T == kind })
	if err != nil {
		s.t.Fatal(err)
	}
	return f
}

// Send sends a frame: something that marshals to a JSON object.
func (s *Socket) Send(frame any) {
	s.t.Helper()
	if err := s.send(frame); err != nil {
		s.t.Fatal(err)
	}
}

// Close closes the socket; closing it again does nothing.
func (s *Socket) Close() { _ = s.conn.Close() }

func (s *Socket) send(frame any) error {
	data, err := json.Marshal(frame)
	if err != nil {
		return err
	}
	return s.write(data)
}

func (s *Socket) write(message []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.conn.WriteMessage(websocket.TextMessage, message)
}

// frame returns the first frame that is wanted, among those that were put aside and those that come.
func (s *Socket) frame(wanted func(Frame) bool) (Frame, error) {
	for i, f := range s.pending {
		if wanted(f) {
			s.pending = append(s.pending[:i], s.pending[i+1:]...)
			return f, nil
		}
	}
	for {
		frames, err := s.read()
		if err != nil {
			return Frame{}, err
		}
		found := -1
		for i, f := range frames {
			switch {
			case f.T == "ping":
				if err := s.send(map[string]any{"t": "pong"}); err != nil {
					return Frame{}, err
				}
			case found < 0 && wanted(f):
				found = i
			default:
				s.pending = append(s.pending, f)
			}
		}
		if found >= 0 {
			return frames[found], nil
		}
	}
}

// read reads one message.
func (s *Socket) read() ([]Frame, error) {
	if err := s.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	_, message, err := s.conn.ReadMessage()
	if err != nil {
		for _, f := range s.pending {
			if f.T == "bye" {
				return nil, fmt.Errorf("the server said %s: %w", f.Raw, err)
			}
		}
		return nil, err
	}
	var frames []Frame
	for line := range splitLines(message) {
		var f Frame
		if err := json.Unmarshal(line, &f); err != nil {
			return nil, fmt.Errorf("a frame that is no JSON object: %s", line)
		}
		f.Raw = line
		frames = append(frames, f)
	}
	return frames, nil
}
