// Package rtotel tells OpenTelemetry what happens on a server: a span for each call and each socket, and
// metrics. It needs the API of OpenTelemetry only; the program chooses an SDK and exporters.
//
//	server := chat.NewServer(app{}, rt.WithObserver(rtotel.Observer()))
//
// # Traces
//
// A call is a span of kind server, named after its operation. Its parent is the span that the context has
// already (of otelhttp, say) or the one that the call's own header traceparent names, over both transports.
// A call by socket has a link to the span of its socket, which lasts as long as that.
//
// # Metrics
//
//	rtgen.call.duration          histogram, s   by operation, transport, status
//	rtgen.call.active            gauge          by operation, transport
//	rtgen.call.request.size      histogram, By  by operation, transport
//	rtgen.call.response.size     histogram, By  by operation, transport
//	rtgen.socket.active          gauge
//	rtgen.socket.closed          counter        by close code
//	rtgen.socket.refused         counter        by status
//	rtgen.message.too_large      counter
//	rtgen.subscription.active    gauge          by channel
//	rtgen.event.published        counter        by channel, event, error
//	rtgen.event.delivered        counter        by channel; one for each member
//	rtgen.event.gaps             counter        by channel, reason
//
// Channels are those of the document, never concrete addresses: every attribute has few values.
package rtotel

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/internal/labels"
)

const scope = "github.com/rtgen/rtgen/runtime/rtotel"

// An Option changes where an observer reports to.
type Option func(*config)

type config struct {
	tracers trace.TracerProvider
	meters  metric.MeterProvider
	carrier propagation.TextMapPropagator
}

// WithTracerProvider sets what makes the spans, in place of the global provider.
func WithTracerProvider(p trace.TracerProvider) Option { return func(c *config) { c.tracers = p } }

// WithMeterProvider sets what makes the instruments, in place of the global provider.
func WithMeterProvider(p metric.MeterProvider) Option { return func(c *config) { c.meters = p } }

// WithPropagator sets how calls say which span they belong to, in place of traceparent and baggage as the
// W3C has them.
func WithPropagator(p propagation.TextMapPropagator) Option { return func(c *config) { c.carrier = p } }

// Observer returns an observer for [rt.WithObserver]. An instrument that the provider refuses is reported to
// OpenTelemetry's error handler and stays silent.
func Observer(opts ...Option) rt.Observer {
	c := config{
		tracers: otel.GetTracerProvider(), meters: otel.GetMeterProvider(),
		carrier: propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}),
	}
	for _, o := range opts {
		o(&c)
	}
	t := &telemetry{
		tracer: c.tracers.Tracer(scope), carrier: c.carrier, instruments: newInstruments(c.meters.Meter(scope)),
	}
	return rt.Observer{
		Call: t.call, SocketOpened: t.opened, SocketClosed: t.closed, SocketRefused: t.refused,
		TooLarge:     func(*rt.Socket, int) { t.tooLarge.Add(background, 1) },
		Subscribed:   func(channel string) { t.subscriptions.Add(background, 1, of(channel)) },
		Unsubscribed: func(channel string) { t.subscriptions.Add(background, -1, of(channel)) },
		Published:    t.publishedEvent,
		Delivered:    func(channel string, members int) { t.delivered.Add(background, int64(members), of(channel)) },
		Gap: func(channel, why string) {
			t.gaps.Add(background, 1, of(channel), metric.WithAttributes(attribute.String("rtgen.gap.reason", why)))
		},
	}
}

var background = context.Background()

func of(channel string) metric.MeasurementOption {
	return metric.WithAttributes(attribute.String("rtgen.channel", channel))
}

type telemetry struct {
	tracer  trace.Tracer
	carrier propagation.TextMapPropagator
	instruments
}

// headers reads the headers of a call for a propagator.
type headers func(name string) string

func (h headers) Get(name string) string { return h(name) }
func (h headers) Set(string, string)     {}
func (h headers) Keys() []string         { return nil }

// spanKey is where a socket has its span.
type spanKey struct{}

func (t *telemetry) call(ctx context.Context, c rt.CallStart) (context.Context, func(rt.CallEnd)) {
	begin := time.Now()
	if !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = t.carrier.Extract(ctx, headers(c.Header))
	}
	operation := []attribute.KeyValue{
		attribute.String("rtgen.operation", c.Operation), attribute.String("rtgen.transport", string(c.Transport)),
	}
	method := labels.Method(c.Method)
	start := []trace.SpanStartOption{
		trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(operation...),
		trace.WithAttributes(attribute.String("http.request.method", method)),
	}
	if c.Route != "" {
		start = append(start, trace.WithAttributes(attribute.String("http.route", c.Route)))
	}
	if c.Size >= 0 {
		start = append(start, trace.WithAttributes(attribute.Int64("http.request.body.size", c.Size)))
	}
	protocol := "http"
	if s := c.Socket; s != nil {
		protocol = "websocket"
		start = append(start, trace.WithAttributes(attribute.String("rtgen.socket", s.ID())))
		if span, ok := s.Value(spanKey{}).(trace.Span); ok {
			start = append(start, trace.WithLinks(trace.Link{SpanContext: span.SpanContext()}))
		}
	}
	start = append(start, trace.WithAttributes(attribute.String("network.protocol.name", protocol)))
	name := c.Operation
	if name == "" {
		name = method
	}
	ctx, span := t.tracer.Start(ctx, name, start...)
	by := metric.WithAttributes(operation...)
	t.active.Add(ctx, 1, by)
	return ctx, func(end rt.CallEnd) {
		t.active.Add(ctx, -1, by)
		if c.Size >= 0 {
			t.requestSize.Record(ctx, c.Size, by)
		}
		t.responseSize.Record(ctx, end.Size, by)
		status := attribute.Int("http.response.status_code", end.Status)
		t.duration.Record(ctx, time.Since(begin).Seconds(), by, metric.WithAttributes(status))
		span.SetAttributes(status, attribute.Int64("http.response.body.size", end.Size))
		if end.Status == 0 || end.Status >= 500 {
			span.SetAttributes(attribute.String("error.type", strconv.Itoa(end.Status)))
			span.SetStatus(codes.Error, http.StatusText(end.Status))
		}
		span.End()
	}
}

func (t *telemetry) opened(s *rt.Socket) {
	ctx := s.Context()
	if !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = t.carrier.Extract(ctx, headers(s.Handshake().Header.Get))
	}
	attrs := []attribute.KeyValue{
		attribute.String("rtgen.socket", s.ID()), attribute.String("network.protocol.name", "websocket"),
	}
	if host, _, err := net.SplitHostPort(s.RemoteAddr()); err == nil {
		attrs = append(attrs, attribute.String("client.address", host))
	}
	_, span := t.tracer.Start(ctx, "socket", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attrs...))
	s.Set(spanKey{}, span)
	t.sockets.Add(ctx, 1)
}

func (t *telemetry) closed(s *rt.Socket, info rt.CloseInfo) {
	t.sockets.Add(background, -1)
	t.closes.Add(background, 1, metric.WithAttributes(attribute.String("rtgen.close.code", labels.Code(info))))
	span, ok := s.Value(spanKey{}).(trace.Span)
	if !ok {
		return
	}
	span.SetAttributes(attribute.Int("rtgen.close.code", info.Code), attribute.Bool("rtgen.close.by_server", info.ByServer))
	span.End()
}

func (t *telemetry) refused(status int) {
	t.refusals.Add(background, 1, metric.WithAttributes(attribute.Int("http.response.status_code", status)))
}

func (t *telemetry) publishedEvent(ctx context.Context, channel, event string, err error) {
	attrs := []attribute.KeyValue{attribute.String("rtgen.event", event), attribute.Bool("error", err != nil)}
	t.published.Add(ctx, 1, of(channel), metric.WithAttributes(attrs...))
	if span := trace.SpanFromContext(ctx); span.IsRecording() {
		span.AddEvent("publish "+event, trace.WithAttributes(attribute.String("rtgen.channel", channel)))
		if err != nil {
			span.RecordError(err)
		}
	}
}
