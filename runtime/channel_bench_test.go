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
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"
)

// The benchmarks of a fan-out compare with a loop over gorilla's PreparedMessage in the same run:
// look at the ratio, not at the figures.

const fanOutMembers = 1000

// A drain is a client that counts what it receives.
func drain(b *testing.B, url, path, hello string, received *atomic.Int64) {
	b.Helper()
	host := strings.TrimPrefix(url, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: rtgen.v1.json\r\n\r\n", path, host)
	r := bufio.NewReaderSize(conn, 4<<10)
	if resp, err := http.ReadResponse(r, nil); err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		b.Fatalf("%v %v", resp, err)
	}
	if hello != "" {
		_, _ = io.WriteString(conn, maskedFrame(0x81, hello))
		// The welcome is longer than 125 bytes and shorter than 64 KiB.
		head, err := r.Peek(4)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = r.Discard(4 + int(head[2])<<8 + int(head[3]))
	}
	go func() {
		buf := make([]byte, 32<<10)
		for {
			n, err := r.Read(buf)
			received.Add(int64(n))
			if err != nil {
				return
			}
		}
	}()
}

// wait spins until so many bytes have arrived.
func wait(received *atomic.Int64, want int64) {
	for received.Load() < want {
		runtime.Gosched()
	}
}

func BenchmarkFanOut(b *testing.B) {
	data := `{"id":"1","text":"` + strings.Repeat("x", 180) + `"}`
	b.Run("prepared loop", func(b *testing.B) {
		var received atomic.Int64
		conns := make(chan *websocket.Conn, fanOutMembers)
		up := websocket.Upgrader{Subprotocols: []string{subprotocol}}
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, err := up.Upgrade(w, r, nil)
			if err == nil {
				conns <- c
			}
		}))
		defer srv.Close()
		var members []*websocket.Conn
		for range fanOutMembers {
			drain(b, srv.URL, "/", "", &received)
			members = append(members, <-conns)
		}
		ev := &outEvent{Event: &Event{Type: "said", ID: newEventID(), Data: []byte(data)}, seq: 1}
		payload := ev.encode(1, 1)[4:]
		b.ReportAllocs()
		b.ResetTimer()
		for range b.N {
			pm, _ := websocket.NewPreparedMessage(websocket.TextMessage, payload)
			for _, c := range members {
				_ = c.WritePreparedMessage(pm)
			}
		}
		wait(&received, int64(b.N)*fanOutMembers*int64(len(payload)+4))
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/fanOutMembers, "ns/delivery")
		for _, c := range members {
			_ = c.Close()
		}
	})
	b.Run("rtgen", func(b *testing.B) {
		var received atomic.Int64
		s := &Server{api: &API{Realtime: roomSpec()}, settings: defaultSettings()}
		s.log, s.schemas = slog.New(slog.DiscardHandler), s.loadSchemas
		WithLimits(Limits{Queue: 8 << 20})(&s.settings)
		rt := buildRealtime(s)
		s.realtime = rt
		srv := httptest.NewServer(http.HandlerFunc(rt.serveSocket))
		defer srv.Close()
		ch := NewChannel(s, "room", "r")
		for range fanOutMembers {
			drain(b, srv.URL, "/realtime", `{"t":"hello"}`, &received)
		}
		for _, socket := range rt.sockets.all() {
			if err := ch.Join(context.Background(), socket.id); err != nil {
				b.Fatal(err)
			}
		}
		typ := ch.typ.events["said"]
		for received.Load() == 0 {
			runtime.Gosched()
		}
		b.ReportAllocs()
		b.ResetTimer()
		for range b.N {
			event := newEvent(ch.typ, typ, []byte(data))
			if _, err := ch.publish(context.Background(), event, nil); err != nil {
				b.Fatal(err)
			}
		}
		ev := &outEvent{Event: &Event{Type: "said", ID: newEventID(), Data: []byte(data)}, seq: 1}
		wait(&received, int64(b.N)*fanOutMembers*int64(len(ev.encode(1, 1))))
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/fanOutMembers, "ns/delivery")
		b.StopTimer()
		if n := len(rt.sockets.all()); n != fanOutMembers {
			b.Fatalf("%d sockets are left", n)
		}
		for _, socket := range rt.sockets.all() {
			socket.wire.close()
		}
	})
}
