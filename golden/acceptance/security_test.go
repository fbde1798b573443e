package acceptance

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest"
)

func TestCallBeforeHelloEndsTheSocket(t *testing.T) {
	w := newWorld(t)
	srv := w.listen()
	for _, first := range []string{`{"t":"call","id":1,"op":"hello"}`, `{"t":"pong"}`, `{"t":"auth","id":1,"scheme":"bearer","token":"ada"}`} {
		r, res := w.handshake(srv, nil, "rtgen.v1.json")
		if r == nil {
			t.Fatal(res.Status)
		}
		r.send(first)
		r.ends(4008)
	}
	if n := w.app.ran.Load(); n != 0 {
		t.Errorf("the handler ran %d times", n)
	}
}

// TestCompressionIsNotNegotiated: what is not inflated is no bomb.
func TestCompressionIsNotNegotiated(t *testing.T) {
	w := newWorld(t)
	srv := w.listen()
	dialer := websocket.Dialer{Subprotocols: []string{"rtgen.v1.json"}, EnableCompression: true}
	conn, res, err := dialer.Dial("ws"+strings.TrimPrefix(srv.URL, "http")+"/realtime", nil)
	if err != nil || res.Header.Get("Sec-Websocket-Extensions") != "" {
		t.Fatalf("got %v, %v", res, err)
	}
	defer conn.Close()
	r := &raw{t: t, conn: conn}
	// A compressed frame all the same: the first reserved bit is set.
	if _, err := conn.NetConn().Write([]byte{0xC1, 0x80, 0, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	r.ends(1002)
}

func TestFloodOfLineFeedsIsOneFault(t *testing.T) {
	w := newWorld(t)
	r := w.rawSocket()
	r.send(strings.Repeat("\n", 60<<10))
	r.want("problem")
	r.send(`{"t":"call","id":1,"op":"hello"}`)
	if f := r.want("res"); f.Status != 200 {
		t.Errorf("got %s", f.Raw)
	}
	go func() { _ = r.conn.WriteMessage(1, bytes.Repeat([]byte{'\n'}, 8<<20)) }() // ends when the server hangs up
	r.ends(4013)
}

func TestHandshakeWithTooManyHeadersIsRefused(t *testing.T) {
	w := newWorld(t)
	srv := w.listen()
	many := http.Header{}
	for i := range 10_000 {
		many.Set(fmt.Sprint("X-", i), "v")
	}
	for name, h := range map[string]http.Header{
		"10,000 headers": many,
		"a long token":   {"X-Token": {strings.Repeat("constructor;", 10_000)}},
		"a long list":    {"X-List": {strings.Repeat(",", 200_000)}},
	} {
		r, res := w.handshake(srv, h, "rtgen.v1.json")
		if r != nil || res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("%s: got %v", name, res.Status)
		}
	}
	if r, res := w.handshake(srv, http.Header{"Cookie": {strings.Repeat("a", 16<<10)}, "Origin": {srv.URL}}, "rtgen.v1.json"); r == nil {
		t.Errorf("16 KiB of cookies: got %v", res.Status)
	}
}

func TestHeadersOfACallCannotBreakOut(t *testing.T) {
	w := newWorld(t)
	s := w.dial()
	for _, headers := range []map[string]string{
		{"X-A": "a\r\nX-B: b"}, {"X-A": "a\nb"}, {"X-A": "a\x00b"}, {"X\r\nY": "a"}, {"": "a"}, {"X A": "a"},
	} {
		if f := s.Call("hello", rttest.Input{Headers: headers}); f.Status != 400 {
			t.Errorf("%q: got %s", headers, f.Raw)
		}
	}
	w.server.Use(traced("one")) // likewise where the call becomes a request
	for _, headers := range []map[string]string{{"X-A": "a\r\nX-B: b"}, {"X\nY": "a"}} {
		if f := s.Call("hello", rttest.Input{Headers: headers}); f.Status != 400 {
			t.Errorf("%q behind middleware: got %s", headers, f.Raw)
		}
	}
	if n := w.app.ran.Load(); n != 0 {
		t.Errorf("the handler ran %d times", n)
	}
}

func TestHeadersOfTheConnectionCannotBeSpoofed(t *testing.T) {
	w := newWorld(t)
	spoofed := map[string]string{
		"Cookie": "sid=admin", "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Host": "evil.example", "Forwarded": "for=192.0.2.1",
		"X-Real-Ip": "192.0.2.1", "Origin": "https://evil.example", "Host": "evil.example", "Sec-Fetch-Site": "none",
	}
	nobody, ada := w.dial(), w.dial("Cookie", "sid=ada")
	if f := nobody.Call("private", rttest.Input{Headers: spoofed}); f.Status != 401 {
		t.Errorf("nobody with a cookie in its call: got %s", f.Raw)
	}
	if f := ada.Call("private", rttest.Input{Headers: spoofed}); f.Status != 200 || !strings.Contains(string(f.Body), `"name":"ada"`) {
		t.Errorf("ada with another cookie in her call: got %s", f.Raw)
	}
	var mu sync.Mutex
	var seen []string
	w.server.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			for name := range spoofed {
				if r.Header.Get(name) == spoofed[name] {
					seen = append(seen, name)
				}
			}
			if r.Host == "evil.example" || strings.HasPrefix(r.RemoteAddr, "192.0.2.") {
				seen = append(seen, r.Host, r.RemoteAddr)
			}
			next.ServeHTTP(rw, r)
		})
	})
	must(t, ada.Call("hello", rttest.Input{Headers: spoofed}), 200)
	mu.Lock()
	defer mu.Unlock()
	if len(seen) != 0 {
		t.Errorf("middleware saw the call's %q", seen)
	}
}

// TestHostileJSONIsRefusedAlike plays one corpus over both transports.
func TestHostileJSONIsRefusedAlike(t *testing.T) {
	w := newWorld(t)
	s := w.dial()
	for name, tt := range map[string]struct {
		value string // of the member anything
		want  int
	}{
		"duplicate member":            {`{"a":1,"a":2}`, 400},
		"duplicate by escape":         {`{"a":1,"\u0061":2}`, 400},
		"lone high surrogate":         {`"\ud800"`, 400},
		"lone low surrogate":          {`"\udc00"`, 400},
		"pair of surrogates":          {`"\ud83d\ude00"`, 200},
		"as deep as allowed":          {strings.Repeat("[", 60) + strings.Repeat("]", 60), 200},
		"too deep":                    {strings.Repeat("[", 65) + strings.Repeat("]", 65), 400},
		"far too deep":                {strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), 400},
		"huge exponent":               {`1e400`, 200}, // as text it is fine; nobody has asked for a float
		"many digits":                 {strings.Repeat("9", 1000), 200},
		"leading zero":                {`01`, 400},
		"infinity":                    {`Infinity`, 400},
		"control character in string": {"\"a\x01b\"", 400},
		"prototype":                   {`{"__proto__":{"admin":true}}`, 200},
	} {
		body := json.RawMessage(`{"lists":[],"maybe":null,"anything":` + tt.value + `}`)
		plain := w.overHTTP(call{method: "POST", target: "/values", in: rttest.Input{Body: body}})
		socket := bySocket(s, call{op: "echo", in: rttest.Input{Body: body}})
		if plain.status != tt.want || socket.status != tt.want {
			t.Errorf("%s: %d over HTTP, %d by socket, want %d: %.300s %.300s", name, plain.status, socket.status, tt.want, plain.body, socket.body)
		}
		if plain.status == 200 && plain.body != socket.body {
			t.Errorf("%s: %.200s over HTTP, %.200s by socket", name, plain.body, socket.body)
		}
	}
	for field, value := range map[string]string{"number": `1e400`, "lists": `[[1e30]]`} {
		body := json.RawMessage(fmt.Sprintf(`{"lists":[],"maybe":null,%q:%s}`, field, value))
		if field == "lists" {
			body = json.RawMessage(`{"maybe":null,"lists":` + value + `}`)
		}
		w.wantStatus(400, call{op: "echo", method: "POST", target: "/values", in: rttest.Input{Body: body}})
	}
}

// A locked buffer takes the log.
type locked struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func TestTokensAreNotLogged(t *testing.T) {
	const secret = "hush-hush-1234567890"
	var log locked
	handler := slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true})
	w := newWorld(t, rt.WithLogger(slog.New(handler)),
		rt.Authenticate(func(_ context.Context, _ *http.Request, c rt.Credentials) (*rt.Identity, error) {
			if c.Token == secret+"-bad" {
				return nil, fmt.Errorf("no such token")
			}
			return &rt.Identity{Subject: "ada"}, nil
		}),
		rt.OnConnect(func(_ context.Context, s *rt.Socket) error {
			slog.New(handler).Info("connected", "socket", s, "text", fmt.Sprintf("%v %+v %#v", s, s, s))
			return nil
		}))
	srv := w.listen()
	offer := func(token string) string { return "rtgen.auth." + base64.RawURLEncoding.EncodeToString([]byte(token)) }
	if r, _ := w.handshake(srv, nil, "rtgen.v1.json", offer(secret+"-bad")); r != nil {
		t.Error("a bad token is accepted")
	}
	r, res := w.handshake(srv, nil, "rtgen.v1.json", offer(secret))
	if r == nil {
		t.Fatal(res.Status)
	}
	if got := res.Header["Sec-Websocket-Protocol"]; len(got) != 1 || got[0] != "rtgen.v1.json" {
		t.Errorf("the answer repeats %q", got)
	}
	r.send(`{"t":"hello","auth":{"scheme":"bearer","token":"` + secret + `"}}`)
	r.want("welcome")
	r.send(`{"t":"call","id":1,"op":"panic","headers":{"authorization":"Bearer ` + secret + `"}}`)
	r.want("res")
	r.send(`{"t":"call","id":2,"op":"GET /nowhere?token=` + secret + `","headers":{"authorization":"Bearer ` + secret + `"}}`)
	r.want("res")
	r.send(`{"t":"auth","id":3,"scheme":"bearer","token":"` + secret + `-bad"}`)
	r.want("res")
	_ = r.conn.Close()
	text := log.String()
	if !strings.Contains(text, "connected") || !strings.Contains(text, "panicked") {
		t.Fatalf("the log lacks what it should have: %s", text)
	}
	for _, form := range []string{secret, offer(secret), "rtgen.auth."} {
		if strings.Contains(text, form) {
			t.Errorf("the log has %s:\n%s", form, text)
		}
	}
	// In a URL it would be in the logs of every proxy. It is no credential there.
	resp, err := http.Get(srv.URL + "/private?access_token=" + secret)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	if resp.StatusCode != 401 {
		t.Errorf("a token in the URL: got %d", resp.StatusCode)
	}
}
