package runtime

import (
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
// ttl, and as long as all of them take no more than size bytes; then the oldest go first. Zero stands for
// 24 hours and for 16 MiB.
func NewMemoryIdempotency(size int, ttl time.Duration) IdempotencyStore {
	if size <= 0 {
		size = defaultIdempotencySize
	}
	if ttl <= 0 {
		ttl = defaultIdempotencyTTL
	}
	return &idempotencyMemory{size: size, ttl: ttl, entries: make(map[string]*list.Element)}
}

// idempotencyMemory forgets in the order of claiming, which is that of expiry too.
type idempotencyMemory struct {
	size int
	ttl  time.Duration

	mu      sync.Mutex // guards everything below
	entries map[string]*list.Element
	order   list.List // of *rememberedAnswer, oldest first
	used    int
}

type rememberedAnswer struct {
	key   string
	entry IdempotencyEntry
	until time.Time
}

// weight is what an entry takes, with the map, the list and the strings of its own.
func (r *rememberedAnswer) weight() int {
	const overhead = 256
	return overhead + len(r.key) + len(r.entry.Fingerprint) + len(r.entry.Answer)
}

func (m *idempotencyMemory) Claim(_ context.Context, key string, entry IdempotencyEntry) (*IdempotencyEntry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expire(time.Now())
	if at := m.entries[key]; at != nil {
		taken := at.Value.(*rememberedAnswer).entry
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
	r := &rememberedAnswer{key: key, entry: entry, until: time.Now().Add(m.ttl)}
	m.entries[key] = m.order.PushBack(r)
	for m.used += r.weight(); m.used > m.size && m.order.Len() > 1; {
		m.remove(m.order.Front())
	}
}

func (m *idempotencyMemory) remove(at *list.Element) {
	if at == nil {
		return
	}
	r := m.order.Remove(at).(*rememberedAnswer)
	delete(m.entries, r.key)
	m.used -= r.weight()
}

func (m *idempotencyMemory) expire(now time.Time) {
	for at := m.order.Front(); at != nil && !now.Before(at.Value.(*rememberedAnswer).until); at = m.order.Front() {
		m.remove(at)
	}
}
