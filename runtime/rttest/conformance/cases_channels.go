package conformance

import (
	"fmt"
	"time"
)

var channelCases = []testCase{
	{name: "a subscribing call is answered with the position before any event", run: func(c *play) {
		n := c.connect()
		p := n.position(n.must("join"))
		c.check(p.Seq == 0 && p.Last == "", "got %+v for a channel without events", p)
		f := n.call("say")
		ev := n.event("one")
		c.check(f.number("status") < 300 && ev.number("seq") == 1 && ev.number("ch") == p.ch && ev.text("id") != "", "got %v, %v", f, ev)
	}},
	{name: "the position is that of the newest event", run: func(c *play) {
		a, b := c.connect(), c.connect()
		a.must("join")
		a.must("say")
		ev := a.event("one")
		p := b.position(b.must("join"))
		c.check(p.Seq == 1 && p.Last == ev.text("id"), "got %+v, want that of %v", p, ev)
		b.silent()
	}},
	{name: "what happens while the subscribing call runs follows its answer", run: func(c *play) {
		n := c.connect()
		p := n.position(n.must("joinBusy"))
		ev := n.event("meanwhile")
		c.check(ev.number("seq") == p.Seq+1, "got %v after position %+v", ev, p)
	}},
	{name: "a caller sees its answer before the event of its call, and where that is", run: func(c *play) {
		n := c.connect()
		p := n.position(n.must("join"))
		for i := range 20 {
			f := n.must("say", "$id", fmt.Sprint(i))
			pubs := f.list("pub")
			c.check(len(pubs) == 1 && pubs[0].number("seq") == i+1 && pubs[0].number("ch") == p.ch, "got %v", f)
			ev := n.event(fmt.Sprint(i))
			c.check(ev.number("seq") == i+1 && ev.number("ch") == p.ch, "got %v", ev)
		}
	}},
	{name: "each member gets each event once and in order, nobody else gets any", run: func(c *play) {
		a, b, other := c.connect(), c.connect(), c.connect()
		a.must("join")
		b.must("join")
		other.must("join", "$room", c.room+"-other")
		const events = 30
		for i := range events {
			other.must("say", "$id", fmt.Sprint(i))
		}
		for _, n := range []*conn{a, b} {
			for i := range events {
				ev := n.event(fmt.Sprint(i))
				c.check(ev.number("seq") == i+1 && ev["prev"] == nil, "got %v", ev)
			}
			n.silent()
		}
		other.silent()
	}},
	{name: "joining twice delivers once", run: func(c *play) {
		n := c.connect()
		p := n.position(n.must("join"))
		again := n.position(n.must("join"))
		c.check(p == again, "got %+v and %+v", p, again)
		n.must("say")
		n.event("one")
		n.silent()
	}},
	{name: "a refused subscription joins nothing", run: func(c *play) {
		n := c.connect()
		f := n.call("joinClosed")
		c.check(f.number("status") == 403 && f["subs"] == nil, "got %v", f)
		n.must("say")
		n.silent()
	}},
	{name: "after unsubscribing nothing comes, and leaving twice is no error", run: func(c *play) {
		n := c.connect()
		n.must("join")
		n.must("leave")
		if f := n.next(); f.kind() != "ch" || f.text("state") != "gone" {
			c.fail("got %v, want the channel to be gone", f)
		}
		n.must("leave")
		n.must("say")
		n.silent()
	}},
	{name: "the number of a channel is not used again on a connection", run: func(c *play) {
		n := c.connect()
		seen := map[int]bool{}
		for range 5 {
			p := n.position(n.must("join"))
			c.check(!seen[p.ch], "number %d is used again", p.ch)
			seen[p.ch] = true
			n.must("leave")
			n.want("ch")
		}
	}},
	{name: "with echo: false the caller gets no event, and the next one says what came before", run: func(c *play) {
		a, b := c.connect(), c.connect()
		a.must("joinQuiet")
		b.must("joinQuiet")
		a.must("sayQuiet", "$id", "mine")
		a.silent()
		b.event("mine")
		b.must("sayQuiet", "$id", "yours")
		ev := a.event("yours")
		c.check(ev.number("seq") == 2 && ev.number("prev") == 0, "got %v", ev)
	}},
	{name: "volatile events have no position", run: func(c *play) {
		n := c.connect()
		n.must("join")
		n.must("type", "$id", "t")
		ev := n.event("t")
		c.check(ev["seq"] == nil, "got %v", ev)
		n.must("say")
		c.check(n.event("one").number("seq") == 1, "the volatile event took a position")
	}},
	{name: "a direct message has channel 0, a name and an address", run: func(c *play) {
		n := c.connect()
		n.start("whisper", "$id", "psst")
		got := map[string]frame{}
		for range 2 {
			f := n.next()
			got[f.kind()] = f
		}
		ev := got["ev"]
		c.check(ev.number("ch") == 0 && ev["seq"] == nil && ev.text("name") != "" && ev.text("address") != "" &&
			ev.object("data").text("id") == "psst", "got %v", got)
	}},
	{name: "what a rate leaves out is told in a gap before the next event", run: func(c *play) {
		a, b := c.connect(), c.connect()
		p := a.position(a.must("joinPaced"))
		const events = 20
		for i := range events {
			b.must("sayPaced", "$id", fmt.Sprint(i))
		}
		at, gaps := p.Seq, 0
		for at < p.Seq+events {
			f := a.next()
			switch f.kind() {
			case "gap":
				c.check(f.number("from") == at+1 && f.number("to") >= f.number("from") && f.text("why") != "", "got %v at %d", f, at)
				at = f.number("to")
				gaps++
			case "ev":
				c.check(f.number("seq") == at+1, "got %v at %d: something was left out in silence", f, at)
				at++
			default:
				c.fail("got %v", f)
			}
		}
		c.check(gaps > 0, "nothing was left out of %d events", events)
	}},
}

var recoveryCases = []testCase{
	{name: "what was missed is replayed in order and once, then the channel is live", run: func(c *play) {
		a, b := c.connect(), c.connect()
		p := a.position(a.must("join"))
		b.must("say", "$id", "0")
		p = p.after(a.event("0"))
		a.cut()
		for i := range 5 {
			b.must("say", "$id", fmt.Sprint(i+1))
		}
		a, ch := c.resume("join", p)
		c.check(ch.text("state") == "live" && ch["recovered"] == true && ch.number("seq") == p.Seq && ch.text("address") == p.Address, "got %v", ch)
		for i := range 5 {
			ev := a.event(fmt.Sprint(i + 1))
			c.check(ev.number("seq") == p.Seq+i+1 && ev.number("ch") == ch.number("ch"), "got %v", ev)
		}
		b.must("say", "$id", "live")
		a.event("live")
		a.silent()
	}},
	{name: "a position can be resumed from the first moment, without any event", run: func(c *play) {
		a, b := c.connect(), c.connect()
		p := a.position(a.must("join"))
		a.cut()
		b.must("say")
		a, ch := c.resume("join", p)
		c.check(ch.text("state") == "live" && ch["recovered"] == true, "got %v", ch)
		a.event("one")
	}},
	{name: "with nothing missed the channel just goes on", run: func(c *play) {
		a := c.connect()
		p := a.position(a.must("join"))
		a.cut()
		a, ch := c.resume("join", p)
		c.check(ch.text("state") == "live" && ch["recovered"] == true, "got %v", ch)
		a.silent()
	}},
	{name: "a resumed position can be resumed again", run: func(c *play) {
		a, b := c.connect(), c.connect()
		p := a.position(a.must("join"))
		for i := range 5 {
			a.cut()
			b.must("say", "$id", fmt.Sprint(i))
			var ch frame
			a, ch = c.resume("join", p)
			c.check(ch.text("state") == "live", "got %v", ch)
			p.Epoch = ch.text("epoch")
			p = p.after(a.event(fmt.Sprint(i)))
		}
	}},
	{name: "reset: epoch, when the epoch is made up, forged or of another channel", run: func(c *play) {
		for _, change := range []func(p *position){
			func(p *position) { p.Epoch = "ABCDEFGH" },
			func(p *position) { p.Epoch += "A" },
			func(p *position) { p.Address += "x" },
		} {
			c.reset("epoch", "join", change)
		}
	}},
	{name: "reset: diverged, when the position is ahead of the log", run: func(c *play) {
		c.reset("diverged", "join", func(p *position) { p.Seq += 10 })
	}},
	{name: "reset: diverged, when another event is at the position", run: func(c *play) {
		c.reset("diverged", "join", func(p *position) { p.Last = "01ARZ3NDEKTSV4RRFFQ69G5FAV" })
	}},
	{name: "reset: truncated, when the history does not reach back", run: func(c *play) {
		history := c.target.Manifest.History
		c.reset("truncated", "join", func(*position) {
			b := c.connect()
			for range history + 1 {
				b.must("say")
			}
		})
	}},
	{name: "reset: forbidden, when the operation is unknown or joins nothing", run: func(c *play) {
		for _, role := range []string{"echo", ""} {
			c.reset("forbidden", role, func(*position) {})
		}
	}},
	{name: "reset: forbidden, when the credentials do not suffice any more", run: func(c *play) {
		a := c.as("ada")
		p := a.position(a.must("joinPrivate"))
		a.cut()
		b := c.connect(c.resumption("joinPrivate", p))
		ch := b.want("ch")
		c.check(ch.text("state") == "reset" && (ch.text("reason") == "forbidden" || ch.text("reason") == "epoch"), "got %v", ch)
		b.silent()
	}},
	{name: "a position of another principal is worth nothing", run: func(c *play) {
		a := c.as("ada")
		p := a.position(a.must("joinPrivate"))
		a.cut()
		b, ch := c.resume("joinPrivate", p, `"auth":{"scheme":"bearer","token":`+quote(c.token("bob"))+`}`)
		c.check(ch.text("state") == "reset" && ch.text("reason") == "epoch", "got %v", ch)
		b.silent()
	}},
	{name: "after a reset nothing comes until the client has joined again", run: func(c *play) {
		a := c.connect()
		p := a.position(a.must("join"))
		a.cut()
		p.Seq = 9
		a, ch := c.resume("join", p)
		c.check(ch.text("state") == "reset", "got %v", ch)
		a.must("say", "$id", "unheard")
		a.silent()
		a.must("join")
		a.must("say", "$id", "heard")
		a.event("heard")
	}},
	{name: "recovery latest sends the newest event only", run: func(c *play) {
		a, b := c.connect(), c.connect()
		p := a.position(a.must("joinLatest"))
		a.cut()
		for i := range 5 {
			b.must("sayLatest", "$id", fmt.Sprint(i))
		}
		a, ch := c.resume("joinLatest", p)
		c.check(ch.text("state") == "live", "got %v", ch)
		ev := a.event("4")
		c.check(ev.number("seq") == 5 && ev.number("prev") == p.Seq, "got %v", ev)
		a.silent()
	}},
	{name: "a replay that is too large is a reset, never a part of it", run: func(c *play) {
		a := c.open()
		queue := a.hello().object("limits").number("queue")
		p := a.position(a.must("join"))
		a.cut()
		b := c.connect()
		large := fmt.Sprintf("%04000d", 0)
		for range min(c.target.Manifest.History, queue/len(large)+1) {
			b.must("say", "$id", large)
		}
		a, ch := c.resume("join", p)
		c.check(ch.text("state") == "reset" && ch.text("reason") == "too-many", "got %v", ch)
		a.silent()
	}},
	{name: "publishing while a client comes back loses and doubles nothing", run: func(c *play) {
		a, b := c.connect(), c.connect()
		p := a.position(a.must("join"))
		a.cut()
		const events = 30
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := range events {
				if b.trySend(c.request(1000+i, "say", "$id", fmt.Sprint(i))) != nil {
					return // the events are missed
				}
				time.Sleep(time.Millisecond)
			}
		}()
		c.cleanup(func() { <-done })
		a, ch := c.resume("join", p)
		c.check(ch.text("state") == "live", "got %v", ch)
		for i := range events {
			ev := a.want("ev")
			c.check(ev.number("seq") == p.Seq+i+1, "got %v, want position %d", ev, p.Seq+i+1)
		}
		a.silent()
	}},
}

// reset joins, says one thing, changes the position and insists that resuming it is refused with the reason.
func (c *play) reset(reason, role string, change func(p *position)) {
	a := c.connect()
	p := a.position(a.must("join"))
	a.must("say")
	p = p.after(a.want("ev"))
	a.cut()
	change(&p)
	var resume string
	if role == "" {
		resume = `"resume":[{"op":"noSuchOperation","ch":[{"name":` + quote(p.Name) + `,"address":` + quote(p.Address) +
			`,"epoch":` + quote(p.Epoch) + `,"seq":1}]}]`
	} else {
		resume = c.resumption(role, p)
	}
	b := c.connect(resume)
	ch := b.want("ch")
	c.check(ch.text("state") == "reset" && ch.text("reason") == reason && ch.text("address") == p.Address, "got %v, want a reset: %s", ch, reason)
	b.silent()
}
