package servers

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/rtgen/rtgen/examples/benchmarks/message"
	"github.com/rtgen/rtgen/examples/benchmarks/oapi"
	"github.com/rtgen/rtgen/examples/benchmarks/ogen"

	"github.com/rtgen/rtgen/examples/benchmarks/api"
)

// newNetHTTP is what people write by hand: net/http and encoding/json, no validation.
func newNetHTTP() (*contestant, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /rooms/{roomId}/messages", func(w http.ResponseWriter, r *http.Request) {
		var n message.New
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(message.Reply(r.PathValue("roomId"), &n))
	})
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		var o api.Order
		if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(&o)
	})
	return &contestant{handler: mux}, nil
}

// ogenHandler is the application of the server that ogen generates; it validates.
type ogenHandler struct{ ogen.UnimplementedHandler }

func (ogenHandler) CreateMessage(_ context.Context, n *ogen.NewMessage, p ogen.CreateMessageParams) (*ogen.Message, error) {
	return &ogen.Message{
		ID: message.ID, Room: p.RoomId, Author: ogen.Author{ID: message.AuthorID, Name: message.AuthorName},
		Text: n.Text, Kind: ogen.MessageKind(n.Kind), Mentions: n.Mentions, ReplyTo: n.ReplyTo, Sent: message.Now(),
	}, nil
}

func (ogenHandler) CreateOrder(_ context.Context, o *ogen.Order) (*ogen.Order, error) { return o, nil }

func newOgen() (*contestant, error) {
	s, err := ogen.NewServer(ogenHandler{})
	return &contestant{handler: s}, err
}

// oapiHandler is the application of the strict server of oapi-codegen, which does not validate.
type oapiHandler struct{}

func (oapiHandler) CreateMessage(_ context.Context, r oapi.CreateMessageRequestObject) (oapi.CreateMessageResponseObject, error) {
	n := r.Body
	return oapi.CreateMessage201JSONResponse{
		Id: message.ID, Room: r.RoomId, Author: oapi.Author{Id: message.AuthorID, Name: message.AuthorName},
		Text: n.Text, Kind: oapi.MessageKind(n.Kind), Mentions: n.Mentions, ReplyTo: n.ReplyTo, Sent: message.Now(),
	}, nil
}

func (oapiHandler) CreateOrder(_ context.Context, r oapi.CreateOrderRequestObject) (oapi.CreateOrderResponseObject, error) {
	return oapi.CreateOrder200JSONResponse(*r.Body), nil
}

func (oapiHandler) JoinRoom(context.Context, oapi.JoinRoomRequestObject) (oapi.JoinRoomResponseObject, error) {
	return oapi.JoinRoom204Response{}, nil
}

func newOapi() (*contestant, error) {
	return &contestant{handler: oapi.Handler(oapi.NewStrictHandler(oapiHandler{}, nil))}, nil
}
