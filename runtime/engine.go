package runtime

import (
	"context"
	"errors"
	"time"
)

// An Engine keeps the events of channels in order and brings each of them to every node that
// has members in the channel. The hub of a node, which knows those members and their sockets,
// is its only user; application code publishes through channels.
//
// One channel is one sequence: positions grow by one with every kept event, and belong to an
// epoch, which changes when the sequence starts again. Events of different channels have no
// order. All methods are safe for concurrent use.
type Engine interface {
	// Publish gives the event its position and delivers it to every subscription of the channel,
	// on this node and on others, in the order of positions. The event is delivered on this node
	// no later than Publish returns. A volatile event takes no position: it gets the one that
	// the channel has. The event must not be changed afterwards.
	Publish(ctx context.Context, channel string, retain Retention, event *Event) (Position, error)

	// Subscribe calls deliver for every event from now on, one at a time and in order. The
	// position is that of the last event before them. A delivery must not call the engine.
	Subscribe(ctx context.Context, channel string, retain Retention, deliver func(Position, *Event)) (Subscription, error)

	// History returns the kept events after position seq of the channel's present epoch, oldest
	// first, and no more than limit of them: the rest is after the last of them. The error is
	// ErrTruncated when the event behind seq is no longer kept, or seq is beyond the newest; the
	// History then has the positions, and no events.
	History(ctx context.Context, channel string, retain Retention, seq uint64, limit int) (History, error)

	// Close ends all deliveries and gives up what the engine holds.
	Close() error
}

// A Subscription is the delivery of one channel to one node.
type Subscription struct {
	Position Position // where the channel stood when delivery began
	Cancel   func()   // ends delivery; no event is delivered after it returns
}

// A Position is a place in the sequence of one channel. The zero value is the position of a
// channel that has never been looked at.
type Position struct {
	Epoch string // changes when positions start again
	Seq   uint64 // of the newest event; 0: none yet
	Last  string // id of that event; empty when it is not known any more
}

// Retention is how much of a channel is kept for clients that come back. The zero value keeps
// nothing.
type Retention struct {
	Size int           // events
	TTL  time.Duration // age of the oldest one; 0: no limit
}

// An Event is what travels through a channel. It is immutable once published.
type Event struct {
	Type     string   // the event's name in the document
	ID       string   // unique; set by the publisher, so that a repeated publish can be recognised
	Data     []byte   // JSON text without line feeds
	Key      string   // which thing the event is about, as JSON text; empty: none
	Omit     []string // ids of sockets that do not get it
	Volatile bool     // takes no position and is not kept
}

// A Kept is an event in the log of a channel.
type Kept struct {
	Seq   uint64
	Event *Event
}

// History is a piece of the log of a channel.
type History struct {
	Position Position // the newest of the channel
	First    uint64   // the oldest position that can be asked for: the one before the first kept event
	Before   string   // id of the event at the position that was asked for; empty: not kept any more
	Events   []Kept
}

// ErrTruncated tells that the log does not reach back as far as was asked.
var ErrTruncated = errors.New("the history does not reach back that far")

// ErrEngineClosed tells that the engine has been closed.
var ErrEngineClosed = errors.New("the engine is closed")
