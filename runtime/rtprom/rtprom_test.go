package rtprom_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/internal/fixture/chat"
	"github.com/rtgen/rtgen/runtime/rtprom"
	"github.com/rtgen/rtgen/runtime/rttest"
)

type app struct{ chat.Unimplemented }

func (app) ListMessages(context.Context, *chat.ListMessagesRequest) (chat.ListMessagesResponse, error) {
	return chat.ListMessagesOK{}, nil
}

func (app) CreateMessage(_ context.Context, req *chat.CreateMessageRequest) (chat.CreateMessageResponse, error) {
	return chat.CreateMessageCreated{Body: chat.Message{ID: "1", Text: req.Body.Text}}, nil
}

func bearer(_ context.Context, c rt.BearerCredentials) (*rt.Identity, error) {
	return &rt.Identity{Subject: c.Token}, nil
}

// scrape reads the metrics as Prometheus does and writes each as name{labels} value; of histograms the count.
func scrape(t *testing.T, m http.Handler) (lines []string) {
	t.Helper()
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	for name, family := range families {
		for _, metric := range family.Metric {
			var labels []string
			for _, l := range metric.Label {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			value := metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + float64(metric.GetHistogram().GetSampleCount())
			lines = append(lines, fmt.Sprintf("%s{%s} %v", name, strings.Join(labels, ","), value))
		}
	}
	slices.Sort(lines)
	return lines
}

// wait scrapes until every wanted line is there, and returns the last scrape: a call ends after its
// answer is on its way.
func wait(t *testing.T, m http.Handler, want ...string) []string {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; runtime.Gosched() {
		lines := scrape(t, m)
		missing := slices.DeleteFunc(slices.Clone(want), func(line string) bool { return slices.Contains(lines, line) })
		if len(missing) == 0 {
			return lines
		}
		if time.Now().After(deadline) {
			t.Fatalf("no\n%s\nin\n%s", strings.Join(missing, "\n"), strings.Join(lines, "\n"))
		}
	}
}

func TestScrapeOfAServerInUse(t *testing.T) {
	t.Parallel()
	metrics := rtprom.New()
	closed := make(chan struct{})
	server := chat.NewServer(app{}, chat.WithBearer(bearer), rt.WithObserver(metrics.Observer()),
		rt.OnDisconnect(func(*rt.Socket, rt.CloseInfo) { close(closed) }))
	host := rttest.Start(t, server)
	ada := http.Header{"Authorization": {"Bearer ada"}}
	s := host.Dial(t, "/realtime", ada)
	// However many rooms there are, a channel is one series.
	for i := range 20 {
		room := fmt.Sprintf("0b0e2a5c-6d2f-4a3e-9a5e-1c7f5d0c9a%02d", i)
		s.Call("listMessages", rttest.Input{Path: map[string]string{"roomId": room}})
		s.Call("createMessage", rttest.Input{Path: map[string]string{"roomId": room}, Body: map[string]string{"text": "hi"}})
		s.Next("ev")
	}
	// Whatever clients ask for, what the document does not have is one series.
	for i := range 20 {
		req, _ := http.NewRequestWithContext(t.Context(), fmt.Sprint("M", i), host.URL()+fmt.Sprint("/nowhere/", i), nil)
		res, err := host.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	res, err := host.Client().Get(host.URL() + "/realtime") // no upgrade
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	large := map[string]string{"text": strings.Repeat("x", 100<<10)}
	s.Call("createMessage", rttest.Input{Path: map[string]string{"roomId": "0b0e2a5c-6d2f-4a3e-9a5e-1c7f5d0c9a00"}, Body: large})
	lines := wait(t, metrics,
		"rtgen_call_duration_seconds{operation=,status=404,transport=http} 20",
		"rtgen_call_duration_seconds{operation=createMessage,status=201,transport=socket} 20",
		"rtgen_calls_in_flight{operation=createMessage,transport=socket} 0",
		"rtgen_events_published_total{channel=room,event=message.created,outcome=ok} 20",
		"rtgen_subscriptions{channel=room} 20",
		"rtgen_sockets{} 1",
		"rtgen_sockets_refused_total{status=426} 1",
		"rtgen_messages_too_large_total{} 1",
		"rtgen_call_duration_seconds{operation=createMessage,status=413,transport=socket} 1",
	)
	if len(lines) > 30 {
		t.Errorf("%d series:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	s.Close()
	<-closed
	wait(t, metrics, "rtgen_subscriptions{channel=room} 0", "rtgen_sockets{} 0", "rtgen_sockets_closed_total{code=1006} 1")
}

func TestMetricsAreACollectorForARegistry(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(rtprom.New())
	if _, err := registry.Gather(); err != nil {
		t.Fatal(err)
	}
}
