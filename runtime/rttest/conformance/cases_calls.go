package conformance

import (
	"context"
	"fmt"
	"strings"
	"time"
)

var callCases = []testCase{
	{name: "a call is answered exactly once, with its id and the handler's answer", run: func(c *play) {
		n := c.connect()
		f := n.call("echo", "$id", "hello")
		c.check(f.number("status") == 200 && f.object("body").text("text") == "hello", "got %v", f)
		n.silent()
	}},
	{name: "text comes back as it was: controls, emoji, escapes, line separators", run: func(c *play) {
		n := c.connect()
		for _, text := range []string{"a\nb\r\tc", "👩‍👩‍👧 é", `"\/`, "\u2028\u2029\u0000\u007f", "<script>&amp;"} {
			f := n.call("echo", "$id", strings.Trim(quote(text), `"`))
			c.check(f.object("body").text("text") == text, "%q: got %v", text, f)
		}
	}},
	{name: "many calls at once are each answered once, more than may run included", run: func(c *play) {
		n := c.open()
		inflight := n.hello().object("limits").number("inflight")
		const calls = 200
		c.check(inflight < calls, "%d calls may run at once", inflight)
		c.beside(func(context.Context) {
			for i := range calls {
				if n.trySend(c.request(i+1, "echo", "$id", fmt.Sprint("v", i+1))) != nil {
					return // reading reports it
				}
			}
		})
		seen := map[int]bool{}
		for range calls {
			f := n.want("res")
			id := f.number("id")
			c.check(!seen[id], "%d is answered twice", id)
			c.check(f.object("body").text("text") == fmt.Sprint("v", id), "got another call's answer: %v", f)
			seen[id] = true
		}
		n.id = calls
		n.silent()
	}},
	{name: "a fast call overtakes a slow one", run: func(c *play) {
		n := c.connect()
		slow := n.start("wait", "$ms", "400")
		n.must("echo")
		f := n.want("res")
		c.check(f.number("id") == slow && f.number("status") == 200, "got %v", f)
	}},
	{name: "calls run side by side", run: func(c *play) {
		n := c.connect()
		begin := time.Now()
		for range 4 {
			n.start("wait", "$ms", "500")
		}
		for range 4 {
			n.want("res")
		}
		c.check(time.Since(begin) < 1500*time.Millisecond, "four calls of 500 ms took %v", time.Since(begin))
	}},
	{name: "an unknown operation is answered 404", run: func(c *play) {
		n := c.connect()
		n.send(`{"t":"call","id":1,"op":"noSuchOperation"}`)
		f := n.want("res")
		n.id = 1
		c.problem(f, 404)
		n.silent()
	}},
	{name: "an invalid request is answered 400 with the places of all violations", run: func(c *play) {
		n := c.connect()
		n.send(fmt.Sprintf(`{"t":"call","id":1,"op":%s,"body":{"text":7,"n":"x"}}`, quote(c.role("echo").Op)))
		n.id = 1
		f := n.want("res")
		c.problem(f, 400)
		c.check(len(f.object("body").list("errors")) == 2, "got %v", f)
		for _, e := range f.object("body").list("errors") {
			c.check(e.text("in") == "body" && e.text("rule") != "" && (e.text("pointer") == "/text" || e.text("pointer") == "/n"), "got %v", e)
		}
	}},
	{name: "a missing body is answered 400, not guessed", run: func(c *play) {
		n := c.connect()
		n.send(fmt.Sprintf(`{"t":"call","id":1,"op":%s}`, quote(c.role("echo").Op)))
		f := n.want("res")
		c.problem(f, 400)
	}},
	{name: "a panic is answered 500 once, and tells nothing", run: func(c *play) {
		n := c.connect()
		f := n.call("fail")
		c.problem(f, 500)
		c.check(!strings.Contains(f.String(), "purpose") && !strings.Contains(f.String(), ".go"), "got %v", f)
		n.silent()
	}},
	{name: "an answer without content has no body", run: func(c *play) {
		f := c.connect().must("nothing")
		c.check(f.number("status") == 204 && f["body"] == nil, "got %v", f)
	}},
	{name: "an answer that is no JSON says how it is written", run: func(c *play) {
		f := c.connect().must("plain")
		media := f.object("headers").text("content-type")
		c.check(f.text("enc") == "text" && f.text("body") != "" && strings.HasPrefix(media, "text/plain"), "got %v", f)
	}},
	{name: "an id of a running call is refused with a problem, and the call is answered", run: func(c *play) {
		n := c.connect()
		id := n.start("wait", "$ms", "300")
		n.send(c.request(id, "echo"))
		f := n.want("problem")
		c.check(f.number("ref") == id && f.number("status") == 409, "got %v", f)
		f = n.want("res")
		c.check(f.number("id") == id && f.number("status") == 200 && f.object("body").text("text") == "waited", "got %v", f)
		n.silent()
	}},
	{name: "an id may be used again when its answer has come", run: func(c *play) {
		n := c.connect()
		for range 50 {
			n.send(c.request(1, "echo"))
			f := n.want("res")
			c.check(f.number("id") == 1 && f.number("status") == 200, "got %v", f)
		}
	}},
	{name: "ids up to 2^53 come back exactly", run: func(c *play) {
		n := c.connect()
		n.send(c.request(1<<53-1, "echo"))
		f := n.want("res")
		c.check(f.number("id") == 1<<53-1, "got %v", f)
	}},
	{name: "a cancelled call is answered 499 at once, and once", run: func(c *play) {
		n := c.connect()
		begin := time.Now()
		id := n.start("wait", "$ms", "20000")
		n.send(fmt.Sprintf(`{"t":"cancel","id":%d}`, id))
		n.send(fmt.Sprintf(`{"t":"cancel","id":%d}`, id))
		f := n.want("res")
		c.problem(f, 499)
		c.check(f.number("id") == id && time.Since(begin) < 5*time.Second, "got %v after %v", f, time.Since(begin))
		n.silent()
	}},
	{name: "cancelling what does not run is no fault", run: func(c *play) {
		n := c.connect()
		n.send(`{"t":"cancel","id":77}`)
		n.silent()
	}},
	{name: "cancel without an id is answered with a problem", run: func(c *play) {
		n := c.connect()
		n.send(`{"t":"cancel"}`)
		n.want("problem")
		n.silent()
	}},
	{name: "the caller's timeout ends its call with 504", run: func(c *play) {
		n := c.connect()
		text, _ := n.request("wait", "$ms", "20000")
		n.send(strings.TrimSuffix(text, "}") + `,"timeout":200}`)
		begin := time.Now()
		c.problem(n.want("res"), 504)
		took := time.Since(begin)
		c.check(took > 100*time.Millisecond && took < 5*time.Second, "it took %v", took)
		n.silent()
	}},
}

// problem insists on an answer that is a problem of the status.
func (c *play) problem(f frame, status int) {
	body := f.object("body")
	c.check(f.kind() == "res" && f.number("status") == status && body.number("status") == status && body.text("title") != "" &&
		f.object("headers").text("content-type") == "application/problem+json", "got %v, want a problem %d", f, status)
}

var streamCases = []testCase{
	{name: "a streamed answer is a res, its items in order and an end", run: func(c *play) {
		n := c.connect()
		f := n.must("countdown")
		c.check(f["stream"] == true, "got %v", f)
		for i := 3; i > 0; i-- {
			item := n.want("item")
			c.check(item.number("id") == f.number("id") && item.number("body") == i, "got %v, want item %d", item, i)
		}
		end := n.want("end")
		c.check(end.number("id") == f.number("id") && end["problem"] == nil, "got %v", end)
		n.silent()
	}},
	{name: "a stream that is cancelled ends with a problem 499", run: func(c *play) {
		n := c.connect()
		f := n.must("endless")
		n.send(fmt.Sprintf(`{"t":"cancel","id":%d}`, f.number("id")))
		end := n.want("end")
		c.check(end.object("problem").number("status") == 499, "got %v", end)
		n.silent()
	}},
	{name: "other calls are answered while a stream runs", run: func(c *play) {
		n := c.connect()
		n.must("endless")
		for range 5 {
			n.must("echo")
		}
	}},
}
