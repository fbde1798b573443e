package behaviour

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	channels "github.com/rtgen/rtgen/golden/channels/go"
	"github.com/rtgen/rtgen/golden/internal/peer"
	rt "github.com/rtgen/rtgen/runtime"
)

// board is the application behind golden/channels.
type board struct{ channels.Unimplemented }

func (board) ReadNews(context.Context, *channels.ReadNewsRequest) (channels.ReadNewsResponse, error) {
	return channels.ReadNewsOK{Body: []channels.Headline{}}, nil
}

func (board) OpenLane(context.Context, *channels.OpenLaneRequest) (channels.OpenLaneResponse, error) {
	return channels.OpenLaneOK{Body: []channels.Card{}}, nil
}

func (board) AddCard(_ context.Context, req *channels.AddCardRequest) (channels.AddCardResponse, error) {
	return channels.AddCardCreated{Body: req.Body}, nil
}

func (board) CloseLane(context.Context, *channels.CloseLaneRequest) (channels.CloseLaneResponse, error) {
	return channels.CloseLaneNoContent{}, nil
}

func (board) MoveCard(context.Context, *channels.MoveCardRequest) (channels.MoveCardResponse, error) {
	return channels.MoveCardNoContent{}, nil
}

// boards is a listening server with as many sockets as a test wants.
type boards struct {
	*rt.Server
	url string
}

func newBoards(t *testing.T) boards {
	t.Helper()
	server := channels.NewServer(board{})
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return boards{server, "ws" + strings.TrimPrefix(listener.URL, "http") + "/socket"}
}

func (b boards) dial(t *testing.T) *peer.Peer {
	t.Helper()
	return peer.DialURL(t, b.url)
}

const boardID = "0b0e2a5c-6d2f-4a3e-9a5e-1c7f5d0c9a11"

func lane(op, method, number, body string) peer.Call {
	return peer.Call{
		Op: op, Method: method, Target: "/boards/" + boardID + "/" + number + "/cards",
		Args: `"path":{"boardId":"` + boardID + `","lane":` + number + `}`, Body: body,
	}
}

// event is what a member sees of an ev frame.
type event struct {
	Type string
	Data json.RawMessage
}

// nextEvent passes over what the runtime says of the channel itself: who is
// present comes whenever it comes.
func nextEvent(t *testing.T, p *peer.Peer) event {
	t.Helper()
	for {
		frame := p.ReceiveKind("ev")
		var e event
		if err := json.Unmarshal(frame, &e); err != nil {
			t.Fatalf("%s: %v", frame, err)
		}
		if !strings.HasPrefix(e.Type, "$") {
			return e
		}
	}
}

func want(t *testing.T, p *peer.Peer, name, data string) {
	t.Helper()
	if e := nextEvent(t, p); e.Type != name || !equalJSON(t, data, string(e.Data)) {
		t.Errorf("received %s %s, want %s %s", e.Type, e.Data, name, data)
	}
}

func must(t *testing.T, got peer.Answer, status int) {
	t.Helper()
	if got.Status != status {
		t.Fatalf("the answer is %d %s, want %d", got.Status, got.Body, status)
	}
}

// TestDeclaredPublishReachesMembersOnly writes over HTTP and by socket; who
// opened the lane hears of it, who opened another does not. The channel has
// echo: false, so a caller does not hear of its own card.
func TestDeclaredPublishReachesMembersOnly(t *testing.T) {
	t.Parallel()
	b := newBoards(t)
	one, two, other := b.dial(t), b.dial(t), b.dial(t)
	must(t, one.Call(lane("openLane", "GET", "1", "")), 200)
	must(t, two.Call(lane("openLane", "GET", "1", "")), 200)
	must(t, other.Call(lane("openLane", "GET", "2", "")), 200)

	must(t, peer.HTTP(t, b.Server, lane("addCard", "POST", "1", `{"id":"http"}`)), 201)
	must(t, one.Call(lane("addCard", "POST", "1", `{"id":"one"}`)), 201)
	must(t, two.Call(lane("addCard", "POST", "1", `{"id":"two"}`)), 201)
	must(t, other.Call(lane("addCard", "POST", "2", `{"id":"other"}`)), 201)
	must(t, two.Call(lane("addCard", "POST", "2", `{"id":"last"}`)), 201)

	want(t, one, "card.added", `{"id":"http"}`)
	want(t, one, "card.added", `{"id":"two"}`)
	want(t, two, "card.added", `{"id":"http"}`)
	want(t, two, "card.added", `{"id":"one"}`)
	want(t, other, "card.added", `{"id":"last"}`)
}

// TestUnsubscribeEndsEvents leaves a lane and hears only what comes after
// joining again.
func TestUnsubscribeEndsEvents(t *testing.T) {
	t.Parallel()
	b := newBoards(t)
	p := b.dial(t)
	must(t, p.Call(lane("openLane", "GET", "1", "")), 200)
	must(t, p.Call(lane("closeLane", "DELETE", "1", "")), 204)
	must(t, p.Call(lane("closeLane", "DELETE", "1", "")), 204) // leaving twice is fine
	must(t, peer.HTTP(t, b.Server, lane("addCard", "POST", "1", `{"id":"missed"}`)), 201)
	must(t, p.Call(lane("openLane", "GET", "1", "")), 200)
	must(t, peer.HTTP(t, b.Server, lane("addCard", "POST", "1", `{"id":"seen"}`)), 201)
	want(t, p, "card.added", `{"id":"seen"}`)
}

// TestObjectOfExpressionsIsPublished publishes members taken from the request,
// to an address taken from its body.
func TestObjectOfExpressionsIsPublished(t *testing.T) {
	t.Parallel()
	b := newBoards(t)
	p := b.dial(t)
	must(t, p.Call(lane("openLane", "GET", "7", "")), 200)
	call := peer.Call{Op: "moveCard", Method: http.MethodPost, Target: "/boards/" + boardID + "/move", Body: `{"id":"c","to":7}`}
	must(t, peer.HTTP(t, b.Server, call), 204)
	want(t, p, "card.moved", `{"id":"c","to":7}`)
}

// TestTypedPublisher publishes from code that is no handler.
func TestTypedPublisher(t *testing.T) {
	t.Parallel()
	b := newBoards(t)
	p := b.dial(t)
	must(t, p.Call(peer.Call{Op: "readNews"}), 200)
	news := channels.NewNewsChannel(b.Server)
	position, err := news.PublishHeadline(context.Background(), channels.Headline{ID: "1", Text: "It works", Revision: 1})
	if err != nil || position.Seq == 0 {
		t.Fatalf("publish: %+v, %v", position, err)
	}
	want(t, p, "headline", `{"id":"1","text":"It works","revision":1}`)
	if n, err := news.Count(context.Background()); err != nil || n != 1 {
		t.Errorf("the channel has %d members, %v; want 1", n, err)
	}
}
