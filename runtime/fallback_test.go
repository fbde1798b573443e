package runtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rtgen/rtgen/runtime/internal/memsock"
)

const hello = `{"t":"hello","client":"test"}`

func TestOneStreamCarriesAllChannels(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		for _, hello := range []string{hello, `{}`, ""} {
			g := newFallback(t, nil)
			c := g.stream(hello)
			for _, room := range []string{"a", "b"} {
				a := c.call("join", room)
				if a.status != 200 || len(a.subs) != 1 || a.subs[0].Address != "rooms/"+room || a.subs[0].Epoch == "" {
					t.Fatalf("got %d %v", a.status, a.header)
				}
				g.publish(room, room+"1")
				if f := c.said(room + "1"); f["ch"] != a.nums[0] || f["seq"] != float64(a.subs[0].Seq+1) {
					t.Fatalf("got %v", f)
				}
			}
			if a := c.call("leave", "a"); a.status != 200 || a.subs == nil || len(a.subs) != 0 {
				t.Fatalf("got %d %v", a.status, a.header)
			}
			if f := c.want("ch"); f["state"] != "gone" || f["address"] != "rooms/a" {
				t.Fatalf("got %v", f)
			}
			g.publish("a", "unheard")
			g.publish("b", "b2")
			c.said("b2")
			c.cut()
			synctest.Wait()
			if n := len(g.s.Sockets()); n != 0 {
				t.Fatalf("%d sockets are left", n)
			}
		}
	})
}

func TestStreamIsReadWithoutATouchOfItsFrames(t *testing.T) {
	t.Parallel()
	var b []byte
	for _, size := range []int{0, 125, 126, 70000} {
		b = append(b, sealFrame(append(openFrame(nil), strings.Repeat("x", size)...), opText)...)
		b = append(b, encodeClose(4200, "not for streams")...)
	}
	var want strings.Builder
	for _, size := range []int{0, 125, 126, 70000} {
		want.WriteString("data: " + strings.Repeat("x", size) + "\n")
	}
	if got := string(appendData(nil, b)); got != want.String() {
		t.Fatalf("got %d bytes, want %d", len(got), want.Len())
	}
	if got := string(appendData(nil, sealFrame(append(openFrame(nil), "a\rdata: forged"...), opText))); got != "data: a data: forged\n" {
		t.Fatalf("got %q", got)
	}
}

func TestStreamIsResumedByHelloAndByLastEventID(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		for _, by := range []string{"hello", "id"} {
			engine, key := NewMemoryEngine(), []byte(strings.Repeat("k", 32))
			opts := []Option{WithEngine(lasting{engine}), WithResumeKey(key)}
			g := newFallback(t, nil, opts...)
			open := hello
			if by == "id" {
				open = ""
			}
			c := g.stream(open)
			at := c.call("join", "r").subs[0]
			g.publish("r", "1")
			at = at.after(c.said("1"))
			c.cut()
			// Another server, which has never heard of the session, goes on.
			g.publish("r", "2")
			g.publish("r", "3")
			other := g.server(roomSpec(), opts...)
			hc, _ := g.inMemory(other)
			if by == "hello" {
				c = g.streamAt(hc, "http://chat.example", resuming("join", at))
			} else {
				c = g.streamAt(hc, "http://chat.example", "", "Last-Event-ID: "+c.id)
			}
			if f := c.want("ch"); f["state"] != "live" || f["recovered"] != true || f["seq"] != 1.0 {
				t.Fatalf("by %s: got %v", by, f)
			}
			c.said("2")
			c.said("3")
			publishSaid(t, other, "r", "4")
			c.said("4")
			c.cut()
			synctest.Wait()
			_ = engine.Close()
		}
	})
}

func TestIDOfAnEventIsWhatTheClientHas(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil)
		c := g.stream("")
		if c.id != "" {
			t.Fatalf("got %q before anything was joined", c.id)
		}
		c.call("join", "a")
		if err := c.event(); err != nil || c.id == "" { // the id comes by itself
			t.Fatalf("got %q, %v", c.id, err)
		}
		fresh := c.id
		g.publish("a", "1")
		c.said("1")
		if c.id == fresh {
			t.Fatal("the id has not moved")
		}
		// From before the event it comes again, from after it it does not.
		again := g.stream("", "Last-Event-ID: "+fresh)
		again.want("ch")
		again.said("1")
		from := g.stream("", "Last-Event-ID: "+c.id)
		from.want("ch")
		g.publish("a", "2")
		from.said("2")
		// A channel that is left is not taken up again.
		c.said("2")
		c.call("leave", "a")
		c.want("ch")
		if c.id != "" {
			t.Fatalf("got %q after leaving", c.id)
		}
	})
}

func TestIDThatWouldBeTooLongIsTakenBack(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil)
		c := g.stream("")
		seen := 0
		for i := range 40 {
			room := fmt.Sprint("room", i)
			c.call("join", room)
			if err := c.event(); err != nil {
				t.Fatal(err)
			}
			if len(c.id) > maxVector {
				t.Fatalf("the id has %d bytes", len(c.id))
			}
			seen = max(seen, len(c.id))
			if seen > 0 && c.id == "" {
				g.publish(room, "x")
				c.said("x")
				return
			}
		}
		t.Fatalf("40 channels make an id of %d bytes", seen)
	})
}

func TestStreamIsRefusedAsAProblem(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		refuse := OnConnect(func(_ context.Context, s *Socket) error {
			if s.Identity() != nil && s.Identity().Subject == "banned" {
				return Forbidden("you are banned")
			}
			return nil
		})
		g := newFallback(t, nil, byHeader(), refuse, AllowOrigins("https://app.example"), AllowHosts("chat.example"))
		tests := []struct {
			hello   string
			headers []string
			status  int
			want    string
		}{
			{hello: "", headers: []string{"Authorization: User nobody"}, status: 401},
			{hello: `{"t":"hello","auth":{"scheme":"user","token":"nobody"}}`, status: 401},
			{hello: `{"t":"hello","auth":{"scheme":"user","token":"banned"}}`, status: 403, want: "you are banned"},
			{hello: "", headers: []string{"Origin: https://evil.example"}, status: 403, want: "origin"},
			{hello: "", headers: []string{"Origin: null"}, status: 403, want: "origin"},
			{hello: "", headers: []string{"Sec-Fetch-Site: cross-site"}, status: 403, want: "origin"},
			{hello: hello, headers: []string{"Cookie: a=b"}, status: 403, want: "origin"},
			{hello: "", headers: []string{"Last-Event-ID: made-up"}, status: 400, want: "position"},
			{hello: hello, headers: []string{"Content-Type: text/plain"}, status: 415},
			{hello: `{"t":"call","id":1,"op":"join"}`, status: 400, want: "no-hello"},
			{hello: `{"t":"hello"`, status: 400, want: "bad-frame"},
			{hello: `{"t":"hello","headers":{"a b":"c"}}`, status: 400, want: "bad-header"},
			{hello: `{"t":"hello","client":"` + strings.Repeat("x", 70<<10) + `"}`, status: 413},
			{hello: "", headers: []string{"X-Long: " + strings.Repeat("x", 33<<10)}, status: 431},
		}
		for _, tt := range tests {
			s, status, problem := g.tryStream(g.client, "http://chat.example", tt.hello, tt.headers...)
			if s != nil || status != tt.status || !strings.Contains(problem, tt.want) {
				t.Errorf("%.60s %.60v: got %d %s, want %d", tt.hello, tt.headers, status, problem, tt.status)
			}
		}
		if _, status, _ := g.tryStream(g.client, "http://other.example", hello); status != 403 {
			t.Errorf("another host: got %d", status)
		}
		<-time.After(time.Second) // net/http lingers over a body that it did not read
		if n := len(g.s.Sockets()); n != 0 {
			t.Errorf("%d sockets are left", n)
		}
	})
}

func TestStreamAnswersPagesOfListedOrigins(t *testing.T) {
	t.Parallel()
	g := &fallbackRig{t: t}
	s := g.server(roomSpec(), AllowOrigins("https://app.example"))
	ask := func(method, origin string) http.Header {
		r := request(method, "http://chat.example/realtime/stream", "", "Access-Control-Request-Method: POST")
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		a := serve(s, r)
		if method == "OPTIONS" && a.status != 204 || method == "PUT" && a.status != 405 {
			t.Fatalf("%s: got %v", method, a)
		}
		return a.header
	}
	h := ask("OPTIONS", "https://app.example")
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": "https://app.example", "Access-Control-Allow-Credentials": "true",
		"Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID", "Vary": "Origin",
	} {
		if h.Get(name) != want {
			t.Errorf("%s: got %q, want %q", name, h.Get(name), want)
		}
	}
	if h := ask("PUT", "https://app.example"); h.Get("Access-Control-Allow-Origin") == "" {
		t.Error("the page cannot read why it was refused")
	}
	for _, origin := range []string{"https://evil.example", "null", ""} {
		if h := ask("OPTIONS", origin); h.Get("Access-Control-Allow-Origin") != "" || h.Get("Access-Control-Allow-Methods") != "" {
			t.Errorf("%q: got %v", origin, h)
		}
	}
}

func TestStreamEndsAsASocketDoes(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var mu sync.Mutex
		var ends []CloseInfo
		gone := OnDisconnect(func(_ *Socket, info CloseInfo) {
			mu.Lock()
			defer mu.Unlock()
			ends = append(ends, info)
		})
		expires := Authenticate(func(_ context.Context, r *http.Request, c Credentials) (*Identity, error) {
			return &Identity{Subject: "ann", Expires: time.Now().Add(time.Minute)}, nil
		})
		g := newFallback(t, nil, gone, expires)
		tests := []struct {
			code float64
			end  func(c *streamClient)
		}{
			{closeRevoked, func(*streamClient) { g.s.RevokeUser("ann", "signed out") }},
			{closeDisconnected, func(c *streamClient) { g.s.Disconnect(c.session, "go") }},
			{4801, func(c *streamClient) { g.s.Socket(c.session).Close(4801, "own code") }},
			{closeExpired, func(c *streamClient) { c.want("auth") }},
			{closeDrain, func(c *streamClient) {
				go func() { _ = g.s.Shutdown(context.Background()) }()
				c.want("drain")
			}},
		}
		for _, tt := range tests {
			c := g.stream(hello)
			c.call("join", "r")
			tt.end(c)
			if f := c.want("bye"); f["code"] != tt.code {
				t.Fatalf("got %v, want %v", f, tt.code)
			}
			c.ended()
			synctest.Wait()
			mu.Lock()
			if last := ends[len(ends)-1]; float64(last.Code) != tt.code || !last.ByServer {
				t.Fatalf("got %+v, want %v", last, tt.code)
			}
			mu.Unlock()
		}
		if len(ends) != len(tests) {
			t.Fatalf("the hook ran %d times", len(ends))
		}
	})
}

func TestStreamStaysOpenAndPings(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil)
		c := g.stream(hello)
		c.call("join", "r")
		before := c.blocks
		go func() {
			<-time.After(10 * time.Minute)
			g.publish("r", "1")
		}()
		c.said("1")
		if n := c.blocks - before; n < 15 || n > 35 {
			t.Fatalf("got %d events in ten minutes", n)
		}
	})
}

func TestVanishedReaderOfAStreamIsNoticed(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		codes := make(chan CloseInfo, 2)
		g := newFallback(t, nil, OnDisconnect(func(_ *Socket, info CloseInfo) { codes <- info }))
		c := g.stream(hello)
		c.cut()
		if info := <-codes; info.Code != closeAbnormal || info.ByServer {
			t.Fatalf("got %+v", info)
		}
	})
}

// TestStalledReaderOfAStreamIsClosedAndSlowsNobody: publishing waits for no reader, what waits for one is
// bounded, and it is let go. Over HTTP/2 the others may be on the same connection.
func TestStalledReaderOfAStreamIsClosedAndSlowsNobody(t *testing.T) {
	for _, tt := range []struct {
		http2  bool
		events int // of 20 KiB: more than the queue holds, or so few that only the write tells
	}{{false, 40}, {false, 10}, {true, 40}, {true, 10}} {
		t.Run(fmt.Sprintf("http2 %v, %d events", tt.http2, tt.events), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				const queue = 256 << 10
				codes := make(chan CloseInfo, 2)
				g := &fallbackRig{t: t, inside: func(context.Context, string) {}}
				g.s = g.server(roomSpec(), WithLimits(Limits{Queue: queue}), OnDisconnect(func(_ *Socket, info CloseInfo) { codes <- info }))
				var hc *http.Client
				hc, g.listen = timed(t, g.s, tt.http2)
				g.listen.SetWindow(4 << 10)
				stalled := g.streamAt(hc, "http://chat.example", hello)
				stalled.call("join", "r")
				g.listen.SetWindow(window)
				reader := g.streamAt(hc, "http://chat.example", hello)
				reader.call("join", "r")
				s := g.s.Socket(stalled.session)
				long := strings.Repeat("x", 20<<10)
				start := time.Now()
				for i := range tt.events {
					g.publish("r", fmt.Sprint(i, long))
					reader.said(fmt.Sprint(i, long))
					s.out.mu.Lock()
					waiting := s.out.bytes
					s.out.mu.Unlock()
					if waiting > 2*queue {
						t.Fatalf("%d bytes wait", waiting)
					}
				}
				if took := time.Since(start); took > time.Second {
					t.Fatalf("the others waited %v", took)
				}
				if info := <-codes; info.Code != closeSlowConsumer {
					t.Fatalf("got %+v", info)
				}
				if took := time.Since(start); took > 6*time.Second {
					t.Fatalf("it took %v", took)
				}
				g.publish("r", "after")
				reader.said("after")
			})
		})
	}
}

// window is what a connection of the tests takes before its writer has to wait.
const window = 256 << 10

func TestBoundsOfSocketsHoldForStreams(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil, MaxSockets(1))
		c := g.stream(hello)
		if _, status, problem := g.tryStream(g.client, "http://chat.example", hello); status != 503 {
			t.Fatalf("got %d %s", status, problem)
		}
		c.cut()
		synctest.Wait()
		g.stream(hello)
	})
}

// slowBody gives its bytes never.
type slowBody struct{ done <-chan struct{} }

func (b slowBody) Read([]byte) (int, error) {
	<-b.done
	return 0, errors.New("given up")
}

func TestHelloOfAStreamHasToCome(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil)
		done := make(chan struct{})
		req, _ := http.NewRequest("POST", "http://chat.example/realtime/stream", slowBody{done})
		req.Header.Set("Content-Type", "application/json")
		start := time.Now()
		resp, err := g.client.Do(req)
		close(done)
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusRequestTimeout {
				t.Fatalf("got %d", resp.StatusCode)
			}
		}
		if took := time.Since(start); took < 9*time.Second || took > 12*time.Second {
			t.Fatalf("it took %v", took)
		}
		synctest.Wait()
	})
}

// bare hides everything that a ResponseWriter can but the three methods.
type bare struct{ http.ResponseWriter }

func TestStreamNeedsAWriterThatFlushes(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil)
		if a := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.s.ServeHTTP(bare{w}, r) }), get("http://chat.example/realtime/stream")); a.status != 500 {
			t.Fatalf("got %v", a)
		}
	})
}

// Timeouts of the server are not meant for a stream, and HTTP/2 ends one whose write deadline passes, written
// to or not.
func TestStreamOutlivesTimeoutsOfTheServerOnBothHTTPs(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprint("http2 ", http2), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				g := &fallbackRig{t: t, inside: func(context.Context, string) {}}
				g.s = g.server(roomSpec())
				hc, _ := timed(t, g.s, http2)
				c := g.streamAt(hc, "http://chat.example", hello)
				if a := c.call("join", "r"); len(a.subs) != 1 {
					t.Fatalf("got %d %v", a.status, a.header)
				}
				for range 20 {
					<-time.After(time.Minute)
					g.publish("r", "1")
					c.said("1")
				}
				g.s.Disconnect(c.session, "over")
				c.want("bye")
				if _, err := c.read(); err != io.EOF {
					t.Fatalf("got %v, want an orderly end", err)
				}
			})
		})
	}
}

// timed serves with short timeouts, without a network.
func timed(t *testing.T, s *Server, http2 bool) (*http.Client, *memsock.Listener) {
	listen := memsock.Listen()
	srv := &http.Server{Handler: s, ReadTimeout: 2 * time.Second, WriteTimeout: 2 * time.Second, ErrorLog: discardLog(), Protocols: new(http.Protocols)}
	tr := &http.Transport{
		DialContext: listen.Dial, Protocols: new(http.Protocols),
		HTTP2: &http.HTTP2Config{MaxReceiveBufferPerStream: 64 << 10, MaxReceiveBufferPerConnection: 4 * window},
	}
	for _, p := range []*http.Protocols{srv.Protocols, tr.Protocols} {
		p.SetHTTP1(!http2)
		p.SetUnencryptedHTTP2(http2)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(listen) // ends with ErrServerClosed
	}()
	t.Cleanup(func() {
		_ = s.Shutdown(context.Background())
		tr.CloseIdleConnections()
		_ = srv.Close()
		<-done
	})
	return &http.Client{Transport: tr}, listen
}

func TestStreamOnRealConnections(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprint("http2 ", http2), func(t *testing.T) {
			t.Parallel()
			g := &fallbackRig{t: t, inside: func(context.Context, string) {}}
			g.s = g.server(roomSpec())
			hc, url := g.onTCP(g.s, http2)
			c := g.streamAt(hc, url, hello)
			at := c.call("join", "r").subs[0]
			for i := range 200 {
				g.publish("r", fmt.Sprint(i))
			}
			for i := range 200 {
				at = at.after(c.said(fmt.Sprint(i)))
			}
			c.cut()
			g.publish("r", "missed")
			c = g.streamAt(hc, url, resuming("join", at))
			c.want("ch")
			c.said("missed")
			c.call("leave", "r")
			c.want("ch")
			g.s.Disconnect(c.session, "over")
			c.want("bye")
			c.ended()
		})
	}
}
