package servers

import (
	"net/http"

	"github.com/lxzan/gws"

	"github.com/rtgen/rtgen/examples/benchmarks/message"
)

// gwsEvents answers every message with itself.
type gwsEvents struct {
	gws.BuiltinEventHandler
	room *room[*gws.Conn]
}

func (g *gwsEvents) OnOpen(c *gws.Conn)           { g.room.join(c) }
func (g *gwsEvents) OnClose(c *gws.Conn, _ error) { g.room.leave(c) }
func (g *gwsEvents) OnMessage(c *gws.Conn, m *gws.Message) {
	defer m.Close()
	_ = c.WriteMessage(m.Opcode, m.Bytes())
}

// newGws is an echo, and the broadcaster of gws.
func newGws() (*contestant, error) {
	events := &gwsEvents{room: newRoom[*gws.Conn]()}
	up := gws.NewUpgrader(events, nil)
	return &contestant{
		handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, err := up.Upgrade(w, r)
			if err != nil {
				return
			}
			go conn.ReadLoop() // lets go of what net/http holds for the request, as gws recommends
		}),
		publish: func(m *message.Message) error {
			data, err := frameOf(m)
			if err != nil {
				return err
			}
			b := gws.NewBroadcaster(gws.OpcodeText, data)
			defer b.Close()
			events.room.each(func(c *gws.Conn) { _ = b.Broadcast(c) })
			return nil
		},
	}, nil
}
