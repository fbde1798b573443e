package conformance

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestClientIsPlayedTheSameCases holds client.txt, which says where the TypeScript client meets each case in
// front of a scripted server, against the cases and against its tests.
func TestClientIsPlayedTheSameCases(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("client.txt")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, proofs, ok := strings.Cut(line, " | ")
		if !ok || listed[name] {
			t.Errorf("client.txt: %q has no proof, or is there twice", line)
		}
		listed[name] = true
		for proof := range strings.SplitSeq(proofs, " ; ") {
			if problem := lookForClientTest(proof); problem != "" {
				t.Errorf("%s: %s", name, problem)
			}
		}
	}
	for _, c := range cases() {
		name := c.section + ": " + c.name
		if !listed[name] {
			t.Errorf("client.txt does not say what the client makes of %q", name)
		}
		delete(listed, name)
	}
	for name := range listed {
		t.Errorf("client.txt has a case that is none: %q", name)
	}
}

// lookForClientTest returns what is wrong with a proof.
func lookForClientTest(proof string) string {
	const root = "../../.."
	if proof == "server" {
		return ""
	}
	file, title, _ := strings.Cut(proof, ` "`)
	title, closed := strings.CutSuffix(title, `"`)
	if !closed || title == "" {
		return "cannot read " + proof
	}
	if file == "wire" {
		if _, err := os.Stat(filepath.Join(root, "golden/wire", title)); err != nil {
			return err.Error()
		}
		return ""
	}
	text, err := os.ReadFile(filepath.Join(root, "templates/typescript/test", file+".test.ts"))
	if err != nil {
		return err.Error()
	}
	if !bytes.Contains(text, []byte(title)) {
		return file + " has no test of the title " + title
	}
	return ""
}
