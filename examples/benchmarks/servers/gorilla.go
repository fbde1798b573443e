package servers

import (
	"encoding/json"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/rtgen/rtgen/examples/benchmarks/message"
)

var upgrader websocket.Upgrader

// room is who has connected.
type room[C comparable] struct {
	mu      sync.Mutex // guards members
	members map[C]struct{}
}

func newRoom[C comparable]() *room[C] { return &room[C]{members: map[C]struct{}{}} }

func (r *room[C]) join(c C) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.members[c] = struct{}{}
}

func (r *room[C]) leave(c C) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.members, c)
}

func (r *room[C]) each(do func(C)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.members {
		do(c)
	}
}

// newGorilla answers every message with itself, and publishes by a loop over a PreparedMessage: the
// limit of what gorilla can do, without a type in sight.
func newGorilla() (*contestant, error) {
	room := newRoom[*websocket.Conn]()
	return &contestant{
		handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, err := upgrader.Upgrade(w, r, nil)
			if err != nil {
				return
			}
			defer conn.Close()
			room.join(conn)
			defer room.leave(conn)
			for {
				kind, data, err := conn.ReadMessage()
				if err != nil || conn.WriteMessage(kind, data) != nil {
					return
				}
			}
		}),
		publish: func(m *message.Message) error {
			data, err := frameOf(m)
			if err != nil {
				return err
			}
			prepared, err := websocket.NewPreparedMessage(websocket.TextMessage, data)
			if err != nil {
				return err
			}
			room.each(func(c *websocket.Conn) { _ = c.WritePreparedMessage(prepared) })
			return nil
		},
	}, nil
}

// newGorillaJSON is what people write by hand: an envelope, encoding/json, a switch, no validation.
func newGorillaJSON() (*contestant, error) {
	return &contestant{handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		for {
			var in envelope
			if err := conn.ReadJSON(&in); err != nil {
				return
			}
			switch in.Op {
			case "createMessage":
				var n message.New
				if err := json.Unmarshal(in.Body, &n); err != nil {
					return
				}
				if err := conn.WriteJSON(answer{in.ID, http.StatusCreated, message.Reply(in.Room, &n)}); err != nil {
					return
				}
			}
		}
	})}, nil
}

// hubQueue is how many events wait for one socket before it is dropped.
const hubQueue = 1024

// A hubMember has a queue and a goroutine that empties it.
type hubMember struct {
	conn  *websocket.Conn
	queue chan *websocket.PreparedMessage
}

// newGorillaHub is the hub of gorilla's chat example with prepared messages: a queue and a writer per socket.
func newGorillaHub() (*contestant, error) {
	room := newRoom[*hubMember]()
	return &contestant{
		handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, err := upgrader.Upgrade(w, r, nil)
			if err != nil {
				return
			}
			defer conn.Close()
			m := &hubMember{conn, make(chan *websocket.PreparedMessage, hubQueue)}
			room.join(m)
			defer room.leave(m)
			ended := make(chan struct{})
			defer close(ended)
			go func() {
				for {
					select {
					case p := <-m.queue:
						if conn.WritePreparedMessage(p) != nil {
							return
						}
					case <-ended:
						return
					}
				}
			}()
			// A join is answered, as by the others, so that the client knows that it is in.
			for {
				kind, data, err := conn.ReadMessage()
				if err != nil {
					return
				}
				p, err := websocket.NewPreparedMessage(kind, data)
				if err != nil {
					return
				}
				m.queue <- p
			}
		}),
		publish: func(m *message.Message) error {
			data, err := frameOf(m)
			if err != nil {
				return err
			}
			prepared, err := websocket.NewPreparedMessage(websocket.TextMessage, data)
			if err != nil {
				return err
			}
			room.each(func(m *hubMember) {
				select {
				case m.queue <- prepared:
				default:
					_ = m.conn.NetConn().Close() // too slow
				}
			})
			return nil
		},
	}, nil
}
