package runtime

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

// blocked is an operation that runs until its context ends or release is called.
func (g *rig) blocked(id string, op *Operation) (started chan struct{}, release func()) {
	started, gate := make(chan struct{}, 100), make(chan struct{})
	op.ID = id
	g.handle(op, func(ctx context.Context, _ *callInput) (int, string) {
		started <- struct{}{}
		select {
		case <-gate:
			return 200, `{}`
		case <-ctx.Done():
			return 499, `{}`
		}
	})
	return started, func() { close(gate) }
}

func TestBadFramesAreAnsweredAndTheSocketStaysUsable(t *testing.T) {
	tests := []struct{ name, send, kind, detail string }{
		{"no JSON", `hello`, "problem", "one JSON object"},
		{"array", `[]`, "problem", "one JSON object"},
		{"trailing text", `{"t":"probe"} x`, "problem", "one JSON object"},
		{"empty line", "{\"t\":\"probe\"}\n", "ping", ""},
		{"no type", `{"id":1}`, "problem", "no string member"},
		{"type is a number", `{"t":1}`, "problem", "no string member"},
		{"unknown type", `{"t":"shout"}`, "problem", "unknown"},
		{"server frame", `{"t":"ev"}`, "problem", "unknown"},
		{"repeated member", `{"t":"call","id":1,"op":"echo","op":"echo"}`, "res", "repeated"},
		{"call without op", `{"t":"call","id":1}`, "res", "op"},
		{"call without id", `{"t":"call","op":"echo"}`, "problem", "id"},
		{"id zero", `{"t":"call","id":0,"op":"echo"}`, "problem", "id"},
		{"negative id", `{"t":"call","id":-1,"op":"echo"}`, "problem", "id"},
		{"fractional id", `{"t":"call","id":1.5,"op":"echo"}`, "problem", "id"},
		{"huge id", `{"t":"call","id":9007199254740992,"op":"echo"}`, "problem", "id"},
		{"id is a string", `{"t":"call","id":"1","op":"echo"}`, "problem", "id"},
		{"cancel without id", `{"t":"cancel"}`, "problem", "cancel"},
		{"auth without token", `{"t":"auth","id":1}`, "problem", "auth"},
		{"unclosed", `{"t":"call","id":1,"op":"echo","body":[`, "res", "too early"},
		{"crossed brackets", `{"t":"call","id":1,"op":"echo","body":[}]}`, "res", "one JSON object"},
	}
	inBubble(t, func(t *testing.T) {
		for _, tt := range tests {
			g := newRig(t, nil)
			c := g.connect()
			c.pings = true
			c.send(tt.send)
			f := c.next()
			if f["t"] != tt.kind {
				t.Fatalf("%s: got %v, want a %s", tt.name, f, tt.kind)
			}
			detail, _ := f["detail"].(string)
			if body, ok := f["body"].(map[string]any); ok {
				detail, _ = body["detail"].(string)
				if f["status"] != 400.0 || f["id"] != 1.0 {
					t.Fatalf("%s: got %v", tt.name, f)
				}
			}
			if !strings.Contains(detail, tt.detail) {
				t.Fatalf("%s: got %v, want a word about %q", tt.name, f, tt.detail)
			}
			if tt.name == "empty line" {
				c.want("problem")
			}
			c.status(200, "echo", `1`)
		}
	})
}

// TestTextThatIsNotUTF8EndsTheSocket also has characters that are cut by a fragment, which are whole.
func TestTextThatIsNotUTF8EndsTheSocket(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ran := false
		for _, bad := range []string{"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"} {
			g := newRig(t, nil)
			g.handle(&Operation{ID: "touch"}, func(context.Context, *callInput) (int, string) { ran = true; return 200, `1` })
			c := g.connect()
			c.send(`{"t":"call","id":1,"op":"touch","body":"` + bad + `"}`)
			c.bye(closeNotUTF8)
			c = g.open(nil)
			c.send(`{"t":"hello","client":"` + bad + `"}`)
			c.bye(closeNotUTF8)
		}
		if ran {
			t.Error("a handler has seen it")
		}
		g := newRig(t, nil)
		conn, r := g.rawSocket()
		go func() {
			_, _ = io.WriteString(conn, maskedFrame(0x81, `{"t":"hello"}`)+maskedFrame(0x01, "{\"t\":\"x.\xe2\x82")+maskedFrame(0x80, "\xac\"}")+maskedFrame(0x88, "\x03\xe8"))
		}()
		if code := lastClose(t, r); code != 1000 {
			t.Errorf("a character in two fragments: got close %d", code)
		}
	})
}

func TestExtensionFramesAndUnknownMembersAreIgnored(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		c := g.connect()
		c.send(`{"t":"x.trace","anything":[{}]}`)
		c.send(`{"t":"cancel","id":77}`)
		c.send(`{"t":"pong","n":3}`)
		c.send(`{"future":{"a":[1]},"t":"call","id":1,"op":"echo","body":1,"\u0074race":"x"}`)
		if f := c.want("res"); f["status"] != 200.0 {
			t.Fatalf("got %v", f)
		}
	})
}

func TestTooManyFaultsEndTheSocket(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		c := g.connect()
		for range 20 {
			c.send(`{}`)
			c.want("problem")
		}
		c.send(`{}`)
		c.bye(closeFaults)
	})
}

func TestBatchIsCountedBeforeItIsParsed(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		c := g.connect()
		call := `{"t":"call","id":%d,"op":"echo","body":1}`
		var frames []string
		for i := range 32 {
			frames = append(frames, fmt.Sprintf(call, i+1))
		}
		c.send(strings.Join(frames, "\n"))
		for range 32 {
			c.want("res")
		}
		c.send(strings.Join(append(frames, `{"t":"probe"}`), "\n"))
		if f := c.want("problem"); !strings.Contains(f["type"].(string), "batch") {
			t.Fatalf("got %v", f)
		}
		c.send(strings.Repeat("\n", 60_000))
		c.want("problem")
		c.silent()
	})
}

func TestOversizedCallIsAnswered413AndTheSocketStaysUsable(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		c := g.connect()
		for _, size := range []int{65536 - 40, 65536, 65537, 10 * 65536} {
			head := `{"t":"call","id":9,"op":"echo","body":"`
			c.send(head + strings.Repeat("a", size-len(head)-2) + `"}`)
			want := 200.0
			if size > 65536 {
				want = 413
			}
			if f := c.want("res"); f["status"] != want || f["id"] != 9.0 {
				t.Fatalf("%d bytes: got %v, want %v", size, f["status"], want)
			}
		}
		// In many fragments, and behind a frame that is fine.
		w, _ := c.ws.NextWriter(websocket.TextMessage)
		_, _ = io.WriteString(w, `{"t":"call","id":1,"op":"echo","body":1}`+"\n"+`{"t":"call","id":2,"op":"echo","body":"`)
		for range 300 {
			_, _ = io.WriteString(w, strings.Repeat("b", 1000))
		}
		_ = w.Close()
		got := map[any]any{}
		for range 2 {
			f := c.want("res")
			got[f["id"]] = f["status"]
		}
		if got[1.0] != 200.0 || got[2.0] != 413.0 {
			t.Fatalf("got %v", got)
		}
		c.status(200, "echo", `1`)
	})
}

func TestMessageBeyondTheHardCapEndsTheSocket(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		c := g.connect()
		go func() { _ = c.ws.WriteMessage(websocket.TextMessage, make([]byte, 3<<20)) }()
		c.bye(closeFrameTooLarge)
		_ = c.ws.Close()
	})
}

func TestFastCallOvertakesASlowOne(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		_, release := g.blocked("slow", &Operation{})
		c := g.connect()
		c.send(`{"t":"call","id":100,"op":"slow"}`)
		c.status(200, "echo", `"fast"`)
		release()
		if f := c.want("res"); f["id"] != 100.0 || f["status"] != 200.0 {
			t.Fatalf("got %v", f)
		}
	})
}

func TestDuplicateIDFailsThatCallOnly(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		started, release := g.blocked("slow", &Operation{})
		c := g.connect()
		c.send(`{"t":"call","id":5,"op":"slow"}`)
		<-started
		c.send(`{"t":"call","id":5,"op":"echo","body":1}`)
		if f := c.want("problem"); f["ref"] != 5.0 || f["status"] != 409.0 {
			t.Fatalf("got %v", f)
		}
		release()
		if f := c.want("res"); f["id"] != 5.0 || f["status"] != 200.0 {
			t.Fatalf("got %v", f)
		}
		c.id = 4
		c.status(200, "echo", `"the id is free again"`)
	})
}

func TestCancelEndsTheContextOfTheCall(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		started, _ := g.blocked("slow", &Operation{})
		c := g.connect()
		c.send(`{"t":"call","id":5,"op":"slow"}`)
		<-started
		c.send(`{"t":"cancel","id":5}`)
		if f := c.want("res"); f["status"] != 499.0 {
			t.Fatalf("got %v", f)
		}
	})
}

func TestTimeoutOfACallEndsItsContext(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		_, _ = g.blocked("slow", &Operation{})
		c := g.connect()
		begin := time.Now()
		c.send(`{"t":"call","id":5,"op":"slow","timeout":1500}`)
		c.want("res")
		if took := time.Since(begin); took != 1500*time.Millisecond {
			t.Fatalf("took %v", took)
		}
	})
}

func TestDerivedContextsOfACallEndWithIt(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		var derived context.Context
		g.handle(&Operation{ID: "derive"}, func(ctx context.Context, _ *callInput) (int, string) {
			var cancel context.CancelFunc
			derived, cancel = context.WithTimeout(ctx, time.Hour)
			_ = cancel
			return 200, `{}`
		})
		c := g.connect()
		c.status(200, "derive", `1`)
		<-derived.Done()
		if derived.Err() != context.Canceled {
			t.Fatalf("got %v", derived.Err())
		}
	})
}

func TestReadingStopsWhileTooManyCallsRun(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil, WithLimits(Limits{Inflight: 3}))
		started, release := g.blocked("slow", &Operation{})
		c := g.connect()
		for i := range 5 {
			c.send(fmt.Sprintf(`{"t":"call","id":%d,"op":"slow"}`, i+1))
		}
		time.Sleep(10 * patience) // of the bubble's time: for the first, which is run where it is read
		synctest.Wait()
		if n := len(started); n != 3 {
			t.Fatalf("%d calls run, want 3", n)
		}
		release()
		for range 5 {
			c.want("res")
		}
	})
}

func TestPanicEndsOneCallOnly(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		g.handle(&Operation{ID: "panic"}, func(context.Context, *callInput) (int, string) { panic("boom") })
		c := g.connect()
		c.status(500, "panic", `1`)
		c.status(200, "echo", `1`)
	})
}

func TestFirstFrameHasToBeHello(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		ran := false
		g.handle(&Operation{ID: "touch"}, func(context.Context, *callInput) (int, string) { ran = true; return 200, `1` })
		c := g.open(nil)
		c.send(`{"t":"call","id":1,"op":"touch"}`)
		c.bye(closeNoHello)
		if ran {
			t.Fatal("the handler ran")
		}
	})
}

func TestSilentSocketIsClosedAfterTenSeconds(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		begin := time.Now()
		c := g.open(nil)
		c.bye(closeNoHello)
		if took := time.Since(begin); took != 10*time.Second {
			t.Fatalf("took %v", took)
		}
	})
}

func TestSecondHelloEndsTheSocket(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		c := g.connect()
		c.send(`{"t":"hello"}`)
		c.bye(closeSecondHello)
	})
}

func TestCallsMayBePipelinedBehindHello(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		c := g.open(nil)
		c.send("{\"t\":\"hello\"}\n{\"t\":\"call\",\"id\":1,\"op\":\"echo\",\"body\":1}")
		c.want("welcome")
		c.want("res")
	})
}

func TestBinaryMessageIsClosedWith1003(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		c := g.connect()
		_ = c.ws.WriteMessage(websocket.BinaryMessage, []byte("x"))
		c.bye(closeUnsupported)
	})
}

func TestHalfOpenPeerIsClosedAndTheHookRunsOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var infos []CloseInfo
		g := newRig(t, &Realtime{Heartbeat: "10s"}, OnDisconnect(func(_ *Socket, info CloseInfo) { infos = append(infos, info) }))
		c := g.connect()
		c.pings = true
		begin := time.Now()
		c.want("ping")
		c.bye(closeNoPong)
		if took := time.Since(begin); took > 25*time.Second {
			t.Fatalf("took %v", took)
		}
		_ = c.ws.Close()
		<-g.rt.sockets.gone()
		synctest.Wait()
		if len(infos) != 1 || infos[0].Code != closeNoPong || !infos[0].ByServer {
			t.Fatalf("got %v", infos)
		}
	})
}

func TestLivePeerStaysConnected(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, &Realtime{Heartbeat: "10s"})
		c := g.connect()
		_, release := g.blocked("slow", &Operation{})
		c.send(`{"t":"call","id":1,"op":"slow"}`)
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.want("res")
		}()
		<-time.After(10 * time.Minute)
		release()
		<-done
	})
}

// TestSocketThatIsNotReadFromIsNotTakenForGone: its pongs wait behind a call that may not run yet.
func TestSocketThatIsNotReadFromIsNotTakenForGone(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, &Realtime{Heartbeat: "10s", Limits: Limits{Inflight: 2}})
		_, release := g.blocked("slow", &Operation{})
		c := g.connect()
		for i := range 4 {
			c.send(fmt.Sprintf(`{"t":"call","id":%d,"op":"slow"}`, i+1))
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 4 {
				c.want("res") // pings are answered meanwhile
			}
		}()
		<-time.After(10 * time.Minute)
		release()
		<-done
		c.pings = true
		begin := time.Now()
		c.want("ping")
		for {
			if f := c.next(); f["t"] == "bye" {
				break // afterwards silence counts again
			}
		}
		if took := time.Since(begin); took > 25*time.Second {
			t.Fatalf("took %v", took)
		}
	})
}

func TestWebSocketPingIsAnsweredInLine(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		c := g.connect()
		var got string
		c.ws.SetPongHandler(func(data string) error { got = data; return nil })
		_ = c.ws.WriteControl(websocket.PingMessage, []byte("abc"), time.Now().Add(time.Second))
		c.status(200, "echo", `1`)
		c.silent()
		if got != "abc" {
			t.Fatalf("got pong %q", got)
		}
	})
}

func TestPingFloodEndsTheSocket(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		c := g.connect()
		go func() {
			for range 100 {
				if c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)) != nil {
					return
				}
			}
		}()
		c.bye(closeFaults)
	})
}

func TestPeersCloseIsAnsweredWithItsCode(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var info CloseInfo
		g := newRig(t, nil, OnDisconnect(func(_ *Socket, i CloseInfo) { info = i }))
		c := g.connect()
		_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1001, "away"), time.Now().Add(time.Second))
		if _, err := c.read(); !websocket.IsCloseError(err, 1001) {
			t.Fatalf("got %v", err)
		}
		<-g.rt.sockets.gone()
		synctest.Wait()
		if info != (CloseInfo{Code: 1001, Reason: "away"}) {
			t.Fatalf("got %+v", info)
		}
	})
}

// rawSocket upgrades by hand and returns the connection behind the handshake.
func (g *rig) rawSocket() (io.ReadWriter, *bufio.Reader) {
	g.t.Helper()
	conn := g.rawConn()
	_, _ = io.WriteString(conn, "GET /realtime HTTP/1.1\r\nHost: chat.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "+base64.StdEncoding.EncodeToString(make([]byte, 16))+
		"\r\nSec-WebSocket-Protocol: "+subprotocol+"\r\n\r\n")
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		g.t.Fatalf("upgrade: %v %v", resp, err)
	}
	return conn, r
}

// maskedFrame is a client frame with a zero mask, which leaves the payload as it is.
func maskedFrame(first byte, payload string) string {
	if len(payload) > 125 {
		panic("short payloads only")
	}
	return string([]byte{first, 0x80 | byte(len(payload)), 0, 0, 0, 0}) + payload
}

func TestRawFramesThatBreakTheRules(t *testing.T) {
	hello := maskedFrame(0x81, `{"t":"hello"}`)
	tests := []struct {
		name, raw string
		code      int
	}{
		{"not masked", "\x81\x05hello", 1002},
		{"reserved bit", hello + string([]byte{0xC1, 0x80, 0, 0, 0, 0}), 1002},
		{"reserved opcode", hello + string([]byte{0x83, 0x80, 0, 0, 0, 0}), 1002},
		{"fragmented ping", hello + string([]byte{0x09, 0x80, 0, 0, 0, 0}), 1002},
		{"continuation of nothing", hello + string([]byte{0x80, 0x80, 0, 0, 0, 0}), 1002},
		{"text within text", hello + maskedFrame(0x01, "a") + maskedFrame(0x81, "b"), 1002},
		{"length 2^63", hello + "\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00abcd", 1002},
		{"too many empty fragments", hello + maskedFrame(0x01, "") + strings.Repeat(maskedFrame(0x00, ""), 1100), closeFrameTooLarge},
	}
	inBubble(t, func(t *testing.T) {
		for _, tt := range tests {
			g := newRig(t, nil)
			conn, r := g.rawSocket()
			go func() { _, _ = io.WriteString(conn, tt.raw) }()
			last := lastClose(t, r)
			if last != tt.code {
				t.Errorf("%s: got close %d, want %d", tt.name, last, tt.code)
			}
		}
	})
}

// lastClose reads frames up to the close frame and returns its code.
func lastClose(t *testing.T, r *bufio.Reader) int {
	t.Helper()
	for {
		head := make([]byte, 2)
		if _, err := io.ReadFull(r, head); err != nil {
			return 0
		}
		n := int(head[1])
		if n == 126 {
			ext := make([]byte, 2)
			_, _ = io.ReadFull(r, ext)
			n = int(ext[0])<<8 | int(ext[1])
		}
		payload := make([]byte, n)
		if _, err := io.ReadFull(r, payload); err != nil {
			t.Fatal(err)
		}
		if head[0] == opClose {
			return int(payload[0])<<8 | int(payload[1])
		}
	}
}

// TestPromisedLengthsReserveNothing sends headers that promise gigabytes, and then some of it.
func TestPromisedLengthsReserveNothing(t *testing.T) {
	for name, length := range map[string]string{
		"2^31":   "\x00\x00\x00\x00\x80\x00\x00\x00",
		"2^63-1": "\x7f\xff\xff\xff\xff\xff\xff\xff",
	} {
		inBubbleNamed(t, name, func(t *testing.T) {
			g := newRig(t, nil)
			conn, r := g.rawSocket()
			go func() {
				_, _ = io.WriteString(conn, maskedFrame(0x81, `{"t":"hello"}`)+"\x81\xff"+length+"\x00\x00\x00\x00")
				part := make([]byte, 64<<10)
				for range 64 { // 4 MiB: more than the hard cap
					if _, err := conn.Write(part); err != nil {
						return
					}
				}
			}()
			if code := lastClose(t, r); code != closeFrameTooLarge {
				t.Errorf("got close %d", code)
			}
		})
	}
}

// TestMessageHasToGoOn: pings do not keep a message open that does not, and one that does needs none.
func TestMessageHasToGoOn(t *testing.T) {
	for name, tt := range map[string]struct {
		part  string // every five seconds
		parts int
		code  int
	}{
		"pings":       {maskedFrame(0x89, "still here"), 100, closeNoPong},
		"a trickle":   {maskedFrame(0x00, " "), 100, closeNoPong},
		"a slow line": {strings.Repeat(maskedFrame(0x00, strings.Repeat(" ", 100)), 5), 60, 1000},
	} {
		inBubbleNamed(t, name, func(t *testing.T) {
			g := newRig(t, nil)
			conn, r := g.rawSocket()
			begin, done := time.Now(), make(chan struct{})
			go func() {
				defer close(done)
				_, _ = io.WriteString(conn, maskedFrame(0x81, `{"t":"hello"}`)+maskedFrame(0x01, "{"))
				for range tt.parts {
					<-time.After(5 * time.Second)
					if _, err := io.WriteString(conn, tt.part); err != nil {
						return // it has been closed
					}
				}
				_, _ = io.WriteString(conn, maskedFrame(0x80, `"t":"x.y"}`)+maskedFrame(0x88, "\x03\xe8"))
			}()
			if code := lastClose(t, r); code != tt.code {
				t.Errorf("got close %d after %v, want %d", code, time.Since(begin), tt.code)
			}
			if took := time.Since(begin); tt.code == closeNoPong && took > 3*defaultHeartbeat {
				t.Errorf("it took %v", took)
			}
			_ = conn.(io.Closer).Close()
			<-done
		})
	}
}

// TestMessageThatNeverEndsIsClosed: whoever sends one byte and then nothing is no living peer.
func TestMessageThatNeverEndsIsClosed(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		conn, r := g.rawSocket()
		go func() { _, _ = io.WriteString(conn, maskedFrame(0x81, `{"t":"hello"}`)+maskedFrame(0x01, "{")) }()
		begin := time.Now()
		if code := lastClose(t, r); code != closeNoPong {
			t.Errorf("got close %d", code)
		}
		if took := time.Since(begin); took > 3*defaultHeartbeat {
			t.Errorf("it took %v", took)
		}
	})
}
