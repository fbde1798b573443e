package spec_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rtgen/rtgen/spec"
)

// operationIDs reads a document whose paths stand in the given order: by method
// and path, what the operations are called.
func operationIDs(t *testing.T, paths []string) map[string]string {
	t.Helper()
	api, found, err := spec.Parse("openapi.yaml", []byte("openapi: 3.1.0\ninfo: {title: T, version: 1}\npaths:\n"+strings.Join(paths, "")))
	if err != nil {
		t.Fatal(found.Error())
	}
	ids := map[string]string{}
	for _, op := range api.Operations {
		ids[op.Method+" "+op.Path.Template] = op.ID
	}
	return ids
}

// TestOperationIDsDoNotDependOnOrder: neither those that stand twice, nor those
// that are made up.
func TestOperationIDsDoNotDependOnOrder(t *testing.T) {
	t.Parallel()
	paths := []string{
		"  /a: {get: {operationId: x}, post: {operationId: x}, put: {}}\n",
		"  /b/{c}: {get: {operationId: x}, put: {}}\n",
		"  /b-{c}: {get: {operationId: x}, put: {}}\n",
		"  /: {put: {operationId: putA}}\n",
	}
	want := map[string]string{
		"GET /a": "x", "POST /a": "x.post", "PUT /a": "putA.put", // PUT / has asked for putA
		"GET /b-{c}": "x.get", "PUT /b-{c}": "putBByC",
		"GET /b/{c}": "x.getBByC", "PUT /b/{c}": "putBByC.put",
		"PUT /": "putA",
	}
	for range 10 {
		if diff := cmp.Diff(want, operationIDs(t, paths)); diff != "" {
			t.Fatalf("in the order\n%s(-want +got):\n%s", strings.Join(paths, ""), diff)
		}
		rand.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	}
}

// TestOperationWithoutIDTakesNoName: what is added without a name, anywhere,
// leaves the names of the others alone.
func TestOperationWithoutIDTakesNoName(t *testing.T) {
	t.Parallel()
	paths := []string{"  /pets: {get: {operationId: getAPets}}\n", "  /z: {get: {}}\n"}
	before := operationIDs(t, paths)
	after := operationIDs(t, append([]string{"  /a/pets: {get: {}, post: {}}\n"}, paths...))
	for _, at := range slices.Sorted(maps.Keys(before)) {
		if before[at] != after[at] {
			t.Errorf("%s was %q and is %q", at, before[at], after[at])
		}
	}
}
