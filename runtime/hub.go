package runtime

import (
	"context"
	"errors"
	"hash/maphash"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// A hub knows which sockets of this node are members of which channels. It asks the engine for
// the events of a channel while it has members, and hands each event to all of them.
//
// Locks are taken in this order and never the other way round: a log of the engine, a channel, a
// socket, then one of a shard of the hub, an outbox and the run queue of the flushers. Evicting
// a socket takes the locks of its channels, so whoever finds during a fan-out that a socket must
// go only says so to a worker.
type hub struct {
	rt      *realtime
	engine  Engine
	types   map[string]*channelType
	numbers atomic.Uint64 // the last channel number given out

	seed   maphash.Seed
	shards [32]hubShard
}

type hubShard struct {
	mu       sync.Mutex // guards channels, the refs of each, and most
	channels map[string]*channel
	most     int // channels since the map was made
}

// thinned returns m, or a smaller copy when most of what it has held is gone: a map keeps its room for as
// long as it lives, so whoever goes through a million names would leave their room behind.
func thinned[V any](m map[string]V, most *int) map[string]V {
	const small = 256 // not worth it
	if *most < small || len(m) > *most/4 {
		return m
	}
	*most = len(m)
	less := make(map[string]V, len(m))
	maps.Copy(less, m)
	return less
}

func newHub(rt *realtime, engine Engine, specs []ChannelSpec) *hub {
	h := &hub{rt: rt, engine: engine, types: make(map[string]*channelType, len(specs)), seed: maphash.MakeSeed()}
	for i := range specs {
		t := newChannelType(&specs[i])
		h.types[t.name] = t
	}
	for i := range h.shards {
		h.shards[i].channels = make(map[string]*channel)
	}
	return h
}

func (h *hub) shard(address string) *hubShard {
	return &h.shards[maphash.String(h.seed, address)%uint64(len(h.shards))]
}

// A channel is the local side of one concrete channel: its members among the sockets of this
// node. It exists while it has members, or somebody is about to join or to look.
type channel struct {
	hub     *hub
	typ     *channelType
	address string
	num     uint64 // what members call it in frames, unless they have left it before
	refs    int    // guarded by the shard

	ready  sync.Once // subscribes
	err    error     // of the subscription; written within ready
	cancel func()    // likewise

	mu        sync.Mutex // guards everything below; held during a fan-out
	pos       Position   // of the newest event that was delivered here
	seen      bool       // pos comes from a delivery
	members   []*membership
	listeners []*listener
	pace      pace
	tail      tail      // the newest of its history, while clients take it up
	presence  *presence // nil: the channel has none
}

// acquire returns the channel, which stays until it is released as often.
func (h *hub) acquire(ctx context.Context, typ *channelType, address string) (*channel, error) {
	if len(address) > h.rt.limits.channelName {
		return nil, fault(400, "channel-name", "the channel's address is too long")
	}
	sh := h.shard(address)
	sh.mu.Lock()
	c := sh.channels[address]
	if c == nil {
		c = &channel{hub: h, typ: typ, address: address, num: h.numbers.Add(1)}
		if typ.spec.Presence != nil {
			c.presence = newPresence(c)
		}
		sh.channels[address] = c
		sh.most = max(sh.most, len(sh.channels))
	}
	c.refs++
	sh.mu.Unlock()
	c.ready.Do(func() { c.start(ctx) })
	if c.err != nil {
		h.release(c)
		return nil, c.err
	}
	return c, nil
}

// start begins delivery. The first event may arrive before the engine has returned.
func (c *channel) start(ctx context.Context) {
	// Others wait for this subscription too, so it must not end with the call that came first.
	sub, err := c.hub.engine.Subscribe(context.WithoutCancel(ctx), c.address, c.typ.retain, c.deliver)
	if err != nil {
		c.err = errors.Join(errEngine, err)
		return
	}
	c.cancel = sub.Cancel
	c.mu.Lock()
	if !c.seen {
		c.pos = sub.Position
	}
	c.mu.Unlock()
}

// errEngine marks errors of the engine: the client hears 503 and nothing more.
var errEngine = errors.New("engine")

// release gives an acquired channel back. The last one ends delivery.
func (h *hub) release(c *channel) {
	sh := h.shard(c.address)
	sh.mu.Lock()
	c.refs--
	last := c.refs == 0
	if last {
		delete(sh.channels, c.address)
		sh.channels = thinned(sh.channels, &sh.most)
	}
	sh.mu.Unlock()
	if last && c.cancel != nil {
		c.cancel()
	}
	if last && c.presence != nil {
		c.presence.close()
	}
}

// lookup returns the channel if it exists, acquired.
func (h *hub) lookup(address string) *channel {
	sh := h.shard(address)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	c := sh.channels[address]
	if c != nil {
		c.refs++
	}
	return c
}

// publish sends an event through the engine.
func (h *hub) publish(ctx context.Context, typ *channelType, address string, event *Event) (Position, error) {
	if len(address) > h.rt.limits.channelName {
		return Position{}, fault(400, "channel-name", "the channel's address is too long")
	}
	return h.engine.Publish(ctx, address, typ.retain, event)
}

// deliver is what the engine calls, in the order of positions. It frames the event once and
// queues the same bytes for every member; nothing in here waits.
func (c *channel) deliver(pos Position, event *Event) {
	if event.Type == nodeEvent {
		if c.presence != nil {
			c.presence.hear(event.Data)
		}
		return
	}
	ev := &outEvent{Event: event, seq: pos.Seq}
	var flush flushList
	c.mu.Lock()
	if !event.Volatile {
		c.pos, c.seen = pos, true
		c.tail.add(pos, event)
	}
	for _, l := range c.listeners {
		l.offer(pos, event)
	}
	if c.admitEvent(ev) {
		c.fanOut(ev, &flush)
	}
	c.mu.Unlock()
	c.hub.rt.flushers.scheduleAll(flush)
}

// fanOut offers an event to every member. Called with mu held.
func (c *channel) fanOut(ev *outEvent, flush *flushList) {
	members := 0
	for _, m := range c.members {
		if ev.Omit != nil && slices.Contains(ev.Omit, m.socket.id) {
			continue
		}
		m.offer(ev, flush)
		members++
	}
	c.hub.rt.observers().delivered(c.typ, members)
}
