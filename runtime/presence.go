package runtime

import (
	"crypto/sha256"
	"encoding/base64"
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

// presenceMax is how many people are listed where the document does not say: everybody who comes gets the
// list, which has to fit into a queue, and a thousand who come are a thousand lists.
const presenceMax = 1000

// presence is who is in a channel, by identity: a second tab of somebody is the same person, and
// its closing is no leaving.
type presence struct {
	channel *channel
	grace   time.Duration // how long somebody may be away unnoticed
	counts  bool          // members see numbers only
	max     int           // people that are listed; further ones are counted

	mu     sync.Mutex // guards everything below; taken after that of the channel
	people map[string]*person
	listed int
	window presenceWindow // changes that members have not heard of
	told   time.Time
	timer  *time.Timer // nil: nothing to tell
	closed bool        // the channel is gone
	nodes  nodes       // the other servers that have members in the channel
}

// A person is somebody who is present, here or at other servers.
type person struct {
	refs   int // memberships here
	nodes  int // other servers where there are some
	info   []byte
	listed bool
	away   *time.Timer // runs while refs is 0
}

// here reports whether this server vouches for the person.
func (who *person) here() bool { return who.refs > 0 || who.away != nil }

func newPresence(c *channel) *presence {
	spec := c.typ.spec.Presence
	return &presence{
		channel: c, grace: duration(spec.Grace, 0), counts: spec.Visibility == "count", max: positive(spec.Max, presenceMax),
		people: make(map[string]*person),
	}
}

// attend has a member told who is there, and with show makes it present, once. Called while its events
// are held back.
func (m *membership) attend(ex *exchange, show bool) {
	c := m.channel
	p := c.presence
	if p == nil {
		return
	}
	id, info := "", []byte(nil)
	if show {
		id, info = p.identityOf(ex), p.infoOf(ex)
	}
	var flush flushList
	c.mu.Lock()
	var list []byte
	switch {
	case m.gone || m.present != "":
	case show:
		m.present = id
		list, m.informed = p.enter(id, info)
	case !m.attends:
		list, m.informed = p.look()
	}
	if list != nil {
		m.attends = true
		m.offer(&outEvent{Event: presenceNews(list), seq: c.pos.Seq}, &flush)
	}
	c.mu.Unlock()
	c.hub.rt.flushers.scheduleAll(flush)
	p.nodes.greet(p)
}

func presenceNews(data []byte) *Event {
	return &Event{Type: presenceEvent, ID: newEventID(), Data: data, Volatile: true}
}

// identityOf is who a caller is among those present: what the document says, or the connection.
func (p *presence) identityOf(ex *exchange) string {
	if text := p.channel.typ.spec.Presence.Identity; text != "" {
		// A resumed membership has no request to look into.
		if e, err := parseExpression(text); err == nil && (e.source == fromAuth || ex.request != nil) {
			if value, ok := e.eval(ex, nil); ok {
				if id, ok := scalarText(value); ok && id != "" {
					return shortName(id)
				}
			}
		}
	}
	return publicName(ex.socket.id)
}

// maxPresenceID bounds the identities that members are told, which may be what a client has sent.
const maxPresenceID = 255

func shortName(id string) string {
	if len(id) <= maxPresenceID {
		return id
	}
	return publicName(id)
}

// publicName is a name for what must not be told: whoever has the id of an event stream that nobody is known
// for can act for it.
func publicName(id string) string {
	sum := sha256.Sum256([]byte("presence\n" + id))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
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

// look returns the list of everybody, and the number of the newest change that it includes.
func (p *presence) look() (list []byte, informed uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.everybody(), p.window.to()
}

// enter counts somebody in and returns what look does.
func (p *presence) enter(id string, info []byte) (list []byte, informed uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	who := p.meet(id, info)
	if !who.here() {
		p.nodes.note(p, id)
	}
	if who.away != nil {
		who.away.Stop()
		who.away = nil
	}
	who.refs++
	return p.everybody(), p.window.to()
}

// meet returns somebody who is present from now on.
func (p *presence) meet(id string, info []byte) *person {
	who := p.people[id]
	if who == nil {
		who = &person{info: info, listed: p.listed < p.max}
		p.people[id] = who
		if who.listed {
			p.listed++
		}
		p.change(presenceChange{id: id, join: true, unlisted: !who.listed})
	}
	return who
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
		p.lose(id, who)
		return
	}
	p.nodes.stay(p)
	var away *time.Timer
	away = time.AfterFunc(p.grace, func() {
		p.mu.Lock()
		if who.away == away && who.refs == 0 {
			who.away = nil
			p.lose(id, who)
		}
		p.mu.Unlock()
		p.nodes.rest(p)
	})
	who.away = away
}

// lose ends that this server vouches for somebody.
func (p *presence) lose(id string, who *person) {
	p.nodes.note(p, id)
	if who.nodes == 0 {
		p.forget(id, who)
	}
}

// forget ends somebody's presence. Where there was no room to list everybody, there is for one more.
func (p *presence) forget(id string, who *person) {
	delete(p.people, id)
	p.change(presenceChange{id: id, unlisted: !who.listed})
	if !who.listed {
		return
	}
	p.listed--
	if p.listed == len(p.people) {
		return
	}
	for id, who := range p.people {
		if !who.listed {
			who.listed = true
			p.listed++
			p.change(presenceChange{id: id, unlisted: true})
			p.change(presenceChange{id: id, join: true})
			return
		}
	}
}

// change notes a change and sees to it that members hear of it.
func (p *presence) change(c presenceChange) {
	p.window.add(c)
	p.ring()
}

// ring has the changes told when it is time.
func (p *presence) ring() {
	if p.timer == nil {
		p.nodes.stay(p)
		p.timer = time.AfterFunc(max(0, presenceEvery-time.Since(p.told)), p.tell)
	}
}

// diff returns changes as JSON, nil when there are none. Called with mu held.
func (p *presence) diff(n presenceNet) []byte {
	if !n.any {
		return nil
	}
	b := []byte{'{'}
	if !p.counts {
		b = p.appendPeople(b, n.joined)
		b = append(b, `"leave":[`...)
		for i, id := range n.gone {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, id)
		}
		b = append(b, `],`...)
	}
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
