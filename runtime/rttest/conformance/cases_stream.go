package conformance

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

var eventStreamCases = []testCase{
	{name: "POST with a hello is welcomed, and nothing on the way may keep it", run: func(c *play) {
		s, welcome := c.stream()
		c.check(welcome.number("ping") > 0 && welcome.object("limits").number("channels") > 0, "got %v", welcome)
		c.check(s.header.Get("Cache-Control") == "no-store" && s.header.Get("X-Accel-Buffering") == "no", "got %v", s.header)
	}},
	{name: "GET is welcomed too", run: func(c *play) {
		s, _ := c.followed()
		other, _ := c.followed()
		c.check(s.session != other.session, "two streams have the session %s", s.session)
	}},
	{name: "a call with the session joins for the stream: its answer names the channel, events come there", run: func(c *play) {
		s, _ := c.stream()
		a := s.must("join")
		p := s.position(a)
		c.check(len(a.stood) == 1 && a.stood[0].number("seq") == p.Seq, "got %v", a)
		s.must("say", "$id", "1")
		ev := s.said("1")
		c.check(ev.number("ch") == p.ch && ev.number("seq") == p.Seq+1, "got %v, joined at %v", ev, p)
		s.silent()
	}},
	{name: "events of the time in which the answer is made come behind it, and once", run: func(c *play) {
		s, _ := c.stream()
		p := s.position(s.must("joinBusy"))
		ev := s.want("ev")
		c.check(ev.number("ch") == p.ch && ev.number("seq") == p.Seq+1, "got %v, joined at %v", ev, p)
		s.silent()
	}},
	{name: "a refused call joins nothing", run: func(c *play) {
		s, _ := c.stream()
		a := c.fetch("joinClosed", []string{"Realtime-Session: " + s.session})
		c.check(a.status == 403 && a.acted && len(a.joined) == 0 && len(a.stood) == 0, "got %v", a)
		s.must("say")
		s.silent()
	}},
	{name: "what a call leaves is gone when it is answered", run: func(c *play) {
		s, _ := c.stream()
		p := s.position(s.must("join"))
		a := s.must("leave")
		c.check(a.acted && len(a.joined) == 0, "got %v", a)
		c.connect().must("say")
		ch := s.want("ch")
		c.check(ch.text("state") == "gone" && ch.number("ch") == p.ch, "got %v", ch)
		s.silent()
	}},
	{name: "a channel without echo leaves out who has called", run: func(c *play) {
		s, _ := c.stream()
		other := c.connect()
		s.must("joinQuiet")
		other.must("joinQuiet")
		s.must("sayQuiet", "$id", "mine")
		other.event("mine")
		other.must("sayQuiet", "$id", "theirs")
		s.said("theirs")
		s.silent()
	}},
	{name: "a session that is not here is no error: the answer has a position and no subscriptions", run: func(c *play) {
		gone, _ := c.stream()
		gone.cut()
		for _, session := range []string{"none", gone.session} {
			// The server may notice a little later that a stream has ended.
			c.until(func() bool {
				a := c.fetch("join", []string{"Realtime-Session: " + session})
				c.check(a.status == 200 && len(a.stood) == 1, "got %v", a)
				return !a.acted
			})
			a := c.fetch("leave", []string{"Realtime-Session: " + session})
			c.check(a.status == 204 && !a.acted && a.header.Get("Realtime-Position") == "[]", "got %v", a)
		}
	}},
	{name: "the session of another principal is not here", run: func(c *play) {
		s, _ := c.stream(`"auth":{"scheme":"bearer","token":` + quote(c.token("ada")) + `}`)
		for _, other := range [][]string{{"Authorization: Bearer " + c.token("bob")}, nil} {
			a := c.fetch("join", append([]string{"Realtime-Session: " + s.session}, other...))
			c.check(a.status == 200 && !a.acted, "got %v", a)
		}
		c.connect().must("say")
		s.call = []string{"Authorization: Bearer " + c.token("ada")}
		s.silent()
	}},
	{name: "a socket's session is not here, and a frame cannot name a stream's", run: func(c *play) {
		n := c.open()
		session := n.hello().text("session")
		a := c.fetch("join", []string{"Realtime-Session: " + session})
		c.check(!a.acted, "got %v", a)
		s, _ := c.stream()
		text, _ := n.request("join")
		n.send(strings.TrimSuffix(text, "}") + `,"headers":{"realtime-session":` + quote(s.session) + `}}`)
		f := n.want("res")
		c.check(len(f.list("subs")) == 1, "got %v", f)
		s.silent()
	}},
	{name: "what was missed is replayed in order, by hello", run: func(c *play) {
		s, _ := c.stream()
		p := s.position(s.must("join"))
		s.must("say", "$id", "0")
		p = p.after(s.said("0"))
		s.cut()
		b := c.connect()
		for i := range 5 {
			b.must("say", "$id", fmt.Sprint(i+1))
		}
		s, _ = c.stream(c.resumption("join", p))
		ch := s.want("ch")
		c.check(ch.text("state") == "live" && ch["recovered"] == true && ch.number("seq") == p.Seq, "got %v", ch)
		for i := range 5 {
			ev := s.said(fmt.Sprint(i + 1))
			c.check(ev.number("seq") == p.Seq+i+1 && ev.number("ch") == ch.number("ch"), "got %v", ev)
		}
		s.silent()
	}},
	{name: "what was missed is replayed in order, by Last-Event-ID, whoever resumes", run: func(c *play) {
		s, _ := c.followed()
		s.must("join")
		for s.id == "" {
			c.check(s.event() == nil, "no id comes")
		}
		begin := s.id
		s.must("say", "$id", "0")
		s.said("0")
		behind := s.id
		s.cut()
		c.connect().must("say", "$id", "1")
		for id, missed := range map[string][]string{begin: {"0", "1"}, behind: {"1"}} {
			again, _ := c.followed("Last-Event-ID: " + id)
			ch := again.want("ch")
			c.check(ch.text("state") == "live" && ch["recovered"] == true, "got %v", ch)
			for _, one := range missed {
				again.said(one)
			}
			again.silent()
			again.cut()
		}
	}},
	{name: "what a socket had is taken up by a stream, and back", run: func(c *play) {
		n := c.connect()
		p := n.position(n.must("join"))
		n.cut()
		b := c.connect()
		b.must("say", "$id", "1")
		s, _ := c.stream(c.resumption("join", p))
		p.Epoch = s.want("ch").text("epoch")
		p = p.after(s.said("1"))
		s.cut()
		b.must("say", "$id", "2")
		n, ch := c.resume("join", p)
		c.check(ch.text("state") == "live", "got %v", ch)
		n.event("2")
		n.silent()
	}},
	{name: "what cannot be resumed is a reset, and joined again by a call", run: func(c *play) {
		s, _ := c.stream()
		p := s.position(s.must("join"))
		s.cut()
		p.Seq += 10
		s, _ = c.stream(c.resumption("join", p))
		ch := s.want("ch")
		c.check(ch.text("state") == "reset" && ch.text("reason") == "diverged", "got %v", ch)
		s.must("say", "$id", "unheard")
		s.silent()
		s.must("join")
		s.must("say", "$id", "heard")
		s.said("heard")
	}},
	{name: "what a rate leaves out is a gap", run: func(c *play) {
		s, _ := c.stream()
		p := s.position(s.must("joinPaced"))
		b := c.connect()
		const events = 20
		for i := range events {
			b.must("sayPaced", "$id", fmt.Sprint(i))
		}
		at, gaps := p.Seq, 0
		for at < p.Seq+events {
			switch f := s.next(); f.kind() {
			case "gap":
				c.check(f.number("from") == at+1 && f.number("to") >= at+1 && f.number("ch") == p.ch, "got %v behind %d", f, at)
				at, gaps = f.number("to"), gaps+1
			case "ev":
				c.check(f.number("seq") == at+1, "got %v behind %d", f, at)
				at++
			default:
				c.fail("got %v", f)
			}
		}
		c.check(gaps > 0, "nothing was left out of %d events", events)
	}},
	{name: "pings come by themselves and need no answer", run: func(c *play) {
		s, welcome := c.stream()
		every := time.Duration(welcome.number("ping")) * time.Millisecond
		c.soon(every)
		s.pings = true
		for range 4 {
			s.want("ping")
		}
		s.pings = false
		s.silent()
	}},
	{name: "presence is what it is by socket", run: func(c *play) {
		s, _ := c.stream(`"auth":{"scheme":"bearer","token":` + quote(c.token("ada")) + `}`)
		s.call = []string{"Authorization: Bearer " + c.token("ada")}
		s.must("joinPrivate")
		full := s.want("ev").object("data")
		c.check(full["full"] == true && has(full.list("join"), c.token("ada")), "got %v", full)
		watcher := c.as("bob")
		watcher.must("joinPrivate")
		full = watcher.presence()
		c.check(full.number("count") == 2, "got %v", full)
		s.cut()
		for {
			diff := watcher.presence()
			if leave, _ := diff["leave"].([]any); len(leave) == 1 && leave[0] == c.token("ada") {
				return
			}
		}
	}},
	{name: "more channels than a client may have are refused with 429", run: func(c *play) {
		s, welcome := c.stream()
		most := welcome.object("limits").number("channels")
		for i := range most {
			s.must("join", "$room", c.room+strconv.Itoa(i))
		}
		a := c.fetch("join", []string{"Realtime-Session: " + s.session}, "$room", c.room+"more")
		c.check(a.status == 429, "got %v", a)
		s.silent()
	}},
	{name: "more calls than may run wait for their turn", run: func(c *play) {
		s, welcome := c.stream()
		inflight := welcome.object("limits").number("inflight")
		const ms = 300
		begin := time.Now()
		var wait sync.WaitGroup
		answers := make(chan int, 2*inflight)
		c.role("wait")
		c.fetch("wait", nil) // skips the case where it has no route, which a goroutine cannot
		for range inflight + 1 {
			wait.Go(func() {
				a, err := c.tryFetch(c.ctx, "wait", []string{"Realtime-Session: " + s.session}, "$ms", strconv.Itoa(ms))
				if err == nil {
					answers <- a.status
				}
			})
		}
		wait.Wait()
		close(answers)
		n := 0
		for status := range answers {
			c.check(status == 200, "got status %d", status)
			n++
		}
		c.check(n == inflight+1, "%d of %d calls are answered", n, inflight+1)
		took := time.Since(begin)
		c.check(took >= 2*ms*time.Millisecond, "%d calls took %v, of which %d may run at once", n, took, inflight)
		s.silent()
	}},
	{name: "a stream that is not to be is refused with a status and a problem", run: func(c *play) {
		const hello, media = `{"t":"hello"}`, "Content-Type: application/json"
		c.closedStream(405, "PUT", hello, media)
		c.closedStream(415, "POST", hello, "Content-Type: text/plain")
		c.closedStream(400, "POST", `{"t":"call","id":1,"op":"x"}`, media)
		c.closedStream(400, "POST", `{"t":"hello"`, media)
		c.closedStream(413, "POST", `{"t":"hello","client":"`+strings.Repeat("x", 3<<20)+`"}`, media)
		c.closedStream(400, "GET", "", "Last-Event-ID: made-up")
		c.closedStream(403, "GET", "", "Origin: https://evil.example")
		c.closedStream(403, "POST", hello, media, "Origin: null")
		c.closedStream(403, "POST", hello, media, "Cookie: a=b")
		c.closedStream(403, "GET", "", "Sec-Fetch-Site: cross-site")
		c.token("ada")
		c.closedStream(401, "POST", `{"t":"hello","auth":{"scheme":"bearer","token":"nobody"}}`, media)
	}},
	{name: "credentials that end are asked for, then end the stream with 4102", run: func(c *play) {
		s, welcome := c.stream(`"auth":{"scheme":"bearer","token":` + quote(c.token("brief")) + `}`)
		left := welcome.object("auth").number("expires_in")
		c.check(left > 0 && left <= 5000, "got %v", welcome)
		begin := time.Now()
		due := s.want("auth")
		c.check(due.number("due") > 0 && due.number("due") < left, "got %v", due)
		s.bye(4102)
		c.check(time.Since(begin) < time.Duration(left+2000)*time.Millisecond, "it took %v, they ended after %d ms", time.Since(begin), left)
	}},
	{name: "the application's close is a bye and the end of the stream", run: func(c *play) {
		for _, code := range []int{4801, 4999} {
			s, _ := c.stream()
			s.must("disconnectMe", "$code", strconv.Itoa(code))
			s.bye(code)
		}
	}},
}

// until asks again and again, as long as the case may take.
func (c *play) until(done func() bool) {
	for !done() {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-c.ctx.Done():
			c.fail("it does not come to that: %v", c.ctx.Err())
		}
	}
}

var repeatedCases = []testCase{
	{name: "a call made again with its key runs once and is answered equally", run: func(c *play) {
		n, member := c.connect(), c.connect()
		member.must("join")
		first := n.keyed("k1", "sayOnce", "$id", "once")
		again := n.keyed("k1", "sayOnce", "$id", "once")
		c.check(first.number("status")/100 == 2, "got %v", first)
		c.check(again.number("status") == first.number("status") && fmt.Sprint(again["body"]) == fmt.Sprint(first["body"]), "got %v, then %v", first, again)
		third := n.keyed("k2", "sayOnce", "$id", "once")
		c.check(third.number("status") == first.number("status"), "got %v", third)
		c.check(member.event("once").number("seq") == 1 && member.event("once").number("seq") == 2, "it was said again")
		member.silent()
	}},
	{name: "and so it is from another connection of the same caller", run: func(c *play) {
		one, member := c.as("ada"), c.connect()
		member.must("join")
		one.keyed("k1", "sayOnce", "$id", "once")
		one.cut()
		two := c.as("ada")
		f := two.keyed("k1", "sayOnce", "$id", "once")
		c.check(f.number("status")/100 == 2, "got %v", f)
		member.event("once")
		member.silent()
	}},
	{name: "the same key with another body is refused with 422", run: func(c *play) {
		n, member := c.connect(), c.connect()
		member.must("join")
		n.keyed("k1", "sayOnce", "$id", "once")
		f := n.keyed("k1", "sayOnce", "$id", "other")
		c.problem(f, 422)
		c.check(f.object("body").text("type") == problemType+"idempotency-key-reused", "got %v", f)
		member.event("once")
		member.silent()
	}},
	{name: "another principal's key is another one", run: func(c *play) {
		ada, bob, member := c.as("ada"), c.as("bob"), c.connect()
		member.must("join")
		for _, n := range []*conn{ada, bob} {
			f := n.keyed("k1", "sayOnce", "$id", "once")
			c.check(f.number("status")/100 == 2, "got %v", f)
		}
		f := bob.keyed("k1", "sayOnce", "$id", "other")
		c.problem(f, 422)
		member.event("once")
		member.event("once")
		member.silent()
	}},
	{name: "a key that is none is refused with 400, and nothing runs", run: func(c *play) {
		n, member := c.connect(), c.connect()
		member.must("join")
		for _, key := range []string{"", `"open`, strings.Repeat("k", 256)} {
			c.problem(n.verbatim(key, "sayOnce"), 400)
		}
		member.silent()
	}},
	{name: "over HTTP it is the same", run: func(c *play) {
		member := c.connect()
		member.must("join")
		key := []string{"Idempotency-Key: " + c.room}
		first := c.fetch("sayOnce", key, "$id", "once")
		again := c.fetch("sayOnce", []string{`Idempotency-Key: "` + c.room + `"`}, "$id", "once") // quoted, it is the same key
		c.check(first.status/100 == 2 && again.status == first.status && fmt.Sprint(again.body) == fmt.Sprint(first.body), "got %v, then %v", first, again)
		c.check(c.fetch("sayOnce", key, "$id", "other").status == 422, "another body is taken")
		member.event("once")
		member.silent()
	}},
}

// keyed makes a call with an Idempotency-Key that no other case uses.
func (n *conn) keyed(key, role string, values ...string) frame {
	return n.verbatim(n.c.room+key, role, values...)
}

func (n *conn) verbatim(key, role string, values ...string) frame {
	text, id := n.request(role, values...)
	n.send(strings.TrimSuffix(text, "}") + `,"headers":{"idempotency-key":` + quote(key) + `}}`)
	f := n.want("res")
	n.c.check(f.number("id") == id, "got %v, want the answer to %d", f, id)
	return f
}
