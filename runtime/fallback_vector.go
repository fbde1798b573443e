package runtime

import (
	"encoding/base64"
	"sync"
)

// A vector is where the client of an event stream stands in its channels. It is the id of every event,
// so that an EventSource which reconnects, to whatever server, says what it has seen. It has
// the form of the member resume of a hello, and holds no credentials.
//
// A nil vector is that of a client which keeps its positions itself.
type vector struct {
	mu    sync.Mutex // guards everything below
	marks []*bookmark
	text  string // the vector as it was sent last
	stale bool   // it is another by now
}

// A bookmark is one channel of a vector.
type bookmark struct {
	member *membership
	op     string
	epoch  string // with its proof
	seq    uint64 // of the last event that was written
	last   string
}

// maxVector bounds the id of an event: servers and proxies take 8 KiB of headers, and this is one of them.
const maxVector = 4 << 10

// mark takes a channel into the vector. One that is in it stays where it was.
func (v *vector) mark(b *bookmark) {
	if v == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.stale = true
	for _, have := range v.marks {
		if have.member == b.member {
			have.op, have.epoch = b.op, b.epoch
			return
		}
	}
	v.marks = append(v.marks, b)
}

// forget takes a channel out.
func (v *vector) forget(m *membership) {
	if v == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for i, have := range v.marks {
		if have.member == m {
			v.marks = append(v.marks[:i], v.marks[i+1:]...)
			v.stale = true
			return
		}
	}
}

// note moves on with an entry that is being written.
func (v *vector) note(e *outEntry) {
	if v == nil || e.event == nil || e.ev.gapTo == 0 && e.ev.Volatile {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, b := range v.marks {
		if b.member != e.event {
			continue
		}
		v.stale = true
		if b.seq, b.last = e.ev.gapTo, ""; b.seq == 0 {
			b.seq, b.last = e.ev.seq, e.ev.ID
		}
		return
	}
}

// appendID appends the id line of an event, if there is a vector that the client does not have.
// One that is too long is said to be empty: an old one would be worse than none.
func (v *vector) appendID(dst []byte) []byte {
	if v == nil {
		return dst
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.stale {
		v.stale = false
		text := v.encode()
		if text == v.text {
			return dst
		}
		v.text = text
		dst = append(append(append(dst, "id: "...), text...), '\n')
	}
	return dst
}

func (v *vector) encode() string {
	if len(v.marks) == 0 {
		return ""
	}
	var b []byte
	for i, m := range v.marks {
		c := m.member.channel
		b = append(b, openList(i == 0, "[")...)
		b = appendString(append(b, `{"op":`...), m.op)
		b = append(b, `,"ch":[{`...)
		b = append(appendStanding(b, c.typ.name, c.address, m.epoch, m.seq, m.last), "}]}"...)
		if base64.RawURLEncoding.EncodedLen(len(b)+1) > maxVector {
			return ""
		}
	}
	return base64.RawURLEncoding.EncodeToString(append(b, ']'))
}

// bookmark takes the channel into the vector of the socket, if it has one, at the position of the member.
// Called with channel.mu held, before events from there on can be written.
func (m *membership) bookmark() {
	wire, ok := m.socket.wire.(*streamWire)
	if !ok || wire.vector == nil || m.gone || m.op == nil {
		return
	}
	c := m.channel
	epoch := m.socket.rt.proof(c.address, c.pos.Epoch, m.identified())
	wire.vector.mark(&bookmark{member: m, op: m.op.op.ID, epoch: epoch, seq: m.seq, last: m.last})
}
