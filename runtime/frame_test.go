package runtime

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestScanFrameTakesMembersApart(t *testing.T) {
	t.Parallel()
	var f inFrame
	line := `{"t":"call", "id":7,"op":"a\u0062c","path":{"x":[1,"}"]},"body":null,"timeout":5,"zzz":{"t":"no"}}`
	if err := scanFrame([]byte(line), &f); err != nil {
		t.Fatal(err)
	}
	op, _ := f.text(memberOp)
	if f.kind != frameCall || f.id != 7 || op != "abc" || string(f.raw[memberPath]) != `{"x":[1,"}"]}` ||
		string(f.raw[memberBody]) != "null" || f.has(memberQuery) || string(f.raw[memberTimeout]) != "5" {
		t.Fatalf("got %+v", f)
	}
}

func TestScanPrefixFindsTheIDOfACutFrame(t *testing.T) {
	t.Parallel()
	var f inFrame
	scanPrefix([]byte(`{"t":"call","id":12,"op":"x","body":"aaaa`), &f)
	if f.kind != frameCall || f.id != 12 {
		t.Fatalf("got %+v", f)
	}
}

func TestSealFrameChoosesTheShortestHeader(t *testing.T) {
	t.Parallel()
	for size, head := range map[int]int{0: 2, 125: 2, 126: 4, 65535: 4, 65536: 10} {
		b := sealFrame(append(openFrame(nil), strings.Repeat("x", size)...), opText)
		if len(b) != head+size || b[0] != opText {
			t.Fatalf("%d bytes: header of %d, want %d", size, len(b)-size, head)
		}
		var m frameMeter
		l := resolveLimits(Limits{})
		m.limits = &l
		if n, err := m.count(b); err != nil || n != len(b) || !m.between() {
			t.Fatalf("%d bytes: the header says something else: %+v", size, m)
		}
	}
}

func TestBodiesOfAnyKindFitIntoAnAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct{ media, body, want string }{
		{"application/json", "{\n\"a\":1\r\n}", `,"body":{ "a":1  }`},
		{"application/problem+json; charset=utf-8", `{}`, `,"body":{}`},
		{"text/plain", "a\nb\"", `,"enc":"text","body":"a\nb\""`},
		{"image/png", "\xff\x00", `,"enc":"base64","body":"/wA="`},
		{"", "", ``},
		{"application/json", `{"cut":`, `,"enc":"text","body":"{\"cut\":"`},
		{"application/json", "{}\n{}", `,"enc":"text","body":"{}\n{}"`},
	}
	for _, tt := range tests {
		if got := string(appendBody(nil, []byte(tt.body), standsAsJSON(tt.media, []byte(tt.body), false))); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.media, got, tt.want)
		}
	}
}

func TestHeadersOfAnAnswerAreSortedAndInLowerCase(t *testing.T) {
	t.Parallel()
	h := http.Header{"X-B": {"1", "2"}, "Location": {"/a\n\"b\""}, "Etag": {`"x"`}}
	got := string(appendResHead(nil, 3, 201, h, "text/plain")) + "}"
	want := `{"t":"res","id":3,"status":201,"headers":{"content-type":"text/plain","etag":"\"x\"","location":"/a\n\"b\"","x-b":"1, 2"}}`
	if got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}

func TestIDsHoldWhatJavaScriptCan(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"1": true, "9007199254740991": true, "9007199254740992": false, "0": false, "01": false, "-1": false,
		"1.0": false, "1e3": false, "": false, "99999999999999999999": false, `"1"`: false, "null": false,
	} {
		if _, got := parseID([]byte(text)); got != ok {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func TestEventIDsAreULIDs(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		id := newEventID()
		if len(id) != 26 || id[0] > '7' || seen[id] || strings.Trim(id, crockford) != "" {
			t.Fatalf("got %q", id)
		}
		seen[id] = true
	}
}

func TestCutUTF8EndsBetweenCharacters(t *testing.T) {
	t.Parallel()
	for n := range 12 {
		if got := cutUTF8("aé漢字😀", n); len(got) > n || !utf8.ValidString(got) {
			t.Fatalf("%d: got %q", n, got)
		}
	}
}

// FuzzScanFrame holds the scanner against encoding/json: what both accept means the same, and
// nothing that encoding/json takes for an object with an acceptable t is refused without reason.
func FuzzScanFrame(f *testing.F) {
	for _, seed := range []string{
		`{"t":"call","id":1,"op":"x"}`, `{"t":"hello","auth":{"scheme":"b","token":"t"},"resume":[{"op":"a","ch":[]}]}`,
		`{}`, `{"t":1}`, `[`, `{"t":"x.y","a":{"b":[{"c":"\""}]}}`, "{\"t\":\"\\u0063all\"}", `{"t":"call","id":1,"t":"call"}`,
		`{"t":"call","id":1e9}`, `{"":"`, `{"t":"a\`, `{"a":}`, `{"a":1,}`, strings.Repeat(`{"a":`, 70), `{"t":"ev"} `,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var fr inFrame
		err := scanFrame(line, &fr)
		for m, raw := range fr.raw {
			if raw != nil && !fr.has(member(m)) {
				t.Fatalf("member %d has a value and is not there", m)
			}
		}
		for range members(line) {
		}
		for range elements(line) {
		}
		_, _ = lookup(line, "/a/0/b~1")
		if !json.Valid(line) {
			return
		}
		var ref map[string]json.RawMessage
		if json.Unmarshal(line, &ref) != nil || ref == nil || err != nil {
			return
		}
		var kind string
		if json.Unmarshal(ref["t"], &kind) != nil || frameTypeOf([]byte(kind)) != fr.kind {
			t.Fatalf("type %s became %d", ref["t"], fr.kind)
		}
		if op, ok := fr.text(memberOp); ok {
			var want string
			if json.Unmarshal(ref["op"], &want) != nil || want != op {
				t.Fatalf("op %s became %q", ref["op"], op)
			}
		}
		if fr.has(memberBody) && !json.Valid(fr.raw[memberBody]) {
			t.Fatalf("the body of a valid frame became %s", fr.raw[memberBody])
		}
	})
}
