package runtime

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestDrainingServerServesUntilItsClientsHaveLeft: a client makes its new connection before it leaves the
// old one, and that takes a while. There are too few of them for a window.
func TestDrainingServerServesUntilItsClientsHaveLeft(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		a, b := g.connect(), g.connect()
		done := make(chan error, 1)
		begin := time.Now()
		go func() { done <- g.rt.server.Shutdown(context.Background()) }()
		for _, c := range []*client{a, b} {
			if f := c.want("drain"); f["after"] != 0.0 || f["deadline"] != 0.0 {
				t.Fatalf("got %v", f)
			}
			c.status(200, "echo", `1`)
		}
		_ = a.ws.Close()
		<-time.After(drainGrace(0) / 2)
		b.status(200, "echo", `2`)
		_ = b.ws.Close()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took >= drainGrace(0) {
			t.Errorf("took %v, with nobody left to wait for", took)
		}
	})
}

func TestDrainGraceIsAShareOfTheTime(t *testing.T) {
	t.Parallel()
	for left, want := range map[time.Duration]time.Duration{
		0: time.Second, 5 * time.Second: time.Second / 2, 25 * time.Second: 5 * time.Second / 2, time.Hour: 5 * time.Second,
	} {
		if got := drainGrace(left); got != want {
			t.Errorf("%v left: %v, want %v", left, got, want)
		}
	}
}

// TestShutdownMayBeCalledTwice as by RegisterOnShutdown and by a program that waits for it.
func TestShutdownMayBeCalledTwice(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		started, release := g.blocked("slow", &Operation{})
		c := g.connect()
		c.send(`{"t":"call","id":1,"op":"slow"}`)
		<-started
		done := make(chan error, 2)
		go func() { done <- g.rt.server.Shutdown(context.Background()) }()
		synctest.Wait()
		go func() { done <- g.rt.server.Shutdown(context.Background()) }()
		c.want("drain")
		synctest.Wait()
		if len(done) != 0 {
			t.Fatal("it has not waited for the call")
		}
		release()
		c.want("res") // and no second drain
		c.bye(closeDrain)
		_ = c.ws.Close()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

// TestEveryCallIsKnownToHaveRunOrNot has clients that call all the time while their server goes away: what
// was answered has run once, what was refused or not answered before the bye has not.
func TestEveryCallIsKnownToHaveRunOrNot(t *testing.T) {
	t.Parallel()
	const clients, pipelined = 40, 4
	g := newRig(t, nil)
	var mu sync.Mutex
	ran := map[string]int{}
	g.handle(&Operation{ID: "count"}, func(_ context.Context, in *callInput) (int, string) {
		mu.Lock()
		defer mu.Unlock()
		ran[string(in.body)]++
		return 200, "null"
	})
	var running sync.WaitGroup
	calling := make(chan struct{}, clients)
	refused, unanswered := 0, 0
	for n := range clients {
		c := g.connect()
		running.Go(func() {
			body := func(id int) string { return fmt.Sprintf(`"%d.%d"`, n, id) }
			answers, next, limit := map[int]map[string]any{}, 1, 4000
			call := func() {
				if next <= limit {
					_ = c.ws.WriteMessage(1, fmt.Appendf(nil, `{"t":"call","id":%d,"op":"count","body":%s}`, next, body(next)))
					next++
				}
			}
			for range pipelined {
				call()
			}
			told := false
			for {
				f, err := c.read()
				if err != nil {
					t.Errorf("client %d: %v", n, err)
					return
				}
				if f["t"] == "bye" {
					if f["code"] != float64(closeDrain) {
						t.Errorf("client %d: got %v", n, f)
					}
					break
				}
				if f["t"] == "res" {
					answers[int(f["id"].(float64))] = f
					if !told && len(answers) > 20 {
						told = true
						calling <- struct{}{}
					}
					call()
				}
			}
			_ = c.ws.Close()
			mu.Lock()
			defer mu.Unlock()
			for id := 1; id < next; id++ {
				f, times := answers[id], ran[body(id)]
				switch {
				case f == nil:
					unanswered++
				case f["status"] == 200.0:
					times--
				case f["status"] == 503.0 && f["again"] == true:
					refused++
				default:
					t.Errorf("client %d: got %v", n, f)
				}
				if times != 0 {
					t.Errorf("client %d, call %d: %d runs too many; the answer is %v", n, id, times, f)
				}
			}
		})
	}
	for range clients {
		<-calling
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute/4)
	defer cancel()
	if err := g.rt.server.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	running.Wait()
	t.Logf("%d calls have run, %d were refused, %d not answered", len(ran), refused, unanswered)
}

// TestOwnEngineOutlivesCallsOverHTTP: the sockets have gone, a call over HTTP has something to publish.
func TestOwnEngineOutlivesCallsOverHTTP(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newFallback(t, nil)
		c := g.stream(hello)
		c.call("join", "r")
		running, finish := make(chan struct{}), make(chan struct{})
		published := make(chan error, 1)
		g.inside = func(ctx context.Context, _ string) {
			close(running)
			<-finish
			published <- g.publishing("r")
		}
		go func() {
			res, err := g.client.Post("http://chat.example/rooms/x/ordered", "application/json", strings.NewReader("{}"))
			if err == nil {
				err = res.Body.Close()
			}
			if err != nil {
				t.Error(err)
			}
		}()
		<-running
		done := make(chan error, 1)
		go func() { done <- g.s.Shutdown(context.Background()) }()
		c.want("drain")
		c.want("bye")
		c.ended()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		close(finish)
		if err := <-published; err != nil {
			t.Errorf("got %v", err)
		}
		synctest.Wait()
		if err := g.publishing("r"); !errors.Is(err, ErrEngineClosed) {
			t.Errorf("after the last call: got %v", err)
		}
	})
}

func (g *fallbackRig) publishing(room string) error {
	_, err := PublishEvent(context.Background(), NewChannel(g.s, "room", room), "said", &said{ID: "1"})
	return err
}

// TestSharedEngineOutlivesItsServers and the clients go on with the next one.
func TestSharedEngineOutlivesItsServers(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		engine := NewMemoryEngine()
		defer func() { _ = engine.Close() }()
		opts := []Option{WithEngine(engine), WithResumeKey([]byte(strings.Repeat("k", 32)))}
		g := newFallback(t, nil, opts...)
		c := g.stream(hello)
		at := c.call("join", "r").subs
		old := g.s
		g.s = g.server(roomSpec(), opts...)
		g.client, g.listen = g.inMemory(g.s)
		done := make(chan error, 1)
		go func() { done <- old.Shutdown(context.Background()) }()
		c.want("drain")
		if err := g.publishing("r"); err != nil {
			t.Fatal(err)
		}
		c.said("1") // it is still served
		d := g.stream(resuming("join", at...))
		d.want("ch")
		d.said("1") // the new connection goes on where the old one stood
		c.want("bye")
		c.ended()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if err := g.publishing("r"); err != nil {
			t.Fatal(err)
		}
		d.said("1")
	})
}

// TestRegisterOnShutdown drains beside the HTTP server, and a program can wait for both.
func TestRegisterOnShutdown(t *testing.T) {
	t.Parallel()
	g := newRig(t, nil)
	srv := &http.Server{Handler: g.rt.server, ReadHeaderTimeout: time.Second}
	c := g.connect()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	g.rt.server.RegisterOnShutdown(ctx, srv)
	done := make(chan error, 1)
	go func() { done <- errors.Join(srv.Shutdown(ctx), g.rt.server.Shutdown(ctx)) }()
	c.want("drain")
	_ = c.ws.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
