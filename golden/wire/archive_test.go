package wire

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// exchange is one archive; the README explains its files.
type exchange struct {
	path    string
	archive *txtar.Archive
}

func exchanges(t *testing.T) []*exchange {
	t.Helper()
	paths, err := filepath.Glob("*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	out := make([]*exchange, len(paths))
	for i, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = &exchange{path, archive}
		out[i].validate(t)
	}
	return out
}

// validate refuses archives that would be replayed only in part.
func (x *exchange) validate(t *testing.T) {
	t.Helper()
	if len(bytes.TrimSpace(x.archive.Comment)) == 0 {
		t.Errorf("%s: the comment at the top is missing", x.path)
	}
	for _, f := range x.archive.Files {
		if !slices.Contains([]string{"call", "http", "http.reply", "socket", "answer", "stream", "heard"}, f.Name) {
			t.Errorf("%s: unknown file %s", x.path, f.Name)
		}
	}
	if (x.get("socket") == nil) == (x.get("stream") == nil) {
		t.Errorf("%s: it needs one of the files socket and stream", x.path)
	}
	for _, pair := range [][2]string{{"call", "answer"}, {"http", "http.reply"}} {
		if (x.get(pair[0]) == nil) != (x.get(pair[1]) == nil) {
			t.Errorf("%s: %s and %s come together", x.path, pair[0], pair[1])
		}
	}
}

func (x *exchange) get(name string) []byte {
	for _, f := range x.archive.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func (x *exchange) set(name string, data []byte) {
	for i := range x.archive.Files {
		if x.archive.Files[i].Name == name {
			x.archive.Files[i].Data = data
		}
	}
}

func (x *exchange) save(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(x.path, txtar.Format(x.archive), 0o666); err != nil {
		t.Fatal(err)
	}
}

// request is the HTTP form of the call.
func (x *exchange) request(t *testing.T) *http.Request {
	t.Helper()
	head, body, _ := strings.Cut(string(x.get("http")), "\n\n")
	text := strings.ReplaceAll(head, "\n", "\r\n") + "\r\nHost: chat.example\r\n\r\n"
	req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		t.Fatalf("%s: http: %v", x.path, err)
	}
	body = strings.TrimSuffix(body, "\n")
	req.Body = io.NopCloser(strings.NewReader(body))
	req.ContentLength = int64(len(body))
	return req
}

// response writes an answer the way http.reply holds it.
func response(status int, header http.Header, body []byte) []byte {
	return responseWith(status, header, body, true)
}

// responseWith says whether positions of channels, which differ from run to run, are hidden.
func responseWith(status int, header http.Header, body []byte, hide bool) []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, status)
	var lines []string
	for name, values := range header {
		switch name {
		case "Content-Length", "Date":
			continue
		}
		for _, v := range values {
			if hide && name == "Realtime-Position" {
				v = "*"
			}
			lines = append(lines, strings.ToLower(name)+": "+v)
		}
	}
	slices.Sort(lines)
	for _, l := range lines {
		fmt.Fprintln(&b, l)
	}
	if len(body) > 0 {
		fmt.Fprintf(&b, "\n%s\n", bytes.TrimSuffix(body, []byte("\n")))
	}
	return b.Bytes()
}

// step is one line of the file socket.
type step struct {
	send  bool
	frame string
}

func (x *exchange) steps(t *testing.T) []step {
	t.Helper()
	var out []step
	for line := range strings.Lines(string(x.get("socket"))) {
		frame := strings.TrimSpace(line[1:])
		switch line[0] {
		case '>':
			out = append(out, step{true, frame})
		case '<':
			out = append(out, step{false, frame})
		default:
			t.Fatalf("%s: a line of socket starts with > or <: %s", x.path, line)
		}
	}
	return out
}

// volatile are the members of frames that differ from run to run.
var volatile = []string{"session", "epoch", "last", "spec"}

// masked returns a frame with its volatile values replaced, members in the
// order in which they came.
func masked(t *testing.T, frame []byte) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(frame, &members); err != nil {
		t.Fatalf("the server sent %s: %v", frame, err)
	}
	out := string(frame)
	hide := func(name string, value json.RawMessage) {
		out = strings.Replace(out, `"`+name+`":`+string(value), `"`+name+`":"*"`, 1)
	}
	for _, name := range volatile {
		if value, ok := members[name]; ok {
			hide(name, value)
		}
	}
	if string(members["t"]) == `"ev"` {
		hide("id", members["id"])
	}
	for _, list := range []string{"subs", "pub"} {
		var entries []map[string]json.RawMessage
		if json.Unmarshal(members[list], &entries) != nil {
			continue
		}
		for _, e := range entries {
			for _, name := range append(volatile, "id") {
				if value, ok := e[name]; ok {
					hide(name, value)
				}
			}
		}
	}
	return out
}
