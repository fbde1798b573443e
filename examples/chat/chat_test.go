package main

import (
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rtgen/rtgen/examples/chat/api"
	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest"
)

// newChat opens a chat on a file of its own, with one person signed in.
func newChat(t *testing.T) *chat {
	t.Helper()
	db, err := openStore(filepath.Join(t.TempDir(), "chat.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	ada := session{User: api.User{ID: "1", Name: "Ada"}, Expires: now().Add(time.Hour)}
	if err := db.PutSession("good", ada); err != nil {
		t.Fatal(err)
	}
	return &chat{store: db}
}

// Every operation answers the same over HTTP and by socket.
func TestParity(t *testing.T) {
	rttest.Parity(t, func() *rt.Server {
		c := newChat(t)
		return api.NewServer(c, api.WithSession(c.who))
	}, rttest.Credentials("session", "good"), rttest.Skip("signOut")) // signOut ends the session that all others need
}

func TestMembersSeeWhatIsSaidByHTTP(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	host := rttest.Start(t, api.NewServer(c, api.WithSession(c.who)))
	socket := host.Dial(t, "/realtime", http.Header{"Cookie": {"sid=good"}})
	joined := socket.Call("listMessages", rttest.Input{Path: map[string]string{"roomId": "general"}})
	if joined.Status != http.StatusOK || len(joined.Subs) != 1 {
		t.Fatalf("got %s", joined.Raw)
	}

	req, err := http.NewRequest(http.MethodPost, host.URL()+"/rooms/general/messages", strings.NewReader(`{"text":" hello "}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Cookie", "sid=good")
	res, err := host.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusCreated || res.Header.Get("Location") != "/rooms/general/messages/1" {
		t.Fatalf("got %s, Location %q", res.Status, res.Header.Get("Location"))
	}

	ev := socket.Event()
	for ev.Type == "$presence" {
		ev = socket.Event()
	}
	var m api.Message
	if err := json.Unmarshal(ev.Data, &m); err != nil || ev.Type != "message.created" || m.Text != "hello" || m.Author.Name != "Ada" {
		t.Errorf("got %s", ev.Raw)
	}
}

// What was taken back is told of in the room's events, and not said again.
func TestEventsDoNotSayWhatWasTakenBack(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	socket := rttest.Start(t, api.NewServer(c, api.WithSession(c.who))).Dial(t, "/realtime", http.Header{"Cookie": {"sid=good"}})
	general := map[string]any{"roomId": "general"}
	for _, text := range []string{"a mistake", "hello"} {
		socket.Call("createMessage", rttest.Input{Path: general, Body: api.NewMessage{Text: text}})
	}
	socket.Call("deleteMessage", rttest.Input{Path: map[string]any{"roomId": "general", "messageId": 1}})

	res := socket.Call("listEvents", rttest.Input{Path: general})
	var page struct {
		Events []struct{ Type string }
	}
	if err := json.Unmarshal(res.Body, &page); err != nil || len(page.Events) != 2 ||
		page.Events[0].Type != "message.created" || page.Events[1].Type != "message.deleted" || strings.Contains(string(res.Body), "mistake") {
		t.Errorf("got %s, %v", res.Raw, err)
	}
}

func TestStorePages(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	for _, text := range []string{"a", "b", "c", "d"} {
		if _, err := c.store.AddMessage("general", api.User{ID: "1"}, text); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		limit  int
		before int64
		want   string
	}{{10, 0, "abcd"}, {2, 0, "cd"}, {2, 3, "ab"}, {1, 4, "c"}, {5, 1, ""}, {2, 99, "cd"}} {
		page, err := c.store.Messages("general", tt.limit, tt.before)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, m := range page {
			got += m.Text
		}
		if got != tt.want {
			t.Errorf("limit %d before %d: got %q, want %q", tt.limit, tt.before, got, tt.want)
		}
	}
	if _, err := c.store.Messages("nowhere", 1, 0); err != errNotFound {
		t.Errorf("got %v, want %v", err, errNotFound)
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	if err := c.store.PutSession("old", session{Expires: now().Add(-time.Second)}); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"good": true, "old": false, "never": false} {
		_, err := c.who(context.Background(), rt.APIKeyCredentials{Key: key})
		if (err == nil) != want {
			t.Errorf("session %s: got %v, want accepted %v", key, err, want)
		}
	}
}

func TestRoomIDs(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"Release party!": "release-party", "  a--B ": "a-b", "Zürich 2": "z-rich-2"} {
		if got := roomID(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
