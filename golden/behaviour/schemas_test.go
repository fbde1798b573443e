package behaviour

import (
	"context"
	"encoding/json"
	"testing"

	checks "github.com/rtgen/rtgen/golden/checks/go"
	fallbacks "github.com/rtgen/rtgen/golden/fallbacks/go"
	"github.com/rtgen/rtgen/golden/internal/peer"
)

// TestWhatHasNoTypeIsChecked sends values to members that are raw JSON in Go:
// they come back as they were, and what their schemas forbid is refused.
func TestWhatHasNoTypeIsChecked(t *testing.T) {
	t.Parallel()
	server := fallbacks.NewServer(fallbacksEcho{})
	p := peer.Dial(t, server, "/realtime")
	for _, v := range []value{
		put("putFallbacks", "/fallbacks", `{"anything":[1,{"a":null}],"exclusion":7,"onlyNull":null,"limited":1,`+
			`"twoChoices":{"left":"l","right":"r"},"openChoice":false}`),
		put("putFallbacks", "/fallbacks", `{"limited":"abc"}`),
		put("putFallbacks", "/fallbacks", `{"exclusion":"x","onlyNull":1,"never":1,"limited":"a","emptyEnum":"a","contradiction":"x"}`,
			"/exclusion", "/onlyNull", "/never", "/limited", "/emptyEnum", "/contradiction"),
		put("putFallbacks", "/fallbacks", `{"twoChoices":{"left":"l"},"noChoice":1,"references":1,"loop":1}`,
			"/twoChoices/right", "/noChoice", "/references", "/loop"),
	} {
		v.check(t, server, p)
	}
}

// TestWhatNoTypeExpressesIsChecked breaks, one after the other, the rules that
// only the runtime knows.
func TestWhatNoTypeExpressesIsChecked(t *testing.T) {
	t.Parallel()
	server := checks.NewServer(checksTaken{})
	p := peer.Dial(t, server, "/realtime")
	for body, rule := range map[string]string{
		`{"kind":"card","card":"1234567890123456","expires":"12/30"}`:                                                   "",
		`{"iban":"DE89370400440532013000","amount":0.25,"tags":["a"],"codes":[1,0],"notes":{"short":"x"},"name":"Ada"}`: "",
		`{"iban":"DE89370400440532013000"}`:                                                                             "minProperties",
		`{"iban":"DE89370400440532013000","card":"1234567890123456"}`:                                                   "dependentRequired",
		`{"kind":"card","iban":"DE89370400440532013000"}`:                                                               "required", // then
		`{"kind":"cash","name":"Ada"}`:                                                                                  "required", // else
		`{"iban":"DE89370400440532013000","other":1}`:                                                                   "unevaluatedProperties",
		`{"kind":"card","card":"1234","expires":"12/30"}`:                                                               "pattern",
		`{"iban":"DE89370400440532013000","amount":0}`:                                                                  "exclusiveMinimum",
		`{"iban":"DE89370400440532013000","amount":0.125}`:                                                              "multipleOf",
		`{"iban":"DE89370400440532013000","tags":["a","a"]}`:                                                            "uniqueItems",
		`{"iban":"DE89370400440532013000","tags":[]}`:                                                                   "minItems",
		`{"iban":"DE89370400440532013000","codes":[1]}`:                                                                 "contains",
		`{"iban":"DE89370400440532013000","notes":{"much too long a name":"x"}}`:                                        "propertyNames",
		`{"iban":"DE89370400440532013000","name":"root"}`:                                                               "not",
		`{"kind":"cash","iban":"DE89"}`:                                                                                 "minLength",
	} {
		got := peer.Both(t, server, p, peer.Call{Op: "putChecks", Method: "PUT", Target: "/checks", Body: body})
		switch rules := brokenRules(t, got.Body); {
		case rule == "" && got.Status != 204:
			t.Errorf("%s is answered %d %s, want 204", body, got.Status, got.Body)
		case rule != "" && (got.Status != 400 || !sameSet(rules, []string{rule})):
			t.Errorf("%s is answered %d and breaks %q, want %s alone:\n%s", body, got.Status, rules, rule, got.Body)
		}
	}
}

// brokenRules are the keywords that a problem says are broken.
func brokenRules(t *testing.T, body string) []string {
	t.Helper()
	if body == "" {
		return nil
	}
	var problem struct{ Errors []struct{ Rule string } }
	if err := json.Unmarshal([]byte(body), &problem); err != nil {
		t.Errorf("%s: %v", body, err)
	}
	var rules []string
	for _, e := range problem.Errors {
		rules = append(rules, e.Rule)
	}
	return rules
}

type fallbacksEcho struct{}

func (fallbacksEcho) PutFallbacks(_ context.Context, req *fallbacks.PutFallbacksRequest) (fallbacks.PutFallbacksResponse, error) {
	return fallbacks.PutFallbacksOK{Body: req.Body}, nil
}

type checksTaken struct{}

func (checksTaken) PutChecks(context.Context, *checks.PutChecksRequest) (checks.PutChecksResponse, error) {
	return checks.PutChecksNoContent{}, nil
}
