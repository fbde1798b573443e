package runtime

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"
)

// idlePoller waits for all parked sockets of the process.
var idlePoller poller

// A poller waits for many connections at once. It has a goroutine and a descriptor while there are
// some. The descriptor of an epoll is itself one that Go's runtime can wait for, so that no thread is
// held up.
type poller struct {
	mu   sync.Mutex // guards everything below
	set  *pollSet   // nil: nobody waits
	none bool       // the system does not let us
}

// A pollSet is an epoll and who is in it.
type pollSet struct {
	file *os.File
	raw  syscall.RawConn
	fd   int

	// Guarded by the mu of the poller.
	sockets []*Socket // by ticket; the first is nobody's
	free    []int32
}

// wait has the socket unparked when its peer sends something. It returns false when that cannot be.
func (p *poller) wait(s *Socket) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.none {
		return false
	}
	if p.set == nil {
		set, err := newPollSet()
		if err != nil {
			// Too many descriptors are open perhaps; the reader tries again when it has waited once more.
			p.none = !errors.Is(err, syscall.EMFILE) && !errors.Is(err, syscall.ENFILE) && !errors.Is(err, syscall.ENOMEM)
			return false
		}
		p.set = set
		go p.run(set)
	}
	op := syscall.EPOLL_CTL_MOD
	if s.berth.ticket == 0 {
		op = syscall.EPOLL_CTL_ADD
		s.berth.ticket = p.set.enter(s)
	}
	event := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP | syscall.EPOLLONESHOT, Fd: s.berth.ticket}
	var err error
	if e := s.ws.conn.raw.conn.Control(func(fd uintptr) { err = syscall.EpollCtl(p.set.fd, op, int(fd), &event) }); e != nil {
		err = e
	}
	if err != nil && op == syscall.EPOLL_CTL_ADD {
		p.leave(s)
	}
	return err == nil
}

// forget ends what the poller has of a socket whose connection is closed, which takes it out of the epoll.
func (p *poller) forget(s *Socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.berth.ticket != 0 {
		p.leave(s)
	}
}

// leave gives a ticket back. The last one ends the set. Called with mu held.
func (p *poller) leave(s *Socket) {
	set, ticket := p.set, s.berth.ticket
	s.berth.ticket = 0
	set.sockets[ticket] = nil
	set.free = append(set.free, ticket)
	if len(set.free) == len(set.sockets)-1 {
		p.set = nil
		_ = set.file.SetReadDeadline(longAgo) // its goroutine closes the file
	}
}

func newPollSet() (*pollSet, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	_ = syscall.SetNonblock(fd, true) // else the next line fails to make it one that can be waited for
	set := &pollSet{file: os.NewFile(uintptr(fd), "epoll"), fd: fd, sockets: make([]*Socket, 1)}
	if err = set.file.SetReadDeadline(time.Time{}); err == nil {
		set.raw, err = set.file.SyscallConn()
	}
	if err != nil {
		_ = set.file.Close()
		return nil, err
	}
	return set, nil
}

// enter gives a socket a ticket.
func (set *pollSet) enter(s *Socket) int32 {
	if n := len(set.free); n > 0 {
		ticket := set.free[n-1]
		set.free = set.free[:n-1]
		set.sockets[ticket] = s
		return ticket
	}
	set.sockets = append(set.sockets, s)
	return int32(len(set.sockets) - 1)
}

// run waits until the set ends.
func (p *poller) run(set *pollSet) {
	var (
		events [128]syscall.EpollEvent
		woken  [len(events)]*Socket
		n      int
	)
	for {
		err := set.raw.Read(func(fd uintptr) bool {
			for {
				var err error
				if n, err = syscall.EpollWait(int(fd), events[:], 0); err != syscall.EINTR {
					return n > 0
				}
			}
		})
		if err != nil {
			_ = set.file.Close()
			return
		}
		p.mu.Lock()
		for i, event := range events[:n] {
			woken[i] = set.sockets[event.Fd]
		}
		p.mu.Unlock()
		for _, s := range woken[:n] {
			if s != nil { // its connection has been closed since
				s.unpark(true)
			}
		}
		clear(woken[:n])
	}
}

// parkable reports whether the connection can be left to the poller.
func (r *rawInput) parkable() bool { return r.conn != nil }
