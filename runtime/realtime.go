package runtime

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
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

	hub      *hub
	sockets  *registry
	workers  *workers
	flushers *flushers
	lines    lines
	plans    sync.Map // *Operation → *actionPlan
	stopping atomic.Bool

	// The seam to the call path; tests put their own in.
	call      func(ctx context.Context, in *callInput) *reply
	authorise func(ctx context.Context, in *callInput, requirements []Requirement) (*Identity, *Problem)
	operation func(id string) *boundOperation
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
		call:      s.call, authorise: s.authorise, operation: s.operation, schemas: s.schemas,
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
	}
	rt.hub = newHub(rt, engine, s.api.Realtime.Channels)
	return rt
}

// maxWaitingDefault is the default of MaxWaiting.
const maxWaitingDefault = 1 << 14

func newRegistry(set *socketSettings) *registry {
	g := &registry{max: set.maxSockets, waiting: set.maxWaiting, byID: make(map[string]*Socket)}
	if g.waiting == 0 {
		g.waiting = maxWaitingDefault
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

// drained is called when a draining socket has answered its last call.
func (s *Socket) drained() {
	s.close(closeDrain, &Problem{Status: http.StatusServiceUnavailable, Detail: "the server is going away"}, 0)
}

// shutdown refuses what is new, lets running calls finish and closes every socket with 4200. When
// ctx ends first, what is left is closed at once. It returns when no socket is left.
func (rt *realtime) shutdown(ctx context.Context) error {
	rt.stopping.Store(true)
	for _, s := range rt.sockets.all() {
		s.drain(ctx)
	}
	defer func() {
		if err := rt.hub.engine.Close(); err != nil {
			rt.log().Warn("the engine is not closed", "error", err)
		}
	}()
	select {
	case <-rt.sockets.gone():
		return nil
	case <-ctx.Done():
	}
	for _, s := range rt.sockets.all() {
		s.drained()
	}
	// Closing takes at most the write deadline: a peer that reads gets its bye.
	for _, s := range rt.sockets.all() {
		s.wire.setReadDeadline(time.Now().Add(lingering))
	}
	<-rt.sockets.gone()
	return ctx.Err()
}

// drain tells one client to go elsewhere, and closes the socket when no call runs on it.
func (s *Socket) drain(ctx context.Context) {
	s.mu.Lock()
	s.draining.Store(true)
	idle := s.active == 0
	s.mu.Unlock()
	deadline := time.Duration(0)
	if at, ok := ctx.Deadline(); ok {
		deadline = max(0, time.Until(at))
	}
	s.post(encodeDrain(0, deadline))
	if idle {
		s.drained()
	}
}
