package runtime

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

type listRequest struct {
	List string `path:"list"`
	Body int    `body:"application/json"`
}

// newListed is a guarded server with an operation whose calls are ordered, by an expression or by connection.
func newListed(t *testing.T, order, timeout string, f func(ctx context.Context, r *listRequest) (any, error)) *guarded {
	t.Helper()
	g := newGuarded(t, "")
	g.server.bind(Bind(&Operation{
		ID: "add", Method: "POST", Path: "/lists/{list}", Order: order, Timeout: timeout,
		Params:    []Param{{Name: "list", In: InPath, Required: true, Schema: "string"}},
		Responses: echoResponses, Body: &Body{Required: true, Content: []Media{{Type: "application/json"}}},
	}, f))
	return g
}

func (c *client) add(id int, list string, n int, more string) {
	c.t.Helper()
	c.send(fmt.Sprintf(`{"t":"call","id":%d,"op":"add","path":{"list":%q},"body":%d%s}`, id, list, n, more))
}

// post makes a call over HTTP and returns its status.
func (g *guarded) post(ctx context.Context, path, body string, header ...string) (int, error) {
	tr := &http.Transport{DialContext: g.listen.Dial}
	defer tr.CloseIdleConnections()
	req, _ := http.NewRequestWithContext(ctx, "POST", "http://chat.example"+path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Body.Close()
}

func TestOrderByAValueHoldsForAllCallersOfBothTransports(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var mu sync.Mutex
		running, most, others := 0, 0, 0
		var got []int
		g := newListed(t, "$request.path.list", "", func(_ context.Context, r *listRequest) (any, error) {
			mu.Lock()
			if r.List != "a" {
				others++
			} else if running++; running > most {
				most = running
			}
			mu.Unlock()
			<-time.After(time.Second)
			mu.Lock()
			defer mu.Unlock()
			if r.List == "a" {
				running--
				got = append(got, r.Body)
			}
			return echoOf(r.Body)
		})
		var sockets []*client
		for range 3 {
			sockets = append(sockets, g.as("ada"))
		}
		var http sync.WaitGroup
		begin := time.Now()
		const rounds = 4
		for round := range rounds {
			for i, c := range sockets {
				c.add(round+1, "a", 10*round+i, "")
				synctest.Wait() // it stands in the line
			}
			http.Go(func() {
				if status, err := g.post(t.Context(), "/lists/a", fmt.Sprint(10*round+3)); err != nil || status != 200 {
					t.Errorf("over HTTP: got %d, %v", status, err)
				}
			})
			synctest.Wait()
		}
		sockets[0].add(50, "b", 0, "") // nobody's turn but its own
		synctest.Wait()
		if mu.Lock(); others != 1 {
			t.Error("another value waits, too")
		}
		mu.Unlock()
		for i, c := range sockets {
			n := rounds
			if i == 0 {
				n++
			}
			for range n {
				if f := c.want("res"); f["status"] != 200.0 {
					t.Fatalf("got %v", f)
				}
			}
		}
		http.Wait()
		if took := time.Since(begin); most != 1 || took != 4*rounds*time.Second {
			t.Errorf("%d at once, took %v", most, took)
		}
		for i, n := range got {
			if want := 10*(i/4) + i%4; n != want {
				t.Fatalf("got order %v", got)
			}
		}
		if n := len(g.rt.lines.byKey); n != 0 {
			t.Errorf("%d lines are left", n)
		}
	})
}

// TestCancelledCallsLeaveNothingInTheLine: whoever gives up waiting takes no place any more, and nothing else.
func TestCancelledCallsLeaveNothingInTheLine(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		open := make(chan struct{})
		g := newListed(t, "$request.path.list", "", func(ctx context.Context, r *listRequest) (any, error) {
			select {
			case <-open:
			case <-ctx.Done():
			}
			return echoOf(r.Body)
		})
		first, c := g.as("ada"), g.as("bob")
		first.add(1, "a", 0, "")
		synctest.Wait()
		for id := 1; id <= 3*maxLine; id++ {
			c.add(id, "a", id, "")
			c.send(fmt.Sprintf(`{"t":"cancel","id":%d}`, id))
			if f := c.want("res"); f["status"] != 499.0 {
				t.Fatalf("got %v", f)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := g.post(ctx, "/lists/a", "7"); err == nil {
			t.Fatal("it did not wait")
		}
		synctest.Wait()
		var in *callLine
		for _, in = range g.rt.lines.byKey {
		}
		if in == nil || in.length != 1 || in.first != in.last {
			t.Errorf("got %+v, want a line of one", in)
		}
		for _, s := range g.rt.sockets.all() {
			if n := len(s.order.open); n > 1 {
				t.Errorf("%d tickets are kept", n)
			}
		}
		close(open)
		first.want("res")
	})
}

func TestLineIsBounded(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		open := make(chan struct{})
		g := newListed(t, "$request.path.list", "", func(_ context.Context, r *listRequest) (any, error) {
			<-open
			return echoOf(r.Body)
		})
		per := g.rt.limits.inflight
		var sockets []*client
		for range maxLine / per {
			c := g.as("ada")
			for id := range per {
				c.add(id+1, "a", id, "")
			}
			sockets = append(sockets, c)
		}
		synctest.Wait()
		late := g.as("bob")
		late.add(1, "a", 0, "")
		if f := late.want("res"); f["status"] != 503.0 || f["headers"].(map[string]any)["retry-after"] != "1" {
			t.Errorf("by socket: got %v", f)
		}
		if status, err := g.post(t.Context(), "/lists/a", "1"); err != nil || status != 503 {
			t.Errorf("over HTTP: got %d, %v", status, err)
		}
		close(open)
		for _, c := range sockets {
			for range per {
				if f := c.want("res"); f["status"] != 200.0 {
					t.Fatalf("got %v", f)
				}
			}
		}
		late.add(2, "a", 0, "")
		if f := late.want("res"); f["status"] != 200.0 {
			t.Errorf("afterwards: got %v", f)
		}
	})
}

// TestTimeouts: what the document says bounds both transports, waiting in a line included; what a client
// says can only make it shorter.
func TestTimeouts(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ended := make(chan error, 1)
		g := newListed(t, "$request.path.list", "10s", func(ctx context.Context, _ *listRequest) (any, error) {
			<-ctx.Done()
			ended <- ctx.Err()
			return nil, ctx.Err()
		})
		c := g.as("ada")
		handlerEnds := func() {
			t.Helper()
			if err := <-ended; err != context.DeadlineExceeded {
				t.Errorf("the handler ends with %v", err)
			}
		}
		for more, want := range map[string]time.Duration{
			"": 10 * time.Second, `,"timeout":3000`: 3 * time.Second, `,"timeout":60000`: 10 * time.Second,
			`,"timeout":0`: 10 * time.Second, `,"timeout":-1`: 10 * time.Second, `,"timeout":99999999999`: 10 * time.Second,
		} {
			within(t, want, func() {
				c.add(1, "a", 0, more)
				if f := c.want("res"); f["status"] != 504.0 {
					t.Errorf("%s: got %v", more, f)
				}
				handlerEnds()
			})
		}
		within(t, 10*time.Second, func() {
			if status, err := g.post(t.Context(), "/lists/a", "1"); err != nil || status != 504 {
				t.Errorf("over HTTP: got %d, %v", status, err)
			}
			handlerEnds()
		})
		// Waiting counts.
		c.add(1, "a", 0, "")
		synctest.Wait()
		<-time.After(5 * time.Second)
		c.add(2, "a", 0, `,"timeout":2000`)
		within(t, 2*time.Second, func() {
			if f := c.want("res"); f["status"] != 504.0 || f["id"] != 2.0 {
				t.Errorf("while it waits: got %v", f)
			}
		})
		c.want("res")
		handlerEnds()
		if len(ended) != 0 {
			t.Error("the one that waited has run")
		}
	})
}
