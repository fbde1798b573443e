package runtime

import (
	"encoding/json"
	"net/http/httptest"
	"testing"
)

func TestProblemReadsWhatItWrites(t *testing.T) {
	t.Parallel()
	p := (&Problem{
		Type: "urn:x", Status: 400, Title: "T", Detail: "d\x00\xff\u2028\"", Instance: "i",
		Errors: []FieldError{{In: "body", Pointer: "/a", Rule: "r", Detail: "d"}, {In: "query", Name: "q", Rule: "r", Detail: "d"}},
	}).With("extra", []any{"x", 1.5})
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"type":"urn:x","title":"T","status":400,"detail":"d\u0000�` + "\u2028" + `\"","instance":"i","errors":[{"in":"body","pointer":"/a","rule":"r","detail":"d"},{"in":"query","name":"q","rule":"r","detail":"d"}],"extra":["x",1.5]}`
	var back Problem
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(&back)
	if err != nil || string(again) != string(text) {
		t.Errorf("got %s, %v; want %s", again, err, text)
	}
	direct, err := p.appendJSON(nil)
	if err != nil || string(direct) != want {
		t.Errorf("got  %s, %v\nwant %s", direct, err, want)
	}
}

func TestZeroProblemIsInternal(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	writeProblem(w, &Problem{})
	if w.Code != 500 || w.Body.String() != `{"title":"Internal Server Error","status":500}` {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if text := (&Problem{Status: 404, Detail: "x"}).Error(); text != "404 Not Found: x" {
		t.Errorf("got %q", text)
	}
}

func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "a\"b\\", "\x00\x1f\x7f", "é\u2028\xff\xc3", "\xed\xa0\x80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var back string
		if err := json.Unmarshal(appendString(nil, text), &back); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if valid := string([]rune(text)); back != valid {
			t.Fatalf("%q: got %q, want %q", text, back, valid)
		}
	})
}
