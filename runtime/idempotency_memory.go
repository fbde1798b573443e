package runtime

import (
	"container/heap"
	"container/list"
	"context"
	"sync"
	"time"
)

// Defaults of NewMemoryIdempotency.
const (
	defaultIdempotencySize = 16 << 20       // some thousand answers as they usually are
	defaultIdempotencyTTL  = 24 * time.Hour // a phone that was in a tunnel is back by then
)

// NewMemoryIdempotency returns the store of a single process, which is the default. Answers are kept for
// ttl, and as long as all of them take no more than size bytes; then those of the caller who has most go
// first, oldest before newer ones, so that nobody can push out the answers of others who have less. Zero
// stands for 24 hours and for 16 MiB.
func NewMemoryIdempotency(size int, ttl time.Duration) IdempotencyStore {
	if size <= 0 {
		size = defaultIdempotencySize
	}
	if ttl <= 0 {
		ttl = defaultIdempotencyTTL
	}
	return &idempotencyMemory{
		size: size, ttl: ttl, entries: make(map[string]*rememberedAnswer), callers: make(map[string]*rememberedCaller),
	}
}

// idempotencyMemory forgets in the order of claiming, which is that of expiry too.
type idempotencyMemory struct {
	size int
	ttl  time.Duration

	mu      sync.Mutex // guards everything below
	entries map[string]*rememberedAnswer
	order   list.List // of *rememberedAnswer, oldest first
	callers map[string]*rememberedCaller
	most    callersBySize
	used    int
}

type rememberedAnswer struct {
	key    string
	entry  IdempotencyEntry
	until  time.Time
	caller *rememberedCaller
	among  *list.Element // of idempotencyMemory.order
	own    *list.Element // of caller.order
}

// A rememberedCaller is a principal with the answers that it has.
type rememberedCaller struct {
	name  string
	order list.List // of *rememberedAnswer, oldest first
	used  int
	index int // in idempotencyMemory.most
}

// weight is what an entry takes, with the maps, the lists and the strings of its own.
func (r *rememberedAnswer) weight() int {
	const overhead = 512 // with a caller who has no other
	return overhead + len(r.key) + len(r.entry.Fingerprint) + len(r.entry.Answer)
}

func (m *idempotencyMemory) Claim(_ context.Context, key string, entry IdempotencyEntry) (*IdempotencyEntry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expire(time.Now())
	if r := m.entries[key]; r != nil {
		taken := r.entry
		return &taken, nil
	}
	m.put(key, entry)
	return nil, nil
}

func (m *idempotencyMemory) Answer(_ context.Context, key string, entry IdempotencyEntry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(m.entries[key])
	m.put(key, entry)
	return nil
}

func (m *idempotencyMemory) Release(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(m.entries[key])
	return nil
}

// put adds an entry and makes room for it. Called with mu held, like those below.
func (m *idempotencyMemory) put(key string, entry IdempotencyEntry) {
	c := m.callers[entry.Caller]
	if c == nil {
		c = &rememberedCaller{name: entry.Caller}
		m.callers[c.name] = c
		heap.Push(&m.most, c)
	}
	r := &rememberedAnswer{key: key, entry: entry, until: time.Now().Add(m.ttl), caller: c}
	m.entries[key] = r
	r.among, r.own = m.order.PushBack(r), c.order.PushBack(r)
	for m.count(r, r.weight()); m.used > m.size && m.order.Len() > 1; {
		m.remove(m.most[0].order.Front().Value.(*rememberedAnswer))
	}
}

// count adds n bytes to what an entry's caller has.
func (m *idempotencyMemory) count(r *rememberedAnswer, n int) {
	m.used += n
	r.caller.used += n
	heap.Fix(&m.most, r.caller.index)
}

func (m *idempotencyMemory) remove(r *rememberedAnswer) {
	if r == nil {
		return
	}
	delete(m.entries, r.key)
	m.order.Remove(r.among)
	r.caller.order.Remove(r.own)
	m.count(r, -r.weight())
	if r.caller.order.Len() == 0 {
		heap.Remove(&m.most, r.caller.index)
		delete(m.callers, r.caller.name)
	}
}

func (m *idempotencyMemory) expire(now time.Time) {
	for at := m.order.Front(); at != nil; at = m.order.Front() {
		r := at.Value.(*rememberedAnswer)
		if now.Before(r.until) {
			return
		}
		m.remove(r)
	}
}

// callersBySize is a heap: the first has most.
type callersBySize []*rememberedCaller

// Len, Less, Swap, Push and Pop are for container/heap.
func (h callersBySize) Len() int           { return len(h) }
func (h callersBySize) Less(i, j int) bool { return h[i].used > h[j].used }
func (h callersBySize) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push adds a caller.
func (h *callersBySize) Push(x any) {
	c := x.(*rememberedCaller)
	c.index = len(*h)
	*h = append(*h, c)
}

// Pop takes the last caller off.
func (h *callersBySize) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return last
}
