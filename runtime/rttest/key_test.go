package rttest

import (
	"testing"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest/internal/derive"
)

// TestEveryCaseHasAnIdempotencyKeyOfItsOwn, because the server answers a repeated key without asking
// the handler.
func TestEveryCaseHasAnIdempotencyKeyOfItsOwn(t *testing.T) {
	t.Parallel()
	set, err := derive.NewSet(`{"key":{"type":"string","format":"uuid"},"body":{"type":"object","required":["n"],"properties":{"n":{"type":"integer","minimum":1,"maximum":9}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	op := &rt.Operation{
		ID: "pay", Method: "POST", Path: "/pay",
		Params: []rt.Param{{Name: "Idempotency-Key", In: rt.InHeader, Required: true, Schema: "key"}},
		Body:   &rt.Body{Required: true, Content: []rt.Media{{Type: "application/json", Schema: "body"}}},
	}
	seen := map[string]string{}
	wrong := 0
	for _, c := range casesOf(op, set, "") {
		key, _ := c.args[rt.InHeader]["Idempotency-Key"].(string)
		switch {
		case len(key) != len("9f0e4a4e-6f0b-4d0e-8f3a-1c2b3a4d5e6f"):
			wrong++ // cases about the key itself
		case seen[key] != "":
			t.Errorf("%q and %q have the key %s", seen[key], c.name, key)
		default:
			seen[key] = c.name
		}
	}
	if len(seen) < 20 || wrong == 0 {
		t.Errorf("%d keys that fit and %d that do not", len(seen), wrong)
	}
	for _, test := range []struct {
		text string
		n    int
		want string
	}{{"text", 26, "001a"}, {"ab", 26, "1a"}, {"", 3, ""}, {"käse🙂", 1, "k0001"}} {
		if got := numbered(test.text, test.n); got != test.want {
			t.Errorf("numbered(%q, %d) = %q, want %q", test.text, test.n, got, test.want)
		}
	}
}
