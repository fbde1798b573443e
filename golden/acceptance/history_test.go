package acceptance

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	acceptance "github.com/rtgen/rtgen/golden/acceptance/go"
	"github.com/rtgen/rtgen/runtime/rttest"
)

// A logPage is a page as clients see it.
type logPage struct {
	Events []struct {
		Type, ID string
		Seq      int
		Data     struct {
			Text string
			N    int
		}
	}
	Next string
	More bool
}

func (p logPage) String() string {
	var words []string
	for _, e := range p.Events {
		words = append(words, strings.TrimSpace(fmt.Sprint(e.Seq, " ", e.Type, " ", e.Data.Text, e.Data.N)))
	}
	return fmt.Sprint(strings.Join(words, ", "), " more: ", p.More)
}

// page asks for a page over both transports, as Ada.
func (w *world) page(op, target string, query map[string]any) call {
	values := url.Values{}
	for name, value := range query {
		values.Set(name, fmt.Sprint(value))
	}
	_, rest, _ := strings.Cut(target, "/logs/")
	log, _, _ := strings.Cut(rest, "/")
	return call{op: op, method: "GET", target: target + "?" + values.Encode(), cookie: "sid=ada",
		in: rttest.Input{Path: map[string]string{"log": log}, Query: query}}
}

func (w *world) wantPage(want string, c call) logPage {
	w.t.Helper()
	a := w.wantStatus(200, c)
	var p logPage
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		w.t.Fatalf("%v: %v", a, err)
	}
	if p.String() != want {
		w.t.Errorf("%s: got %s, want %s", c.target, p, want)
	}
	return p
}

// keep publishes texts, and what is not kept between them.
func (w *world) keep(log string, texts ...string) {
	w.t.Helper()
	channel := acceptance.NewLogChannel(w.server, log)
	for i, text := range texts {
		_, err := channel.PublishBlinked(w.t.Context(), acceptance.Said{Text: "not kept"})
		if err == nil && text == "#" {
			_, err = channel.PublishCounted(w.t.Context(), acceptance.LogCounted{N: i})
		} else if err == nil {
			_, err = channel.PublishWrote(w.t.Context(), acceptance.Said{Text: text})
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func TestHistoryIsTheSamePagesOnBoth(t *testing.T) {
	w := newWorld(t)
	const events = "/logs/a/events"
	empty := w.wantPage(" more: false", w.page("logEvents", events, nil))
	w.keep("a", "one", "#", "three")
	first := w.wantPage("1 wrote one0, 2 counted 1 more: true", w.page("logEvents", events, map[string]any{"limit": 2}))
	last := w.wantPage("3 wrote three0 more: false", w.page("logEvents", events, map[string]any{"after": first.Next}))
	w.wantPage(" more: false", w.page("logEvents", events, map[string]any{"after": last.Next, "limit": 7}))
	w.wantPage("1 wrote one0, 2 counted 1, 3 wrote three0 more: false", w.page("logEvents", events, map[string]any{"after": empty.Next}))
	w.wantPage(" more: false", w.page("logEvents", "/logs/another/events", nil))
}

func TestPageThatCannotBeIsRefusedAlike(t *testing.T) {
	w := newWorld(t)
	const events = "/logs/a/events"
	empty := w.wantPage(" more: false", w.page("logEvents", events, nil))
	w.keep("a", "1", "2", "3", "4", "5", "6") // of which five are kept
	for _, after := range []string{empty.Next, "another.3.x", strings.Replace(empty.Next, ".0.", ".99.", 1)} {
		if a := w.wantStatus(410, w.page("logEvents", events, map[string]any{"after": after})); !strings.Contains(a.body, `"urn:rtgen:problem:truncated"`) {
			t.Errorf("after %s: %v", after, a)
		}
		w.wantStatus(410, w.page("writtenEvents", "/logs/a/written", map[string]any{"after": after}))
	}
	for query, name := range map[[2]any]string{{"after", "yesterday"}: "after", {"limit", 0}: "limit", {"limit", -1}: "limit"} {
		a := w.wantStatus(400, w.page("logEvents", events, map[string]any{query[0].(string): query[1]}))
		if !strings.Contains(a.body, `"in":"query","name":"`+name+`"`) {
			t.Errorf("%v: %v", query, a)
		}
	}
	w.wantPage("2 wrote 20, 3 wrote 30, 4 wrote 40, 5 wrote 50, 6 wrote 60 more: false", w.page("logEvents", events, map[string]any{"limit": 1 << 40}))
}

func TestHistoryAsksForWhatItsChannelAsksFor(t *testing.T) {
	w := newWorld(t)
	w.keep("a", "one")
	for op, target := range map[string]string{"logEvents": "/logs/a/events", "writtenEvents": "/logs/a/written"} {
		c := w.page(op, target, nil)
		c.cookie = ""
		w.wantStatus(401, c)
	}
	if n := w.app.ran.Load(); n != 0 {
		t.Errorf("the handler ran %d times", n)
	}
}

// What an item declares is for its own event: free data stays whole, whatever the other events have.
func TestDataOfAPageIsThatOfItsEvent(t *testing.T) {
	w := newWorld(t)
	note := map[string]json.RawMessage{"a": json.RawMessage(`{"event":1}`), "text": json.RawMessage(`"free"`)}
	if _, err := acceptance.NewLogChannel(w.server, "a").PublishNoted(t.Context(), note); err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{
		"/logs/a/events": `"data":{"a":{"event":1},"text":"free"}}]`, "/logs/a/written": `"events":[]`,
	} {
		op := map[bool]string{true: "logEvents", false: "writtenEvents"}[strings.HasSuffix(target, "events")]
		if a := w.wantStatus(200, w.page(op, target, nil)); !strings.Contains(a.body, want) || strings.Contains(a.body, `"event":"`) {
			t.Errorf("%s: got %s, want %s in it", target, a.body, want)
		}
	}
}

func TestHandlerDecidesAboutAPage(t *testing.T) {
	w := newWorld(t)
	w.keep("a", "one", "#", "three")
	w.keep("secret", "one")
	w.wantStatus(403, w.page("writtenEvents", "/logs/secret/written", nil))
	first := w.wantPage("0 wrote one0 more: true", w.page("writtenEvents", "/logs/a/written", nil))
	w.wantPage("0 wrote three0 more: false", w.page("writtenEvents", "/logs/a/written", map[string]any{"after": first.Next}))
}

func TestStreamGoesOnBehindAPage(t *testing.T) {
	w := newWorld(t).start()
	w.keep("a", "one", "two")
	first := w.wantPage("1 wrote one0 more: true", w.page("logEvents", "/logs/a/events", map[string]any{"limit": 1}))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", w.host.URL()+"/logs/a/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Last-Event-ID", first.Next)
	req.Header.Set("Cookie", "sid=ada")
	res, err := w.host.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	w.keep("a", "three")
	var got []string
	for lines := bufio.NewScanner(res.Body); len(got) < 2 && lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok && !strings.Contains(text, "not kept") {
			got = append(got, text)
		}
	}
	if want := `[{"text":"two"} {"text":"three"}]`; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
