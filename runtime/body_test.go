package runtime

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	goruntime "runtime"
	"strings"
	"testing"
)

type order struct {
	Name  string     `json:"name"`
	Count *int       `json:"count,omitzero"`
	Lines [][]string `json:"lines,omitzero"`
	Note  *string    `json:"note"`
	Range *rgb       `json:"range,omitzero"`
	Tags  []string   `json:"tags,omitzero"`
}

const schemaOrder = `{"type":"object","required":["name"],"properties":{"name":{"type":"string","minLength":1},"count":{"type":"integer","maximum":9},
	"lines":{"type":"array","items":{"type":"array","items":{"type":"string"}}},"note":{"type":["string","null"]},"range":` + schemaRGB + `,
	"tags":{"type":"array","items":{"type":"string"}}},"additionalProperties":false}`

type orderRequest struct {
	Limit *int  `query:"limit"`
	Body  order `body:"application/json"`
}

var orderOperation = Operation{
	ID: "op", Method: "POST", Path: "/op",
	Params:    []Param{{Name: "limit", In: InQuery, Schema: "Limit"}},
	Body:      &Body{Required: true, Content: []Media{{Type: "application/json", Schema: "Order"}}},
	Responses: echoResponses,
}

func bodyServer(opts ...Option) *Server {
	return NewServer(
		&API{Schemas: `{"Order":` + schemaOrder + `,"Limit":{"type":"integer"},"Text":{"type":"string","maxLength":5}}`},
		[]Binding{Bind(&orderOperation, func(_ context.Context, r *orderRequest) (any, error) { return echoOf(r.Body) })},
		append([]Option{silent()}, opts...)...)
}

func TestJSONBodies(t *testing.T) {
	t.Parallel()
	const typed = "Content-Type: application/json"
	for _, tc := range []struct {
		name, body string
		headers    []string
		status     int
		want       string // the body, or the violations
	}{
		{"nested arrays, nulls and empty arrays", `{"name":"a","lines":[["x"],[]],"note":null,"tags":[]}`, []string{typed}, 200, `{"name":"a","lines":[["x"],[]],"note":null,"tags":[]}`},
		{"charset", `{"name":"é","note":"n"}`, []string{typed + `; charset="UTF-8"`}, 200, `{"name":"é","note":"n"}`},
		{"no content type", `{"name":"a"}`, nil, 200, `{"name":"a","note":null}`},
		{"all violations at once", `{"count":10,"extra":1}`, []string{typed}, 400, "body /name required; body /count maximum; body /extra additionalProperties"},
		{"syntax", `{"name":`, []string{typed}, 400, "body /name syntax"},
		{"trailing data", `{"name":"a"} x`, []string{typed}, 400, "body syntax"},
		{"duplicate member", `{"name":"a","name":"b"}`, []string{typed}, 400, "body syntax"},
		{"letter case", `{"Name":"a"}`, []string{typed}, 400, "body /name required; body /Name additionalProperties"},
		{"null", `null`, []string{typed}, 400, "body type"},
		{"too deep", `{"lines":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, []string{typed}, 400, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := bodyServer()
			got := serve(s, request("POST", "/op", tc.body, tc.headers...))
			result := got.body
			if got.status == 400 {
				result = errorsOf(t, got.body)
			}
			if got.status != tc.status || result != tc.want && tc.want != "" {
				t.Errorf("got %d %s, want %d %s", got.status, result, tc.status, tc.want)
			}
			call := callFrame(t.Context(), s, frame{op: "op", body: tc.body})
			if call.comparable() != got.comparable() {
				t.Errorf("direct differs from HTTP:\n got %s\nwant %s", call.comparable(), got.comparable())
			}
			s.Use(passing)
			if call := callFrame(t.Context(), s, frame{op: "op", body: tc.body}); call.comparable() != got.comparable() {
				t.Errorf("virtual differs from HTTP:\n got %s\nwant %s", call.comparable(), got.comparable())
			}
		})
	}
}

func TestViolationsOfParametersAndBodyComeTogether(t *testing.T) {
	t.Parallel()
	got := serve(bodyServer(), request("POST", "/op?limit=x", `{"name":""}`, "Content-Type: application/json"))
	if want := "query limit type; body /name minLength"; got.status != 400 || errorsOf(t, got.body) != want {
		t.Errorf("got %s, want 400 with %s", got, want)
	}
	const whole = `{"type":"urn:rtgen:problem:invalid-request","title":"Bad Request","status":400,"detail":"the request does not fit the document","errors":[` +
		`{"in":"query","name":"limit","rule":"type","detail":"must be an integer"},` +
		`{"in":"body","pointer":"/name","rule":"minLength","detail":"must have at least 1 character"}]}`
	if got.body != whole {
		t.Errorf("got  %s\nwant %s", got.body, whole)
	}
}

func TestBodyStatuses(t *testing.T) {
	t.Parallel()
	large := `{"name":"` + strings.Repeat("x", 100) + `"}`
	for _, tc := range []struct {
		name    string
		body    string
		headers []string
		call    frame
		want    int
		rule    string
	}{
		{"missing", "", nil, frame{}, 400, "body required"},
		{"missing with type", "", []string{"Content-Type: application/json"}, frame{headers: `{"content-type":"application/json"}`}, 400, "body required"},
		{"unsupported", "<a/>", []string{"Content-Type: text/xml"}, frame{body: `"<a/>"`, headers: `{"content-type":"text/xml"}`}, 415, ""},
		{"charset", `{"name":"a"}`, []string{"Content-Type: application/json; charset=latin1"}, frame{body: `{"name":"a"}`, headers: `{"content-type":"application/json; charset=latin1"}`}, 415, ""},
		{"too large", large, []string{"Content-Type: application/json"}, frame{body: large}, 413, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := bodyServer(WithBodyLimit(50))
			got := serve(s, request("POST", "/op", tc.body, tc.headers...))
			if got.status != tc.want || tc.rule != "" && errorsOf(t, got.body) != tc.rule {
				t.Errorf("got %s, want %d %s", got, tc.want, tc.rule)
			}
			tc.call.op = "op"
			if call := callFrame(t.Context(), s, tc.call); call.comparable() != got.comparable() {
				t.Errorf("direct differs from HTTP:\n got %s\nwant %s", call.comparable(), got.comparable())
			}
			s.Use(passing)
			if call := callFrame(t.Context(), s, tc.call); call.comparable() != got.comparable() {
				t.Errorf("virtual differs from HTTP:\n got %s\nwant %s", call.comparable(), got.comparable())
			}
		})
	}
}

func TestBodyLimitIsExact(t *testing.T) {
	t.Parallel()
	const limit = 40
	s := httptest.NewServer(bodyServer(WithBodyLimit(limit)))
	defer s.Close()
	for size, want := range map[int]int{limit - 1: 200, limit: 200, limit + 1: 413, 10 * limit: 413} {
		body := `{"name":"` + strings.Repeat("x", size-len(`{"name":""}`)) + `"}`
		for _, content := range []io.Reader{strings.NewReader(body), io.MultiReader(strings.NewReader(body))} { // the second is sent in chunks
			res, err := http.Post(s.URL+"/op", "application/json", content)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != want {
				t.Errorf("%d bytes: got %d, want %d", size, res.StatusCode, want)
			}
		}
		if got := callFrame(t.Context(), s.Config.Handler.(*Server), frame{op: "op", body: body}); got.status != want {
			t.Errorf("call of %d bytes: got %d, want %d", size, got.status, want)
		}
	}
}

type manyRequest struct {
	ContentType string     `header:"Content-Type"`
	BodyJSON    *order     `body:"application/json"`
	BodyForm    *order     `body:"application/x-www-form-urlencoded"`
	BodyText    *string    `body:"text/plain"`
	BodyAny     *io.Reader `body:"*/*"`
}

var manyOperation = Operation{
	ID: "op", Method: "POST", Path: "/op",
	Body: &Body{Content: []Media{
		{Type: "application/json", Schema: "Order"}, {Type: "application/x-www-form-urlencoded", Schema: "Order"},
		{Type: "text/plain", Schema: "Text"}, {Type: "*/*"},
	}},
	Responses: echoResponses,
}

// What a handler has got it may keep; the frame of its call is used again.
func TestHandlersMayKeepTheContentType(t *testing.T) {
	t.Parallel()
	var kept string
	s := NewServer(&API{Schemas: `{"Order":` + schemaOrder + `,"Text":{"type":"string"}}`},
		[]Binding{Bind(&manyOperation, func(_ context.Context, r *manyRequest) (any, error) {
			kept = r.ContentType
			return echoOf(true)
		})}, silent())
	in := frame{op: "op", headers: `{"content-type":"image/png"}`, body: `"pixels"`}.input()
	if out := s.call(t.Context(), in); out.status != 200 {
		t.Fatalf("got %d %s", out.status, out.body)
	}
	copy(in.headers, bytes.Repeat([]byte("x"), len(in.headers)))
	if kept != "image/png" {
		t.Errorf("it has become %q", kept)
	}
}

func TestSeveralMediaTypes(t *testing.T) {
	t.Parallel()
	s := NewServer(&API{Schemas: `{"Order":` + schemaOrder + `,"Text":{"type":"string","maxLength":5}}`},
		[]Binding{Bind(&manyOperation, func(_ context.Context, r *manyRequest) (any, error) {
			switch {
			case r.BodyJSON != nil:
				return echoOf("json " + r.BodyJSON.Name)
			case r.BodyForm != nil:
				return echoOf(fmt.Sprintf("form %s %d %v %v", r.BodyForm.Name, *r.BodyForm.Count, r.BodyForm.Tags, r.BodyForm.Range))
			case r.BodyText != nil:
				return echoOf("text " + *r.BodyText)
			case r.BodyAny != nil:
				data, err := io.ReadAll(*r.BodyAny)
				if err != nil {
					return nil, err
				}
				return echoOf(r.ContentType + " " + string(data))
			}
			return echoOf("none")
		})}, silent())
	for _, tc := range []struct {
		media, body string
		call        frame
		want        string
	}{
		{"application/json", `{"name":"a"}`, frame{body: `{"name":"a"}`}, `"json a"`},
		{"application/x-www-form-urlencoded", "name=a+b&count=3&tags=x&tags=y&range[R]=1&range%5BG%5D=2",
			frame{body: `{"name":"a b","count":3,"tags":["x","y"],"range":{"R":1,"G":2}}`, headers: `{"content-type":"application/x-www-form-urlencoded"}`}, `"form a b 3 [x y] &{1 2}"`},
		{"application/x-www-form-urlencoded", `name=a&count=3&range={"R":1,"G":2}`,
			frame{body: `"name=a&count=3&range={\"R\":1,\"G\":2}"`, headers: `{"content-type":"application/x-www-form-urlencoded"}`}, `"form a 3 [] &{1 2}"`},
		{"text/plain; charset=utf-8", "hé", frame{body: `"hé"`, headers: `{"content-type":"text/plain"}`}, `"text hé"`},
		{"image/png", "\x01\x02", frame{body: `"AQI="`, enc: "base64", headers: `{"content-type":"image/png"}`}, `"image/png \u0001\u0002"`},
		{"", "", frame{}, `"none"`},
	} {
		tc.call.op = "op"
		var headers []string
		if tc.media != "" {
			headers = []string{"Content-Type: " + tc.media}
		}
		if got := serve(s, request("POST", "/op", tc.body, headers...)); got.status != 200 || got.body != tc.want {
			t.Errorf("%s: got %s, want %s", tc.media, got, tc.want)
		}
		if got := callFrame(t.Context(), s, tc.call); got.status != 200 || got.body != tc.want {
			t.Errorf("%s, direct: got %s, want %s", tc.media, got, tc.want)
		}
	}
	s.Use(passing)
	call := frame{op: "op", body: `{"name":"a b","count":3,"tags":["x","y"],"range":{"R":1,"G":2}}`, headers: `{"content-type":"application/x-www-form-urlencoded"}`}
	if got := callFrame(t.Context(), s, call); got.body != `"form a b 3 [x y] &{1 2}"` {
		t.Errorf("virtual form: got %s", got)
	}
	if got := serve(s, request("POST", "/op", "toolong", "Content-Type: text/plain")); errorsOf(t, got.body) != "body maxLength" {
		t.Errorf("text: got %s", got)
	}
	if got := serve(s, request("POST", "/op", "\xff", "Content-Type: text/plain")); errorsOf(t, got.body) != "body syntax" {
		t.Errorf("text that is no UTF-8: got %s", got)
	}
}

type uploadBody struct {
	Title  string `json:"title"`
	Range  *rgb   `json:"range,omitzero"`
	Cover  File   `json:"cover"`
	Photos []File `json:"photos,omitzero"`
}

type uploadRequest struct {
	Body uploadBody `body:"multipart/form-data"`
}

var uploadOperation = Operation{
	ID: "op", Method: "POST", Path: "/op", HTTPOnly: "its body is multipart/form-data",
	Body:      &Body{Required: true, Content: []Media{{Type: "multipart/form-data", Schema: "Upload"}}},
	Responses: echoResponses,
}

const schemaUpload = `{"Upload":{"type":"object","required":["title","cover"],"properties":{"title":{"type":"string","maxLength":5},"range":` + schemaRGB + `,
	"cover":{"type":"string","format":"binary"},"photos":{"type":"array","maxItems":2,"items":{"type":"string","format":"binary"}}}}}`

// multipartRequest writes fields given as name, content, with "@" before the name of files.
func multipartRequest(t testing.TB, fields ...string) *http.Request {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		name, isFile := strings.CutPrefix(fields[i], "@")
		h := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q`, name)}}
		if isFile {
			h.Set("Content-Disposition", fmt.Sprintf(`form-data; name=%q; filename="../%s.png"`, name, name))
			h.Set("Content-Type", "image/png")
		} else if strings.HasPrefix(fields[i+1], "{") {
			h.Set("Content-Type", "application/json")
		}
		part, err := w.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/op", &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return r
}

func TestMultipart(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir) // where spooled files go
	var spooled int
	var kept File
	s := NewServer(&API{Schemas: schemaUpload}, []Binding{Bind(&uploadOperation, func(_ context.Context, r *uploadRequest) (any, error) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		spooled = len(entries)
		kept = r.Body.Cover
		cover, err := io.ReadAll(&r.Body.Cover)
		if err != nil {
			return nil, err
		}
		return echoOf(fmt.Sprintf("%s %v %s %s %d %d", r.Body.Title, r.Body.Range, r.Body.Cover.Name, r.Body.Cover.ContentType, len(cover), len(r.Body.Photos)))
	})}, silent(), WithUploadLimit(4<<20))

	got := serve(s, multipartRequest(t, "title", "t", "@cover", "png", "@photos", "a", "@photos", "b", "range", `{"R":1,"G":2}`))
	if want := `"t &{1 2} cover.png image/png 3 2"`; got.body != want || spooled != 0 {
		t.Errorf("got %s and %d files on disk, want %s and none", got, spooled, want)
	}
	got = serve(s, multipartRequest(t, "@cover", strings.Repeat("x", 3<<20), "title", "t"))
	if want := `"t <nil> cover.png image/png 3145728 0"`; got.body != want || spooled != 1 {
		t.Errorf("large: got %s and %d files on disk, want %s and one", got, spooled, want)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("after the call %d files are left, %v", len(entries), err)
	}
	if _, err := kept.Read(make([]byte, 1)); err == nil {
		t.Error("a spooled file can be read after the handler has returned")
	}
	got = serve(s, multipartRequest(t, "title", "too long", "@photos", "a", "@photos", "b", "@photos", "c"))
	if want := "body /cover required; body /title maxLength; body /photos maxItems"; got.status != 400 || !sameSet(errorsOf(t, got.body), want) {
		t.Errorf("got %s, want %s", got, want)
	}
	got = serve(s, multipartRequest(t, "title", "t", "@cover", strings.Repeat("x", 5<<20)))
	if got.status != 413 {
		t.Errorf("too large: got %s, want 413", got)
	}
	r := multipartRequest(t, "title", "t", "@cover", "x")
	r.Body = io.NopCloser(strings.NewReader("--nonsense"))
	if got := serve(s, r); got.status != 400 {
		t.Errorf("malformed: got %s, want 400", got)
	}
	if got := callFrame(t.Context(), s, frame{op: "op"}); got.status != 405 || !strings.Contains(got.body, "http-only") {
		t.Errorf("by socket: got %s, want 405", got)
	}
}

// Files go to the disk as they arrive: what a call allocates does not depend on how large they are.
func TestLargeFilesAreNotHeldInMemory(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	const size = 256 << 20
	s := NewServer(&API{Schemas: schemaUpload}, []Binding{Bind(&uploadOperation, func(_ context.Context, r *uploadRequest) (any, error) {
		n, err := io.Copy(io.Discard, &r.Body.Cover)
		if err != nil {
			return nil, err
		}
		return echoOf(fmt.Sprintf("%d %s", n, r.Body.Title))
	})}, silent(), WithUploadLimit(size+1<<20))
	const head = "--x\r\nContent-Disposition: form-data; name=cover; filename=c\r\n\r\n"
	const tail = "\r\n--x\r\nContent-Disposition: form-data; name=title\r\n\r\nlast\r\n--x--\r\n"
	r := httptest.NewRequest("POST", "/op", io.MultiReader(strings.NewReader(head), io.LimitReader(zeros{}, size), strings.NewReader(tail)))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	var before, after goruntime.MemStats
	goruntime.ReadMemStats(&before)
	got := serve(s, r)
	goruntime.ReadMemStats(&after)
	if want := fmt.Sprintf(`"%d last"`, size); got.body != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
		t.Errorf("a file of %d MiB made the call allocate %d MiB", size>>20, used>>20)
	}
}

// zeros never end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type (
	eitherBody struct {
		File *fileVariant `rt:"variant=0"`
		Link *linkVariant `rt:"variant=1"`
	}
	fileVariant struct {
		File Nullable[File] `json:"file"`
	}
	linkVariant struct {
		URL string `json:"url"`
	}
	eitherRequest struct {
		Body        eitherBody `body:"multipart/mixed"`
		ContentType string     `header:"Content-Type"`
	}
)

func (b *eitherBody) UnmarshalJSON(data []byte) error { return UnmarshalUnion(data, b) }
func (b eitherBody) MarshalJSON() ([]byte, error)     { return MarshalUnion(b) }

func TestFilesOfUnionsAndHeadersOfParts(t *testing.T) {
	t.Parallel()
	op := Operation{ID: "op", Method: "POST", Path: "/op", HTTPOnly: "has files", Responses: echoResponses, Body: &Body{Required: true, Content: []Media{{
		Type: "multipart/mixed", Schema: "Either",
		Encoding: map[string]Encoding{"file": {Headers: []Param{{Name: "X-Rank", In: InHeader, Required: true, Schema: "Rank"}}}},
	}}}}
	s := NewServer(&API{Schemas: `{"Rank":{"type":"integer"},"Either":{"oneOf":[
		{"type":"object","required":["file"],"properties":{"file":{"type":["string","null"],"format":"binary"}}},
		{"type":"object","required":["url"],"properties":{"url":{"type":"string"}}}]}}`}, []Binding{Bind(&op, func(_ context.Context, r *eitherRequest) (any, error) {
		if r.Body.Link != nil {
			return echoOf(r.Body.Link.URL)
		}
		file, _ := r.Body.File.File.Get()
		data, err := io.ReadAll(&file)
		if err != nil {
			return nil, err
		}
		return echoOf(string(data) + " " + r.ContentType)
	})}, silent())
	for _, tc := range []struct{ parts, want string }{
		{"Content-Disposition: inline; name=url\r\n\r\nhttps://example.com", `200 "https://example.com"`},
		{"Content-Disposition: attachment; name=file\r\nX-Rank: 1\r\n\r\ncontent", `200 "content multipart/mixed; boundary=x"`},
		{"Content-Disposition: attachment; name=file\r\n\r\ncontent", `400 body /file required`},
		{"Content-Disposition: attachment; name=file\r\nX-Rank: one\r\n\r\ncontent", `400 body /file type`},
		{"Content-Disposition: attachment; name=file\r\nX-Rank: 1\r\n\r\na\r\n--x\r\nContent-Disposition: attachment; name=file\r\nX-Rank: 2\r\n\r\nb", `400 body /file type`},
	} {
		got := serve(s, request("POST", "/op", "--x\r\n"+tc.parts+"\r\n--x--\r\n", "Content-Type: multipart/mixed; boundary=x"))
		if got.status != 200 {
			got.body = errorsOf(t, got.body)
		}
		if got.String() != tc.want {
			t.Errorf("%q: got %s, want %s", tc.parts, got, tc.want)
		}
	}
}

func sameSet(a, b string) bool {
	count := make(map[string]int)
	for _, x := range strings.Split(a, "; ") {
		count[x]++
	}
	for _, x := range strings.Split(b, "; ") {
		count[x]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

type streamRequest struct {
	Body io.Reader `body:"application/octet-stream"`
}

func TestReaderBodiesAreStreamedAndLimited(t *testing.T) {
	t.Parallel()
	op := Operation{
		ID: "op", Method: "PUT", Path: "/op",
		Body:      &Body{Required: true, Content: []Media{{Type: "application/octet-stream"}}},
		Responses: echoResponses,
	}
	s := NewServer(&API{}, []Binding{Bind(&op, func(_ context.Context, r *streamRequest) (any, error) {
		n, err := io.Copy(io.Discard, r.Body)
		var tooMuch *http.MaxBytesError
		if err != nil && !strings.Contains(err.Error(), "too large") {
			return nil, err
		}
		return echoOf(fmt.Sprint(n, tooMuch == nil && err == nil))
	})}, silent(), WithUploadLimit(100))
	web := httptest.NewServer(s)
	defer web.Close()
	for size, want := range map[int]string{50: `"50 true"`, 100: `"100 true"`, 101: `"100 false"`} {
		req, err := http.NewRequest("PUT", web.URL+"/op", io.MultiReader(strings.NewReader(strings.Repeat("x", size))))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/octet-stream")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || string(body) != want {
			t.Errorf("%d bytes: got %d %s %v, want %s", size, res.StatusCode, body, err, want)
		}
	}
}
