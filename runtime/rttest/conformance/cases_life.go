package conformance

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

var presenceCases = []testCase{
	{name: "who joins hears who is there, the others hear of it soon", run: func(c *play) {
		a := c.as("ada")
		a.must("joinPrivate")
		full := a.presence()
		c.check(full["full"] == true && full.number("count") == 1 && has(full.list("join"), c.token("ada")), "got %v", full)
		b := c.as("bob")
		b.must("joinPrivate")
		full = b.presence()
		c.check(full["full"] == true && full.number("count") == 2, "got %v", full)
		for {
			diff := a.presence()
			if diff["full"] == nil && has(diff.list("join"), c.token("bob")) {
				c.check(diff.number("count") == 2, "got %v", diff)
				return
			}
		}
	}},
	{name: "a second socket of somebody is nobody new, and its end is no leaving", run: func(c *play) {
		watcher := c.as("bob")
		watcher.must("joinPrivate")
		one, two := c.as("ada"), c.as("ada")
		one.must("joinPrivate")
		two.must("joinPrivate")
		for !has(watcher.presence().list("join"), c.token("ada")) {
		}
		one.presence()
		two.cut()
		watcher.must("wait", "$ms", "1500") // longer than changes are collected
		watcher.silent()
		one.cut()
		for {
			diff := watcher.presence()
			if leave, _ := diff["leave"].([]any); len(leave) == 1 && leave[0] == c.token("ada") {
				c.check(diff.number("count") == 1, "got %v", diff)
				return
			}
		}
	}},
}

// presence returns what the next frame, a presence event, holds.
func (n *conn) presence() frame {
	for {
		f := n.want("ev")
		if f.text("type") != "$presence" || f["seq"] != nil {
			n.c.fail("got %v, want a presence event", f)
		}
		return f.object("data")
	}
}

func has(people []frame, id string) bool {
	for _, p := range people {
		if p.text("id") == id {
			return true
		}
	}
	return false
}

var credentialCases = []testCase{
	{name: "an operation that needs credentials is answered 401 without them", run: func(c *play) {
		n := c.connect()
		c.problem(n.call("whoAmI"), 401)
		n.silent()
	}},
	{name: "credentials of hello count for every call", run: func(c *play) {
		f := c.as("ada").must("whoAmI")
		c.check(f.object("body").text("sub") == c.token("ada"), "got %v", f)
	}},
	{name: "credentials of one call do not stick", run: func(c *play) {
		n := c.connect()
		text, _ := n.request("whoAmI")
		n.send(strings.TrimSuffix(text, "}") + `,"headers":{"authorization":"Bearer ` + c.token("ada") + `"}}`)
		f := n.want("res")
		c.check(f.number("status") == 200, "got %v", f)
		c.problem(n.call("whoAmI"), 401)
	}},
	{name: "credentials are renewed in place", run: func(c *play) {
		n := c.as("ada")
		n.must("joinPrivate")
		n.presence()
		n.id++
		f := n.auth(c.token("ada"))
		c.check(f.number("status") == 204, "got %v", f)
		n.must("whoAmI")
	}},
	{name: "wrong new credentials are answered 401, the old ones stay", run: func(c *play) {
		n := c.as("ada")
		f := n.auth("nobody")
		c.problem(f, 401)
		n.must("whoAmI")
	}},
	{name: "an auth frame without token is answered with a problem", run: func(c *play) {
		n := c.connect()
		n.send(`{"t":"auth","id":3,"scheme":"bearer"}`)
		f := n.want("problem")
		c.check(f.number("ref") == 3, "got %v", f)
		n.silent()
	}},
	{name: "new credentials of another principal end the socket with 4103", run: func(c *play) {
		n := c.as("ada")
		n.send(`{"t":"auth","id":1,"scheme":"bearer","token":` + quote(c.token("bob")) + `}`)
		n.bye(4103)
	}},
	{name: "credentials that end are asked for, then end the socket with 4102", run: func(c *play) {
		n := c.open()
		w := n.hello(`"auth":{"scheme":"bearer","token":` + quote(c.token("brief")) + `}`)
		left := w.object("auth").number("expires_in")
		c.check(left > 0 && left <= 5000, "got %v", w)
		begin := time.Now()
		due := n.want("auth")
		c.check(due.number("due") > 0 && due.number("due") < left, "got %v", due)
		n.bye(4102)
		c.check(time.Since(begin) < time.Duration(left+2000)*time.Millisecond, "it took %v, they ended after %d ms", time.Since(begin), left)
	}},
	{name: "renewed in time, the socket goes on", run: func(c *play) {
		n := c.connect(`"auth":{"scheme":"bearer","token":` + quote(c.token("brief")) + `}`)
		n.want("auth")
		f := n.auth(c.token("ada"))
		c.check(f.number("status") == 204, "got %v", f)
		n.must("wait", "$ms", "3000")
		n.must("whoAmI")
	}},
}

// auth renews the credentials and returns the answer.
func (n *conn) auth(token string) frame {
	n.id++
	n.send(`{"t":"auth","id":` + strconv.Itoa(n.id) + `,"scheme":"bearer","token":` + quote(token) + `}`)
	f := n.want("res")
	n.c.check(f.number("id") == n.id, "got %v, want the answer to %d", f, n.id)
	return f
}

var livenessCases = []testCase{
	{name: "a probe is answered with a ping", run: func(c *play) {
		n := c.connect()
		n.pings = true
		n.send(`{"t":"probe"}`)
		n.want("ping")
	}},
	{name: "the server pings by itself, about as often as welcome says", run: func(c *play) {
		n := c.open()
		every := time.Duration(n.hello().number("ping")) * time.Millisecond
		c.soon(every)
		n.pings = true
		begin := time.Now()
		first := n.want("ping")
		n.send(`{"t":"pong"}`)
		second := n.want("ping")
		took := time.Since(begin)
		c.check(took > every && took < 4*every, "two pings took %v", took)
		c.check(second.number("n") > first.number("n"), "got %v after %v", second, first)
	}},
	{name: "whoever answers pings stays", run: func(c *play) {
		n := c.open()
		every := time.Duration(n.hello().number("ping")) * time.Millisecond
		c.soon(every)
		begin := time.Now()
		n.pings = true
		for time.Since(begin) < 4*every {
			n.want("ping")
			n.send(`{"t":"pong"}`)
		}
		n.pings = false
		n.silent()
	}},
	{name: "whoever waits for more calls than may run is not taken for gone", run: func(c *play) {
		n := c.open()
		w := n.hello()
		every := time.Duration(w.number("ping")) * time.Millisecond
		c.soon(every)
		inflight := w.object("limits").number("inflight")
		ms := strconv.Itoa(int(3 * every / time.Millisecond))
		for range inflight {
			n.start("wait", "$ms", ms)
		}
		n.start("echo") // pongs wait behind it
		for range inflight + 1 {
			f := n.want("res")
			c.check(f.number("status") == 200, "got %v", f)
		}
	}},
	{name: "whoever answers no ping is let go with 4305", run: func(c *play) {
		n := c.open()
		every := time.Duration(n.hello().number("ping")) * time.Millisecond
		c.soon(every)
		n.pings = true
		begin := time.Now()
		n.bye(4305)
		c.check(time.Since(begin) < 5*every, "it took %v", time.Since(begin))
	}},
}

// soon skips the case when pings are too far apart to wait for.
func (c *play) soon(every time.Duration) {
	if every > c.target.Timeout/6 {
		panic(skip("pings come every " + every.String()))
	}
}

var closingCases = []testCase{
	{name: "the client's close is answered with its code", run: func(c *play) {
		for _, code := range []int{1000, 1001, 3000, 4321} {
			n := c.connect()
			err := n.ws.close(c.ctx, code)
			c.check(err == nil, "%d: %v", code, err)
		}
	}},
	{name: "a close in the midst of calls is answered", run: func(c *play) {
		n := c.connect()
		for range 5 {
			n.start("wait", "$ms", "20000")
		}
		n.must("join")
		err := n.ws.close(c.ctx, 1000)
		c.check(err == nil, "%v", err)
	}},
	{name: "the application disconnects with 4090", run: func(c *play) {
		n := c.connect()
		n.start("disconnectMe", "$code", "1")
		n.bye(4090)
	}},
	{name: "the application's own codes reach the client", run: func(c *play) {
		for _, code := range []int{4801, 4999} {
			n := c.connect()
			n.start("disconnectMe", "$code", strconv.Itoa(code))
			n.bye(code)
		}
	}},
	{name: "a drain tells every client, serves it until it has left, lets calls finish and closes with 4200", last: true, run: func(c *play) {
		c.role("drain")
		busy, idle := c.connect(), c.connect()
		slow := busy.start("wait", "$ms", "4000")
		busy.must("echo")
		busy.send(c.request(100, "drain"))
		sawDrain, sawAnswer := false, false
		for !sawDrain || !sawAnswer {
			switch f := busy.next(); f.kind() {
			case "drain":
				sawDrain = true
				c.check(f.number("after") >= 0 && f.number("deadline") > 0, "got %v", f)
			case "res":
				sawAnswer = true
			default:
				c.fail("got %v", f)
			}
		}
		c.refused(http.StatusServiceUnavailable, dialing{})
		idle.want("drain")
		idle.must("echo") // there has been no time to go elsewhere
		idle.bye(4200)
		var f frame
		for id := 101; f.number("status") != 503; id++ {
			busy.send(c.request(id, "echo"))
			f = busy.want("res")
			c.check(f.number("id") == id && (f.number("status") == 200 || f.number("status") == 503), "a new call got %v", f)
		}
		c.check(f["again"] == true && f.object("headers").text("retry-after") != "", "a call that has come too late got %v", f)
		f = busy.want("res")
		c.check(f.number("id") == slow && f.number("status") == 200, "the running call got %v", f)
		busy.bye(4200)
	}},
}
