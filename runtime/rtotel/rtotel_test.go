package rtotel_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	api "go.opentelemetry.io/otel/trace"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/internal/fixture/chat"
	"github.com/rtgen/rtgen/runtime/rtotel"
	"github.com/rtgen/rtgen/runtime/rttest"
)

const room = "0b0e2a5c-6d2f-4a3e-9a5e-1c7f5d0c9a11"

type app struct{ chat.Unimplemented }

func (app) ListMessages(context.Context, *chat.ListMessagesRequest) (chat.ListMessagesResponse, error) {
	return chat.ListMessagesOK{}, nil
}

func (app) CreateMessage(ctx context.Context, req *chat.CreateMessageRequest) (chat.CreateMessageResponse, error) {
	if req.Body.Text == "who" {
		// The handler is within its span.
		req.Body.Text = api.SpanContextFromContext(ctx).TraceID().String()
	}
	return chat.CreateMessageCreated{Body: chat.Message{ID: "1", Text: req.Body.Text}}, nil
}

func bearer(_ context.Context, c rt.BearerCredentials) (*rt.Identity, error) {
	return &rt.Identity{Subject: c.Token}, nil
}

// A rig is a server with the SDK behind it.
type rig struct {
	host   *rttest.Host
	spans  *tracetest.SpanRecorder
	ended  chan struct{} // one token when spans have ended since somebody looked
	reader *metric.ManualReader
	closed chan struct{}
}

func newRig(t *testing.T) *rig {
	t.Helper()
	g := &rig{spans: tracetest.NewSpanRecorder(), ended: make(chan struct{}, 1), reader: metric.NewManualReader(), closed: make(chan struct{}, 1)}
	server := chat.NewServer(app{}, chat.WithBearer(bearer),
		rt.WithObserver(rtotel.Observer(
			rtotel.WithTracerProvider(trace.NewTracerProvider(trace.WithSpanProcessor(g.spans), trace.WithSpanProcessor(waker{g.ended}))),
			rtotel.WithMeterProvider(metric.NewMeterProvider(metric.WithReader(g.reader))),
		)),
		rt.OnDisconnect(func(*rt.Socket, rt.CloseInfo) { close(g.closed) }),
	)
	g.host = rttest.Start(t, server)
	return g
}

func (g *rig) post(t *testing.T, text string, headers ...string) *http.Response {
	t.Helper()
	req, _ := http.NewRequestWithContext(t.Context(), "POST", g.host.URL()+"/rooms/"+room+"/messages", strings.NewReader(`{"text":"`+text+`"}`))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer ada")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := g.host.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res
}

func input(text, traceparent string) rttest.Input {
	return rttest.Input{
		Path: map[string]string{"roomId": room}, Body: map[string]string{"text": text},
		Headers: map[string]string{"traceparent": traceparent},
	}
}

// A waker tells that a span has ended.
type waker struct{ ended chan<- struct{} }

func (waker) OnStart(context.Context, trace.ReadWriteSpan) {}
func (waker) Shutdown(context.Context) error               { return nil }
func (waker) ForceFlush(context.Context) error             { return nil }

func (w waker) OnEnd(trace.ReadOnlySpan) {
	select {
	case w.ended <- struct{}{}:
	default:
	}
}

// span waits for the n-th ended span of a name: a call ends after its answer is on its way.
func (g *rig) span(t *testing.T, name string, n int) trace.ReadOnlySpan {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		left := n
		for _, s := range g.spans.Ended() {
			if s.Name() != name {
				continue
			}
			if left == 0 {
				return s
			}
			left--
		}
		select {
		case <-g.ended:
		case <-deadline:
			t.Fatalf("no such span: %s", name)
		}
	}
}

const (
	parentTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	parent      = "00-" + parentTrace + "-00f067aa0ba902b7-01"
)

func TestCallIsASpanOfItsOwnOnBothTransports(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.post(t, "hi", "Traceparent", parent)
	s := g.host.Dial(t, "/realtime", http.Header{"Authorization": {"Bearer ada"}})
	if f := s.Call("createMessage", input("who", parent)); !strings.Contains(string(f.Body), parentTrace) {
		t.Errorf("got %s, the handler is not within the trace of its caller", f.Raw)
	}
	s.Call("nothing", rttest.Input{})
	s.Close()
	<-g.closed

	socket := g.span(t, "socket", 0)
	for n, protocol := range []string{"http", "websocket"} {
		call := g.span(t, "createMessage", n)
		if call.Parent().TraceID().String() != parentTrace || call.SpanKind() != api.SpanKindServer {
			t.Errorf("%s: parent %v, kind %v", protocol, call.Parent(), call.SpanKind())
		}
		for _, want := range []attribute.KeyValue{
			attribute.String("http.request.method", "POST"), attribute.String("http.route", "/rooms/{roomId}/messages"),
			attribute.Int("http.response.status_code", 201), attribute.String("network.protocol.name", protocol),
		} {
			if !slices.Contains(call.Attributes(), want) {
				t.Errorf("%s: %v lacks %v", protocol, call.Attributes(), want)
			}
		}
		links := call.Links()
		if protocol == "http" {
			if len(links) != 0 {
				t.Errorf("%v: a call over HTTP has no socket", links)
			}
		} else if len(links) != 1 || links[0].SpanContext.SpanID() != socket.SpanContext().SpanID() {
			t.Errorf("%v: no link to the span of the socket", links)
		}
		if events := call.Events(); len(events) != 1 || events[0].Name != "publish message.created" {
			t.Errorf("%s: got %v, want the event that the call published", protocol, events)
		}
	}
	if !slices.Contains(socket.Attributes(), attribute.Bool("rtgen.close.by_server", false)) {
		t.Errorf("got %v", socket.Attributes())
	}
	if s := g.span(t, "_OTHER", 0); !slices.Contains(s.Attributes(), attribute.Int("http.response.status_code", 404)) {
		t.Errorf("got %v", s.Attributes())
	}
}

func TestMetricsGoByOperationAndChannelOfTheDocument(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	s := g.host.Dial(t, "/realtime", http.Header{"Authorization": {"Bearer ada"}})
	s.Call("listMessages", rttest.Input{Path: map[string]string{"roomId": room}})
	g.post(t, "hi")
	s.Event()
	g.span(t, "listMessages", 0)
	g.span(t, "createMessage", 0)
	points := g.collect(t)
	for _, want := range []string{
		"rtgen.call.duration{http.response.status_code=201,rtgen.operation=createMessage,rtgen.transport=http} 1",
		"rtgen.call.duration{http.response.status_code=200,rtgen.operation=listMessages,rtgen.transport=socket} 1",
		"rtgen.call.active{rtgen.operation=createMessage,rtgen.transport=http} 0",
		"rtgen.socket.active{} 1",
		"rtgen.subscription.active{rtgen.channel=room} 1",
		"rtgen.event.published{error=false,rtgen.channel=room,rtgen.event=message.created} 1",
	} {
		if !slices.Contains(points, want) {
			t.Errorf("no %s in\n%s", want, strings.Join(points, "\n"))
		}
	}
	for _, p := range points {
		if strings.Contains(p, room) {
			t.Errorf("%s has an address in it", p)
		}
	}
	s.Close()
	<-g.closed
	if points := g.collect(t); !slices.Contains(points, "rtgen.subscription.active{rtgen.channel=room} 0") ||
		!slices.Contains(points, "rtgen.socket.active{} 0") {
		t.Errorf("got\n%s", strings.Join(points, "\n"))
	}
}

// collect writes every point as name{attributes} value; of histograms the count.
func (g *rig) collect(t *testing.T) (points []string) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := g.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	add := func(name string, set attribute.Set, value any) {
		var attrs []string
		for _, kv := range set.ToSlice() {
			attrs = append(attrs, string(kv.Key)+"="+kv.Value.Emit())
		}
		points = append(points, fmt.Sprintf("%s{%s} %v", name, strings.Join(attrs, ","), value))
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					add(m.Name, p.Attributes, p.Value)
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					add(m.Name, p.Attributes, p.Count)
				}
			case metricdata.Histogram[int64]:
				for _, p := range data.DataPoints {
					add(m.Name, p.Attributes, p.Count)
				}
			}
		}
	}
	return points
}
