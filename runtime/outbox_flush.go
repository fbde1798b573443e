package runtime

import (
	"runtime"
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

	mu     sync.Mutex // guards everything below
	head   *Socket    // sockets whose outbox waits, linked by nextFlush
	tail   *Socket
	active int // flushers that make progress
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
	pool *flushers
	held bool // guarded by pool.mu: another one has taken its place
	dog  *time.Timer
}

func (f *flusher) run() {
	p := f.pool
	for {
		p.mu.Lock()
		if f.held {
			p.mu.Unlock()
			return
		}
		s := p.next()
		if s == nil {
			f.held = true // a timer that fires only now must not count it out again
			p.active--
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		f.flush(s)
	}
}

func (f *flusher) flush(s *Socket) {
	if f.dog == nil {
		f.dog = time.AfterFunc(patience, f.replace)
	} else {
		f.dog.Reset(patience)
	}
	more := s.out.flush()
	f.dog.Stop()
	if more {
		f.pool.schedule(s)
	}
}

// replace lets another flusher work while this one is held up in a write.
func (f *flusher) replace() {
	p := f.pool
	p.mu.Lock()
	if f.held {
		p.mu.Unlock()
		return
	}
	f.held = true
	p.active--
	start := p.staff()
	p.mu.Unlock()
	for range start {
		p.workers.submit(&flusher{pool: p})
	}
}
