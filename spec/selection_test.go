package spec_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rtgen/rtgen/spec"
)

const manyOperations = `openapi: 3.1.0
info: {title: Many, version: 1.0.0}
paths:
  /pets: 
    get: {operationId: pets/list, tags: [pets], responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}}
    post: {operationId: pets/add, tags: [pets], security: [{key: []}], responses: {'204': {description: ok}}}
  /pets/{id}:
    get: {tags: [pets, one], parameters: [{name: id, in: path, required: true, schema: {$ref: '#/components/schemas/ID'}}], responses: {'204': {description: ok}}}
  /owners/{id}/pets/{pet}:
    get: {operationId: owned, tags: [owners], responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Owner'}}}}}}
webhooks:
  born: {post: {tags: [pets], responses: {'204': {description: ok}}}}
components:
  securitySchemes: {key: {type: http, scheme: bearer}}
  schemas:
    ID: {type: string, enum: [a, b]}
    Pet: {type: object, properties: {id: {$ref: '#/components/schemas/ID'}}}
    Owner: {type: object, properties: {name: {type: string}}}
`

func TestSelection(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name             string
		include, exclude []string
		operations       string
		decls            string
	}{
		{"everything", nil, nil, "getPetsById owned pets/add pets/list born", "ID Owner Pet"},
		{"by operationId", []string{"owned"}, nil, "owned", "Owner"},
		{"by part of it", []string{"pets/*"}, nil, "pets/add pets/list", "ID Pet"},
		{"by tag", []string{"one"}, nil, "getPetsById", "ID"},
		{"by tag, less some", []string{"pets"}, []string{"pets/list", "born"}, "getPetsById pets/add", "ID"},
		{"by path", []string{"/pets"}, nil, "pets/add pets/list", "ID Pet"},
		{"by path and method", []string{"post /pets"}, nil, "pets/add", ""},
		{"a star is one segment", []string{"/pets/*"}, nil, "getPetsById", "ID"},
		{"two stars are any", []string{"/pets/**"}, nil, "getPetsById pets/add pets/list", "ID Pet"},
		{"in the middle too", []string{"/**/pets/*"}, nil, "getPetsById owned", "ID Owner"},
		{"a star within a segment", []string{"/own*/{id}/**"}, nil, "owned", "Owner"},
		{"exclude alone", nil, []string{"/**"}, "born", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			api, found, err := spec.Parse("openapi.yaml", []byte(manyOperations), spec.Include(tt.include...), spec.Exclude(tt.exclude...))
			if err != nil {
				t.Fatal(err)
			}
			var ids, decls []string
			for _, op := range slices.Concat(api.Operations, api.Webhooks) {
				ids = append(ids, op.ID)
			}
			for _, d := range api.Decls {
				decls = append(decls, d.Name)
			}
			if got := strings.Join(ids, " "); got != tt.operations {
				t.Errorf("operations %q, want %q", got, tt.operations)
			}
			if got := strings.Join(decls, " "); got != tt.decls {
				t.Errorf("types %q, want %q", got, tt.decls)
			}
			wantsKey := strings.Contains(tt.operations, "pets/add")
			if (len(api.Security) == 1) != wantsKey {
				t.Errorf("%d security schemes; pets/add selected: %t", len(api.Security), wantsKey)
			}
			for _, d := range found {
				if d.Rule == "operation-id-missing" && !strings.Contains(tt.operations, "getPetsById") {
					t.Errorf("a finding about an operation that is left out: %s", d.Message)
				}
			}
		})
	}
}

func TestSelectionThatMatchesNothing(t *testing.T) {
	t.Parallel()
	_, found, err := spec.Parse("openapi.yaml", []byte(manyOperations), spec.Exclude("ownd"))
	if err != nil || !slices.ContainsFunc(found, func(d spec.Diagnostic) bool {
		return d.Rule == "selection-unused" && d.Hint == `did you mean "owned"?`
	}) {
		t.Errorf("a typo in exclude: %v, %v", found, err)
	}
	if _, found, err = spec.Parse("openapi.yaml", []byte(manyOperations), spec.Include("nothing")); err == nil || !found.HasErrors() {
		t.Errorf("an empty selection: %v, %v", found, err)
	}
}
