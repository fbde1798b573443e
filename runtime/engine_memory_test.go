package runtime

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// idle is what an engine has counted and what it holds.
func (e *memoryEngine) held() (logs int, counted, real int64) {
	for i := range e.shards {
		sh := &e.shards[i]
		sh.mu.Lock()
		logs += len(sh.logs)
		counted += sh.idle.Load()
		for name, l := range sh.logs {
			l.mu.Lock()
			weight := logOverhead + len(name)
			for k := range l.kept {
				weight += l.kept[k].weight()
			}
			if len(l.subs) == 0 {
				real += int64(weight)
			}
			l.mu.Unlock()
		}
		sh.mu.Unlock()
	}
	return logs, counted, real
}

func TestHistoryWithoutAnAgeIsForgottenWhenNobodyAsks(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := NewMemoryEngine(IdleTTL(time.Hour)).(*memoryEngine)
		defer e.Close()
		r := Retention{Size: 10}
		first := publishTo(t, e, "idle", r, "x")
		publishTo(t, e, "read", r, "x")
		publishTo(t, e, "joined", r, "x")
		lasting := publishTo(t, e, "lasting", Retention{Size: 10, TTL: 3 * time.Hour}, "x")
		sub, err := e.Subscribe(t.Context(), "joined", r, func(Position, *Event) {})
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			<-time.After(30 * time.Minute)
			if h, err := e.History(t.Context(), "read", r, 0, 10); err != nil || len(h.Events) != 1 {
				t.Fatalf("got %+v, %v", h, err)
			}
		}
		if logs, _, _ := e.held(); logs != 3 {
			t.Errorf("%d logs are kept, want those that are read, joined or have an age", logs)
		}
		if h, err := e.History(t.Context(), "lasting", Retention{Size: 10, TTL: 3 * time.Hour}, 0, 10); err != nil || h.Position.Epoch != lasting.Epoch {
			t.Errorf("got %+v, %v", h, err)
		}
		if again := publishTo(t, e, "idle", r, "y"); again.Epoch == first.Epoch || again.Seq != 1 {
			t.Errorf("got %+v after %+v", again, first)
		}
		sub.Cancel()
		<-time.After(4 * time.Hour)
		if logs, counted, real := e.held(); logs != 0 || counted != 0 || real != 0 {
			t.Errorf("%d logs are left, %d bytes are counted", logs, counted)
		}
	})
}

func TestMemoryEngineCountsWhatItHolds(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := NewMemoryEngine().(*memoryEngine)
		defer e.Close()
		same := func(what string) {
			t.Helper()
			if _, counted, real := e.held(); counted != real {
				t.Errorf("%s: %d bytes are counted, %d are there", what, counted, real)
			}
		}
		for n := range 300 {
			publishTo(t, e, fmt.Sprint(n%10), Retention{Size: n % 7, TTL: time.Duration(n%3) * time.Minute}, strings.Repeat("x", n))
			if n%50 == 0 {
				same(fmt.Sprint(n))
			}
		}
		var subs []Subscription
		for n := range 12 {
			s, err := e.Subscribe(t.Context(), fmt.Sprint(n%6), Retention{Size: 5}, func(Position, *Event) {})
			if err != nil {
				t.Fatal(err)
			}
			subs = append(subs, s)
			publishTo(t, e, fmt.Sprint(n%6), Retention{Size: 5}, "x")
		}
		same("joined")
		for i, s := range subs {
			s.Cancel()
			same(fmt.Sprint(i, " left"))
			s.Cancel() // harmless
		}
		same("left")
		<-time.After(5 * time.Minute)
		same("aged")
	})
}

// TestMillionNamesTakeBoundedMemory publishes to a million channels with a history that has no age, which is what
// would be kept for ever. It looks at memory, so it is not parallel.
func TestMillionNamesTakeBoundedMemory(t *testing.T) {
	names := 1_000_000
	if testing.Short() {
		names /= 20
	}
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	notParallel(t, func(t *testing.T) {
		const bound = 16 << 20
		e := NewMemoryEngine(IdleBytes(bound), IdleTTL(10*time.Minute)).(*memoryEngine)
		defer e.Close()
		r := Retention{Size: 20}
		kept, err := e.Subscribe(t.Context(), "members", r, func(Position, *Event) {})
		if err != nil {
			t.Fatal(err)
		}
		member := publishTo(t, e, "members", r, "x")
		before := heap()
		for n := range names {
			publishTo(t, e, fmt.Sprint("rooms/", n), r, "x")
			if n%(names/10) == names/10-1 {
				logs, counted, real := e.held()
				if counted > bound || counted != real {
					t.Fatalf("after %d names: %d bytes are counted, %d are there", n+1, counted, real)
				}
				if grown := heap() - before; grown > 3*bound {
					t.Fatalf("after %d names: %d logs, the heap has grown by %d bytes", n+1, logs, grown)
				}
			}
		}
		newest := fmt.Sprint("rooms/", names-1)
		if h, err := e.History(t.Context(), newest, r, 0, 10); err != nil || len(h.Events) != 1 {
			t.Errorf("the newest: got %+v, %v", h, err)
		}
		if _, err := e.History(t.Context(), "rooms/0", r, 1, 10); !errors.Is(err, ErrTruncated) {
			t.Errorf("the oldest: got %v", err)
		}
		if h, err := e.History(t.Context(), "members", r, 0, 10); err != nil || h.Position != member {
			t.Errorf("one with members: got %+v, %v, want %+v", h, err, member)
		}
		kept.Cancel()
		<-time.After(10*time.Minute + 2*sweepEvery)
		if logs, counted, _ := e.held(); logs != 0 || counted != 0 {
			t.Errorf("%d logs are left, %d bytes are counted", logs, counted)
		}
		if left := heap() - before; left > bound/4 {
			t.Errorf("%d bytes are left", left)
		}
	})
}
