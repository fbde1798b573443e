package generator_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"

	yaml "github.com/oasdiff/yaml3"

	"github.com/rtgen/rtgen/generator"
	"github.com/rtgen/rtgen/spec"
)

// stableCases are golden documents with much to name.
var stableCases = []string{"names", "petstore", "everything", "unions", "enums", "params", "allof", "responses"}

// TestNamesDoNotDependOnOrder shuffles the members of all objects and the
// parameters of a document: everything is called as before.
func TestNamesDoNotDependOnOrder(t *testing.T) {
	t.Parallel()
	eachStableCase(t, func(t *testing.T, doc *yaml.Node, r *rand.Rand) {
		before := identifiers(t, doc)
		for range 3 {
			shuffle(r, doc, "")
			sameNames(t, "a shuffle", before, identifiers(t, doc))
		}
	})
}

// TestAdditionsRenameNothing adds something in the middle of a document: whatever
// was there is called as before.
func TestAdditionsRenameNothing(t *testing.T) {
	t.Parallel()
	eachStableCase(t, func(t *testing.T, doc *yaml.Node, r *rand.Rand) {
		before := identifiers(t, doc)
		for n := range 12 {
			// One addition stays when the next comes: the last document has all of them.
			what := add(r, doc, n)
			sameNames(t, what, before, identifiers(t, doc))
		}
	})
}

func eachStableCase(t *testing.T, run func(*testing.T, *yaml.Node, *rand.Rand)) {
	for i, name := range stableCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile("../golden/" + name + "/openapi.yaml")
			if err != nil {
				t.Fatal(err)
			}
			var n yaml.Node
			if err := yaml.Unmarshal(text, &n); err != nil {
				t.Fatal(err)
			}
			run(t, n.Content[0], rand.New(rand.NewPCG(uint64(i), 7)))
		})
	}
}

// declaration matches what user code can mention: Go types, fields, constants and
// functions, and the types and members of TypeScript.
var declaration = regexp.MustCompile(`^(?:(?:type|func) .*|export (?:type|interface|const) \S+|\t[A-Z]\w* .*["` + "`" + `]|  \S+: .*)`)

// choiceNumber is the place of a branch, which changes with the order.
var choiceNumber = regexp.MustCompile(`variant=\d+`)

// identifiers are the lines of the emitted code that declare something, each
// with the declaration that it stands in.
func identifiers(t *testing.T, doc *yaml.Node) map[string]bool {
	t.Helper()
	text, err := yaml.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	api, found, err := spec.Parse("openapi.yaml", text)
	if err != nil {
		t.Fatalf("%v\n%s", found, text)
	}
	files, _, err := generator.Generate(api, generator.Config{
		Go: &generator.GoConfig{Dir: "go", Package: "api"}, TypeScript: &generator.TypeScriptConfig{Dir: "ts"}})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, f := range files {
		if f.Path != "go/types.gen.go" && f.Path != "go/handler.gen.go" && f.Path != "ts/types.ts" {
			continue
		}
		inside := ""
		for line := range strings.Lines(string(f.Content)) {
			line = strings.TrimRight(line, "\n")
			if !declaration.MatchString(line) {
				continue
			}
			line = choiceNumber.ReplaceAllString(line, "variant")
			if line[0] != '\t' && line[0] != ' ' {
				inside, _, _ = strings.Cut(line, " {")
				inside, _, _ = strings.Cut(inside, " = ")
				if strings.HasPrefix(line, "export") {
					line = inside // the branches of a union may change places
				}
			}
			out[f.Path+": "+inside+": "+strings.Join(strings.Fields(line), " ")] = true
		}
	}
	return out
}

func sameNames(t *testing.T, what string, before, after map[string]bool) {
	t.Helper()
	for name := range before {
		if !after[name] {
			t.Errorf("after %s there is no more\n%s", what, name)
		}
	}
}

// add inserts something new at a random place and says what.
func add(r *rand.Rand, doc *yaml.Node, n int) string {
	name := fmt.Sprintf("%s%d", []string{"Pet", "Value", "request", "a-b", "Item"}[r.IntN(5)], n)
	object := `{type: object, properties: {kind: {type: string, enum: [b, a]}, in: {type: object, properties: {x: {type: string}}}}}`
	switch n % 4 {
	case 0:
		insert(r, under(doc, "components", "schemas"), name, object)
		return "schema " + name
	case 1:
		insert(r, under(doc, "paths"), "/added/"+name, `{post: {operationId: `+name+`, requestBody: {content: {application/json: {schema: `+object+`}}}, responses: {'200': {description: x, content: {application/json: {schema: `+object+`}}}}}}`)
		return "operation " + name
	case 2:
		var objects []*yaml.Node
		walk(doc, func(n *yaml.Node) {
			if p := under(n, "properties"); p != nil && under(n, "type") != nil && under(n, "type").Value == "object" && under(n, "additionalProperties") == nil {
				objects = append(objects, p)
			}
		})
		insert(r, objects[r.IntN(len(objects))], name, `{type: string, enum: [q, w]}`)
		return "property " + name
	}
	var enums []*yaml.Node
	walk(doc, func(n *yaml.Node) {
		if e := under(n, "enum"); e != nil && under(n, "x-enum-varnames") == nil && len(e.Content) > 1 && e.Content[0].ShortTag() == "!!str" {
			enums = append(enums, e)
		}
	})
	if len(enums) == 0 {
		return "nothing"
	}
	e := enums[r.IntN(len(enums))]
	at := r.IntN(len(e.Content) + 1)
	e.Content = append(e.Content[:at:at], append([]*yaml.Node{parsed(`added` + name)}, e.Content[at:]...)...)
	return "value added" + name
}

func shuffle(r *rand.Rand, n *yaml.Node, key string) {
	if n.Kind == yaml.MappingNode {
		for i := 0; i < len(n.Content); i += 2 {
			shuffle(r, n.Content[i+1], n.Content[i].Value)
		}
		r.Shuffle(len(n.Content)/2, func(i, j int) {
			n.Content[2*i], n.Content[2*j] = n.Content[2*j], n.Content[2*i]
			n.Content[2*i+1], n.Content[2*j+1] = n.Content[2*j+1], n.Content[2*i+1]
		})
		return
	}
	for _, item := range n.Content {
		shuffle(r, item, "")
	}
	if key == "parameters" {
		r.Shuffle(len(n.Content), func(i, j int) { n.Content[i], n.Content[j] = n.Content[j], n.Content[i] })
	}
}

func insert(r *rand.Rand, object *yaml.Node, key, value string) {
	if object == nil {
		return
	}
	at := 2 * r.IntN(len(object.Content)/2+1)
	object.Content = append(object.Content[:at:at], append([]*yaml.Node{parsed(`'` + key + `'`), parsed(value)}, object.Content[at:]...)...)
}

func parsed(text string) *yaml.Node {
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		panic(err)
	}
	return n.Content[0]
}

func under(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		var next *yaml.Node
		if n != nil && n.Kind == yaml.MappingNode {
			for i := 0; i < len(n.Content); i += 2 {
				if n.Content[i].Value == key {
					next = n.Content[i+1]
				}
			}
		}
		n = next
	}
	return n
}

func walk(n *yaml.Node, visit func(*yaml.Node)) {
	if n.Kind == yaml.MappingNode {
		visit(n)
	}
	for _, child := range n.Content {
		walk(child, visit)
	}
}
