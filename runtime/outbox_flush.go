package runtime

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// workers run short tasks on goroutines that are kept for the next one, since their stacks have
// already grown. A task never waits for a free worker: where none is idle, one is started, so
// what bounds their number is what bounds the tasks (calls in flight of each socket, flushers).
type workers struct {
	tasks chan task // unbuffered: a send succeeds only when a worker is idle
	idle  atomic.Int32
	busy  func() bool // whether it is worth keeping idle workers at all
}

// A task is something that a worker runs. It must not panic.
type task interface{ run() }

// taskFunc makes a function a task.
type taskFunc func()

func (f taskFunc) run() { f() }

// maxIdleWorkers is how many goroutines wait for work. More would only hold stacks.
const maxIdleWorkers = 64

func newWorkers(busy func() bool) *workers {
	return &workers{tasks: make(chan task), busy: busy}
}

func (w *workers) submit(t task) {
	select {
	case w.tasks <- t:
	default:
		go w.loop(t)
	}
}

func (w *workers) loop(t task) {
	for t != nil {
		t.run()
		if w.idle.Add(1) > maxIdleWorkers || !w.busy() {
			w.idle.Add(-1)
			return
		}
		t = <-w.tasks
		w.idle.Add(-1)
	}
}

// release ends the idle workers. One that is about to be idle has counted itself and may have
// found a reason to stay that is gone by now, so it is waited for: a few instructions.
func (w *workers) release() {
	for w.idle.Load() > 0 && !w.busy() {
		select {
		case w.tasks <- nil:
		default:
			runtime.Gosched()
		}
	}
}

// flushers write the outboxes that events have filled. A few workers serve all sockets; when one
// is held up by a slow network, another takes its place, so that a stalled peer costs the others
// patience of a millisecond, once, and a goroutine until its write deadline.
type flushers struct {
	workers *workers
	max     int

	mu      sync.Mutex // guards everything below
	head    *Socket    // sockets whose outbox waits, linked by nextFlush
	tail    *Socket
	active  int        // flushers that make progress, and those about to
	running []*flusher // those that have begun and make progress
	timer   *time.Timer
	armed   bool
}

func newFlushers(w *workers) *flushers {
	return &flushers{workers: w, max: runtime.GOMAXPROCS(0)}
}

// patience is how long a write may take before the flusher counts as held up.
const patience = time.Millisecond

// A flushList collects sockets during a fan-out, so that the run queue is locked once.
type flushList struct{ head, tail *Socket }

// add puts a socket on the list. Its outbox must be owned by the caller.
func (l *flushList) add(s *Socket) {
	s.nextFlush = nil
	if l.tail == nil {
		l.head = s
	} else {
		l.tail.nextFlush = s
	}
	l.tail = s
}

// schedule has one socket flushed.
func (p *flushers) schedule(s *Socket) {
	var l flushList
	l.add(s)
	p.scheduleAll(l)
}

// scheduleAll has all sockets of the list flushed.
func (p *flushers) scheduleAll(l flushList) {
	if l.head == nil {
		return
	}
	p.mu.Lock()
	if p.tail == nil {
		p.head = l.head
	} else {
		p.tail.nextFlush = l.head
	}
	p.tail = l.tail
	start := p.staff()
	p.mu.Unlock()
	for range start {
		p.workers.submit(&flusher{pool: p})
	}
}

// staff says how many flushers to start for the queue, and counts them. Called with mu held.
func (p *flushers) staff() (start int) {
	for s := p.head; s != nil && p.active < p.max; s = s.nextFlush {
		p.active++
		start++
	}
	return start
}

func (p *flushers) next() *Socket {
	s := p.head
	if s == nil {
		return nil
	}
	if p.head = s.nextFlush; p.head == nil {
		p.tail = nil
	}
	s.nextFlush = nil
	return s
}

// A flusher takes sockets off the queue until it is empty.
type flusher struct {
	pool  *flushers
	since atomic.Int64 // when it began to write; 0: it does not
	held  bool         // guarded by pool.mu: another one has taken its place
}

func (f *flusher) run() {
	p := f.pool
	p.mu.Lock()
	p.running = append(p.running, f)
	p.arm()
	for !f.held {
		s := p.next()
		if s == nil {
			p.active--
			p.drop(f)
			break
		}
		p.mu.Unlock()
		now := clock()
		f.since.Store(now)
		more := s.out.flush(now)
		f.since.Store(0)
		if more {
			p.schedule(s)
		}
		p.mu.Lock()
	}
	p.mu.Unlock()
}

// arm has the flushers looked after while there are some. Called with mu held.
func (p *flushers) arm() {
	switch {
	case p.armed || len(p.running) == 0:
		return
	case p.timer == nil:
		p.timer = time.AfterFunc(patience, p.look)
	default:
		p.timer.Reset(patience)
	}
	p.armed = true
}

// drop forgets a flusher. Called with mu held.
func (p *flushers) drop(f *flusher) {
	at, last := slices.Index(p.running, f), len(p.running)-1
	p.running[at], p.running[last] = p.running[last], nil
	p.running = p.running[:last]
}

// look lets others work in the place of those that are held up in a write.
func (p *flushers) look() {
	p.mu.Lock()
	p.armed = false
	now := clock()
	for i := len(p.running) - 1; i >= 0; i-- {
		f := p.running[i]
		if since := f.since.Load(); since != 0 && time.Duration(now-since) >= patience {
			f.held = true
			p.active--
			p.drop(f)
		}
	}
	start := p.staff()
	p.arm()
	p.mu.Unlock()
	for range start {
		p.workers.submit(&flusher{pool: p})
	}
}
