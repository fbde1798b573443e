package load

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rtgen/rtgen/examples/benchmarks/message"
)

// Members are sockets in the room, which count what they get.
type Members struct {
	addr    string
	d       Dialect
	members []*member
	stalled []*wire

	received atomic.Int64
	want     atomic.Int64 // arrived is told when so many have been received
	arrived  chan struct{}
	timing   atomic.Bool // events are timed

	mu  sync.Mutex // guards err
	err error      // why the first member ended
}

// A member is one socket that reads.
type member struct {
	*wire
	mu   sync.Mutex // guards late
	late []int64    // microseconds that each event took
}

// NewMembers is nobody yet.
func NewMembers(addr, contestant string) *Members {
	return &Members{addr: addr, d: DialectOf(contestant), arrived: make(chan struct{}, 1)}
}

// dialers is how many handshakes run at a time.
const dialers = 32

// Grow opens sockets until there are n.
func (m *Members) Grow(n int) error {
	var wg sync.WaitGroup
	var failed atomic.Pointer[error]
	more := n - len(m.members)
	fresh := make([]*member, more)
	var next atomic.Int64
	for range min(dialers, more) {
		wg.Go(func() {
			for failed.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= more {
					return
				}
				w, err := dial(m.addr, &m.d, 2<<10, 0)
				if err == nil {
					err = w.join()
				}
				if err != nil {
					failed.Store(&err)
					return
				}
				fresh[i] = &member{wire: w}
				go m.read(fresh[i])
			}
		})
	}
	wg.Wait()
	for _, one := range fresh {
		if one != nil {
			m.members = append(m.members, one)
		}
	}
	if err := failed.Load(); err != nil {
		return fmt.Errorf("member %d: %w", len(m.members), *err)
	}
	return nil
}

// Stall adds a member that reads no more as soon as it is in.
func (m *Members) Stall() error {
	w, err := dial(m.addr, &m.d, 2<<10, 4<<10)
	if err == nil {
		err = w.join()
	}
	if err != nil {
		return err
	}
	m.stalled = append(m.stalled, w)
	return nil
}

// Dropped tells whether the server has ended the stalled member: what was buffered is followed by an end.
func (m *Members) Dropped() bool {
	w := m.stalled[0]
	_ = w.SetReadDeadline(time.Now().Add(3 * time.Second))
	buf := make([]byte, 64<<10)
	for {
		if _, err := w.Read(buf); err != nil {
			var timeout interface{ Timeout() bool }
			return !errors.As(err, &timeout) || !timeout.Timeout()
		}
	}
}

var sentMark = []byte(`"sent":`)

// read counts until the socket ends.
func (m *Members) read(one *member) {
	for {
		payload, err := one.next()
		if err != nil {
			m.fail(err)
			return
		}
		came := 0
		for ok := true; ok; {
			n, err := one.count(payload, m.d.event)
			if err != nil {
				m.fail(err)
				return
			}
			came += n
			if n > 0 && m.timing.Load() {
				one.time(payload)
			}
			if payload, ok, err = one.buffered(); err != nil {
				m.fail(err)
				return
			}
		}
		if came > 0 {
			now := m.received.Add(int64(came))
			if want := m.want.Load(); now >= want && now-int64(came) < want {
				select {
				case m.arrived <- struct{}{}:
				default:
				}
			}
		}
	}
}

// time notes how old the events of a message are.
func (one *member) time(payload []byte) {
	now := message.Now()
	one.mu.Lock()
	defer one.mu.Unlock()
	for {
		i := bytes.Index(payload, sentMark)
		if i < 0 {
			return
		}
		payload = payload[i+len(sentMark):]
		sent := int64(0)
		for _, c := range payload {
			if c < '0' || c > '9' {
				break
			}
			sent = sent*10 + int64(c-'0')
		}
		one.late = append(one.late, now-sent)
	}
}

func (m *Members) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err == nil {
		m.err = err
	}
}

// Err tells why the first socket ended that was not told to.
func (m *Members) Err() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

// Expect prepares to wait for n more events in all.
func (m *Members) Expect(n int) {
	select {
	case <-m.arrived:
	default:
	}
	m.want.Store(m.received.Load() + int64(n))
}

// Wait waits for what is expected.
func (m *Members) Wait(within time.Duration) error {
	late := time.NewTimer(within)
	defer late.Stop()
	poll := time.NewTicker(100 * time.Millisecond)
	defer poll.Stop()
	for m.received.Load() < m.want.Load() {
		select {
		case <-m.arrived:
		case <-poll.C:
			if err := m.Err(); err != nil {
				return fmt.Errorf("a member has been lost: %w", err)
			}
		case <-late.C:
			return fmt.Errorf("%d events have not arrived", m.want.Load()-m.received.Load())
		}
	}
	return nil
}

// Received is how many events have arrived.
func (m *Members) Received() int64 { return m.received.Load() }

// Time notes the age of events from now on.
func (m *Members) Time() { m.timing.Store(true) }

// Latency is the 99th percentile of the age of events.
func (m *Members) Latency() time.Duration {
	m.timing.Store(false)
	var all []int64
	for _, one := range m.members {
		one.mu.Lock()
		all = append(all, one.late...)
		one.late = nil
		one.mu.Unlock()
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return time.Duration(all[len(all)*99/100]) * time.Microsecond
}

// Close ends the sockets.
func (m *Members) Close() {
	for _, one := range m.members {
		_ = one.wire.Close()
	}
	for _, w := range m.stalled {
		_ = w.Close()
	}
}
