package runtime

import (
	"context"
	"crypto/rand"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// NewMemoryEngine returns the engine of a single process, which is the default. Its channels
// live in memory: after a restart every one of them has a new epoch, and clients take their
// snapshots again.
//
// What nobody subscribes to is forgotten, and begins a new epoch when it is needed again: when its history
// has aged out; where the document gives that no age, when nothing has been published or read for
// [IdleTTL]; and earlier, longest idle first, when all of it together takes more than [IdleBytes]. A
// channel with subscriptions holds the history that the document declares, and no more.
func NewMemoryEngine(opts ...MemoryOption) Engine {
	e := &memoryEngine{seed: maphash.MakeSeed(), idleTTL: defaultIdleTTL, idleBytes: defaultIdleBytes}
	for _, opt := range opts {
		opt(e)
	}
	for i := range e.shards {
		e.shards[i].logs = make(map[string]*memoryLog)
		e.shards[i].bound = int64(e.idleBytes / len(e.shards))
		e.shards[i].idleTTL = e.idleTTL
	}
	return e
}

// A MemoryOption changes what a memory engine keeps.
type MemoryOption func(*memoryEngine)

// Defaults of IdleTTL and IdleBytes.
const (
	defaultIdleTTL   = 24 * time.Hour // who was away for a night goes on; who was away for longer takes a snapshot
	defaultIdleBytes = 256 << 20      // some hundred thousand channels with a few events each
)

// IdleTTL sets how long a history without an age of its own outlives the last subscription, event and
// reader of its channel. The default is 24 hours.
func IdleTTL(d time.Duration) MemoryOption {
	return func(e *memoryEngine) {
		if d > 0 {
			e.idleTTL = d
		}
	}
}

// IdleBytes sets how much memory channels without subscriptions may take, whatever their history is meant
// to last: about so many bytes. The default is 256 MiB.
func IdleBytes(n int) MemoryOption {
	return func(e *memoryEngine) {
		if n > 0 {
			e.idleBytes = n
		}
	}
}

// memoryEngine spreads its channels over shards, so that publishers of different channels
// rarely meet.
type memoryEngine struct {
	seed      maphash.Seed
	idleTTL   time.Duration
	idleBytes int
	shards    [32]memoryShard
}

type memoryShard struct {
	idleTTL time.Duration
	bound   int64        // of idle
	idle    atomic.Int64 // bytes of the logs without subscriptions

	mu     sync.Mutex // guards the fields below; taken before that of a log
	logs   map[string]*memoryLog
	most   int // logs since the map was made
	closed bool
	sweep  *time.Timer // nil: nothing may age out
}

// A memoryLog is one channel.
type memoryLog struct {
	shard *memoryShard

	mu     sync.Mutex // guards everything below; held while delivering, which keeps the order
	bytes  int        // of the log and what it keeps
	retain Retention
	pos    Position
	kept   []memoryEntry // oldest first
	subs   []*memorySubscription
	idle   time.Time // when the last subscription or reader left
	dead   bool      // taken off its shard; look again
}

type memoryEntry struct {
	Kept
	at time.Time
}

type memorySubscription struct {
	deliver func(Position, *Event)
}

// sweepEvery is how often channels without subscriptions are looked at.
const sweepEvery = 10 * time.Second

// positionTTL is how long a channel without subscriptions and events remembers its position, so that a
// reload of the only member is no new epoch.
const positionTTL = time.Minute

func (e *memoryEngine) shard(channel string) *memoryShard {
	return &e.shards[maphash.String(e.seed, channel)%uint64(len(e.shards))]
}

// log returns the channel's log, locked.
func (e *memoryEngine) log(channel string, retain Retention) (*memoryLog, error) {
	sh := e.shard(channel)
	for {
		sh.mu.Lock()
		if sh.closed {
			sh.mu.Unlock()
			return nil, ErrEngineClosed
		}
		l := sh.logs[channel]
		if l == nil {
			l = &memoryLog{shard: sh, pos: Position{Epoch: newEpoch()}, retain: retain}
			l.grow(logOverhead + len(channel))
			sh.logs[channel] = l
			sh.most = max(sh.most, len(sh.logs))
			sh.arm()
		}
		sh.mu.Unlock()
		l.mu.Lock()
		if !l.dead {
			l.retain = retain
			l.idle = time.Now()
			return l, nil
		}
		l.mu.Unlock()
	}
}

// What a log and an event take beside their texts.
const (
	logOverhead   = 400
	entryOverhead = 200
)

func (k *memoryEntry) weight() int {
	if k.Event == nil {
		return entryOverhead
	}
	return entryOverhead + len(k.Event.Data) + len(k.Event.ID) + len(k.Event.Type) + len(k.Event.Key)
}

// grow counts what the log takes more, or less. Called with mu held.
func (l *memoryLog) grow(n int) {
	l.bytes += n
	if len(l.subs) == 0 {
		l.shard.idle.Add(int64(n))
	}
}

func (e *memoryEngine) Publish(_ context.Context, channel string, retain Retention, event *Event) (Position, error) {
	l, err := e.log(channel, retain)
	if err != nil {
		return Position{}, err
	}
	defer l.shard.relieve()
	defer l.mu.Unlock()
	if !event.Volatile {
		l.pos.Seq++
		l.pos.Last = event.ID
		l.keep(event)
	}
	for _, s := range l.subs {
		s.deliver(l.pos, event)
	}
	return l.pos, nil
}

// keep appends to the log and lets the oldest go.
func (l *memoryLog) keep(event *Event) {
	now := time.Now()
	l.trim(now)
	if l.retain.Size <= 0 {
		// Nothing is kept, but when the newest was published decides when to forget the channel.
		if len(l.kept) != 1 || l.kept[0].Event != nil {
			l.drop(len(l.kept))
			l.kept = append(l.kept, memoryEntry{})
			l.grow(entryOverhead)
		}
		l.kept[0].at = now
		return
	}
	l.drop(len(l.kept) + 1 - l.retain.Size)
	l.kept = append(l.kept, memoryEntry{Kept: Kept{Seq: l.pos.Seq, Event: event}, at: now})
	l.grow(l.kept[len(l.kept)-1].weight())
}

// trim drops what is too old.
func (l *memoryLog) trim(now time.Time) {
	ttl := l.retain.TTL
	if l.retain.Size <= 0 {
		ttl = positionTTL
	}
	if ttl <= 0 {
		return
	}
	n := 0
	for n < len(l.kept) && now.Sub(l.kept[n].at) > ttl {
		n++
	}
	l.drop(n)
}

// drop lets the n oldest entries go. The slice moves along its array, which append replaces now
// and then, so that keeping an event costs the same whatever the size of the history.
func (l *memoryLog) drop(n int) {
	if n <= 0 {
		return
	}
	bytes := 0
	for i := range l.kept[:n] {
		bytes += l.kept[i].weight()
	}
	l.grow(-bytes)
	clear(l.kept[:n])
	l.kept = l.kept[n:]
}

func (e *memoryEngine) Subscribe(_ context.Context, channel string, retain Retention, deliver func(Position, *Event)) (Subscription, error) {
	l, err := e.log(channel, retain)
	if err != nil {
		return Subscription{}, err
	}
	defer l.mu.Unlock()
	s := &memorySubscription{deliver: deliver}
	if len(l.subs) == 0 {
		l.shard.idle.Add(-int64(l.bytes))
	}
	l.subs = append(l.subs, s)
	cancel := func() {
		l.mu.Lock()
		before := len(l.subs)
		l.subs = slices.DeleteFunc(l.subs, func(other *memorySubscription) bool { return other == s })
		l.idle = time.Now()
		if before > 0 && len(l.subs) == 0 {
			l.shard.idle.Add(int64(l.bytes))
		}
		l.mu.Unlock()
		l.shard.relieve()
	}
	return Subscription{Position: l.pos, Cancel: cancel}, nil
}

func (e *memoryEngine) History(_ context.Context, channel string, retain Retention, seq uint64, limit int) (History, error) {
	l, err := e.log(channel, retain)
	if err != nil {
		return History{}, err
	}
	defer l.shard.relieve()
	defer l.mu.Unlock()
	l.trim(time.Now())
	h := History{Position: l.pos, First: l.first()}
	switch {
	case seq == l.pos.Seq:
		h.Before = l.pos.Last
		return h, nil
	case seq > l.pos.Seq || seq < h.First:
		return h, ErrTruncated
	}
	// Positions have no holes, so the place of each is known.
	n := int(seq - h.First)
	if n > 0 {
		h.Before = l.kept[n-1].Event.ID
	}
	for _, k := range l.kept[n:min(len(l.kept), n+max(0, limit))] {
		h.Events = append(h.Events, k.Kept)
	}
	return h, nil
}

// first is the position before the oldest event that is kept.
func (l *memoryLog) first() uint64 {
	if l.retain.Size <= 0 {
		return l.pos.Seq
	}
	return l.pos.Seq - uint64(len(l.kept))
}

func (e *memoryEngine) Close() error {
	for i := range e.shards {
		sh := &e.shards[i]
		sh.mu.Lock()
		sh.closed = true
		for _, l := range sh.logs {
			l.mu.Lock()
			l.dead, l.subs, l.kept = true, nil, nil
			l.mu.Unlock()
		}
		sh.logs = nil
		if sh.sweep != nil {
			sh.sweep.Stop()
		}
		sh.mu.Unlock()
	}
	return nil
}

// arm sees to it that channels nobody needs are forgotten. Called with mu held.
func (sh *memoryShard) arm() {
	if sh.sweep == nil {
		sh.sweep = time.AfterFunc(sweepEvery, sh.forget)
	}
}

// forget drops the channels that nobody subscribes to and that hold nothing, or that nobody has asked for
// in a long time, and comes again while there are others.
func (sh *memoryShard) forget() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.sweep = nil
	if sh.closed {
		return
	}
	now := time.Now()
	for channel, l := range sh.logs {
		l.mu.Lock()
		l.trim(now)
		away := now.Sub(l.idle)
		if len(l.kept) == 0 && away > positionTTL || l.retain.TTL <= 0 && away > sh.idleTTL {
			sh.drop(channel, l)
		}
		l.mu.Unlock()
	}
	sh.logs = thinned(sh.logs, &sh.most)
	if len(sh.logs) > 0 {
		sh.arm()
	}
}

// drop takes a channel off the shard, unless somebody subscribes to it. Called with the locks of both held.
func (sh *memoryShard) drop(channel string, l *memoryLog) {
	if len(l.subs) > 0 || l.dead {
		return
	}
	l.dead = true
	sh.idle.Add(-int64(l.bytes))
	delete(sh.logs, channel)
}

// relieve drops channels that nobody subscribes to when they take too much: those that have been idle for
// longest, and a quarter more than has to go, so that the next time is not soon. It must be called without a
// lock.
func (sh *memoryShard) relieve() {
	if sh.idle.Load() <= sh.bound {
		return
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.closed || sh.idle.Load() <= sh.bound {
		return
	}
	type candidate struct {
		channel string
		log     *memoryLog
		idle    time.Time
	}
	list := make([]candidate, 0, len(sh.logs))
	for channel, l := range sh.logs {
		l.mu.Lock()
		if len(l.subs) == 0 {
			list = append(list, candidate{channel, l, l.idle})
		}
		l.mu.Unlock()
	}
	slices.SortFunc(list, func(a, b candidate) int { return a.idle.Compare(b.idle) })
	for _, one := range list {
		if sh.idle.Load() <= sh.bound/4*3 {
			break
		}
		one.log.mu.Lock()
		sh.drop(one.channel, one.log)
		one.log.mu.Unlock()
	}
	sh.logs = thinned(sh.logs, &sh.most)
}

// newEpoch returns a name that no other sequence has.
func newEpoch() string { return rand.Text()[:13] }
