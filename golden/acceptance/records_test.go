package acceptance

import (
	"testing"

	acceptance "github.com/rtgen/rtgen/golden/acceptance/go"
	"github.com/rtgen/rtgen/runtime/rttest"
)

// record is the input of an operation on one record.
func record(id int, body any) rttest.Input {
	return rttest.Input{Path: map[string]int{"id": id}, Body: body}
}

func TestWatcherOfARecordHearsOfItOnly(t *testing.T) {
	w := newWorld(t)
	a, b := w.dial(), w.dial()
	must(t, a.Call("watchRecord", record(7, nil)), 200)
	closed := map[string]string{"state": "closed"}
	must(t, b.Call("updateRecord", record(7, closed)), 200)
	must(t, b.Call("updateRecord", record(8, closed)), 200)
	w.hears(a, "updated updated 7 closed")
}

// listed opens a socket that has listed the records of a state.
func (w *world) listed(state string) *rttest.Socket {
	w.t.Helper()
	s := w.dial()
	must(w.t, s.Call("listRecords", rttest.Input{Query: map[string]string{"state": state}}), 200)
	return s
}

func TestRecordOutsideTheFilterIsNotHeardOf(t *testing.T) {
	w := newWorld(t)
	open, closed := w.listed("open"), w.listed("closed")
	must(t, w.dial().Call("createRecord", rttest.Input{Body: acceptance.Record{ID: 1, State: "closed"}}), 201)
	w.hears(open)
	w.hears(closed, "created  1 closed")
}

func TestCreatedReachesWatchersAndNotTheCaller(t *testing.T) {
	w := newWorld(t)
	caller, other := w.listed("open"), w.listed("open")
	must(t, caller.Call("createRecord", rttest.Input{Body: acceptance.Record{ID: 3, State: "open"}}), 201)
	w.hears(caller)
	w.hears(other, "created  3 open")
}

func TestCreatedOverHTTPReachesSockets(t *testing.T) {
	w := newWorld(t)
	s := w.listed("open")
	c := call{method: "POST", target: "/records", in: rttest.Input{Body: acceptance.Record{ID: 4, State: "open"}}}
	if a := w.overHTTP(c); a.status != 201 {
		t.Fatal(a)
	}
	w.hears(s, "created  4 open")
}

func TestDestroyedIsHeardOnceAndEndsTheSubscription(t *testing.T) {
	w := newWorld(t)
	a, b := w.dial(), w.dial()
	must(t, a.Call("watchRecord", record(7, nil)), 200)
	must(t, b.Call("destroyRecord", record(7, nil)), 204)
	must(t, b.Call("updateRecord", record(7, map[string]string{})), 200)
	w.hears(a, "destroyed destroyed 7")
	if n, err := acceptance.NewRecordChannel(w.server, 7).Count(t.Context()); err != nil || n != 0 {
		t.Errorf("%d sockets are in the room of the record, %v", n, err)
	}
}

func TestUnsubscribedHearsNothingMore(t *testing.T) {
	w := newWorld(t)
	a := w.dial()
	must(t, a.Call("watchRecord", record(7, nil)), 200)
	must(t, a.Call("unwatchRecord", record(7, nil)), 204)
	must(t, w.dial().Call("updateRecord", record(7, map[string]string{})), 200)
	w.hears(a)
}
