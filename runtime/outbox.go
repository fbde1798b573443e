package runtime

import (
	"context"
	"errors"
	"sync"
	"time"
)

// An outbox is what waits to be written to one socket. Anybody appends, nobody waits for the
// network while appending; whoever finds it without an owner becomes responsible for having it
// flushed. There is no writer goroutine, so an idle socket costs none.
//
// One writer at a time: the bit owned is handed out by append and given back by flush when
// nothing is left.
type outbox struct {
	conn   frameWriter
	limits *limits

	mu      sync.Mutex // guards everything below; held for appends only, never while writing
	queue   *outBatch  // nil: empty
	bytes   int        // of the queue and of what is being written
	owned   bool
	corked  bool          // nothing is written yet: the welcome comes first
	doomed  bool          // only the last frames are accepted: one was refused already
	ended   bool          // the last frames are queued, nothing is accepted any more
	over    bool          // a write failed, or everything up to the end is written
	room    chan struct{} // closed when a flush made room; nil when nobody waits
	renewed int64         // when the write deadline was last set, by clock; 0: never

	onEnd func(err error) // called once, when over becomes true
}

// A frameWriter is the connection below. Write is called by one goroutine at a time.
type frameWriter interface {
	writeOut([]byte) error
	setWriteDeadline(time.Time) error
}

// An entryWriter writes whole rounds itself, in a form of its own.
type entryWriter interface {
	writeEntries(batch []outEntry) error
}

// An outEntry is one frame, WebSocket header included.
type outEntry struct {
	data  []byte
	buf   *buffer     // given back after writing; nil: data is shared or not pooled
	event *membership // the frame is an event, or a gap, of this membership's channel
	ev    *outEvent   // which event, for overflow; shared
}

// An outBatch is a queue, pooled so that a socket with nothing to write holds none.
type outBatch struct{ entries []outEntry }

var batches = sync.Pool{New: func() any { return new(outBatch) }}

// maxPooledBatch is the longest queue that goes back to the pool.
const maxPooledBatch = 1024

func (b *outBatch) free() {
	if cap(b.entries) > maxPooledBatch {
		return
	}
	b.entries = b.entries[:0]
	batches.Put(b)
}

func (e *outEntry) release() {
	if e.buf != nil {
		e.buf.free()
	}
	*e = outEntry{}
}

// A verdict tells what became of an appended frame.
type verdict uint8

const (
	queued    verdict = iota // somebody else flushes
	mustFlush                // queued, and the caller must have it flushed
	full                     // refused: no room
	refused                  // refused: the socket has ended
)

var errOutboxEnded = errors.New("the socket is closed")

// append queues an entry without waiting. A frame that alone is larger than the queue is taken
// when nothing else waits, because refusing it for ever helps nobody.
func (o *outbox) append(e outEntry) verdict {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.appendLocked(e)
}

func (o *outbox) appendLocked(e outEntry) verdict {
	switch {
	case o.ended || o.over || o.doomed:
		return refused
	case o.queue != nil && !o.fits(len(e.data)):
		return full
	}
	return o.push(e)
}

func (o *outbox) fits(n int) bool {
	return o.bytes+n <= o.limits.queue && len(o.queue.entries) < o.limits.queueFrames
}

func (o *outbox) push(e outEntry) verdict {
	if o.queue == nil {
		o.queue = batches.Get().(*outBatch)
	}
	o.queue.entries = append(o.queue.entries, e)
	o.bytes += len(e.data)
	return o.claim()
}

// claim makes the caller responsible for flushing if nobody is.
func (o *outbox) claim() verdict {
	if o.owned || o.corked || o.queue == nil {
		return queued
	}
	o.owned = true
	return mustFlush
}

// appendWait queues an entry and waits for room. It is for answers, which may not be dropped:
// the call keeps its place among those in flight meanwhile, so that a client which does not
// read is not read from either.
func (o *outbox) appendWait(ctx context.Context, e outEntry) (verdict, error) {
	for {
		o.mu.Lock()
		v := o.appendLocked(e)
		if v != full {
			o.mu.Unlock()
			if v == refused {
				return v, errOutboxEnded
			}
			return v, nil
		}
		if o.room == nil {
			o.room = make(chan struct{})
		}
		room := o.room
		o.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return refused, ctx.Err()
		}
	}
}

// uncork lets writing begin, with first in front of all that was queued before.
func (o *outbox) uncork(first outEntry) verdict {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.corked = false
	if o.ended || o.over {
		return o.claim()
	}
	rest := o.queue
	o.queue = nil
	v := o.push(first)
	if rest != nil {
		o.queue.entries = append(o.queue.entries, rest.entries...)
	}
	return v
}

// end queues the last entries, whatever the limits say, and refuses everything after them. With
// discard, what has waited so far is thrown away: a reader that is too slow gets the reason
// instead of the backlog. Only the first end counts.
func (o *outbox) end(discard bool, last ...outEntry) verdict {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended || o.over {
		return refused
	}
	o.ended, o.corked = true, false
	if discard {
		o.discard()
	}
	v := queued
	for _, e := range last {
		if o.push(e) == mustFlush {
			v = mustFlush
		}
	}
	return v
}

// doom refuses everything but the last frames. Whoever could not queue a frame calls it: a smaller
// one behind it might fit, and the client would not know that something is missing in between.
func (o *outbox) doom() {
	o.mu.Lock()
	o.doomed = true
	o.wake()
	o.mu.Unlock()
}

// discard throws away what waits.
func (o *outbox) discard() {
	if o.queue == nil {
		return
	}
	for i := range o.queue.entries {
		e := &o.queue.entries[i]
		o.bytes -= len(e.data)
		e.unqueued()
		e.release()
	}
	o.queue = nil
}

// unqueued takes the entry off the backlog of its channel.
func (e *outEntry) unqueued() {
	if e.event != nil {
		e.event.waitsNot(len(e.data))
	}
}

// fail gives up on the connection: nothing is written any more.
func (o *outbox) fail(err error) {
	o.mu.Lock()
	if o.over {
		o.mu.Unlock()
		return
	}
	o.ended, o.over = true, true
	o.discard()
	o.wake()
	o.mu.Unlock()
	o.onEnd(err)
}

func (o *outbox) wake() {
	if o.room != nil {
		close(o.room)
		o.room = nil
	}
}

// take hands the queue to the flusher. Nil means that the caller owns the outbox no more.
func (o *outbox) take() *outBatch {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.queue == nil || o.over {
		o.owned = false
		return nil
	}
	batch := o.queue
	o.queue = nil
	for i := range batch.entries {
		batch.entries[i].unqueued()
	}
	return batch
}

// maxWrite is how much one write carries: large enough to make the system call cheap, small
// enough to come from a pool.
const maxWrite = 64 << 10

var writeBuffers = sync.Pool{New: func() any { return &buffer{b: make([]byte, 0, maxWrite)} }}

// flush writes one round of what has been queued; now is the time by clock. The caller owns the outbox; more is true when
// it still does, because frames came in meanwhile.
func (o *outbox) flush(now int64) (more bool) {
	batch := o.take()
	if batch == nil {
		return false
	}
	o.renewDeadline(now)
	size, err := o.write(batch.entries)
	for i := range batch.entries {
		batch.entries[i].release()
	}
	batch.free()
	if err != nil {
		o.mu.Lock()
		o.owned = false
		o.mu.Unlock()
		o.fail(err)
		return false
	}
	return o.written(size)
}

// written settles the accounts of one round.
func (o *outbox) written(size int) (more bool) {
	o.mu.Lock()
	o.bytes -= size
	o.wake()
	more = o.queue != nil && !o.over
	o.owned = more
	ended := o.ended && !more && !o.over
	if ended {
		o.over = true
	}
	o.mu.Unlock()
	if ended {
		o.onEnd(nil)
	}
	return more
}

// renewDeadline gives the next write its time. The deadline is set at most every quarter of it, as setting
// one costs more than a short write.
func (o *outbox) renewDeadline(now int64) {
	if o.renewed != 0 && time.Duration(now-o.renewed) < o.limits.writeDeadline/4 {
		return
	}
	o.renewed = now
	_ = o.conn.setWriteDeadline(time.Now().Add(o.limits.writeDeadline)) // a dead connection fails in write
}

// write writes a batch in as few system calls as its size allows.
func (o *outbox) write(batch []outEntry) (size int, err error) {
	for _, e := range batch {
		size += len(e.data)
	}
	if w, ok := o.conn.(entryWriter); ok {
		return size, w.writeEntries(batch)
	}
	if len(batch) == 1 {
		return size, o.conn.writeOut(batch[0].data)
	}
	buf := writeBuffers.Get().(*buffer)
	defer func() {
		buf.b = buf.b[:0]
		writeBuffers.Put(buf)
	}()
	for _, e := range batch {
		if len(buf.b) > 0 && len(buf.b)+len(e.data) > maxWrite {
			if err := o.conn.writeOut(buf.b); err != nil {
				return size, err
			}
			buf.b = buf.b[:0]
		}
		if len(e.data) > maxWrite {
			if err := o.conn.writeOut(e.data); err != nil {
				return size, err
			}
			continue
		}
		buf.b = append(buf.b, e.data...)
	}
	if len(buf.b) == 0 {
		return size, nil
	}
	return size, o.conn.writeOut(buf.b)
}
