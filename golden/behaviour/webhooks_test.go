package behaviour

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rtgen/rtgen/golden/internal/peer"
	webhooks "github.com/rtgen/rtgen/golden/webhooks/go"
	rt "github.com/rtgen/rtgen/runtime"
)

// receiver is a program that uses the API: it gets webhooks and answers them.
type receiver struct {
	webhooks.UnimplementedWebhooks
	got    chan any
	answer webhooks.NewPetResponse
}

func (r receiver) NewPet(_ context.Context, req *webhooks.NewPetRequest) (webhooks.NewPetResponse, error) {
	r.got <- *req
	return r.answer, nil
}

func (r receiver) PetGone(_ context.Context, req *webhooks.PetGoneRequest) (webhooks.PetGoneResponse, error) {
	r.got <- *req
	return webhooks.PetGoneDefault{StatusCode: 202}, nil
}

// checkReceiver is the security check of those who receive.
var checkReceiver = webhooks.WithReceiver(func(_ context.Context, c rt.BearerCredentials) (*rt.Identity, error) {
	if c.Token != "sesame" {
		return nil, errors.New("wrong token")
	}
	return &rt.Identity{Subject: "sender"}, nil
})

func receive(t *testing.T, r receiver) (url string) {
	t.Helper()
	server := httptest.NewServer(webhooks.NewWebhookServer(r, checkReceiver, rt.WithBasePath("/hooks"),
		rt.WithLogger(slog.New(slog.DiscardHandler))))
	t.Cleanup(server.Close)
	return server.URL + "/hooks"
}

func newSender(sign func(*http.Request, []byte) error) webhooks.WebhookSender {
	return webhooks.NewWebhookSender(rt.WithClient(http.DefaultClient), rt.WithSigner(sign))
}

// TestWebhookArrives sends through the emitted sender to the emitted server: everything that the
// document describes arrives, and the answer comes back as the struct of its status.
func TestWebhookArrives(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ give, want webhooks.NewPetResponse }{
		"body and header": {
			give: webhooks.NewPetOK{XReceiver: new("r1"), Body: webhooks.NewPetOKBody{Note: "thanks"}},
			want: webhooks.NewPetOK{XReceiver: new("r1"), Body: webhooks.NewPetOKBody{Note: "thanks"}},
		},
		"empty": {give: &webhooks.NewPetNoContent{}, want: webhooks.NewPetNoContent{}},
		"range": {
			give: webhooks.RefusedResponse{StatusCode: 418, Body: "no"},
			want: webhooks.RefusedResponse{StatusCode: 418, Body: "no"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := receiver{got: make(chan any, 1), answer: tt.give}
			var signed string
			sender := newSender(func(req *http.Request, body []byte) error {
				signed = req.URL.RequestURI() + " " + string(body)
				return nil
			})
			req := webhooks.NewPetRequest{XAttempt: 1, Tags: []string{"a b", "c&d"}, Body: webhooks.Pet{ID: 7, Name: "Rex", Chip: "secret"}}
			got, err := sender.NewPet(t.Context(), receive(t, r)+"/newPet?k=v", &req)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			// A webhook is sent by the server: readOnly members travel, writeOnly ones stay.
			arrived := req
			arrived.Body.Chip = ""
			if diff := cmp.Diff(any(arrived), <-r.got); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
			if want := `/hooks/newPet?k=v&tags=a%20b&tags=c%26d {"id":7,"name":"Rex"}`; signed != want {
				t.Errorf("signed %s, want %s", signed, want)
			}
		})
	}
}

// TestWebhookBodiesOfOtherTypes covers forms, text, a security scheme of the receiver's, and no body.
func TestWebhookBodiesOfOtherTypes(t *testing.T) {
	t.Parallel()
	r := receiver{got: make(chan any, 1)}
	url := receive(t, r) + "/petGone"
	sender := newSender(func(req *http.Request, _ []byte) error {
		req.Header.Set("Authorization", "Bearer sesame")
		return nil
	})
	for _, req := range []webhooks.PetGoneRequest{
		{BodyForm: &webhooks.PetGoneBody{ID: 7, Why: new("ran & hid")}},
		{BodyText: new("seven is gone")},
		{},
	} {
		got, err := sender.PetGone(t.Context(), url, &req)
		if err != nil {
			t.Errorf("%+v: %v", req, err)
			continue
		}
		if diff := cmp.Diff(webhooks.PetGoneResponse(webhooks.PetGoneDefault{StatusCode: 202}), got); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(any(req), <-r.got); diff != "" {
			t.Errorf("request (-want +got):\n%s", diff)
		}
	}
	got, err := newSender(nil).PetGone(t.Context(), url, &webhooks.PetGoneRequest{})
	if want := (webhooks.PetGoneDefault{StatusCode: 401}); err != nil || got != want {
		t.Errorf("without credentials: %v, %v, want %v", got, err, want)
	}
}

// TestWebhookThatDoesNotFitIsNotSent holds the sender to the document, too.
func TestWebhookThatDoesNotFitIsNotSent(t *testing.T) {
	t.Parallel()
	refuse := newSender(func(*http.Request, []byte) error { return errors.New("no key") })
	good := webhooks.NewPetRequest{XAttempt: 1, Body: webhooks.Pet{ID: 1, Name: "Rex"}}
	for want, send := range map[string]func() error{
		"newPet: body /id must be at least 1\nbody /name must have at least 1 character": func() error {
			_, err := refuse.NewPet(t.Context(), "http://a.example", &webhooks.NewPetRequest{XAttempt: 1})
			return err
		},
		"newPet: header X-Attempt must be at least 1": func() error {
			_, err := refuse.NewPet(t.Context(), "http://a.example", &webhooks.NewPetRequest{Body: good.Body})
			return err
		},
		`newPet: "file:///etc/passwd" is no http or https URL with a host`: func() error {
			_, err := refuse.NewPet(t.Context(), "file:///etc/passwd", &good)
			return err
		},
		"newPet: the request is nil": func() error {
			_, err := refuse.NewPet(t.Context(), "http://a.example", nil)
			return err
		},
		"newPet: sign: no key": func() error {
			_, err := refuse.NewPet(t.Context(), "http://a.example", &good)
			return err
		},
		"newPet: the sender is zero: make it with its constructor": func() error {
			_, err := webhooks.WebhookSender{}.NewPet(t.Context(), "http://a.example", &good)
			return err
		},
	} {
		err := send()
		var sent *rt.SendError
		if err == nil || err.Error() != want || errors.As(err, &sent) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestAnswerThatDoesNotFit tells what came back.
func TestAnswerThatDoesNotFit(t *testing.T) {
	t.Parallel()
	req := webhooks.NewPetRequest{XAttempt: 1, Body: webhooks.Pet{ID: 1, Name: "Rex"}}
	for _, tt := range []struct {
		status            int
		media, body, want string
	}{
		{503, "text/html", "later", "newPet: status 503: the document does not declare this status"},
		{200, "application/json", `{"note":"far too long"}`, "newPet: status 200: body /note must have at most 9 characters"},
		{200, "application/json", `{`, "newPet: status 200: body invalid JSON"},
		{200, "application/json", ``, "newPet: status 200: body is required"},
		{200, "text/html", `ok`, `newPet: status 200: the document does not declare the media type "text/html" for this status`},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", tt.media)
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(tt.status)
			_, _ = io.WriteString(w, tt.body)
		}))
		_, err := newSender(nil).NewPet(t.Context(), server.URL, &req)
		server.Close()
		var sent *rt.SendError
		if !errors.As(err, &sent) || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%d %s: got %v, want %s", tt.status, tt.body, err, tt.want)
			continue
		}
		if sent.Status != tt.status || string(sent.Body) != tt.body || sent.Header.Get("Retry-After") != "7" {
			t.Errorf("the error holds %+v", sent)
		}
	}
}

// TestSenderKeepsOutOfTheOwnNetwork: the URL of a webhook is a stranger's.
func TestSenderKeepsOutOfTheOwnNetwork(t *testing.T) {
	t.Parallel()
	r := receiver{got: make(chan any, 1), answer: webhooks.NewPetNoContent{}}
	req := webhooks.NewPetRequest{XAttempt: 1, Body: webhooks.Pet{ID: 1, Name: "Rex"}}
	_, err := webhooks.NewWebhookSender().NewPet(t.Context(), receive(t, r)+"/newPet", &req)
	var sent *rt.SendError
	if !errors.As(err, &sent) || sent.Status != 0 || !strings.Contains(err.Error(), "127.0.0.1 is no public address") {
		t.Errorf("got %v", err)
	}
}

// subscriptions finds out where its callbacks go.
type subscriptions struct{ urls chan []string }

func (s subscriptions) Subscribe(ctx context.Context, _ *webhooks.SubscribeRequest) (webhooks.SubscribeResponse, error) {
	answer := webhooks.SubscribeCreated{Body: webhooks.SubscribeCreatedBody{ID: 5}}
	event, err1 := webhooks.SubscribeOnEventURL(ctx)
	end, err2 := webhooks.SubscribeOnEndURL(ctx, answer)
	texts := []string{event, end}
	for i, err := range []error{err1, err2} {
		if err != nil {
			texts[i] = err.Error()
		}
	}
	s.urls <- texts
	return answer, nil
}

// TestCallbackURL resolves expressions about the call, the same on both transports.
func TestCallbackURL(t *testing.T) {
	t.Parallel()
	handler := subscriptions{make(chan []string, 2)}
	check := webhooks.WithUser(func(context.Context, rt.BasicCredentials) (*rt.Identity, error) { return &rt.Identity{}, nil })
	server := webhooks.NewServer(handler, check)
	p := peer.Dial(t, server, "/realtime")
	header := http.Header{"Authorization": {"Basic dTpw"}}
	for _, tt := range []struct {
		target, args, body string
		want               []string
	}{
		{"?host=h.example", `"query":{"host":"h.example"}`, `{"url":"https://c.example/in","topic":"a&b=c"}`,
			[]string{"https://c.example/in?topic=a%26b%3Dc", "https://h.example/ended/5"}},
		{"?host=h.example%2F%40evil", `"query":{"host":"h.example/@evil"}`, `{"url":"file:///x","topic":"t"}`, []string{
			`callback URL: "file:///x?topic=t" is no http or https URL with a host`,
			`callback URL: parse "https://h.example%2F%40evil/ended/5": invalid URL escape "%2F"`,
		}},
		{"", "", `{"url":"https://c.example"}`, []string{
			"callback URL: $request.body#/topic has no value", "callback URL: $request.query.host has no value",
		}},
	} {
		call := peer.Call{Op: "subscribe", Method: http.MethodPost, Target: "/subscriptions" + tt.target, Args: tt.args, Body: tt.body, Header: header}
		if got := peer.Both(t, server, p, call); got.Status != 201 {
			t.Fatalf("%s: status %d %s", tt.body, got.Status, got.Body)
		}
		for range 2 { // the two transports
			if diff := cmp.Diff(tt.want, <-handler.urls); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.body, diff)
			}
		}
	}
	if _, err := webhooks.SubscribeOnEventURL(t.Context()); err == nil {
		t.Error("there is a URL without a call")
	}
}
