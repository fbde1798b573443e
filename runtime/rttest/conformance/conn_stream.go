package conformance

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A streamConn is a client by event stream: it reads frames from one response and makes its calls in
// requests of their own. Whatever goes wrong ends the case.
type streamConn struct {
	c       *play
	header  http.Header // of the response
	lines   *bufio.Reader
	cancel  context.CancelFunc
	body    io.Closer
	queue   []frame
	session string
	id      string   // as Last-Event-ID would be
	call    []string // headers that every call has, as "Name: value"
	pings   bool     // hand pings out
}

func (c *play) streamURL() string {
	path := c.target.Manifest.Stream
	if path == "" {
		path = "/realtime/stream"
	}
	return c.target.URL + path
}

// stream opens a stream with further members of hello and takes the welcome.
func (c *play) stream(hello ...string) (s *streamConn, welcome frame) {
	return c.streamed("POST", `{"t":"hello","client":"conformance"`+prefixed(hello)+`}`, "Content-Type: application/json")
}

// followed opens a stream as an EventSource does.
func (c *play) followed(headers ...string) (s *streamConn, welcome frame) {
	return c.streamed("GET", "", headers...)
}

func (c *play) streamed(method, body string, headers ...string) (*streamConn, frame) {
	resp, cancel := c.openStream(method, body, headers...)
	s := &streamConn{c: c, header: resp.Header, lines: bufio.NewReader(resp.Body), cancel: cancel, body: resp.Body}
	c.cleanup(s.cut)
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		c.fail("the stream is answered %s: %s", resp.Status, text)
	}
	if kind := resp.Header.Get("Content-Type"); kind != "text/event-stream" {
		c.fail("the stream is %q", kind)
	}
	welcome := s.want("welcome")
	s.session = welcome.text("session")
	c.check(s.session != "", "got %v", welcome)
	return s, welcome
}

func (c *play) openStream(method, body string, headers ...string) (*http.Response, context.CancelFunc) {
	ctx, cancel := context.WithCancel(c.ctx)
	c.cleanup(cancel)
	resp, err := c.send(ctx, method, c.streamURL(), body, headers)
	if err != nil {
		c.fail("the stream: %v", err)
	}
	return resp, cancel
}

// closedStream insists that a stream is refused with a status and a problem.
func (c *play) closedStream(status int, method, body string, headers ...string) {
	resp, cancel := c.openStream(method, body, headers...)
	defer cancel()
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != status {
		c.fail("%s %v %.80s: got %s, want %d", method, headers, body, resp.Status, status)
	}
	var p frame
	err := json.NewDecoder(resp.Body).Decode(&p)
	c.check(err == nil && p.number("status") == status, "got %v, %v, want a problem", p, err)
}

func (c *play) send(ctx context.Context, method, url, body string, headers []string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	return c.target.Client.Do(req)
}

// next returns the next frame. Events of the stream are read as the HTML standard has it; what the protocol
// demands of them is checked.
func (s *streamConn) next() frame {
	f, err := s.read()
	if err != nil {
		s.c.fail("next frame: %v", err)
	}
	return f
}

func (s *streamConn) read() (frame, error) {
	for {
		for len(s.queue) > 0 {
			f := s.queue[0]
			s.queue = s.queue[1:]
			if f.kind() != "ping" || s.pings {
				return f, nil
			}
		}
		if err := s.event(); err != nil {
			return nil, err
		}
	}
}

// event reads the lines of one event.
func (s *streamConn) event() error {
	for {
		line, err := s.lines.ReadBytes('\n')
		if err != nil {
			return err
		}
		name, value, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(": "))
		switch string(name) {
		case "":
			return nil
		case "data":
			frames, err := parseFrames(value)
			if err != nil {
				return err
			}
			s.queue = append(s.queue, frames...)
		case "id":
			s.id = string(value)
		default:
			s.c.fail("the stream has the line %q", line)
		}
	}
}

// want takes the next frame and insists on its type.
func (s *streamConn) want(kind string) frame {
	f := s.next()
	if f.kind() != kind {
		s.c.fail("got %v, want a frame %q", f, kind)
	}
	return f
}

// said takes the next frame, which must be an event with the id in its data.
func (s *streamConn) said(id string) frame {
	f := s.want("ev")
	if f.object("data").text("id") != id {
		s.c.fail("got %v, want event %s", f, id)
	}
	return f
}

// silent insists that nothing else is on its way: what is said to the client alone comes next.
func (s *streamConn) silent() {
	s.must("whisper", "$id", "whispered")
	if f := s.said("whispered"); f.number("ch") != 0 {
		s.c.fail("got %v, want what was whispered", f)
	}
}

// bye takes the last frame and the end behind it. Frames before them are passed over.
func (s *streamConn) bye(code int) {
	for {
		f := s.next()
		if f.kind() != "bye" {
			continue
		}
		if f.number("code") != code {
			s.c.fail("got %v, want code %d", f, code)
		}
		if extra, err := s.read(); err == nil {
			s.c.fail("got %v after the bye", extra)
		}
		return
	}
}

// cut ends the connection without a word.
func (s *streamConn) cut() {
	s.cancel()
	_ = s.body.Close()
}

// must makes a call for the session that succeeds.
func (s *streamConn) must(role string, values ...string) answered {
	a := s.c.fetch(role, append([]string{"Realtime-Session: " + s.session}, s.call...), values...)
	if a.status < 200 || a.status > 299 {
		s.c.fail("%s: got %v, want success", role, a)
	}
	return a
}

// position returns the only channel that an answer has joined for the session.
func (s *streamConn) position(a answered) position {
	if !a.acted || len(a.joined) != 1 {
		s.c.fail("got %v, want one channel in Realtime-Subscriptions", a)
	}
	return (&conn{c: s.c}).position(frame{"subs": []any{map[string]any(a.joined[0])}})
}

// An answered is the answer to a call over HTTP.
type answered struct {
	status int
	body   frame
	acted  bool    // Realtime-Subscriptions is there
	joined []frame // what it holds
	stood  []frame // what Realtime-Position holds
	header http.Header
}

// fetch makes a call over HTTP. Headers are "Name: value". A role whose manifest has no route leaves the case
// out.
func (c *play) fetch(role string, headers []string, values ...string) answered {
	a, err := c.tryFetch(c.ctx, role, headers, values...)
	if err != nil {
		c.fail("%s: %v", role, err)
	}
	return a
}

func (c *play) tryFetch(ctx context.Context, role string, headers []string, values ...string) (a answered, err error) {
	call := c.role(role)
	if call.Route == "" {
		panic(skip("the manifest has no route of " + role))
	}
	var parts struct{ Path, Query map[string]any }
	text := c.request(1, role, values...)
	var body struct{ Body json.RawMessage }
	for _, into := range []any{&parts, &body} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			return a, err
		}
	}
	method, target, _ := strings.Cut(call.Route, " ")
	for name, value := range parts.Path {
		target = strings.ReplaceAll(target, "{"+name+"}", url.PathEscape(fmt.Sprint(value)))
	}
	query := url.Values{}
	for name, value := range parts.Query {
		query.Set(name, fmt.Sprint(value))
	}
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	if body.Body != nil {
		headers = append(slices.Clone(headers), "Content-Type: application/json")
	}
	resp, err := c.send(ctx, method, c.target.URL+target, string(body.Body), headers)
	if err != nil {
		return a, err
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		return a, err
	}
	a = answered{status: resp.StatusCode, header: resp.Header}
	_ = json.Unmarshal(got, &a.body) // not all of them are JSON
	a.joined, a.acted = positionsOf(c, resp.Header, "Realtime-Subscriptions")
	a.stood, _ = positionsOf(c, resp.Header, "Realtime-Position")
	return a, nil
}

func positionsOf(c *play, h http.Header, name string) (list []frame, ok bool) {
	text := h.Get(name)
	if text == "" {
		return nil, false
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		c.fail("%s: %s: %v", name, text, err)
	}
	return list, true
}
