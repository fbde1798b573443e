package servers

import (
	"net/http"

	"github.com/coder/websocket"
)

// newCoder answers every message with itself.
func newCoder() (*contestant, error) {
	return &contestant{handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		for {
			kind, data, err := conn.Read(r.Context())
			if err != nil || conn.Write(r.Context(), kind, data) != nil {
				return
			}
		}
	})}, nil
}
