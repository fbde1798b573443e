package runtime

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A connection is what a socket is connected by: a WebSocket, or an event stream.
type connection interface {
	frameWriter
	setReadDeadline(time.Time) // for the read loop to end at; streams have none
	closeWrite()               // everything is written
	close()                    // nothing is left to lose
}

// A streamWire writes frames as server-sent events. Frames come framed for WebSocket and shared with
// other members; all that is done for this one is to put each payload on a data line, so that
// what a WebSocket message holds between line feeds is what one event holds.
type streamWire struct {
	w      http.ResponseWriter
	ctl    *http.ResponseController
	limits *limits
	vector *vector       // nil: the client keeps its positions itself
	done   chan struct{} // closed when the stream is over
	once   sync.Once     // closes done
	due    atomic.Int64  // when the write that goes on has to be done, in nanoseconds; 0: there is none

	mu    sync.Mutex // held while writing; guards what is below
	begun bool       // the status is written
	over  bool       // the handler returns: nothing may be written any more
}

func newStreamWire(w http.ResponseWriter, l *limits) *streamWire {
	return &streamWire{w: w, ctl: http.NewResponseController(w), limits: l, done: make(chan struct{})}
}

// capable tells whether the response can do what a stream needs. The request has until the deadline
// to be read.
func (w *streamWire) capable(read time.Time) bool {
	return !errors.Is(w.ctl.SetReadDeadline(read), http.ErrNotSupported) &&
		!errors.Is(w.ctl.SetWriteDeadline(time.Time{}), http.ErrNotSupported) && canFlush(w.w)
}

// canFlush looks for a flusher as http.ResponseController does, which only tells after having flushed.
func canFlush(w http.ResponseWriter) bool {
	for {
		switch t := w.(type) {
		case http.Flusher, interface{ FlushError() error }:
			return true
		case interface{ Unwrap() http.ResponseWriter }:
			w = t.Unwrap()
		default:
			return false
		}
	}
}

// open takes the deadline off the request: its connection lives on.
func (w *streamWire) open() { _ = w.ctl.SetReadDeadline(time.Time{}) } // a dead one is seen by the writer

// finish waits until nobody writes and lets nobody begin. A writer that a stalled peer holds up is
// interrupted.
func (w *streamWire) finish() {
	if !w.mu.TryLock() {
		_ = w.ctl.SetWriteDeadline(time.Unix(1, 0)) // the writer fails
		w.mu.Lock()
	}
	w.over = true
	w.mu.Unlock()
}

func (w *streamWire) close()                           { w.once.Do(func() { close(w.done) }) }
func (w *streamWire) closeWrite()                      { w.close() }
func (w *streamWire) setReadDeadline(time.Time)        {}
func (w *streamWire) setWriteDeadline(time.Time) error { return nil } // each write has its own

// writeOut writes frames that follow one another.
func (w *streamWire) writeOut(b []byte) error { return w.writeEntries([]outEntry{{data: b}}) }

// writeEntries writes a round of the outbox as one event, or as several where it is long.
func (w *streamWire) writeEntries(batch []outEntry) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return errSocketClosed
	}
	buf := writeBuffers.Get().(*buffer)
	defer func() {
		if cap(buf.b) == maxWrite { // not one that a large frame has made grow
			buf.b = buf.b[:0]
			writeBuffers.Put(buf)
		}
	}()
	for i := range batch {
		e := &batch[i]
		if len(buf.b) > 0 && len(buf.b)+len(e.data) > maxWrite {
			if err := w.event(buf); err != nil {
				return err
			}
		}
		buf.b = appendData(buf.b, e.data)
		w.vector.note(e)
	}
	return w.event(buf)
}

// event ends an event and sends it.
func (w *streamWire) event(buf *buffer) error {
	buf.b = w.vector.appendID(buf.b)
	if len(buf.b) == 0 {
		return nil
	}
	buf.b = append(buf.b, '\n')
	err := w.send(buf.b)
	buf.b = buf.b[:0]
	return err
}

// send writes within the deadline. The deadline is taken away again: over HTTP/2 it ends the stream also
// when nothing is being written.
func (w *streamWire) send(b []byte) error {
	if !w.begun {
		w.begun = true
		h := w.w.Header()
		h.Set("Content-Type", "text/event-stream")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Accel-Buffering", "no") // nginx would hold events back
		w.w.WriteHeader(http.StatusOK)
	}
	deadline := time.Now().Add(w.limits.writeDeadline)
	w.due.Store(deadline.UnixNano())
	_ = w.ctl.SetWriteDeadline(deadline) // a dead connection fails in write
	_, err := w.w.Write(b)
	if err == nil {
		err = w.ctl.Flush()
	}
	if err != nil && !time.Now().Before(deadline) {
		return os.ErrDeadlineExceeded // over HTTP/2 the error does not say so
	}
	if err == nil {
		w.due.Store(0)
	}
	_ = w.ctl.SetWriteDeadline(time.Time{})
	return err
}

// overdue tells whether a write has taken all of its time.
func (w *streamWire) overdue() bool {
	due := w.due.Load()
	return due != 0 && time.Now().UnixNano() >= due
}

// appendData appends the payloads of WebSocket frames as lines of data. Frames of control have nothing
// to say here.
func appendData(dst, frames []byte) []byte {
	for len(frames) > 0 {
		op, size, at := frames[0], int(frames[1]), 2
		switch size {
		case 126:
			size, at = int(frames[2])<<8|int(frames[3]), 4
		case 127:
			size = 0
			for _, c := range frames[2:10] {
				size = size<<8 | int(c)
			}
			at = 10
		}
		if op == opText {
			dst = append(append(append(dst, "data: "...), oneLine(frames[at:at+size])...), '\n')
		}
		frames = frames[at+size:]
	}
	return dst
}

// oneLine is the payload without carriage returns, which end a line in an event stream. Frames that
// are made here have none; the data of an event may come from an engine.
func oneLine(payload []byte) []byte {
	if bytes.IndexByte(payload, '\r') < 0 {
		return payload
	}
	return bytes.ReplaceAll(payload, []byte{'\r'}, []byte{' '})
}
