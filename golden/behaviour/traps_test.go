package behaviour

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/rtgen/rtgen/golden/internal/peer"
	shapes "github.com/rtgen/rtgen/golden/shapes/go"
)

// trap is a body that JSON parsers disagree about. Over HTTP the text is the
// body; by socket it stands in a frame, which it must not break: the next call
// goes through. want is the status; rule and pointer are those of the only
// error in the problem, and both transports must give the same.
type trap struct {
	name, body    string
	status        int
	rule, pointer string
}

var traps = []trap{
	{"duplicate member", `{"map":{},"map":{}}`, 400, "syntax", ""},
	{"duplicate member, one escaped", `{"map":{},"m\u0061p":{}}`, 400, "syntax", ""},
	{"duplicate member that no property names", `{"open":{"x":"1","x":"2"}}`, 400, "syntax", "/open"},
	{"duplicate member in a value that nobody reads", `{"unknown":{"x":1,"x":2}}`, 400, "syntax", "/unknown"},
	{"as deep as allowed", `{"anything":{"x":` + strings.Repeat("[", 61) + strings.Repeat("]", 61) + `}}`, 200, "", ""},
	{"too deep", `{"anything":{"x":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}}`, 400, "syntax", "*"},
	{"much too deep", `{"anything":{"x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}}`, 400, "syntax", "*"},
	{"too deep where nobody reads", `{"unknown":` + strings.Repeat(`{"a":`, 100) + `1` + strings.Repeat("}", 100) + `}`, 400, "syntax", "*"},
	{"integer beyond its type", `{"formats":{"int64":9223372036854775808}}`, 400, "*", "/formats/int64"},
	{"integer far beyond its type", `{"formats":{"int64":1e400}}`, 400, "*", "/formats/int64"},
	{"huge exponent", `{"formats":{"int64":1e999999999}}`, 400, "*", "/formats/int64"},
	{"fraction for an integer", `{"map":{"a":1.5}}`, 400, "type", "/map/a"},
	{"integer with a fraction of zero", `{"map":{"a":1.0}}`, 200, "", ""},
	{"integer with an exponent", `{"map":{"a":1e2}}`, 200, "", ""},
	{"float beyond its type", `{"formats":{"numbers":[1e999]}}`, 400, "*", "/formats/numbers/0"},
	{"negative zero", `{"formats":{"int64":-0}}`, 200, "", ""},
	{"leading zero", `{"map":{"a":01}}`, 400, "syntax", "*"},
	{"plus sign", `{"map":{"a":+1}}`, 400, "syntax", "*"},
	{"bare fraction", `{"map":{"a":.5}}`, 400, "syntax", "*"},
	{"NaN", `{"formats":{"float":NaN}}`, 400, "syntax", "*"},
	{"Infinity", `{"formats":{"float":-Infinity}}`, 400, "syntax", "*"},
	{"hexadecimal", `{"map":{"a":0x10}}`, 400, "syntax", "*"},
	{"lone high surrogate", `{"open":{"id":"\ud800"}}`, 400, "syntax", "*"},
	{"lone low surrogate", `{"open":{"id":"\udc00"}}`, 400, "syntax", "*"},
	{"swapped surrogates", `{"open":{"id":"\udc00\ud800"}}`, 400, "syntax", "*"},
	{"lone surrogate in a name", `{"open":{"\ud800":"x"}}`, 400, "syntax", "*"},
	{"surrogate pair", `{"open":{"id":"\ud83d\ude00"}}`, 200, "", ""},
	{"control character in a string", "{\"open\":{\"id\":\"a\x01b\"}}", 400, "syntax", "*"},
	{"tab in a string", "{\"open\":{\"id\":\"a\tb\"}}", 400, "syntax", "*"},
	{"unknown escape", `{"open":{"id":"\x41"}}`, 400, "syntax", "*"},
	{"NUL, escaped", `{"open":{"id":"\u0000"}}`, 200, "", ""},
	{"single quotes", `{'map':{}}`, 400, "syntax", "*"},
	{"trailing comma in an object", `{"map":{},}`, 400, "syntax", "*"},
	{"trailing comma in a list", `{"nested":[[],]}`, 400, "syntax", "*"},
	{"comment", `{"map":{}/* */}`, 400, "syntax", "*"},
	{"letter case of a name", `{"Closed":{"other":1}}`, 200, "", ""},
	{"letter case of a literal", `{"nested":[[{"deep":True}]]}`, 400, "syntax", "*"},
	{"name __proto__", `{"map":{"__proto__":1}}`, 200, "", ""},
	{"empty name", `{"map":{"":1}}`, 200, "", ""},
	{"null for an object", `null`, 400, "type", ""},
	{"list for an object", `[]`, 400, "type", ""},
	{"list as a map", `{"map":[["a",1]]}`, 400, "type", "/map"},
}

// TestTraps sends the traps over both transports.
func TestTraps(t *testing.T) {
	t.Parallel()
	server := shapes.NewServer(shapesEcho{})
	p := peer.Dial(t, server, "/realtime")
	for _, trap := range traps {
		call := put("putShapes", "/shapes", trap.body).call
		got := peer.Both(t, server, p, call)
		if got.Status != trap.status {
			t.Errorf("%s: %.200s is answered by %d %s, want %d", trap.name, trap.body, got.Status, got.Body, trap.status)
			continue
		}
		if trap.status != 200 {
			trap.check(t, got.Body)
		}
	}
}

func (trap *trap) check(t *testing.T, body string) {
	t.Helper()
	var problem struct {
		Errors []struct{ In, Pointer, Rule, Detail string }
	}
	if err := json.Unmarshal([]byte(body), &problem); err != nil || len(problem.Errors) != 1 {
		t.Errorf("%s: %s lists other than one error", trap.name, body)
		return
	}
	e := problem.Errors[0]
	if e.In != "body" || trap.rule != "*" && e.Rule != trap.rule || trap.pointer != "*" && e.Pointer != trap.pointer || e.Detail == "" {
		t.Errorf("%s: got %s, want rule %s at %s", trap.name, body, trap.rule, trap.pointer)
	}
}

// TestTextsThatEndWrong sends what a frame cannot hold as it is: over HTTP it
// is no JSON text, and a frame with it is no frame.
func TestTextsThatEndWrong(t *testing.T) {
	t.Parallel()
	server := shapes.NewServer(shapesEcho{})
	for name, body := range map[string]string{
		"trailing data":       `{} {}`,
		"trailing brace":      `{}}`,
		"cut off":             `{"map":{"a":1}`,
		"cut off in a string": `{"open":{"id":"a`,
		"invalid UTF-8":       "{\"open\":{\"id\":\"\xff\"}}",
		"overlong UTF-8":      "{\"open\":{\"id\":\"\xc0\xaf\"}}",
		"surrogate as UTF-8":  "{\"open\":{\"id\":\"\xed\xa0\x80\"}}",
		"byte order mark":     "\ufeff{}",
		"white space":         " \n",
		"UTF-16":              "{\x00}\x00",
	} {
		got := peer.HTTP(t, server, put("putShapes", "/shapes", body).call)
		if got.Status != 400 || !strings.Contains(got.Body, `"in":"body"`) {
			t.Errorf("%s: answered by %d %s", name, got.Status, got.Body)
		}
	}
}
