// Package rtprom has the metrics of a server for Prometheus.
//
//	metrics := rtprom.New()
//	server := chat.NewServer(app{}, rt.WithObserver(metrics.Observer()))
//	http.Handle("/metrics", metrics)
//
// A program that has a registry of its own registers the metrics there instead of serving them:
//
//	registry.MustRegister(metrics)
//
// # Metrics
//
//	rtgen_call_duration_seconds      histogram   operation, transport, status
//	rtgen_calls_in_flight            gauge       operation, transport
//	rtgen_request_bytes_total        counter     operation, transport
//	rtgen_response_bytes_total       counter     operation, transport
//	rtgen_sockets                    gauge
//	rtgen_sockets_closed_total       counter     code
//	rtgen_sockets_refused_total      counter     status
//	rtgen_messages_too_large_total   counter
//	rtgen_subscriptions              gauge       channel
//	rtgen_events_published_total     counter     channel, event, outcome: ok or error
//	rtgen_events_delivered_total     counter     channel; one for each member
//	rtgen_gaps_total                 counter     channel, why
//
// Channels are those of the document, never concrete addresses, and calls without an operation have one
// label: the number of series is bounded by the document.
package rtprom

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/internal/labels"
)

// Metrics are the metrics of one server, or of several together. It is a collector for a registry, and an
// http.Handler that serves itself alone. It is safe for concurrent use.
type Metrics struct {
	duration      *prometheus.HistogramVec
	inFlight      *prometheus.GaugeVec
	requestBytes  *prometheus.CounterVec
	responseBytes *prometheus.CounterVec
	sockets       prometheus.Gauge
	closed        *prometheus.CounterVec
	refused       *prometheus.CounterVec
	tooLarge      prometheus.Counter
	subscriptions *prometheus.GaugeVec
	published     *prometheus.CounterVec
	delivered     *prometheus.CounterVec
	gaps          *prometheus.CounterVec

	all     []prometheus.Collector
	handler http.Handler
}

// New returns metrics in which nothing has happened yet.
func New() *Metrics {
	m := &Metrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rtgen_call_duration_seconds", Help: "Duration of calls.", Buckets: prometheus.DefBuckets,
		}, []string{"operation", "transport", "status"}),
		inFlight:      gauges("rtgen_calls_in_flight", "Calls that run.", "operation", "transport"),
		requestBytes:  counters("rtgen_request_bytes_total", "Bytes of the bodies of requests.", "operation", "transport"),
		responseBytes: counters("rtgen_response_bytes_total", "Bytes of the bodies of answers.", "operation", "transport"),
		sockets:       prometheus.NewGauge(prometheus.GaugeOpts{Name: "rtgen_sockets", Help: "Sockets that are open."}),
		closed:        counters("rtgen_sockets_closed_total", "Sockets that have ended, by close code.", "code"),
		refused:       counters("rtgen_sockets_refused_total", "Handshakes that were refused, by status.", "status"),
		tooLarge: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "rtgen_messages_too_large_total", Help: "Messages by socket that were larger than their limit.",
		}),
		subscriptions: gauges("rtgen_subscriptions", "Members of channels, by channel of the document.", "channel"),
		published:     counters("rtgen_events_published_total", "Events that were published.", "channel", "event", "outcome"),
		delivered:     counters("rtgen_events_delivered_total", "Events that were queued, one for each member.", "channel"),
		gaps:          counters("rtgen_gaps_total", "Gaps that members were told of.", "channel", "why"),
	}
	m.all = []prometheus.Collector{
		m.duration, m.inFlight, m.requestBytes, m.responseBytes, m.sockets, m.closed, m.refused, m.tooLarge, m.subscriptions,
		m.published, m.delivered, m.gaps,
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(m)
	m.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return m
}

func counters(name, help string, names ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, names)
}

func gauges(name, help string, names ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, names)
}

// Describe is for registries.
func (m *Metrics) Describe(descs chan<- *prometheus.Desc) {
	for _, c := range m.all {
		c.Describe(descs)
	}
}

// Collect is for registries.
func (m *Metrics) Collect(metrics chan<- prometheus.Metric) {
	for _, c := range m.all {
		c.Collect(metrics)
	}
}

// ServeHTTP serves the metrics in the format that the scraper asks for.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.handler.ServeHTTP(w, r) }

// Observer returns what fills the metrics, for [rt.WithObserver].
func (m *Metrics) Observer() rt.Observer {
	return rt.Observer{
		Call:         m.call,
		SocketOpened: func(*rt.Socket) { m.sockets.Inc() },
		SocketClosed: func(_ *rt.Socket, info rt.CloseInfo) {
			m.sockets.Dec()
			m.closed.WithLabelValues(labels.Code(info)).Inc()
		},
		SocketRefused: func(status int) { m.refused.WithLabelValues(strconv.Itoa(status)).Inc() },
		TooLarge:      func(*rt.Socket, int) { m.tooLarge.Inc() },
		Subscribed:    func(channel string) { m.subscriptions.WithLabelValues(channel).Inc() },
		Unsubscribed:  func(channel string) { m.subscriptions.WithLabelValues(channel).Dec() },
		Published: func(_ context.Context, channel, event string, err error) {
			outcome := "ok"
			if err != nil {
				outcome = "error"
			}
			m.published.WithLabelValues(channel, event, outcome).Inc()
		},
		Delivered: func(channel string, members int) { m.delivered.WithLabelValues(channel).Add(float64(members)) },
		Gap:       func(channel, why string) { m.gaps.WithLabelValues(channel, why).Inc() },
	}
}

func (m *Metrics) call(ctx context.Context, c rt.CallStart) (context.Context, func(rt.CallEnd)) {
	begin := time.Now()
	transport := string(c.Transport)
	running := m.inFlight.WithLabelValues(c.Operation, transport)
	running.Inc()
	return ctx, func(end rt.CallEnd) {
		running.Dec()
		m.duration.WithLabelValues(c.Operation, transport, strconv.Itoa(end.Status)).Observe(time.Since(begin).Seconds())
		m.requestBytes.WithLabelValues(c.Operation, transport).Add(float64(max(0, c.Size)))
		m.responseBytes.WithLabelValues(c.Operation, transport).Add(float64(end.Size))
	}
}
