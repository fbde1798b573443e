package runtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

type (
	thing struct {
		ID   string  `json:"id"`
		Rate float64 `json:"rate,omitzero"`
	}
	thingOK struct {
		Location *string  `header:"Location"`
		Tags     []string `header:"X-Tags"`
		Pair     *rgb     `header:"X-Pair"`
		Body     thing    `body:"application/json"`
	}
	thingEmpty    struct{}
	thingNotFound struct {
		Body thing `body:"application/json"`
	}
	thingClient struct {
		StatusCode int   `status:""`
		Body       thing `body:"application/json"`
	}
	thingProblem struct {
		StatusCode int     `status:""`
		Body       Problem `body:"application/problem+json"`
	}
	thingText struct {
		BodyJSON *thing     `body:"application/json"`
		BodyText *string    `body:"text/plain"`
		BodyPNG  *io.Reader `body:"image/png"`
	}
	undeclared struct {
		Body thing `body:"application/json"`
	}
	noRequest struct{}
)

var thingOperation = Operation{
	ID: "op", Method: "GET", Path: "/op",
	Responses: []Response{
		{Status: "200", As: (*thingOK)(nil), Content: []Media{{Type: "application/json", Schema: "Thing"}}, Headers: []Param{
			{Name: "Location", In: InHeader}, {Name: "X-Tags", In: InHeader}, {Name: "X-Pair", In: InHeader, Explode: new(true)},
		}},
		{Status: "202", As: (*thingText)(nil), Content: []Media{{Type: "application/json", Schema: "Thing"}, {Type: "text/plain"}, {Type: "image/png"}}},
		{Status: "204", As: (*thingEmpty)(nil)},
		{Status: "404", As: (*thingNotFound)(nil), Content: []Media{{Type: "application/json", Schema: "Thing"}}},
		{Status: "4XX", As: (*thingClient)(nil), Content: []Media{{Type: "application/json", Schema: "Thing"}}},
		{Status: "default", As: (*thingProblem)(nil), Content: []Media{{Type: "application/problem+json"}}},
	},
}

const schemaThing = `{"Thing":{"type":"object","required":["id"],"properties":{"id":{"type":"string","minLength":1},"rate":{"type":"number"}}}}`

// answering makes a server whose handler gives one answer.
func answering(value any, err error, opts ...Option) *Server {
	return answeringAs(&thingOperation, value, err, opts...)
}

func answeringAs(op *Operation, value any, err error, opts ...Option) *Server {
	return NewServer(&API{Schemas: schemaThing}, []Binding{Bind(op, func(context.Context, *noRequest) (any, error) {
		return value, err
	})}, append([]Option{silent()}, opts...)...)
}

// everyWay sends the call by HTTP and by socket, with and without middleware, and reports
// differences from the first.
func everyWay(t *testing.T, build func() *Server, headers ...string) reaction {
	t.Helper()
	f := frame{op: "op"}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		f.headers = fmt.Sprintf(`{%q:%q}`, name, value)
	}
	s := build()
	want := serve(s, get("/op", headers...))
	if got := callFrame(t.Context(), s, f); got.comparable() != want.comparable() {
		t.Errorf("direct differs from HTTP:\n got %s\nwant %s", got.comparable(), want.comparable())
	}
	s = build()
	s.Use(passing, passing)
	if got := serve(s, get("/op", headers...)); got.comparable() != want.comparable() {
		t.Errorf("HTTP with middleware differs from HTTP:\n got %s\nwant %s", got.comparable(), want.comparable())
	}
	if got := callFrame(t.Context(), s, f); got.comparable() != want.comparable() {
		t.Errorf("virtual differs from HTTP:\n got %s\nwant %s", got.comparable(), want.comparable())
	}
	return want
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	body := thing{ID: "7"}
	const internal = `{"type":"urn:rtgen:problem:internal","title":"Internal Server Error","status":500}`
	for _, tc := range []struct {
		name  string
		value any
		err   error
		want  string
	}{
		{"value", thingOK{Body: body}, nil, `200 {"id":"7"}`},
		{"pointer", &thingOK{Body: body}, nil, `200 {"id":"7"}`},
		{"empty", thingEmpty{}, nil, `204 `},
		{"explicit status", thingNotFound{Body: body}, nil, `404 {"id":"7"}`},
		{"status of a range", thingClient{StatusCode: 409, Body: body}, nil, `409 {"id":"7"}`},
		{"range without status", thingClient{Body: body}, nil, `400 {"id":"7"}`},
		{"status of default", &thingProblem{StatusCode: 503, Body: Problem{Status: 503}}, nil, `503 {"title":"Service Unavailable","status":503}`},
		{"default without status", &thingProblem{}, nil, `500 {"title":"Internal Server Error","status":500}`},
		{"status outside the range", thingClient{StatusCode: 500, Body: body}, nil, "500 " + internal},
		{"status of another response", thingClient{StatusCode: 404, Body: body}, nil, "500 " + internal},
		{"status that is none", &thingProblem{StatusCode: 99}, nil, "500 " + internal},
		{"undeclared", undeclared{}, nil, "500 " + internal},
		{"nil", nil, nil, "500 " + internal},
		{"nil pointer", (*thingOK)(nil), nil, "500 " + internal},
		{"unencodable", thingOK{Body: thing{ID: "x", Rate: nan()}}, nil, "500 " + internal},
		{"no body of several set", thingText{}, nil, "500 " + internal},
		{"header injection", thingOK{Location: new("/a\r\nSet-Cookie: x=1"), Body: body}, nil, "500 " + internal},

		{"problem", nil, NotFound("no such thing"), `404 {"title":"Not Found","status":404,"detail":"no such thing"}`},
		{"wrapped problem", nil, fmt.Errorf("load: %w", Conflict("")), `409 {"title":"Conflict","status":409}`},
		{"extended problem", nil, (&Problem{Type: "urn:x", Status: 422, Title: "T", Instance: "urn:i"}).With("b", 1).With("a", "<x>").With("status", 1),
			`422 {"type":"urn:x","title":"T","status":422,"instance":"urn:i","a":"\u003cx\u003e","b":1}`},
		{"problem with an extension that cannot be encoded", nil, NotFound("").With("f", func() {}), "500 " + internal},
		{"unimplemented", nil, ErrUnimplemented, `501 {"type":"urn:rtgen:problem:unimplemented","title":"Not Implemented","status":501,"detail":"the operation is not implemented"}`},
		{"deadline", nil, fmt.Errorf("query: %w", context.DeadlineExceeded), `504 {"type":"urn:rtgen:problem:timeout","title":"Gateway Timeout","status":504,"detail":"the operation took too long"}`},
		{"cancelled elsewhere", nil, context.Canceled, "500 " + internal},
		{"other error", nil, errors.New("password is hunter2"), "500 " + internal},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := everyWay(t, func() *Server { return answering(tc.value, tc.err) })
			if got.String() != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			if ct := got.header.Get("Content-Type"); got.body != "" && ct != "application/json" && ct != mediaProblem {
				t.Errorf("Content-Type is %q", ct)
			}
		})
	}
}

func nan() float64 { zero := 0.0; return zero / zero }

func TestUndeclaredProblemIsHiddenAndLogged(t *testing.T) {
	t.Parallel()
	op := Operation{ID: "op", Method: "GET", Path: "/op", Responses: echoResponses}
	var log bytes.Buffer
	s := NewServer(&API{}, []Binding{Bind(&op, func(context.Context, *noRequest) (any, error) { return nil, NotFound("secret") })}, quiet(&log))
	if got := serve(s, get("/op")); got.status != 500 || strings.Contains(got.body, "secret") {
		t.Errorf("got %s, want 500 without the detail", got)
	}
	if !strings.Contains(log.String(), "status=404") || !strings.Contains(log.String(), "operation=op") {
		t.Errorf("the log does not say what is undeclared: %s", log.String())
	}
}

func TestResponseHeaders(t *testing.T) {
	t.Parallel()
	got := everyWay(t, func() *Server {
		return answering(&thingOK{Location: new("/x"), Tags: []string{"a", "b"}, Pair: &rgb{1, 2}, Body: thing{ID: "1"}}, nil)
	})
	for name, want := range map[string]string{"Location": "/x", "X-Tags": "a,b", "X-Pair": "R=1,G=2"} {
		if v := got.header.Get(name); v != want {
			t.Errorf("%s: got %q, want %q", name, v, want)
		}
	}
}

func TestNegotiation(t *testing.T) {
	t.Parallel()
	both := func() *Server {
		return NewServer(&API{Schemas: schemaThing}, []Binding{Bind(&thingOperation, func(context.Context, *noRequest) (any, error) {
			var png io.Reader = strings.NewReader("png")
			return &thingText{BodyJSON: &thing{ID: "1"}, BodyText: new("one"), BodyPNG: &png}, nil
		})}, silent())
	}
	for _, tc := range []struct{ accept, want, media string }{
		{"", `202 {"id":"1"}`, "application/json"},
		{"text/*;q=0.9, application/json;q=0.8", "202 one", "text/plain; charset=utf-8"},
		{"image/png", "202 png", "image/png"},
		{"*/*;q=0.1, application/json;q=0", "202 one", "text/plain; charset=utf-8"},
		{"text/plain;q=abc", "202 one", "text/plain; charset=utf-8"},
	} {
		if got := everyWay(t, both, "Accept: "+tc.accept); got.String() != tc.want || got.header.Get("Content-Type") != tc.media {
			t.Errorf("Accept %q: got %s as %q, want %s as %q", tc.accept, got, got.header.Get("Content-Type"), tc.want, tc.media)
		}
	}
}

func TestNotAcceptableIsSaidBeforeTheHandlerRuns(t *testing.T) {
	t.Parallel()
	op := Operation{ID: "op", Method: "GET", Path: "/op", Responses: echoResponses}
	ran := false
	got := everyWay(t, func() *Server {
		return NewServer(&API{}, []Binding{Bind(&op, func(context.Context, *noRequest) (any, error) { ran = true; return echoOf(1) })}, silent())
	}, "Accept: text/html")
	if got.status != 406 || ran {
		t.Errorf("got %s, handler ran: %v; want 406 without it", got, ran)
	}
}

func TestValidateResponses(t *testing.T) {
	t.Parallel()
	if got := serve(answering(&thingOK{}, nil), get("/op")); got.status != 200 {
		t.Errorf("without validation: got %s, want 200", got)
	}
	if got := serve(answering(&thingOK{}, nil, ValidateResponses()), get("/op")); got.status != 500 {
		t.Errorf("with validation: got %s, want 500 for an empty id", got)
	}
	if got := serve(answering(&thingOK{Body: thing{ID: "1"}}, nil, ValidateResponses()), get("/op")); got.status != 200 {
		t.Errorf("with validation: got %s, want 200", got)
	}
}

func TestCancelAndTimeout(t *testing.T) {
	t.Parallel()
	op := Operation{ID: "op", Method: "GET", Path: "/op", Responses: echoResponses, Timeout: "1ms"}
	s := NewServer(&API{}, []Binding{Bind(&op, func(ctx context.Context, _ *noRequest) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})}, silent())
	if got := serve(s, get("/op")); got.status != 504 {
		t.Errorf("timeout: got %s, want 504", got)
	}
	if got := callFrame(t.Context(), s, frame{op: "op"}); got.status != 504 {
		t.Errorf("timeout by socket: got %s, want 504", got)
	}
	op2 := op
	op2.Timeout = ""
	s = NewServer(&API{}, []Binding{Bind(&op2, func(ctx context.Context, _ *noRequest) (any, error) { return nil, ctx.Err() })}, silent())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := callFrame(ctx, s, frame{op: "op"}); got.status != 499 {
		t.Errorf("cancel: got %s, want 499", got)
	}
	if got := serve(s, get("/op").WithContext(ctx)); got.status != 499 {
		t.Errorf("peer gone: got %s, want 499", got)
	}
}

func TestPanicsBecomeEqualProblems(t *testing.T) {
	t.Parallel()
	build := func() *Server {
		op := thingOperation
		return NewServer(&API{Schemas: schemaThing}, []Binding{Bind(&op, func(context.Context, *noRequest) (any, error) { panic("boom") })}, silent())
	}
	if got := everyWay(t, build); got.status != 500 || strings.Contains(got.body, "boom") {
		t.Errorf("got %s, want a 500 that keeps the panic to itself", got)
	}
	middle := func() *Server {
		s := build()
		s.Use(func(http.Handler) http.Handler {
			return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("in middleware") })
		})
		return s
	}
	want := serve(build(), get("/op"))
	if got := serve(middle(), get("/op")); got.comparable() != want.comparable() {
		t.Errorf("panic in middleware: got %s, want %s", got.comparable(), want.comparable())
	}
	if got := callFrame(t.Context(), middle(), frame{op: "op"}); got.comparable() != want.comparable() {
		t.Errorf("panic in middleware, by socket: got %s, want %s", got.comparable(), want.comparable())
	}
}

func TestAbortHandlerBreaksOff(t *testing.T) {
	t.Parallel()
	op := thingOperation
	s := NewServer(&API{Schemas: schemaThing}, []Binding{Bind(&op, func(context.Context, *noRequest) (any, error) { panic(http.ErrAbortHandler) })}, silent())
	web := httptest.NewServer(s)
	defer web.Close()
	if res, err := http.Get(web.URL + "/op"); err == nil {
		res.Body.Close()
		t.Errorf("HTTP: got %d, want a broken connection", res.StatusCode)
	}
	if got := callFrame(t.Context(), s, frame{op: "op"}); got.status != 499 {
		t.Errorf("by socket: got %s, want 499", got)
	}
}

// failing is a body that breaks off.
type failing struct{ io.Reader }

func (f failing) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = errors.New("disk on fire")
	}
	return n, err
}

func TestReaderThatFailsIsNoCompleteAnswer(t *testing.T) {
	t.Parallel()
	var body io.Reader = failing{strings.NewReader(strings.Repeat("x", 1<<16))}
	s := answering(&thingText{BodyPNG: &body}, nil)
	web := httptest.NewServer(s)
	defer web.Close()
	if res, err := http.Get(web.URL + "/op"); err == nil {
		_, err = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if err == nil {
			t.Error("HTTP: the client took half a body for the whole")
		}
	}
	body = failing{strings.NewReader("x")}
	if got := callFrame(t.Context(), s, frame{op: "op"}); got.status != 500 {
		t.Errorf("by socket: got %s, want 500", got)
	}
}

func TestRoutingAnswers(t *testing.T) {
	t.Parallel()
	post := Operation{ID: "create", Method: "POST", Path: "/op", Responses: echoResponses}
	only := Operation{ID: "only", Method: "POST", Path: "/only", Responses: echoResponses, SocketOnly: true}
	ran := false
	s := NewServer(&API{Schemas: schemaThing}, []Binding{
		Bind(&thingOperation, func(context.Context, *noRequest) (any, error) { return &thingOK{Body: thing{ID: "7"}}, nil }),
		Bind(&post, func(context.Context, *noRequest) (any, error) { return echoOf(1) }),
		Bind(&only, func(context.Context, *noRequest) (any, error) { ran = true; return echoOf(1) }),
	}, silent(), WithBasePath("/v1/"))
	for _, tc := range []struct {
		method, target string
		status         int
		header, value  string
	}{
		{"GET", "/v1/op", 200, "Content-Length", "10"},
		{"HEAD", "/v1/op", 200, "Content-Length", "10"},
		{"OPTIONS", "/v1/op", 204, "Allow", "GET, HEAD, OPTIONS, POST"},
		{"DELETE", "/v1/op", 405, "Allow", "GET, HEAD, OPTIONS, POST"},
		{"GET", "/op", 404, "Content-Type", mediaProblem},
		{"GET", "/v1/op/", 404, "Content-Type", mediaProblem},
		{"POST", "/v1/only", 426, "Upgrade", "websocket"},
	} {
		for _, mw := range []bool{false, true} {
			if mw {
				s.Use(passing)
			}
			got := serve(s, httptest.NewRequest(tc.method, tc.target, nil))
			if got.status != tc.status || got.header.Get(tc.header) != tc.value {
				t.Errorf("%s %s: got %d with %s %q, want %d with %q", tc.method, tc.target, got.status, tc.header, got.header.Get(tc.header), tc.status, tc.value)
			}
			if tc.method == "HEAD" && got.body != "" {
				t.Errorf("HEAD has a body: %q", got.body)
			}
		}
	}
	if ran {
		t.Error("the handler of a socket-only operation ran over HTTP")
	}
	if got := callFrame(t.Context(), s, frame{op: "only"}); got.status != 200 {
		t.Errorf("socket-only by socket: got %s, want 200", got)
	}
	if got := callFrame(t.Context(), s, frame{op: "nothing"}); got.status != 404 {
		t.Errorf("unknown operation: got %s, want 404", got)
	}
}

func TestServerNeverPanicsForOddDocuments(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	bad := Operation{ID: "bad", Method: "GET", Path: "/bad", Params: []Param{{Name: "p", In: InQuery, Schema: "Missing"}}, Responses: []Response{{Status: "2OO"}, {Status: "200", As: 5}}}
	clash := Operation{ID: "clash", Method: "GET", Path: "/bad", Timeout: "soon", Responses: echoResponses}
	good := Operation{ID: "good", Method: "GET", Path: "/good", Responses: echoResponses}
	bind := func(op *Operation) Binding {
		return Bind(op, func(context.Context, *noRequest) (any, error) { return echoOf(1) })
	}
	s := NewServer(&API{Schemas: `{}`}, []Binding{bind(&bad), bind(&clash), bind(&good), bind(&good), {}}, quiet(&log), nil)
	for target, want := range map[string]int{"/bad": 500, "/good": 200} {
		if got := serve(s, get(target)); got.status != want {
			t.Errorf("%s: got %s, want %d", target, got, want)
		}
	}
	if got := callFrame(t.Context(), s, frame{op: "clash"}); got.status != 500 {
		t.Errorf("clash: got %s", got)
	}
	for _, want := range []string{"no field for the query parameter p", "2OO", "int is no struct", "two operations have one id", "a binding is empty", "soon"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not mention %q:\n%s", want, log.String())
		}
	}
	broken := NewServer(&API{Schemas: `{"x":`}, []Binding{bind(&good)}, silent())
	if got := serve(broken, get("/good")); got.status != 500 {
		t.Errorf("broken schema table: got %s, want 500", got)
	}
}
