package runtime

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestPublicAddresses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"93.184.215.14": true, "2606:2800:21f:cb07:6820:80da:af6b:8b2c": true, "::ffff:93.184.215.14": true,
		"127.0.0.1": false, "::1": false, "::ffff:127.0.0.1": false, "0.0.0.0": false, "::": false, "0.1.2.3": false,
		"10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "fd00::1": false, "100.64.0.1": false,
		"169.254.169.254": false, "fe80::1": false, "224.0.0.1": false, "ff02::1": false, "255.255.255.255": false,
		"240.0.0.1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "2001::1": false, "198.18.0.1": false,
	} {
		if got := isPublic(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s is public: %t, want %t", text, got, want)
		}
	}
}

// TestPublicClientFollowsNoRedirect: a redirect would lead where the sender never meant to go.
func TestPublicClientFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.RedirectHandler("http://127.0.0.1:1/", http.StatusFound))
	defer server.Close()
	client := newPublicClient()
	client.Transport = server.Client().Transport
	res, err := client.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if res.Body.Close(); res.StatusCode != http.StatusFound {
		t.Errorf("status %d, want the redirect itself", res.StatusCode)
	}
}

func TestFillTemplate(t *testing.T) {
	t.Parallel()
	values := func(expr string) (string, bool) {
		text, ok := map[string]string{"$a": "https://x.example/?q=1", "$b": "b&c/d"}[expr]
		return text, ok
	}
	for template, want := range map[string]string{
		"{$a}": "https://x.example/?q=1", "$a": "https://x.example/?q=1", "{$a}&b={$b}": "https://x.example/?q=1&b=b%26c%2Fd",
		"https://y.example/{$b}": "https://y.example/b%26c%2Fd", "https://y.example": "https://y.example", "": "",
		"{$c}": "error", "{$a": "error", "{}": "error",
	} {
		got, err := fillTemplate(template, values)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%s: got %s (%v), want %s", template, got, err, want)
		}
	}
}

type hookRequest struct {
	Form hookForm `body:"multipart/form-data"`
}

type hookForm struct {
	File File `json:"file"`
}

type hookAnswer struct {
	Body Stream[int] `body:"text/event-stream"`
}

// TestWhatCannotBeSentSaysSo: no part of a document makes a sender panic.
func TestWhatCannotBeSentSaysSo(t *testing.T) {
	t.Parallel()
	api := &API{Schemas: `{"Form": {"type": "object"}}`}
	for want, op := range map[string]*Operation{
		"bodies of type multipart/form-data cannot be sent": {ID: "x", Method: "POST", Outbound: true,
			Body: &Body{Content: []Media{{Type: "multipart/form-data", Schema: "Form"}}}},
		"answers of type text/event-stream cannot be read": {ID: "x", Method: "POST", Outbound: true,
			Responses: []Response{{Status: "200", As: (*hookAnswer)(nil), Content: []Media{{Type: "text/event-stream"}}}}},
		"has no field for the header parameter": {ID: "x", Method: "POST", Outbound: true, Params: []Param{{Name: "n", In: InHeader}}},
		"status \"ok\" is none of":              {ID: "x", Method: "POST", Outbound: true, Responses: []Response{{Status: "ok", As: (*hookAnswer)(nil)}}},
		"net/http: invalid method":              {ID: "x", Method: "NO METHOD", Outbound: true},
	} {
		_, err := Send[any](t.Context(), NewSender(api), op, "https://a.example", &hookRequest{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := CallbackURL(context.Background(), "https://a.example", nil); err == nil {
		t.Error("there is a callback URL without a call")
	}
}
