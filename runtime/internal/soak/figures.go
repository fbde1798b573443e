package main

import (
	"fmt"
	"os"
	"runtime"
)

// A figure is what the process holds at a time.
type figure struct {
	heap        uint64 // bytes in use after a collection
	goroutines  int
	descriptors int // 0 where the system does not tell
}

func measured() figure {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f := figure{heap: m.HeapAlloc, goroutines: runtime.NumGoroutine()}
	if list, err := os.ReadDir("/proc/self/fd"); err == nil {
		f.descriptors = len(list)
	}
	return f
}

func (f figure) String() string {
	return fmt.Sprintf("heap %5.1f MiB  goroutines %4d  descriptors %4d", float64(f.heap)/(1<<20), f.goroutines, f.descriptors)
}

type figures []figure

// halves returns the mean of each half. The first sixth is not looked at: connections are made,
// pools and maps reach their size.
func (all figures) halves() (early, late figure) {
	all = all[len(all)/6:]
	return all[:len(all)/2].mean(), all[len(all)/2:].mean()
}

func (all figures) mean() (m figure) {
	if len(all) == 0 {
		return m
	}
	for _, f := range all {
		m.heap, m.goroutines, m.descriptors = m.heap+f.heap, m.goroutines+f.goroutines, m.descriptors+f.descriptors
	}
	n := len(all)
	return figure{m.heap / uint64(n), m.goroutines / n, m.descriptors / n}
}

// growth is what the later half may have more than the earlier one: clients come and go by chance.
const growth = 1.25

// flat returns an error when something grows. Room is left for what is too small to matter.
func (all figures) flat() error {
	if len(all) < 6 {
		return fmt.Errorf("%d figures are too few to judge", len(all))
	}
	early, late := all.halves()
	for _, f := range []struct {
		name               string
		early, late, slack float64
	}{
		{"heap", float64(early.heap), float64(late.heap), 2 << 20},
		{"goroutines", float64(early.goroutines), float64(late.goroutines), 50},
		{"descriptors", float64(early.descriptors), float64(late.descriptors), 20},
	} {
		if f.late > f.early*growth+f.slack {
			return fmt.Errorf("%s grow from %.0f to %.0f", f.name, f.early, f.late)
		}
	}
	return nil
}
