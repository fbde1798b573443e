// Package load speaks every contestant's protocol with as little work as can be had: frames are
// laid out once, answers are counted and not decoded. It runs in a process of its own.
package load

import "github.com/rtgen/rtgen/examples/benchmarks/message"

// A Dialect is how one contestant wants to be spoken to.
type Dialect struct {
	Path        string
	Subprotocol string
	Open        []exchange // after the handshake
	Join        []exchange // to become a member of the room
	call        [2]string  // around the id, of seven digits; the body is appended to the second
	after       string     // after the body
	reply       string     // how a line starts that answers a call
	event       string     // how a line starts that is an event
	ping, pong  string
}

// An exchange is what is said (nothing: only listened), and how the line starts that has to come.
type exchange struct{ say, hear string }

// byHand is the protocol of everybody who makes up an own one.
func byHand(path string) Dialect {
	return Dialect{
		Path:  path,
		Join:  []exchange{{`{"id":1,"op":"join","room":"general"}`, `{"id":1`}},
		call:  [2]string{`{"id":`, `,"op":"createMessage","room":"general","body":`},
		after: `}`, reply: `{"id":`, event: `{"event":`,
	}
}

// Dialects by contestant; who is not here speaks the protocol by hand.
var dialects = map[string]Dialect{
	"rtgen": {
		Path: "/realtime", Subprotocol: "rtgen.v1.json",
		Open:  []exchange{{`{"t":"hello"}`, `{"t":"welcome"`}},
		Join:  []exchange{{`{"t":"call","id":1,"op":"joinRoom","path":{"roomId":"general"}}`, `{"t":"res","id":1,"status":204`}},
		call:  [2]string{`{"t":"call","id":`, `,"op":"createMessage","path":{"roomId":"general"},"body":`},
		after: `}`, reply: `{"t":"res"`, event: `{"t":"ev"`, ping: `{"t":"ping"`, pong: `{"t":"pong"}`,
	},
	"centrifuge": {
		Path:  "/connection/websocket",
		Open:  []exchange{{`{"id":1,"connect":{}}`, `{"id":1,"connect"`}},
		call:  [2]string{`{"id":`, `,"rpc":{"method":"createMessage","data":`},
		after: `}}`, reply: `{"id":`, event: `{"push":`, ping: `{}`, pong: `{}`,
	},
	"socketio": {
		Path:  "/socket.io/?EIO=4&transport=websocket",
		Open:  []exchange{{"", "0{"}, {"40", "40{"}},
		call:  [2]string{`42`, `["createMessage",`},
		after: `]`, reply: `43`, event: `42["message.created"`, ping: `2`, pong: `3`,
	},
}

// DialectOf returns how to speak to a contestant.
func DialectOf(contestant string) Dialect {
	if d, ok := dialects[contestant]; ok {
		return d
	}
	return byHand("/")
}

// request returns the frame of a call with an id of seven digits, and where these stand. The mask
// is zero, which is allowed, so that the id can be changed in place.
func (d *Dialect) request() (frame []byte, id int) {
	text := d.call[0] + "0000000" + d.call[1] + string(message.Body) + d.after
	frame = clientFrame(text)
	return frame, len(frame) - len(text) + len(d.call[0])
}
