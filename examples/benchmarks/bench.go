package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"
)

// A bench is one run of the comparison.
type bench struct {
	budget      time.Duration
	rounds      int
	sockets     int
	many        bool
	idleSockets int
	profiles    string
	only        []string

	ctx     context.Context
	began   time.Time
	section string
	results *results
}

// over tells that nothing more may begin.
func (b *bench) over() bool { return b.ctx.Err() != nil || time.Since(b.began) > b.budget }

// phase is how long one thing is measured: half a second where the budget is five minutes.
func (b *bench) phase() time.Duration {
	return min(max(b.budget/600, 50*time.Millisecond), 5*time.Second)
}

// inTurns measures contestants one after the other, over and over, beginning with another one each
// time. One that fails is reported and left out; what is wrong with it must not look like a figure.
func (b *bench) inTurns(contestants []string, measure func(contestant string) error) error {
	var racing []string
	for _, c := range contestants {
		if len(b.only) == 0 || slices.Contains(b.only, c) {
			racing = append(racing, c)
		}
	}
	failed := map[string]bool{}
	for round := range b.rounds {
		for i := range racing {
			c := racing[(i+round)%len(racing)]
			if failed[c] || round > 0 && b.over() {
				continue
			}
			if err := b.ctx.Err(); err != nil {
				return err
			}
			if err := measure(c); err != nil {
				failed[c] = true
				b.results.drop(b.section, c)
				fmt.Fprintf(os.Stderr, "%s: %s: %v\n", b.section, c, err)
			}
		}
	}
	return nil
}

// note keeps one value.
func (b *bench) note(contestant, column string, value float64) {
	b.results.add(b.section, contestant, column, value)
}

// enoughFiles makes sure that so many sockets can be open in one process.
func enoughFiles(sockets int) error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return err
	}
	if want := uint64(sockets + 200); l.Max < want {
		return fmt.Errorf("%d sockets need as many open files and the limit is %d: raise it by ulimit -n %d", sockets, l.Max, want)
	}
	return nil
}
