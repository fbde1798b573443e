package rttest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest/internal/derive"
)

// Answers that come item by item look different on the two transports: events or lines over HTTP, item frames by socket.
// What is compared is the items, in one form.

// streamHeaders keep caches and proxies from holding items back. A socket has neither.
var streamHeaders = []string{"cache-control", "x-accel-buffering"}

// item is one item of a streamed answer. Data is the text of its data.
type item struct {
	Event string `json:"event,omitempty"`
	ID    string `json:"id,omitempty"`
	Retry int    `json:"retry,omitempty"`
	Data  string `json:"data"`
}

// sequential reports whether a media type is a sequence of items.
func sequential(media string) bool { return strings.HasPrefix(media, "text/event-stream") }

// fromEvents reads the body of an event stream (HTML Living Standard, 9.2.6).
func fromEvents(body string) string {
	var list []item
	for block := range strings.SplitSeq(body, "\n\n") {
		var it item
		var data []string
		for line := range strings.SplitSeq(block, "\n") {
			name, value, _ := strings.Cut(line, ":")
			value = strings.TrimPrefix(value, " ")
			switch name {
			case "event":
				it.Event = value
			case "id":
				it.ID = value
			case "retry":
				it.Retry, _ = strconv.Atoi(value)
			case "data":
				data = append(data, value)
			}
		}
		if data != nil {
			it.Data = strings.Join(data, "\n")
			list = append(list, it)
		}
	}
	return jsonText(list)
}

// wholeEvents reports whether the items of an operation are events with members of their own: then data that is a string is
// the text of the event over HTTP.
func wholeEvents(op *rt.Operation, set *derive.Set) bool {
	for _, r := range op.Responses {
		for _, m := range r.Content {
			if sequential(m.Type) && slices.Contains(set.Members(m.Schema), "data") {
				return true
			}
		}
	}
	return false
}

// items reads the item frames of a call until its end.
func (s *Socket) items(id string, whole bool) (string, error) {
	var list []item
	for {
		f, err := s.frame(func(f Frame) bool { return (f.T == "item" || f.T == "end") && string(f.ID) == id })
		switch {
		case err != nil:
			return "", err
		case f.T == "end" && f.Problem.Status != 0:
			return "", fmt.Errorf("a stream ended early: %s", f.Raw)
		case f.T == "end":
			return jsonText(list), nil
		}
		it := item{Event: f.Event, ID: f.EventID, Retry: f.Retry, Data: string(f.Body)}
		if text, isText := decoded(it.Data).(string); isText && whole {
			it.Data = text
		}
		list = append(list, it)
	}
}
