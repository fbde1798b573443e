package runtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/gorilla/websocket"
)

// notes is an observer that writes down what it is told.
type notes struct {
	mu    sync.Mutex
	lines []string
}

func (n *notes) add(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, fmt.Sprintf(format, args...))
}

// take returns what has been noted and forgets it.
func (n *notes) take() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	lines := strings.Join(n.lines, "\n")
	n.lines = nil
	return lines
}

type noteKey struct{}

func (n *notes) observer() Observer {
	return Observer{
		Call: func(ctx context.Context, c CallStart) (context.Context, func(CallEnd)) {
			n.add("call %s %s %s %d %s", c.Operation, c.Method, c.Transport, c.Size, c.Header("X-Note"))
			return context.WithValue(ctx, noteKey{}, "noted"), func(e CallEnd) { n.add("end %s %d %d", c.Operation, e.Status, e.Size) }
		},
		SocketOpened:  func(*Socket) { n.add("opened") },
		SocketClosed:  func(_ *Socket, info CloseInfo) { n.add("closed %d", info.Code) },
		SocketRefused: func(status int) { n.add("refused %d", status) },
		TooLarge:      func(_ *Socket, bytes int) { n.add("too large %d", bytes) },
		Subscribed:    func(channel string) { n.add("subscribed %s", channel) },
		Unsubscribed:  func(channel string) { n.add("unsubscribed %s", channel) },
		Published: func(_ context.Context, channel, event string, err error) {
			n.add("published %s %s %t", channel, event, err == nil)
		},
		Delivered: func(channel string, members int) { n.add("delivered %s %d", channel, members) },
		Gap:       func(channel, why string) { n.add("gap %s %s", channel, why) },
	}
}

// TestObserverIsToldOfEveryCall: with middleware and without, answered, refused, broken off.
func TestObserverIsToldOfEveryCall(t *testing.T) {
	t.Parallel()
	var n notes
	s := keyedServer(func(ctx context.Context) (any, error) {
		if ctx.Value(noteKey{}) != "noted" {
			return nil, errors.New("the context of the observer is lost")
		}
		return echoOf("ok")
	}, &Operation{}, WithObserver(n.observer()), WithObserver(Observer{}))
	for range 2 {
		serve(s, request("POST", "/op", "", "X-Note: a"))
		if got, want := n.take(), "call op POST http 0 a\nend op 200 4"; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		s.Use(passing)
	}
	serve(s, get("/nowhere"))
	if got := n.take(); !strings.HasPrefix(got, "call  GET http 0 \nend  404 ") {
		t.Errorf("got\n%s", got)
	}
	s.Use(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Note") == "abort" {
				panic(http.ErrAbortHandler)
			}
			panic("because")
		})
	})
	serve(s, request("POST", "/op", ""))
	func() {
		defer func() { _ = recover() }()
		serve(s, request("POST", "/op", "", "X-Note: abort"))
	}()
	got := strings.Split(n.take(), "\n")
	if len(got) != 4 || !strings.HasPrefix(got[1], "end op 500 ") || got[3] != "end op 0 0" {
		t.Errorf("got %q", got)
	}
}

func TestObserverIsToldOfSocketsAndChannels(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var n notes
		g := newRooms(t, WithObserver(n.observer()))
		want := func(what string, lines ...string) {
			t.Helper()
			synctest.Wait()
			if got := n.take(); got != strings.Join(lines, "\n") {
				t.Errorf("%s: got\n%s\nwant\n%s", what, got, strings.Join(lines, "\n"))
			}
		}
		g.refused(http.Header{"Origin": {"https://elsewhere.example"}})
		want("a refusal", "refused 403")
		c, id := g.session()
		want("a socket", "opened")
		c.status(200, "join", `{"room":"a"}`)
		want("a call", "call join  socket 12 ", "subscribed room", "end join 200 17")
		c.send(`{"t":"call","id":99,"op":"leave","headers":{"a b":"c"}}`)
		c.want("res")
		want("a call that does not run", "call leave  socket 0 ", "end leave 400 0")
		g.publish("a", "1")
		c.want("ev")
		synctest.Wait()
		if got := n.take(); !strings.Contains(got, "delivered room 1") {
			t.Errorf("got\n%s", got)
		}
		g.rt.server.Disconnect(id, "")
		c.bye(closeDisconnected)
		_ = c.ws.Close()
		want("the end", "unsubscribed room", "closed 4090")
	})
}

// TestLogOfCallsIsAlikeOnBothTransports but for the name of the transport and the socket.
func TestLogOfCallsIsAlikeOnBothTransports(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	handler := slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if slices.Contains([]string{"time", "duration", "transport", "socket"}, a.Key) {
			return slog.Attr{}
		}
		return a
	}})
	o := LogObserver(slog.New(handler))
	var lines []string
	for _, transport := range []Transport{TransportHTTP, TransportSocket} {
		c := CallStart{Operation: "op", Method: "POST", Route: "/op", Transport: transport}
		if transport == TransportSocket {
			c.Socket = &Socket{id: "s1"}
		}
		_, end := o.Call(t.Context(), c)
		end(CallEnd{Status: 201, Size: 3})
		lines = append(lines, log.String())
		log.Reset()
	}
	if lines[0] != lines[1] || !strings.Contains(lines[0], "msg=call operation=op method=POST route=/op status=201 size=3") {
		t.Errorf("got %q", lines)
	}
}

// TestObserverIsToldOfMessagesThatAreTooLarge: as of a call that is too large over HTTP, and as of a message.
func TestObserverIsToldOfMessagesThatAreTooLarge(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := &notes{}
		g := newRig(t, nil, WithObserver(n.observer()), WithLimits(Limits{Message: 1000}))
		c := g.connect()
		n.take()
		c.send(`{"t":"call","id":1,"op":"echo","headers":{"x-note":"n"},"body":"` + strings.Repeat("a", 2000) + `"}`)
		c.want("res")
		c.silent()
		if got := n.take(); got != "too large 2066\ncall echo  socket 2066 n\nend echo 413 0" {
			t.Errorf("a call: got %q", got)
		}
		c.send(`{"t":"pong","pad":"` + strings.Repeat("a", 2000) + `"}`)
		c.want("problem")
		if got := n.take(); got != "too large 2021" {
			t.Errorf("no call: got %q", got)
		}
		go func() { _ = c.ws.WriteMessage(websocket.TextMessage, make([]byte, 3<<20)) }()
		c.bye(closeFrameTooLarge)
		_ = c.ws.Close()
		synctest.Wait()
		if got := n.take(); !strings.HasPrefix(got, "too large 2") || !strings.HasSuffix(got, "closed 4013") {
			t.Errorf("beyond all measure: got %q", got)
		}
	})
}
