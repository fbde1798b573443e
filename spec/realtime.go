package spec

import (
	"encoding/json"
	"time"
)

// Realtime is x-realtime on the document.
type Realtime struct {
	Endpoint  string // path of the socket, "/realtime" by default
	Stream    string // path of the HTTP fallback, "/realtime/stream" by default
	Security  []Requirement
	Calls     string        // "all" or "marked"
	Heartbeat time.Duration // zero: the runtime's default
	Limits    Limits
	Events    []*Event   // shared ones, by Name
	Channels  []*Channel // by Name
	Pos       Position
}

// Limits are the limits of the document; zero fields mean the runtime's default.
type Limits struct {
	Message  int // bytes
	Inflight int // calls per socket
	Channels int // subscriptions per socket
	Batch    int // frames per message
	Queue    int // bytes
	Rate     Rate
}

// Rate is "N/s" or "N/m"; the zero value means no limit.
type Rate struct {
	N   int
	Per time.Duration
}

// Channel is a named family of subscriptions; each set of parameters is one.
type Channel struct {
	Name        string
	Address     []AddressPart   // in order
	Template    string          // as written: "rooms/{roomId}"
	Params      []*ChannelParam // in the order of the address
	Doc         Doc
	Security    []Requirement // nil: nothing beyond the operation's
	Reauthorize time.Duration
	Events      []*ChannelEvent // by Name
	HistorySize int             // zero: no history
	HistoryTTL  time.Duration
	Recovery    string // "none", "stream", "latest"
	Overflow    string // "disconnect", "conflate", "drop"
	Presence    *Presence
	Echo        bool
	Rate        Rate
	Pos         Position
}

// AddressPart is a literal or a parameter of an address, never both.
type AddressPart struct {
	Literal string
	Param   string
}

// ChannelParam is a parameter of an address.
type ChannelParam struct {
	Name   string
	Doc    Doc
	Type   Type
	Schema string
	Pos    Position
}

// Event is the payload of an event and how events relate to each other.
type Event struct {
	Name     string
	Doc      Doc
	Type     Type
	Schema   string
	Key      string // JSON pointer into the payload; "" is the whole payload, see HasKey
	HasKey   bool
	Version  string // JSON pointer; empty when there is none
	Volatile bool   // not kept in history
	Example  json.RawMessage
	Pos      Position
}

// ChannelEvent is an event under its name in a channel.
type ChannelEvent struct {
	Name  string // as it travels: "message.created"
	Event *Event // shared events keep their own name; inline ones are named "<channel>.<event>"
}

// Presence is the member list of a channel.
type Presence struct {
	Visibility string // "members" or "count"
	Identity   *Expr  // what tells members apart; nil: the connection
	Info       Type   // what a member publishes of itself; nil: nothing
	InfoSchema string
	Grace      time.Duration
	Max        int // zero: no cap beyond the runtime's
	Pos        Position
}

// Actions is x-realtime on an operation.
type Actions struct {
	Call        *bool // nil: not said
	Subscribe   []*Target
	Unsubscribe []*Target
	Publish     []*Publish
	Stream      *Target
	History     *History
	Order       string // "none", "connection" or "expr"
	OrderBy     *Expr  // when Order is "expr"
	Timeout     time.Duration
	Pos         Position
}

// Target is a channel with its parameters bound.
type Target struct {
	Channel  *Channel
	Bindings []Binding // one for each parameter of the channel, in its order
	On       []string  // statuses: "201", "2XX"; {"2XX"} by default
	Presence bool
	Pos      Position
}

// History is a channel whose history an operation answers with, page by page.
type History struct {
	Target              // On and Presence mean nothing here
	After     *Expr     // where the page begins
	Limit     *Binding  // how many events it has at most; nil: the runtime's default
	ByHandler bool      // the application makes the page, with the typed reader of the channel
	Response  *Response // the success that the page is; nil only in a document with errors
	Media     *Media    // its JSON
}

// Kept are the events of a channel that its history has.
func (c *Channel) Kept() []*ChannelEvent {
	var list []*ChannelEvent
	for _, e := range c.Events {
		if !e.Event.Volatile {
			list = append(list, e)
		}
	}
	return list
}

// Publish is an event that an answer publishes by itself.
type Publish struct {
	Channel  *Channel
	Event    *ChannelEvent
	Bindings []Binding
	On       []string

	// Exactly one of the following describes the payload.
	Data       *Expr     // one expression; "$response.body" by default
	DataFields []Binding // an object of expressions and literals, by Name
	ByHandler  bool      // only the typed publisher is emitted
	Pos        Position
}

// Binding gives a name a value: an expression or a literal, never both.
type Binding struct {
	Name    string
	Expr    *Expr
	Literal json.RawMessage
	Pos     Position
}

// Expr is a runtime expression: OpenAPI's, or $auth.<claim>.
type Expr struct {
	Text    string // as written
	Source  string // "request.path", "request.query", "request.header", "request.body", "response.header", "response.body", "auth"
	Name    string // parameter, header or claim
	Pointer string // JSON pointer into a body; empty: the whole body
}
