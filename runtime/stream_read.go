package runtime

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"unsafe"
)

// This file reads streams: request bodies of JSON lines or server-sent events, item by item while the
// handler runs.

// receive makes s the items of a source.
func (s *Stream[T]) receive(src *itemSource) {
	*s = func(yield func(*T, error) bool) {
		for {
			item := new(T)
			switch err := src.next(requestBase(item)); {
			case errors.Is(err, io.EOF):
				return
			case err != nil:
				yield(nil, err)
				return
			}
			if !yield(item, nil) {
				return
			}
		}
	}
}

// An itemSource takes items out of a body.
type itemSource struct {
	body  *boundBody
	in    *bufio.Reader
	limit int64 // bytes that one item may have
	max   int64 // bytes of the body, for messages
	count int
	cut   func(*itemSource) ([]byte, error) // returns the JSON text of an item, or nothing to go on
	line  []byte                            // reused
	event []byte
}

func newItemSource(b *boundBody, body io.Reader, limits *bodyLimits) *itemSource {
	src := &itemSource{body: b, in: bufio.NewReader(body), limit: limits.message, max: limits.upload, cut: cutLine}
	switch {
	case b.base == "text/event-stream":
		src.cut = cutEvent
	case isJSONSequence(b.base):
		src.cut = cutSequence
	}
	return src
}

// A streamError is what is wrong with a stream that the client sends. A handler that returns it answers with it,
// whatever statuses the document declares: it is the runtime's own finding, as for any other body.
type streamError struct{ *Problem }

func (e streamError) Unwrap() error { return e.Problem }

// next decodes the next item into the zero variable that into points to. It returns io.EOF behind the last one.
func (src *itemSource) next(into unsafe.Pointer) error {
	for {
		text, err := src.cut(src)
		if len(text) == 0 {
			switch {
			case err == nil:
				continue
			case errors.Is(err, io.EOF):
				return io.EOF
			}
			return streamError{readProblem(err, src.max)}
		}
		at := "/" + strconv.Itoa(src.count)
		src.count++
		if err := src.body.codec.decode(text, into, false); err != nil {
			errs := fieldErrors(nil, err, "body", "")
			for i := range errs {
				errs[i].Pointer = at + errs[i].Pointer
			}
			return streamError{invalid(errs)}
		}
		return nil
	}
}

// until reads up to a delimiter, which is left out, or to the end.
func (src *itemSource) until(delimiter byte) ([]byte, error) {
	src.line = src.line[:0]
	for {
		piece, err := src.in.ReadSlice(delimiter)
		if int64(len(src.line)+len(piece)) > src.limit+1 {
			return nil, &http.MaxBytesError{Limit: src.limit}
		}
		src.line = append(src.line, piece...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimSuffix(src.line, []byte{delimiter}), err
		}
	}
}

// cutLine takes one of several JSON texts in a line each. Empty lines are none.
func cutLine(src *itemSource) ([]byte, error) {
	line, err := src.until('\n')
	return bytes.TrimSpace(line), err
}

// cutSequence takes a JSON text that a record separator precedes (RFC 7464).
func cutSequence(src *itemSource) ([]byte, error) {
	record, err := src.until(0x1e)
	return bytes.TrimSpace(record), err
}

// cutEvent takes a server-sent event. One that has no data is none, and one that ends with the body is one, too.
func cutEvent(src *itemSource) ([]byte, error) {
	var e eventText
	for size := 0; ; {
		line, err := src.until('\n')
		if size += len(line); int64(size) > src.limit {
			return nil, &http.MaxBytesError{Limit: src.limit}
		}
		line = bytes.TrimSuffix(line, []byte{'\r'})
		if len(line) > 0 {
			e.field(line)
		}
		if len(line) == 0 || err != nil {
			src.event = e.appendJSON(src.event[:0], src.body)
			return src.event, err
		}
	}
}

// An eventText is a server-sent event while its lines come in.
type eventText struct {
	data, name, id, retry string
	some                  bool // there was a line of data
}

func (e *eventText) field(line []byte) {
	name, value, _ := bytes.Cut(line, []byte{':'})
	text := string(bytes.TrimPrefix(value, []byte{' '}))
	switch string(name) {
	case "data":
		if e.some {
			text = e.data + "\n" + text
		}
		e.data, e.some = text, true
	case "event":
		e.name = text
	case "id":
		e.id = text
	case "retry":
		e.retry = text
	}
}

// appendJSON appends the item that an event is: its data or, where the document describes whole events, an object.
func (e *eventText) appendJSON(dst []byte, b *boundBody) []byte {
	if !e.some {
		return dst
	}
	if !b.whole {
		return append(dst, e.data...)
	}
	dst = append(dst, `{"data":`...)
	dst = b.shape.member("data").appendScalar(dst, e.data)
	for _, m := range [...]struct{ name, text string }{{"event", e.name}, {"id", e.id}, {"retry", e.retry}} {
		if m.text != "" {
			dst = append(append(append(dst, `,"`...), m.name...), `":`...)
			dst = b.shape.member(m.name).appendScalar(dst, m.text)
		}
	}
	return append(dst, '}')
}
