package runtime

import (
	"context"
	"time"
)

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
		// A client that has seen no event yet goes on from here too.
		if err := l.catchUp(ctx, from, resumed, emit); err != nil {
			return err
		}
		return l.follow(ctx, emit)
	}
}

func lastEventID(ex *exchange) (Position, bool) {
	if ex.origin == nil {
		return Position{}, false
	}
	text := ex.origin.Header.Get("Last-Event-ID")
	at, _ := parsePosition(text)
	return at, text != ""
}

// catchUp sends what the client has missed up to where the listener began. When the log does not
// reach back that far, it says so with the reserved event $reset: the client takes its snapshot
// again.
func (l *listener) catchUp(ctx context.Context, from Position, resumed bool, emit func(streamItem) error) error {
	if !resumed {
		return emit(streamItem{id: l.start.String(), mark: true})
	}
	events, reason := l.rt.missed(ctx, l.channel, from, l.start)
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

// follow sends events as they come, and now and then a sign of life, without which neither a proxy nor
// this server would know that the connection is still there.
func (l *listener) follow(ctx context.Context, emit func(streamItem) error) error {
	beat := time.NewTimer(jitter(l.rt.heartbeat))
	defer beat.Stop()
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
			return l.farewell(emit)
		}
		select {
		case <-l.ready:
		case <-beat.C:
			if err := emit(streamItem{mark: true}); err != nil {
				return err
			}
			beat.Reset(jitter(l.rt.heartbeat))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (l *listener) farewell(emit func(streamItem) error) error {
	l.mu.Lock()
	retry := l.retry
	l.mu.Unlock()
	if retry == 0 {
		return nil
	}
	return emit(streamItem{retry: int(retry.Milliseconds()), mark: true})
}
