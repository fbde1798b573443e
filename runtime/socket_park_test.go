//go:build linux

package runtime

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// parkingRig is a rig over loopback, whose sockets are parked soon.
func parkingRig(t *testing.T, opts ...Option) (g *rig, connect func() *client) {
	t.Helper()
	g = newRig(t, nil, opts...)
	dial := g.overLoopback()
	return g, func() *client {
		c, err := dial()
		if err != nil {
			t.Fatal(err)
		}
		c.send(`{"t":"hello"}`)
		c.want("welcome")
		return c
	}
}

// overLoopback serves over TCP too, and parks sockets soon.
func (g *rig) overLoopback() (dial func() (*client, error)) {
	g.rt.parking.after = time.Millisecond
	g.parked = make(chan struct{}, 1)
	g.rt.parking.done = func() {
		select {
		case g.parked <- struct{}{}:
		default: // one is enough to look again
		}
	}
	srv := httptest.NewServer(http.HandlerFunc(g.rt.serveSocket))
	g.t.Cleanup(srv.Close)
	return func() (*client, error) {
		d := websocket.Dialer{Subprotocols: []string{subprotocol}}
		ws, _, err := d.Dial("ws://"+srv.Listener.Addr().String()+"/realtime", nil)
		if err != nil {
			return nil, err
		}
		g.t.Cleanup(func() { _ = ws.Close() })
		return &client{t: g.t, ws: ws}, nil
	}
}

// allParked waits until every socket of the server is parked.
func (g *rig) allParked() {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), time.Minute)
	defer cancel()
	for _, s := range g.rt.sockets.all() {
		for !s.isParked() {
			select {
			case <-g.parked:
			case <-ctx.Done():
				g.t.Fatal("a socket is not parked")
			}
		}
	}
}

func (s *Socket) isParked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.berth.parked
}

func TestSilentSocketsHaveNoGoroutine(t *testing.T) {
	g, connect := parkingRig(t)
	const sockets = 100
	before := runtime.NumGoroutine()
	var clients []*client
	for range sockets {
		clients = append(clients, connect())
	}
	g.allParked()
	// The HTTP server keeps none for a connection that it has given away, and some workers stay.
	if n := runtime.NumGoroutine() - before; n > maxIdleWorkers+20 {
		t.Errorf("%d goroutines for %d silent sockets", n, sockets)
	}
	for _, c := range clients {
		c.status(200, "echo", `"back"`)
	}
	g.allParked()
	for _, c := range clients {
		c.send(`{"t":"pong"}`) // is worth no stay
	}
	for i, c := range clients {
		c.status(200, "echo", fmt.Sprint(i))
	}
}

func TestParkedSocketsEndAsOthersDo(t *testing.T) {
	ended := make(chan struct{}, 4)
	g, connect := parkingRig(t, OnDisconnect(func(*Socket, CloseInfo) { ended <- struct{}{} }))
	gone, closed, cut, stopped := connect(), connect(), connect(), connect()
	g.allParked()
	all := g.rt.sockets.all()
	if err := gone.ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1000, "")); err != nil {
		t.Fatal(err)
	}
	if _, err := gone.read(); !websocket.IsCloseError(err, 1000) {
		t.Errorf("got %v, want the answer to a close", err)
	}
	_ = cut.ws.Close()
	for range 2 {
		<-ended
	}
	for _, s := range all {
		if s.Context().Err() == nil {
			s.Close(4900, "enough")
		}
	}
	closed.bye(4900)
	stopped.bye(4900)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	select {
	case <-g.rt.sockets.gone():
	case <-ctx.Done():
		t.Fatal("a socket is still there")
	}
}

// Messages come while their socket is being parked or has just been, in pieces and all at once.
func TestNothingIsLostAroundParking(t *testing.T) {
	g, connect := parkingRig(t)
	c := connect()
	conn := c.ws.NetConn()
	done := make(chan error, 1)
	const calls = 400
	go func() {
		for id := range calls {
			frame := maskedFrame(0x81, fmt.Sprintf(`{"t":"call","id":%d,"op":"echo","body":%d}`, id+1, id+1))
			cut := id % len(frame)
			if id%3 == 0 {
				<-g.parked // it is, or has been since the last time
			}
			for _, piece := range []string{frame[:cut], frame[cut:]} {
				if _, err := conn.Write([]byte(piece)); err != nil {
					done <- err
					return
				}
				for range id % 50 {
					runtime.Gosched() // to hit every moment
				}
			}
		}
		done <- nil
	}()
	for seen := 0; seen < calls; seen++ {
		if f := c.want("res"); f["body"] != f["id"] || f["status"] != 200.0 {
			t.Fatalf("got %v", f)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	g.allParked()
}

// A socket is closed while its reader is asked to leave.
func TestGoodbyeIsSaidToWhoIsBeingParked(t *testing.T) {
	g, connect := parkingRig(t)
	g.rt.parking.after = time.Hour // it is asked here
	for range 20 {
		var clients []*client
		for range 10 {
			clients = append(clients, connect())
		}
		for _, s := range g.rt.sockets.all() {
			go s.askToLeave()
			go s.Close(4900, "enough")
		}
		for _, c := range clients {
			c.bye(4900)
			_ = c.ws.Close()
		}
	}
}
