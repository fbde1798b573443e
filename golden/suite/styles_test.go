package suite

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rtgen/rtgen/golden/suite/play"
	"github.com/rtgen/rtgen/spec"
)

// cell is one cell of the Style Examples of the OpenAPI Specification: how the
// value of a parameter called color is written.
type cell struct {
	in, style string
	explode   bool
	shape     string // schema of the parameter: empty and string are text
	text      string // as the specification writes it
}

// values are those of the specification's examples, and their schemas.
var values = map[string]struct{ schema, value string }{
	"empty":  {`{type: string}`, `""`},
	"string": {`{type: string}`, `"blue"`},
	"array":  {`{type: array, items: {type: string}}`, `["blue","black","brown"]`},
	"object": {`{$ref: '#/components/schemas/Color'}`, `{"R":100,"G":200,"B":150}`},
	// Beyond the table: the style cookie takes text as it is.
	"percent": {`{type: string}`, `"100%25"`},
	// What delimits is data when it is percent-encoded.
	"reserved": {`{type: array, items: {type: string}}`, `["a,b","c d","e;f","g|h","i&j","k.l"]`},
}

// cells are the table of OpenAPI 3.2 (3.1 and 3.0 have the same without the
// style cookie). A path cannot hold an empty segment, so the empty value of the
// style simple has no cell.
var cells = []cell{
	{"path", "matrix", false, "empty", ";color"},
	{"path", "matrix", false, "string", ";color=blue"},
	{"path", "matrix", false, "array", ";color=blue,black,brown"},
	{"path", "matrix", false, "object", ";color=R,100,G,200,B,150"},
	{"path", "matrix", true, "empty", ";color"},
	{"path", "matrix", true, "string", ";color=blue"},
	{"path", "matrix", true, "array", ";color=blue;color=black;color=brown"},
	{"path", "matrix", true, "object", ";R=100;G=200;B=150"},
	{"path", "label", false, "empty", "."},
	{"path", "label", false, "string", ".blue"},
	{"path", "label", false, "array", ".blue,black,brown"},
	{"path", "label", false, "object", ".R,100,G,200,B,150"},
	{"path", "label", true, "empty", "."},
	{"path", "label", true, "string", ".blue"},
	{"path", "label", true, "array", ".blue.black.brown"},
	{"path", "label", true, "object", ".R=100.G=200.B=150"},
	{"path", "simple", false, "string", "blue"},
	{"path", "simple", false, "array", "blue,black,brown"},
	{"path", "simple", false, "object", "R,100,G,200,B,150"},
	{"path", "simple", true, "string", "blue"},
	{"path", "simple", true, "array", "blue,black,brown"},
	{"path", "simple", true, "object", "R=100,G=200,B=150"},
	{"path", "simple", false, "reserved", "a%2Cb,c%20d,e%3Bf,g%7Ch,i%26j,k.l"},
	{"path", "matrix", true, "reserved", ";color=a%2Cb;color=c%20d;color=e%3Bf;color=g%7Ch;color=i%26j;color=k.l"},

	{"query", "form", false, "empty", "color="},
	{"query", "form", false, "string", "color=blue"},
	{"query", "form", false, "array", "color=blue,black,brown"},
	{"query", "form", false, "object", "color=R,100,G,200,B,150"},
	{"query", "form", true, "empty", "color="},
	{"query", "form", true, "string", "color=blue"},
	{"query", "form", true, "array", "color=blue&color=black&color=brown"},
	{"query", "form", true, "object", "R=100&G=200&B=150"},
	{"query", "spaceDelimited", false, "array", "color=blue%20black%20brown"},
	{"query", "spaceDelimited", false, "object", "color=R%20100%20G%20200%20B%20150"},
	{"query", "pipeDelimited", false, "array", "color=blue%7Cblack%7Cbrown"},
	{"query", "pipeDelimited", false, "object", "color=R%7C100%7CG%7C200%7CB%7C150"},
	{"query", "deepObject", true, "object", "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"},
	{"query", "form", false, "reserved", "color=a%2Cb,c%20d,e%3Bf,g%7Ch,i%26j,k.l"},
	{"query", "form", true, "reserved", "color=a,b&color=c+d&color=e;f&color=g|h&color=i%26j&color=k.l"},

	{"header", "simple", false, "string", "blue"},
	{"header", "simple", false, "array", "blue,black,brown"},
	{"header", "simple", false, "object", "R,100,G,200,B,150"},
	{"header", "simple", true, "string", "blue"},
	{"header", "simple", true, "array", "blue,black,brown"},
	{"header", "simple", true, "object", "R=100,G=200,B=150"},

	{"cookie", "form", false, "empty", "color="},
	{"cookie", "form", false, "string", "color=blue"},
	{"cookie", "form", false, "array", "color=blue,black,brown"},
	{"cookie", "form", false, "object", "color=R,100,G,200,B,150"},
	{"cookie", "cookie", false, "string", "color=blue"},
	{"cookie", "cookie", false, "array", "color=blue,black,brown"},
	{"cookie", "cookie", false, "object", "color=R,100,G,200,B,150"},
	{"cookie", "cookie", false, "percent", "color=100%25"},
	{"cookie", "form", false, "percent", "color=100%2525"},
	{"cookie", "cookie", true, "string", "color=blue"},
	{"cookie", "cookie", true, "array", "color=blue; color=black; color=brown"},
	{"cookie", "cookie", true, "object", "R=100; G=200; B=150"},
}

// op is the id of the operation for a cell.
func (c *cell) op() string {
	explode := "Plain"
	if c.explode {
		explode = "Explode"
	}
	return c.in + strings.ToUpper(c.style[:1]) + c.style[1:] + explode + strings.ToUpper(c.shape[:1]) + c.shape[1:]
}

func (c *cell) path() string {
	if c.in == "path" {
		return "/" + c.op() + "/{color}"
	}
	return "/" + c.op()
}

// call writes the parameter as text for HTTP and as a JSON value for a frame;
// headers and cookies are text in both.
func (c *cell) call(text, value string) play.Call {
	call := play.Call{Op: c.op(), Method: "GET", Target: "/" + c.op()}
	switch c.in {
	case "path":
		call.Target += "/" + text
		call.Args = `"path":{"color":` + value + `}`
	case "query":
		call.Target += "?" + text
		call.Args = `"query":{"color":` + value + `}`
	case "header":
		call.Header = map[string]string{"color": text}
	case "cookie":
		call.Cookie = text
	}
	return call
}

// stylesDocument has an operation for each cell, which sends the value back.
func stylesDocument() fstest.MapFS {
	var b bytes.Buffer
	b.WriteString("openapi: 3.2.0\ninfo: {title: Styles, version: 1.0.0}\nx-realtime: {}\npaths:\n")
	for i := range cells {
		c := &cells[i]
		schema := values[c.shape].schema
		fmt.Fprintf(&b, "  %s:\n    get:\n      operationId: %s\n", c.path(), c.op())
		fmt.Fprintf(&b, "      parameters: [{name: color, in: %s, required: true, style: %s, explode: %v, schema: %s}]\n", c.in, c.style, c.explode, schema)
		fmt.Fprintf(&b, "      responses: {'200': {description: The same, content: {application/json: {schema: %s}}}}\n", schema)
	}
	b.WriteString("components:\n  schemas:\n    Color:\n      type: object\n      required: [R, G, B]\n" +
		"      properties: {R: {type: integer, minimum: 0}, G: {type: integer}, B: {type: integer}}\n")
	return fstest.MapFS{"openapi.yaml": &fstest.MapFile{Data: b.Bytes()}}
}

// TestStyles plays the Style Examples of the OpenAPI Specification over both
// transports, and each cell once more with what cannot be its value.
func TestStyles(t *testing.T) {
	t.Parallel()
	api, _, err := spec.Load("openapi.yaml", spec.FS(stylesDocument()))
	if err != nil {
		t.Fatal(err)
	}
	var calls []play.Call
	for i := range cells {
		c := &cells[i]
		calls = append(calls, c.call(c.text, values[c.shape].value))
		if c.shape == "object" {
			calls = append(calls, c.call(strings.Replace(c.text, "100", "-1", 1), `{"R":-1,"G":200,"B":150}`))
		}
	}
	answers := playAll(t, serve(t, api, "Color"), calls)
	for i := range cells {
		c := &cells[i]
		checkParity(t, c.op(), answers[0])
		if got := answers[0].HTTP; got.Status != 200 || string(got.Body) != values[c.shape].value {
			t.Errorf("%s: %s is answered by %d %s, want %s", c.op(), c.text, got.Status, got.Body, values[c.shape].value)
		}
		answers = answers[1:]
		if c.shape == "object" {
			checkRefused(t, c, answers[0])
			answers = answers[1:]
		}
	}
}

// checkRefused requires a problem that names the place and the parameter.
func checkRefused(t *testing.T, c *cell, a play.Played) {
	t.Helper()
	checkParity(t, c.op(), a)
	var problem struct {
		Errors []struct{ In, Name, Pointer, Rule string }
	}
	if err := json.Unmarshal(a.HTTP.Body, &problem); err != nil || a.HTTP.Status != 400 || len(problem.Errors) != 1 {
		t.Errorf("%s: R of -1 is answered by %d %s", c.op(), a.HTTP.Status, a.HTTP.Body)
		return
	}
	if e := problem.Errors[0]; e.In != c.in || e.Name != "color" || e.Pointer != "/R" || e.Rule != "minimum" {
		t.Errorf("%s: R of -1 is refused by %s", c.op(), a.HTTP.Body)
	}
}
