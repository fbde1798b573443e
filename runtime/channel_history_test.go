package runtime

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestHistoryIsReadInPages(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t)
		room := g.room("r")
		empty, err := room.History(t.Context(), HistoryPage{})
		if err != nil || len(empty.Events) != 0 || empty.More || empty.Next == "" {
			t.Fatalf("got %+v, %v", empty, err)
		}
		for i := range 60 { // fifty are kept
			g.publish("r", fmt.Sprint(i))
		}
		if _, err := room.History(t.Context(), HistoryPage{After: empty.Next}); !errors.Is(err, ErrTruncated) {
			t.Fatalf("got %v", err)
		}
		next, seen := "", 10
		for {
			page, err := room.History(t.Context(), HistoryPage{After: next, Limit: 20})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Events {
				data, err := EventAs[said](e)
				if err != nil || data.ID != fmt.Sprint(seen) || e.Seq != uint64(seen+1) || e.Type != "said" || e.ID == "" {
					t.Fatalf("got %+v, %v", e, err)
				}
				seen++
			}
			if next = page.Next; !page.More {
				break
			}
		}
		if seen != 60 {
			t.Fatalf("%d events", seen)
		}
		g.publish("r", "60")
		page, err := room.History(t.Context(), HistoryPage{After: next})
		if err != nil || len(page.Events) != 1 || page.Events[0].Seq != 61 {
			t.Fatalf("got %+v, %v", page, err)
		}
		var p *Problem
		if _, err := room.History(t.Context(), HistoryPage{After: "nonsense"}); !errors.As(err, &p) || p.Status != 400 {
			t.Fatalf("got %v", err)
		}
		if _, err := room.History(t.Context(), HistoryPage{After: "other.3.x"}); !errors.Is(err, ErrTruncated) {
			t.Fatalf("got %v", err)
		}
		<-time.After(20 * time.Minute)
		if _, err := room.History(t.Context(), HistoryPage{After: next}); !errors.Is(err, ErrTruncated) {
			t.Fatalf("got %v", err)
		}
	})
}

func TestNoCallAsksForAPage(t *testing.T) {
	if page := HistoryPageFrom(t.Context()); page != (HistoryPage{}) {
		t.Errorf("got %+v", page)
	}
	if _, err := answerHistory(t.Context()); !errors.Is(err, errNoChannel) {
		t.Errorf("got %v", err)
	}
	if _, err := HistoryAs[said](t.Context(), Channel{}, "said", HistoryPage{}); !errors.Is(err, errNoChannel) {
		t.Errorf("got %v", err)
	}
}
