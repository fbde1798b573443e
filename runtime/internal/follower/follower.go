package follower

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Rules say how a follower joins channels and what a server may do with them.
type Rules struct {
	Channel     string                   // its name in the document
	Join, Leave string                   // operation ids
	Members     func(room string) string // of a call frame, such as `"path":{"room":"a"}`
	ResumePath  func(room string) string // likewise, of an entry of hello.resume; nil: none
	Address     func(room string) string
	Gaps        bool   // events may be left out when a gap says so
	Latest      bool   // recovery sends the newest event only
	Hello       string // further members of hello, such as `"auth":{…}`
	Apart       bool   // answers take another way than events: nothing is said by their order
}

// A Follower follows channels. Its methods may be called from any goroutine.
type Follower struct {
	rules Rules

	mu       sync.Mutex // guards everything below
	rooms    map[string]*room
	byNumber map[uint64]*room // on this connection
	calls    map[uint64]pending
	nextID   uint64
	welcomed bool
	byes     []int // codes, of all connections
	stats    Stats
}

// Stats count what a follower has met.
type Stats struct {
	Events    int            // applied
	Recovered int            // channels that went on after a reconnect
	Resets    map[string]int // channels that began again, by reason
	Gaps      int
}

// A room is one channel and where the follower stands in it.
type room struct {
	name, address string
	state         state
	number        uint64
	epoch, last   string // epoch with its proof
	seq           uint64
	fresh         bool // recovered, and no event since
	parting       bool // the call that leaves has been answered
	wanted        bool
	applied       []applied
}

type state uint8

const (
	out      state = iota // not in the channel, no position
	joining               // the call is on its way
	live                  // on this connection
	held                  // a position, no connection
	resuming              // hello has it; the server has not said yet
)

// applied is an event that arrived, to be held against the journal.
type applied struct {
	epoch, id string
	seq       uint64
}

type pending struct {
	room *room
	join bool
}

// New returns a follower without a connection.
func New(rules Rules) *Follower {
	return &Follower{
		rules: rules, rooms: make(map[string]*room), calls: make(map[uint64]pending),
		stats: Stats{Resets: make(map[string]int)},
	}
}

// Connect begins a connection and returns its hello.
func (f *Follower) Connect() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lost()
	hello := `{"t":"hello","client":"follower"`
	if f.rules.Hello != "" {
		hello += "," + f.rules.Hello
	}
	var entries []string
	for _, r := range f.sorted() {
		if r.state != held {
			continue
		}
		r.state = resuming
		path := ""
		if f.rules.ResumePath != nil {
			path = "," + f.rules.ResumePath(r.name)
		}
		entries = append(entries, fmt.Sprintf(`{"op":%q%s,"ch":[{"name":%q,"address":%q,"epoch":%q,"seq":%d,"last":%q}]}`,
			f.rules.Join, path, f.rules.Channel, r.address, r.epoch, r.seq, r.last))
	}
	if entries != nil {
		hello += `,"resume":[` + strings.Join(entries, ",") + `]`
	}
	return hello + "}"
}

// Welcome returns the calls that join the rooms which are wanted and could not be resumed. It is
// for when a connection has been welcomed.
func (f *Follower) Welcome() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rejoin()
}

func (f *Follower) rejoin() (frames []string) {
	if !f.welcomed {
		return nil
	}
	for _, r := range f.sorted() {
		if r.wanted && r.state == out {
			r.state = joining
			frames = append(frames, f.call(f.rules.Join, r, true))
		}
	}
	return frames
}

// Lost tells that the connection has ended, in whatever way.
func (f *Follower) Lost() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lost()
}

func (f *Follower) lost() {
	for _, r := range f.rooms {
		switch r.state {
		case live, resuming:
			r.state = held
		case joining:
			r.state = out // whether it succeeded is not known: it is made again
		}
		r.number, r.fresh, r.parting = 0, false, false
	}
	f.byNumber, f.welcomed = make(map[uint64]*room), false
	clear(f.calls)
}

// Join wants a room and returns the frames to send now, if any.
func (f *Follower) Join(name string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.rooms[name]
	if r == nil {
		r = &room{name: name, address: f.rules.Address(name)}
		f.rooms[name] = r
	}
	r.wanted = true
	return f.rejoin()
}

// Leave ends a room and returns the frames to send now, if any.
func (f *Follower) Leave(name string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.rooms[name]
	if r == nil {
		return nil
	}
	r.wanted = false
	switch r.state {
	case held:
		r.state = out
	case live:
		return []string{f.call(f.rules.Leave, r, false)}
	}
	return nil
}

func (f *Follower) call(op string, r *room, join bool) string {
	f.nextID++
	f.calls[f.nextID] = pending{r, join}
	return fmt.Sprintf(`{"t":"call","id":%d,"op":%q,%s}`, f.nextID, op, f.rules.Members(r.name))
}

func (f *Follower) sorted() []*room {
	var list []*room
	for _, name := range slices.Sorted(maps.Keys(f.rooms)) {
		list = append(list, f.rooms[name])
	}
	return list
}

// Byes returns the codes with which servers have said bye.
func (f *Follower) Byes() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.byes)
}

// Stats returns what has been met so far.
func (f *Follower) Stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.stats
	s.Resets = maps.Clone(s.Resets)
	return s
}

// Settled returns an error unless the follower is in every room it wants and has everything that
// was published there.
func (f *Follower) Settled(j *Journal) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	for _, r := range f.sorted() {
		switch {
		case !r.wanted:
		case r.state != live:
			errs = append(errs, fmt.Errorf("room %s: state %d, not live", r.name, r.state))
		case r.seq != j.top(r.address, plain(r.epoch)):
			errs = append(errs, fmt.Errorf("room %s: stands at %d, published were %d", r.name, r.seq, j.top(r.address, plain(r.epoch))))
		}
	}
	return errors.Join(errs...)
}

// Check holds what has arrived since the last check against the journal, which must know of all
// of it by now.
func (f *Follower) Check(j *Journal) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.sorted() {
		for _, a := range r.applied {
			if want, ok := j.id(r.address, a.epoch, a.seq); want != a.id {
				return fmt.Errorf("room %s: event %s at %s.%d, published was %q (%v)", r.name, a.id, a.epoch, a.seq, want, ok)
			}
		}
		r.applied = r.applied[:0]
	}
	return nil
}

// Receive takes one message and returns the frames to send in answer. The error is a broken
// promise.
func (f *Follower) Receive(message []byte) (answers []string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for line := range bytes.SplitSeq(message, []byte{'\n'}) {
		var in frame
		if err := json.Unmarshal(line, &in); err != nil {
			return answers, fmt.Errorf("frame %q: %w", line, err)
		}
		more, err := f.receive(&in)
		answers = append(answers, more...)
		if err != nil {
			return answers, fmt.Errorf("frame %s: %w", line, err)
		}
	}
	return answers, nil
}

func plain(epoch string) string {
	epoch, _, _ = strings.Cut(epoch, ".")
	return epoch
}
