package runtime

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"sync"

	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// A Sender sends the webhooks and callbacks of a document: requests that the server of an API
// makes and its clients answer. Emitted code wraps it in one method for each. It is safe for
// concurrent use and holds nothing that must be closed.
//
// A request is checked against the document before anything is sent, and an answer before it is
// returned. Nothing is repeated: whether and when to try again is the application's decision, for
// which a [SendError] has what it needs.
type Sender struct {
	schemas func() (*jsonschema.Set, error)
	client  *http.Client
	sign    func(req *http.Request, body []byte) error

	mu    sync.Mutex // guards plans
	plans map[*Operation]*senderPlan
}

// A SenderOption changes how a Sender works. Options are applied in order; a later one wins.
type SenderOption func(*Sender)

// NewSender returns a Sender for a document. Emitted code calls it.
func NewSender(api *API, opts ...SenderOption) *Sender {
	s := &Sender{plans: make(map[*Operation]*senderPlan)}
	s.schemas = sync.OnceValues(func() (*jsonschema.Set, error) {
		set, err := jsonschema.NewSet(orDefault(api.Schemas, "{}"), jsonschema.Options{})
		if err != nil {
			return nil, fmt.Errorf("schema table: %w", err)
		}
		return set, nil
	})
	for _, opt := range opts {
		if opt != nil {
			opt(s)
		}
	}
	if s.client == nil {
		s.client = newPublicClient()
	}
	return s
}

// WithClient sets the client that requests are sent with. The default is made for URLs that
// strangers have given: it connects to public addresses only, follows no redirects, ignores
// proxies of the environment and gives up after 30 seconds. Whoever passes another client decides
// on all of that; one that reaches private addresses lets those who subscribe look into the
// network of the server.
func WithClient(c *http.Client) SenderOption { return func(s *Sender) { s.client = c } }

// WithSigner sets a function that completes every request before it is sent: a signature, an id, a
// date, credentials. It gets the bytes of the body, nil when the body is a reader of the
// application's own, and may change the header of req but not its body. An error keeps the
// request from being sent. It runs on the goroutine of the sender and must be safe for concurrent use.
func WithSigner(sign func(req *http.Request, body []byte) error) SenderOption {
	return func(s *Sender) { s.sign = sign }
}

// maxAnswer is how many bytes of an answer are read: whoever answers a webhook has little to say,
// and may be anybody.
const maxAnswer = 1 << 20

// A SendError says why a request of a [Sender] did not come to an answer of the document.
type SendError struct {
	Operation string      // operationId
	Status    int         // of the answer; 0: there was none, and nobody knows whether the request arrived
	Header    http.Header // of the answer, such as Retry-After; nil without one
	Body      []byte      // of the answer, at most 1 MiB of it
	Err       error       // what is wrong
}

// Error names the operation and what is wrong with it.
func (e *SendError) Error() string {
	if e.Status != 0 {
		return fmt.Sprintf("%s: status %d: %v", e.Operation, e.Status, e.Err)
	}
	return fmt.Sprintf("%s: %v", e.Operation, e.Err)
}

// Unwrap returns Err.
func (e *SendError) Unwrap() error { return e.Err }

// Send sends a request of an operation to a URL, http or https, and returns the answer: one of the
// structs that the operation declares, as a value. Emitted code calls it.
//
// An error that is no *SendError says that nothing was sent: the request does not fit the
// document, or the URL is none. A *SendError is a connection that failed, a status that the
// document does not declare, or an answer that does not fit.
func Send[Res, Req any](ctx context.Context, s *Sender, op *Operation, url string, req *Req) (Res, error) {
	var none Res
	answer, err := s.send(ctx, op, url, reflect.ValueOf(req))
	if err != nil {
		return none, err
	}
	res, ok := answer.(Res)
	if !ok {
		return none, fmt.Errorf("%s: %T is no %s", op.ID, answer, reflect.TypeFor[Res]())
	}
	return res, nil
}

func (s *Sender) send(ctx context.Context, op *Operation, url string, value reflect.Value) (any, error) {
	if s == nil {
		return nil, fmt.Errorf("%s: the sender is zero: make it with its constructor", op.ID)
	}
	plan, err := s.plan(op, value.Type().Elem())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op.ID, err)
	}
	if value.IsNil() {
		return nil, fmt.Errorf("%s: the request is nil", op.ID)
	}
	req, body, err := plan.newRequest(ctx, url, value.UnsafePointer())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op.ID, err)
	}
	if s.sign != nil {
		if err := s.sign(req, body); err != nil {
			return nil, fmt.Errorf("%s: sign: %w", op.ID, err)
		}
	}
	res, err := s.client.Do(req)
	if err != nil {
		return nil, &SendError{Operation: op.ID, Err: err}
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	failure := &SendError{Operation: op.ID, Status: res.StatusCode, Header: res.Header, Body: data[:min(len(data), maxAnswer)]}
	if err != nil {
		failure.Err = fmt.Errorf("read the answer: %w", err)
		return nil, failure
	}
	answer, err := plan.answer(res, data)
	if err != nil {
		failure.Err = err
		return nil, failure
	}
	return answer, nil
}

// plan returns how to send an operation, worked out by its first request.
func (s *Sender) plan(op *Operation, request reflect.Type) (*senderPlan, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	plan := s.plans[op]
	if plan == nil {
		set, err := s.schemas()
		if err != nil {
			return nil, err
		}
		plan = newSenderPlan(set, op, request)
		s.plans[op] = plan
	}
	return plan, plan.err
}
