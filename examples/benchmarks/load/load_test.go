package load_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rtgen/rtgen/examples/benchmarks/load"
	"github.com/rtgen/rtgen/examples/benchmarks/message"
	"github.com/rtgen/rtgen/examples/benchmarks/servers"
)

// open serves a contestant and returns its address.
func open(t *testing.T, name string) (addr string, publish func(*message.Message) error) {
	t.Helper()
	handler, publish, err := servers.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://"), publish
}

// call makes calls until there were some, and wants none to fail.
func call(t *testing.T, calls *load.Calls, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer calls.Close()
	n, _, err := calls.Run(time.Millisecond)
	if err != nil || n == 0 {
		t.Errorf("%d calls, %v", n, err)
	}
}

func TestCallsAreAnsweredBySocket(t *testing.T) {
	for _, name := range []string{"rtgen", "gorilla", "gorilla-json", "gws", "coder", "centrifuge"} {
		t.Run(name, func(t *testing.T) {
			addr, _ := open(t, name)
			calls, err := load.DialCalls(addr, name, 2, 16)
			call(t, calls, err)
		})
	}
}

func TestRequestsAreAnsweredByHTTP(t *testing.T) {
	for _, name := range []string{"rtgen", "nethttp", "oapi", "ogen"} {
		t.Run(name, func(t *testing.T) {
			addr, _ := open(t, name)
			calls, err := load.DialHTTP(addr, 2)
			call(t, calls, err)
		})
	}
}

func TestEveryMemberGetsEveryEvent(t *testing.T) {
	for _, name := range []string{"rtgen", "gorilla", "gorilla-hub", "gws", "centrifuge"} {
		t.Run(name, func(t *testing.T) {
			addr, publish := open(t, name)
			m := load.NewMembers(addr, name)
			defer m.Close()
			const members, events = 5, 20
			if err := m.Grow(members); err != nil {
				t.Fatal(err)
			}
			m.Time()
			m.Expect(members * events)
			for range events {
				e := message.Event()
				if err := publish(&e); err != nil {
					t.Fatal(err)
				}
			}
			if err := m.Wait(time.Minute); err != nil {
				t.Fatal(err)
			}
			if m.Received() != members*events || m.Latency() <= 0 {
				t.Errorf("%d events, the latest after %v", m.Received(), m.Latency())
			}
		})
	}
}
