package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestSoakOfSomeSeconds(t *testing.T) {
	var out bytes.Buffer
	s := soak{clients: 40, length: 5 * time.Second, out: &out}
	if err := s.run(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if s.restarts == 0 || !strings.Contains(out.String(), "last half:") {
		t.Errorf("got\n%s", out.String())
	}
}

func TestGrowthIsFound(t *testing.T) {
	t.Parallel()
	for name, grow := range map[string]func(f *figure, i int){
		"heap":        func(f *figure, i int) { f.heap += uint64(i) << 20 },
		"goroutines":  func(f *figure, i int) { f.goroutines += 20 * i },
		"descriptors": func(f *figure, i int) { f.descriptors += 10 * i },
	} {
		var still, growing figures
		for i := range 30 {
			f := figure{heap: 10 << 20, goroutines: 100, descriptors: 100}
			still = append(still, f)
			grow(&f, i)
			growing = append(growing, f)
		}
		if err := still.flat(); err != nil {
			t.Error(err)
		}
		if err := growing.flat(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %s to be named", err, name)
		}
	}
}
