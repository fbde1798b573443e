package suite

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"testing/fstest"
)

// group is one schema of the suite with its cases.
type group struct {
	Description string          `json:"description"`
	Schema      json.RawMessage `json:"schema"`
	Tests       []struct {
		Description string          `json:"description"`
		Data        json.RawMessage `json:"data"`
		Valid       bool            `json:"valid"`
	} `json:"tests"`

	op   string // its operation, which is also its path and the name of its file
	name string // "anyOf.json: anyOf with base schema"
}

// corpusDir is where the suite is: RTGEN_CORPUS, or beside the module. It
// answers false only for RTGEN_CORPUS=none.
func corpusDir(t *testing.T) (string, bool) {
	t.Helper()
	dir := os.Getenv("RTGEN_CORPUS")
	switch dir {
	case "none":
		t.Log("RTGEN_CORPUS=none: the JSON Schema Test Suite is not read")
		return "", false
	case "":
		at, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for ; at != filepath.Dir(at) && dir == ""; at = filepath.Dir(at) {
			candidate := filepath.Join(at, "shared", "corpus")
			if _, err := os.Stat(candidate); err == nil {
				dir = candidate
			}
		}
	}
	dir = filepath.Join(dir, "json-schema-test-suite")
	if _, err := os.Stat(dir); err != nil {
		t.Fatal("no JSON Schema Test Suite: set RTGEN_CORPUS to the folder of the corpus, or to none to do without")
	}
	return dir, true
}

// readSuite reads the required cases of a draft.
func readSuite(t *testing.T, dir string, d draft) []*group {
	t.Helper()
	root := filepath.Join(dir, "tests", d.name)
	files, err := filepath.Glob(filepath.Join(root, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of %s: %v", d.name, err)
	}
	sort.Strings(files)
	var all []*group
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var groups []*group
		if err := json.Unmarshal(data, &groups); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		short, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		for i, g := range groups {
			word := strings.Map(letters, strings.TrimSuffix(path.Base(filepath.ToSlash(short)), ".json"))
			g.op = fmt.Sprintf("%sCase%d", word, i+1)
			g.name = filepath.ToSlash(short) + ": " + g.Description
			for j := range g.Tests {
				var b bytes.Buffer
				if err := json.Compact(&b, g.Tests[j].Data); err != nil {
					t.Fatal(err)
				}
				g.Tests[j].Data = b.Bytes()
			}
		}
		all = append(all, groups...)
	}
	return all
}

func letters(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// document is an OpenAPI document in which every schema is the body of an
// operation that sends it back. Each schema is a file of its own: that is what
// "#" means in the suite.
func document(d draft, groups []*group) fstest.MapFS {
	var b bytes.Buffer
	fmt.Fprintf(&b, "openapi: %s\ninfo: {title: Suite, version: 1.0.0}\nx-realtime: {}\npaths:\n", d.openapi)
	files := fstest.MapFS{}
	for _, g := range groups {
		ref := fmt.Sprintf("{application/json: {schema: {$ref: 'schemas/%s.json'}}}", g.op)
		fmt.Fprintf(&b, "  /%s:\n    post:\n      operationId: %s\n      requestBody: {required: true, content: %s}\n", g.op, g.op, ref)
		fmt.Fprintf(&b, "      responses: {'200': {description: The same, content: %s}}\n", ref)
		files["schemas/"+g.op+".json"] = &fstest.MapFile{Data: g.Schema}
	}
	files["openapi.yaml"] = &fstest.MapFile{Data: b.Bytes()}
	return files
}

// remotes answers for the host that the suite says its other schemas are on.
type remotes struct{ files fs.FS }

// host is where the suite says that its remotes are.
const host = "http://localhost:1234/"

func (r remotes) RoundTrip(req *http.Request) (*http.Response, error) {
	res := &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Header: http.Header{}, Request: req}
	data, err := fs.ReadFile(r.files, strings.TrimPrefix(req.URL.String(), host))
	if err != nil {
		res.StatusCode, res.Status = http.StatusNotFound, "404 Not Found"
	}
	res.Body = io.NopCloser(bytes.NewReader(data))
	return res, nil
}
