package runtime

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// refused dials and returns the problem that refused it.
func (g *rig) refused(header http.Header) (int, map[string]any, http.Header) {
	g.t.Helper()
	_, resp, err := g.dial(header)
	if err == nil {
		g.t.Fatal("the handshake was accepted")
	}
	if resp == nil {
		g.t.Fatalf("no answer: %v", err)
	}
	body, _ := io.ReadAll(resp.Body)
	var p map[string]any
	if json.Unmarshal(body, &p) != nil || resp.Header.Get("Content-Type") != mediaProblem {
		g.t.Fatalf("got %s %q, want a problem", resp.Header, body)
	}
	return resp.StatusCode, p, resp.Header
}

func TestOriginRule(t *testing.T) {
	const self = "http://chat.example"
	tests := []struct {
		name   string
		header http.Header
		ok     bool
	}{
		{"own origin", http.Header{"Origin": {self}}, true},
		{"own origin with the default port", http.Header{"Origin": {self + ":80"}}, true},
		{"own origin in other case", http.Header{"Origin": {"HTTP://Chat.Example"}}, true},
		{"other scheme", http.Header{"Origin": {"https://chat.example"}}, false},
		{"other port", http.Header{"Origin": {self + ":8080"}}, false},
		{"other host", http.Header{"Origin": {"http://evil.example"}}, false},
		{"host as a prefix", http.Header{"Origin": {self + ".evil.example"}}, false},
		{"host as user", http.Header{"Origin": {self + "@evil.example"}}, false},
		{"subdomain", http.Header{"Origin": {"http://a.chat.example"}}, false},
		{"null", http.Header{"Origin": {"null"}}, false},
		{"two origins", http.Header{"Origin": {self, "http://evil.example"}}, false},
		{"listed", http.Header{"Origin": {"https://app.example"}}, true},
		{"listed in other case", http.Header{"Origin": {"https://APP.example:443"}}, true},
		{"listed from another site", http.Header{"Origin": {"https://app.example"}, "Sec-Fetch-Site": {"cross-site"}}, true},
		{"own origin from another site", http.Header{"Origin": {self}, "Sec-Fetch-Site": {"cross-site"}}, false},
		{"own origin, same origin", http.Header{"Origin": {self}, "Sec-Fetch-Site": {"same-origin"}}, true},
		{"no origin, no cookie", nil, true},
		{"no origin, cookie", http.Header{"Cookie": {"sid=1"}}, false},
		{"no origin, another site", http.Header{"Sec-Fetch-Site": {"cross-site"}}, false},
		{"own origin, cookie", http.Header{"Origin": {self}, "Cookie": {"sid=1"}}, true},
	}
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil, AllowOrigins("https://app.example"))
		for _, tt := range tests {
			c, resp, err := g.dial(tt.header)
			if ok := err == nil; ok != tt.ok {
				t.Errorf("%s: accepted %v, want %v", tt.name, ok, tt.ok)
			}
			if err == nil {
				_ = c.ws.Close()
			} else if resp.StatusCode != http.StatusForbidden {
				t.Errorf("%s: got %d, want 403", tt.name, resp.StatusCode)
			}
		}
	})
}

func TestHostRule(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil, AllowHosts("chat.example"))
		g.connect()
		status, _, _ := g.refused(http.Header{"Host": {"rebound.example"}})
		if status != http.StatusForbidden {
			t.Fatalf("got %d", status)
		}
	})
}

func TestSubprotocolHasToBeExact(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		for _, offered := range [][]string{nil, {"rtgen.v2.json"}, {"RTGEN.V1.JSON"}, {"rtgen.v1"}, {"graphql-ws"}} {
			status, p, _ := g.refused(http.Header{"Sec-Websocket-Protocol": offered})
			if status != http.StatusBadRequest || !strings.HasSuffix(p["type"].(string), "subprotocol") {
				t.Fatalf("%v: got %d %v", offered, status, p)
			}
		}
		c, resp, err := g.dial(http.Header{"Sec-Websocket-Protocol": {"legacy", subprotocol}})
		if err != nil || resp.Header.Get("Sec-Websocket-Protocol") != subprotocol {
			t.Fatalf("got %v, %v", resp, err)
		}
		_ = c.ws.Close()
	})
}

func TestPlainRequestIsToldToUpgrade(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		tr := &http.Transport{DialContext: g.listen.Dial}
		defer tr.CloseIdleConnections()
		for method, want := range map[string]int{"GET": http.StatusUpgradeRequired, "POST": http.StatusMethodNotAllowed} {
			req, _ := http.NewRequest(method, "http://chat.example/realtime", nil)
			resp, err := tr.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != want {
				t.Fatalf("%s: got %d, want %d", method, resp.StatusCode, want)
			}
		}
	})
}

func tokenProtocol(token string) http.Header {
	return http.Header{"Sec-Websocket-Protocol": {subprotocol, authSubprotocol + base64.RawURLEncoding.EncodeToString([]byte(token))}}
}

func byToken(_ context.Context, _ *http.Request, c Credentials) (*Identity, error) {
	switch c.Token {
	case "":
		return nil, nil
	case "banned":
		return nil, Forbidden("you are banned until tomorrow")
	case "bad":
		return nil, errors.New("secret reason")
	}
	return &Identity{Subject: c.Token}, nil
}

func TestAuthenticateRefusesReadably(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil, Authenticate(byToken))
		status, p, _ := g.refused(tokenProtocol("banned"))
		if status != 403 || p["detail"] != "you are banned until tomorrow" {
			t.Fatalf("got %d %v", status, p)
		}
		status, p, _ = g.refused(tokenProtocol("bad"))
		if status != 401 || strings.Contains(p["detail"].(string), "secret") {
			t.Fatalf("got %d %v", status, p)
		}
	})
}

func TestTokenOfTheSubprotocolIsNeverEchoedNorKept(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil, Authenticate(byToken))
		c, resp, err := g.dial(tokenProtocol("ada"))
		if err != nil {
			t.Fatal(err)
		}
		if got := resp.Header.Values("Sec-Websocket-Protocol"); len(got) != 1 || got[0] != subprotocol {
			t.Fatalf("got %q", got)
		}
		c.send(`{"t":"hello"}`)
		s := g.rt.sockets.get(c.want("welcome")["session"].(string))
		if s.Identity().Subject != "ada" || len(s.handshake.Header["Sec-Websocket-Protocol"]) != 0 {
			t.Fatalf("got %v %v", s.Identity(), s.handshake.Header)
		}
	})
}

func TestHookThatNeverReturnsEndsAfterItsDeadline(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		gate := make(chan struct{})
		g := newRig(t, nil, Authenticate(func(ctx context.Context, _ *http.Request, _ Credentials) (*Identity, error) {
			<-gate
			return nil, nil
		}))
		begin := time.Now()
		if status, _, _ := g.refused(nil); status != 503 {
			t.Fatalf("got %d", status)
		}
		if took := time.Since(begin); took != 10*time.Second {
			t.Fatalf("took %v", took)
		}
		close(gate)
	})
}

func TestHookThatPanicsRefuses(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil, Authenticate(func(context.Context, *http.Request, Credentials) (*Identity, error) { panic("boom") }))
		if status, _, _ := g.refused(nil); status != 500 {
			t.Fatalf("got %d", status)
		}
	})
}

func TestCredentialsInHello(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil, Authenticate(byToken))
		c := g.open(nil)
		c.send(`{"t":"hello","auth":{"scheme":"bearer","token":"ada"}}`)
		s := g.rt.sockets.get(c.want("welcome")["session"].(string))
		if s.Identity().Subject != "ada" {
			t.Fatalf("got %v", s.Identity())
		}
		for token, code := range map[string]int{"bad": closeBadCredentials, "banned": closeForbidden} {
			c := g.open(nil)
			c.send(`{"t":"hello","auth":{"scheme":"bearer","token":"` + token + `"}}`)
			c.bye(code)
		}
	})
}

func TestSecurityOfTheHandshakeIsCheckedAtHelloAtTheLatest(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, &Realtime{Security: []Requirement{{{Scheme: "bearer"}}}})
		g.allow = func(in *callInput, _ []Requirement) (*Identity, *Problem) {
			token := strings.TrimPrefix(in.handshake.Header.Get("Authorization"), "Bearer ")
			for _, c := range in.credentials {
				token = c.token
			}
			if token != "ada" {
				return nil, Unauthorized("")
			}
			return &Identity{Subject: token}, nil
		}
		if status, _, _ := g.refused(http.Header{"Authorization": {"Bearer eve"}}); status != 401 {
			t.Fatalf("got %d", status)
		}
		c := g.open(nil)
		c.send(`{"t":"hello"}`)
		c.bye(closeBadCredentials)
		c = g.open(http.Header{"Authorization": {"Bearer ada"}})
		c.send(`{"t":"hello"}`)
		c.want("welcome")
		c = g.open(nil)
		c.send(`{"t":"hello","auth":{"scheme":"bearer","token":"ada"}}`)
		c.want("welcome")
	})
}

func TestConnectionHooksRunOnceEach(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var log []string
		g := newRig(t, nil,
			OnConnect(func(_ context.Context, s *Socket) error {
				s.Set("n", 7)
				log = append(log, "connect")
				return nil
			}),
			OnDisconnect(func(s *Socket, info CloseInfo) {
				if s.Value("n") != 7 || info.Code != 1006 || info.ByServer {
					t.Errorf("got %v %+v", s.Value("n"), info)
				}
				log = append(log, "disconnect")
			}))
		c := g.connect()
		_ = c.ws.NetConn().Close()
		<-g.rt.sockets.gone()
		synctest.Wait()
		if got := strings.Join(log, " "); got != "connect disconnect" {
			t.Fatalf("got %s", got)
		}
	})
}

func TestOnConnectRefuses(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		disconnected := false
		g := newRig(t, nil,
			OnConnect(func(context.Context, *Socket) error { return Forbidden("full") }),
			OnDisconnect(func(*Socket, CloseInfo) { disconnected = true }))
		c := g.open(nil)
		c.send("{\"t\":\"hello\"}\n{\"t\":\"call\",\"id\":1,\"op\":\"echo\"}")
		if f := c.bye(closeForbidden); f["problem"].(map[string]any)["detail"] != "full" {
			t.Fatalf("got %v", f)
		}
		_ = c.ws.Close()
		<-g.rt.sockets.gone()
		synctest.Wait()
		if disconnected {
			t.Fatal("OnDisconnect ran for a socket that was never connected")
		}
	})
}

func TestHandshakesBeyondTheBoundsAreAnswered503(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		check := func(name string, g *rig) {
			t.Helper()
			status, _, h := g.refused(nil)
			if status != 503 || h.Get("Retry-After") == "" {
				t.Fatalf("%s: got %d %v", name, status, h)
			}
		}
		g := newRig(t, nil, MaxSockets(2))
		a := g.connect()
		g.connect()
		check("sockets", g)
		_ = a.ws.Close()
		synctest.Wait()
		g.connect()

		g = newRig(t, nil, MaxWaiting(1))
		g.connect()
		g.open(nil)
		check("waiting", g)
		<-time.After(15 * time.Second)
		g.connect()

		g = newRig(t, nil, AcceptRate("2/m"))
		g.connect()
		g.connect()
		check("rate", g)
		<-time.After(31 * time.Second)
		g.connect()
	})
}
