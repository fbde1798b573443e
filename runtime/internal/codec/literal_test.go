package codec

import "testing"

// TestLiterals writes and reads enums of JSON texts.
func TestLiterals(t *testing.T) {
	t.Parallel()
	type level string
	values := []level{`"auto"`, `1`, `{"a":[1,true]}`}
	for text, want := range map[string]level{
		`"auto"`: `"auto"`, `"\u0061uto"`: `"auto"`, `1.0`: `1`, `10e-1`: `1`, `{ "a" : [1e0, true] }`: `{"a":[1,true]}`,
		`2`: `2`, `"1"`: `"1"`,
	} {
		var got level
		if err := UnmarshalLiteral([]byte(text), &got, values); err != nil || got != want {
			t.Errorf("%s is read as %s (%v), want %s", text, got, err, want)
		}
	}
	var got level
	if err := UnmarshalLiteral([]byte(`{`), &got, values); err == nil {
		t.Errorf("half a text is read as %s", got)
	}
	for _, bad := range []level{"", "auto", `{`} {
		if out, err := MarshalLiteral(string(bad)); err == nil {
			t.Errorf("%q is written as %s", bad, out)
		}
	}
}
