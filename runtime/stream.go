package runtime

import (
	"context"
	"encoding/json"
	"iter"
	"reflect"
	"strings"
	"unsafe"
)

// A Stream is a body that comes item by item: server-sent events (text/event-stream) or JSON lines
// over HTTP, item frames over the socket.
//
// In an answer it is an iterator that the runtime runs after the handler has returned, on the
// goroutine of the call:
//
//	return &api.WatchOK{Body: func(yield func(*api.Tick, error) bool) {
//		for tick := range ticks {
//			if !yield(&tick, nil) {
//				return // the client has left
//			}
//		}
//	}}, nil
//
// Yield returns false once nobody listens; the context of the call is done then, too. An error
// ends the stream: the status has been sent, so all that can be done is to break off, and it is
// logged. A nil Stream is empty.
//
// In a request it is read while the client still sends, once, before the handler returns. Each
// item is checked as it arrives; the first that does not fit ends the stream with an error, which
// the handler returns to answer 400 with its place:
//
//	for tick, err := range req.Body {
//		if err != nil {
//			return nil, err
//		}
//	}
//
// In server-sent events an item is the data of one event, unless T is a struct whose JSON
// members are data, event, id and retry (OpenAPI 3.2 describes events like that); then each
// goes to its own line.
type Stream[T any] func(yield func(*T, error) bool)

// All returns the stream as an iterator, for tests of handlers.
func (s Stream[T]) All() iter.Seq2[*T, error] {
	if s == nil {
		return func(func(*T, error) bool) {}
	}
	return iter.Seq2[*T, error](s)
}

// streamer is implemented by every Stream, whatever its items.
type streamer interface {
	itemType() reflect.Type
	each(codec *valueCodec, emit func(text []byte) error) error
}

// receiver is implemented by pointers to every Stream.
type receiver interface{ receive(src *itemSource) }

var streamType = reflect.TypeFor[streamer]()

func (s Stream[T]) itemType() reflect.Type { return reflect.TypeFor[T]() }

// each encodes the items one after the other. It stops at the first error, of the stream, of
// encoding or of emit.
func (s Stream[T]) each(codec *valueCodec, emit func([]byte) error) (err error) {
	buf := newBuffer()
	defer buf.free()
	for item, failure := range s.All() {
		if failure != nil {
			return failure
		}
		if buf.b, err = codec.encode(buf.b[:0], unsafe.Pointer(item)); err != nil {
			return err
		}
		if err = emit(buf.b); err != nil {
			return err
		}
	}
	return nil
}

// eventFields are the members of an item that is a whole server-sent event.
type eventFields struct {
	Data  json.RawMessage `json:"data"`
	Event string          `json:"event"`
	ID    string          `json:"id"`
	Retry *int            `json:"retry"`
}

// isEventType reports whether items of type t are whole events.
func isEventType(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	data := false
	for f := range t.Fields() {
		name, _, _ := cutTag(f.Tag.Get("json"))
		switch name {
		case "data":
			data = true
		case "event", "id", "retry":
		default:
			return false
		}
	}
	return data
}

// streamOf makes the streamFunc of a body.
func streamOf(body streamer, codec *valueCodec, whole, validate bool) streamFunc {
	return func(ctx context.Context, emit func(streamItem) error) error {
		return body.each(codec, func(text []byte) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := codec.validate(validate, func() []byte { return text }); err != nil {
				return err
			}
			if !whole {
				return emit(streamItem{data: text})
			}
			var fields eventFields
			if err := json.Unmarshal(text, &fields); err != nil {
				return err
			}
			return emit(fields.item())
		})
	}
}

// item separates an event into its lines. Data that is a string is the text itself.
func (e *eventFields) item() streamItem {
	item := streamItem{event: e.Event, id: e.ID, data: e.Data}
	if e.Retry != nil {
		item.retry = *e.Retry
	}
	var text string
	if len(e.Data) > 0 && e.Data[0] == '"' && json.Unmarshal(e.Data, &text) == nil {
		item.data, item.text = []byte(text), true
	}
	return item
}

func cutTag(tag string) (name, options string, found bool) { return strings.Cut(tag, ",") }
