package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// A Server serves one document over HTTP and over sockets. It is an http.Handler: give it to an
// http.Server, or mount it in a mux under its base path. All methods are safe for concurrent use.
type Server struct {
	api      *API
	settings settings
	log      *slog.Logger
	router   router
	ops      map[string]*boundOperation // by operationId
	schemes  map[string]*SecurityScheme // by name
	faults   []error                    // of bindings
	schemas  func() (*jsonschema.Set, error)
	realtime realtimeHooks
	revoked  revocations
	keyed    *keyedCalls // nil: no operation minds an Idempotency-Key

	socketPath, streamPath string // with the base path; empty: the document has no realtime

	middleware middleware
}

// NewServer returns a server for a document whose operations are bound. Emitted code calls it.
// It does not panic: an operation that cannot be served as it stands is logged and answers 500,
// and the others are not touched.
func NewServer(api *API, bindings []Binding, opts ...Option) *Server {
	s := &Server{
		api:      api,
		settings: defaultSettings(),
		ops:      make(map[string]*boundOperation, len(bindings)),
		schemes:  make(map[string]*SecurityScheme, len(api.Security)),
	}
	for _, opt := range opts {
		if opt != nil {
			opt(&s.settings)
		}
	}
	s.log = s.settings.logger
	s.schemas = sync.OnceValues(s.loadSchemas)
	s.keyed = newKeyedCalls(&s.settings)
	for i := range api.Security {
		s.schemes[api.Security[i].Name] = &api.Security[i]
	}
	for _, b := range bindings {
		s.bind(b)
	}
	s.reportMissingChecks()
	s.realtime = noRealtime{}
	if api.Realtime != nil {
		s.socketPath = s.settings.basePath + orDefault(api.Realtime.Endpoint, "/realtime")
		s.streamPath = s.settings.basePath + orDefault(api.Realtime.Stream, "/realtime/stream")
		s.realtime = newRealtime(s)
	}
	return s
}

func orDefault(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

func (s *Server) bind(b Binding) {
	if b.op == nil {
		s.log.Error("a binding is empty: make it with Bind")
		s.faults = append(s.faults, errors.New("a binding is empty: make it with Bind"))
		return
	}
	o := newBoundOperation(s, b)
	if s.ops[b.op.ID] != nil {
		s.log.Error("two operations have one id; the first stays", "operation", b.op.ID)
		s.faults = append(s.faults, fmt.Errorf("operation %s: another has the same id", b.op.ID))
		return
	}
	s.ops[b.op.ID] = o
	if err := s.router.add(b.op.Method, b.op.Path, o); err != nil {
		s.log.Error("an operation has no route", "operation", b.op.ID, "error", err)
		s.faults = append(s.faults, fmt.Errorf("operation %s: no route: %w", b.op.ID, err))
	}
}

func (s *Server) loadSchemas() (*jsonschema.Set, error) {
	text := s.api.Schemas
	if text == "" {
		text = "{}"
	}
	set, err := jsonschema.NewSet(text, jsonschema.Options{Unsupported: func(u jsonschema.Unsupported) {
		s.log.Warn("a schema keyword is not checked", "schema", u.Where, "keyword", u.Keyword, "detail", u.Detail)
	}})
	if err != nil {
		return nil, fmt.Errorf("schema table: %w", err)
	}
	return set, nil
}

// reportMissingChecks logs every security scheme that an operation asks for and that has no
// check. Such operations answer 500 rather than let anybody in.
func (s *Server) reportMissingChecks() {
	missing := make(map[string][]string)
	for id, o := range s.ops {
		for _, alternative := range o.op.Security {
			for _, use := range alternative {
				if s.settings.checks[use.Scheme] == nil || s.schemes[use.Scheme] == nil {
					missing[use.Scheme] = append(missing[use.Scheme], id)
				}
			}
		}
	}
	for scheme, ids := range missing {
		s.log.Error("a security scheme has no check: pass the option that emitted code has for it",
			"scheme", scheme, "operations", len(ids))
	}
}

// operation returns the bound operation with the id, nil when there is none.
func (s *Server) operation(id string) *boundOperation { return s.ops[id] }

// Shutdown asks every socket to leave, lets running calls finish and closes what remains when
// ctx ends, whose error it then returns. Called again, it waits for the same end. HTTP requests are
// the business of http.Server.Shutdown, which does not know of sockets; see
// [Server.RegisterOnShutdown].
func (s *Server) Shutdown(ctx context.Context) error { return s.realtime.shutdown(ctx) }

// RegisterOnShutdown makes h.Shutdown drain the sockets of s as well. The drain runs beside h's
// own shutdown and is cut off when ctx ends. h.Shutdown does not wait for it: a program calls
// [Server.Shutdown] after it, which does.
func (s *Server) RegisterOnShutdown(ctx context.Context, h *http.Server) {
	h.RegisterOnShutdown(func() {
		if err := s.Shutdown(ctx); err != nil {
			s.log.Warn("sockets were cut off while draining", "error", err)
		}
	})
}

// authorise checks credentials against requirements for something that is no operation: the
// handshake (Realtime.Security) or a channel (ChannelSpec.Security). The input carries the
// credentials; its op and parameters are not looked at. It returns who was accepted, nil when
// nothing is required, or a problem 401, 403 or 500.
func (s *Server) authorise(ctx context.Context, in *callInput, requirements []Requirement) (*Identity, *Problem) {
	return s.secure(ctx, "", requirements, credentialSource{server: s, in: in})
}

// trimBase returns the path below the base path, "" when path is not below it.
func (s *Server) trimBase(path string) string {
	if s.settings.basePath == "" {
		return path
	}
	rest, ok := strings.CutPrefix(path, s.settings.basePath)
	if !ok {
		return ""
	}
	return rest
}
