// Package parity plays whole documents over both transports.
package parity

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	chat "github.com/rtgen/rtgen/golden/chat/go"
	orders "github.com/rtgen/rtgen/golden/orders/go"
	petstore "github.com/rtgen/rtgen/golden/petstore/go"
	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest"
)

// quiet keeps panics that are asked for out of the output.
var quiet = rt.WithLogger(slog.New(slog.DiscardHandler))

func TestChat(t *testing.T) {
	t.Parallel()
	rttest.Parity(t, func() *rt.Server {
		return chat.NewServer(&room{}, quiet, chat.WithBearer(bearer))
	}, rttest.Credentials("bearer", "good"))
}

func TestOrders(t *testing.T) {
	t.Parallel()
	rttest.Parity(t, func() *rt.Server {
		return orders.NewServer(&book{state: orders.OrderStatePlaced}, quiet, orders.WithSession(apiKey))
	}, rttest.Credentials("session", "good"))
}

func TestPetstore(t *testing.T) {
	t.Parallel()
	rttest.Parity(t, func() *rt.Server {
		return petstore.NewServer(&shop{pets: map[int64]petstore.Pet{}}, quiet, petstore.WithAPIKey(apiKey), petstore.WithPetstoreAuth(bearer))
	}, rttest.Credentials("api_key", "good"), rttest.Credentials("petstore_auth", "good"))
}

func bearer(_ context.Context, c rt.BearerCredentials) (*rt.Identity, error) {
	if c.Token != "good" {
		return nil, rt.Unauthorized("No such token.")
	}
	return &rt.Identity{Subject: "ada", Claims: map[string]any{"name": "Ada"}, Scopes: c.Scopes}, nil
}

func apiKey(_ context.Context, c rt.APIKeyCredentials) (*rt.Identity, error) {
	if c.Key != "good" {
		return nil, rt.Forbidden("This key opens nothing.")
	}
	return &rt.Identity{Subject: "ada"}, nil
}

// room keeps what was said.
type room struct {
	mu       sync.Mutex
	messages []chat.Message
}

func (r *room) ListMessages(context.Context, *chat.ListMessagesRequest) (chat.ListMessagesResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return chat.ListMessagesOK{Body: slices.Clone(r.messages)}, nil
}

func (r *room) CreateMessage(ctx context.Context, req *chat.CreateMessageRequest) (chat.CreateMessageResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := chat.Message{ID: fmt.Sprint(len(r.messages) + 1), Author: rt.IdentityFrom(ctx).Subject, Text: req.Body.Text, At: time.Now()}
	r.messages = append(r.messages, m)
	return chat.CreateMessageCreated{Location: new("/rooms/" + req.RoomID.String() + "/messages/" + m.ID), Body: m}, nil
}

func (r *room) Typing(context.Context, *chat.TypingRequest) (chat.TypingResponse, error) {
	return chat.TypingNoContent{}, nil
}

func (r *room) LeaveRoom(context.Context, *chat.LeaveRoomRequest) (chat.LeaveRoomResponse, error) {
	return nil, rt.NotFound("a status that leaveRoom does not declare")
}

// book holds one order.
type book struct {
	orders.Unimplemented
	mu       sync.Mutex
	revision int
	state    orders.OrderState
}

func (b *book) GetOrder(_ context.Context, req *orders.GetOrderRequest) (orders.GetOrderResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if req.OrderID < 0 {
		return orders.GetOrderNotFound{}, nil
	}
	if req.OrderID > 1<<40 {
		return &orders.GetOrderNotModified{}, nil
	}
	return orders.GetOrderOK{ETag: new(fmt.Sprintf(`"%d"`, b.revision)), Body: b.order(req.OrderID)}, nil
}

func (b *book) UpdateOrder(_ context.Context, req *orders.UpdateOrderRequest) (orders.UpdateOrderResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.revision++
	b.state = orders.OrderStatePaid
	return orders.UpdateOrderOK{Body: b.order(req.OrderID)}, nil
}

func (b *book) WatchOrder(context.Context, *orders.WatchOrderRequest) (orders.WatchOrderResponse, error) {
	return orders.WatchOrderOK{}, nil
}

func (b *book) order(id int64) orders.Order {
	return orders.Order{ID: id, Revision: b.revision, State: b.state}
}

// shop keeps pets.
type shop struct {
	petstore.Unimplemented
	mu   sync.Mutex
	pets map[int64]petstore.Pet
}

func (s *shop) AddPet(_ context.Context, req *petstore.AddPetRequest) (petstore.AddPetResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if req.BodyJSON == nil {
		return petstore.AddPetOK{Body: petstore.Pet{ID: req.BodyForm.ID, Name: req.BodyForm.Name}}, nil
	}
	pet := *req.BodyJSON
	if pet.ID != nil {
		if _, taken := s.pets[*pet.ID]; taken {
			return &petstore.ErrorResponse{StatusCode: 409, Body: petstore.Error{Code: "taken", Message: "There is a pet with this id."}}, nil
		}
		s.pets[*pet.ID] = pet
	}
	return petstore.AddPetOK{Body: pet}, nil
}

func (s *shop) UpdatePet(_ context.Context, req *petstore.UpdatePetRequest) (petstore.UpdatePetResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if req.Body.ID == nil {
		return petstore.UpdatePetNotFound{}, nil
	}
	s.pets[*req.Body.ID] = req.Body
	return petstore.UpdatePetOK{Body: req.Body}, nil
}

func (s *shop) GetPetByID(_ context.Context, req *petstore.GetPetByIDRequest) (petstore.GetPetByIDResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pet, ok := s.pets[req.PetID]
	if !ok {
		return petstore.GetPetByIDNotFound{}, nil
	}
	return petstore.GetPetByIDOK{Body: pet}, nil
}

func (s *shop) FindPetsByStatus(_ context.Context, req *petstore.FindPetsByStatusRequest) (petstore.FindPetsByStatusResponse, error) {
	return petstore.FindPetsByStatusOK{Body: []petstore.Pet{{Name: string(req.Status)}}}, nil
}

func (s *shop) FindPetsByTags(_ context.Context, req *petstore.FindPetsByTagsRequest) (petstore.FindPetsByTagsResponse, error) {
	return petstore.FindPetsByTagsOK{Body: []petstore.Pet{{Name: "tagged", PhotoURLs: req.Tags}}}, nil
}

func (s *shop) DeletePet(context.Context, *petstore.DeletePetRequest) (petstore.DeletePetResponse, error) {
	return petstore.DeletePetOK{}, nil
}

func (s *shop) GetInventory(context.Context, *petstore.GetInventoryRequest) (petstore.GetInventoryResponse, error) {
	return petstore.GetInventoryOK{Body: map[string]int32{"sold": 1, "available": 2}}, nil
}

func (s *shop) LoginUser(_ context.Context, req *petstore.LoginUserRequest) (petstore.LoginUserResponse, error) {
	if req.Username == nil || req.Password == nil {
		return petstore.LoginUserBadRequest{}, nil
	}
	return petstore.LoginUserOK{XRateLimit: new(int32(7)), XExpiresAfter: new(time.Unix(0, 0).UTC()), Body: "<token>"}, nil
}
