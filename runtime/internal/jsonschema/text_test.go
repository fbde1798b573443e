package jsonschema

import "testing"

func TestAnnotation(t *testing.T) {
	t.Parallel()
	set, err := NewSet(`{"A":{"type":"integer","default":5},"B":{"$ref":"#/A"},"C":{"$ref":"#/A","default":null},
		"D":{"$ref":"#/E"},"E":{"$ref":"#/D"},"F":true,"G":{"$ref":"#/A/default"},"H":{"$ref":7}}`, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"A": "5", "B": "5", "C": "null", "D": "", "F": "", "G": "", "H": "", "missing": ""} {
		if got := string(set.Annotation(name, "default")); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
