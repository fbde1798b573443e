package reference_test

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/rtgen/rtgen/runtime/internal/rolling"
	"github.com/rtgen/rtgen/runtime/rttest/conformance/reference/api"
)

// TestGeneratedClientsDoNotNoticeARollout replaces servers under clients that say something all the time: no call
// fails or runs twice, each event arrives once and in order, and nobody is told of a loss.
func TestGeneratedClientsDoNotNoticeARollout(t *testing.T) {
	t.Parallel()
	const clients, restarts = 6, 6
	fleet, err := rolling.NewFleet(3)
	if err != nil {
		t.Fatal(err)
	}
	fleet.Prompt = true // the WebSocket of Node 20 does not tell when a handshake is refused
	t.Cleanup(func() {
		if err := fleet.Close(); err != nil {
			t.Error(err)
		}
	})
	lines, stdin := startNode(t, "rove.mjs", "http://"+fleet.Addr(), "r", fmt.Sprint(clients))
	deadline := time.After(90 * time.Second)
	at, states := map[int]uint64{}, map[string]int{}
	events, said, ended := 0, 0, 0
	// until takes what clients print until n lines of a kind have come.
	until := func(kind string, n int) {
		t.Helper()
		for n > 0 {
			var f followed
			select {
			case f = <-lines:
			case <-deadline:
				t.Fatalf("no %s; the clients are at %v, %d calls were made", kind, at, said)
			}
			if f.Kind == kind {
				n--
			}
			switch f.Kind {
			case "event":
				if last := at[f.Client]; last != 0 && f.Seq != last+1 {
					t.Fatalf("client %d: event %d after %d, and nobody told", f.Client, f.Seq, last)
				}
				at[f.Client] = f.Seq
				events++
				if f.Said == "end" {
					ended++
				}
			case "state":
				states[f.Detail]++
			case "said":
				if f.Detail != "204" {
					t.Errorf("got %+v", f)
				}
				said++
			case "failed", "reset", "gap", "error":
				t.Errorf("got %+v", f)
			}
		}
	}
	until("joined", clients)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for range restarts {
		until("said", clients)
		done := make(chan error, 1)
		go func() { done <- fleet.Replace(ctx, 50*time.Second) }()
		until("said", clients)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if _, err := io.WriteString(stdin, "quiet\n"); err != nil {
		t.Fatal(err)
	}
	until("quiet", 1)
	if _, err := api.NewRoomChannel(fleet.Newest().Server, "r").PublishSaid(ctx, api.Said{ID: "end"}); err != nil {
		t.Fatal(err)
	}
	for ended < clients {
		until("event", 1)
	}
	t.Logf("%d calls, %d events arrived; states: %v", said, events, states)
	if all, twice := fleet.Said(); all != said+1 || len(twice) > 0 {
		t.Errorf("%d calls were answered, %d have run, twice %s", said, all-1, twice)
	}
	if states["draining"] == 0 || states["reconnecting"] > 0 {
		t.Errorf("the clients have not moved without a break: %v", states)
	}
}
