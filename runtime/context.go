package runtime

import "context"

// A Transport is a way in which a call arrived.
type Transport string

// The transports.
const (
	TransportHTTP   Transport = "http"
	TransportSocket Transport = "socket"
)

// A Call says which call a context belongs to.
type Call struct {
	Operation string    // operationId
	Transport Transport // how it came
	SocketID  string    // the caller's socket, as SocketID returns it; empty: none
}

// CallFrom returns the call that ctx belongs to. It works in handlers, in middleware and in
// security checks; ok is false for any other context.
func CallFrom(ctx context.Context) (call Call, ok bool) {
	c := callOf(ctx)
	if c == nil || c.op == nil {
		return Call{}, false
	}
	call = Call{Operation: c.op.op.ID, Transport: TransportHTTP}
	call.SocketID, _ = SocketID(ctx)
	if c.socketID != "" {
		call.Transport = TransportSocket
	}
	return call, true
}

// IsSocket reports whether ctx belongs to a call that came by socket.
func IsSocket(ctx context.Context) bool {
	c := callOf(ctx)
	return c != nil && c.socketID != ""
}

// SocketID returns the id of the caller's socket, which Channel.Join and ToSocket take: the socket that
// the call of ctx came by or, in a call over HTTP that names its session, the caller's event stream. Such
// a call is still one over HTTP, and [IsSocket] is false; in its middleware, which runs before the
// session has been looked at, there is no id yet. In any other call over HTTP ok is false.
func SocketID(ctx context.Context) (id string, ok bool) {
	c := callOf(ctx)
	switch {
	case c == nil:
	case c.socketID != "":
		return c.socketID, true
	case c.exchange != nil && c.exchange.socket != nil:
		return c.exchange.socket.id, true
	}
	return "", false
}

// ServerFrom returns the server that runs the call of ctx, nil for any other context. Handlers
// use it to publish.
func ServerFrom(ctx context.Context) *Server {
	if c := callOf(ctx); c != nil {
		return c.server
	}
	return nil
}

// IdentityFrom returns who makes the call of ctx: what the security checks of its operation
// returned or, for an operation without security that is called by socket, who opened the
// socket. It is nil when nobody is known, and in middleware, which runs before the checks.
func IdentityFrom(ctx context.Context) *Identity {
	if c := callOf(ctx); c != nil {
		return c.identity
	}
	return nil
}

// callContext carries what the runtime knows about a call. It is a context of its own rather
// than a chain of values, so that a call costs one allocation.
type callContext struct {
	context.Context
	server   *Server
	op       *boundOperation // nil: no operation matched
	identity *Identity
	exchange *exchange // nil before there is one: in middleware
	socketID string    // empty over HTTP

	path    []string     // values of the path parameters, in the order of the template; not decoded
	escaped bool         // path is percent-encoded
	input   *callInput   // over the socket
	fixed   *fixedAnswer // what to answer when op is nil
	handOff *handOff     // over the socket: what does not fit through a http.ResponseWriter
}

type callContextKey struct{}

// Value returns the callContext itself for its key and asks the parent for all others.
func (c *callContext) Value(key any) any {
	if _, ok := key.(callContextKey); ok {
		return c
	}
	return c.Context.Value(key)
}

func callOf(ctx context.Context) *callContext {
	c, _ := ctx.Value(callContextKey{}).(*callContext)
	return c
}
