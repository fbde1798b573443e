package servers

import (
	"context"

	"github.com/rtgen/rtgen/examples/benchmarks/api"
	"github.com/rtgen/rtgen/examples/benchmarks/message"
)

// rtgen is the generated server with its defaults: validation, recovery log, caps, heartbeats.
type rtgen struct{}

func (rtgen) CreateMessage(_ context.Context, r *api.CreateMessageRequest) (api.CreateMessageResponse, error) {
	n := &r.Body
	return api.CreateMessageCreated{Body: api.Message{
		ID: message.ID, Room: r.RoomID, Author: api.Author{ID: message.AuthorID, Name: message.AuthorName},
		Text: n.Text, Kind: api.MessageKind(n.Kind), Mentions: n.Mentions, ReplyTo: n.ReplyTo, Sent: message.Now(),
	}}, nil
}

func (rtgen) CreateOrder(_ context.Context, r *api.CreateOrderRequest) (api.CreateOrderResponse, error) {
	return api.CreateOrderOK{Body: r.Body}, nil
}

func (rtgen) JoinRoom(context.Context, *api.JoinRoomRequest) (api.JoinRoomResponse, error) {
	return api.JoinRoomNoContent{}, nil
}

func newRtgen() (*contestant, error) {
	server := api.NewServer(rtgen{})
	room := api.NewRoomChannel(server, message.Room)
	return &contestant{handler: server, publish: func(m *message.Message) error {
		_, err := room.PublishMessageCreated(context.Background(), api.Message{
			ID: m.ID, Room: m.Room, Author: api.Author(m.Author), Text: m.Text, Kind: api.MessageKind(m.Kind),
			Mentions: m.Mentions, ReplyTo: m.ReplyTo, Sent: m.Sent,
		})
		return err
	}}, nil
}
