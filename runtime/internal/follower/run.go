package follower

import (
	"context"
	"math/rand/v2"
	"time"

	coder "github.com/coder/websocket"
	"github.com/gorilla/websocket"
)

// A Conn is a WebSocket connection of whatever library. Errors of its methods end it.
type Conn interface {
	Read(ctx context.Context) ([]byte, error) // a text message
	Write(ctx context.Context, message string) error
	Close()
}

// A Dial opens a connection with the protocol's subprotocol.
type Dial func(ctx context.Context) (Conn, error)

// Gorilla and Coder dial ws://address/realtime with two libraries that have no code in common; the handshake may
// take so long.
func Gorilla(address string, handshake time.Duration) Dial {
	d := websocket.Dialer{Subprotocols: []string{subprotocol}, HandshakeTimeout: handshake}
	return func(ctx context.Context) (Conn, error) {
		ws, _, err := d.DialContext(ctx, "ws://"+address+"/realtime", nil)
		if err != nil {
			return nil, err
		}
		return gorillaConn{ws}, nil
	}
}

// Coder is like [Gorilla].
func Coder(address string, handshake time.Duration) Dial {
	return func(ctx context.Context) (Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, handshake)
		defer cancel()
		ws, _, err := coder.Dial(ctx, "ws://"+address+"/realtime", &coder.DialOptions{
			Subprotocols: []string{subprotocol}, CompressionMode: coder.CompressionContextTakeover,
		})
		if err != nil {
			return nil, err
		}
		ws.SetReadLimit(8 << 20)
		return coderConn{ws}, nil
	}
}

const subprotocol = "rtgen.v1.json"

type gorillaConn struct{ ws *websocket.Conn }

func (c gorillaConn) Read(ctx context.Context) ([]byte, error) {
	defer context.AfterFunc(ctx, c.Close)()
	_, data, err := c.ws.ReadMessage()
	return data, err
}

func (c gorillaConn) Write(ctx context.Context, message string) error {
	defer context.AfterFunc(ctx, c.Close)()
	return c.ws.WriteMessage(websocket.TextMessage, []byte(message))
}

func (c gorillaConn) Close() { _ = c.ws.NetConn().Close() } // nothing is left to lose

type coderConn struct{ ws *coder.Conn }

func (c coderConn) Read(ctx context.Context) ([]byte, error) {
	_, data, err := c.ws.Read(ctx)
	return data, err
}

func (c coderConn) Write(ctx context.Context, message string) error {
	return c.ws.Write(ctx, coder.MessageText, []byte(message))
}

func (c coderConn) Close() { _ = c.ws.CloseNow() } // likewise

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

func (f *Follower) follow(ctx context.Context, ws Conn, silence time.Duration) error {
	defer ws.Close()
	defer f.Lost()
	frames := []string{f.Connect()}
	for {
		for _, text := range frames {
			if within(ctx, silence, func(ctx context.Context) error { return ws.Write(ctx, text) }) != nil {
				return nil
			}
		}
		var data []byte
		err := within(ctx, silence, func(ctx context.Context) (err error) {
			data, err = ws.Read(ctx)
			return err
		})
		if err != nil {
			return nil
		}
		if frames, err = f.Receive(data); err != nil {
			return err
		}
	}
}

func within(ctx context.Context, d time.Duration, do func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return do(ctx)
}
