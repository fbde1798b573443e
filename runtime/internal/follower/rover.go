package follower

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// A Rover is a whole client: a [Follower] that makes calls all the time and that, told to leave a server,
// makes its new connection before it gives up the old one, as the protocol document says under "Draining".
// A call that has not run, as the server says, is made elsewhere; one whose outcome is unknown is made again
// with its Idempotency-Key.
type Rover struct {
	*Follower
	Dial    Dial
	Silence time.Duration           // of a server that is taken for gone
	Every   time.Duration           // between calls, about; 0: none
	Request func(key string) string // of the members of a call, its Idempotency-Key among them

	quiet atomic.Bool

	mu    sync.Mutex // guards what follows
	trips Trips
	open  int // calls without an outcome
}

// Trips count what a rover has met.
type Trips struct {
	Answered  int      // calls with success
	Elsewhere int      // calls that had not run and were made again
	Unknown   int      // calls that were lost with a connection and made again with their key
	Failed    []string // calls with another outcome, as it came
	Moves     int      // connections that were there before the old one had gone
	Breaks    int      // connections that were lost without another
}

// Trips returns what has been met so far, and how many calls have no outcome yet.
func (r *Rover) Trips() (t Trips, open int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.trips, r.open
}

// Quiet ends the making of calls. Those that have been made get their outcome.
func (r *Rover) Quiet() { r.quiet.Store(true) }

func (r *Rover) count(f func(t *Trips)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.trips)
}

// firstCall is the first id of a rover's own calls, beyond those of its follower.
const firstCall = 1 << 32

// mostOpen is how many calls a rover has open at most.
const mostOpen = 4

// A line is one connection of a rover.
type line struct {
	ws       Conn
	calls    map[uint64]string // by id, their keys
	draining bool
	refusing bool // it has refused a call
	retired  bool // another one has taken its place
	bye      int
}

// roving is the state of a rover that runs. One goroutine has it.
type roving struct {
	*Rover
	ctx     context.Context
	readers sync.WaitGroup
	inbox   chan received
	dialed  chan Conn // nil: nobody answered
	redial  <-chan time.Time
	dialing bool

	lines    map[*line]struct{}
	link     *line // takes calls; nil: none
	fresh    *line // has got its hello and is to take the place of link
	followed *line // the one whose channels count
	waiting  []string
	made     int
	id       uint64
}

type received struct {
	on   *line
	data []byte
	err  error
}

// Run roves until ctx ends. The error is a broken promise.
func (r *Rover) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	l := &roving{
		Rover: r, ctx: ctx, inbox: make(chan received), dialed: make(chan Conn),
		lines: make(map[*line]struct{}), redial: time.After(0), id: firstCall,
	}
	defer l.end(cancel)
	calls := make(<-chan time.Time)
	if r.Every > 0 {
		ticker := time.NewTicker(r.Every/2 + rand.N(r.Every)) // or all would call at once
		defer ticker.Stop()
		calls = ticker.C
	}
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-l.redial:
			l.dial()
		case ws := <-l.dialed:
			l.greet(ws)
		case in := <-l.inbox:
			err = l.take(in)
		case <-calls:
			l.call()
		}
		if err != nil {
			return err
		}
	}
}

func (l *roving) end(cancel context.CancelFunc) {
	cancel()
	for on := range l.lines {
		on.ws.Close()
	}
	l.readers.Wait()
	l.Lost()
}

// again dials after at most so long.
func (l *roving) again(within time.Duration) {
	if l.redial == nil && !l.dialing {
		l.redial = time.After(rand.N(within + 1))
	}
}

func (l *roving) dial() {
	l.redial, l.dialing = nil, true
	l.readers.Go(func() {
		ws, err := l.Dial(l.ctx)
		if err != nil {
			ws = nil
		}
		select {
		case l.dialed <- ws:
		case <-l.ctx.Done():
			if ws != nil {
				ws.Close()
			}
		}
	})
}

// greet says hello on a new connection. From here on only that one's channels count.
func (l *roving) greet(ws Conn) {
	l.dialing = false
	if ws == nil {
		l.again(50 * time.Millisecond)
		return
	}
	on := &line{ws: ws, calls: make(map[uint64]string)}
	l.lines[on] = struct{}{}
	l.fresh, l.followed = on, on
	l.readers.Go(func() { l.read(on) })
	l.write(on, l.Connect())
}

func (l *roving) read(on *line) {
	for {
		in := received{on: on}
		in.err = within(l.ctx, l.Silence, func(ctx context.Context) (err error) {
			in.data, err = on.ws.Read(ctx)
			return err
		})
		select {
		case l.inbox <- in:
		case <-l.ctx.Done():
			return
		}
		if in.err != nil {
			return
		}
	}
}

// write sends frames; the reader finds out when it does not work.
func (l *roving) write(on *line, frames ...string) {
	for _, text := range frames {
		if within(l.ctx, l.Silence, func(ctx context.Context) error { return on.ws.Write(ctx, text) }) != nil {
			on.ws.Close()
			return
		}
	}
}

func (l *roving) take(in received) error {
	if _, ok := l.lines[in.on]; !ok {
		return nil // given up
	}
	if in.err != nil {
		l.lost(in.on)
		return nil
	}
	for text := range bytes.SplitSeq(in.data, []byte{'\n'}) {
		if err := l.frame(in.on, text); err != nil {
			return err
		}
	}
	return nil
}

// lost is the end of a connection.
func (l *roving) lost(on *line) {
	on.ws.Close()
	delete(l.lines, on)
	if on == l.followed {
		l.followed = nil
		l.Lost()
	}
	if on == l.link {
		l.link = nil
		l.count(func(t *Trips) { t.Breaks++ })
	}
	if on == l.fresh {
		l.fresh = nil
	}
	for _, key := range on.calls {
		if on.bye == 4200 {
			l.count(func(t *Trips) { t.Elsewhere++ })
		} else {
			l.count(func(t *Trips) { t.Unknown++ })
		}
		l.place(key)
	}
	if l.followed == nil {
		l.again(50 * time.Millisecond)
	}
}

// heard is what a rover looks at itself.
type heard struct {
	T      string          `json:"t"`
	ID     json.RawMessage `json:"id"`
	Status int             `json:"status"`
	Again  bool            `json:"again"`
	After  int             `json:"after"`
	Code   int             `json:"code"`
}

func (l *roving) frame(on *line, text []byte) error {
	if bytes.HasPrefix(text, []byte(`{"t":"ev"`)) {
		return l.follow(on, text) // most frames are events
	}
	var f heard
	if err := json.Unmarshal(text, &f); err != nil {
		return fmt.Errorf("frame %q: %w", text, err)
	}
	switch f.T {
	case "welcome":
		l.welcome(on)
	case "drain":
		if on == l.link && !on.draining {
			on.draining = true
			l.again(time.Duration(f.After) * time.Millisecond)
		}
		return nil
	case "bye":
		on.bye = f.Code
	case "ping":
		l.write(on, `{"t":"pong"}`)
		return nil
	case "res":
		var id uint64
		if err := json.Unmarshal(f.ID, &id); err != nil {
			return fmt.Errorf("frame %q: %w", text, err)
		}
		if id >= firstCall {
			return l.answer(on, id, &f, text)
		}
	case "problem":
		return fmt.Errorf("frame %s: the server finds a fault where there is none", text)
	}
	return l.follow(on, text)
}

func (l *roving) follow(on *line, text []byte) error {
	if on != l.followed {
		return nil // the new connection has the same
	}
	frames, err := l.Receive(text)
	l.write(on, frames...)
	return err
}

// welcome makes a connection the one in use; the one before ends with its last answer.
func (l *roving) welcome(on *line) {
	old := l.link
	l.link, l.fresh = on, nil
	if old != nil {
		l.count(func(t *Trips) { t.Moves++ })
		old.retired = true
		l.done(old)
	}
	l.flush()
}

func (l *roving) done(on *line) {
	if on.retired && len(on.calls) == 0 {
		delete(l.lines, on)
		on.ws.Close()
	}
}

// --- calls

func (l *roving) call() {
	l.flush()
	l.mu.Lock()
	full := l.open >= mostOpen
	if !full && !l.quiet.Load() {
		l.open++
		l.made++
	} else {
		full = true
	}
	l.mu.Unlock()
	if !full {
		l.place(fmt.Sprintf("%p-%d", l.Rover, l.made))
	}
}

// place makes a call now, or later where there is no connection for it.
func (l *roving) place(key string) {
	if l.link == nil || l.link.refusing {
		l.waiting = append(l.waiting, key)
		return
	}
	l.id++
	l.link.calls[l.id] = key
	l.write(l.link, fmt.Sprintf(`{"t":"call","id":%d,%s}`, l.id, l.Request(key)))
}

func (l *roving) flush() {
	waiting := l.waiting
	l.waiting = nil
	for _, key := range waiting {
		l.place(key)
	}
}

func (l *roving) answer(on *line, id uint64, f *heard, text []byte) error {
	key, ok := on.calls[id]
	if !ok {
		return fmt.Errorf("frame %s: the answer to a call that is not open", text)
	}
	delete(on.calls, id)
	switch {
	case f.Again:
		on.refusing = true
		l.count(func(t *Trips) { t.Elsewhere++ })
		l.place(key)
	case f.Status == 409: // the first of two runs somewhere else still
		l.waiting = append(l.waiting, key)
	default:
		l.mu.Lock()
		l.open--
		if f.Status/100 == 2 {
			l.trips.Answered++
		} else {
			l.trips.Failed = append(l.trips.Failed, string(text))
		}
		l.mu.Unlock()
	}
	l.done(on)
	return nil
}
