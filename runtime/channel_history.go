package runtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// A HistoryPage says which part of a channel's history is wanted.
type HistoryPage struct {
	After string // the Next of the page before; empty: from the oldest event that is kept
	Limit int    // how many events at most; 0: 100; more than 1000 are as many
}

// PastEvents is a page of a channel's history, oldest event first.
type PastEvents struct {
	Events []PastEvent
	Next   string // the After of the page behind this one
	More   bool   // there are further events now
}

// A PastEvent is an event in the history of a channel.
type PastEvent struct {
	Seq  uint64
	ID   string
	Type string          // as the document calls it: "message.created"
	Data json.RawMessage // as it was published; EventAs makes it a value
}

const (
	historyPage    = 100
	historyPageMax = 1000
)

// History returns a page of the events that are kept of the channel: what an operation with pages needs, for
// clients that ask now and then and do not subscribe. Where the document has an operation with history, the
// emitted channel has a History of its own, with types. The error is ErrTruncated when the history does not
// reach back to the page any more, or has begun anew: the client starts with the first page, or takes its
// snapshot again. What After cannot be is a Problem with status 400.
func (c Channel) History(ctx context.Context, page HistoryPage) (PastEvents, error) {
	if err := c.check(); err != nil {
		return PastEvents{}, err
	}
	limit := historyPage
	if page.Limit > 0 {
		limit = min(page.Limit, historyPageMax)
	}
	from, ok := parsePosition(page.After)
	if !ok && page.After != "" {
		return PastEvents{}, fault(http.StatusBadRequest, "position", "the page begins at no position")
	}
	engine, address, retain := c.rt.hub.engine, c.address, c.typ.retain
	h, err := engine.History(ctx, address, retain, from.Seq, limit)
	for tries := 0; errors.Is(err, ErrTruncated) && page.After == "" && tries < 3; tries++ {
		from.Seq = h.First // and once more when that has just gone
		h, err = engine.History(ctx, address, retain, from.Seq, limit)
	}
	switch {
	case err != nil:
		return PastEvents{}, err
	case page.After == "":
		from.Epoch, from.Last = h.Position.Epoch, h.Before
	case from.Epoch != h.Position.Epoch, differ(from.Last, h.Before):
		return PastEvents{}, ErrTruncated
	}
	out := PastEvents{Events: make([]PastEvent, len(h.Events))}
	for i, k := range h.Events {
		out.Events[i] = PastEvent{Seq: k.Seq, ID: k.Event.ID, Type: k.Event.Type, Data: json.RawMessage(k.Event.Data)}
		from.Seq, from.Last = k.Seq, k.Event.ID
	}
	out.Next, out.More = from.String(), from.Seq < h.Position.Seq
	return out, nil
}

// EventAs returns the data of an event as the Go type that the document's schema has:
//
//	switch e.Type {
//	case "message.created":
//		message, err := rt.EventAs[api.Message](e)
func EventAs[T any](e PastEvent) (*T, error) {
	value := new(T)
	if err := json.Unmarshal(e.Data, value); err != nil {
		return nil, fmt.Errorf("event %s: %w", e.Type, err)
	}
	return value, nil
}
