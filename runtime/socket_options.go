package runtime

import (
	"context"
	"net/http"
	"strings"
)

// socketSettings are the settings of the socket side.
type socketSettings struct {
	limits       Limits
	origins      []string
	hosts        []string
	authenticate func(context.Context, *http.Request, Credentials) (*Identity, error)
	connect      []func(context.Context, *Socket) error
	disconnect   []func(*Socket, CloseInfo)
	maxSockets   int
	maxWaiting   int

	maxWaitingPerIP int
	accept          string
	engine          Engine
	resumeKey       []byte
}

// WithLimits replaces limits of the document. Fields that are zero stay what they were.
func WithLimits(l Limits) Option {
	return func(s *settings) { s.socket.limits = s.socket.limits.overlay(l) }
}

// AllowOrigins lets pages of further origins open sockets, each given as scheme, host and, where
// it is not the default, port: "https://app.example". Without it only pages of the server's own
// origin may, by scheme, host and port as the server itself sees them; behind a proxy that ends
// TLS, name the public origin here. There is no way to allow every origin: a page that may open
// a socket acts with the cookies of whoever looks at it.
//
// It panics for a text that is no origin.
func AllowOrigins(list ...string) Option {
	for _, o := range list {
		if _, ok := normalOrigin(o); !ok {
			panic("rtgen: AllowOrigins: " + o + " is no origin; write it as https://app.example")
		}
	}
	return func(s *settings) { s.socket.origins = append(s.socket.origins, list...) }
}

// AllowHosts makes the socket endpoint answer only when the Host header is on the list, port
// included: "chat.example", "localhost:8080". It keeps pages from reaching a server on the local
// network under a name of their own (DNS rebinding).
func AllowHosts(list ...string) Option {
	return func(s *settings) {
		for _, h := range list {
			s.socket.hosts = append(s.socket.hosts, strings.ToLower(h))
		}
	}
}

// Authenticate decides who opens a socket, in place of the security that the document gives the
// handshake. It is called before the upgrade with the request and, where the client offered a
// token in its subprotocols, that token; again when a hello or an auth frame brings credentials.
//
// A nil identity without an error means that nobody is known, which is no refusal. An error
// refuses: a *Problem is shown to the client as it is (status 401 lets it get other
// credentials), any other becomes a 401 whose text stays here. The hook has ten seconds; when
// its context ends, the client is refused.
func Authenticate(hook func(ctx context.Context, r *http.Request, c Credentials) (*Identity, error)) Option {
	return func(s *settings) { s.socket.authenticate = hook }
}

// OnConnect runs when a socket has said hello and its credentials are accepted, before the
// client is welcomed and before its first call. An error refuses the socket with 4003; a
// *Problem is shown to the client. Several hooks run in order; each of them has ten seconds.
func OnConnect(hook func(ctx context.Context, s *Socket) error) Option {
	return func(s *settings) { s.socket.connect = append(s.socket.connect, hook) }
}

// OnDisconnect runs exactly once for each socket that OnConnect accepted, when it has ended and
// is a member of no channel any more. Calls of the socket may still be running, with their
// contexts cancelled.
func OnDisconnect(hook func(s *Socket, info CloseInfo)) Option {
	return func(s *settings) { s.socket.disconnect = append(s.socket.disconnect, hook) }
}

// MaxSockets bounds the sockets of this server; further handshakes are answered 503 with
// Retry-After. Zero, the default, is no bound.
func MaxSockets(n int) Option {
	return func(s *settings) { s.socket.maxSockets = n }
}

// MaxWaiting bounds the sockets that have been accepted and have not said hello yet, which is
// what an attacker gets for free; further handshakes are answered 503 with Retry-After. Zero is
// the default, 16384; a negative number is no bound.
func MaxWaiting(n int) Option {
	return func(s *settings) { s.socket.maxWaiting = n }
}

// MaxWaitingPerIP is MaxWaiting for each network address that sockets come from: an IPv4 address, or the
// first 64 bits of an IPv6 address, as the connection shows it. Further handshakes from there are answered
// 429 with Retry-After. Zero is the default, 1024, which leaves room for a proxy that all clients come
// through; a negative number is no bound.
func MaxWaitingPerIP(n int) Option {
	return func(s *settings) { s.socket.maxWaitingPerIP = n }
}

// AcceptRate bounds how many handshakes are accepted, as "100/s" or "600/m"; others are answered
// 503 with Retry-After. After a restart it spreads the clients that come back.
func AcceptRate(rate string) Option {
	if _, ok := parseRate(rate); !ok {
		panic("rtgen: AcceptRate: " + rate + ` is no rate; write it as "100/s" or "600/m"`)
	}
	return func(s *settings) { s.socket.accept = rate }
}

// WithEngine makes the server keep its channels in an engine that others may share: servers of
// other processes, or of this one, such as the one that takes over when this one is shut down. So
// Shutdown does not close it. Servers that share an engine need one [WithResumeKey]. Without this
// option a server has a [NewMemoryEngine] of its own, which ends with it.
func WithEngine(e Engine) Option {
	return func(s *settings) { s.socket.engine = e }
}

// WithResumeKey sets the secret by which a client that comes back proves that it was in the
// channels it asks for. Servers that share an engine need the same key, of 32 random bytes or
// more. Without it each server makes its own.
func WithResumeKey(key []byte) Option {
	return func(s *settings) { s.socket.resumeKey = append([]byte(nil), key...) }
}
