package runtime

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"sync"
	"time"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

// keyedCalls are the calls of a server that carry an Idempotency-Key.
type keyedCalls struct {
	store IdempotencyStore
	scope func(ctx context.Context) string // nil: by what callers show

	mu      sync.Mutex // guards running
	running map[string]*keyedCall
}

// A keyedCall is one that runs; calls with the same key wait for it.
type keyedCall struct {
	fingerprint string
	caller      string
	done        chan struct{}
	answer      *keptAnswer // what it came to; nil: nothing that can be repeated. Written before done is closed.
}

func newKeyedCalls(set *settings) *keyedCalls {
	if set.idempotency == nil {
		return nil
	}
	return &keyedCalls{store: set.idempotency, scope: set.idempotencyScope, running: make(map[string]*keyedCall)}
}

// enter makes the call the one that runs under a key, or returns the one that does.
func (k *keyedCalls) enter(key, fingerprint, caller string) (call *keyedCall, mine bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if call := k.running[key]; call != nil {
		return call, false
	}
	call = &keyedCall{fingerprint: fingerprint, caller: caller, done: make(chan struct{})}
	k.running[key] = call
	return call, true
}

func (k *keyedCalls) leave(key string, call *keyedCall) {
	k.mu.Lock()
	delete(k.running, key)
	k.mu.Unlock()
	close(call.done)
}

// idempotencyHeader returns the lines of the header; nil is none.
func (src *source) idempotencyHeader() []string {
	const name = "Idempotency-Key"
	if src.req != nil {
		return src.req.Header[name]
	}
	if raw := src.in.callHeader(name); raw != nil {
		return []string{jsonText(raw)}
	}
	return src.in.defaults[name]
}

// once answers a call of an operation that changes something: with a key it runs once.
func (s *Server) once(ex *exchange, plan *operationPlan, src *source, accept string) *reply {
	lines := src.idempotencyHeader()
	if lines == nil {
		return s.answer(ex, plan, accept)
	}
	name, p := idempotencyKey(lines)
	if p != nil {
		return problemReply(p)
	}
	caller := s.keyed.caller(ex, src)
	key, fingerprint := keyDigest(ex.op, name, caller), ex.fingerprint(plan)
	deadline := time.NewTimer(idempotencyPatience)
	defer deadline.Stop()
	for {
		call, mine := s.keyed.enter(key, fingerprint, caller)
		if mine {
			return s.runKeyed(ex, plan, accept, key, call)
		}
		if call.fingerprint != fingerprint {
			return problemReply(keyReused())
		}
		if c := socketCallOf(ex.ctx); c != nil && c.ticket != 0 {
			c.socket.order.done(c.ticket) // the call that this one waits for may be behind it
		}
		select {
		case <-call.done:
		case <-ex.ctx.Done():
			return problemReply(contextProblem(ex.ctx))
		case <-deadline.C:
			return problemReply(keyRunning())
		}
		if call.answer != nil {
			return s.repeat(ex, plan, accept, call.answer)
		}
	}
}

// runKeyed runs a call, unless the store knows what it came to before.
func (s *Server) runKeyed(ex *exchange, plan *operationPlan, accept, key string, call *keyedCall) *reply {
	defer s.keyed.leave(key, call)
	entry := IdempotencyEntry{Fingerprint: call.fingerprint, Caller: call.caller}
	taken, err := s.keyed.store.Claim(ex.ctx, key, entry)
	switch {
	case err != nil:
		s.log.ErrorContext(ex.ctx, "an Idempotency-Key cannot be claimed", "operation", ex.op.op.ID, "error", err)
		return problemReply(unavailable("the call cannot be protected against running twice now", 0))
	case taken == nil:
		return s.runClaimed(ex, plan, accept, key, call)
	case taken.Fingerprint != call.fingerprint:
		return problemReply(keyReused())
	case taken.Answer == nil:
		return problemReply(keyRunning())
	}
	if call.answer, err = readAnswer(taken.Answer); err != nil {
		s.log.ErrorContext(ex.ctx, "a kept answer cannot be read", "operation", ex.op.op.ID, "error", err)
		return problemReply(answerNotKept())
	}
	return s.repeat(ex, plan, accept, call.answer)
}

// runClaimed runs a call whose key is new.
func (s *Server) runClaimed(ex *exchange, plan *operationPlan, accept, key string, call *keyedCall) (out *reply) {
	// Whoever asks again wants to know, whether or not this caller is still there.
	storing := context.WithoutCancel(ex.ctx)
	waits, last := outlive(ex, plan.timeout)
	defer func() {
		ex.ctx = waits
		last()
		var err error
		if call.answer == nil {
			err = s.keyed.store.Release(storing, key)
		} else {
			entry := IdempotencyEntry{Fingerprint: call.fingerprint, Answer: call.answer.encode(), Caller: call.caller}
			err = s.keyed.store.Answer(storing, key, entry)
		}
		if err != nil {
			s.log.ErrorContext(storing, "the answer of a call with an Idempotency-Key is not kept", "operation", ex.op.op.ID, "error", err)
		}
	}()
	out = s.answer(ex, plan, accept)
	if worthKeeping(out.status) {
		call.answer = s.keep(ex, out)
	}
	return out
}

// repeat answers as before.
func (s *Server) repeat(ex *exchange, plan *operationPlan, accept string, kept *keptAnswer) *reply {
	if kept.lost {
		return problemReply(answerNotKept())
	}
	ex.kept = kept
	ex.published.again(kept.published)
	return s.answer(ex, plan, accept)
}

// outlive gives the handler of ex a context that goes on for a while when the caller has left. It returns
// the context that the exchange had, and what to call when the handler has returned.
func outlive(ex *exchange, timeout time.Duration) (before context.Context, returned func()) {
	before = ex.ctx
	ctx, cancel := context.WithCancel(context.WithoutCancel(before))
	if timeout > 0 {
		cancelAll := cancel
		var cancelTimeout context.CancelFunc
		ctx, cancelTimeout = context.WithTimeout(ctx, timeout)
		cancel = func() { cancelTimeout(); cancelAll() }
	}
	ex.ctx = ctx
	var mu sync.Mutex // guards over and timer
	over := false
	var timer *time.Timer
	context.AfterFunc(before, func() {
		mu.Lock()
		defer mu.Unlock()
		if over || ex.server.revoked.since(ex.mark, ex.identity) {
			cancel() // one that has been sent away does not come back for the answer
			return
		}
		timer = time.AfterFunc(idempotencyPatience, cancel)
	})
	return before, func() {
		mu.Lock()
		defer mu.Unlock()
		over = true
		if timer != nil {
			timer.Stop()
			cancel()
		}
	}
}

// keyDigest is the name under which the store has a key: of this principal and this operation alone.
func keyDigest(op *boundOperation, key, caller string) string {
	d := newDigest()
	d.add(op.op.ID, key, caller)
	return d.String()
}

// caller is a digest of the principal.
func (k *keyedCalls) caller(ex *exchange, src *source) string {
	d := newDigest()
	switch {
	case ex.identity != nil && ex.identity.Subject != "" && len(ex.op.op.Security) > 0:
		// Without security the two transports know different things about a caller.
		d.add("subject", ex.identity.Subject)
	case k.scope != nil:
		d.add("scope", k.scope(ex.ctx))
	default:
		d.add("shown")
		credentialSource{server: ex.server, req: src.req, in: src.in}.show(d)
	}
	return d.String()
}

// show adds the credentials that a call carries.
func (src credentialSource) show(d digest) {
	d.add(src.header("Authorization"))
	handshake := src.req
	if handshake == nil {
		handshake = src.in.handshake
	}
	if handshake != nil {
		d.add(handshake.Header["Cookie"]...)
		if t := handshake.TLS; t != nil && len(t.PeerCertificates) > 0 {
			d.add(string(t.PeerCertificates[0].Raw))
		}
	}
	for i := range src.server.api.Security {
		if scheme := &src.server.api.Security[i]; scheme.Type == "apiKey" && scheme.In != InCookie {
			d.add(scheme.Name, src.apiKey(scheme))
		}
	}
}

// otherEachTime are headers that may differ between a call and the same call made again.
var otherEachTime = headerSet("Idempotency-Key", "Traceparent", "Tracestate", "Baggage", "X-Request-Id", "X-Correlation-Id", "Authorization")

// fingerprint tells one request of an operation from another.
func (ex *exchange) fingerprint(plan *operationPlan) string {
	d := newDigest()
	for _, b := range plan.request.params {
		if b.in == InCookie || b.in == InHeader && otherEachTime[b.header] {
			continue
		}
		if text, ok := b.appendJSON(nil, requestBase(ex.request)); ok {
			d.add(string(b.in), b.name, string(text))
		}
	}
	d.add("body", string(withoutSpace(ex.body)), string(ex.reader.raw))
	return d.String()
}

// withoutSpace returns JSON text without the white space that means nothing: the transports disagree on it.
func withoutSpace(text []byte) []byte {
	if bytes.IndexAny(text, " \t\r\n") < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		switch c := text[i]; c {
		case ' ', '\t', '\r', '\n':
			i++
		case '"':
			end, _ := jsonscan.String(text, i)
			if end <= i {
				return text // no JSON, which has been refused before
			}
			out = append(out, text[i:end]...)
			i = end
		default:
			out = append(out, c)
			i++
		}
	}
	return out
}

// A digest is of a list of texts, in which none can pass for two.
type digest struct{ hash.Hash }

func newDigest() digest { return digest{sha256.New()} }

func (d digest) add(texts ...string) {
	for _, text := range texts {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(text)))
		d.Write(length[:])
		d.Write([]byte(text))
	}
}

func (d digest) String() string { return base64.RawURLEncoding.EncodeToString(d.Sum(nil)) }
