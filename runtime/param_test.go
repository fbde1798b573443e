package runtime

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Requests with one parameter, in each place.
type (
	pathReq[T any] struct {
		P T `path:"p"`
	}
	queryReq[T any] struct {
		P T `query:"p"`
	}
	headerReq[T any] struct {
		P T `header:"X-P"`
	}
	cookieReq[T any] struct {
		P T `cookie:"p"`
	}
	wholeReq[T any] struct {
		P T `querystring:"p"`
	}
)

// onePath, oneQuery … bind an operation "op" that echoes its parameter.
func onePath[T any](op *Operation) Binding {
	return Bind(op, func(_ context.Context, r *pathReq[T]) (any, error) { return echoOf(r.P) })
}

func oneQuery[T any](op *Operation) Binding {
	return Bind(op, func(_ context.Context, r *queryReq[T]) (any, error) { return echoOf(r.P) })
}

func oneHeader[T any](op *Operation) Binding {
	return Bind(op, func(_ context.Context, r *headerReq[T]) (any, error) { return echoOf(r.P) })
}

func oneCookie[T any](op *Operation) Binding {
	return Bind(op, func(_ context.Context, r *cookieReq[T]) (any, error) { return echoOf(r.P) })
}

func oneWhole[T any](op *Operation) Binding {
	return Bind(op, func(_ context.Context, r *wholeReq[T]) (any, error) { return echoOf(r.P) })
}

// rgb is the object of OpenAPI's style examples.
type rgb struct {
	R int `json:"R"`
	G int `json:"G"`
}

type filter struct {
	Name  *string        `json:"name,omitzero"`
	Tags  []string       `json:"tags,omitzero"`
	Range *rgb           `json:"range,omitzero"`
	More  map[string]rgb `json:"more,omitzero"`
}

const (
	schemaRGB    = `{"type":"object","required":["R","G"],"properties":{"R":{"type":"integer"},"G":{"type":"integer"}},"additionalProperties":false}`
	schemaFilter = `{"type":"object","properties":{"name":{"type":"string"},"tags":{"type":"array","items":{"type":"string"}},
		"range":` + schemaRGB + `,"more":{"type":"object","additionalProperties":` + schemaRGB + `}}}`
	schemaInts    = `{"type":"array","items":{"type":"integer"},"maxItems":3}`
	schemaStrings = `{"type":"array","items":{"type":"string"}}`
)

// oneParam makes a server whose only operation has one parameter.
func oneParam(t testing.TB, bind func(*Operation) Binding, p Param, schema string) *Server {
	t.Helper()
	p.Schema = "P"
	op := &Operation{ID: "op", Method: "GET", Path: "/op", Params: []Param{p}, Responses: echoResponses}
	if p.In == InPath {
		op.Path = "/op/{p}"
		op.Params[0].Required = true
	}
	return NewServer(&API{Schemas: `{"P":` + schema + `}`}, []Binding{bind(op)}, silent())
}

func TestParameterStyles(t *testing.T) {
	t.Parallel()
	yes, no := new(true), new(false)
	for _, tc := range []struct {
		name    string
		bind    func(*Operation) Binding
		param   Param
		schema  string
		target  string // as HTTP has it
		headers []string
		frame   frame // as a call frame has it
		want    string
	}{
		{"path simple", onePath[string], Param{Name: "p", In: InPath}, `{"type":"string"}`,
			"/op/a%2Fb%20c", nil, frame{path: `{"p":"a/b c"}`}, `"a/b c"`},
		{"path simple integer", onePath[int], Param{Name: "p", In: InPath}, `{"type":"integer"}`,
			"/op/5", nil, frame{path: `{"p":"5"}`}, `5`},
		{"path simple array", onePath[[]string], Param{Name: "p", In: InPath}, schemaStrings,
			"/op/a%2Cb,c", nil, frame{path: `{"p":["a,b","c"]}`}, `["a,b","c"]`},
		{"path simple object", onePath[rgb], Param{Name: "p", In: InPath}, schemaRGB,
			"/op/R,100,G,200", nil, frame{path: `{"p":{"R":100,"G":"200"}}`}, `{"R":100,"G":200}`},
		{"path simple object exploded", onePath[rgb], Param{Name: "p", In: InPath, Explode: yes}, schemaRGB,
			"/op/R=100,G=200", nil, frame{path: `{"p":{"R":100,"G":200}}`}, `{"R":100,"G":200}`},
		{"path label", onePath[int], Param{Name: "p", In: InPath, Style: "label"}, `{"type":"integer"}`,
			"/op/.5", nil, frame{path: `{"p":5}`}, `5`},
		{"path label array", onePath[[]int], Param{Name: "p", In: InPath, Style: "label"}, schemaInts,
			"/op/.3,4,5", nil, frame{path: `{"p":[3,4,5]}`}, `[3,4,5]`},
		{"path label array exploded", onePath[[]int], Param{Name: "p", In: InPath, Style: "label", Explode: yes}, schemaInts,
			"/op/.3.4.5", nil, frame{path: `{"p":[3,4,5]}`}, `[3,4,5]`},
		{"path label object exploded", onePath[rgb], Param{Name: "p", In: InPath, Style: "label", Explode: yes}, schemaRGB,
			"/op/.R=100.G=200", nil, frame{path: `{"p":{"R":100,"G":200}}`}, `{"R":100,"G":200}`},
		{"path matrix", onePath[string], Param{Name: "p", In: InPath, Style: "matrix"}, `{"type":"string"}`,
			"/op/;p=blue", nil, frame{path: `{"p":"blue"}`}, `"blue"`},
		{"path matrix array", onePath[[]int], Param{Name: "p", In: InPath, Style: "matrix"}, schemaInts,
			"/op/;p=3,4,5", nil, frame{path: `{"p":[3,4,5]}`}, `[3,4,5]`},
		{"path matrix array exploded", onePath[[]int], Param{Name: "p", In: InPath, Style: "matrix", Explode: yes}, schemaInts,
			"/op/;p=3;p=4;p=5", nil, frame{path: `{"p":[3,4,5]}`}, `[3,4,5]`},
		{"path matrix object exploded", onePath[rgb], Param{Name: "p", In: InPath, Style: "matrix", Explode: yes}, schemaRGB,
			"/op/;R=100;G=200", nil, frame{path: `{"p":{"R":100,"G":200}}`}, `{"R":100,"G":200}`},
		{"path content", onePath[rgb], Param{Name: "p", In: InPath, Content: "application/json"}, schemaRGB,
			"/op/%7B%22R%22:1,%22G%22:2%7D", nil, frame{path: `{"p":{"R":1,"G":2}}`}, `{"R":1,"G":2}`},

		{"query form", oneQuery[string], Param{Name: "p", In: InQuery}, `{"type":"string"}`,
			"/op?x=1&p=a%26b+c%2B", nil, frame{query: `{"x":1,"p":"a&b c+"}`}, `"a&b c+"`},
		{"query form number as text", oneQuery[string], Param{Name: "p", In: InQuery}, `{"type":"string"}`,
			"/op?p=5", nil, frame{query: `{"p":5}`}, `"5"`},
		{"query form bool", oneQuery[bool], Param{Name: "p", In: InQuery}, `{"type":"boolean"}`,
			"/op?p=true", nil, frame{query: `{"p":"true"}`}, `true`},
		{"query form empty text", oneQuery[*string], Param{Name: "p", In: InQuery}, `{"type":"string"}`,
			"/op?p=", nil, frame{query: `{"p":""}`}, `""`},
		{"query absent", oneQuery[*string], Param{Name: "p", In: InQuery}, `{"type":"string"}`,
			"/op?q=1", nil, frame{query: `{"p":null}`}, `null`},
		{"query default", oneQuery[int], Param{Name: "p", In: InQuery}, `{"type":"integer","default":20}`,
			"/op", nil, frame{}, `20`},
		{"query array exploded", oneQuery[[]int], Param{Name: "p", In: InQuery}, schemaInts,
			"/op?p=3&x=9&p=4", nil, frame{query: `{"p":[3,"4"]}`}, `[3,4]`},
		{"query array of one", oneQuery[[]int], Param{Name: "p", In: InQuery}, schemaInts,
			"/op?p=3", nil, frame{query: `{"p":3}`}, `[3]`},
		{"query array empty is absent", oneQuery[[]int], Param{Name: "p", In: InQuery}, schemaInts,
			"/op", nil, frame{query: `{"p":[]}`}, `null`},
		{"query array unexploded", oneQuery[[]string], Param{Name: "p", In: InQuery, Explode: no}, schemaStrings,
			"/op?p=a%2Cb,c", nil, frame{query: `{"p":["a,b","c"]}`}, `["a,b","c"]`},
		{"query array unexploded given as one text", oneQuery[[]string], Param{Name: "p", In: InQuery, Explode: no}, schemaStrings,
			"/op?p=3%2C4", nil, frame{query: `{"p":"3,4"}`}, `["3,4"]`},
		{"query array unexploded given as an object", oneQuery[[]string], Param{Name: "p", In: InQuery, Explode: no}, schemaStrings,
			"/op?p=a,1", nil, frame{query: `{"p":{"a":1}}`}, `["a","1"]`},
		{"path label array given as one text", onePath[[]string], Param{Name: "p", In: InPath, Style: "label"}, schemaStrings,
			"/op/.a%2Cb", nil, frame{path: `{"p":"a,b"}`}, `["a,b"]`},
		{"path matrix array given as one text", onePath[[]string], Param{Name: "p", In: InPath, Style: "matrix"}, schemaStrings,
			"/op/;p=a%2Cb", nil, frame{path: `{"p":"a,b"}`}, `["a,b"]`},
		{"deep object given as a list", oneQuery[filter], Param{Name: "p", In: InQuery, Style: "deepObject"}, schemaFilter,
			"/op?p%5B0%5D%5Ba%5D=1", nil, frame{query: `{"p":[{"a":1}]}`}, `{}`},
		{"deep object given as a JSON text", oneQuery[filter], Param{Name: "p", In: InQuery, Style: "deepObject"}, schemaFilter,
			"/op?p=%7B%22name%22:%22x%22%7D", nil, frame{query: `{"p":"{\"name\":\"x\"}"}`}, `{"name":"x"}`},
		{"deep object with null", oneQuery[filter], Param{Name: "p", In: InQuery, Style: "deepObject"}, schemaFilter,
			"/op?p%5Bname%5D=x", nil, frame{query: `{"p":{"name":"x","range":null}}`}, `{"name":"x"}`},
		{"query object unexploded", oneQuery[rgb], Param{Name: "p", In: InQuery, Explode: no}, schemaRGB,
			"/op?p=R,100,G,200", nil, frame{query: `{"p":{"R":100,"G":200}}`}, `{"R":100,"G":200}`},
		{"query object exploded", oneQuery[rgb], Param{Name: "p", In: InQuery}, schemaRGB,
			"/op?R=100&G=200&B=1", nil, frame{query: `{"p":{"R":100,"G":200}}`}, `{"R":100,"G":200}`},
		{"query spaceDelimited", oneQuery[[]int], Param{Name: "p", In: InQuery, Style: "spaceDelimited"}, schemaInts,
			"/op?p=3%204+5", nil, frame{query: `{"p":[3,4,5]}`}, `[3,4,5]`},
		{"query pipeDelimited", oneQuery[[]string], Param{Name: "p", In: InQuery, Style: "pipeDelimited"}, schemaStrings,
			"/op?p=a%7Cb|c", nil, frame{query: `{"p":["a|b","c"]}`}, `["a|b","c"]`},
		{"query pipeDelimited, escaped", oneQuery[[]int], Param{Name: "p", In: InQuery, Style: "pipeDelimited"}, schemaInts,
			"/op?p=3%7C4", nil, frame{query: `{"p":[3,4]}`}, `[3,4]`},
		{"query deepObject", oneQuery[filter], Param{Name: "p", In: InQuery, Style: "deepObject"}, schemaFilter,
			"/op?p[name]=n&p[tags]=a&p[tags]=b&p[range][R]=1&p[range][G]=2&p%5Bmore%5D%5Bx%5D%5BR%5D=3&p[more][x][G]=4", nil,
			frame{query: `{"p":{"name":"n","tags":["a","b"],"range":{"R":1,"G":"2"},"more":{"x":{"R":3,"G":4}}}}`},
			`{"name":"n","tags":["a","b"],"range":{"R":1,"G":2},"more":{"x":{"R":3,"G":4}}}`},
		{"query deepObject with positions", oneQuery[filter], Param{Name: "p", In: InQuery, Style: "deepObject"}, schemaFilter,
			"/op?p[tags][1]=b&p[tags][0]=a", nil, frame{query: `{"p":{"tags":["a","b"]}}`}, `{"tags":["a","b"]}`},
		{"query deepObject on an array", oneQuery[[]int], Param{Name: "p", In: InQuery, Style: "deepObject"}, schemaInts,
			"/op?p[]=1&p[]=2", nil, frame{query: `{"p":[1,2]}`}, `[1,2]`},
		{"query content", oneQuery[rgb], Param{Name: "p", In: InQuery, Content: "application/json"}, schemaRGB,
			"/op?p=%7B%22R%22%3A1%2C%22G%22%3A2%7D", nil, frame{query: `{"p":{"R":1,"G":2}}`}, `{"R":1,"G":2}`},
		{"querystring form", oneWhole[filter], Param{Name: "p", In: InQueryString, Content: "application/x-www-form-urlencoded"}, schemaFilter,
			"/op?name=n&tags=a&tags=b&range[R]=1&range[G]=2", nil,
			frame{query: `{"p":{"name":"n","tags":["a","b"],"range":{"R":1,"G":2}}}`}, `{"name":"n","tags":["a","b"],"range":{"R":1,"G":2}}`},
		{"querystring json", oneWhole[rgb], Param{Name: "p", In: InQueryString, Content: "application/json"}, schemaRGB,
			"/op?%7B%22R%22%3A1%2C%22G%22%3A2%7D", nil, frame{query: `{"p":{"R":1,"G":2}}`}, `{"R":1,"G":2}`},
		{"query union takes the number", oneQuery[any], Param{Name: "p", In: InQuery}, `{"type":["integer","string"]}`,
			"/op?p=12", nil, frame{query: `{"p":"12"}`}, `12`},
		{"query uuid", oneQuery[UUID], Param{Name: "p", In: InQuery}, `{"type":"string","format":"uuid"}`,
			"/op?p=0195E6F2-5c43-7a44-8f8e-3b1d6c8a2f10", nil, frame{query: `{"p":"0195E6F2-5c43-7a44-8f8e-3b1d6c8a2f10"}`}, `"0195e6f2-5c43-7a44-8f8e-3b1d6c8a2f10"`},

		{"header", oneHeader[string], Param{Name: "X-P", In: InHeader}, `{"type":"string"}`,
			"/op", []string{"X-P: a%2C, b"}, frame{headers: `{"x-p":"a%2C, b"}`}, `"a%2C, b"`},
		{"header array", oneHeader[[]int], Param{Name: "X-P", In: InHeader}, schemaInts,
			"/op", []string{"X-P: 1, 2", "X-P: 3"}, frame{headers: `{"X-p":[1,2,3]}`}, `[1,2,3]`},
		{"header array as text", oneHeader[[]int], Param{Name: "X-P", In: InHeader}, schemaInts,
			"/op", []string{"X-P: 1,2"}, frame{headers: `{"x-p":"1,2"}`}, `[1,2]`},
		{"header object", oneHeader[rgb], Param{Name: "X-P", In: InHeader, Explode: yes}, schemaRGB,
			"/op", []string{"X-P: R=1,G=2"}, frame{headers: `{"x-p":"R=1,G=2"}`}, `{"R":1,"G":2}`},
		{"header content", oneHeader[rgb], Param{Name: "X-P", In: InHeader, Content: "application/json"}, schemaRGB,
			"/op", []string{`X-P: {"R":1,"G":2}`}, frame{headers: `{"x-p":{"R":1,"G":2}}`}, `{"R":1,"G":2}`},
		{"header content as text", oneHeader[rgb], Param{Name: "X-P", In: InHeader, Content: "application/json"}, schemaRGB,
			"/op", []string{`X-P: {"R":1,"G":2}`}, frame{headers: `{"x-p":" {\"R\":1,\"G\":2} "}`}, `{"R":1,"G":2}`},
		{"header with spaces around", oneHeader[string], Param{Name: "X-P", In: InHeader}, `{"type":"string"}`,
			"/op", []string{"X-P: a b"}, frame{headers: `{"x-p":" a b "}`}, `"a b"`},
		{"cookie", oneCookie[int], Param{Name: "p", In: InCookie}, `{"type":"integer"}`,
			"/op", []string{"Cookie: a=b; p=7"}, frame{handshake: get("/realtime", "Cookie: a=b; p=7"), headers: `{"cookie":"p=8"}`}, `7`},
		{"cookie array", oneCookie[[]string], Param{Name: "p", In: InCookie, Explode: no}, schemaStrings,
			"/op", []string{"Cookie: p=a%20x,b"}, frame{handshake: get("/realtime", "Cookie: p=a%20x,b")}, `["a x","b"]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.frame.op = "op"
			s := oneParam(t, tc.bind, tc.param, tc.schema)
			if got, want := serve(s, get(tc.target, tc.headers...)), "200 "+tc.want; got.String() != want {
				t.Errorf("HTTP: got %s, want %s", got, want)
			}
			if got, want := callFrame(t.Context(), s, tc.frame), "200 "+tc.want; got.String() != want {
				t.Errorf("direct: got %s, want %s", got, want)
			}
			// As a virtual request, once read from the frame and once from the URL made of it.
			for name, mw := range map[string]func(http.Handler) http.Handler{"virtual": passing, "parsed": changingURL} {
				s := oneParam(t, tc.bind, tc.param, tc.schema)
				s.Use(mw)
				if got, want := callFrame(t.Context(), s, tc.frame), "200 "+tc.want; got.String() != want {
					t.Errorf("%s: got %s, want %s", name, got, want)
				}
			}
		})
	}
}

// changingURL is middleware that writes the query in another way, so that it has to be parsed.
func changingURL(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r2 := r.Clone(r.Context())
		if i := strings.IndexAny(r.URL.RawQuery, "pnRx"); i >= 0 {
			r2.URL.RawQuery = fmt.Sprintf("%s%%%02x%s", r.URL.RawQuery[:i], r.URL.RawQuery[i], r.URL.RawQuery[i+1:])
		}
		next.ServeHTTP(w, r2)
	})
}

func TestWrongParametersAreEquallyWrong(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		bind   func(*Operation) Binding
		param  Param
		schema string
		target string
		frame  frame
		want   string
	}{
		{"missing", oneQuery[int], Param{Name: "p", In: InQuery, Required: true}, `{"type":"integer"}`, "/op", frame{}, "query p required"},
		{"type", oneQuery[int], Param{Name: "p", In: InQuery}, `{"type":"integer"}`, "/op?p=abc", frame{query: `{"p":"abc"}`}, "query p type"},
		{"fraction", oneQuery[int], Param{Name: "p", In: InQuery}, `{"type":"integer"}`, "/op?p=1.5", frame{query: `{"p":1.5}`}, "query p type"},
		{"leading zero", oneQuery[int], Param{Name: "p", In: InQuery}, `{"type":"integer"}`, "/op?p=05", frame{query: `{"p":"05"}`}, "query p type"},
		{"plus sign", oneQuery[int], Param{Name: "p", In: InQuery}, `{"type":"integer"}`, "/op?p=%2B5", frame{query: `{"p":"+5"}`}, "query p type"},
		{"empty integer", oneQuery[int], Param{Name: "p", In: InQuery}, `{"type":"integer"}`, "/op?p=", frame{query: `{"p":""}`}, "query p type"},
		{"range", oneQuery[int], Param{Name: "p", In: InQuery}, `{"type":"integer","maximum":10}`, "/op?p=11", frame{query: `{"p":11}`}, "query p maximum"},
		{"length", oneQuery[string], Param{Name: "p", In: InQuery}, `{"type":"string","maxLength":2}`, "/op?p=abc", frame{query: `{"p":"abc"}`}, "query p maxLength"},
		{"enum", oneQuery[string], Param{Name: "p", In: InQuery}, `{"type":"string","enum":["a"]}`, "/op?p=b", frame{query: `{"p":"b"}`}, "query p enum"},
		{"repeated", oneQuery[string], Param{Name: "p", In: InQuery}, `{"type":"string"}`, "/op?p=a&p=b", frame{query: `{"p":["a","b"]}`}, "query p type"},
		{"item", oneQuery[[]int], Param{Name: "p", In: InQuery}, schemaInts, "/op?p=1&p=x", frame{query: `{"p":[1,"x"]}`}, "query p /1 type"},
		{"too many items", oneQuery[[]int], Param{Name: "p", In: InQuery}, schemaInts, "/op?p=1&p=2&p=3&p=4", frame{query: `{"p":[1,2,3,4]}`}, "query p maxItems"},
		{"member", oneQuery[rgb], Param{Name: "p", In: InQuery, Style: "deepObject"}, schemaRGB, "/op?p[R]=1&p[B]=2", frame{query: `{"p":{"R":1,"B":"2"}}`}, "query p /G required; query p /B additionalProperties"},
		{"uuid", onePath[UUID], Param{Name: "p", In: InPath}, `{"type":"string","format":"uuid"}`, "/op/9f", frame{path: `{"p":"9f"}`}, "path p format"},
		{"header", oneHeader[int], Param{Name: "X-P", In: InHeader, Required: true}, `{"type":"integer"}`, "/op", frame{}, "header X-P required"},
		{"cookie", oneCookie[int], Param{Name: "p", In: InCookie, Required: true}, `{"type":"integer"}`, "/op", frame{}, "cookie p required"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.frame.op = "op"
			s := oneParam(t, tc.bind, tc.param, tc.schema)
			http := serve(s, get(tc.target))
			if got := errorsOf(t, http.body); http.status != 400 || got != tc.want {
				t.Errorf("HTTP: got %d %s, want 400 %s", http.status, got, tc.want)
			}
			if got := callFrame(t.Context(), s, tc.frame); got.comparable() != http.comparable() {
				t.Errorf("direct differs from HTTP:\n got %s\nwant %s", got.comparable(), http.comparable())
			}
			s.Use(passing)
			if got := callFrame(t.Context(), s, tc.frame); got.comparable() != http.comparable() {
				t.Errorf("virtual differs from HTTP:\n got %s\nwant %s", got.comparable(), http.comparable())
			}
		})
	}
}

func TestMalformedEscapesAreRefused(t *testing.T) {
	t.Parallel()
	s := oneParam(t, oneQuery[string], Param{Name: "p", In: InQuery}, `{"type":"string"}`)
	if got := serve(s, get("/op?p=%zz")); got.status != 400 || errorsOf(t, got.body) != "query p encoding" {
		t.Errorf("got %s", got)
	}
	s = oneParam(t, oneQuery[filter], Param{Name: "p", In: InQuery, Style: "deepObject"}, schemaFilter)
	if got := serve(s, get("/op?p[name=a")); got.status != 400 || errorsOf(t, got.body) != "query p style" {
		t.Errorf("got %s", got)
	}
	deep := "p" + strings.Repeat("[a]", maxNesting+1)
	if got := serve(s, get("/op?"+deep+"=a")); got.status != 400 || errorsOf(t, got.body) != "query p style" {
		t.Errorf("deep nesting: got %s", got)
	}
	many := strings.Repeat("x=1&", maxPairs+1)
	if got := serve(s, get("/op?"+many)); got.status != 400 || errorsOf(t, got.body) != "query maxItems" {
		t.Errorf("many pairs: got %s", got)
	}
}

func TestEmptyPathParameterIsNotFoundOnBothTransports(t *testing.T) {
	t.Parallel()
	s := oneParam(t, onePath[string], Param{Name: "p", In: InPath}, `{"type":"string"}`)
	want := serve(s, get("/op/"))
	if want.status != 404 {
		t.Fatalf("HTTP: got %s", want)
	}
	f := frame{op: "op", path: `{"p":""}`}
	if got := callFrame(t.Context(), s, f); got.comparable() != want.comparable() {
		t.Errorf("direct: got %s, want %s", got.comparable(), want.comparable())
	}
	s.Use(passing)
	if got := callFrame(t.Context(), s, f); got.comparable() != want.comparable() {
		t.Errorf("virtual: got %s, want %s", got.comparable(), want.comparable())
	}
}

func FuzzParameters(f *testing.F) {
	for _, seed := range []string{"", "p=1", "p=1&p=2", "p[a]=1&p[b][c]=2", "p=%zz", "p=a,b,c", "R=1&G=2", "p[tags][9999999999]=1", "p=[", "p]=", "p[]=&p=1"} {
		f.Add(seed)
	}
	servers := []*Server{
		oneParam(f, oneQuery[string], Param{Name: "p", In: InQuery}, `{"type":"string"}`),
		oneParam(f, oneQuery[int], Param{Name: "p", In: InQuery}, `{"type":"integer"}`),
		oneParam(f, oneQuery[[]string], Param{Name: "p", In: InQuery, Explode: new(false)}, schemaStrings),
		oneParam(f, oneQuery[rgb], Param{Name: "p", In: InQuery}, schemaRGB),
		oneParam(f, oneQuery[filter], Param{Name: "p", In: InQuery, Style: "deepObject"}, schemaFilter),
		oneParam(f, oneWhole[filter], Param{Name: "p", In: InQueryString}, schemaFilter),
		oneParam(f, oneQuery[rgb], Param{Name: "p", In: InQuery, Content: "application/json"}, schemaRGB),
		oneParam(f, oneHeader[rgb], Param{Name: "X-P", In: InHeader, Explode: new(true)}, schemaRGB),
		oneParam(f, onePath[rgb], Param{Name: "p", In: InPath, Style: "matrix", Explode: new(true)}, schemaRGB),
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i, s := range servers {
			r := get("/op")
			r.URL.RawQuery = text
			r.Header["X-P"] = []string{text}
			if i == len(servers)-1 {
				r.URL.Path = "/op/" + text
			}
			if got := serve(s, r); got.status != 200 && got.status != 400 && got.status != 404 {
				t.Errorf("%q: got %s", text, got)
			}
			quoted := string(appendString(nil, text))
			if got := callFrame(t.Context(), s, frame{op: "op", path: `{"p":` + quoted + `}`, query: `{"p":` + quoted + `}`, headers: `{"x-p":` + quoted + `}`}); got.status != 200 && got.status != 400 && got.status != 404 {
				t.Errorf("call %q: got %s", text, got)
			}
		}
	})
}
