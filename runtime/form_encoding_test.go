package runtime

import (
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"
)

type encodedForm struct {
	Tags   []string       `json:"tags,omitzero"`
	Pipes  []string       `json:"pipes,omitzero"`
	Spaces []int          `json:"spaces,omitzero"`
	Flat   map[string]int `json:"flat,omitzero"`
	Deep   map[string]int `json:"deep,omitzero"`
	Meta   map[string]any `json:"meta,omitzero"`
	Plain  []string       `json:"plain,omitzero"`
}

type encodedRequest struct {
	Body encodedForm `body:"application/x-www-form-urlencoded"`
}

type encodedAnswer struct {
	Body encodedForm `body:"application/json"`
}

var encodedOperation = Operation{
	ID: "encoded", Method: "POST", Path: "/encoded",
	Body: &Body{Required: true, Content: []Media{{Type: "application/x-www-form-urlencoded", Schema: "Form", Encoding: map[string]Encoding{
		"tags":   {Style: "form", Explode: new(false)},
		"pipes":  {Style: "pipeDelimited", Explode: new(false)},
		"spaces": {Style: "spaceDelimited", Explode: new(false)},
		"flat":   {Style: "form", Explode: new(false)},
		"deep":   {Style: "deepObject"},
		"meta":   {ContentType: "application/json"},
	}}}},
	Responses: []Response{{Status: "200", As: (*encodedAnswer)(nil), Content: []Media{{Type: "application/json", Schema: "Form"}}}},
}

const encodedSchemas = `{"Form": {"type": "object", "properties": {
"tags": {"type": "array", "items": {"type": "string"}}, "pipes": {"type": "array", "items": {"type": "string"}},
"spaces": {"type": "array", "items": {"type": "integer"}}, "plain": {"type": "array", "items": {"type": "string"}},
"flat": {"type": "object", "additionalProperties": {"type": "integer"}}, "deep": {"type": "object", "additionalProperties": {"type": "integer"}},
"meta": {"type": "object"}}}}`

// TestFormsHonourEncodings reads the members of a form by their Encoding Objects, and a form that
// came by socket, as JSON, comes out the same.
func TestFormsHonourEncodings(t *testing.T) {
	t.Parallel()
	s := NewServer(&API{Schemas: encodedSchemas}, []Binding{Bind(&encodedOperation, func(_ context.Context, req *encodedRequest) (*encodedAnswer, error) {
		return &encodedAnswer{Body: req.Body}, nil
	})})
	post := func(body string) (int, string) {
		req := httptest.NewRequest(http.MethodPost, "/encoded", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, req)
		return rec.Code, rec.Body.String()
	}
	for _, tt := range []struct{ form, want string }{
		{"tags=a,b%2Cc", `{"tags":["a","b,c"]}`},
		{"tags=a&tags=b", `{"tags":["a","b"]}`},
		{"pipes=a|b", `{"pipes":["a","b"]}`},
		{"spaces=1+2%203", `{"spaces":[1,2,3]}`},
		{"flat=x,1,y,2", `{"flat":{"x":1,"y":2}}`},
		{"deep[x]=1", `{"deep":{"x":1}}`},
		{`meta={"a":[1,"%26"]}`, `{"meta":{"a":[1,"&"]}}`},
		{"plain=a,b&plain=c", `{"plain":["a,b","c"]}`},
		{"meta=no", `"/meta"`},
		{"spaces=1+x", `"/spaces/1"`},
		{"flat=x,1,y", `"/flat"`},
		{"tags=%zz", "percent-encoding"},
	} {
		status, body := post(tt.form)
		if good := strings.HasPrefix(tt.want, "{"); good != (status == 200) || !strings.Contains(body, tt.want) {
			t.Errorf("%s: got %d %s, want %s", tt.form, status, body, tt.want)
			continue
		}
		if status != 200 {
			continue
		}
		plan := s.operation("encoded").plan().request
		text, _, p := plan.callBody(&callInput{op: "encoded", body: []byte(body)})
		if p != nil {
			t.Fatalf("%s: %v", body, p)
		}
		if status, again := post(string(text)); status != 200 || again != body {
			t.Errorf("by socket %s becomes %s and that %d %s", body, text, status, again)
		}
	}
}

type partsForm struct {
	Photo File           `json:"photo"`
	Meta  map[string]int `json:"meta"`
}

type partsRequest struct {
	Body partsForm `body:"multipart/form-data"`
}

type partsAnswer struct {
	Body string `body:"text/plain"`
}

// TestPartsHonourEncodings: a file has to be of the type that the document names, and a part
// without a type is what the document says.
func TestPartsHonourEncodings(t *testing.T) {
	t.Parallel()
	op := Operation{ID: "parts", Method: "POST", Path: "/parts",
		Body: &Body{Required: true, Content: []Media{{Type: "multipart/form-data", Schema: "Parts", Encoding: map[string]Encoding{
			"photo": {ContentType: "image/png, image/jpeg"}, "meta": {ContentType: "application/json"},
		}}}},
		Responses: []Response{{Status: "200", As: (*partsAnswer)(nil), Content: []Media{{Type: "text/plain"}}}},
	}
	s := NewServer(&API{Schemas: `{"Parts": {"type": "object", "required": ["photo", "meta"], "properties": {"photo": {"type": "string"},
		"meta": {"type": "object", "additionalProperties": {"type": "integer"}}}}}`},
		[]Binding{Bind(&op, func(_ context.Context, req *partsRequest) (*partsAnswer, error) {
			text, err := json.Marshal(req.Body.Meta)
			return &partsAnswer{Body: req.Body.Photo.ContentType + string(text)}, err
		})})
	for _, tt := range []struct{ photo, meta, want string }{
		{"image/png", `{"n":1}`, `image/png{"n":1}`},
		{"Image/JPEG; q=1", `{"n":1}`, `Image/JPEG; q=1{"n":1}`},
		{"", `{"n":1}`, `{"n":1}`},
		{"image/gif", `{"n":1}`, `{"in":"body","pointer":"/photo","rule":"contentType","detail":"must be of type image/png or image/jpeg"}`},
		{"image/png", `{`, `"/meta"`},
	} {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		header := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="photo"; filename="p"`}}
		if tt.photo != "" {
			header.Set("Content-Type", tt.photo)
		}
		part, err := w.CreatePart(header)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write([]byte("bytes"))
		if err := w.WriteField("meta", tt.meta); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		req := httptest.NewRequest(http.MethodPost, "/parts", &body)
		req.Header.Set("Content-Type", w.FormDataContentType())
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, req)
		if !strings.Contains(rec.Body.String(), tt.want) {
			t.Errorf("%s %s: got %d %s, want %s", tt.photo, tt.meta, rec.Code, rec.Body, tt.want)
		}
	}
}
