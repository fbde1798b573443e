package runtime

import (
	"strconv"
	"sync"
)

// published collects the positions of the events that a call publishes, for its answer: those that the
// document declares and those that its handler publishes with the call's context, from whatever goroutine.
// The zero value is ready, and a call that publishes nothing allocates nothing.
type published struct {
	mu   sync.Mutex // guards everything below
	list []pub
	over bool // the answer is on its way
}

// A pub is an event that the call has published.
type pub struct {
	address string
	seq     uint64
}

// maxPubs bounds what an answer lists: the newest, for those tell how far the channels have come.
const maxPubs = 128

// note remembers an event. One that is volatile has no position of its own.
func (p *published) note(address string, event *Event, at Position) {
	if event.Volatile {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return
	}
	if len(p.list) == maxPubs {
		copy(p.list, p.list[1:])
		p.list = p.list[:maxPubs-1]
	}
	p.list = append(p.list, pub{address, at.Seq})
}

// again takes what the call has published the first time.
func (p *published) again(list []pub) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, list...)
}

// sofar returns what has been published.
func (p *published) sofar() []pub {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]pub(nil), p.list...)
}

// finish returns what has been published; what comes from now on is not part of the answer.
func (p *published) finish() []pub {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	return p.list
}

// appendPubs appends the member pub of a res frame.
func (c *socketCall) appendPubs(b []byte) []byte {
	if c.input.ran == nil {
		return b
	}
	list := c.input.ran.published.finish()
	for i, p := range list {
		b = append(b, openList(i == 0, `,"pub":[`)...)
		b = append(b, '{')
		if m := c.socket.rt.memberAt(c.socket, p.address); m != nil {
			b = append(b, `"ch":`...)
			b = append(strconv.AppendUint(b, m.num, 10), ',')
		}
		b = append(b, `"address":`...)
		b = appendString(b, p.address)
		b = append(b, `,"seq":`...)
		b = append(strconv.AppendUint(b, p.seq, 10), '}')
	}
	if len(list) > 0 {
		b = append(b, ']')
	}
	return b
}
