package runtime

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

func publishTo(t *testing.T, e Engine, channel string, r Retention, id string) Position {
	t.Helper()
	pos, err := e.Publish(t.Context(), channel, r, &Event{Type: "x", ID: id})
	if err != nil {
		t.Fatal(err)
	}
	return pos
}

func TestHistoryIsWhatRetentionSays(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := NewMemoryEngine()
		defer e.Close()
		r := Retention{Size: 5, TTL: time.Minute}
		for i := range 8 {
			publishTo(t, e, "c", r, fmt.Sprint(i+1))
		}
		h, err := e.History(t.Context(), "c", r, 3, 100)
		if err != nil || len(h.Events) != 5 || h.Events[0].Seq != 4 || h.Position.Last != "8" || h.Before != "" {
			t.Fatalf("got %+v, %v", h, err)
		}
		if h, err = e.History(t.Context(), "c", r, 4, 100); err != nil || h.Before != "4" || len(h.Events) != 4 {
			t.Fatalf("got %+v, %v", h, err)
		}
		for name, seq := range map[string]uint64{"too old": 2, "not yet": 9} {
			if _, err := e.History(t.Context(), "c", r, seq, 100); !errors.Is(err, ErrTruncated) {
				t.Fatalf("%s: got %v", name, err)
			}
		}
		if h, err = e.History(t.Context(), "c", r, 3, 4); err != nil || len(h.Events) != 4 || h.First != 3 {
			t.Fatalf("limit: got %+v, %v", h, err)
		}
		<-time.After(61 * time.Second)
		if _, err := e.History(t.Context(), "c", r, 7, 100); !errors.Is(err, ErrTruncated) {
			t.Fatalf("aged: got %v", err)
		}
	})
}

func TestForgottenChannelsLeaveNothing(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := NewMemoryEngine().(*memoryEngine)
		defer e.Close()
		for i := range 10_000 {
			publishTo(t, e, fmt.Sprint("c", i), Retention{Size: 1, TTL: time.Minute}, "x")
		}
		first := publishTo(t, e, "c1", Retention{Size: 1, TTL: time.Minute}, "y")
		<-time.After(2 * time.Minute)
		for i := range e.shards {
			sh := &e.shards[i]
			sh.mu.Lock()
			if len(sh.logs) != 0 || sh.sweep != nil {
				t.Errorf("shard %d holds %d logs", i, len(sh.logs))
			}
			sh.mu.Unlock()
		}
		if again := publishTo(t, e, "c1", Retention{}, "z"); again.Epoch == first.Epoch || again.Seq != 1 {
			t.Fatalf("got %v after %v", again, first)
		}
	})
}

func TestSubscribersSeeEveryEventOnceAndInOrder(t *testing.T) {
	t.Parallel()
	e := NewMemoryEngine()
	defer e.Close()
	var mu sync.Mutex
	var seqs []uint64
	sub, err := e.Subscribe(t.Context(), "c", Retention{}, func(p Position, _ *Event) {
		mu.Lock()
		seqs = append(seqs, p.Seq)
		mu.Unlock()
	})
	if err != nil || sub.Position.Seq != 0 {
		t.Fatalf("got %v, %v", sub, err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				_, _ = e.Publish(t.Context(), "c", Retention{}, &Event{ID: "x"})
			}
		})
	}
	wg.Wait()
	sub.Cancel()
	publishTo(t, e, "c", Retention{}, "late")
	if len(seqs) != 1600 {
		t.Fatalf("got %d events", len(seqs))
	}
	for i, seq := range seqs {
		if seq != uint64(i+1) {
			t.Fatalf("event %d has seq %d", i, seq)
		}
	}
}

func TestClosedEngineRefuses(t *testing.T) {
	t.Parallel()
	e := NewMemoryEngine()
	_ = e.Close()
	if _, err := e.Publish(t.Context(), "c", Retention{}, &Event{}); !errors.Is(err, ErrEngineClosed) {
		t.Fatalf("got %v", err)
	}
}
