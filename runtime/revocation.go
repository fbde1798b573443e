package runtime

import (
	"sync"
	"sync/atomic"
	"time"
)

// revocations remember for a while whom the application has sent away, so that a check of
// credentials which began before cannot let somebody in after. The zero value is ready.
type revocations struct {
	count atomic.Uint64 // grows with every revocation

	mu    sync.Mutex // guards taken
	taken map[string]revocation
}

type revocation struct {
	number uint64
	at     time.Time
}

// A revocation is remembered for revocationKept, or longer while there are few: no check of
// credentials and no wait in a line takes so long.
const (
	revocationKept  = time.Hour
	revocationsFree = 1024
)

// mark is where a check of credentials begins.
func (r *revocations) mark() uint64 { return r.count.Load() }

// add sends a principal away. What has been joined in its name until now is the caller's to find;
// what is joined from now on finds the revocation.
func (r *revocations) add(subject string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if r.taken == nil {
		r.taken = make(map[string]revocation)
	}
	if len(r.taken) >= revocationsFree {
		for other, one := range r.taken {
			if now.Sub(one.at) > revocationKept {
				delete(r.taken, other)
			}
		}
	}
	r.taken[subject] = revocation{r.count.Load() + 1, now}
	r.count.Add(1)
}

// since reports whether somebody has been sent away since a mark.
func (r *revocations) since(mark uint64, id *Identity) bool {
	if id == nil || r.count.Load() == mark {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.taken[id.Subject].number > mark
}
