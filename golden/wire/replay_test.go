// Package wire replays the exchanges of this folder against a server; the
// README says what an archive holds.
package wire

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rtgen/rtgen/golden/internal/peer"
)

var update = flag.Bool("update", false, "record the server's part of the exchanges again")

// TestExchanges replays every archive, over both transports or by event stream.
func TestExchanges(t *testing.T) {
	t.Parallel()
	for _, x := range exchanges(t) {
		t.Run(strings.TrimSuffix(x.path, ".txtar"), func(t *testing.T) {
			t.Parallel()
			if x.get("stream") != nil {
				synctest.Test(t, func(t *testing.T) { replayStream(t, x) })
				return
			}
			if x.get("http") != nil {
				overHTTP(t, x)
			}
			overSocket(t, x)
			if *update {
				x.save(t)
			}
			sameAnswer(t, x)
		})
	}
}

// overHTTP sends the request and compares the response.
func overHTTP(t *testing.T, x *exchange) {
	t.Helper()
	rec := httptest.NewRecorder()
	newServer().ServeHTTP(rec, x.request(t))
	got := response(rec.Code, rec.Header(), rec.Body.Bytes())
	if *update {
		x.set("http.reply", got)
		return
	}
	if want := x.get("http.reply"); !bytes.Equal(want, got) {
		t.Errorf("HTTP answers\n%s\nwant\n%s", got, want)
	}
}

// overSocket plays the client's part of the frames and compares the server's.
func overSocket(t *testing.T, x *exchange) {
	t.Helper()
	p := peer.Dial(t, newServer(), "/realtime", `"auth":{"scheme":"Bearer","token":"ada"}`)
	var record strings.Builder
	for _, s := range x.steps(t) {
		if s.send {
			p.Send(s.frame)
			record.WriteString("> " + s.frame + "\n")
			continue
		}
		got := masked(t, next(p))
		record.WriteString("< " + got + "\n")
		if !*update && !sameJSON(t, s.frame, got) {
			t.Errorf("the server sends\n%s\nwant\n%s", got, s.frame)
		}
	}
	if *update {
		x.set("socket", []byte(record.String()))
		x.recordAnswer(t)
	}
}

// next is the next frame that belongs to the exchange. Who is present is told
// apart from calls, at a pace of its own, so it stands in no archive.
func next(p *peer.Peer) []byte {
	for {
		frame := p.Receive()
		if !bytes.Contains(frame, []byte(`"type":"$presence"`)) {
			return frame
		}
	}
}

// recordAnswer makes the client's answer that of the server.
func (x *exchange) recordAnswer(t *testing.T) {
	t.Helper()
	if x.get("answer") == nil {
		return
	}
	text, err := json.Marshal(x.answer(t))
	if err != nil {
		t.Fatal(err)
	}
	x.set("answer", append(text, '\n'))
}

// sameAnswer is the promise: the body and the status that HTTP carries are
// those in the frame that answers call 1, and those of the client.
func sameAnswer(t *testing.T, x *exchange) {
	t.Helper()
	if x.get("call") == nil {
		return
	}
	res := x.answer(t)
	if x.get("http.reply") != nil {
		status, body := x.httpReply(t)
		if status != res.Status {
			t.Errorf("HTTP answers with status %d, the socket with %d", status, res.Status)
		}
		if !bytes.Equal(body, res.Body) {
			t.Errorf("the bodies differ:\nHTTP   %s\nsocket %s", body, res.Body)
		}
	}
	client := answer{}
	if err := json.Unmarshal(x.get("answer"), &client); err != nil {
		t.Fatalf("%s: answer: %v", x.path, err)
	}
	if client.Status != res.Status || !sameJSON(t, string(orNull(client.Body)), string(orNull(res.Body))) {
		t.Errorf("the client returns %s, the server sent %d %s", x.get("answer"), res.Status, res.Body)
	}
}

type answer struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body,omitempty"`
}

// answer is the res frame of call 1.
func (x *exchange) answer(t *testing.T) answer {
	t.Helper()
	for _, s := range x.steps(t) {
		var frame struct {
			T  string
			ID int
			answer
		}
		if err := json.Unmarshal([]byte(s.frame), &frame); err != nil {
			continue // frames that are wrong on purpose
		}
		if !s.send && frame.T == "res" && frame.ID == 1 {
			return frame.answer
		}
	}
	t.Fatalf("%s: no res for call 1", x.path)
	return answer{}
}

func (x *exchange) httpReply(t *testing.T) (status int, body []byte) {
	t.Helper()
	head, text, _ := strings.Cut(string(x.get("http.reply")), "\n\n")
	line, _, _ := strings.Cut(head, "\n")
	if err := json.Unmarshal([]byte(line), &status); err != nil {
		t.Fatalf("%s: http.reply: %v", x.path, err)
	}
	if text = strings.TrimSuffix(text, "\n"); text == "" {
		return status, nil
	}
	return status, []byte(text)
}

func orNull(body json.RawMessage) json.RawMessage {
	if body == nil {
		return json.RawMessage("null")
	}
	return body
}

// sameJSON compares two texts as JSON values; "*" in the first fits anything
// in the second.
func sameJSON(t *testing.T, want, got string) bool {
	t.Helper()
	var w, g any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("%s: %v", want, err)
	}
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("%s: %v", got, err)
	}
	return fits(w, g)
}

func fits(want, got any) bool {
	switch w := want.(type) {
	case string:
		return w == "*" && got != nil || reflect.DeepEqual(want, got)
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(w) != len(g) {
			return false
		}
		for name, value := range w {
			other, ok := g[name]
			if !ok || !fits(value, other) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		if !ok || len(w) != len(g) {
			return false
		}
		for i := range w {
			if !fits(w[i], g[i]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(want, got)
}

// TestFits proves that the comparison can fail.
func TestFits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want, got string
		fits      bool
	}{
		{`{"a":"*"}`, `{"a":1}`, true},
		{`{"a":"*"}`, `{"a":null}`, false},
		{`{"a":"*"}`, `{}`, false},
		{`{}`, `{"a":1}`, false},
		{`[1,"*"]`, `[1,{"x":2}]`, true},
		{`[1]`, `[1,2]`, false},
		{`"x"`, `"y"`, false},
	} {
		if got := sameJSON(t, c.want, c.got); got != c.fits {
			t.Errorf("%s fits %s: %v, want %v", c.got, c.want, got, c.fits)
		}
	}
}
