package runtime

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

type searchRequest struct {
	Repo  string `path:"repo"`
	Limit int    `query:"limit"`
	Sort  string `query:"sort"`
	Trace string `header:"X-Trace"`
}

type searchOK struct {
	Body thing `body:"application/json"`
}

var searchOperation = Operation{
	ID: "search", Method: "GET", Path: "/repos/{repo}/search",
	Params: []Param{
		{Name: "repo", In: InPath, Required: true, Schema: "Name"}, {Name: "limit", In: InQuery, Required: true, Schema: "Limit"},
		{Name: "sort", In: InQuery, Schema: "Sort"}, {Name: "X-Trace", In: InHeader, Schema: "Name"},
	},
	Responses: []Response{{Status: "200", As: (*searchOK)(nil), Content: []Media{{Type: "application/json", Schema: "Thing"}}}},
}

type line struct {
	SKU      string   `json:"sku"`
	Name     string   `json:"name"`
	Quantity int      `json:"quantity"`
	Price    float64  `json:"price"`
	Tags     []string `json:"tags"`
}

type purchase struct {
	ID       string `json:"id"`
	Customer string `json:"customer"`
	Email    string `json:"email"`
	Paid     bool   `json:"paid"`
	Lines    []line `json:"lines"`
	Note     string `json:"note"`
}

type purchaseRequest struct {
	Body purchase `body:"application/json"`
}

type purchaseOK struct {
	Body purchase `body:"application/json"`
}

var purchaseOperation = Operation{
	ID: "purchase", Method: "POST", Path: "/purchases",
	Body:      &Body{Required: true, Content: []Media{{Type: "application/json", Schema: "Purchase"}}},
	Responses: []Response{{Status: "201", As: (*purchaseOK)(nil), Content: []Media{{Type: "application/json", Schema: "Purchase"}}}},
}

const benchSchemas = `{"Name":{"type":"string","minLength":1,"maxLength":100},"Limit":{"type":"integer","minimum":1,"maximum":100},
"Sort":{"type":"string","maxLength":10},
"Thing":{"type":"object","required":["id"],"properties":{"id":{"type":"string"},"rate":{"type":"number"}}},
"Line":{"type":"object","required":["sku","name","quantity","price","tags"],"properties":{"sku":{"type":"string","maxLength":20},"name":{"type":"string"},
"quantity":{"type":"integer","minimum":1},"price":{"type":"number","minimum":0},"tags":{"type":"array","maxItems":10,"items":{"type":"string"}}}},
"Purchase":{"type":"object","required":["id","customer","email","paid","lines","note"],"properties":{"id":{"type":"string"},"customer":{"type":"string","minLength":1},
"email":{"type":"string","format":"email"},"paid":{"type":"boolean"},"lines":{"type":"array","items":{"$ref":"#/Line"}},"note":{"type":"string","maxLength":1000}}}}`

func benchServer() *Server {
	return NewServer(&API{Schemas: benchSchemas}, []Binding{
		Bind(&searchOperation, func(_ context.Context, r *searchRequest) (*searchOK, error) {
			return &searchOK{Body: thing{ID: r.Repo}}, nil
		}),
		Bind(&purchaseOperation, func(_ context.Context, r *purchaseRequest) (*purchaseOK, error) {
			return &purchaseOK{Body: r.Body}, nil
		}),
	}, silent())
}

// kilobyte is an order of about 1 KB.
var kilobyte = `{"id":"o-1","customer":"Ada Lovelace","email":"ada@example.org","paid":true,"lines":[` +
	strings.TrimSuffix(strings.Repeat(`{"sku":"SKU-0001-2","name":"A rather ordinary thing","quantity":3,"price":19.99,"tags":["red","large"]},`, 8), ",") +
	`],"note":"` + strings.Repeat("Please ring twice. ", 4) + `"}`

// recorder is the cheapest http.ResponseWriter.
type recorder struct {
	header http.Header
	status int
	bytes  int
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(p []byte) (int, error) { r.bytes += len(p); return len(p), nil }

// rewind is a body that can be read again.
type rewind struct{ *strings.Reader }

func (rewind) Close() error { return nil }

// runner returns a function that makes one request over and over.
func runner(tb testing.TB, h http.Handler, r *http.Request, body string, want int) func() {
	w := &recorder{header: make(http.Header)}
	reader := strings.NewReader(body)
	if body != "" {
		r.ContentLength = int64(len(body))
	}
	return func() {
		clear(w.header)
		if body != "" {
			reader.Reset(body)
			r.Body = rewind{reader}
		}
		h.ServeHTTP(w, r)
		if w.status != want {
			tb.Fatalf("status %d", w.status)
		}
	}
}

func searchHTTP() *http.Request {
	return get("/repos/hello/search?limit=20&sort=name", "X-Trace: 0123456789abcdef")
}

func purchaseHTTP() *http.Request {
	return request("POST", "/purchases", "", "Content-Type: application/json")
}

var (
	searchCall   = frame{op: "search", path: `{"repo":"hello"}`, query: `{"limit":20,"sort":"name"}`, headers: `{"x-trace":"0123456789abcdef"}`}
	purchaseCall = frame{op: "purchase", body: kilobyte}
)

// caller returns a function that makes one call over and over.
func caller(tb testing.TB, s *Server, f frame, want int) func() {
	in := f.input()
	in.handshake = get("/realtime", "User-Agent: browser", "Cookie: sid=1", "Accept-Language: en")
	ctx := tb.Context()
	return func() {
		out := s.call(ctx, in)
		if out.status != want {
			tb.Fatalf("status %d: %s", out.status, out.body)
		}
		out.release()
	}
}

// Budgets are exact counts: one allocation more is a decision, not an accident.
func TestAllocationBudgets(t *testing.T) {
	for _, tc := range []struct {
		name   string
		run    func() func()
		budget float64
	}{
		{"GET with four parameters", func() func() { return runner(t, benchServer(), searchHTTP(), "", 200) }, 8},
		{"POST of 1 KB", func() func() { return runner(t, benchServer(), purchaseHTTP(), kilobyte, 201) }, 30},
		{"direct call with four parameters", func() func() { return caller(t, benchServer(), searchCall, 200) }, 8},
		{"direct call of 1 KB", func() func() { return caller(t, benchServer(), purchaseCall, 201) }, 50},
	} {
		run := tc.run()
		run()
		if got := testing.AllocsPerRun(200, run); got > tc.budget {
			t.Errorf("%s: %v allocations, budget %v", tc.name, got, tc.budget)
		} else {
			t.Logf("%s: %v allocations of %v", tc.name, got, tc.budget)
		}
	}
}

func BenchmarkHTTPGet(b *testing.B) {
	b.ReportAllocs()
	for run := runner(b, benchServer(), searchHTTP(), "", 200); b.Loop(); {
		run()
	}
}

func BenchmarkHTTPPost1KB(b *testing.B) {
	b.ReportAllocs()
	for run := runner(b, benchServer(), purchaseHTTP(), kilobyte, 201); b.Loop(); {
		run()
	}
}

func BenchmarkCall(b *testing.B) {
	for name, middlewares := range map[string]int{"direct": 0, "virtual-1": 1, "virtual-5": 5} {
		b.Run(name, func(b *testing.B) {
			s := benchServer()
			for range middlewares {
				s.Use(passing)
			}
			b.ReportAllocs()
			for run := caller(b, s, searchCall, 200); b.Loop(); {
				run()
			}
		})
	}
}

func BenchmarkCall1KB(b *testing.B) {
	b.ReportAllocs()
	for run := caller(b, benchServer(), purchaseCall, 201); b.Loop(); {
		run()
	}
}

func BenchmarkNewServer1223(b *testing.B) {
	bindings := make([]Binding, 1223)
	for i := range bindings {
		op := searchOperation
		op.ID = string(rune('a'+i%26)) + strings.Repeat("x", i/26)
		op.Path = "/" + op.ID + "/{repo}"
		bindings[i] = Bind(&op, func(context.Context, *searchRequest) (*searchOK, error) { return nil, nil })
	}
	for b.Loop() {
		NewServer(&API{Schemas: benchSchemas}, bindings, silent())
	}
}

// BenchmarkNetHTTPJSON is what people write by hand, to compare with in one run.
func BenchmarkNetHTTPJSON(b *testing.B) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /purchases", func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		var p purchase
		if err := json.Unmarshal(data, &p); err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(201)
		_ = json.NewEncoder(w).Encode(&p)
	})
	b.ReportAllocs()
	for run := runner(b, mux, purchaseHTTP(), kilobyte, 201); b.Loop(); {
		run()
	}
}
