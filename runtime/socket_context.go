package runtime

import (
	"context"
	"sync"
	"time"
)

// A callState is the part of a context that ends: like that of context.WithCancel, but with
// nothing allocated until somebody asks for Done, and known to no parent: the socket cancels its
// calls itself.
type callState struct {
	mu       sync.Mutex // guards everything below
	err      error
	done     chan struct{}
	after    map[int]func()
	nextID   int
	deadline time.Time
	timer    *time.Timer
}

var closedChan = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Done returns a channel that is closed when the call has ended or nobody waits for it any more.
func (c *callState) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		if c.err != nil {
			return closedChan
		}
		c.done = make(chan struct{})
	}
	return c.done
}

// Err returns why the call has ended; nil while it runs.
func (c *callState) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Deadline returns when the caller gives up.
func (c *callState) Deadline() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.deadline, !c.deadline.IsZero()
}

// AfterFunc runs f when the call ends. The context package looks for this method, and needs no
// goroutine for a derived context then.
func (c *callState) AfterFunc(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		go f()
		return func() bool { return false }
	}
	if c.after == nil {
		c.after = make(map[int]func())
	}
	id := c.nextID
	c.nextID++
	c.after[id] = f
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, waiting := c.after[id]
		delete(c.after, id)
		return waiting
	}
}

// cancel ends the call; only the first reason counts.
func (c *callState) cancel(err error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	c.err = err
	if c.done != nil {
		close(c.done)
	}
	after := c.after
	c.after = nil
	if c.timer != nil {
		c.timer.Stop()
	}
	c.mu.Unlock()
	for _, f := range after {
		go f()
	}
}

// expire sets the deadline, once.
func (c *callState) expire(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.deadline = at
	c.timer = time.AfterFunc(time.Until(at), func() { c.cancel(context.DeadlineExceeded) })
}
