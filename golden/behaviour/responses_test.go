package behaviour

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"testing"

	"github.com/rtgen/rtgen/golden/internal/peer"
	responses "github.com/rtgen/rtgen/golden/responses/go"
	rt "github.com/rtgen/rtgen/runtime"
)

// violatedParameters are "<in> <name>" of the violations in a problem.
func violatedParameters(t *testing.T, body string) []string {
	t.Helper()
	var problem struct{ Errors []struct{ In, Name string } }
	if err := json.Unmarshal([]byte(body), &problem); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	var out []string
	for _, e := range problem.Errors {
		out = append(out, e.In+" "+e.Name)
	}
	return out
}

// jobs answers getJob in as many ways as there are ids.
type jobs struct{ responses.Unimplemented }

func (jobs) GetJob(_ context.Context, req *responses.GetJobRequest) (responses.GetJobResponse, error) {
	switch req.ID {
	case 200:
		return &responses.GetJobOK{ETag: `"1"`, XAge: new(7), BodyJSON: &responses.Job{ID: 200}}, nil
	case 202:
		return responses.GetJobAccepted{RetryAfter: new(3)}, nil
	case 303:
		return responses.GetJobSeeOther{Location: "/jobs/1"}, nil
	case 404:
		return responses.NotFoundResponse{Body: responses.Fault{Title: new("gone")}}, nil
	case 422:
		return responses.GetJobClientError4XX{StatusCode: 422, Body: responses.Fault{}}, nil
	case 503:
		return responses.FailedResponse{StatusCode: 503, Body: responses.Fault{Status: new(503)}}, nil
	case 409:
		return nil, rt.NewProblem(409, "Already done.")
	case 0:
		return nil, nil
	}
	return nil, errors.New("secret")
}

// TestAnswersAreEqual goes through every kind of answer, by both transports.
func TestAnswersAreEqual(t *testing.T) {
	t.Parallel()
	server := responses.NewServer(jobs{}, rt.WithLogger(slog.New(slog.DiscardHandler)))
	p := peer.Dial(t, server, "/realtime")
	for _, c := range []struct {
		id     string
		status int
		body   string
		header map[string]string
	}{
		{"200", 200, `{"id":200}`, map[string]string{"etag": `"1"`, "x-age": "7", "content-type": "application/json"}},
		{"202", 202, "", map[string]string{"retry-after": "3"}},
		{"303", 303, "", map[string]string{"location": "/jobs/1"}},
		{"404", 404, `{"title":"gone"}`, nil},
		{"422", 422, `{}`, nil},
		{"503", 503, `{"status":503}`, map[string]string{"content-type": "application/problem+json"}},
		{"409", 409, "", map[string]string{"content-type": "application/problem+json"}},
		{"0", 500, "", map[string]string{"content-type": "application/problem+json"}},
		{"1", 500, "", map[string]string{"content-type": "application/problem+json"}},
		{"x", 400, "", map[string]string{"content-type": "application/problem+json"}},
	} {
		call := peer.Call{Op: "getJob", Method: http.MethodGet, Target: "/jobs/" + c.id, Args: `"path":{"id":` + quoteUnlessNumber(c.id) + `}`}
		got := peer.Both(t, server, p, call)
		if got.Status != c.status || c.body != "" && got.Body != c.body {
			t.Errorf("job %s is answered by %d %s, want %d %s", c.id, got.Status, got.Body, c.status, c.body)
		}
		for name, want := range c.header {
			if got.Header[name] != want {
				t.Errorf("job %s: header %s is %q, want %q", c.id, name, got.Header[name], want)
			}
		}
	}
}

func quoteUnlessNumber(s string) string {
	if json.Valid([]byte(s)) {
		return s
	}
	return `"` + s + `"`
}

// TestUnimplementedAnswers501 is what a new operation does before it is written.
func TestUnimplementedAnswers501(t *testing.T) {
	t.Parallel()
	server := responses.NewServer(responses.Unimplemented{})
	p := peer.Dial(t, server, "/realtime")
	call := peer.Call{Op: "cancelJob", Method: http.MethodDelete, Target: "/jobs/1", Args: `"path":{"id":1}`}
	if got := peer.Both(t, server, p, call); got.Status != http.StatusNotImplemented {
		t.Errorf("an operation that is not written answers %d %s, want 501", got.Status, got.Body)
	}
}
