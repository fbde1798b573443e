package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// protocol is the subprotocol token.
const protocol = "rtgen.v1.json"

// problemType begins the types of problems that are faults of the protocol.
const problemType = "urn:rtgen:problem:"

// A frame is one frame of the server.
type frame map[string]any

func (f frame) kind() string { return f.text("t") }

func (f frame) text(name string) string {
	s, _ := f[name].(string)
	return s
}

// number returns a member that is a number, -1 where it is not.
func (f frame) number(name string) int {
	n, ok := f[name].(float64)
	if !ok {
		return -1
	}
	return int(n)
}

// object returns a member that is an object; a nil one has no members.
func (f frame) object(name string) frame {
	o, _ := f[name].(map[string]any)
	return o
}

// list returns the objects of a member that is an array.
func (f frame) list(name string) []frame {
	items, _ := f[name].([]any)
	var list []frame
	for _, item := range items {
		o, _ := item.(map[string]any)
		list = append(list, o)
	}
	return list
}

func (f frame) String() string {
	text, _ := json.Marshal(map[string]any(f))
	return string(text)
}

// A conn is one connection of a case. Whatever goes wrong ends the case.
type conn struct {
	c     *play
	ws    peer
	queue []frame
	pings bool // hand pings out instead of answering them
	id    int
}

// dial opens a connection, with the subprotocol of the protocol unless others are named.
func (c *play) dial(d dialing) (*conn, *http.Response, error) {
	if d.protocols == nil {
		d.protocols = []string{protocol}
	}
	ws, resp, err := c.target.dial(c.ctx, c.socketURL(), d)
	if err != nil {
		return nil, resp, err
	}
	c.cleanup(ws.cut)
	return &conn{c: c, ws: ws}, resp, nil
}

// open connects without saying hello.
func (c *play) open() *conn { return c.opened(dialing{}) }

func (c *play) opened(d dialing) *conn {
	n, _, err := c.dial(d)
	if err != nil {
		c.fail("dial: %v", err)
	}
	return n
}

// connect connects, says hello and takes the welcome.
func (c *play) connect(hello ...string) *conn {
	n := c.open()
	n.hello(hello...)
	return n
}

// hello says hello, with further members, and returns the welcome.
func (n *conn) hello(members ...string) frame {
	n.send(`{"t":"hello","client":"conformance"` + prefixed(members) + `}`)
	return n.want("welcome")
}

// as connects with a token of the manifest.
func (c *play) as(who string) *conn {
	return c.connect(`"auth":{"scheme":"bearer","token":` + quote(c.token(who)) + `}`)
}

func prefixed(members []string) string {
	if len(members) == 0 {
		return ""
	}
	return "," + strings.Join(members, ",")
}

func quote(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

// send sends one message.
func (n *conn) send(text string) {
	if err := n.trySend(text); err != nil {
		n.c.fail("send: %v", err)
	}
}

// trySend sends a message to a server that may have closed already.
func (n *conn) trySend(text string) error {
	return n.ws.write(n.c.ctx, true, []byte(text))
}

// read returns the next frame, pings answered on the way.
func (n *conn) read() (frame, error) {
	for {
		for len(n.queue) > 0 {
			f := n.queue[0]
			n.queue = n.queue[1:]
			if f.kind() == "ping" && !n.pings {
				_ = n.trySend(`{"t":"pong","n":` + fmt.Sprint(f.number("n")) + `}`) // the next read reports it
				continue
			}
			return f, nil
		}
		text, data, err := n.ws.read(n.c.ctx)
		if err != nil {
			return nil, err
		}
		if !text {
			n.c.fail("got a binary message: %q", data)
		}
		if n.queue, err = parseFrames(data); err != nil {
			n.c.fail("%v", err)
		}
	}
}

// parseFrames takes a message apart. What the protocol demands of every message is checked here.
func parseFrames(data []byte) ([]frame, error) {
	var frames []frame
	for line := range bytes.SplitSeq(data, []byte{'\n'}) {
		f := frame{}
		dec := json.NewDecoder(bytes.NewReader(line))
		if err := dec.Decode(&f); err != nil {
			return nil, fmt.Errorf("frame %q: %w", line, err)
		}
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("frame %q: more than one value on a line", line)
		}
		if !bytes.HasPrefix(line, []byte(`{"t":"`)) {
			return nil, fmt.Errorf("frame %q does not start with its type", line)
		}
		frames = append(frames, f)
	}
	return frames, nil
}

// next returns the next frame.
func (n *conn) next() frame {
	f, err := n.read()
	if err != nil {
		n.c.fail("next frame: %v", err)
	}
	return f
}

// want takes the next frame and insists on its type.
func (n *conn) want(kind string) frame {
	f := n.next()
	if f.kind() != kind {
		n.c.fail("got %v, want a frame %q", f, kind)
	}
	return f
}

// silent insists that nothing else is on its way and that the socket works: a call is answered next.
func (n *conn) silent() {
	if f := n.call("echo"); f.number("status") != 200 {
		n.c.fail("the socket is not usable: %v", f)
	}
}

// bye takes the last frame and the close behind it, and insists that both say code. Frames before them
// are passed over.
func (n *conn) bye(code int) frame {
	for {
		f, err := n.read()
		if err != nil {
			n.c.fail("got %v, want a bye", err)
		}
		if f.kind() != "bye" {
			continue
		}
		if f.number("code") != code {
			n.c.fail("got %v, want code %d", f, code)
		}
		p := f.object("problem")
		if p.text("title") == "" || p.number("status") < 400 {
			n.c.fail("the bye has no problem: %v", f)
		}
		if application := code >= 4800; !application && !strings.HasPrefix(p.text("type"), problemType) {
			n.c.fail("a close of the protocol has a problem of type %q: %v", p.text("type"), f)
		}
		if extra, err := n.read(); err == nil {
			n.c.fail("got %v after the bye", extra)
		} else if closeCode(err) != code {
			n.c.fail("got %v, want close %d", err, code)
		}
		return f
	}
}

// request returns the frame that calls an operation, and its id.
func (n *conn) request(role string, values ...string) (text string, id int) {
	n.id++
	return n.c.request(n.id, role, values...), n.id
}

// start sends a call and returns its id.
func (n *conn) start(role string, values ...string) int {
	text, id := n.request(role, values...)
	n.send(text)
	return id
}

// call makes a call and returns its answer, which must come next.
func (n *conn) call(role string, values ...string) frame {
	id := n.start(role, values...)
	f := n.want("res")
	if f.number("id") != id {
		n.c.fail("got %v, want the answer to %d", f, id)
	}
	return f
}

// must makes a call that succeeds.
func (n *conn) must(role string, values ...string) frame {
	f := n.call(role, values...)
	if s := f.number("status"); s < 200 || s > 299 {
		n.c.fail("%s: got %v, want success", role, f)
	}
	return f
}

// event takes the next frame, which must be an event with the id in its data.
func (n *conn) event(id string) frame {
	f := n.want("ev")
	if f.object("data").text("id") != id {
		n.c.fail("got %v, want event %s", f, id)
	}
	return f
}

// cut ends the connection without a word.
func (n *conn) cut() { n.ws.cut() }

// request builds a call frame. Values replace names: "$id", "17".
func (c *play) request(id int, role string, values ...string) string {
	call := c.role(role)
	text := fmt.Sprintf(`{"t":"call","id":%d,"op":%s`, id, quote(call.Op))
	for _, m := range []struct {
		name string
		raw  json.RawMessage
	}{{"path", call.Path}, {"query", call.Query}, {"body", call.Body}} {
		if len(m.raw) > 0 {
			text += `,"` + m.name + `":` + string(m.raw)
		}
	}
	pairs := append(slices.Clone(values), "$room", c.room, "$id", "one", "$ms", "0", "$code", "0") // the first counts
	text = strings.NewReplacer(`"$ms"`, "$ms", `"$code"`, "$code").Replace(text)                   // numbers
	return strings.NewReplacer(pairs...).Replace(text) + "}"
}

// position returns the only channel that an answer joined.
func (n *conn) position(f frame) position {
	subs := f.list("subs")
	if len(subs) != 1 {
		n.c.fail("got %v, want one channel in subs", f)
	}
	p := position{
		Name: subs[0].text("name"), Address: subs[0].text("address"), Epoch: subs[0].text("epoch"),
		Seq: subs[0].number("seq"), Last: subs[0].text("last"), ch: subs[0].number("ch"),
	}
	if p.Name == "" || p.Address == "" || p.Epoch == "" || p.Seq < 0 || p.ch <= 0 {
		n.c.fail("the position in %v is not complete", f)
	}
	return p
}

// A position is where a client stands in a channel, as hello.resume has it.
type position struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Epoch   string `json:"epoch"`
	Seq     int    `json:"seq"`
	Last    string `json:"last,omitempty"`
	ch      int
}

// after is the position behind an event.
func (p position) after(ev frame) position {
	p.Seq, p.Last = ev.number("seq"), ev.text("id")
	return p
}

// resume connects and goes on from a position; it returns the ch frame that decides.
func (c *play) resume(role string, p position, hello ...string) (*conn, frame) {
	n := c.connect(append(hello, c.resumption(role, p))...)
	return n, n.want("ch")
}

func (c *play) resumption(role string, p position) string {
	entry := `{"op":` + quote(c.role(role).Op)
	if path := c.role(role).Path; len(path) > 0 {
		entry += `,"path":` + strings.ReplaceAll(string(path), "$room", c.room)
	}
	text, _ := json.Marshal(p)
	return `"resume":[` + entry + `,"ch":[` + string(text) + `]}]`
}

// beside runs f beside the case, which ends only when f has.
func (c *play) beside(f func(ctx context.Context)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(c.ctx)
	}()
	c.cleanup(func() { <-done })
}
