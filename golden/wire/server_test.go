package wire

import (
	"context"
	"errors"
	"log/slog"
	"time"

	chat "github.com/rtgen/rtgen/golden/chat/go"
	rt "github.com/rtgen/rtgen/runtime"
)

// handler answers the operations of golden/chat the same way in every run. Some
// texts make createMessage misbehave, as its body says.
type handler struct{}

// noon is when everything happens.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func (handler) ListMessages(context.Context, *chat.ListMessagesRequest) (chat.ListMessagesResponse, error) {
	return chat.ListMessagesOK{Body: []chat.Message{{ID: "1", Author: "grace", Text: "hello", At: noon}}}, nil
}

func (handler) CreateMessage(_ context.Context, req *chat.CreateMessageRequest) (chat.CreateMessageResponse, error) {
	switch req.Body.Text {
	case "panic":
		panic("a bug in the handler")
	case "error":
		return nil, errors.New("the database's password is secret")
	case "closed":
		return nil, rt.NewProblem(409, "The room is closed.")
	}
	location := "/rooms/" + req.RoomID.String() + "/messages/2"
	return &chat.CreateMessageCreated{
		Location: &location,
		Body:     chat.Message{ID: "2", Author: "ada", Text: req.Body.Text, At: noon},
	}, nil
}

func (handler) Typing(context.Context, *chat.TypingRequest) (chat.TypingResponse, error) {
	return chat.TypingNoContent{}, nil
}

func (handler) LeaveRoom(context.Context, *chat.LeaveRoomRequest) (chat.LeaveRoomResponse, error) {
	return chat.LeaveRoomNoContent{}, nil
}

// newServer is a server that knows one user, ada.
func newServer(opts ...rt.Option) *rt.Server {
	all := []rt.Option{
		chat.WithBearer(func(_ context.Context, c rt.BearerCredentials) (*rt.Identity, error) {
			if c.Token != "ada" {
				return nil, rt.Unauthorized("Unknown token.")
			}
			return &rt.Identity{Subject: "ada", Scopes: []string{"room:read"}, Claims: map[string]any{"sub": "ada"}}, nil
		}),
		rt.WithLogger(slog.New(slog.DiscardHandler)),
	}
	return chat.NewServer(handler{}, append(all, opts...)...)
}
