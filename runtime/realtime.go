package runtime

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// realtime is the socket side of a server: its sockets, its channels, and what operations do to
// both. It implements realtimeHooks.
type realtime struct {
	server    *Server
	spec      *Realtime
	settings  *socketSettings
	limits    limits
	heartbeat time.Duration
	origins   origins
	resumeKey []byte
	node      string // what other servers on the engine call this one; empty: there are none

	hub       *hub
	sockets   *registry
	listeners listeners
	stopping  atomic.Bool
	ending    ending
	workers   *workers
	flushers  *flushers
	watch     watch
	parking   parking
	lines     lines
	plans     sync.Map     // *Operation → *actionPlan
	doubts    atomic.Int64 // when a check that could not decide was last logged, in nanoseconds

	// The seam to the call path; tests put their own in.
	call      func(ctx context.Context, in *callInput) *reply
	authorise func(ctx context.Context, in *callInput, requirements []Requirement) (*Identity, *Problem)
	operation func(id string) *boundOperation
	target    func(op string) *boundOperation // of a call in path form
	schemas   func() (*jsonschema.Set, error)
}

// defaultHeartbeat keeps connections alive through proxies, which often give up after 30 or 60
// seconds.
const defaultHeartbeat = 25 * time.Second

// newRealtime returns the socket side of s.
func newRealtime(s *Server) realtimeHooks {
	if s.api.Realtime == nil {
		return noRealtime{}
	}
	return buildRealtime(s)
}

func buildRealtime(s *Server) *realtime {
	set := &s.settings.socket
	rt := &realtime{
		server: s, spec: s.api.Realtime, settings: set,
		limits:    resolveLimits(s.api.Realtime.Limits.overlay(set.limits)),
		heartbeat: duration(s.api.Realtime.Heartbeat, defaultHeartbeat),
		origins:   newOrigins(set),
		resumeKey: set.resumeKey,
		call:      s.call, authorise: s.authorise, operation: s.operation, target: s.operationAt, schemas: s.schemas,
	}
	if s.settings.bodySet {
		rt.limits.fitBodies(s.settings.limits.message)
	}
	if len(rt.resumeKey) == 0 {
		rt.resumeKey = []byte(rand.Text() + rand.Text())
	}
	rt.sockets = newRegistry(set)
	rt.workers = newWorkers(rt.sockets.any)
	rt.flushers = newFlushers(rt.workers)
	engine := set.engine
	if engine == nil {
		engine = NewMemoryEngine()
		rt.ending.engine = engine
	} else {
		rt.node = newNodeID() // there may be others
	}
	rt.hub = newHub(rt, engine, s.api.Realtime.Channels)
	return rt
}

// The defaults of MaxWaiting and MaxWaitingPerIP. A proxy brings many clients from one address, and
// after a restart all at once; each of them waits for a round trip only.
const (
	maxWaitingDefault      = 1 << 14
	maxWaitingPerIPDefault = 1 << 10
)

func newRegistry(set *socketSettings) *registry {
	g := &registry{
		max: set.maxSockets, waiting: set.maxWaiting, perPeer: set.maxWaitingPerIP,
		byID: make(map[string]*Socket), peers: make(map[string]int),
	}
	if g.waiting == 0 {
		g.waiting = maxWaitingDefault
	}
	if g.perPeer == 0 {
		g.perPeer = maxWaitingPerIPDefault
	}
	g.accept, _ = parseRate(set.accept)
	return g
}

func newOrigins(set *socketSettings) origins {
	o := origins{allowed: make(map[string]bool)}
	for _, text := range set.origins {
		if normal, ok := normalOrigin(text); ok {
			o.allowed[normal] = true
		}
	}
	for _, host := range set.hosts {
		if o.hosts == nil {
			o.hosts = make(map[string]bool)
		}
		o.hosts[host] = true
	}
	return o
}

func (rt *realtime) log() *slog.Logger {
	if rt.server.log == nil {
		return slog.Default()
	}
	return rt.server.log
}

func (rt *realtime) observers() observers { return rt.server.settings.observers }

func (rt *realtime) clock() time.Time { return time.Now() }

// connected runs the OnConnect hooks.
func (rt *realtime) connected(ctx context.Context, s *Socket) *Problem {
	for _, hook := range rt.settings.connect {
		ctx, cancel := context.WithTimeout(ctx, rt.limits.hello)
		_, p := await(ctx, rt, "OnConnect", func() (struct{}, error) { return struct{}{}, hook(ctx, s) })
		cancel()
		if p != nil {
			return p
		}
	}
	return nil
}

// disconnected runs the OnDisconnect hooks.
func (rt *realtime) disconnected(s *Socket, info CloseInfo) {
	for _, hook := range rt.settings.disconnect {
		rt.guard("OnDisconnect", func() { hook(s, info) })
	}
}

// guard keeps a panic of the application from taking the process along.
func (rt *realtime) guard(name string, f func()) {
	defer func() {
		if v := recover(); v != nil {
			rt.log().Error("panic in "+name, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
		}
	}()
	f()
}

// produce runs a stream and turns its panic into an error.
func (rt *realtime) produce(ctx context.Context, stream streamFunc, emit func(streamItem) error) (err error) {
	err = errHookPanic
	rt.guard("stream", func() { err = stream(ctx, emit) })
	return err
}

// mayJoin checks the security of an operation and of a channel that it joins. It returns who makes the
// call, as the operation sees it; nil when nobody is known.
func (rt *realtime) mayJoin(ctx context.Context, in *callInput, op *boundOperation, typ *channelType) (*Identity, *Problem) {
	who := in.identity
	if len(op.op.Security) > 0 {
		var p *Problem
		if who, p = rt.authorise(ctx, in, op.op.Security); p != nil {
			return nil, p
		}
	}
	if len(typ.spec.Security) > 0 {
		if _, p := rt.authorise(ctx, in, typ.spec.Security); p != nil {
			return nil, p
		}
	}
	return who, nil
}

// recheck is mayJoin where nobody waits for the answer: a check that panics says no.
func (rt *realtime) recheck(ctx context.Context, in *callInput, op *boundOperation, typ *channelType) (who *Identity, p *Problem) {
	p = internalError()
	rt.guard("security check", func() { who, p = rt.mayJoin(ctx, in, op, typ) })
	return who, p
}
