package runtime

import (
	"context"
	"log/slog"
	"net/http"
)

// A Server serves one document over HTTP and over sockets.
type Server struct {
	api      *API
	settings settings
	log      *slog.Logger
	ops      map[string]*boundOperation // by operationId
	realtime realtimeHooks
}

// An Option changes how a Server works. Options are applied in order.
type Option func(*settings)

type settings struct {
	socket socketSettings
}

// A boundOperation is an Operation together with its handler and everything that is worked out
// once: how to decode its request, how to encode each of its answers.
type boundOperation struct {
	op *Operation
}

func (o *boundOperation) paramJSON(req any, in In, name string) ([]byte, bool) { return nil, false }

// call runs one operation for the socket transport. It never panics and always returns a
// reply: 404 for an unknown operation, 499 when ctx was cancelled, 504 when its deadline
// passed, 500 for a panic. The caller owns the reply and releases it.
func (s *Server) call(ctx context.Context, in *callInput) *reply {
	return &reply{status: http.StatusNotImplemented}
}

// operation returns the bound operation with the id, nil when there is none.
func (s *Server) operation(id string) *boundOperation { return s.ops[id] }

// authorise checks credentials against requirements for something that is no operation: the
// handshake (Realtime.Security) or a channel (ChannelSpec.Security). The input carries the
// credentials; its op and parameters are not looked at. It returns who was accepted, nil when
// nothing is required, or a problem 401, 403 or 500.
func (s *Server) authorise(ctx context.Context, in *callInput, requirements []Requirement) (*Identity, *Problem) {
	return nil, nil
}
