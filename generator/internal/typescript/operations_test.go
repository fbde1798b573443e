package typescript

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/rtgen/rtgen/spec"
)

// section is the part of operations.ts that belongs to the operation "op": its
// request and its result.
func section(t testing.TB, api *spec.API) string {
	t.Helper()
	body := text(t, api, "operations.ts")
	start := strings.Index(body, "/** Request of")
	end := strings.Index(body, "/** Every operation by its method")
	if start < 0 || end < start {
		t.Fatalf("no operation in\n%s", body)
	}
	return body[start:end]
}

func TestRequests(t *testing.T) {
	t.Parallel()
	limit := &spec.Param{Name: "limit", In: spec.InQuery, Style: "form", Explode: true, Type: integer, Default: json.RawMessage("20"), Doc: spec.Doc{Description: "At most so many."}}
	id := &spec.Param{Name: "id", In: spec.InPath, Style: "simple", Required: true, Type: str}
	accept := &spec.Param{Name: "Accept", In: spec.InHeader, Style: "simple", Required: true, Type: str}
	tests := []struct {
		name string
		op   *spec.Operation
		want string
	}{
		{"nothing", &spec.Operation{}, "export interface OpRequest {}"},
		{"parameters", &spec.Operation{Params: []*spec.Param{
			limit, id, accept,
			{Name: "X-Trace", In: spec.InHeader, Style: "simple", Type: str, Doc: spec.Doc{Deprecated: true}},
			{Name: "sid", In: spec.InCookie, Style: "form", Type: null(str), Required: true},
		}}, `
export interface OpRequest {
  path: {
    id: string;
  };
  query?: {
    /**
     * At most so many.
     *
     * @default 20
     */
    limit?: number | undefined;
  };
  headers?: {
    /** @deprecated */
    'X-Trace'?: string | undefined;
  };
  cookies: {
    sid: string | null;
  };
}`},
		{"whole query", &spec.Operation{Params: []*spec.Param{{Name: "filter", In: spec.InQueryString, Type: &spec.Map{Elem: str}}}}, `
export interface OpRequest {
  query?: {
    filter?: { [key: string]: string } | undefined;
  };
}`},
		{"one body", &spec.Operation{Body: &spec.Body{Doc: spec.Doc{Description: "What to keep."}, Content: jsonContent(str)}}, `
export interface OpRequest {
  /** What to keep. */
  body?: string;
}`},
		{"several media types of one type", &spec.Operation{Body: &spec.Body{Required: true, Content: []*spec.Media{
			content("application/json", spec.MediaJSON, str), content("application/x.v2+json; charset=utf-8", spec.MediaJSON, str),
		}}}, `
export interface OpRequest {
  body: string;
  contentType?: 'application/json' | 'application/x.v2+json;charset=utf-8';
}`},
		{"several media types", &spec.Operation{Params: []*spec.Param{id}, Body: &spec.Body{Content: []*spec.Media{
			content("application/json", spec.MediaJSON, integer), content("text/*", spec.MediaText, str),
		}}}, `
export type OpRequest = {
  path: {
    id: string;
  };
} & (
  | { body?: number; contentType?: 'application/json' }
  | { body: string; contentType: ` + "`text/${string}`" + ` }
);`},
		{"a pattern", &spec.Operation{Body: &spec.Body{Required: true, Content: []*spec.Media{content("*/*", spec.MediaBinary, nil)}}}, `
export interface OpRequest {
  body: Blob | ArrayBuffer | ReadableStream;
  contentType: string;
}`},
		{"files", &spec.Operation{Body: &spec.Body{Required: true, Content: []*spec.Media{
			content("multipart/form-data", spec.MediaMultipart, object(field("file", binary), field("tags?", &spec.List{Elem: str}))),
		}}}, `
export interface OpRequest {
  body: FormData | { file: Blob; tags?: string[] };
}`},
		{"forms without a schema", &spec.Operation{Body: &spec.Body{Required: true, Content: []*spec.Media{
			content("multipart/form-data", spec.MediaMultipart, nil), content("application/x-www-form-urlencoded", spec.MediaForm, nil),
		}}}, `
export type OpRequest = {
} & (
  | { body: FormData; contentType?: 'multipart/form-data' }
  | { body: URLSearchParams; contentType: 'application/x-www-form-urlencoded' }
);`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.op.ID, test.op.Method, test.op.Path.Template = "op", "POST", "/op/{id}"
			got, _, _ := strings.Cut(section(t, document(nil, test.op)), "\n\n/** Answers")
			diff(t, "request", got, "/** Request of {@link Operations.op}. */\n"+strings.TrimSpace(test.want))
		})
	}
}

func TestResults(t *testing.T) {
	t.Parallel()
	answer := func(status string, media ...*spec.Media) *spec.Response {
		return &spec.Response{Status: status, Content: media}
	}
	text := func(mediaType string) *spec.Media { return content(mediaType, spec.MediaText, str) }
	value := content("application/json", spec.MediaJSON, integer)
	located := answer("201", value)
	located.Headers = []*spec.Header{{Name: "ETag", Type: str}, {Name: "Location", Type: str, Required: true}, {Name: "location", Type: str}, {Name: "Content-Type", Type: str}}
	tests := []struct {
		name      string
		responses []*spec.Response
		want      string
	}{
		{"none", nil, "Reply<number, unknown>"},
		{"no content", []*spec.Response{answer("204")}, "Reply<204>"},
		{"headers", []*spec.Response{located}, "Reply<201, number, { etag?: string; location: string }>"},
		{"default beside success", []*spec.Response{answer("200", value), answer("404"), answer("5XX"), answer("default", text("text/plain"))},
			"Reply<200, number> Reply<404> Reply<Status5XX> Reply<Default<404 | Status5XX>, string>"},
		{"default alone", []*spec.Response{answer("default", value)}, "Reply<Default, number> Reply<Status2XX, number>"},
		{"ranges", []*spec.Response{answer("200"), answer("4xx"), answer("404"), answer("409")}, "Reply<200> Reply<Rest<Status4XX, 404 | 409>> Reply<404> Reply<409>"},
		{"several media types", []*spec.Response{answer("200", value, text("text/plain; charset=utf-8"), content("image/*", spec.MediaBinary, nil))},
			"Reply<200, number, unknown, unknown, 'application/json'> Reply<200, string, unknown, unknown, 'text/plain'> Reply<200, Blob, unknown, unknown, `image/${string}`>"},
		{"media types of one type", []*spec.Response{answer("200", text("text/html"), content("application/xml", spec.MediaBinary, nil))}, "Reply<200, string>"},
		{"anything, with a schema", []*spec.Response{answer("200", content("*/*", spec.MediaBinary, integer))}, "Reply<200, number>"},
		{"lines of JSON", []*spec.Response{answer("200", content("application/jsonl", spec.MediaJSONLines, integer))}, "Reply<200, Stream<number>>"},
		{"no status at all", []*spec.Response{answer("oops")}, "Reply<number, unknown>"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			op := &spec.Operation{ID: "op", Method: "GET", Path: spec.Path{Template: "/op"}, Responses: test.responses}
			_, got, _ := strings.Cut(section(t, document(nil, op)), "OpResult =\n  | ")
			got = strings.ReplaceAll(strings.TrimSuffix(strings.TrimSpace(got), ";"), "\n  | ", " ")
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestRows(t *testing.T) {
	t.Parallel()
	list, obj := &spec.List{Elem: str}, &spec.Map{Elem: str}
	param := func(in spec.In, style string, explode, reserved bool, t spec.Type) *spec.Param {
		return &spec.Param{Name: "p", In: in, Style: style, Explode: explode, AllowReserved: reserved, Type: t}
	}
	withParam := func(p *spec.Param) *spec.Operation { return &spec.Operation{Params: []*spec.Param{p}} }
	form := func(kind spec.MediaKind, member spec.Type, e spec.Encoding) *spec.Operation {
		body := component("Form", object(field("m", member)))
		return &spec.Operation{Body: &spec.Body{Content: []*spec.Media{{Type: "x/form", Kind: kind, Shape: ref(body), Encoding: map[string]*spec.Encoding{"m": &e}}}}}
	}
	tests := []struct {
		name string
		op   *spec.Operation
		want string
	}{
		{"plain", &spec.Operation{}, ""},
		{"statuses", &spec.Operation{Responses: []*spec.Response{{Status: "200"}, {Status: "4xx"}, {Status: "default"}}}, ", status: '200 4XX default'"},
		{"only default", &spec.Operation{Responses: []*spec.Response{{Status: "default"}}}, ""},
		{"media type", &spec.Operation{Body: &spec.Body{Content: []*spec.Media{content("application/merge-patch+json; v=1", spec.MediaJSON, str)}}}, ", body: 'application/merge-patch+json;v=1'"},
		{"scalar", withParam(param(spec.InQuery, "form", false, false, str)), ""},
		{"scalar, reserved", withParam(param(spec.InQuery, "form", true, true, str)), ", style: { 'query.p': 'form*+' }"},
		{"scalar, matrix", withParam(param(spec.InPath, "matrix", false, false, integer)), ", style: { 'path.p': 'matrix' }"},
		{"list", withParam(param(spec.InQuery, "form", true, false, list)), ""},
		{"list with commas", withParam(param(spec.InQuery, "form", false, false, null(list))), ", style: { 'query.p': 'form' }"},
		{"list, piped", withParam(param(spec.InQuery, "pipeDelimited", false, false, list)), ", style: { 'query.p': 'pipeDelimited' }"},
		{"list in a path", withParam(param(spec.InPath, "simple", true, false, list)), ""},
		{"object", withParam(param(spec.InQuery, "deepObject", true, false, obj)), ", style: { 'query.p': 'deepObject' }"},
		{"object in a header", withParam(param(spec.InHeader, "simple", false, false, obj)), ", style: { 'header.p': 'simple' }"},
		{"list or object", withParam(param(spec.InQuery, "form", true, false, union(list, obj))), ", style: { 'query.p': 'form*' }"},
		{"cookie", withParam(param(spec.InCookie, "cookie", true, false, str)), ", style: { 'cookie.p': 'form*+' }"},
		{"JSON in a query", withParam(&spec.Param{Name: "p", In: spec.InQuery, Content: "application/json", Type: obj}), ", style: { 'query.p': 'json' }"},
		{"JSON in a header", withParam(&spec.Param{Name: "p", In: spec.InHeader, Content: "application/json", Type: obj}), ", style: { 'header.p': 'jsonValue' }"},
		{"form, deep", form(spec.MediaForm, obj, spec.Encoding{Style: "deepObject", Explode: true}), ", body: 'x/form', style: { 'body.m': 'deepObject' }"},
		{"form, list", form(spec.MediaForm, list, spec.Encoding{Style: "form", Explode: true}), ", body: 'x/form'"},
		{"form, JSON", form(spec.MediaForm, list, spec.Encoding{ContentType: "application/json"}), ", body: 'x/form', style: { 'body.m': 'json' }"},
		{"for caches", &spec.Operation{Responses: []*spec.Response{{Status: "200", Headers: []*spec.Header{{Name: "cache-control", Type: enum("public, max-age=60")}}}}},
			", status: '200', cached: true"},
		{"not for caches", &spec.Operation{Responses: []*spec.Response{{Status: "200", Headers: []*spec.Header{{Name: "Cache-Control", Type: enum("public", "private")}}}}},
			", status: '200'"},
		{"multipart", form(spec.MediaMultipart, str, spec.Encoding{ContentType: "image/png, image/*"}), ", body: 'x/form', style: { 'body.m': 'image/png' }"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.op.ID, test.op.Method, test.op.Path.Template = "op", "GET", "/op"
			p := &planner{api: document(nil, test.op)}
			if got, want := p.planRow(test.op, "op"), "{ route: 'GET /op'"+test.want+" }"; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestRowsSayWhatCannotTravelBySocket(t *testing.T) {
	t.Parallel()
	op := get("op", str)
	api := document(nil, op)
	p := &planner{api: api}
	if got := p.planRow(op, "op"); strings.Contains(got, "http") {
		t.Errorf("a document without a socket: %s", got)
	}
	api.Realtime = &spec.Realtime{Endpoint: "/realtime"}
	if got := p.planRow(op, "other"); got != "{ route: 'GET /op', status: '200', id: 'op', http: true }" {
		t.Errorf("an operation for HTTP only: %s", got)
	}
	op.Call.Socket = true
	if got := p.planRow(op, "op"); strings.Contains(got, "http") {
		t.Errorf("an operation for both: %s", got)
	}
}
