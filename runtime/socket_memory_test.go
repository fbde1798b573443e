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
	return float64(m.HeapInuse), float64(m.StackInuse)
}

// BenchmarkIdleSocket measures what a connected socket costs that is in one channel and has its
// heartbeat running. The ends of the clients, which live in the same process, are part of it.
func BenchmarkIdleSocket(b *testing.B) {
	const sockets = 2000
	s := &Server{api: &API{Realtime: roomSpec()}, settings: defaultSettings()}
	s.log, s.schemas = slog.New(slog.DiscardHandler), s.loadSchemas
	rt := buildRealtime(s)
	s.realtime = rt
	srv := httptest.NewServer(http.HandlerFunc(rt.serveSocket))
	defer srv.Close()
	host := strings.TrimPrefix(srv.URL, "http://")
	ch := NewChannel(s, "room", "r")
	conns := make([]net.Conn, 0, sockets)
	heap, stacks := inUse()
	r := bufio.NewReader(nil)
	for range sockets {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			b.Fatal(err)
		}
		conns = append(conns, conn)
		fmt.Fprintf(conn, "GET /realtime HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
			"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: rtgen.v1.json\r\n\r\n", host)
		r.Reset(conn)
		if resp, err := http.ReadResponse(r, nil); err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
			b.Fatalf("%v %v", resp, err)
		}
		_, _ = io.WriteString(conn, maskedFrame(0x81, `{"t":"hello"}`))
		if _, err := r.Peek(4); err != nil {
			b.Fatal(err)
		}
	}
	for _, socket := range rt.sockets.all() {
		if err := ch.Join(context.Background(), socket.id); err != nil {
			b.Fatal(err)
		}
	}
	heapNow, stacksNow := inUse()
	b.ReportMetric((heapNow-heap)/sockets, "heap-B/socket")
	b.ReportMetric((stacksNow-stacks)/sockets, "stack-B/socket")
	b.ReportMetric(0, "ns/op")
	runtime.KeepAlive(conns)
	for _, c := range conns {
		_ = c.Close()
	}
}
