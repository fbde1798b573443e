package jsonschema

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// corpus returns the folder of the shared corpus. RTGEN_CORPUS names it; "none" says that there
// is none and turns the suite off, anything else missing is a failure.
func corpus(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("RTGEN_CORPUS")
	if dir == "none" {
		return ""
	}
	if dir != "" {
		return dir
	}
	at, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; at != filepath.Dir(at); at = filepath.Dir(at) {
		dir := filepath.Join(at, "shared", "corpus")
		if _, err := os.Stat(dir); err == nil {
			return dir
		}
	}
	t.Fatal("no shared/corpus beside the module; set RTGEN_CORPUS to its folder, or to none")
	return ""
}

type suiteGroup struct {
	Description string
	Schema      json.RawMessage
	Tests       []struct {
		Description string
		Data        json.RawMessage
		Valid       bool
	}
}

// TestSuite runs the JSON Schema Test Suite. Everything outside of the table of exclusions must
// agree, and everything inside must disagree: an exclusion that is no longer needed fails.
func TestSuite(t *testing.T) {
	t.Parallel()
	dir := corpus(t)
	if dir == "" {
		return
	}
	root := filepath.Join(dir, "json-schema-test-suite", "tests", "draft2020-12")
	files, groups := 0, 0
	used := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		files++
		groups += runSuiteFile(t, filepath.ToSlash(rel), path, used)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range exclusions {
		for _, c := range x.cases {
			if !used[c] {
				t.Errorf("excluded case %q is not in the suite", c)
			}
		}
	}
	if files < 60 || groups < 300 {
		t.Errorf("found %d files with %d groups, the suite is larger", files, groups)
	}
}

func runSuiteFile(t *testing.T, name, path string, used map[string]bool) int {
	excluded := func(file, group, test string) bool {
		c, ok := exclusion(file, group, test)
		if ok {
			used[c] = true
		}
		return ok
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var groups []suiteGroup
	if err := json.Unmarshal(data, &groups); err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		set, err := NewSet(`{"root": `+string(g.Schema)+`}`, Options{})
		if err != nil {
			t.Errorf("%s: %s: %v", name, g.Description, err)
			continue
		}
		schema, err := set.Schema("root")
		if err != nil {
			if !excluded(name, g.Description, "") {
				t.Errorf("%s: %s: does not compile: %v", name, g.Description, err)
			}
			continue
		}
		disagreed := false
		for _, c := range g.Tests {
			found, err := schema.Validate(c.Data, Both)
			if err != nil {
				t.Errorf("%s: %s: %s: %v", name, g.Description, c.Description, err)
				continue
			}
			agrees := (len(found) == 0) == c.Valid
			listed := excluded(name, g.Description, c.Description)
			whole := excluded(name, g.Description, "")
			disagreed = disagreed || !agrees
			if !agrees && !listed && !whole {
				t.Errorf("%s: %s: %s: got %v, want valid=%v", name, g.Description, c.Description, found, c.Valid)
			}
			if agrees && listed && !whole {
				t.Errorf("%s: %s: %s: agrees, take it off the list", name, g.Description, c.Description)
			}
		}
		if whole := excluded(name, g.Description, ""); whole && !disagreed {
			t.Errorf("%s: %s: agrees, take it off the list", name, g.Description)
		}
	}
	return len(groups)
}

// exclusion looks a case up in the table, by file, by file and group, or by file, group and test.
func exclusion(file, group, test string) (string, bool) {
	key := file + ": " + group
	if test != "" {
		key += ": " + test
	}
	for _, x := range exclusions {
		for _, c := range x.cases {
			if c == key || test == "" && c == file+": *" {
				return c, true
			}
		}
	}
	return "", false
}
