package rttest

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"testing"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/internal/memsock"
)

// origin is the address under which a Host seems to live. Nothing resolves it.
const origin = "http://rttest.test"

// Host serves a server over connections in memory.
type Host struct {
	listener *memsock.Listener
	server   *http.Server
	client   *http.Client
	served   chan struct{}
}

// Start serves s until the test ends; then it waits until everything that it started has ended.
func Start(t testing.TB, s *rt.Server) *Host {
	t.Helper()
	h := start(s)
	t.Cleanup(h.close)
	return h
}

func start(s http.Handler) *Host {
	h := &Host{listener: memsock.Listen(), served: make(chan struct{})}
	// What net/http has to say of faults that Parity causes on purpose is no news.
	h.server = &http.Server{Handler: s, ErrorLog: log.New(io.Discard, "", 0)}
	h.client = &http.Client{
		Transport: &http.Transport{
			DialContext:        func(ctx context.Context, _, _ string) (net.Conn, error) { return h.listener.Dial(ctx, "", "") },
			DisableCompression: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	go func() {
		defer close(h.served)
		_ = h.server.Serve(h.listener) // always ErrServerClosed: the listener cannot fail
	}()
	return h
}

// URL is the base of the server's paths, without a slash at the end. Only clients of this Host reach it.
func (h *Host) URL() string { return origin }

// Client returns an HTTP client that reaches the server. It does not follow redirects.
func (h *Host) Client() *http.Client { return h.client }

func (h *Host) close() {
	h.client.CloseIdleConnections()
	_ = h.server.Close() // closing a memory listener does not fail
	<-h.served
}
