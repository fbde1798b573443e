package runtime

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// readEvents reads an event stream by the rules of HTML, section 9.2.6, one after the other, so that it can
// be compared with them by eye.
func readEvents(text string) (items []streamItem) {
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	lines := strings.Split(text, "\n")
	var item streamItem
	var data []string
	for _, line := range lines[:len(lines)-1] { // a line that does not end is none
		if line == "" {
			if data != nil {
				item.data = []byte(strings.Join(data, "\n"))
				items = append(items, item)
			}
			item, data = streamItem{}, nil
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "event":
			item.event = value
		case "data":
			data = append(data, value)
		case "id":
			if !strings.Contains(value, "\x00") {
				item.id = value
			}
		case "retry":
			n := 0
			for _, c := range value {
				if c < '0' || c > '9' {
					n = -1
					break
				}
				n = min(n*10+int(c-'0'), 1<<30)
			}
			if n >= 0 && value != "" {
				item.retry = n
			}
		}
	}
	return items
}

// FuzzServerSentEvents writes two items and reads them again. Nothing of one field gets into another, and
// what cannot be written is left out.
func FuzzServerSentEvents(f *testing.F) {
	f.Add("said", "E.1.x", []byte(`{"id":"1"}`), 0)
	f.Add("a\nid: forged", "b\r\nevent: forged", []byte("one\r\n\r\nid: 7\n\ndata: forged\r"), 3000)
	f.Add("\x00", "\x00", []byte("\x00"), -1)
	f.Add(" leading", ": colon", []byte("\n"), 1)
	f.Add("", "", []byte(nil), 0)
	f.Fuzz(func(t *testing.T, event, id string, data []byte, retry int) {
		if retry > 1<<30 || !utf8.ValidString(event+id) || !utf8.Valid(data) {
			return // what is written is UTF-8 by then
		}
		item := streamItem{event: event, id: id, data: data, retry: retry}
		text := string(appendEvent(appendEvent(nil, item), streamItem{data: []byte("next")}))
		want := streamItem{event: legible(event), id: legible(id), retry: max(retry, 0)}
		want.data = []byte(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data)))
		got := readEvents(text)
		if len(got) != 2 || !same(got[0], want) || !same(got[1], streamItem{data: []byte("next")}) {
			t.Fatalf("%+v became %q, which reads %+v", item, text, got)
		}
	})
}

func legible(field string) string {
	if strings.ContainsAny(field, "\r\n\x00") {
		return ""
	}
	return field
}

func same(a, b streamItem) bool {
	return a.event == b.event && a.id == b.id && a.retry == b.retry && string(a.data) == string(b.data)
}

// TestEventStreamsReadAlike holds the table that the TypeScript client reads too against the reader above.
func TestEventStreamsReadAlike(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../templates/typescript/test/support/eventstreams.json")
	if err != nil {
		t.Fatal(err)
	}
	var table []struct {
		Name, Stream string
		Items        []struct {
			Event, ID, Data string
			Retry           int
		}
	}
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	for _, row := range table {
		var got, want []string
		for _, item := range readEvents(row.Stream) {
			got = append(got, string(appendEvent(nil, item)))
		}
		for _, item := range row.Items {
			want = append(want, string(appendEvent(nil, streamItem{event: item.Event, id: item.ID, data: []byte(item.Data), retry: item.Retry})))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.Name, diff)
		}
	}
}

// FuzzPositions reads what clients bring back: the id of a server-sent event, an entry of hello.resume and
// the epoch in it. Only what the server has given out is taken, and only from whom it was given to.
func FuzzPositions(f *testing.F) {
	s := &Server{api: &API{Realtime: roomSpec()}, settings: defaultSettings()}
	WithResumeKey([]byte(strings.Repeat("k", 32)))(&s.settings)
	rt := buildRealtime(s)
	ada := &Identity{Subject: "ada"}
	issued := rt.proof("rooms/r", "EPOCH", ada)
	f.Add(issued, "rooms/r", "ada", uint64(3), "last")
	f.Add("EPOCH", "rooms/r", "ada", uint64(0), "")
	f.Add("EPOCH.", "rooms/r", "", uint64(1)<<53, ".")
	f.Add(issued+"A", "rooms/r", "ada", uint64(1), "a.b")
	f.Add(issued, "rooms/", "rada", uint64(1), "\x00\"")
	f.Fuzz(func(t *testing.T, epoch, address, subject string, seq uint64, last string) {
		if !utf8.ValidString(epoch + address + subject + last) {
			return
		}
		var who *Identity
		if subject != "" {
			who = &Identity{Subject: subject}
		}
		plain, ok := rt.proven(address, epoch, who)
		if mine := rt.proof(address, plain, who); ok != (mine == epoch) {
			t.Fatalf("%q is taken: %v, given out was %q", epoch, ok, mine)
		}
		if ok && epoch == issued && (address != "rooms/r" || subject != "ada") {
			t.Fatalf("the position of ada in rooms/r is good for %q in %q", subject, address)
		}
		if given := rt.proof(address, epoch, who); !strings.Contains(epoch, ".") {
			if got, ok := rt.proven(address, given, who); !ok || got != epoch {
				t.Fatalf("%q was given out as %q and is not taken", epoch, given)
			}
		}
		pos := Position{Epoch: epoch, Seq: seq, Last: last}
		if got, ok := parsePosition(pos.String()); !strings.Contains(epoch, ".") && (ok != (seq < 1<<53) || ok && got != pos) {
			t.Fatalf("%+v is read as %+v, %v", pos, got, ok)
		}
		entry, err := json.Marshal(map[string]any{"name": "room", "address": address, "epoch": epoch, "seq": seq, "last": last})
		if err != nil {
			t.Fatal(err)
		}
		r, ok := parseResumption(entry)
		if ok != (address != "" && epoch != "" && seq < 1<<53) {
			t.Fatalf("%s is taken: %v", entry, ok)
		}
		if ok && (r.address != address || r.epoch != epoch || r.from.Seq != seq || r.from.Last != last) {
			t.Fatalf("%s is read as %+v", entry, r)
		}
		for _, raw := range []string{epoch, address, last} { // texts that are anything at all
			parsePosition(raw)
			parseResumption([]byte(raw))
			for one := range elements([]byte(raw)) {
				parseResumption(one)
			}
		}
	})
}

// FuzzMessages gives whole messages to a socket that has said hello: whatever they are, it answers every call
// once, keeps or closes the connection, and stays whole.
func FuzzMessages(f *testing.F) {
	for _, seed := range []string{
		`{"t":"call","id":1,"op":"echo","body":1}`, "{\"t\":\"probe\"}\n{\"t\":\"call\",\"id\":2,\"op\":\"join\",\"body\":{\"room\":\"r\"}}",
		`{"t":"cancel","id":1}`, `{"t":"auth","id":1,"scheme":"bearer","token":"x"}`, `{"t":"hello"}`, `{"t":"pong","n":1}`, "\n", "{}\n\n{}", "\xff",
		`{"t":"call","id":1,"op":"GET /x?y=%zz","headers":{"a":"b\n"},"enc":"base64","timeout":-1}`, `{"t":"call","id":1,"op":"say","body":{"room":"r","id":"\ud800"}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 64<<10 {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			g := newRooms(t)
			c := g.connect()
			c.send(text)
			answered := map[float64]int{}
			c.send(`{"t":"call","id":9007199254740991,"op":"echo","body":"last"}`)
			for {
				got, err := c.read()
				if err != nil {
					break // it has said bye
				}
				if got["t"] != "res" {
					continue
				}
				id := got["id"].(float64)
				if answered[id]++; answered[id] > 1 && strings.Count(text, `"id"`) < 2 {
					t.Fatalf("%q: call %v is answered twice", text, id)
				}
				if body, ok := got["body"].(string); ok && body == "last" {
					break
				}
			}
		})
	})
}

// FuzzBodies reads forms and parts: a body is taken or refused, never a failure of ours.
func FuzzBodies(f *testing.F) {
	for _, seed := range []string{
		"tags=a,b%2Cc&pipes=a|b&spaces=1+2%203&flat=a,1&deep[x]=1&meta=%7B%22a%22%3A1%7D&plain=a&plain=b",
		"deep[a][b][c]=1", "deep[=1&deep]=2&deep[]=3", "%zz=1", "&&=&=1&a", "flat=a,1,b", "spaces=x", "plain[1]=a&plain[0]=b&plain[99999999999]=c",
		"--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nt\r\n--b\r\nContent-Disposition: form-data; name=\"cover\"; filename=\"../../x\"\r\n\r\nx\r\n--b--\r\n",
		"--b\r\nContent-Disposition: form-data; name=\"range\"\r\nContent-Type: application/json\r\n\r\n{\"R\":1,\r\n--b--", "--b--", "--b\r\n\r\n\r\n--b",
	} {
		f.Add(seed)
	}
	form := NewServer(&API{Schemas: encodedSchemas}, []Binding{Bind(&encodedOperation, echoForm)}, silent())
	parts := NewServer(&API{Schemas: schemaUpload}, []Binding{Bind(&uploadOperation, echoUpload)}, silent())
	f.Fuzz(func(t *testing.T, text string) {
		for media, s := range map[string]*Server{"application/x-www-form-urlencoded": form, "multipart/form-data; boundary=b": parts} {
			target := "/op"
			if s == form {
				target = "/encoded"
			}
			if got := serve(s, request("POST", target, text, "Content-Type: "+media)); !slices.Contains([]int{200, 400, 413, 415}, got.status) {
				t.Errorf("%s %q: got %s", media, text, got)
			}
		}
	})
}

func echoForm(_ context.Context, req *encodedRequest) (*encodedAnswer, error) {
	return &encodedAnswer{Body: req.Body}, nil
}

func echoUpload(_ context.Context, req *uploadRequest) (any, error) { return echoOf(req.Body.Title) }
