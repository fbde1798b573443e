package reference

import (
	"context"
	"time"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest/conformance/reference/api"
)

// handler answers the operations of openapi.yaml; what they do is written there.
type handler struct{ server *Server }

var _ api.Handler = (*handler)(nil)

func (*handler) Echo(_ context.Context, req *api.EchoRequest) (api.EchoResponse, error) {
	return api.NoteResponse{Body: req.Body}, nil
}

func (*handler) Wait(ctx context.Context, req *api.WaitRequest) (api.WaitResponse, error) {
	select {
	case <-time.After(time.Duration(req.Body.Ms) * time.Millisecond):
		return api.NoteResponse{Body: api.Note{Text: "waited"}}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (*handler) Fail(context.Context, *api.FailRequest) (api.FailResponse, error) {
	panic("the reference server fails on purpose")
}

func (*handler) Plain(context.Context, *api.PlainRequest) (api.PlainResponse, error) {
	return api.PlainOK{Body: "plain text"}, nil
}

func (*handler) Nothing(context.Context, *api.NothingRequest) (api.NothingResponse, error) {
	return api.NothingNoContent{}, nil
}

func (*handler) Countdown(ctx context.Context, req *api.CountdownRequest) (api.CountdownResponse, error) {
	return api.CountdownOK{Body: func(yield func(*int, error) bool) {
		for n := req.From; n > 0; n-- {
			if !yield(&n, nil) {
				return
			}
		}
		if req.From == 0 {
			<-ctx.Done()
			yield(nil, ctx.Err())
		}
	}}, nil
}

func (*handler) WhoAmI(ctx context.Context, _ *api.WhoAmIRequest) (api.WhoAmIResponse, error) {
	return api.WhoAmIOK{Body: api.WhoAmIOKBody{Sub: rt.IdentityFrom(ctx).Subject}}, nil
}

func (*handler) DisconnectMe(ctx context.Context, req *api.DisconnectMeRequest) (api.DisconnectMeResponse, error) {
	if id, ok := rt.SocketID(ctx); ok {
		rt.ServerFrom(ctx).Socket(id).Close(req.Body.Code, "as you wish")
	}
	return api.DisconnectMeNoContent{}, nil
}

// shutdownWithin is how long a drain may take: calls that run get as long.
const shutdownWithin = 10 * time.Second

func (h *handler) Drain(ctx context.Context, _ *api.DrainRequest) (api.DrainResponse, error) {
	server := rt.ServerFrom(ctx)
	h.server.draining.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), shutdownWithin)
		defer cancel()
		_ = server.Shutdown(ctx) // the program sees by itself whether it went well
	})
	return api.DrainNoContent{}, nil
}

// snapshot is what every subscribing operation answers.
var snapshot = api.Note{Text: "snapshot"}

func (*handler) Join(context.Context, *api.JoinRequest) (api.JoinResponse, error) {
	return api.NoteResponse{Body: snapshot}, nil
}

func (*handler) JoinBusy(ctx context.Context, req *api.JoinBusyRequest) (api.JoinBusyResponse, error) {
	room := api.NewRoomChannel(rt.ServerFrom(ctx), req.Room)
	if _, err := room.PublishSaid(ctx, api.Said{ID: "meanwhile"}); err != nil {
		return nil, err
	}
	return api.NoteResponse{Body: snapshot}, nil
}

func (*handler) JoinClosed(context.Context, *api.JoinClosedRequest) (api.JoinClosedResponse, error) {
	return nil, rt.Forbidden("The room is closed.")
}

func (*handler) Leave(context.Context, *api.LeaveRequest) (api.LeaveResponse, error) {
	return api.LeaveNoContent{}, nil
}

func (*handler) Say(context.Context, *api.SayRequest) (api.SayResponse, error) {
	return api.SayNoContent{}, nil
}

func (*handler) Type(context.Context, *api.TypeRequest) (api.TypeResponse, error) {
	return api.TypeNoContent{}, nil
}

func (*handler) Whisper(ctx context.Context, req *api.WhisperRequest) (api.WhisperResponse, error) {
	id, _ := rt.SocketID(ctx) // over HTTP there is nobody to whisper to
	room := api.NewRoomChannel(rt.ServerFrom(ctx), req.Room)
	if _, err := room.PublishSaid(ctx, req.Body, rt.ToSocket(id)); err != nil {
		return nil, err
	}
	return api.WhisperNoContent{}, nil
}

func (*handler) JoinQuiet(context.Context, *api.JoinQuietRequest) (api.JoinQuietResponse, error) {
	return api.NoteResponse{Body: snapshot}, nil
}

func (*handler) SayQuiet(context.Context, *api.SayQuietRequest) (api.SayQuietResponse, error) {
	return api.SayQuietNoContent{}, nil
}

func (*handler) JoinLatest(context.Context, *api.JoinLatestRequest) (api.JoinLatestResponse, error) {
	return api.NoteResponse{Body: snapshot}, nil
}

func (*handler) SayLatest(context.Context, *api.SayLatestRequest) (api.SayLatestResponse, error) {
	return api.SayLatestNoContent{}, nil
}

func (*handler) JoinPaced(context.Context, *api.JoinPacedRequest) (api.JoinPacedResponse, error) {
	return api.NoteResponse{Body: snapshot}, nil
}

func (*handler) SayPaced(context.Context, *api.SayPacedRequest) (api.SayPacedResponse, error) {
	return api.SayPacedNoContent{}, nil
}

func (*handler) JoinPrivate(context.Context, *api.JoinPrivateRequest) (api.JoinPrivateResponse, error) {
	return api.NoteResponse{Body: snapshot}, nil
}

func (*handler) LeavePrivate(context.Context, *api.LeavePrivateRequest) (api.LeavePrivateResponse, error) {
	return api.LeavePrivateNoContent{}, nil
}
