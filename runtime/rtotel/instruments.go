package rtotel

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
)

// instruments are what is measured.
type instruments struct {
	duration      metric.Float64Histogram
	active        metric.Int64UpDownCounter
	requestSize   metric.Int64Histogram
	responseSize  metric.Int64Histogram
	sockets       metric.Int64UpDownCounter
	closes        metric.Int64Counter
	refusals      metric.Int64Counter
	tooLarge      metric.Int64Counter
	subscriptions metric.Int64UpDownCounter
	published     metric.Int64Counter
	delivered     metric.Int64Counter
	gaps          metric.Int64Counter
}

// must reports what an instrument is refused for. What comes with the error can be used: it does nothing.
func must[T any](instrument T, err error) T {
	if err != nil {
		otel.Handle(err)
	}
	return instrument
}

// seconds are the boundaries that semantic conventions advise for durations of requests.
var seconds = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}

func newInstruments(m metric.Meter) instruments {
	counter := func(name, unit, description string) metric.Int64Counter {
		return must(m.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description)))
	}
	gauge := func(name, unit, description string) metric.Int64UpDownCounter {
		return must(m.Int64UpDownCounter(name, metric.WithUnit(unit), metric.WithDescription(description)))
	}
	size := func(name, description string) metric.Int64Histogram {
		return must(m.Int64Histogram(name, metric.WithUnit("By"), metric.WithDescription(description)))
	}
	return instruments{
		duration: must(m.Float64Histogram("rtgen.call.duration", metric.WithUnit("s"),
			metric.WithDescription("Duration of calls, by operation and transport"), metric.WithExplicitBucketBoundaries(seconds...))),
		active:        gauge("rtgen.call.active", "{call}", "Calls that run"),
		requestSize:   size("rtgen.call.request.size", "Bodies of requests"),
		responseSize:  size("rtgen.call.response.size", "Bodies of answers"),
		sockets:       gauge("rtgen.socket.active", "{socket}", "Sockets that are open"),
		closes:        counter("rtgen.socket.closed", "{socket}", "Sockets that have ended, by close code"),
		refusals:      counter("rtgen.socket.refused", "{handshake}", "Handshakes that were refused, by status"),
		tooLarge:      counter("rtgen.message.too_large", "{message}", "Messages by socket that were larger than their limit"),
		subscriptions: gauge("rtgen.subscription.active", "{subscription}", "Members of channels, by channel of the document"),
		published:     counter("rtgen.event.published", "{event}", "Events that were published"),
		delivered:     counter("rtgen.event.delivered", "{event}", "Events that were queued, one for each member"),
		gaps:          counter("rtgen.event.gaps", "{gap}", "Gaps that members were told of"),
	}
}
