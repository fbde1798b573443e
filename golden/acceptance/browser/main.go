// Browser serves the pages that browser.test.mjs opens: one of the server itself, and one of a stranger
// on another port, which tries to use the visitor's session. It prints both addresses, and ends when its
// standard input does.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"

	acceptance "github.com/rtgen/rtgen/golden/acceptance/go"
	rt "github.com/rtgen/rtgen/runtime"
)

//go:embed page.html
var page []byte

//go:embed stranger.html
var stranger []byte

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: browser CLIENT.JS")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "browser:", err)
		os.Exit(1)
	}
}

// run serves until in ends. client is the emitted bundle.
func run(client string, in io.Reader, out io.Writer) error {
	own := &http.Server{Handler: newHandler(client)}
	other := &http.Server{Handler: html(stranger)}
	addresses := make([]any, 0, 2)
	for _, srv := range []*http.Server{own, other} {
		ln, err := net.Listen("tcp", "localhost:0")
		if err != nil {
			return err
		}
		defer srv.Close()
		go func() {
			if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
				fmt.Fprintln(os.Stderr, "browser:", err)
			}
		}()
		addresses = append(addresses, ln.Addr().(*net.TCPAddr).Port)
	}
	fmt.Fprintf(out, "http://localhost:%d http://localhost:%d\n", addresses...)
	_, err := io.Copy(io.Discard, in)
	return err
}

// html serves one page.
func html(text []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(text)
	})
}

// newHandler puts the page, the client and the operations under one roof, with a record of who has tried
// to open sockets.
func newHandler(client string) http.Handler {
	var log record
	server := acceptance.NewServer(app{},
		rt.WithLogger(slog.New(slog.DiscardHandler)),
		acceptance.WithSession(func(_ context.Context, c rt.APIKeyCredentials) (*rt.Identity, error) {
			return &rt.Identity{Subject: c.Key}, nil
		}),
		acceptance.WithBearer(func(_ context.Context, c rt.BearerCredentials) (*rt.Identity, error) {
			return nil, rt.Unauthorized("no tokens here")
		}),
		rt.OnConnect(func(_ context.Context, s *rt.Socket) error {
			log.note("opened", s.Handshake())
			return nil
		}),
	)
	mux := http.NewServeMux()
	mux.Handle("/", server)
	mux.Handle("GET /{$}", html(page))
	mux.HandleFunc("GET /client.js", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, client) })
	mux.HandleFunc("GET /realtime", func(w http.ResponseWriter, r *http.Request) {
		log.note("tried", r)
		server.ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /record", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(log.all())
	})
	return mux
}

// A handshake is what the record knows of one attempt.
type handshake struct {
	What   string `json:"what"` // "tried" or "opened"
	Origin string `json:"origin"`
	Cookie string `json:"cookie"`
}

type record struct {
	mu   sync.Mutex // guards list
	list []handshake
}

func (r *record) note(what string, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, handshake{what, req.Header.Get("Origin"), req.Header.Get("Cookie")})
}

func (r *record) all() []handshake {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]handshake{}, r.list...)
}

// app answers what the pages ask.
type app struct{ acceptance.Unimplemented }

func (app) Hello(context.Context, *acceptance.HelloRequest) (acceptance.HelloResponse, error) {
	return acceptance.HelloOK{Body: acceptance.Hello{Text: "Hello from the server"}}, nil
}

func (app) SignIn(context.Context, *acceptance.SignInRequest) (acceptance.SignInResponse, error) {
	return acceptance.SignInNoContent{SetCookie: "sid=victim; Path=/; HttpOnly; SameSite=Lax"}, nil
}

func (app) Private(ctx context.Context, _ *acceptance.PrivateRequest) (acceptance.PrivateResponse, error) {
	return acceptance.PrivateOK{Body: acceptance.Caller{Socket: rt.IsSocket(ctx), Name: &rt.IdentityFrom(ctx).Subject}}, nil
}
