package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"time"

	"github.com/rtgen/rtgen/examples/benchmarks/api"
	"github.com/rtgen/rtgen/examples/benchmarks/servers"
)

// orderSizes are about 1 KB and 50 KB.
var orderSizes = []struct {
	name  string
	lines int
	calls int // in one turn
}{{"1 KB", 5, 2000}, {"50 KB", 375, 60}}

// process measures createOrder without a network: ServeHTTP, with a body in memory.
func (b *bench) process() error {
	handlers := map[string]http.Handler{}
	for _, name := range httpContestants {
		h, _, err := servers.Open(name)
		if err != nil {
			return err
		}
		handlers[name] = h
	}
	rounds := b.rounds
	b.rounds *= 3 // short ones
	defer func() { b.rounds = rounds }()
	for _, size := range orderSizes {
		body := order(size.lines)
		err := b.inTurns(httpContestants, func(contestant string) error {
			calls := max(int(float64(size.calls)*b.phase().Seconds()), 5)
			for range calls / 5 {
				if err := post(handlers[contestant], body); err != nil {
					return err
				}
			}
			runtime.GC()
			var m0, m1 runtime.MemStats
			runtime.ReadMemStats(&m0)
			before := servers.CPU()
			for range calls {
				if err := post(handlers[contestant], body); err != nil {
					return err
				}
			}
			used := servers.CPU() - before
			runtime.ReadMemStats(&m1)
			b.note(contestant, size.name+" cpu", float64(used.Microseconds())/float64(calls))
			b.note(contestant, size.name+" allocs", float64(m1.Mallocs-m0.Mallocs)/float64(calls))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

var orders, _ = url.Parse("/orders")

// post makes one request.
func post(h http.Handler, body []byte) error {
	r := &http.Request{
		Method: "POST", URL: orders, RequestURI: "/orders", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Host: "localhost",
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(body)), Body: &closer{*bytes.NewReader(body)},
	}
	w := sink{header: http.Header{}}
	h.ServeHTTP(&w, r)
	if w.status != http.StatusOK || w.bytes < len(body)-len(body)/10 {
		return fmt.Errorf("status %d and %d bytes", w.status, w.bytes)
	}
	return nil
}

type closer struct{ bytes.Reader }

func (*closer) Close() error { return nil }

// A sink is the cheapest http.ResponseWriter.
type sink struct {
	header        http.Header
	status, bytes int
}

func (s *sink) Header() http.Header    { return s.header }
func (s *sink) WriteHeader(status int) { s.status = status }
func (s *sink) Write(p []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	s.bytes += len(p)
	return len(p), nil
}

// order is a body with so many lines.
func order(lines int) []byte {
	o := api.Order{
		ID: "order-1815-12-10", Status: api.OrderStatusPaid, Customer: "Charles Babbage", Email: new("charles@example.org"),
		Note: new("Please leave the second barrel at the door."), Gift: new(true), Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Shipping: &api.Address{Street: "1 Dorset Street", City: "London", Zip: new("W1U 4EE"), Country: "GB"},
		Billing:  &api.Address{Street: "5 Devonshire Street", City: "London", Country: "GB"},
	}
	for i := range lines {
		o.Lines = append(o.Lines, api.Line{
			Sku: fmt.Sprintf("WHEEL-%06d", i), Title: new(fmt.Sprintf("Brass wheel of the figure column %d", i)),
			Quantity: 1 + i%9, Price: 12.5 + float64(i), Discount: new(0.5), Tags: []string{"brass", "engine"},
		})
	}
	data, err := json.Marshal(o)
	if err != nil {
		panic(err) // plain values
	}
	return data
}
