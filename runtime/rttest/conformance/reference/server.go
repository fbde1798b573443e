// Package reference is a server with everything that the conformance program asks of one: small
// limits, a channel of each kind, operations that answer in each way. It shows what a manifest
// describes, and tests the program itself.
package reference

//go:generate go tool rtgen generate

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest/conformance/reference/api"
)

// Tokens that the server accepts. Each stands for a principal of that name.
const (
	TokenAda   = "ada"
	TokenBob   = "bob"
	TokenBrief = "brief" // Ada again, for two seconds
)

// A Server is the reference server. It is an http.Handler.
type Server struct {
	*rt.Server

	draining sync.WaitGroup
}

// New returns a server. Options come after its own.
func New(opts ...rt.Option) *Server {
	s := new(Server)
	all := []rt.Option{
		api.WithBearer(check),
		rt.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))),
		rt.Authenticate(open),
	}
	s.Server = api.NewServer(&handler{server: s}, append(all, opts...)...)
	return s
}

// Wait returns when what operation drain began has ended.
func (s *Server) Wait() { s.draining.Wait() }

// check accepts the tokens of an operation or a channel.
func check(_ context.Context, c rt.BearerCredentials) (*rt.Identity, error) {
	switch c.Token {
	case TokenAda, TokenBob:
		return &rt.Identity{Subject: c.Token}, nil
	case TokenBrief:
		return &rt.Identity{Subject: TokenAda, Expires: time.Now().Add(2 * time.Second)}, nil
	}
	return nil, rt.Unauthorized("Unknown token.")
}

// open lets anybody open a socket who shows no token or a good one.
func open(ctx context.Context, _ *http.Request, c rt.Credentials) (*rt.Identity, error) {
	if c.Token == "" {
		return nil, nil
	}
	return check(ctx, rt.BearerCredentials{Token: c.Token})
}
