package runtime

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rtgen/rtgen/runtime/internal/memsock"
)

// A guarded server has one channel, which is joined or streamed with bearer tokens: "ada", or "ada:10s"
// for one that ends so long after its first use.
type guarded struct {
	*rig
	server *Server
	mu     sync.Mutex
	ends   map[string]time.Time
	banned map[string]bool
	during func() // runs within the next check
	faulty string // how checks fail: "503", "panic", "silence"; empty: they do not
	checks int
}

func newGuarded(t *testing.T, reauthorize string) *guarded {
	t.Helper()
	bind := map[string]string{"room": "$request.path.room"}
	op := func(id, path string) *Operation {
		return &Operation{ID: id, Method: "GET", Path: path, Params: []Param{
			{Name: "room", In: InPath, Required: true, Schema: "string"},
		}, Security: []Requirement{{{Scheme: "token"}}}, Responses: []Response{{Status: "200", As: (*watchOK)(nil)}}}
	}
	watch, list := op("watch", "/rooms/{room}/events"), op("list", "/rooms/{room}")
	watch.Stream = &Target{Channel: "room", Bind: bind}
	watch.Responses[0].Content = []Media{{Type: "text/event-stream"}, {Type: "application/jsonl"}}
	list.Subscribe = []Target{{Channel: "room", Bind: bind}}
	spec := roomSpec()
	spec.Channels[0].Reauthorize = reauthorize
	spec.Heartbeat = "1h"
	g := &guarded{ends: map[string]time.Time{}, banned: map[string]bool{}}
	api := &API{
		Realtime: spec, Security: []SecurityScheme{{Name: "token", Type: "http", Scheme: "bearer"}},
		Schemas: `{"string": {"type":"string"}, "Item": {"type":"object"}}`,
	}
	f := func(context.Context, *watchRequest) (watchResponse, error) { return watchOK{}, nil }
	g.server = NewServer(api, []Binding{Bind(watch, f), Bind(list, f)}, WithSecurity("token", g.check), silent())
	listen, stop := memsock.Serve(g.server)
	g.rig = &rig{t: t, rt: g.server.sockets(), listen: listen}
	t.Cleanup(func() {
		_ = g.server.Shutdown(context.Background())
		stop()
	})
	return g
}

func (g *guarded) check(ctx context.Context, c BearerCredentials) (*Identity, error) {
	g.mu.Lock()
	g.checks++
	faulty := g.faulty
	g.mu.Unlock()
	switch faulty {
	case "503":
		return nil, &Problem{Status: 503}
	case "panic":
		panic("no session")
	case "silence":
		<-ctx.Done()
		return nil, ctx.Err()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if f := g.during; f != nil {
		g.during = nil
		f()
	}
	subject, life, limited := strings.Cut(c.Token, ":")
	id := &Identity{Subject: subject}
	if limited {
		if _, known := g.ends[c.Token]; !known {
			d, _ := time.ParseDuration(life)
			g.ends[c.Token] = time.Now().Add(d)
		}
		id.Expires = g.ends[c.Token]
		if !time.Now().Before(id.Expires) {
			return nil, errors.New("expired")
		}
	}
	if g.banned[subject] {
		return nil, errors.New("banned")
	}
	return id, nil
}

func (g *guarded) fail(how string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faulty, g.checks = how, 0
}

func (g *guarded) ban(subject string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.banned[subject] = true
}

// as opens a socket with credentials of the connection; empty: without any.
func (g *guarded) as(token string) *client {
	g.t.Helper()
	c := g.open(nil)
	auth := ""
	if token != "" {
		auth = fmt.Sprintf(`,"auth":{"scheme":"bearer","token":%q}`, token)
	}
	c.send(`{"t":"hello"` + auth + `}`)
	c.want("welcome")
	return c
}

// list joins a room; with a token, by credentials of the call.
func (c *client) list(room, token string) map[string]any {
	c.t.Helper()
	c.id++
	headers := ""
	if token != "" {
		headers = fmt.Sprintf(`,"headers":{"authorization":"Bearer %s"}`, token)
	}
	c.send(fmt.Sprintf(`{"t":"call","id":%d,"op":"list","path":{"room":%q}%s}`, c.id, room, headers))
	return c.want("res")
}

func (c *client) gone(reason string) {
	c.t.Helper()
	if f := c.want("ch"); f["state"] != "gone" || f["reason"] != reason {
		c.t.Fatalf("got %v, want gone %s", f, reason)
	}
}

// within insists on how long something takes.
func within(t *testing.T, at time.Duration, f func()) {
	t.Helper()
	begin := time.Now()
	f()
	if took := time.Since(begin); took < at || took > at+time.Second {
		t.Fatalf("took %v, want %v", took, at)
	}
}

func TestMembershipEndsWithTheCredentialsOfItsCall(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "")
		c := g.as("ada")
		c.list("own", "")
		c.list("r", "bob:10s")
		within(t, 10*time.Second, func() { c.gone("expired") })
		g.publish("r", "late")
		c.silent()
		g.publish("own", "1")
		c.event("1")
	})
}

func TestSocketEndsWithCredentialsThatOnlyItsCallsShowed(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "")
		c := g.as("ada:10s") // the handshake asks for nothing, so nobody is known
		c.list("r", "")
		within(t, 8*time.Second, func() { c.want("auth") })
		c.send(`{"t":"auth","id":90,"scheme":"bearer","token":"ada:20s"}`)
		c.want("res")
		within(t, 16*time.Second, func() { c.want("auth") })
		within(t, 4*time.Second, func() { c.bye(closeExpired) })
	})
}

func TestReauthorizeChecksEachMembershipWithItsOwnCredentials(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "5s")
		c := g.as("ada")
		c.list("own", "")
		c.list("r", "bob")
		<-time.After(21 * time.Second)
		c.silent()
		g.ban("bob")
		within(t, 4*time.Second, func() { c.gone("forbidden") })
		g.publish("r", "late")
		g.publish("own", "1")
		c.event("1")
		// Other credentials of the connection are not bob's: nothing sticks.
		if f := c.list("r", ""); f["status"] != 200.0 {
			t.Fatalf("got %v", f)
		}
		if m, _ := g.room("r").Members(t.Context()); len(m) != 1 || m[0].Identity.Subject != "ada" {
			t.Fatalf("got %+v", m)
		}
	})
}

func TestRenewalOfTheConnectionLeavesOtherMembershipsAlone(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "")
		c := g.as("ada")
		c.list("own", "")
		c.list("r", "bob")
		c.send(`{"t":"auth","id":90,"scheme":"bearer","token":"ada"}`)
		c.want("res")
		g.publish("r", "1")
		c.event("1")
		// Somebody else's credentials take over nothing.
		c.send(`{"t":"auth","id":91,"scheme":"bearer","token":"eve"}`)
		c.gone("forbidden")
		c.want("res")
		g.publish("own", "x")
		c.silent()
	})
}

func TestRevokedUserIsSentAwayEverywhere(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "")
		ada, bob := g.as("ada"), g.as("bob")
		ada.list("own", "")
		ada.list("r", "bob")
		bob.list("r", "")
		stream := g.stream("r", "bob", "")
		synctest.Wait()
		if n := g.server.RevokeUser("bob", "logged out"); n != 1 {
			t.Errorf("%d sockets of bob's", n)
		}
		g.publish("r", "secret")
		g.publish("own", "1")
		ada.gone("revoked")
		ada.event("1")
		bob.bye(closeRevoked)
		if rest := stream.rest(); strings.Contains(rest, "secret") {
			t.Errorf("the stream goes on: %q", rest)
		}
	})
}

// TestRevocationDuringACheck: a check that has begun before lets nobody in after.
func TestRevocationDuringACheck(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "")
		c := g.as("ada")
		revoke := func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.during = func() { g.server.RevokeUser("bob", "") }
		}
		revoke()
		if f := c.list("r", "bob"); f["status"] != 401.0 || f["subs"] != nil {
			t.Fatalf("got %v", f)
		}
		if n, _ := g.room("r").Count(t.Context()); n != 0 {
			t.Fatalf("%d members", n)
		}
		revoke()
		if resp, err := g.get("/rooms/r/events", "bob", ""); err != nil || resp.StatusCode != 401 {
			t.Fatalf("got %v, %v", resp, err)
		}
		if f := c.list("r", "bob"); f["status"] != 200.0 {
			t.Fatalf("later: got %v", f)
		}
	})
}

func TestFailedCallChangesNobodysMembership(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRooms(t, Authenticate(byToken))
		for _, op := range g.ops {
			op.op.Security = []Requirement{{{Scheme: "bearer"}}}
		}
		g.allow = func(in *callInput, _ []Requirement) (*Identity, *Problem) {
			if in.op == "refused" {
				return &Identity{Subject: "bob"}, nil
			}
			return in.identity, nil
		}
		c := g.open(tokenProtocol("ada"))
		c.send(`{"t":"hello"}`)
		c.want("welcome")
		c.joined("r")
		c.status(403, "refused", `{"room":"r"}`)
		if m, _ := g.room("r").Members(t.Context()); len(m) != 1 || m[0].Identity.Subject != "ada" {
			t.Fatalf("got %+v", m)
		}
		g.rt.server.RevokeUser("bob", "")
		g.publish("r", "1")
		c.event("1")
	})
}

func (g *guarded) get(path, token, last string, header ...string) (*http.Response, error) {
	tr := &http.Transport{DialContext: g.listen.Dial}
	g.t.Cleanup(tr.CloseIdleConnections)
	ctx, cancel := context.WithCancel(context.Background())
	g.t.Cleanup(cancel)
	req, _ := http.NewRequestWithContext(ctx, "GET", "http://chat.example"+path, nil)
	req.Header.Set("Authorization", "Bearer "+token)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return tr.RoundTrip(req)
}

func (g *guarded) stream(room, token, last string) *sse {
	g.t.Helper()
	resp, err := g.get("/rooms/"+room+"/events", token, last)
	if err != nil || resp.StatusCode != 200 {
		g.t.Fatalf("got %v, %v", resp, err)
	}
	return &sse{g.t, bufio.NewReader(resp.Body)}
}

// rest reads to the end of the stream.
func (s *sse) rest() string {
	s.t.Helper()
	var b strings.Builder
	if _, err := s.r.WriteTo(&b); err != nil {
		s.t.Errorf("the stream is broken off: %v", err)
	}
	return b.String()
}

func TestStreamOverHTTPEndsWithItsAuthority(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "5s")
		stream := g.stream("r", "ada:12s", "")
		within(t, 12*time.Second, func() { stream.rest() })
		stream = g.stream("r", "bob", "")
		<-time.After(11 * time.Second)
		g.ban("bob")
		within(t, 4*time.Second, func() { stream.rest() })
		if room := g.rt.hub.lookup("rooms/r"); room != nil {
			t.Error("the channel is kept")
		}
	})
}

func TestSecurityOfAChannelHoldsForItsStreamToo(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "")
		g.ban("eve")
		g.rt.hub.types["room"].spec.Security = []Requirement{{{Scheme: "token"}}}
		g.server.ops["watch"].op.Security = nil
		if resp, err := g.get("/rooms/r/events", "eve", ""); err != nil || resp.StatusCode != 401 {
			t.Fatalf("got %v, %v", resp, err)
		}
		g.stream("r", "ada", "")
	})
}

func TestStreamSaysWhereItBeginsAndThatItLives(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "")
		stream := g.stream("r", "ada", "")
		first := stream.block()
		if len(first) != 1 || first["id"] == "" {
			t.Fatalf("got %v", first)
		}
		// Nothing has been seen, and still nothing is lost.
		g.publish("r", "missed")
		if f := g.stream("r", "ada", first["id"]).next(); f["data"] != `{"id":"missed"}` {
			t.Fatalf("got %v", f)
		}
		if f := g.stream("r", "ada", "garbage").next(); f["event"] != "$reset" {
			t.Fatalf("got %v", f)
		}
		quiet := g.stream("other", "ada", "")
		quiet.block()
		begin := time.Now()
		line, _ := quiet.r.ReadString('\n')
		if took := time.Since(begin); line != ":\n" || took > 2*time.Hour {
			t.Fatalf("got %q after %v", line, took)
		}
	})
}

func TestStreamAsJSONLines(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "")
		open := func(last string) *bufio.Reader {
			resp, err := g.get("/rooms/r/events", "ada", last, "Accept", "application/jsonl")
			if err != nil || resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/jsonl" {
				t.Fatalf("got %v, %v", resp, err)
			}
			return bufio.NewReader(resp.Body)
		}
		line := func(r *bufio.Reader) (f struct{ Event, ID, Data any }) {
			text, err := r.ReadBytes('\n')
			if err != nil || json.Unmarshal(text, &f) != nil {
				t.Fatalf("got %q, %v", text, err)
			}
			return f
		}
		lines := open("")
		begin := line(lines)
		if begin.ID == nil || begin.Event != nil || begin.Data != nil {
			t.Fatalf("got %v", begin)
		}
		g.publish("r", "1")
		f := line(lines)
		if f.Event != "said" || f.ID == begin.ID || fmt.Sprint(f.Data) != "map[id:1]" {
			t.Fatalf("got %v", f)
		}
		if again := line(open(begin.ID.(string))); fmt.Sprint(again) != fmt.Sprint(f) {
			t.Fatalf("got %v, want %v", again, f)
		}
		if f := line(open("other.1.x")); f.Event != "$reset" {
			t.Fatalf("got %v", f)
		}
	})
}

func TestDrainEndsStreamsAndSpreadsTheirReturn(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "")
		stream := g.stream("r", "ada", "")
		stream.block()
		done := make(chan error, 1)
		go func() { done <- g.server.Shutdown(context.Background()) }()
		if rest := stream.rest(); !strings.HasPrefix(rest, "retry: ") {
			t.Errorf("got %q", rest)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
