package golden

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/rtgen/rtgen/generator"
	"github.com/rtgen/rtgen/spec"
)

// A document of n operations, of so many pieces of each kind that it takes.
func documentOf(n int, piece func(i int) (paths, schemas string)) string {
	var paths, schemas strings.Builder
	for i := range n {
		p, s := piece(i)
		paths.WriteString(p)
		schemas.WriteString(s)
	}
	return "openapi: 3.1.0\ninfo: {title: Lines, version: '1'}\nx-realtime: {}\npaths:\n" + paths.String() +
		"components:\n  schemas:\n    Thing: {type: object, required: [id], properties: {id: {type: string}}}\n" + schemas.String()
}

// linesOf counts the lines that are emitted for a document, by language, without the runtime of TypeScript.
func linesOf(t *testing.T, document string) map[string]int {
	t.Helper()
	api, _, err := spec.Parse("openapi.yaml", []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	files, _, err := generator.Generate(api, generator.Config{
		Go:         &generator.GoConfig{Dir: "go", Package: "lines"},
		TypeScript: &generator.TypeScriptConfig{Dir: "ts"},
	})
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]int{}
	for _, f := range files {
		if !strings.HasPrefix(f.Path, "ts/runtime/") {
			lines[path.Ext(f.Path)] += bytes.Count(f.Content, []byte("\n"))
		}
	}
	return lines
}

// TestLinesStayWithinTheirBudget: what is emitted is compiled every day and read in reviews. Each budget is
// what one more piece of its kind adds now; a line more is a decision.
func TestLinesStayWithinTheirBudget(t *testing.T) {
	t.Parallel()
	const few, many = 10, 60
	for _, tc := range []struct {
		what   string
		golang int
		ts     int
		piece  func(i int) (paths, schemas string)
	}{
		{"a GET with a path parameter and two of the query", 47, 22, func(i int) (string, string) {
			return fmt.Sprintf(`
  /things%[1]d/{id}:
    get:
      operationId: getThing%[1]d
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: limit, in: query, schema: {type: integer, maximum: 100}}
        - {name: sort, in: query, schema: {type: string}}
      responses:
        '200': {description: It, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
        '404': {description: No such thing}
`, i), ""
		}},
		{"a POST with a body of its own", 41, 21, func(i int) (string, string) {
			return fmt.Sprintf(`
  /orders%[1]d:
    post:
      operationId: createOrder%[1]d
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Order%[1]d'}}}}
      responses:
        '201': {description: Done, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
`, i), fmt.Sprintf("    Order%d: {type: object, required: [sku], properties: {sku: {type: string, maxLength: 20}, count: {type: integer, minimum: 1}, note: {type: string}}}\n", i)
		}},
		{"a DELETE without anything", 28, 13, func(i int) (string, string) {
			return fmt.Sprintf(`
  /gone%[1]d:
    delete: {operationId: deleteGone%[1]d, responses: {'204': {description: Done}}}
`, i), ""
		}},
		{"a schema that one operation answers with", 49, 23, func(i int) (string, string) {
			return fmt.Sprintf(`
  /reports%[1]d:
    get:
      operationId: getReport%[1]d
      responses:
        '200': {description: It, content: {application/json: {schema: {$ref: '#/components/schemas/Report%[1]d'}}}}
`, i), fmt.Sprintf(`    Report%[1]d:
      type: object
      required: [id, at, state]
      properties:
        id: {type: string, format: uuid}
        at: {type: string, format: date-time}
        state: {type: string, enum: [open, shut]}
        total: {type: number}
        lines: {type: array, items: {type: string}}
`, i)
		}},
	} {
		small, large := linesOf(t, documentOf(few, tc.piece)), linesOf(t, documentOf(many, tc.piece))
		for language, budget := range map[string]int{".go": tc.golang, ".ts": tc.ts} {
			if each := large[language] - small[language]; each > budget*(many-few) {
				t.Errorf("%s: %.1f lines of *%s, budget %d", tc.what, float64(each)/(many-few), language, budget)
			}
		}
	}
}
