package runtime

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"
)

// Where several servers share an engine, each of them vouches for the people who are in a channel by its
// own sockets, and tells the others by events of the channel that no client sees: a list of all when
// another server asks, then changes, and a sign of life now and then. What a server has vouched for is a
// lease: when nothing has been heard of it for a while, it has crashed, and its people are gone. So an
// engine needs to know nothing of presence. Such an event may be lost, like any volatile one: they are
// numbered, and whoever misses one asks again.

// nodeEvent is the reserved event by which servers tell each other who is present.
const nodeEvent = "$node"

// A lease ends nodeLease after the last sign of life, of which there are three in that time.
const nodeLease = 30 * time.Second

// nodes is the part of a presence that is about other servers. Guarded by presence.mu.
type nodes struct {
	others map[string]*peerNode
	dirty  map[string]bool // people whose being here has changed since others were told
	number uint64          // of the last list or change that was sent
	asked  bool            // others have been asked who is there
	list   bool            // another server wants to have the list of all
	timer  *time.Timer     // of signs of life; nil: there are no others
	held   bool            // the channel is kept, though it may have no members
}

// A peerNode is another server.
type peerNode struct {
	number uint64 // of what it has said last
	people map[string]struct{}
	heard  time.Time
}

// A nodeMessage is the data of a nodeEvent.
type nodeMessage struct {
	Node   string       `json:"node"`
	Number uint64       `json:"n"`
	Ask    bool         `json:"ask,omitempty"`  // for the lists of all others
	All    bool         `json:"all,omitempty"`  // Join is everybody
	Join   []nodePerson `json:"join,omitempty"` // a sign of life has neither
	Leave  []string     `json:"leave,omitempty"`
}

type nodePerson struct {
	ID   string          `json:"id"`
	Info json.RawMessage `json:"info,omitempty"`
}

func newNodeID() string { return rand.Text()[:13] }

// alone reports whether no other server can be there: the engine is this one's own.
func (p *presence) alone() bool { return p.channel.hub.rt.node == "" }

// note remembers somebody whose being here changes.
func (n *nodes) note(p *presence, id string) {
	if p.alone() {
		return
	}
	if n.dirty == nil {
		n.dirty = make(map[string]bool)
	}
	n.dirty[id] = true
	p.ring()
}

// greet asks other servers who is there, once.
func (n *nodes) greet(p *presence) {
	if p.alone() {
		return
	}
	p.mu.Lock()
	ask := !n.asked
	n.asked = true
	number := n.number
	p.mu.Unlock()
	if ask {
		n.send(p, &nodeMessage{Number: number, Ask: true})
	}
}

// news returns what the others have to be told, nil when it is nothing.
func (n *nodes) news(p *presence) *nodeMessage {
	if len(n.dirty) == 0 && !n.list {
		return nil
	}
	msg := &nodeMessage{All: n.list}
	if n.list {
		n.dirty = make(map[string]bool, len(p.people))
		for id := range p.people {
			n.dirty[id] = true
		}
	}
	for id := range n.dirty {
		switch who := p.people[id]; {
		case who != nil && who.here():
			msg.Join = append(msg.Join, nodePerson{id, who.info})
		case !n.list:
			msg.Leave = append(msg.Leave, id)
		}
	}
	n.number++
	n.dirty, n.list, msg.Number = nil, false, n.number
	return msg
}

// send publishes a message. It may wait for the engine.
func (n *nodes) send(p *presence, msg *nodeMessage) {
	if msg == nil {
		return
	}
	c := p.channel
	msg.Node = c.hub.rt.node
	data, err := json.Marshal(msg)
	if err == nil {
		_, err = c.hub.publish(context.Background(), c.typ, c.address,
			&Event{Type: nodeEvent, ID: newEventID(), Data: data, Volatile: true})
	}
	if err != nil && !c.hub.rt.stopping.Load() {
		c.hub.rt.log().Error("presence is not published", "channel", c.typ.name, "error", err)
	}
}

// hear takes the message of another server. Called by the engine's delivery: it may not wait.
func (p *presence) hear(data []byte) {
	var msg nodeMessage
	if json.Unmarshal(data, &msg) != nil || msg.Node == "" || msg.Node == p.channel.hub.rt.node {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	n := &p.nodes
	other := n.others[msg.Node]
	if other == nil {
		if n.others == nil {
			n.others = make(map[string]*peerNode)
		}
		other = &peerNode{people: make(map[string]struct{})}
		n.others[msg.Node] = other
	}
	other.heard = time.Now()
	n.live(p)
	if msg.Ask {
		n.list = true
		p.ring()
	}
	following := msg.Number == other.number+1 && len(msg.Join)+len(msg.Leave) > 0
	switch {
	case msg.All:
		n.replace(p, other, msg.Join)
	case following:
		for _, who := range msg.Join {
			n.join(p, other, who)
		}
		for _, id := range msg.Leave {
			n.leave(p, other, id)
		}
	case msg.Number != other.number:
		// Something was lost, or said before this server began to listen.
		go n.send(p, &nodeMessage{Number: n.number, Ask: true})
		return
	}
	other.number = msg.Number
}

func (n *nodes) join(p *presence, other *peerNode, one nodePerson) {
	if _, known := other.people[one.ID]; known {
		return
	}
	other.people[one.ID] = struct{}{}
	p.meet(one.ID, one.Info).nodes++
}

func (n *nodes) leave(p *presence, other *peerNode, id string) {
	if _, known := other.people[id]; !known {
		return
	}
	delete(other.people, id)
	who := p.people[id]
	if who.nodes--; who.nodes == 0 && !who.here() {
		p.forget(id, who)
	}
}

func (n *nodes) replace(p *presence, other *peerNode, people []nodePerson) {
	still := make(map[string]bool, len(people))
	for _, one := range people {
		still[one.ID] = true
	}
	for id := range other.people {
		if !still[id] {
			n.leave(p, other, id)
		}
	}
	for _, one := range people {
		n.join(p, other, one)
	}
}

// live starts the signs of life, and the look for those of others.
func (n *nodes) live(p *presence) {
	if n.timer == nil {
		n.timer = time.AfterFunc(jitter(nodeLease/3), func() { n.beat(p) })
	}
}

// beat gives a sign of life, and ends the leases of those that give none any more.
func (n *nodes) beat(p *presence) {
	p.mu.Lock()
	n.timer = nil
	if p.closed {
		p.mu.Unlock()
		return
	}
	for id, other := range n.others {
		if time.Since(other.heard) >= nodeLease {
			n.replace(p, other, nil)
			delete(n.others, id)
		}
	}
	if len(n.others) == 0 {
		p.mu.Unlock()
		return
	}
	n.live(p)
	number := n.number
	p.mu.Unlock()
	n.send(p, &nodeMessage{Number: number})
}

// stay keeps the channel while there is something to tell to other servers, and somebody may come back.
func (n *nodes) stay(p *presence) {
	if !p.alone() && !n.held {
		n.held = p.channel.hub.retainLive(p.channel)
	}
}

// rest lets the channel go when nothing is left to tell.
func (n *nodes) rest(p *presence) {
	p.mu.Lock()
	let := n.held && p.timer == nil
	for _, who := range p.people {
		if !let || who.away != nil {
			let = false
			break
		}
	}
	if let {
		n.held = false
	}
	p.mu.Unlock()
	if let {
		p.channel.hub.release(p.channel)
	}
}

// close ends the signs of life of a channel that is gone.
func (p *presence) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.nodes.timer != nil {
		p.nodes.timer.Stop()
	}
}
