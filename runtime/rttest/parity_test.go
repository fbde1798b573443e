package rttest_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/internal/fixture/chat"
	"github.com/rtgen/rtgen/runtime/rttest"
)

// room is a handler of the fixture that answers from a few values.
type room struct{ chat.Unimplemented }

func (room) CreateMessage(ctx context.Context, req *chat.CreateMessageRequest) (chat.CreateMessageResponse, error) {
	if req.Body.Text == "" {
		return nil, rt.Conflict("Say something.")
	}
	location := "/somewhere"
	return chat.CreateMessageCreated{Location: &location, Body: chat.Message{
		ID: fmt.Sprint(time.Now().UnixNano()), Author: rt.IdentityFrom(ctx).Subject, Text: req.Body.Text, At: time.Now(),
	}}, nil
}

func (room) ListMessages(context.Context, *chat.ListMessagesRequest) (chat.ListMessagesResponse, error) {
	return chat.ListMessagesOK{Body: []chat.Message{{ID: "1", Author: "ada", Text: "<b> & ü", At: time.Unix(0, 0).UTC()}}}, nil
}

func check(_ context.Context, c rt.BearerCredentials) (*rt.Identity, error) {
	if c.Token != "good" {
		return nil, rt.Unauthorized("No such token.")
	}
	return &rt.Identity{Subject: "ada"}, nil
}

func newServer(middleware ...func(http.Handler) http.Handler) func() *rt.Server {
	return func() *rt.Server {
		s := chat.NewServer(room{}, chat.WithBearer(check), rt.WithLogger(slog.New(slog.DiscardHandler)))
		s.Use(middleware...)
		return s
	}
}

func TestParityHolds(t *testing.T) {
	t.Parallel()
	rttest.Parity(t, newServer(), rttest.Credentials("bearer", "good"))
}

func TestParityHoldsBehindMiddleware(t *testing.T) {
	t.Parallel()
	neutral := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Pattern", r.Pattern)
			if strings.Contains(r.URL.Path, "typing") && r.Method == http.MethodPost {
				http.Error(w, "Not now.", http.StatusServiceUnavailable)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	rttest.Parity(t, newServer(neutral), rttest.Credentials("bearer", "good"))
}

// The guard must bite: middleware that tells the transports apart is found, wherever it shows.
func TestCompareFindsMiddlewareThatIsNotNeutral(t *testing.T) {
	t.Parallel()
	for name, partial := range map[string]func(w http.ResponseWriter, r *http.Request) (goOn bool){
		"status": func(w http.ResponseWriter, r *http.Request) bool {
			if rt.IsSocket(r.Context()) {
				w.WriteHeader(http.StatusForbidden)
				return false
			}
			return true
		},
		"header": func(w http.ResponseWriter, r *http.Request) bool {
			if !rt.IsSocket(r.Context()) {
				w.Header().Set("X-Served-By", "http")
			}
			return true
		},
		"body": func(w http.ResponseWriter, r *http.Request) bool {
			if rt.IsSocket(r.Context()) {
				fmt.Fprint(w, `{}`)
				return false
			}
			return true
		},
		"connection state": func(w http.ResponseWriter, r *http.Request) bool {
			if _, ok := w.(http.Hijacker); ok {
				w.Header().Set("X-Hijack", "possible")
			}
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report, err := rttest.Compare(newServer(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if partial(w, r) {
						next.ServeHTTP(w, r)
					}
				})
			}), rttest.Credentials("bearer", "good"))
			if err != nil {
				t.Fatal(err)
			}
			if len(report.Differences) == 0 {
				t.Errorf("middleware that gives another %s was not found in %d requests", name, report.Played)
			}
		})
	}
}

func TestCompareAsksForCredentials(t *testing.T) {
	t.Parallel()
	_, err := rttest.Compare(newServer())
	if err == nil || !strings.Contains(err.Error(), `rttest.Credentials("bearer"`) {
		t.Errorf("got %v, want an error that names the option", err)
	}
}

func TestSocketInMemory(t *testing.T) {
	t.Parallel()
	h := rttest.Start(t, newServer()())
	s := h.Dial(t, "/realtime", http.Header{"Authorization": {"Bearer good"}})
	path := map[string]string{"roomId": "9f0e4a4e-6f0b-4d0e-8f3a-1c2b3a4d5e6f"}
	joined := s.Call("listMessages", rttest.Input{Path: path})
	if joined.Status != http.StatusOK || len(joined.Subs) != 1 || joined.Subs[0].Name != "room" {
		t.Fatalf("got %s", joined.Raw)
	}
	said := s.Call("createMessage", rttest.Input{Path: path, Body: map[string]string{"text": "hello"}})
	if said.Status != http.StatusCreated {
		t.Fatalf("got %s", said.Raw)
	}
	ev := s.Event()
	for ev.Type == "$presence" {
		ev = s.Event()
	}
	if ev.Type != "message.created" || ev.Ch != joined.Subs[0].Ch {
		t.Errorf("got %s", ev.Raw)
	}
}
