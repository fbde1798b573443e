package behaviour

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	defaults "github.com/rtgen/rtgen/golden/defaults/go"
	"github.com/rtgen/rtgen/golden/internal/peer"
	params "github.com/rtgen/rtgen/golden/params/go"
	rt "github.com/rtgen/rtgen/runtime"
)

// recorder keeps the requests that a handler received.
type recorder[T any] struct{ got chan T }

func newRecorder[T any]() recorder[T] { return recorder[T]{make(chan T, 2)} }

type paramsHandler struct {
	recorder[params.FindItemsRequest]
}

func (h paramsHandler) FindItems(_ context.Context, req *params.FindItemsRequest) (params.FindItemsResponse, error) {
	h.got <- *req
	return params.FindItemsOK{Body: []string{}}, nil
}

// TestParametersDecodeEqually sends every place and style of a parameter, as
// HTTP text and as JSON values of a frame: the handler receives one struct.
func TestParametersDecodeEqually(t *testing.T) {
	t.Parallel()
	const id = "0b0e2a5c-6d2f-4a3e-9a5e-1c7f5d0c9a11"
	h := paramsHandler{newRecorder[params.FindItemsRequest]()}
	server := params.NewServer(h)
	// Cookies of a socket are those of its handshake, so the session stays away here.
	call := peer.Call{
		Op:     "findItems",
		Method: http.MethodGet,
		Target: "/items/" + id + "/.a,b/;matrix=1;matrix=2/caf%C3%A9%2Fbar.txt?q=a%20b%26c&limit=5&ratio=0.5&exact=true&since=2026-01-02T03:04:05Z" +
			"&tags=x&tags=y&ids=1,9007199254740993&spaced=a%20b&piped=c|d&filter[min]=1&filter[max]=2.5&where=%7B%22field%22%3A%22name%22%7D",
		Args: `"path":{"id":"` + id + `","label":["a","b"],"matrix":[1,2],"name":"café/bar","ext":"txt"},` +
			`"query":{"q":"a b&c","limit":5,"ratio":0.5,"exact":true,"since":"2026-01-02T03:04:05Z","tags":["x","y"],"ids":[1,9007199254740993],` +
			`"spaced":["a","b"],"piped":["c","d"],"filter":{"min":1,"max":2.5},"where":{"field":"name"}}`,
		Header: http.Header{"X-Request-Id": {"r1"}, "X-Flags": {"f,g"}},
	}
	if got := peer.Both(t, server, peer.Dial(t, server, "/realtime"), call); got.Status != 200 {
		t.Fatalf("the answer is %d %s", got.Status, got.Body)
	}
	uuid, err := rt.ParseUUID(id)
	if err != nil {
		t.Fatal(err)
	}
	want := params.FindItemsRequest{
		ID: uuid, Label: []string{"a", "b"}, Matrix: []int{1, 2}, Name: "café/bar", Ext: "txt",
		Q: "a b&c", Limit: 5, Ratio: new(0.5), Exact: new(true),
		Since: new(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)),
		Tags:  []string{"x", "y"}, IDs: []int64{1, 9007199254740993},
		Spaced: []string{"a", "b"}, Piped: []string{"c", "d"},
		Filter:     &params.FindItemsQueryFilter{Min: new(1.0), Max: new(2.5)},
		Where:      &params.FindItemsQueryWhere{Field: "name"},
		XRequestID: new("r1"), XFlags: []string{"f", "g"},
	}
	for _, transport := range []string{"HTTP", "socket"} {
		if diff := cmp.Diff(want, <-h.got); diff != "" {
			t.Errorf("over %s the handler receives (-want +got)\n%s", transport, diff)
		}
	}
}

// TestEveryBadParameterIsNamed lists all violations of a call at once, equally.
func TestEveryBadParameterIsNamed(t *testing.T) {
	t.Parallel()
	server := params.NewServer(paramsHandler{newRecorder[params.FindItemsRequest]()})
	call := peer.Call{
		Op: "findItems", Method: http.MethodGet,
		Target: "/items/no-uuid/.a/;matrix=x/a.b?limit=1000&ratio=wide&exact=perhaps&since=now",
		Args: `"path":{"id":"no-uuid","label":["a"],"matrix":["x"],"name":"a","ext":"b"},` +
			`"query":{"limit":1000,"ratio":"wide","exact":"perhaps","since":"now"}`,
	}
	got := peer.Both(t, server, peer.Dial(t, server, "/realtime"), call)
	if got.Status != 400 {
		t.Fatalf("the answer is %d %s, want 400", got.Status, got.Body)
	}
	want := []string{"path id", "path matrix", "query q", "query limit", "query ratio", "query exact", "query since"}
	if names := violatedParameters(t, got.Body); !sameSet(names, want) {
		t.Errorf("the problem names %q, want %q:\n%s", names, want, got.Body)
	}
}

type defaultsHandler struct {
	recorder[defaults.SearchRequest]
}

func (h defaultsHandler) Search(_ context.Context, req *defaults.SearchRequest) (defaults.SearchResponse, error) {
	h.got <- *req
	return defaults.SearchOK{}, nil
}

func (defaultsHandler) Save(_ context.Context, req *defaults.SaveRequest) (defaults.SaveResponse, error) {
	return defaults.SaveOK{Body: req.Body}, nil
}

func (defaultsHandler) Change(_ context.Context, req *defaults.ChangeRequest) (defaults.ChangeResponse, error) {
	return defaults.ChangeOK{Body: req.Body}, nil
}

// TestDefaultsOfMembers leaves members out: a new value gets their defaults, a
// change does not touch them.
func TestDefaultsOfMembers(t *testing.T) {
	t.Parallel()
	server := defaults.NewServer(defaultsHandler{newRecorder[defaults.SearchRequest]()})
	p := peer.Dial(t, server, "/realtime")
	for _, c := range []struct{ op, method, body, want string }{
		{"save", http.MethodPost, `{}`, `{"limit":20,"order":"up","tags":[]}`},
		{"save", http.MethodPost, `{"limit":0,"tags":["x"]}`, `{"limit":0,"order":"up","tags":["x"]}`},
		{"change", http.MethodPatch, `{}`, `{}`},
	} {
		got := peer.Both(t, server, p, peer.Call{Op: c.op, Method: c.method, Target: "/search", Body: c.body})
		if got.Status != 200 || got.Body != c.want {
			t.Errorf("%s %s is answered by %d %s, want %s", c.op, c.body, got.Status, got.Body, c.want)
		}
	}
}

// TestDefaultsAreFilledIn leaves every parameter out.
func TestDefaultsAreFilledIn(t *testing.T) {
	t.Parallel()
	h := defaultsHandler{newRecorder[defaults.SearchRequest]()}
	server := defaults.NewServer(h)
	call := peer.Call{Op: "search", Method: http.MethodGet, Target: "/search"}
	if got := peer.Both(t, server, peer.Dial(t, server, "/realtime"), call); got.Status != 200 {
		t.Fatalf("the answer is %d %s", got.Status, got.Body)
	}
	want := defaults.SearchRequest{
		Limit: 20, Order: defaults.SearchQueryOrderUp, Deep: true, Ratio: 0.5, Tags: []string{"a", "b"}, Since: rt.Date{Year: 2020, Month: time.January, Day: 1}, XLevel: 3,
	}
	for _, transport := range []string{"HTTP", "socket"} {
		if diff := cmp.Diff(want, <-h.got); diff != "" {
			t.Errorf("over %s the handler receives (-want +got)\n%s", transport, diff)
		}
	}
}
