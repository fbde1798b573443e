package golden

import (
	"os"
	"strings"
	"testing"
)

// TestTSConfigNamesEveryCase makes forgetting loud: without its line the
// TypeScript of a case does not find its runtime.
func TestTSConfigNamesEveryCase(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("tsconfig.json")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range caseNames(t) {
		if !strings.Contains(string(text), `"`+name+`/ts"`) {
			t.Errorf("tsconfig.json: add %q to rootDirs", name+"/ts")
		}
		row, _, _ := strings.Cut(name, "-") // the pairs share a row
		if !strings.Contains(string(readme), "\n| "+row) && !strings.Contains(string(readme), ", "+row+" |") {
			t.Errorf("README.md: the table of cases lacks %s", name)
		}
	}
}
