// Package servers holds the contestants that are written in Go. Each is one process, started by
// the load generator, which tells it what to do by lines on its standard input.
package servers

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/rtgen/rtgen/examples/benchmarks/message"
)

// A contestant is a server as somebody would write it.
type contestant struct {
	handler http.Handler
	publish func(m *message.Message) error // to everybody who is in the room; nil where there is no such thing
}

// contestants by name. What a name stands for is said in the table of the load generator.
var contestants = map[string]func() (*contestant, error){
	"rtgen":        newRtgen,
	"gorilla":      newGorilla,
	"gorilla-json": newGorillaJSON,
	"gorilla-hub":  newGorillaHub,
	"gws":          newGws,
	"coder":        newCoder,
	"centrifuge":   newCentrifuge,
	"nethttp":      newNetHTTP,
	"ogen":         newOgen,
	"oapi":         newOapi,
}

// Open is a contestant without a process of its own, and how it publishes to everybody; nil where it cannot.
func Open(name string) (http.Handler, func(*message.Message) error, error) {
	open, ok := contestants[name]
	if !ok {
		return nil, nil, fmt.Errorf("there is no contestant %q", name)
	}
	c, err := open()
	if err != nil {
		return nil, nil, err
	}
	return c.handler, c.publish, nil
}

// An envelope is what people wrap around a typed call when they write the protocol themselves.
type envelope struct {
	ID   int64           `json:"id"`
	Op   string          `json:"op"`
	Room string          `json:"room"`
	Body json.RawMessage `json:"body"`
}

// An answer is the envelope of a reply.
type answer struct {
	ID     int64           `json:"id"`
	Status int             `json:"status"`
	Body   message.Message `json:"body"`
}

// A notice is the envelope of an event.
type notice struct {
	Event string           `json:"event"`
	Data  *message.Message `json:"data"`
}

func frameOf(m *message.Message) ([]byte, error) {
	return json.Marshal(notice{"message.created", m})
}
