package runtime

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Attacks whose bound shows with thousands only. They look at the memory of the process, so they are not
// parallel; -short plays them with a twentieth, and so does the race detector, which knows some 8,000
// goroutines at a time.

func crowd(n int) int {
	if testing.Short() || underRace {
		return n / 20
	}
	return n
}

// TestThousandsOfSilentSocketsCostWhatTheyMay opens as many sockets as may wait for their hello and says nothing.
func TestThousandsOfSilentSocketsCostWhatTheyMay(t *testing.T) {
	waiting := crowd(10_000)
	notParallel(t, func(t *testing.T) {
		g := newRig(t, nil, MaxWaiting(waiting), MaxWaitingPerIP(-1))
		g.rt.heartbeat = 1000 * time.Hour
		served := g.connect()
		heap, _ := inUse()
		before := runtime.NumGoroutine()
		for range waiting {
			g.rawSocket()
		}
		synctest.Wait()
		now, _ := inUse()
		// Both ends: the socket, 6 KiB; the connection, its reader and the response at the client.
		if each := (now - heap) / float64(waiting); each > 20<<10 {
			t.Errorf("%.0f bytes for each socket", each)
		}
		if extra := runtime.NumGoroutine() - before - waiting; extra > 100 {
			t.Errorf("%d goroutines more than sockets", extra)
		}
		if status, _, h := g.refused(nil); status != http.StatusServiceUnavailable || h.Get("Retry-After") == "" {
			t.Errorf("one more: got %d %v", status, h)
		}
		served.status(200, "echo", `1`) // who has said hello is not touched
		<-time.After(15 * time.Second)
		synctest.Wait()
		if n := len(g.rt.sockets.all()); n != 1 || len(g.rt.sockets.peers) != 0 || g.rt.sockets.unknown != 0 {
			t.Errorf("%d sockets are left, %d unknown", n, g.rt.sockets.unknown)
		}
		served.status(200, "echo", `1`)
		g.connect()
	})
}

// TestThousandsComeBackAtOnce kills the connections of thousands of clients, which come back at once and ask for what
// they have missed: they are let in at the rate, served from few reads, and nobody loses anything.
func TestThousandsComeBackAtOnce(t *testing.T) {
	clients := crowd(5_000)
	const missed, rate = 20, 500
	notParallel(t, func(t *testing.T) {
		e := &countingEngine{Engine: NewMemoryEngine()}
		g := newRooms(t, WithEngine(e), MaxWaiting(-1), MaxWaitingPerIP(-1))
		g.rt.heartbeat = 1000 * time.Hour
		hellos := make([]string, clients)
		for i := range hellos {
			c := g.connect()
			at, _ := json.Marshal([]heldPosition{c.joined("r")})
			hellos[i] = fmt.Sprintf(`{"t":"hello","resume":[{"op":"join","ch":%s}]}`, at)
			_ = c.ws.NetConn().Close()
		}
		<-g.rt.sockets.gone()
		for i := range missed {
			g.publish("r", fmt.Sprint(i))
		}
		g.rt.sockets.accept, _ = parseRate(fmt.Sprintf("%d/s", rate))
		before := runtime.NumGoroutine()
		e.reads.Store(0)
		var refused atomic.Int64
		var back sync.WaitGroup
		begin := time.Now()
		conns := make([]*client, clients)
		for i, hello := range hellos {
			back.Go(func() {
				for {
					c, resp, err := g.dial(nil)
					if err != nil {
						if resp == nil || resp.StatusCode != http.StatusServiceUnavailable {
							t.Errorf("got %v, %v", resp, err)
							return
						}
						refused.Add(1)
						after, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
						<-time.After(time.Duration(after)*time.Second + rand.N(2*time.Second))
						continue
					}
					c.send(hello)
					c.want("welcome")
					if f := c.want("ch"); f["recovered"] != true {
						t.Errorf("got %v", f)
						return
					}
					for i := range missed {
						c.event(fmt.Sprint(i))
					}
					conns[i] = c
					return
				}
			})
		}
		back.Wait()
		took := time.Since(begin)
		t.Logf("%d clients in %v, %d times refused, %d reads", clients, took, refused.Load(), e.reads.Load())
		if least := time.Duration(clients-rate) * time.Second / rate; took < least {
			t.Errorf("all are back after %v, the rate allows %v", took, least)
		}
		// A read is kept for two seconds: that is how many there may be.
		if most := int32(took/tailKept) + 2; e.reads.Load() > most || e.most.Load() > 1 {
			t.Errorf("%d reads, %d of them at once, want %d at most", e.reads.Load(), e.most.Load(), most)
		}
		for _, c := range conns {
			if c != nil {
				_ = c.ws.NetConn().Close()
			}
		}
		<-g.rt.sockets.gone()
		<-time.After(2 * tailKept)
		synctest.Wait()
		if extra := runtime.NumGoroutine() - before; extra > 100 {
			t.Errorf("%d goroutines are left", extra)
		}
	})
}
