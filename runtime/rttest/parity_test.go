package rttest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
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

// onSocket is middleware that does something to calls by socket only.
func onSocket(f func(w http.ResponseWriter, r *http.Request, next http.Handler)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if rt.IsSocket(r.Context()) {
				f(w, r, next)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// rewritten passes on what a handler answers, changed.
func rewritten(change func(answer *httptest.ResponseRecorder) (body []byte)) func(http.Handler) http.Handler {
	return onSocket(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		answer := httptest.NewRecorder()
		defer func() {
			if v := recover(); v != nil { // what was set before stays, as it does without us
				maps.Copy(w.Header(), answer.Header())
				panic(v)
			}
		}()
		next.ServeHTTP(answer, r)
		body := change(answer)
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(body)
	})
}

// tagged gives every answer a header of several values.
func tagged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-Tags"] = []string{"a", "b"}
		next.ServeHTTP(w, r)
	})
}

// The guard must bite: middleware that tells the transports apart is found, wherever it shows.
func TestCompareFindsMiddlewareThatIsNotNeutral(t *testing.T) {
	t.Parallel()
	for name, partial := range map[string]func(http.Handler) http.Handler{
		"status": onSocket(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(http.StatusForbidden) }),
		"header": onSocket(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			w.Header().Set("X-Served-By", "socket")
			next.ServeHTTP(w, r)
		}),
		"body": onSocket(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { fmt.Fprint(w, `{}`) }),
		"connection state": func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, ok := w.(http.Hijacker); ok {
					w.Header().Set("X-Hijack", "possible")
				}
				next.ServeHTTP(w, r)
			})
		},
		"value of a header": rewritten(func(a *httptest.ResponseRecorder) []byte {
			a.Header().Set("X-Tags", "a, c")
			return a.Body.Bytes()
		}),
		"order of the values of a header": rewritten(func(a *httptest.ResponseRecorder) []byte {
			a.Header()["X-Tags"] = []string{"b", "a"}
			return a.Body.Bytes()
		}),
		"number of the values of a header": rewritten(func(a *httptest.ResponseRecorder) []byte {
			a.Header()["X-Tags"] = []string{"a", "b", "b"}
			return a.Body.Bytes()
		}),
		"media type": rewritten(func(a *httptest.ResponseRecorder) []byte {
			a.Header().Set("Content-Type", "text/plain")
			return a.Body.Bytes()
		}),
		"order of the members of a body": rewritten(func(a *httptest.ResponseRecorder) []byte {
			var members map[string]json.RawMessage
			if json.Unmarshal(a.Body.Bytes(), &members) != nil {
				return a.Body.Bytes()
			}
			sorted, _ := json.Marshal(members) // came from JSON
			return sorted
		}),
		"form of a body": rewritten(func(a *httptest.ResponseRecorder) []byte {
			return bytes.ReplaceAll(a.Body.Bytes(), []byte(`":`), []byte(`": `))
		}),
		"body where there is none": rewritten(func(a *httptest.ResponseRecorder) []byte {
			if a.Code == http.StatusNoContent {
				a.Code = http.StatusOK
			}
			return a.Body.Bytes()
		}),
		"request that reaches the handler": onSocket(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			r.Body = io.NopCloser(strings.NewReader(`{"text":""}`))
			next.ServeHTTP(w, r)
		}),
		"credentials that reach the handler": onSocket(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			r.Header.Del("Authorization")
			next.ServeHTTP(w, r)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report, err := rttest.Compare(newServer(partial, tagged), rttest.Credentials("bearer", "good"))
			if err != nil {
				t.Fatal(err)
			}
			if len(report.Differences) == 0 {
				t.Errorf("middleware that gives another %s was not found in %d requests", name, report.Played)
			}
		})
	}
	report, err := rttest.Compare(newServer(rewritten(func(a *httptest.ResponseRecorder) []byte { return a.Body.Bytes() }), tagged), rttest.Credentials("bearer", "good"))
	if err != nil || len(report.Differences) != 0 {
		t.Errorf("middleware that changes nothing: %v, %v", report, err)
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
