package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rtgen/rtgen/examples/chat/api"
	rt "github.com/rtgen/rtgen/runtime"
)

// sessionLife is how long a browser stays signed in.
const sessionLife = 30 * 24 * time.Hour

// chat answers the operations of openapi.yaml. It does not know, and need not
// know, whether a request came over HTTP or over a socket.
type chat struct{ store *store }

var _ api.Handler = (*chat)(nil)

// who checks the session cookie. HTTP requests and socket calls both end here.
func (c *chat) who(_ context.Context, cookie rt.APIKeyCredentials) (*rt.Identity, error) {
	sess, err := c.store.Session(cookie.Key)
	if errors.Is(err, errNotFound) {
		return nil, rt.Unauthorized("Sign in first.")
	}
	if err != nil {
		return nil, err
	}
	return &rt.Identity{
		Subject: sess.User.ID,
		Claims:  map[string]any{"name": sess.User.Name},
		Expires: sess.Expires,
		Value:   cookie.Key,
	}, nil
}

// user is the person who makes the request; operations that reach a handler
// have one, because the document asks for a session.
func user(ctx context.Context) api.User {
	id := rt.IdentityFrom(ctx)
	name, _ := id.Claims["name"].(string)
	return api.User{ID: id.Subject, Name: name}
}

// SignIn gives the browser a session.
func (c *chat) SignIn(_ context.Context, req *api.SignInRequest) (api.SignInResponse, error) {
	u := api.User{ID: token(8), Name: strings.TrimSpace(req.Body.Name)}
	id := token(24)
	if err := c.store.PutSession(id, session{User: u, Expires: now().Add(sessionLife)}); err != nil {
		return nil, err
	}
	return api.SignInCreated{SetCookie: cookie(id, int(sessionLife.Seconds())), Body: u}, nil
}

// WhoAmI tells who is signed in.
func (c *chat) WhoAmI(ctx context.Context, _ *api.WhoAmIRequest) (api.WhoAmIResponse, error) {
	return api.WhoAmIOK{Body: user(ctx)}, nil
}

// SignOut ends the session, and with it every socket that lives on it.
func (c *chat) SignOut(ctx context.Context, _ *api.SignOutRequest) (api.SignOutResponse, error) {
	id := rt.IdentityFrom(ctx)
	if err := c.store.DeleteSession(id.Value.(string)); err != nil {
		return nil, err
	}
	rt.ServerFrom(ctx).DisconnectUser(id.Subject, "signed out")
	return api.SignOutNoContent{SetCookie: cookie("", -1)}, nil
}

// ListRooms lists all rooms.
func (c *chat) ListRooms(context.Context, *api.ListRoomsRequest) (api.ListRoomsResponse, error) {
	rooms, err := c.store.Rooms()
	if err != nil {
		return nil, err
	}
	return api.ListRoomsOK{Body: rooms}, nil
}

// CreateRoom opens a room under an id made from its name.
func (c *chat) CreateRoom(_ context.Context, req *api.CreateRoomRequest) (api.CreateRoomResponse, error) {
	name := strings.TrimSpace(req.Body.Name)
	room := api.Room{ID: roomID(name), Name: name, CreatedAt: now()}
	err := c.store.CreateRoom(room)
	if errors.Is(err, errExists) {
		return nil, rt.Conflict(fmt.Sprintf("There is a room %q already.", room.ID))
	}
	if err != nil {
		return nil, err
	}
	return api.CreateRoomCreated{Location: "/rooms/" + room.ID, Body: room}, nil
}

// ListMessages returns the end of the conversation. Called by socket it also
// subscribes the caller to the room; the document says so, nothing here does.
func (c *chat) ListMessages(_ context.Context, req *api.ListMessagesRequest) (api.ListMessagesResponse, error) {
	var before int64
	if req.Before != nil {
		before = *req.Before
	}
	messages, err := c.store.Messages(req.RoomID, req.Limit, before)
	if err != nil {
		return nil, orNotFound(err, "There is no such room.")
	}
	return api.ListMessagesOK{Body: messages}, nil
}

// CreateMessage keeps a message. The document publishes the answer to the room.
func (c *chat) CreateMessage(ctx context.Context, req *api.CreateMessageRequest) (api.CreateMessageResponse, error) {
	m, err := c.store.AddMessage(req.RoomID, user(ctx), strings.TrimSpace(req.Body.Text))
	if err != nil {
		return nil, orNotFound(err, "There is no such room.")
	}
	location := fmt.Sprintf("/rooms/%s/messages/%d", req.RoomID, m.ID)
	return api.CreateMessageCreated{Location: location, Body: m}, nil
}

// DeleteMessage takes back a message of the caller.
func (c *chat) DeleteMessage(ctx context.Context, req *api.DeleteMessageRequest) (api.DeleteMessageResponse, error) {
	caller := user(ctx)
	err := c.store.DeleteMessage(req.RoomID, req.MessageID, func(m api.Message) error {
		if m.Author.ID != caller.ID {
			return rt.Forbidden("Only its author can take a message back.")
		}
		return nil
	})
	if err != nil {
		return nil, orNotFound(err, "There is no such message.")
	}
	return api.DeleteMessageNoContent{}, nil
}

// Typing has nothing to do: what it answers is published by the document.
func (c *chat) Typing(context.Context, *api.TypingRequest) (api.TypingResponse, error) {
	return api.TypingNoContent{}, nil
}

// ListMembers asks the channel who is there.
func (c *chat) ListMembers(ctx context.Context, req *api.ListMembersRequest) (api.ListMembersResponse, error) {
	present, err := api.NewRoomChannel(rt.ServerFrom(ctx), req.RoomID).Members(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	members := []api.Member{}
	for _, p := range present {
		name, _ := p.Identity.Claims["name"].(string)
		if !names[name] {
			names[name] = true
			members = append(members, api.Member{Name: name})
		}
	}
	slices.SortFunc(members, func(a, b api.Member) int { return cmp.Compare(a.Name, b.Name) })
	return api.ListMembersOK{Body: members}, nil
}

// ListEvents tells what the channel of the room keeps. What has been taken back is not said again.
func (c *chat) ListEvents(ctx context.Context, req *api.ListEventsRequest) (api.ListEventsResponse, error) {
	page, err := api.NewRoomChannel(rt.ServerFrom(ctx), req.RoomID).History(ctx, rt.HistoryPageFrom(ctx))
	if err != nil {
		return nil, err
	}
	page.Events = slices.DeleteFunc(page.Events, func(e api.RoomEvent) bool {
		return e.MessageCreated != nil && !c.store.HasMessage(req.RoomID, e.MessageCreated.Data.ID)
	})
	return api.ListEventsOK{Body: *page}, nil
}

// LeaveRoom has nothing to do: the document unsubscribes the caller.
func (c *chat) LeaveRoom(context.Context, *api.LeaveRoomRequest) (api.LeaveRoomResponse, error) {
	return api.LeaveRoomNoContent{}, nil
}

// orNotFound makes a 404 of what the store does not find.
func orNotFound(err error, detail string) error {
	if errors.Is(err, errNotFound) {
		return rt.NotFound(detail)
	}
	return err
}

// roomID makes an id of a name: "Release party!" → "release-party".
func roomID(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9')
	})
	return strings.Join(words, "-")
}

// cookie is the Set-Cookie header of a session; maxAge -1 removes it.
func cookie(id string, maxAge int) string {
	return (&http.Cookie{
		Name: "sid", Value: id, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}).String()
}

// token is n random bytes in hexadecimal.
func token(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails, see crypto/rand
	return hex.EncodeToString(b)
}
