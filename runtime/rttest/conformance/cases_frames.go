package conformance

import (
	"context"
	"fmt"
	"strings"
)

var frameCases = []testCase{
	{name: "an unknown frame type is answered with a problem, not a close", run: func(c *play) {
		n := c.connect()
		n.send(`{"t":"dance","id":7}`)
		f := n.want("problem")
		c.check(f.number("status") == 400 && f.number("ref") == 7, "got %v", f)
		n.silent()
	}},
	{name: "a frame type that starts with x. is ignored", run: func(c *play) {
		n := c.connect()
		n.send(`{"t":"x.dance","id":7}`)
		n.silent()
	}},
	{name: "unknown members of a call are ignored", run: func(c *play) {
		n := c.connect()
		text, id := n.request("echo")
		n.send(strings.TrimSuffix(text, "}") + `,"x":{"deep":[1,{"a":null}]}}`)
		f := n.want("res")
		c.check(f.number("id") == id && f.number("status") == 200, "got %v", f)
	}},
	{name: "text that is no JSON object is answered with a problem", run: func(c *play) {
		n := c.connect()
		for _, text := range []string{"x", "[]", "1", `"call"`, "{", `{"t":1}`, "{}", `{"t":"call"`, `{"t":"x.y"}x`, "\u00a0{}", " "} {
			n.send(text)
			f := n.want("problem")
			c.check(f.number("status") == 400, "%s: got %v", text, f)
		}
		n.silent()
	}},
	{name: "a call that breaks behind its type and id is answered 400 with that id", run: func(c *play) {
		n := c.connect()
		for _, ending := range []string{`,"op":"x"}`, `,"path":{}`, `]`, `}}`, ``, `,"x":"`, `,"x":1} {}`, `,x:1}`} {
			text, id := n.request("echo")
			n.send(strings.TrimSuffix(text, "}") + ending)
			f := n.want("res")
			c.check(f.number("id") == id, "%s: got %v, want the answer to %d", ending, f, id)
			c.problem(f, 400)
		}
		n.silent()
	}},
	{name: "a bad frame whose id belongs to a running call is answered with a problem, and the call goes on", run: func(c *play) {
		n := c.connect()
		id := n.start("wait", "$ms", "300")
		n.send(fmt.Sprintf(`{"t":"call","id":%d,"op":7}`, id))
		f := n.want("problem")
		c.check(f.number("ref") == id && f.number("status") == 400, "got %v", f)
		f = n.want("res")
		c.check(f.number("id") == id && f.number("status") == 200, "got %v", f)
	}},
	{name: "a call without a usable id is answered with a problem", run: func(c *play) {
		n := c.connect()
		for _, id := range []string{"0", "-1", "1.5", `"1"`, "null", "1e3", "18446744073709551616"} {
			n.send(`{"t":"call","id":` + id + `,"op":"x"}`)
			f := n.want("problem")
			c.check(f.number("status") == 400, "id %s: got %v", id, f)
		}
		n.silent()
	}},
	{name: "text that is not UTF-8 ends the socket with 1007", run: func(c *play) {
		for _, bad := range []string{"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"} {
			n := c.connect()
			n.send(`{"t":"x.` + bad + `"}`)
			n.bye(1007)
		}
	}},
	{name: "a message may hold several frames, each of them answered", run: func(c *play) {
		n := c.connect()
		var lines []string
		for range 5 {
			text, _ := n.request("echo")
			lines = append(lines, text)
		}
		n.send(strings.Join(lines, "\n"))
		got := map[int]int{}
		for range 5 {
			got[n.want("res").number("id")]++
		}
		c.check(len(got) == 5, "got answers %v", got)
		n.silent()
	}},
	{name: "a blank line is a fault, the frames around it count", run: func(c *play) {
		n := c.connect()
		a, _ := n.request("echo")
		b, _ := n.request("echo")
		n.send(a + "\n\n" + b)
		got := map[string]int{}
		for range 3 {
			got[n.next().kind()]++
		}
		c.check(got["res"] == 2 && got["problem"] == 1, "got %v", got)
		n.silent()
	}},
	{name: "a binary message ends the socket with 1003", run: func(c *play) {
		n := c.connect()
		_ = n.ws.write(c.ctx, false, []byte(c.request(1, "echo"))) // the bye tells
		n.bye(1003)
	}},
	{name: "a fragmented message counts as a whole one, cut characters included", run: func(c *play) {
		n := c.opened(dialing{fragmented: true})
		n.hello()
		text, id := n.request("echo", "$id", "grüße 👋")
		c.check(n.ws.fragments(c.ctx, text) == nil, "the message was not taken")
		f := n.want("res")
		c.check(f.number("id") == id && f.object("body").text("text") == "grüße 👋", "got %v", f)
	}},
}

var limitCases = []testCase{
	{name: "a message with too many frames is refused as a whole", run: func(c *play) {
		n := c.open()
		batch := n.hello().object("limits").number("batch")
		var lines []string
		for range batch + 1 {
			text, _ := n.request("echo")
			lines = append(lines, text)
		}
		n.send(strings.Join(lines, "\n"))
		f := n.want("problem")
		c.check(f.number("status") == 400, "got %v", f)
		n.silent()
	}},
	{name: "lines are counted before they are read", run: func(c *play) {
		n := c.open()
		size := n.hello().object("limits").number("message")
		n.send(strings.Repeat("\n", size-1))
		n.want("problem")
		n.silent()
	}},
	{name: "a call that is too large is answered 413 with its id, and the socket stays usable", run: func(c *play) {
		n := c.open()
		size := n.hello().object("limits").number("message")
		text, id := n.request("echo", "$id", strings.Repeat("x", size))
		n.send(text)
		f := n.want("res")
		c.check(f.number("id") == id && f.number("status") == 413, "got %v", f)
		n.silent()
	}},
	{name: "a call of just the allowed size is answered", run: func(c *play) {
		n := c.open()
		size := n.hello().object("limits").number("message")
		bare, _ := n.request("echo", "$id", "")
		n.id--
		text, _ := n.request("echo", "$id", strings.Repeat("x", size-len(bare)))
		c.check(len(text) == size, "the message has %d bytes", len(text))
		n.send(text)
		f := n.want("res")
		c.check(f.number("status") == 200, "got status %d", f.number("status"))
	}},
	{name: "another frame that is too large is answered with a problem 413", run: func(c *play) {
		n := c.open()
		size := n.hello().object("limits").number("message")
		n.send(`{"t":"x.large","x":"` + strings.Repeat("x", size) + `"}`)
		f := n.want("problem")
		c.check(f.number("status") == 413, "got %v", f)
		n.silent()
	}},
	{name: "a message beyond the hard limit ends the socket with 4013", run: func(c *play) {
		n := c.connect()
		c.beside(func(context.Context) { _ = n.trySend(strings.Repeat(" ", 4<<20)) }) // cut off in the middle
		n.bye(4013)
	}},
	{name: "too many fragments end the socket with 4013", run: func(c *play) {
		n := c.opened(dialing{fragmented: true})
		fragments := n.hello().object("limits").number("fragments")
		c.beside(func(ctx context.Context) { _ = n.ws.fragments(ctx, strings.Repeat(" ", fragments+2)) }) // cut off in the middle
		n.bye(4013)
	}},
	{name: "JSON nested as deep as announced is taken, deeper is refused", run: func(c *play) {
		n := c.open()
		depth := n.hello().object("limits").number("depth")
		call := func(levels int) frame {
			text, _ := n.request("echo")
			n.send(strings.Replace(text, `"body":{`, `"body":{"tree":`+strings.Repeat("[", levels)+strings.Repeat("]", levels)+`,`, 1))
			return n.want("res")
		}
		f := call(depth - 2) // the frame and its body are levels too
		c.check(f.number("status") == 200, "at the limit: got %v", f)
		f = call(depth)
		c.check(f.number("status") == 400, "beyond the limit: got %v", f)
		n.silent()
	}},
	{name: "more bad frames than announced end the socket with 4029", run: func(c *play) {
		n := c.open()
		faults := n.hello().object("limits").number("faults")
		for i := range faults {
			n.send("?")
			f := n.want("problem")
			c.check(f.number("status") == 400, "fault %d: got %v", i, f)
		}
		n.send("?")
		n.bye(4029)
	}},
	{name: "headers of a call that are too large are answered 431", run: func(c *play) {
		n := c.open()
		limits := n.hello().object("limits")
		room := limits.number("headers")
		if room+200 > limits.number("message") {
			panic(skip("messages are not larger than headers may be"))
		}
		text, _ := n.request("echo")
		n.send(strings.TrimSuffix(text, "}") + `,"headers":{"x-a":"` + strings.Repeat("x", room) + `"}}`)
		f := n.want("res")
		c.problem(f, 431)
		n.silent()
	}},
	{name: "a call with a line feed in a header is answered 400", run: func(c *play) {
		n := c.connect()
		for _, header := range []string{
			`"authorization":"Bearer ` + c.token("ada") + `\r\nx-c: d"`,
			`"x-a":"b\r\nauthorization: Bearer ` + c.token("ada") + `"`,
			`"x-a: b\r\nauthorization":"Bearer ` + c.token("ada") + `"`,
		} {
			text, _ := n.request("whoAmI")
			n.send(strings.TrimSuffix(text, "}") + `,"headers":{` + header + `}}`)
			f := n.want("res")
			c.problem(f, 400)
		}
		n.silent()
	}},
	{name: "a flood of WebSocket pings ends the socket with 4029", run: func(c *play) {
		n := c.connect()
		for range 200 {
			c.beside(func(ctx context.Context) { _ = n.ws.ping(ctx) }) // ends with the socket
		}
		n.bye(4029)
	}},
	{name: "a WebSocket ping is answered", run: func(c *play) {
		n := c.connect()
		pong := make(chan error, 1)
		c.beside(func(ctx context.Context) { pong <- n.ws.ping(ctx) })
		for range 20 {
			select {
			case err := <-pong:
				c.check(err == nil, "ping: %v", err)
				return
			default:
				n.must("wait", "$ms", "50") // somebody has to read
			}
		}
		c.fail("no pong came")
	}},
	{name: "a socket may be in as many channels as announced", run: func(c *play) {
		n := c.open()
		channels := n.hello().object("limits").number("channels")
		for i := range channels {
			n.must("join", "$room", fmt.Sprint(c.room, i))
		}
		f := n.call("join", "$room", c.room+"more")
		c.check(f.number("status") == 429, "got %v", f)
		n.must("leave", "$room", c.room+"0")
		n.want("ch")
		n.must("join", "$room", c.room+"more")
	}},
}
