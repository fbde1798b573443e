package acceptance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	acceptance "github.com/rtgen/rtgen/golden/acceptance/go"
	rt "github.com/rtgen/rtgen/runtime"
)

// app answers openapi.yaml. What it cannot know it takes from the context, as any application does.
type app struct {
	acceptance.Unimplemented
	ran  atomic.Int64  // calls that reached a handler which counts them
	at   chan struct{} // one for each call that waits at the gate
	gate chan struct{} // closed: the gate is open
}

func newApp() *app { return &app{at: make(chan struct{}, 64), gate: make(chan struct{})} }

// session accepts the cookie sid=<name>; bearer accepts a token that is a name.
func session(_ context.Context, c rt.APIKeyCredentials) (*rt.Identity, error) { return nameOf(c.Key) }

func bearer(_ context.Context, c rt.BearerCredentials) (*rt.Identity, error) { return nameOf(c.Token) }

func nameOf(text string) (*rt.Identity, error) {
	if text == "expired" {
		return nil, errors.New("the session is over")
	}
	return &rt.Identity{Subject: text}, nil
}

func (a *app) Hello(context.Context, *acceptance.HelloRequest) (acceptance.HelloResponse, error) {
	a.ran.Add(1)
	return acceptance.HelloOK{Body: acceptance.Hello{Text: "Hello"}}, nil
}

func (a *app) Caller(ctx context.Context, _ *acceptance.CallerRequest) (acceptance.CallerResponse, error) {
	return acceptance.CallerOK{Body: callerOf(ctx)}, nil
}

func (a *app) Private(ctx context.Context, _ *acceptance.PrivateRequest) (acceptance.PrivateResponse, error) {
	a.ran.Add(1)
	return acceptance.PrivateOK{Body: callerOf(ctx)}, nil
}

// traceKey is the context key of traced.
type traceKey struct{}

func callerOf(ctx context.Context) acceptance.Caller {
	c := acceptance.Caller{Socket: rt.IsSocket(ctx)}
	if id, ok := rt.SocketID(ctx); ok {
		c.SocketID = &id
	}
	if who := rt.IdentityFrom(ctx); who != nil {
		c.Name = &who.Subject
	}
	c.Trace, _ = ctx.Value(traceKey{}).([]string)
	return c
}

func (a *app) GetItem(_ context.Context, req *acceptance.GetItemRequest) (acceptance.GetItemResponse, error) {
	return acceptance.GetItemOK{Body: req.Item}, nil
}

func (a *app) Search(_ context.Context, req *acceptance.SearchRequest) (acceptance.SearchResponse, error) {
	a.ran.Add(1)
	return acceptance.SearchOK{Body: req.Q + " " + strings.Repeat("|", req.Limit) + " " + strings.Join(req.Tags, ",")}, nil
}

func (a *app) Echo(_ context.Context, req *acceptance.EchoRequest) (acceptance.EchoResponse, error) {
	a.ran.Add(1)
	return acceptance.EchoOK{Body: req.Body}, nil
}

func (a *app) Outcome(_ context.Context, req *acceptance.OutcomeRequest) (acceptance.OutcomeResponse, error) {
	switch req.Status {
	case 200:
		return acceptance.OutcomeOK{XTotal: 3, XNote: "three of them", Body: acceptance.Hello{Text: "fine"}}, nil
	case 201:
		return acceptance.OutcomeCreated{Body: acceptance.Hello{Text: "made"}}, nil
	case 202:
		return acceptance.OutcomeAccepted{}, nil
	case 303:
		return acceptance.OutcomeSeeOther{Location: "/hello"}, nil
	}
	return nil, rt.NewProblem(req.Status, "as you wish")
}

func (a *app) SignIn(context.Context, *acceptance.SignInRequest) (acceptance.SignInResponse, error) {
	return acceptance.SignInNoContent{SetCookie: "sid=ada; HttpOnly; Path=/"}, nil
}

func (a *app) WaitAtGate(ctx context.Context, _ *acceptance.WaitAtGateRequest) (acceptance.WaitAtGateResponse, error) {
	a.at <- struct{}{}
	select {
	case <-a.gate:
		return acceptance.WaitAtGateNoContent{}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (a *app) Panic(context.Context, *acceptance.PanicRequest) (acceptance.PanicResponse, error) {
	panic("the handler's secret")
}

func (a *app) Join(context.Context, *acceptance.JoinRequest) (acceptance.JoinResponse, error) {
	return acceptance.JoinNoContent{}, nil
}

func (a *app) Leave(context.Context, *acceptance.LeaveRequest) (acceptance.LeaveResponse, error) {
	return acceptance.LeaveNoContent{}, nil
}

func (a *app) Say(ctx context.Context, req *acceptance.SayRequest) (acceptance.SayResponse, error) {
	room := acceptance.NewRoomChannel(rt.ServerFrom(ctx), req.Room)
	say := func(text string, opts ...rt.PublishOption) error {
		_, err := room.PublishSaid(ctx, acceptance.Said{Text: text}, opts...)
		return err
	}
	to := acceptance.SayBodyToRoom
	if req.Body.To != nil {
		to = *req.Body.To
	}
	var err error
	switch to {
	case acceptance.SayBodyToOthers:
		err = say(req.Body.Text, rt.OmitCaller())
	case acceptance.SayBodyToEverybodyElse:
		err = say(req.Body.Text, rt.ToAll(), rt.OmitCaller())
	case acceptance.SayBodyToAround:
		// One before the answer, one as soon as the call is over.
		after := context.WithoutCancel(ctx)
		context.AfterFunc(ctx, func() { _, _ = room.PublishSaid(after, acceptance.Said{Text: "after " + req.Body.Text}) })
		err = say("before " + req.Body.Text)
	default:
		err = say(req.Body.Text)
	}
	return acceptance.SayNoContent{}, err
}

func (a *app) ListRecords(_ context.Context, req *acceptance.ListRecordsRequest) (acceptance.ListRecordsResponse, error) {
	return acceptance.ListRecordsOK{Body: []acceptance.Record{{ID: 1, State: req.State}}}, nil
}

func (a *app) CreateRecord(_ context.Context, req *acceptance.CreateRecordRequest) (acceptance.CreateRecordResponse, error) {
	return acceptance.CreateRecordCreated{Body: req.Body}, nil
}

func (a *app) WatchRecord(_ context.Context, req *acceptance.WatchRecordRequest) (acceptance.WatchRecordResponse, error) {
	return acceptance.WatchRecordOK{Body: acceptance.Record{ID: req.ID, State: acceptance.StateOpen}}, nil
}

func (a *app) UnwatchRecord(context.Context, *acceptance.UnwatchRecordRequest) (acceptance.UnwatchRecordResponse, error) {
	return acceptance.UnwatchRecordNoContent{}, nil
}

func (a *app) UpdateRecord(_ context.Context, req *acceptance.UpdateRecordRequest) (acceptance.UpdateRecordResponse, error) {
	record := acceptance.Record{ID: req.ID, State: acceptance.StateOpen}
	if req.Body.State != nil {
		record.State = *req.Body.State
	}
	return acceptance.UpdateRecordOK{Body: record}, nil
}

func (a *app) DestroyRecord(ctx context.Context, req *acceptance.DestroyRecordRequest) (acceptance.DestroyRecordResponse, error) {
	record := acceptance.NewRecordChannel(rt.ServerFrom(ctx), req.ID)
	if _, err := record.PublishDestroyed(ctx, acceptance.Change{Verb: acceptance.ChangeVerbDestroyed, ID: req.ID}); err != nil {
		return nil, err
	}
	return acceptance.DestroyRecordNoContent{}, record.LeaveAll(ctx)
}

// OpenTicket numbers what it opens. A text that is a status is answered with it, "wait" waits at the gate,
// whoever leaves meanwhile.
func (a *app) OpenTicket(ctx context.Context, req *acceptance.OpenTicketRequest) (acceptance.OpenTicketResponse, error) {
	n := a.ran.Add(1)
	if status, err := strconv.Atoi(req.Body.Text); err == nil {
		return nil, rt.NewProblem(status, fmt.Sprint("attempt ", n))
	}
	if req.Body.Text == "wait" {
		if _, err := a.WaitAtGate(ctx, nil); err != nil {
			return nil, err
		}
	}
	return acceptance.OpenTicketCreated{
		Location: fmt.Sprint("/tickets/", n), Body: acceptance.Said{Text: fmt.Sprint(req.Body.Text, " ", n)},
	}, nil
}

// WrittenEvents shows what was written, and of the log "secret" nothing.
func (a *app) WrittenEvents(ctx context.Context, req *acceptance.WrittenEventsRequest) (acceptance.WrittenEventsResponse, error) {
	a.ran.Add(1)
	if req.Log == "secret" {
		return nil, rt.Forbidden("not for you")
	}
	log := acceptance.NewLogChannel(rt.ServerFrom(ctx), req.Log)
	page, err := log.History(ctx, rt.HistoryPageFrom(ctx))
	if err != nil {
		return nil, err
	}
	page.Events = slices.DeleteFunc(page.Events, func(e acceptance.LogEntry) bool { return e.Wrote == nil })
	return acceptance.WrittenEventsOK{Body: *page}, nil
}

func (a *app) FollowLog(context.Context, *acceptance.FollowLogRequest) (acceptance.FollowLogResponse, error) {
	return acceptance.FollowLogOK{}, nil
}
