//go:build !race

package runtime

import (
	"net/http/httptest"
	"testing"
)

// The race detector makes pools forget at random, so counts mean something without it only.

// Budgets are exact counts: one allocation more is a decision, not an accident.
func TestAllocationBudgets(t *testing.T) {
	for _, tc := range []struct {
		name   string
		run    func() func()
		budget float64
	}{
		{"GET with four parameters", func() func() { return runner(t, benchServer(), searchHTTP(), "", 200) }, 3},
		{"POST of 1 KB", func() func() { return runner(t, benchServer(), purchaseHTTP(), kilobyte, 201) }, 8},
		{"direct call with four parameters", func() func() { return caller(t, benchServer(), searchCall, 200) }, 6},
		{"direct call of 1 KB", func() func() { return caller(t, benchServer(), purchaseCall, 201) }, 8},
		{"call through five middlewares", func() func() {
			s := benchServer()
			s.Use(passing, passing, passing, passing, passing)
			return caller(t, s, searchCall, 200)
		}, 6 + 12},
	} {
		run := tc.run()
		run()
		if got := testing.AllocsPerRun(200, run); got > tc.budget {
			t.Errorf("%s: %v allocations, budget %v", tc.name, got, tc.budget)
		} else {
			t.Logf("%s: %v allocations of %v", tc.name, got, tc.budget)
		}
	}
}

// TestAllocationsOfASocketCall counts what a typed call costs from the connection to the connection, with 64
// in flight. A few pools are emptied meanwhile.
func TestAllocationsOfASocketCall(t *testing.T) {
	const calls, budget = 64, 7
	srv := httptest.NewServer(noteServer())
	t.Cleanup(srv.Close)
	p := newPipeline(t, srv.Listener.Addr().String(), calls)
	p.round(t)
	if got := testing.AllocsPerRun(100, func() { p.round(t) }) / calls; got > budget+0.2 {
		t.Errorf("%v allocations for each call, budget %d", got, budget)
	} else {
		t.Logf("%v allocations of %d", got, budget)
	}
}
