package runtime

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"
)

// presenceEvent is the reserved event that carries who came and who went.
const presenceEvent = "$presence"

// presenceEvery is how often a channel's members hear of changes at most. A thousand people that
// come within a second are one event, not a million deliveries.
const presenceEvery = time.Second

// presence is who is in a channel, by identity: a second tab of somebody is the same person, and
// its closing is no leaving.
type presence struct {
	channel *channel
	grace   time.Duration // how long somebody may be away unnoticed
	counts  bool          // members see numbers only
	max     int           // people that are listed; further ones are counted; 0: all

	mu     sync.Mutex // guards everything below; taken after that of the channel
	people map[string]*person
	listed int
	joined map[string]struct{} // changes that members have not heard of
	gone   map[string]struct{}
	told   time.Time
	timer  *time.Timer // nil: nothing to tell
}

type person struct {
	refs   int // memberships
	info   []byte
	listed bool
	away   *time.Timer // runs while refs is 0
}

func newPresence(c *channel) *presence {
	spec := c.typ.spec.Presence
	return &presence{
		channel: c, grace: duration(spec.Grace, 0), counts: spec.Visibility == "count", max: spec.Max,
		people: make(map[string]*person), joined: make(map[string]struct{}), gone: make(map[string]struct{}),
	}
}

// appear makes the member present, once, and has it told who is there. Called while its events
// are held back.
func (m *membership) appear(ex *exchange) {
	p := m.channel.presence
	if p == nil {
		return
	}
	id := p.identityOf(ex)
	info := p.infoOf(ex)
	var flush flushList
	m.channel.mu.Lock()
	if !m.gone && m.present == "" {
		m.present = id
		data := p.enter(id, info)
		m.offer(&outEvent{Event: &Event{Type: presenceEvent, ID: newEventID(), Data: data, Volatile: true}}, &flush)
	}
	m.channel.mu.Unlock()
	m.channel.hub.rt.flushers.scheduleAll(flush)
}

// identityOf is who a caller is among those present: what the document says, or the connection.
func (p *presence) identityOf(ex *exchange) string {
	if text := p.channel.typ.spec.Presence.Identity; text != "" {
		if e, err := parseExpression(text); err == nil {
			if value, ok := e.eval(ex, nil); ok {
				if id, ok := scalarText(value); ok {
					return id
				}
			}
		}
	}
	return ex.socket.id
}

// infoOf is what the others may know about a caller: those of its claims that the document's
// schema declares.
func (p *presence) infoOf(ex *exchange) []byte {
	schema := p.channel.typ.spec.Presence.InfoSchema
	if schema == "" || p.counts || ex.identity == nil || len(ex.identity.Claims) == 0 {
		return nil
	}
	claims, ok := encodeClaim(ex.identity.Claims)
	if !ok {
		return nil
	}
	info, err := p.channel.hub.rt.project(schema, claims)
	if err != nil {
		return nil
	}
	return appendJSON(nil, info)
}

// enter counts somebody in and returns the list of everybody.
func (p *presence) enter(id string, info []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	who := p.people[id]
	if who == nil {
		who = &person{info: info, listed: p.max == 0 || p.listed < p.max}
		p.people[id] = who
		if who.listed {
			p.listed++
		}
		p.change(p.joined, p.gone, id)
	}
	if who.away != nil {
		who.away.Stop()
		who.away = nil
	}
	who.refs++
	return p.everybody()
}

// leave counts a membership out. Called with the channel's lock held.
func (p *presence) leave(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	who := p.people[id]
	if who == nil {
		return
	}
	if who.refs--; who.refs > 0 {
		return
	}
	if p.grace == 0 {
		p.forget(id, who)
		return
	}
	var away *time.Timer
	away = time.AfterFunc(p.grace, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if who.away == away && who.refs == 0 {
			p.forget(id, who)
		}
	})
	who.away = away
}

func (p *presence) forget(id string, who *person) {
	delete(p.people, id)
	if who.listed {
		p.listed--
	}
	p.change(p.gone, p.joined, id)
}

// change notes a change, or that an earlier one is undone, and sees to it that members hear.
func (p *presence) change(into, opposite map[string]struct{}, id string) {
	if _, undone := opposite[id]; undone {
		delete(opposite, id)
	} else {
		into[id] = struct{}{}
	}
	if p.timer == nil {
		p.timer = time.AfterFunc(max(0, presenceEvery-time.Since(p.told)), p.tell)
	}
}

// tell publishes the changes since the last time.
func (p *presence) tell() {
	p.mu.Lock()
	p.timer, p.told = nil, time.Now()
	data := p.diff()
	p.mu.Unlock()
	p.channel.mu.Lock()
	empty := len(p.channel.members) == 0
	p.channel.mu.Unlock()
	if data == nil || empty {
		return
	}
	h := p.channel.hub
	event := &Event{Type: presenceEvent, ID: newEventID(), Data: data, Volatile: true}
	if _, err := h.publish(context.Background(), p.channel.typ, p.channel.address, event); err != nil {
		h.rt.log().Error("presence is not published", "channel", p.channel.typ.name, "error", err)
	}
}

// diff returns the changes as JSON, nil when they cancel out.
func (p *presence) diff() []byte {
	if len(p.joined)+len(p.gone) == 0 {
		return nil
	}
	b := []byte{'{'}
	if !p.counts {
		b = p.appendPeople(b, sortedKeys(p.joined))
		b = append(b, `"leave":[`...)
		for i, id := range sortedKeys(p.gone) {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, id)
		}
		b = append(b, `],`...)
	}
	clear(p.joined)
	clear(p.gone)
	return append(p.appendCount(b), '}')
}

func (p *presence) everybody() []byte {
	b := []byte{'{'}
	if !p.counts {
		ids := make([]string, 0, len(p.people))
		for id := range p.people {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		b = p.appendPeople(b, ids)
	}
	return append(p.appendCount(b), `,"full":true}`...)
}

func (p *presence) appendPeople(b []byte, ids []string) []byte {
	b = append(b, `"join":[`...)
	first := true
	for _, id := range ids {
		who := p.people[id]
		if who == nil || !who.listed {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendString(append(b, `{"id":`...), id)
		if who.info != nil {
			b = append(append(b, `,"info":`...), who.info...)
		}
		b = append(b, '}')
	}
	return append(b, `],`...)
}

func (p *presence) appendCount(b []byte) []byte {
	return strconv.AppendInt(append(b, `"count":`...), int64(len(p.people)), 10)
}

func sortedKeys(set map[string]struct{}) []string {
	keys := make([]string, 0, len(set))
	for k := range set {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
