package acceptance

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest"
)

func TestCallWithoutOperationIsAn400WithItsID(t *testing.T) {
	w := newWorld(t)
	r := w.rawSocket()
	for _, frame := range []string{`{"t":"call","id":5}`, `{"t":"call","id":5,"op":""}`, `{"t":"call","id":5,"op":7}`, `{"t":"call","id":5,"op":"GET "}`} {
		r.send(frame)
		f := r.want("res")
		want := 400
		if frame == `{"t":"call","id":5,"op":""}` {
			want = 404 // a name like any other, which nothing has
		}
		if f.Status != want || string(f.ID) != "5" || strings.Contains(string(f.Raw), "goroutine") || strings.Contains(string(f.Raw), ".go:") {
			t.Errorf("%s: got %s", frame, f.Raw)
		}
	}
	r.send(`{"t":"call","id":6,"op":"hello"}`)
	if f := r.want("res"); f.Status != 200 {
		t.Errorf("afterwards: got %s", f.Raw)
	}
}

func TestBodyOverTheLimitIsAn413AndTheSocketStays(t *testing.T) {
	const limit = 200 << 10
	w := newWorld(t, rt.WithBodyLimit(limit))
	s := w.dial()
	for size, want := range map[int]int{limit: 200, limit + 1: 413, limit + 64<<10: 413, 900 << 10: 413} {
		frame := `{"lists":[],"maybe":"` + strings.Repeat("a", size-len(`{"lists":[],"maybe":""}`)) + `"}`
		c := call{op: "echo", method: "POST", target: "/values", in: rttest.Input{Body: json.RawMessage(frame)}}
		plain, socket := w.overHTTP(c), bySocket(s, c)
		if plain.status != want || socket.status != want || plain.body != socket.body {
			t.Errorf("%d bytes: %d over HTTP, %d by socket, want %d; %.200s and %.200s", size, plain.status, socket.status, want, plain.body, socket.body)
		}
		must(t, s.Call("hello", rttest.Input{}), 200)
	}
}

func TestFastCallIsAnsweredBeforeASlowOne(t *testing.T) {
	w := newWorld(t)
	r := w.rawSocket()
	r.send(`{"t":"call","id":1,"op":"waitAtGate"}`)
	<-w.app.at
	r.send(`{"t":"call","id":2,"op":"hello"}`)
	if f := r.want("res"); string(f.ID) != "2" || f.Status != 200 {
		t.Errorf("first: got %s", f.Raw)
	}
	close(w.app.gate)
	if f := r.want("res"); string(f.ID) != "1" || f.Status != 204 {
		t.Errorf("second: got %s", f.Raw)
	}
}

func TestIDOfAnOpenCallIsRefused(t *testing.T) {
	w := newWorld(t)
	r := w.rawSocket()
	r.send(`{"t":"call","id":1,"op":"waitAtGate"}`)
	<-w.app.at
	r.send(`{"t":"call","id":1,"op":"hello"}`)
	var p struct {
		Ref    int
		Status int
	}
	f := r.want("problem")
	if err := json.Unmarshal(f.Raw, &p); err != nil || p.Ref != 1 || p.Status != 409 {
		t.Errorf("got %s", f.Raw)
	}
	close(w.app.gate)
	if f := r.want("res"); f.Status != 204 {
		t.Errorf("the first call: got %s", f.Raw)
	}
	r.send(`{"t":"call","id":1,"op":"hello"}`)
	if f := r.want("res"); f.Status != 200 {
		t.Errorf("once it is free: got %s", f.Raw)
	}
}

func TestOtherProtocolVersionIsRefusedReadably(t *testing.T) {
	w := newWorld(t)
	srv := w.listen()
	for _, offered := range [][]string{nil, {"rtgen.v2.json"}, {"graphql-ws", "RTGEN.V1.JSON"}} {
		r, res := w.handshake(srv, nil, offered...)
		if r != nil {
			t.Errorf("%q is accepted", offered)
			continue
		}
		text, _ := io.ReadAll(res.Body)
		if res.StatusCode != 400 || !strings.Contains(string(text), "rtgen.v1.json") {
			t.Errorf("%q: got %d %s", offered, res.StatusCode, text)
		}
	}
}

func TestBinaryFrameEndsWith1003(t *testing.T) {
	w := newWorld(t)
	r := w.rawSocket()
	if err := r.conn.WriteMessage(2, []byte{0x81, 0xa1}); err != nil {
		t.Fatal(err)
	}
	r.ends(1003)
}

func TestFrameOfAnotherSubprotocolIsAnswered(t *testing.T) {
	w := newWorld(t)
	r := w.rawSocket()
	// graphql-ws, socket.io and JSON-RPC.
	for _, frame := range []string{`{"type":"connection_init"}`, `42["message","x"]`, `{"jsonrpc":"2.0","method":"x","id":1}`} {
		r.send(frame)
		r.want("problem")
	}
	first, res := w.handshake(w.listen(), nil, "rtgen.v1.json")
	if first == nil {
		t.Fatal(res.Status)
	}
	first.send(`{"type":"connection_init"}`)
	first.ends(4000)
}

func TestPanicEndsOneCall(t *testing.T) {
	w := newWorld(t)
	a := w.wantStatus(500, call{op: "panic", method: "GET", target: "/panic"})
	if strings.Contains(a.body, "secret") {
		t.Errorf("the panic's text leaves the server: %v", a)
	}
	s := w.dial()
	for range 3 {
		must(t, s.Call("panic", rttest.Input{}), 500)
	}
	must(t, s.Call("hello", rttest.Input{}), 200)
}

func TestPathFormIsTheSameCall(t *testing.T) {
	w := newWorld(t)
	s := w.dial()
	for _, c := range []call{
		hello, outcome(201), outcome(404),
		{op: "search", method: "GET", target: "/search?q=a%26b", in: rttest.Input{Query: map[string]string{"q": "a&b"}}},
	} {
		byID, byPath := bySocket(s, c), bySocket(s, call{op: c.method + " " + c.target})
		if fmt.Sprint(byID) != fmt.Sprint(byPath) {
			t.Errorf("%s %s: %v by id, %v by path", c.method, c.target, byID, byPath)
		}
	}
}
