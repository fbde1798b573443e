package spec_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rtgen/rtgen/spec"
)

// repeat joins n texts.
func repeat(n int, text func(i int) string) string {
	var sb strings.Builder
	for i := range n {
		sb.WriteString(text(i))
	}
	return sb.String()
}

func withSchemas(schemas string) string {
	return `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{"/a":{"get":{"operationId":"a","responses":{"200":{"description":"d",` +
		`"content":{"application/json":{"schema":{"$ref":"#/components/schemas/S0"}}}}}}}},"components":{"schemas":{` + schemas + `"End":{"type":"string"}}}}`
}

// TestHostileDocuments reads documents whose cost could grow out of proportion
// to their size. Finishing is the claim; the rule says how it ended.
func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, document, rule string // no rule: the document is fine
	}{
		{"nested JSON", strings.Repeat("[", 2_000_000), "document-depth"},
		{"nested JSON objects", strings.Repeat(`{"a":`, 5_000), "document-depth"},
		{"nested YAML", "a: " + strings.Repeat("[", 9_000), "document-syntax"},
		{"nested YAML, closed", "a: " + strings.Repeat("[", 2_000) + strings.Repeat("]", 2_000), "document-depth"},
		{"chain of members", withSchemas(repeat(20_000, func(i int) string {
			return fmt.Sprintf(`"S%d":{"type":"object","properties":{"n":{"$ref":"#/components/schemas/S%d"}}},`, i, (i+1)%20_000)
		})), ""},
		{"chain of allOf", withSchemas(repeat(6_000, func(i int) string {
			return fmt.Sprintf(`"S%d":{"allOf":[{"$ref":"#/components/schemas/S%d"},{"properties":{"p%d":{"$ref":"#/components/schemas/S%d"}}}]},`, i, (i+1)%6_000, i, (i+1)%6_000)
		})), "schemas-too-complex"},
		{"chain of choices", withSchemas(repeat(10_000, func(i int) string {
			return fmt.Sprintf(`"S%d":{"oneOf":[{"$ref":"#/components/schemas/S%d"},{"type":"string"}]},`, i, (i+1)%10_000)
		})), ""},
		{"choices of choices", withSchemas(repeat(40, func(i int) string {
			return fmt.Sprintf(`"S%d":{"type":"object","properties":{"p%d":{"type":"string"}},"oneOf":[{"$ref":"#/components/schemas/S%d"},`+
				`{"$ref":"#/components/schemas/S%d"},{"properties":{"q":{"type":"integer"}}}]},`, i, i, i+1, i+2)
		}) + `"S40":{"type":"object"},"S41":{"type":"object"},`), "schemas-too-complex"},
		{"chain of references", withSchemas(repeat(20_000, func(i int) string {
			return fmt.Sprintf(`"S%d":{"$ref":"#/components/schemas/S%d"},`, i, i+1)
		}) + `"S20000":{"type":"string"},`), "ref-cycle"},
		{"wide choice", withSchemas(`"S0":{"discriminator":{"propertyName":"t","mapping":{` + strings.TrimSuffix(repeat(5_000, func(i int) string {
			return fmt.Sprintf(`"m%d":"End",`, i)
		}), ",") + `}},"oneOf":[` + strings.TrimSuffix(repeat(5_000, func(i int) string {
			return fmt.Sprintf(`{"type":"object","properties":{"t":{"const":"m%d"}}},`, i)
		}), ",") + `]},`), "schemas-too-complex"},
		{"shared path item", `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{` + strings.TrimSuffix(repeat(2_500, func(i int) string {
			return fmt.Sprintf(`"/p%d":{"$ref":"#/components/pathItems/P"},`, i)
		}), ",") + `},"components":{"pathItems":{"P":{"get":{"operationId":"o","parameters":[` + strings.TrimSuffix(repeat(300, func(i int) string {
			return fmt.Sprintf(`{"name":"q%d","in":"query","schema":{"type":"string"}},`, i)
		}), ",") + `],"responses":{"204":{"description":"d"}}}}}}}`, "document-too-complex"},
		{"callbacks of callbacks", `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{"/a":{"$ref":"#/components/pathItems/P"}},` +
			`"components":{"pathItems":{"P":{"post":{"responses":{"204":{"description":"d"}},"callbacks":{` + strings.TrimSuffix(repeat(60, func(i int) string {
			return fmt.Sprintf(`"c%d":{"u":{"$ref":"#/components/pathItems/P"}},`, i)
		}), ",") + `}}}}}}`, "document-too-complex"},
		{"unknown keywords", withSchemas(`"S0":{"properties":{` + strings.TrimSuffix(repeat(5_000, func(i int) string {
			return fmt.Sprintf(`"p%d":{"minLenght":1,"maxLenght%d":2},`, i, i)
		}), ",") + `}},`), "diagnostics-limit"},
		{"references to nowhere", withSchemas(`"S0":{"properties":{` + strings.TrimSuffix(repeat(20_000, func(i int) string {
			return fmt.Sprintf(`"p%d":{"$ref":"#/components/schemas/Nowhere%d"},`, i, i)
		}), ",") + `}},`), "ref-unresolved"},
		{"deep inline objects", withSchemas(`"S0":` + strings.Repeat(`{"type":"object","properties":{"some-long-name":`, 450) + `{"type":"string"}` + strings.Repeat(`}}`, 450) + `,`), ""},
		{"huge numbers", withSchemas(`"S0":{"type":"integer","minimum":-1e999999999,"maximum":` + strings.Repeat("9", 100_000) + `,"default":1e999999999},`), ""},
		{"one long line", withSchemas(`"S0":{"type":"strnig","description":"` + strings.Repeat("x", 1_000_000) + `"},`), "schema-type-unknown"},
		{"anchors on anchors", "openapi: 3.1.0\ninfo: &i {title: T, version: '1'}\n" + repeat(2_000, func(i int) string {
			return fmt.Sprintf("x-%d: &a%d {<<: *i, k%d: 1}\n", i, i, i)
		}) + "paths: {}\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			api, found, err := spec.Parse("openapi", []byte(c.document), spec.Validate(spec.ValidateNever))
			if c.rule == "" {
				if err != nil {
					t.Fatalf("%.300v", err)
				}
				checkTable(t, api)
				checkDecls(t, api)
				return
			}
			if !slices.Contains(rules(found), c.rule) {
				t.Errorf("want %s, found %.300s", c.rule, found.Listing())
			}
			for _, d := range found {
				if len(d.Line) > 1000 || len(d.Message) > 2000 {
					t.Errorf("a finding of %d bytes", len(d.Line)+len(d.Message))
				}
			}
		})
	}
}
