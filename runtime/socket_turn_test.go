package runtime

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// op returns a bound operation of the rig.
func (g *rig) op(id string) *boundOperation { return g.ops[id] }

func TestSlowCallHoldsUpTheNextForMillisecondsOnly(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		_, _ = g.blocked("slow", &Operation{})
		c := g.connect()
		begin := time.Now()
		c.send(`{"t":"call","id":1,"op":"slow"}` + "\n" + `{"t":"call","id":2,"op":"echo","body":2}`)
		if f := c.want("res"); f["id"] != 2.0 {
			t.Fatalf("got %v, want the answer of the fast call", f)
		}
		if took := time.Since(begin); took > 3*patience {
			t.Errorf("the fast call waited for %v", took)
		}
		if g.op("slow").tempo.score.Load() == 0 || !g.op("echo").tempo.quick() {
			t.Error("nothing has been learnt from the slow call")
		}
		c.send(`{"t":"cancel","id":1}`)
		if f := c.want("res"); f["id"] != 1.0 || f["status"] != 499.0 {
			t.Fatalf("got %v, want that the slow call was cancelled", f)
		}
	})
}

func TestOperationThatWasSlowIsGivenAnotherChance(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		wait := 5 * patience
		g.handle(&Operation{ID: "moody"}, func(context.Context, *callInput) (int, string) {
			time.Sleep(wait)
			return 200, `1`
		})
		c := g.connect()
		c.status(200, "moody", `1`)
		if !g.op("moody").tempo.quick() {
			t.Fatal("it counts as slow after one call")
		}
		c.status(200, "moody", `1`)
		c.status(200, "moody", `1`)
		wait = 0
		for n := range slowMost - slowFrom + 1 {
			if g.op("moody").tempo.quick() {
				t.Fatalf("it counts as quick after %d calls", n)
			}
			c.status(200, "moody", `1`)
		}
		synctest.Wait()
		if !g.op("moody").tempo.quick() {
			t.Fatal("it counts as slow for ever")
		}
	})
}

func TestHandlerThatEndsItsGoroutineIsAnswered(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		g.handle(&Operation{ID: "exit"}, nil)
		g.handle(&Operation{ID: "ordered", Order: "connection"}, func(context.Context, *callInput) (int, string) { return 200, `1` })
		g.handle(&Operation{ID: "ordered exit", Order: "connection"}, nil) // on a worker
		g.rt.call = func(ctx context.Context, in *callInput) *reply {
			if strings.HasSuffix(in.op, "exit") {
				runtime.Goexit()
			}
			return g.call(ctx, in)
		}
		c := g.connect()
		for range 3 {
			c.status(500, "exit", `1`)
			c.status(500, "ordered exit", `1`)
			c.status(200, "ordered", `1`) // which was behind it
			c.status(200, "echo", `1`)
		}
	})
}

func TestHandlerThatEndsItsGoroutineWhenItIsCancelledIsAnswered(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := NewServer(&API{Realtime: &Realtime{}}, nil, silent())
		started := make(chan struct{})
		s.bind(Bind(&Operation{ID: "wait", Method: "GET", Path: "/wait", Responses: echoResponses}, func(ctx context.Context, _ *struct{}) (any, error) {
			close(started)
			<-ctx.Done()
			runtime.Goexit()
			return nil, nil
		}))
		c := servedRig(t, s).connect()
		c.send(`{"t":"call","id":1,"op":"wait"}`)
		<-started
		c.send(`{"t":"cancel","id":1}`)
		if f := c.want("res"); f["id"] != 1.0 || f["status"] != 500.0 {
			t.Fatalf("got %v", f)
		}
	})
}

// In the middle of a call that nobody else knows of, its socket ends.
func TestEndOfTheSocketCancelsACallWhereItIsRead(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		started, ended := make(chan *Socket, 1), make(chan struct{})
		g.handle(&Operation{ID: "wait"}, func(ctx context.Context, in *callInput) (int, string) {
			started <- in.socket
			<-ctx.Done()
			close(ended)
			return 200, `1`
		})
		c := g.connect()
		c.send(`{"t":"call","id":1,"op":"wait"}`)
		s := <-started
		begin := time.Now()
		s.Close(4900, "enough")
		<-ended
		if took := time.Since(begin); took != 0 {
			t.Errorf("the call heard of it after %v", took)
		}
		c.bye(4900)
	})
}

func TestAnswersOfOneMessageLeaveTogether(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		c := g.connect()
		synctest.Wait()
		s := g.rt.sockets.all()[0]
		counter := &writeCounter{frameWriter: s.out.conn}
		s.out.conn = counter
		var lines []string
		for id := range 20 {
			lines = append(lines, fmt.Sprintf(`{"t":"call","id":%d,"op":"echo","body":%d}`, id+1, id))
		}
		c.send(strings.Join(lines, "\n"))
		for range 20 {
			c.want("res")
		}
		if counter.writes != 1 {
			t.Errorf("20 answers took %d writes, want 1", counter.writes)
		}
		c.status(200, "echo", `1`)
		if counter.writes != 2 {
			t.Errorf("a lonely answer took %d writes, want 1", counter.writes-1)
		}
	})
}

// A writeCounter counts the writes of one socket.
type writeCounter struct {
	frameWriter
	writes int
}

func (w *writeCounter) writeOut(b []byte) error {
	w.writes++
	return w.frameWriter.writeOut(b)
}

// Whatever calls do, each is answered once, and none after its socket had an answer for its id.
func TestEveryCallIsAnsweredOnceWhoeverReads(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil, WithLimits(Limits{Inflight: 8}))
		const sockets, calls = 8, 200
		for _, id := range []string{"a", "b", "c", "d"} {
			g.handle(&Operation{ID: id}, func(ctx context.Context, in *callInput) (int, string) {
				switch rand.IntN(20) {
				case 0:
					time.Sleep(time.Duration(rand.IntN(int(5 * patience))))
				case 1:
					runtime.Gosched()
				}
				return 200, string(in.body)
			})
		}
		done := make(chan error, sockets)
		for range sockets {
			c := g.connect()
			go func() {
				for id := range calls {
					c.send(fmt.Sprintf(`{"t":"call","id":%d,"op":%q,"body":%d}`, id+1, string("abcd"[rand.IntN(4)]), id+1))
				}
			}()
			go func() {
				seen := map[float64]bool{}
				for len(seen) < calls {
					f, err := c.read()
					if err != nil {
						done <- err
						return
					}
					id, _ := f["id"].(float64)
					if f["t"] != "res" || f["status"] != 200.0 || f["body"] != id || seen[id] {
						done <- fmt.Errorf("got %v", f)
						return
					}
					seen[id] = true
				}
				done <- nil
			}()
		}
		for range sockets {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
	})
}

// The one who has been away for long comes back while the next one is away as well: the role is not its.
func TestWhoComesBackLateDoesNotReadAgain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newRig(t, nil)
		started, release := g.blocked("long", &Operation{})
		next, releaseNext := g.blocked("next", &Operation{})
		c := g.connect()
		c.send(strings.Join([]string{
			`{"t":"call","id":1,"op":"echo","body":1}`,
			`{"t":"call","id":2,"op":"long"}`,
			`{"t":"call","id":3,"op":"next"}`,
			`{"t":"call","id":4,"op":"echo","body":4}`,
		}, "\n"))
		<-started
		<-next
		release()
		synctest.Wait()
		s := g.rt.sockets.all()[0]
		s.mu.Lock()
		known := s.here != nil && s.here.id == 3 || s.calls[3] != nil
		s.mu.Unlock()
		if !known {
			t.Error("the socket does not know of the call that runs")
		}
		releaseNext()
		for range 4 {
			c.want("res")
		}
		for id := 1; id <= 4; id++ {
			c.send(fmt.Sprintf(`{"t":"call","id":%d,"op":"echo","body":1}`, id))
			if f := c.next(); f["status"] != 200.0 {
				t.Errorf("id %d is not free again: %v", id, f)
			}
		}
		if !g.op("echo").tempo.quick() || g.op("echo").tempo.score.Load() != 0 {
			t.Error("a quick call counts as slow")
		}
	})
}

// Behind a call come frames that are no message, so that its reader goes on waiting below it.
func TestAnswersDoNotWaitForTheMessageBehindAControlFrame(t *testing.T) {
	for name, behind := range map[string]string{
		"ping":           maskedFrame(0x89, "hey"),
		"pong":           maskedFrame(0x8A, ""),
		"first fragment": maskedFrame(0x01, `{"t":`),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				g := newRig(t, nil)
				c := g.connect()
				call := maskedFrame(0x81, `{"t":"call","id":1,"op":"echo","body":1}`)
				if _, err := c.ws.NetConn().Write([]byte(call + behind)); err != nil {
					t.Fatal(err)
				}
				begin := time.Now()
				c.want("res")
				if took := time.Since(begin); took > 0 {
					t.Errorf("the answer took %v", took)
				}
			})
		})
	}
}
