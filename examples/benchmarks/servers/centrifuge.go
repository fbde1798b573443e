package servers

import (
	"context"
	"encoding/json"

	"github.com/centrifugal/centrifuge"

	"github.com/rtgen/rtgen/examples/benchmarks/message"
)

// newCentrifuge answers an RPC, and publishes without history: what it does fastest.
func newCentrifuge() (*contestant, error) {
	node, err := centrifuge.New(centrifuge.Config{})
	if err != nil {
		return nil, err
	}
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{
			Credentials:   &centrifuge.Credentials{UserID: message.AuthorID},
			Subscriptions: map[string]centrifuge.SubscribeOptions{message.Room: {}},
		}, nil
	})
	node.OnConnect(func(client *centrifuge.Client) {
		client.OnRPC(func(e centrifuge.RPCEvent, done centrifuge.RPCCallback) {
			var n message.New
			if err := json.Unmarshal(e.Data, &n); err != nil {
				done(centrifuge.RPCReply{}, centrifuge.ErrorBadRequest)
				return
			}
			data, err := json.Marshal(message.Reply(message.Room, &n))
			done(centrifuge.RPCReply{Data: data}, err)
		})
	})
	if err := node.Run(); err != nil {
		return nil, err
	}
	return &contestant{
		handler: centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{}),
		publish: func(m *message.Message) error {
			data, err := json.Marshal(m)
			if err != nil {
				return err
			}
			_, err = node.Publish(message.Room, data)
			return err
		},
	}, nil
}
