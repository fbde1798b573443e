package runtime

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A lineStream reads what an operation streams as JSON lines.
type lineStream struct {
	t *testing.T
	r *bufio.Reader
}

type streamLine struct {
	Event, ID string
	Retry     int
	Data      *said
}

func (g *guarded) lines(token, last string) *lineStream {
	g.t.Helper()
	resp, err := g.get("/rooms/r/events", token, last, "Accept", "application/jsonl")
	if err != nil || resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/jsonl" {
		g.t.Fatalf("got %v, %v", resp, err)
	}
	return &lineStream{g.t, bufio.NewReader(resp.Body)}
}

// next returns the next line that says something.
func (l *lineStream) next() (f streamLine) {
	l.t.Helper()
	for {
		text, err := l.r.ReadBytes('\n')
		if err != nil {
			l.t.Fatal(err)
		}
		if len(text) > 1 {
			if err := json.Unmarshal(text, &f); err != nil {
				l.t.Fatalf("%q: %v", text, err)
			}
			return f
		}
	}
}

func (l *lineStream) said(id string) streamLine {
	l.t.Helper()
	f := l.next()
	if f.Event != "said" || f.ID == "" || f.Data == nil || f.Data.ID != id {
		l.t.Fatalf("got %+v, want %s", f, id)
	}
	return f
}

// ended insists on an orderly end.
func (l *lineStream) ended() {
	l.t.Helper()
	if rest, err := io.ReadAll(l.r); err != nil || strings.TrimSpace(string(rest)) != "" {
		l.t.Fatalf("got %q, %v, want the end", rest, err)
	}
}

func TestJSONLinesResume(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "")
		lines := g.lines("ada", "")
		begin := lines.next()
		if begin.ID == "" || begin.Event != "" || begin.Data != nil {
			t.Fatalf("got %+v", begin)
		}
		var ids []string
		for i := range 5 {
			g.publish("r", fmt.Sprint(i))
			ids = append(ids, lines.said(fmt.Sprint(i)).ID)
		}
		// From any line on, all that follows it comes, once and in order, and then what is new.
		for i, from := range append([]string{begin.ID}, ids...) {
			late := g.lines("ada", from)
			for j := i; j < 5; j++ {
				if f := late.said(fmt.Sprint(j)); f.ID != ids[j] {
					t.Fatalf("got %+v, want the id %s", f, ids[j])
				}
			}
		}
		g.publish("r", "live")
		lines.said("live")
		// Where it cannot go on it says so, and from where it can.
		for _, last := range []string{"other.1.x", "garbage", strings.Replace(ids[0], ".1.", ".9999.", 1)} {
			again := g.lines("ada", last)
			reset := again.next()
			if reset.Event != "$reset" || reset.ID == "" {
				t.Fatalf("%s: got %+v", last, reset)
			}
			g.publish("r", "after "+last)
			again.said("after " + last)
			g.lines("ada", reset.ID).said("after " + last)
		}
	})
}

func TestJSONLinesShowThatTheyLive(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "") // its heartbeat is an hour
		lines := g.lines("ada", "")
		lines.next()
		begin := time.Now()
		text, err := lines.r.ReadString('\n')
		if took := time.Since(begin); err != nil || text != "\n" || took < 48*time.Minute || took > 72*time.Minute {
			t.Fatalf("got %q, %v after %v", text, err, took)
		}
	})
}

func TestJSONLinesEndWithTheirAuthority(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "5s")
		lines := g.lines("ada:12s", "")
		lines.next()
		within(t, 12*time.Second, lines.ended)
		lines = g.lines("bob", "")
		lines.next()
		g.server.RevokeUser("bob", "signed out")
		g.publish("r", "late")
		within(t, 0, lines.ended)
		lines = g.lines("cleo", "")
		lines.next()
		g.ban("cleo")
		within(t, 5*time.Second, lines.ended)
	})
}

func TestDrainTellsJSONLinesWhenToComeBack(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGuarded(t, "")
		lines := g.lines("ada", "")
		lines.next()
		done := make(chan error, 1)
		go func() { done <- g.server.Shutdown(context.Background()) }()
		if f := lines.next(); f.Retry <= 0 || f.Event != "" || f.ID != "" {
			t.Errorf("got %+v", f)
		}
		lines.ended()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestStreamedChannelsOutliveTimeoutsOfTheServerOnBothHTTPs: over HTTP/2 a deadline for a write ends the stream
// long after the write, unless it is taken away.
func TestStreamedChannelsOutliveTimeoutsOfTheServerOnBothHTTPs(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		for _, media := range []string{"text/event-stream", "application/jsonl"} {
			t.Run(fmt.Sprintf("http2 %v, %s", http2, media), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					g := newGuarded(t, "")
					hc, _ := timed(t, g.server, http2)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					req, _ := http.NewRequestWithContext(ctx, "GET", "http://chat.example/rooms/r/events", nil)
					req.Header.Set("Authorization", "Bearer ada")
					req.Header.Set("Accept", media)
					resp, err := hc.Do(req)
					if err != nil {
						t.Fatal(err)
					}
					defer func() { _ = resp.Body.Close() }()
					r := bufio.NewReader(resp.Body)
					for i := range 20 {
						<-time.After(time.Minute)
						want := fmt.Sprintf(`{"id":"%d"}`, i)
						g.publish("r", fmt.Sprint(i))
						for {
							line, err := r.ReadString('\n')
							if err != nil {
								t.Fatalf("after %d minutes: %v", i+1, err)
							}
							if strings.Contains(line, want) {
								break
							}
						}
					}
				})
			})
		}
	}
}
