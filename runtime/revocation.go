package runtime

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// revocations remember for a while whom the application has sent away, so that a check of
// credentials which began before cannot let somebody in after. The zero value is ready.
type revocations struct {
	count atomic.Uint64 // grows with every revocation

	mu      sync.Mutex // guards everything below
	taken   map[string]revocation
	streams map[*followed]struct{} // streamed answers over HTTP that end with their caller
}

// A followed is a streamed answer.
type followed struct {
	subject string
	cancel  func()
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
	for f := range r.streams {
		if f.subject == subject {
			f.cancel()
		}
	}
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

// errSentAway is the cause of a context whose caller has been sent away.
var errSentAway = errors.New("the caller has been sent away")

// follow returns a context for a call with a streamed answer that ends when its caller is sent away, or has
// been since a mark.
func (r *revocations) follow(ctx context.Context, mark uint64, id *Identity) (following context.Context, stop func()) {
	following, cancel := context.WithCancelCause(ctx)
	f := &followed{id.Subject, func() { cancel(errSentAway) }}
	r.mu.Lock()
	if r.streams == nil {
		r.streams = make(map[*followed]struct{})
	}
	r.streams[f] = struct{}{}
	r.mu.Unlock()
	if r.since(mark, id) {
		f.cancel()
	}
	return following, func() {
		r.mu.Lock()
		delete(r.streams, f)
		r.mu.Unlock()
		cancel(nil)
	}
}

// revokedProblem is the answer to a call whose caller has been sent away meanwhile.
func revokedProblem() *Problem {
	return fault(http.StatusUnauthorized, "revoked", "the credentials are no longer good")
}

// sentAway reports whether the caller has been sent away while its credentials were checked. From here on a
// revocation finds the call by itself: by its socket or, when others have opened that, by its caller.
func (s *Server) sentAway(ex *exchange) bool {
	if in := ex.input; in != nil && (in.identity == nil || in.identity.Subject != ex.identity.Subject) {
		if c := socketCallOf(ex.ctx); c != nil {
			c.caller.Store(ex.identity)
		}
	}
	return s.revoked.since(ex.mark, ex.identity)
}
