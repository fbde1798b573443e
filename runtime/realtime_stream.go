package runtime

import (
	"context"
	"errors"
	"sync"
)

// A listener follows one channel for a streamed answer over HTTP. Events wait in it until the
// answer takes them; a reader that is too slow is cut off and comes back with the id of the
// event that it saw last.
type listener struct {
	max    int // events that may wait
	start  Position
	retain Retention
	typ    *channelType
	key    string // the address
	cancel func()

	mu     sync.Mutex // guards everything below
	queue  []listened
	ready  chan struct{} // one token when the queue is not empty or the end has come
	closed bool
	over   bool // the queue was too long
}

type listened struct {
	pos   Position
	event *Event
}

var errSlowReader = errors.New("the reader of the stream is too slow")

// openListener begins to follow a channel, before the handler runs.
func (rt *realtime) openListener(ex *exchange, t *targetPlan, out *outcome) *Problem {
	address, ok := t.address(ex, nil)
	if !ok {
		return badAddress(t)
	}
	l := &listener{
		max: rt.limits.queueFrames, retain: t.typ.retain, typ: t.typ, key: address,
		ready: make(chan struct{}, 1),
	}
	sub, err := rt.hub.engine.Subscribe(ex.ctx, address, t.typ.retain, l.deliver)
	if err != nil {
		return rt.channelProblem(err)
	}
	l.start, l.cancel = sub.Position, sub.Cancel
	// Whatever becomes of the request, it ends.
	context.AfterFunc(ex.ctx, l.close)
	out.events = l
	out.positions = append(out.positions, standing{t, address, l.start})
	return nil
}

func (l *listener) deliver(pos Position, event *Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed || l.over:
		return
	case len(l.queue) >= l.max:
		l.over = true
	default:
		l.queue = append(l.queue, listened{pos, event})
	}
	l.signal()
}

func (l *listener) signal() {
	select {
	case l.ready <- struct{}{}:
	default:
	}
}

// close ends the listener; a nil one has nothing to end.
func (l *listener) close() {
	if l == nil {
		return
	}
	l.mu.Lock()
	was := l.closed
	l.closed, l.queue = true, nil
	l.signal()
	l.mu.Unlock()
	if !was {
		l.cancel()
	}
}

func (l *listener) take() (batch []listened, over, closed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	batch, l.queue = l.queue, nil
	return batch, l.over, l.closed
}

// stream returns the live events of a streamed channel, from the position that the client names
// in Last-Event-ID, or from where the channel stood before the handler ran.
func (rt *realtime) stream(ex *exchange) streamFunc {
	out, _ := ex.realtime.(*outcome)
	if out == nil || out.events == nil {
		return nil
	}
	l := out.events
	from, resumed := lastEventID(ex)
	return func(ctx context.Context, emit func(streamItem) error) error {
		defer l.close()
		if resumed {
			if err := rt.replayTo(ctx, l, from, emit); err != nil {
				return err
			}
		}
		return l.follow(ctx, emit)
	}
}

func lastEventID(ex *exchange) (Position, bool) {
	text, ok := ex.requestParam(InHeader, "Last-Event-ID")
	if !ok {
		return Position{}, false
	}
	s, ok := unquote(text)
	if !ok {
		return Position{}, false
	}
	return parsePosition(s)
}

// replayTo sends what the client has missed up to where the listener began. When the log does not
// reach back that far, it says so with the reserved event $reset: the client takes its snapshot
// again.
func (rt *realtime) replayTo(ctx context.Context, l *listener, from Position, emit func(streamItem) error) error {
	events, reason := rt.missed(ctx, l.typ, l.key, from, l.start)
	if reason != "" {
		data := append(appendString([]byte(`{"reason":`), reason), '}')
		return emit(streamItem{event: "$reset", id: l.start.String(), data: data})
	}
	for _, k := range events {
		pos := Position{Epoch: l.start.Epoch, Seq: k.Seq, Last: k.Event.ID}
		if err := emit(itemOf(pos, k.Event)); err != nil {
			return err
		}
	}
	return nil
}

func itemOf(pos Position, event *Event) streamItem {
	item := streamItem{event: event.Type, data: event.Data}
	if !event.Volatile {
		item.id = pos.String()
	}
	return item
}

func (l *listener) follow(ctx context.Context, emit func(streamItem) error) error {
	for {
		batch, over, closed := l.take()
		for _, one := range batch {
			if err := emit(itemOf(one.pos, one.event)); err != nil {
				return err
			}
		}
		if over {
			return errSlowReader
		}
		if closed {
			return nil
		}
		select {
		case <-l.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
