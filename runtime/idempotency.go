package runtime

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// An IdempotencyStore keeps what calls with an Idempotency-Key came to, so that a call that is made again
// with the same key is answered and not run. Keys are opaque: digests of the principal, the operation and
// the client's key. Entries may be forgotten at any time, oldest first; a call that comes later than that
// runs again. A store that is of a bounded size counts by Caller, lest one caller push out the answers of others. All methods are safe for concurrent use.
//
// Several servers of one application share a store, and no key may be claimed twice: in SQL a Claim is an
// insert that does nothing on a conflict, in Redis a SET with NX. Give claims a shorter life than answers,
// for a server that dies leaves its own behind, which nobody can take before they are gone.
type IdempotencyStore interface {
	// Claim keeps an entry without an answer under a key that is free, and returns nil. Under a key that is
	// taken it changes nothing and returns the entry that is there.
	Claim(ctx context.Context, key string, entry IdempotencyEntry) (taken *IdempotencyEntry, err error)

	// Answer replaces the entry of a claimed key by one with an answer.
	Answer(ctx context.Context, key string, entry IdempotencyEntry) error

	// Release makes a claimed key free again: the call has not been done.
	Release(ctx context.Context, key string) error
}

// An IdempotencyEntry is what an [IdempotencyStore] keeps under a key.
type IdempotencyEntry struct {
	Fingerprint string // digest of the request: the same key with another request is refused
	Answer      []byte // opaque; nil while the call runs
	Caller      string // digest of the principal, for stores that see to it that nobody takes all of their room
}

// WithIdempotency sets where the answers of calls with an Idempotency-Key are kept; nil switches the
// feature off, and the header means nothing then but what the document says. The default is
// [NewMemoryIdempotency] with its defaults.
//
// A call of an operation that changes something (any method but GET, HEAD, OPTIONS, TRACE and QUERY) with
// such a header runs once. Made again by the same principal, over either transport, it is answered as
// before: status, headers and body. Its events are not published again; channels are joined and left, for
// these belong to the connection. While it still runs, the second call waits for it; for 30 seconds, then
// it gets a 409, as at once when another server runs it. The same key with another request is answered
// 422: with other parameters or another body. Bodies that handlers read as a stream or as files do not
// count there.
//
// The call with a key goes on when its caller leaves, for up to 30 seconds: the caller will come back and
// ask. Kept are answers that repeating would not change: not 401, 408, 425, 429 and 5xx, nor that of a
// panic; after these the call runs again. A streamed answer, or one of more than 1 MiB, cannot be kept:
// the call made again gets a 409 and does not run.
func WithIdempotency(store IdempotencyStore) Option {
	return func(s *settings) { s.idempotency = store }
}

// IdempotencyScope sets how callers are told apart whose operation asks for no security, because
// middleware has decided who they are: ctx is the context that the handler gets. Two callers with
// different scopes may use the same key. Without it such a caller is known by the credentials that its
// call carries: Authorization, cookies and the keys of the document's security schemes. Callers without
// any have one scope, and are told apart by how hard their keys are to guess.
func IdempotencyScope(scope func(ctx context.Context) string) Option {
	return func(s *settings) { s.idempotencyScope = scope }
}

const (
	// maxIdempotencyKey is what clients need for any kind of unique id, and no place to keep data in.
	maxIdempotencyKey = 255

	// maxKeptAnswer is as large as a body that is decoded in memory.
	maxKeptAnswer = 1 << 20

	// idempotencyPatience is how long a call waits for the one that has its key, and how long that one goes
	// on for nobody: as long as a client that retries will be interested.
	idempotencyPatience = 30 * time.Second
)

// idempotencyKey reads the header: a string of structured fields, as the IETF's draft has it, or its text
// without the quotes, as most clients send it.
func idempotencyKey(lines []string) (key string, p *Problem) {
	if len(lines) != 1 {
		return "", badIdempotencyKey("comes once")
	}
	key = trimField(lines[0])
	if quoted, ok := strings.CutPrefix(key, `"`); ok {
		quoted, ok = strings.CutSuffix(quoted, `"`)
		if !ok {
			return "", badIdempotencyKey("is a string that does not end")
		}
		key = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(quoted)
	}
	if key == "" || len(key) > maxIdempotencyKey {
		return "", badIdempotencyKey("has 1 to 255 characters")
	}
	return key, nil
}

func badIdempotencyKey(detail string) *Problem {
	return invalidRequest([]FieldError{{In: string(InHeader), Name: "Idempotency-Key", Rule: "idempotency-key", Detail: detail}})
}

// changesSomething tells whether calls of a method can be told apart by being made twice.
func changesSomething(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, "QUERY":
		return false
	}
	return true
}

// worthKeeping tells whether an answer of a status is the end of the matter.
func worthKeeping(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests, statusCancelled:
		return false
	}
	return status < 500
}

func keyReused() *Problem {
	return fault(http.StatusUnprocessableEntity, "idempotency-key-reused", "the Idempotency-Key belongs to another request")
}

func keyRunning() *Problem {
	p := fault(http.StatusConflict, "idempotency-key-running", "the call with this Idempotency-Key is still running")
	p.Header = http.Header{"Retry-After": {"1"}}
	return p
}

func answerNotKept() *Problem {
	return fault(http.StatusConflict, "idempotency-answer-lost", "the call has been made, and its answer could not be kept")
}
