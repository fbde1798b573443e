package rolling

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// clients are those of a test: enough for windows, few enough for a test. The soak has thousands.
var clients = 200

// replaced runs clients while servers are replaced, until all is quiet.
func replaced(t *testing.T, f *Fleet, times int) *Crowd {
	t.Helper()
	c := NewCrowd(t.Context(), f)
	for n := range clients {
		c.Add(fmt.Sprint("room", n/10), c.Dial(n), 2*time.Second)
	}
	t.Cleanup(func() {
		c.Close()
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	within, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := c.Arrive(within); err != nil {
		t.Fatal(err)
	}
	for range times {
		if err := f.Replace(within, 20*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	c.Quiet()
	if err := c.Settle(within); err != nil {
		t.Fatal(err)
	}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	trips, stats := c.Sum(nil)
	t.Logf("%d servers replaced under %d clients: %+v, %+v", times, clients, trips, stats)
	if said, _ := f.Said(); said != trips.Answered {
		t.Errorf("%d calls were answered, %d have run", trips.Answered, said)
	}
	if trips.Moves < clients {
		t.Errorf("only %d of %d clients have moved", trips.Moves, clients)
	}
	return c
}

// TestRollingRestartsLoseNothing: three servers on one engine are replaced one after another, three times each.
// No call fails or runs twice, no client is without a connection, and every event arrives once and in order.
func TestRollingRestartsLoseNothing(t *testing.T) {
	t.Parallel()
	f, err := NewFleet(3)
	if err != nil {
		t.Fatal(err)
	}
	trips, stats := replaced(t, f, 9).Sum(nil)
	if trips.Unknown > 0 {
		t.Errorf("the outcome of %d calls was unknown", trips.Unknown)
	}
	if len(stats.Resets) > 0 || stats.Gaps > 0 {
		t.Errorf("clients were told that they have lost something: %+v", stats)
	}
}

// TestRestartWithoutTheHistoryIsTold: each server begins with an engine of its own. A client hears of the reset
// before anything newer, and goes on from a new snapshot without a hole.
func TestRestartWithoutTheHistoryIsTold(t *testing.T) {
	t.Parallel()
	f, err := NewFleetOfStrangers()
	if err != nil {
		t.Fatal(err)
	}
	trips, stats := replaced(t, f, 3).Sum(nil)
	if trips.Unknown > 0 || stats.Recovered > 0 {
		t.Errorf("got %+v, %+v", trips, stats)
	}
	if stats.Resets["epoch"] < clients {
		t.Errorf("only %d resets", stats.Resets["epoch"])
	}
}
