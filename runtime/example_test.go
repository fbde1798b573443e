package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/internal/fixture/chat"
)

// application is the hand-written part of a chat server.
type application struct{ chat.Unimplemented }

func (application) CreateMessage(ctx context.Context, req *chat.CreateMessageRequest) (chat.CreateMessageResponse, error) {
	if req.Body.Text == "bye" {
		return nil, rt.Conflict("the room is closed")
	}
	return &chat.CreateMessageCreated{Body: chat.Message{
		ID: "1", Author: rt.IdentityFrom(ctx).Subject, Text: req.Body.Text, At: time.Unix(0, 0).UTC(),
	}}, nil
}

// token checks a bearer token.
func token(_ context.Context, c rt.BearerCredentials) (*rt.Identity, error) {
	if c.Token != "s3cret" {
		return nil, errors.New("unknown token")
	}
	return &rt.Identity{Subject: "ada"}, nil
}

// post sends a message to a room and prints the answer.
func post(h http.Handler, body string) {
	r := httptest.NewRequest("POST", "/rooms/0195e6f2-5c43-7a44-8f8e-3b1d6c8a2f10/messages", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer s3cret")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
}

func ExampleServer() {
	s := chat.NewServer(application{}, chat.WithBearer(token), rt.WithLogger(slog.New(slog.DiscardHandler)))
	post(s, `{"text":"hello"}`)
	// Output: 201 {"id":"1","author":"ada","text":"hello","at":"1970-01-01T00:00:00Z"}
}

func ExampleProblem() {
	s := chat.NewServer(application{}, chat.WithBearer(token))
	post(s, `{"text":"bye"}`)
	post(s, `{"text":5}`)
	// Output:
	// 409 {"title":"Conflict","status":409,"detail":"the room is closed"}
	// 400 {"type":"urn:rtgen:problem:invalid-request","title":"Bad Request","status":400,"detail":"the request does not fit the document","errors":[{"in":"body","pointer":"/text","rule":"type","detail":"must be a string"}]}
}

func ExampleServer_Use() {
	s := chat.NewServer(application{}, chat.WithBearer(token))
	s.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			call, _ := rt.CallFrom(r.Context())
			fmt.Println(call.Operation, "by", call.Transport, "as", r.Pattern)
			next.ServeHTTP(w, r)
		})
	})
	post(s, `{"text":"hi"}`)
	// Output:
	// createMessage by http as POST /rooms/{roomId}/messages
	// 201 {"id":"1","author":"ada","text":"hi","at":"1970-01-01T00:00:00Z"}
}

func ExampleStream() {
	type tick struct {
		N int `json:"n"`
	}
	body := rt.Stream[tick](func(yield func(*tick, error) bool) {
		for n := range 2 {
			if !yield(&tick{N: n}, nil) {
				return // the client has left
			}
		}
	})
	for item, err := range body.All() {
		fmt.Println(item.N, err)
	}
	// Output:
	// 0 <nil>
	// 1 <nil>
}

func ExampleFile() {
	f := rt.NewFile("cat.txt", "text/plain", []byte("meow"))
	content, err := io.ReadAll(&f)
	fmt.Println(f.Name, f.Size, string(content), err)
	// Output: cat.txt 4 meow <nil>
}

// A page for those who run a server: it is an ordinary handler, for another port than the public one.
func ExampleServer_Channels() {
	s := chat.NewServer(application{}, chat.WithBearer(token))
	admin := http.NewServeMux()
	admin.HandleFunc("GET /channels", func(w http.ResponseWriter, r *http.Request) {
		for _, channel := range s.Channels() {
			members, err := channel.Members(r.Context())
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			fmt.Fprintln(w, channel.Name(), channel.Address(), len(members))
		}
	})
	admin.HandleFunc("GET /sockets", func(w http.ResponseWriter, _ *http.Request) {
		for _, socket := range s.Sockets() {
			bytes, _ := socket.Queued()
			fmt.Fprintln(w, socket.ID(), socket.RemoteAddr(), socket.Since(), len(socket.Channels()), bytes)
		}
	})
	admin.HandleFunc("DELETE /users/{name}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, s.DisconnectUser(r.PathValue("name"), "you have been signed out"))
	})
	w := httptest.NewRecorder()
	admin.ServeHTTP(w, httptest.NewRequest("DELETE", "/users/ada", nil))
	fmt.Print(w.Body)
	// Output: 0
}

// serveUntil serves until ctx ends, which a signal does, and then lets clients move to another server before
// it returns. The pause is for the load balancer, which has to notice that the server is not ready any more.
func serveUntil(ctx context.Context, app *rt.Server, mux *http.ServeMux, ln net.Listener, pause time.Duration) error {
	var leaving atomic.Bool
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, _ *http.Request) {
		if leaving.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	leaving.Store(true)
	select {
	case err := <-served:
		return err
	case <-time.After(pause):
	}
	end, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	app.RegisterOnShutdown(end, srv)
	return errors.Join(srv.Shutdown(end), app.Shutdown(end)) // the second waits for what the first has begun
}

func ExampleServer_RegisterOnShutdown() {
	app := chat.NewServer(application{}, chat.WithBearer(token))
	mux := http.NewServeMux()
	mux.Handle("/", app)
	ln, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	time.AfterFunc(time.Millisecond, stop) // not in a program
	fmt.Println(serveUntil(ctx, app, mux, ln, 10*time.Millisecond))
	// Output: <nil>
}
