package runtime

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
)

// inUse is the memory that values and stacks take.
func inUse() (heap, stacks float64) {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc), float64(m.StackInuse)
}

// idleSockets opens sockets over loopback and returns what one of them costs. Before hello, a socket is
// what anybody gets for the asking; after it, it is in one channel and has its heartbeat running. The ends
// of the clients, which live in the same process, are part of it.
func idleSockets(tb testing.TB, sockets int, greeted bool) (heap, stacks float64, goroutines int) {
	tb.Helper()
	s := &Server{api: &API{Realtime: roomSpec()}, settings: defaultSettings()}
	s.log, s.schemas = slog.New(slog.DiscardHandler), s.loadSchemas
	s.settings.socket.maxWaitingPerIP = -1
	rt := buildRealtime(s)
	s.realtime = rt
	srv := httptest.NewServer(http.HandlerFunc(rt.serveSocket))
	defer srv.Close()
	host := strings.TrimPrefix(srv.URL, "http://")
	r := bufio.NewReader(nil)
	open := func() net.Conn {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			tb.Fatal(err)
		}
		fmt.Fprintf(conn, "GET /realtime HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
			"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: rtgen.v1.json\r\n\r\n", host)
		r.Reset(conn)
		if resp, err := http.ReadResponse(r, nil); err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
			tb.Fatalf("%v %v", resp, err)
		}
		if !greeted {
			return conn
		}
		_, _ = io.WriteString(conn, maskedFrame(0x81, `{"t":"hello"}`))
		if _, err := r.Peek(4); err != nil {
			tb.Fatal(err)
		}
		return conn
	}
	conns := []net.Conn{open()} // what is there once is not counted
	heap, stacks = inUse()
	for range sockets {
		conns = append(conns, open())
	}
	if greeted {
		ch := NewChannel(s, "room", "r")
		for _, socket := range rt.sockets.all() {
			if err := ch.Join(context.Background(), socket.id); err != nil {
				tb.Fatal(err)
			}
		}
	}
	heapNow, stacksNow := inUse()
	goroutines = runtime.NumGoroutine()
	runtime.KeepAlive(conns)
	for _, c := range conns {
		_ = c.Close()
	}
	<-rt.sockets.gone()
	return (heapNow - heap) / float64(sockets), (stacksNow - stacks) / float64(sockets), goroutines
}

// BenchmarkIdleSocket measures what a connected socket costs.
func BenchmarkIdleSocket(b *testing.B) {
	heap, stacks, _ := idleSockets(b, 2000, true)
	b.ReportMetric(heap, "heap-B/socket")
	b.ReportMetric(stacks, "stack-B/socket")
	b.ReportMetric(0, "ns/op")
}

// TestMemoryOfSocketsStaysWithinItsBudget is not parallel: it looks at the memory of the whole process.
// The budget of values is what was measured and a quarter more: what makes a socket larger than that is a
// decision. Stacks are counted by the goroutine, since the process keeps those of finished ones.
func TestMemoryOfSocketsStaysWithinItsBudget(t *testing.T) {
	const sockets, budget = 500, 6 << 10
	for _, greeted := range []bool{false, true} {
		before := runtime.NumGoroutine()
		heap, stacks, goroutines := idleSockets(t, sockets, greeted)
		t.Logf("greeted %v: %.0f B of values, %.0f B of stacks, %d goroutines in all", greeted, heap, stacks, goroutines)
		if heap > budget {
			t.Errorf("greeted %v: %.0f B of values for each socket, budget %d", greeted, heap, budget)
		}
		// One for each socket; the listener, the workers and what is about to end beside them.
		if extra := goroutines - before - sockets; extra > 50 {
			t.Errorf("greeted %v: %d goroutines more than sockets", greeted, extra)
		}
	}
}
