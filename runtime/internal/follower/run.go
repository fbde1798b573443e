package follower

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/gorilla/websocket"
)

// A Dial opens a WebSocket connection with the protocol's subprotocol.
type Dial func(ctx context.Context) (*websocket.Conn, error)

// Run keeps the follower connected until ctx ends, as a client does: it comes back after a moment
// whatever ended the connection, and takes a server that is silent for longer than silence for gone.
// The error is a broken promise.
func (f *Follower) Run(ctx context.Context, dial Dial, silence time.Duration) error {
	for ctx.Err() == nil {
		if ws, err := dial(ctx); err == nil {
			if err := f.follow(ctx, ws, silence); err != nil {
				return err
			}
		}
		select {
		case <-time.After(time.Duration(5+rand.IntN(45)) * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return nil
}

func (f *Follower) follow(ctx context.Context, ws *websocket.Conn, silence time.Duration) error {
	stop := context.AfterFunc(ctx, func() { _ = ws.NetConn().Close() })
	defer stop()
	defer ws.Close()
	defer f.Lost()
	frames := []string{f.Connect()}
	for {
		for _, text := range frames {
			_ = ws.SetWriteDeadline(time.Now().Add(silence)) // a broken connection fails in write
			if ws.WriteMessage(websocket.TextMessage, []byte(text)) != nil {
				return nil
			}
		}
		_ = ws.SetReadDeadline(time.Now().Add(silence)) // likewise
		_, data, err := ws.ReadMessage()
		if err != nil {
			return nil
		}
		if frames, err = f.Receive(data); err != nil {
			return err
		}
	}
}
