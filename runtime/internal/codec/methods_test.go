package codec

import (
	"encoding/json"
	"fmt"
	"testing"
)

// version is a type with JSON methods of its own, written as "1.2".
type version struct{ major, minor int }

func (v version) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, ` "%d.%d" `, v.major, v.minor), nil
}

func (v *version) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("must be a version")
	}
	if _, err := fmt.Sscanf(text, "%d.%d", &v.major, &v.minor); err != nil {
		return fmt.Errorf("must be a version")
	}
	return nil
}

func TestTypesWithJSONMethods(t *testing.T) {
	t.Parallel()
	type app struct {
		Version version  `json:"version"`
		Needs   *version `json:"needs,omitzero"`
	}
	c := codecFor[app](t, `{"properties": {"version": {"maxLength": 5, "minProperties": 1}, "needs": {"$ref": "#/X/properties/version"}}}`, Both)
	var v app
	const text = `{"version":"1.2","needs":"3.4"}`
	if err := c.Decode([]byte(text), &v, Options{}); err != nil {
		t.Fatal(err)
	}
	if v.Version != (version{1, 2}) || *v.Needs != (version{3, 4}) {
		t.Errorf("got %v %v", v.Version, v.Needs)
	}
	if out, err := c.Append(nil, &v); err != nil || string(out) != text {
		t.Errorf("got %s, %v", out, err)
	}
	for text, want := range map[string]string{
		`{"version":"x"}`:                    "/version format: must be a version",
		`{"version":"too long","needs":"y"}`: "/version maxLength: must have at most 5 characters\n/needs format: must be a version",
		`{"version":{}}`:                     "/version minProperties: must have at least 1 property",
	} {
		if got := violations(c.Decode([]byte(text), new(app), Options{})); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
