package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"

	chat "github.com/rtgen/rtgen/golden/chat/go"
	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest"
)

// houses is a chat in which the handler decides who may read which room.
type houses struct {
	chat.Unimplemented
	may map[string]map[string]bool // principal → room
}

func (h houses) ListMessages(ctx context.Context, req *chat.ListMessagesRequest) (chat.ListMessagesResponse, error) {
	if !h.may[rt.IdentityFrom(ctx).Subject][req.RoomID.String()] {
		return nil, rt.Forbidden("not your room")
	}
	return chat.ListMessagesOK{Body: []chat.Message{}}, nil
}

// TestNobodyHearsAChannelItCannotGet lets principals with random rights try every way into every room:
// by the operation, by its path, and by the positions that others were given.
func TestNobodyHearsAChannelItCannotGet(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 7))
	people := []string{"ada", "bob", "cy", "dan", "eve"}
	app := houses{may: map[string]map[string]bool{}}
	var rooms []string
	for i := range 6 {
		rooms = append(rooms, fmt.Sprintf("00000000-0000-4000-8000-00000000000%d", i))
	}
	for _, p := range people {
		app.may[p] = map[string]bool{}
		for _, r := range rooms {
			app.may[p][r] = random.IntN(2) == 0
		}
	}
	server := chat.NewServer(app, rt.WithLogger(slog.New(slog.DiscardHandler)),
		chat.WithBearer(func(_ context.Context, c rt.BearerCredentials) (*rt.Identity, error) {
			return &rt.Identity{Subject: c.Token}, nil
		}))
	srv := httptest.NewServer(server)
	t.Cleanup(srv.Close)

	sockets := map[string]*raw{}
	positions := map[string]json.RawMessage{} // by room: one of somebody who is in
	for _, p := range people {
		s := greet(t, srv, p, "")
		sockets[p] = s
		for i, r := range rooms {
			op := fmt.Sprintf(`"listMessages","path":{"roomId":%q}`, r)
			if i%2 == 1 {
				op = fmt.Sprintf(`"GET /rooms/%s/messages"`, r)
			}
			s.send(fmt.Sprintf(`{"t":"call","id":%d,"op":%s}`, i+1, op))
			f := s.skipTo("res")
			if may := app.may[p][r]; (f.Status == 200) != may || (len(f.Subs) == 1) != may {
				t.Fatalf("%s may read %s: %v; got %s", p, r, may, f.Raw)
			}
			if len(f.Subs) == 1 {
				var whole struct{ Subs []json.RawMessage }
				if err := json.Unmarshal(f.Raw, &whole); err != nil {
					t.Fatal(err)
				}
				positions[r] = whole.Subs[0]
			}
		}
	}
	for r, position := range positions {
		thief := greet(t, srv, "thief", fmt.Sprintf(`,"resume":[{"op":"listMessages","path":{"roomId":%q},"ch":[%s]}]`, r, position))
		if f := thief.skipTo("ch"); f.State != "reset" {
			t.Errorf("a stolen position opens the room: %s", f.Raw)
		}
		sockets["thief of "+r] = thief
	}

	for _, r := range rooms {
		id, err := rt.ParseUUID(r)
		if err != nil {
			t.Fatal(err)
		}
		room := chat.NewRoomChannel(server, id)
		if _, err := room.PublishTyping(t.Context(), chat.RoomTyping{User: r}); err != nil {
			t.Fatal(err)
		}
		if r == rooms[len(rooms)-1] {
			if _, err := room.PublishTyping(t.Context(), chat.RoomTyping{User: "(end)"}, rt.ToAll()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for p, s := range sockets {
		heard, want := map[string]bool{}, map[string]bool{}
		for r, may := range app.may[p] {
			if may {
				want[r] = true
			}
		}
		for {
			f := s.skipTo("ev")
			var typing struct{ User string }
			if err := json.Unmarshal(f.Data, &typing); err != nil {
				t.Fatal(err)
			}
			if typing.User == "(end)" {
				break
			}
			if f.Type == "typing" {
				heard[typing.User] = true
			}
		}
		if !maps.Equal(heard, want) {
			t.Errorf("%s heard of %v, want %v", p, heard, want)
		}
	}
}

// greet opens a socket as somebody and says hello, with further members.
func greet(t *testing.T, srv *httptest.Server, name, members string) *raw {
	t.Helper()
	r, res := handshake(t, srv, http.Header{"Authorization": {"Bearer " + name}}, "rtgen.v1.json")
	if r == nil {
		t.Fatal(res.Status)
	}
	r.send(`{"t":"hello"` + members + `}`)
	r.want("welcome")
	return r
}

// skipTo returns the next frame of a kind and forgets those before it.
func (r *raw) skipTo(kind string) rttest.Frame {
	r.t.Helper()
	for {
		f, err := r.next()
		if err != nil {
			r.t.Fatalf("waiting for %s: %v", kind, err)
		}
		if f.T == kind {
			return f
		}
	}
}
