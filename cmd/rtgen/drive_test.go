package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rogpeppe/go-internal/testscript"
)

// patience bounds every single step of a driven server; a healthy one needs
// milliseconds.
const patience = 30 * time.Second

// drive starts the server that init wrote and uses it as its page does: over
// HTTP, and over a socket that watches what HTTP writes. Then it interrupts
// the server, which must end by itself.
func drive(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: drive server")
	}
	cmd := exec.Command(ts.MkAbs(args[0]), "-addr", "127.0.0.1:0")
	cmd.Stderr = ts.Stderr()
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() { _ = cmd.Process.Kill() })
	first, err := bufio.NewReader(out).ReadString('\n')
	ts.Check(err)
	url, ok := strings.CutPrefix(strings.TrimSpace(first), "open ")
	if !ok {
		ts.Fatalf("the server printed %q, want open http://…", first)
	}

	d := &driver{ts: ts, url: url, client: &http.Client{Timeout: patience}}
	d.http("GET", "/", "", 200, "<title>Guestbook</title>")
	d.http("GET", "/client.js", "", 200, "createClient")
	d.http("GET", "/entries", "", 200, "[]")
	d.http("POST", "/entries", `{"name":"","text":"x"}`, 400, "/name")
	d.socket()

	ts.Check(cmd.Process.Signal(os.Interrupt))
	if err := cmd.Wait(); err != nil {
		ts.Fatalf("the interrupted server ended with %v, want exit code 0", err)
	}
}

type driver struct {
	ts     *testscript.TestScript
	url    string
	client *http.Client
	conn   *websocket.Conn
	frames []map[string]any // received, not yet asked for
}

// http makes one request and requires a status and a piece of the body.
func (d *driver) http(method, path, body string, status int, want string) {
	req, err := http.NewRequest(method, d.url+path, strings.NewReader(body))
	d.ts.Check(err)
	req.Header.Set("Content-Type", "application/json")
	res, err := d.client.Do(req)
	d.ts.Check(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	d.ts.Check(err)
	if res.StatusCode != status || !strings.Contains(string(text), want) {
		d.ts.Fatalf("%s %s answers %d %s, want %d and %q", method, path, res.StatusCode, text, status, want)
	}
}

// socket joins the channel by its operation, writes by HTTP, and sees the
// event; then it writes by socket and HTTP sees the entry.
func (d *driver) socket() {
	dialer := websocket.Dialer{Subprotocols: []string{"rtgen.v1.json"}, HandshakeTimeout: patience}
	conn, res, err := dialer.Dial("ws"+strings.TrimPrefix(d.url, "http")+"/realtime", nil)
	d.ts.Check(err)
	res.Body.Close()
	defer conn.Close()
	d.conn = conn
	d.ts.Check(conn.SetReadDeadline(time.Now().Add(patience)))

	d.send(`{"t":"hello"}`)
	d.receive("welcome")
	d.send(`{"t":"call","id":1,"op":"listEntries"}`)
	if answer := d.receive("res"); answer["status"] != 200.0 || answer["subs"] == nil {
		d.ts.Fatalf("listEntries by socket answers %v, want status 200 with subs", answer)
	}
	d.http("POST", "/entries", `{"name":"Ada","text":"hello"}`, 201, `"Ada"`)
	if event := d.receive("ev"); event["type"] != "entry.added" {
		d.ts.Fatalf("the socket received %v, want entry.added", event)
	}
	d.send(`{"t":"call","id":2,"op":"addEntry","body":{"name":"Grace","text":"hi"}}`)
	if answer := d.receive("res"); answer["status"] != 201.0 {
		d.ts.Fatalf("addEntry by socket answers %v, want status 201", answer)
	}
	d.http("GET", "/entries", "", 200, `"Grace"`)
}

func (d *driver) send(frame string) {
	d.ts.Check(d.conn.WriteMessage(websocket.TextMessage, []byte(frame)))
}

// receive returns the next frame of a kind and passes over others; the read
// deadline bounds the wait.
func (d *driver) receive(kind string) map[string]any {
	for {
		for len(d.frames) > 0 {
			frame := d.frames[0]
			d.frames = d.frames[1:]
			if frame["t"] == kind {
				return frame
			}
		}
		_, message, err := d.conn.ReadMessage()
		d.ts.Check(err)
		for line := range strings.Lines(string(message)) {
			var frame map[string]any
			d.ts.Check(json.Unmarshal([]byte(line), &frame))
			d.frames = append(d.frames, frame)
		}
	}
}
