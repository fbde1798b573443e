// Chat is rooms that several browsers look at together: every request can be
// made over HTTP or over a socket and meets the same handler, and what changes
// arrives as typed events.
//
//	go generate ./examples/chat && go run ./examples/chat
//
// openapi.yaml says what there is; api/ and web/client.js are generated from
// it; handler.go is the application; store.go keeps it in one file.
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/rtgen/rtgen/examples/chat/api"
	rt "github.com/rtgen/rtgen/runtime"
)

//go:generate go tool rtgen generate

//go:embed web
var web embed.FS

func main() {
	addr := flag.String("addr", "localhost:8080", "address to listen on")
	path := flag.String("db", "chat.db", "database file, created when missing")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *path, func(url string) { fmt.Println("Chat is at", url) }); err != nil {
		fmt.Fprintln(os.Stderr, "chat:", err)
		os.Exit(1)
	}
}

// run serves the chat until ctx ends; ready is told the address.
func run(ctx context.Context, addr, path string, ready func(url string)) error {
	db, err := openStore(path)
	if err != nil {
		return err
	}
	defer db.Close()

	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	app, handler := newHandler(db)
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}

	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	ready("http://" + ln.Addr().String())

	select {
	case err = <-served:
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	app.RegisterOnShutdown(end, srv) // both side by side, and then wait for both
	err = errors.Join(err, srv.Shutdown(end), app.Shutdown(end))
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// newHandler puts the page and the operations under one roof.
func newHandler(db *store) (*rt.Server, http.Handler) {
	c := &chat{store: db}
	app := api.NewServer(c, api.WithSession(c.who))

	files, err := fs.Sub(web, "web")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", http.FileServerFS(files))
	for _, name := range []string{"app.js", "client.js", "style.css"} {
		mux.Handle("GET /"+name, http.FileServerFS(files))
	}
	mux.Handle("/", app)
	return app, mux
}
