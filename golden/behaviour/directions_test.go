package behaviour

import (
	"context"
	"net/http"
	"strings"
	"testing"

	directions "github.com/rtgen/rtgen/golden/directions/go"
	"github.com/rtgen/rtgen/golden/internal/peer"
)

// accounts keeps what it was given and answers with all that it has.
type accounts struct{ got chan directions.Account }

func (a accounts) CreateAccount(_ context.Context, req *directions.CreateAccountRequest) (directions.CreateAccountResponse, error) {
	a.got <- req.Body
	stored := req.Body
	stored.ID = 7
	if stored.Owner != nil {
		owner := *stored.Owner
		owner.Verified = new(true)
		stored.Owner = &owner
	}
	return directions.CreateAccountCreated{Body: stored}, nil
}

func (a accounts) ListAccounts(context.Context, *directions.ListAccountsRequest) (directions.ListAccountsResponse, error) {
	return directions.ListAccountsOK{Body: []directions.Account{{ID: 1, Name: "n", Password: "secret"}}}, nil
}

// TestMembersOfOneDirection holds the promise of readOnly and writeOnly on both transports: who
// calls cannot set what is the server's, and what is secret does not come back.
func TestMembersOfOneDirection(t *testing.T) {
	t.Parallel()
	handler := accounts{make(chan directions.Account, 2)}
	server := directions.NewServer(handler)
	p := peer.Dial(t, server, "/realtime")
	create := func(body string) peer.Answer {
		return peer.Both(t, server, p, peer.Call{Op: "createAccount", Method: http.MethodPost, Target: "/accounts", Body: body})
	}
	for _, body := range []string{
		`{"name":"n","password":"password","owner":{"email":"e","pin":"1"}}`,
		`{"id":99,"name":"n","password":"password","owner":{"email":"e","verified":false,"pin":"1"}}`,
	} {
		want := `{"id":7,"name":"n","owner":{"email":"e","verified":true}}`
		if got := create(body); got.Status != 201 || got.Body != want {
			t.Errorf("%s is answered by %d %s, want 201 %s", body, got.Status, got.Body, want)
		}
		for range 2 { // the two transports
			if got := <-handler.got; got.ID != 0 || got.Password != "password" || got.Owner.Verified != nil || *got.Owner.Pin != "1" {
				t.Errorf("%s reaches the handler as %+v", body, got)
			}
		}
	}
	for body, want := range map[string]string{
		`{"id":0,"name":"n","password":"password"}`: `"/id"`,
		`{"name":"n"}`:                    `"/password"`,
		`{"name":"n","password":"short"}`: `"/password"`,
	} {
		if got := create(body); got.Status != 400 || !strings.Contains(got.Body, want) {
			t.Errorf("%s is answered by %d %s, want 400 with %s", body, got.Status, got.Body, want)
		}
	}
	list := peer.Both(t, server, p, peer.Call{Op: "listAccounts", Method: http.MethodGet, Target: "/accounts"})
	if want := `[{"id":1,"name":"n"}]`; list.Body != want {
		t.Errorf("the list is %s, want %s", list.Body, want)
	}
}
