package suite

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/rtgen/rtgen/golden/suite/play"
)

// draft is a version of JSON Schema with the version of OpenAPI that has its
// semantics.
type draft struct {
	name    string
	openapi string
	least   int // cases that must have been played, so that an empty suite fails
}

var drafts = []draft{
	{name: "draft2020-12", openapi: "3.1.0", least: 1200},
	{name: "draft4", openapi: "3.0.3", least: 550},
}

// TestSuite plays every required case of the JSON Schema Test Suite over both
// transports. Which cases rtgen decides otherwise, and why, is in exceptions;
// a case that is listed there and agrees is a failure as well.
func TestSuite(t *testing.T) {
	t.Parallel()
	dir, ok := corpusDir(t)
	if !ok {
		return
	}
	for _, d := range drafts {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			playSuite(t, dir, d)
		})
	}
}

func playSuite(t *testing.T, dir string, d draft) {
	groups := readSuite(t, dir, d)
	expected := newExpectations(t, d)
	api, refused := load(t, dir, d, groups)
	var calls []play.Call
	for _, g := range groups {
		if why, ok := refused[g.op]; ok {
			expected.differs(g.name, "the document is refused: "+why)
			continue
		}
		for _, c := range g.Tests {
			calls = append(calls, play.Call{Op: g.op, Method: "POST", Target: "/" + g.op, Body: c.Data})
		}
	}
	if len(calls) < d.least {
		t.Errorf("only %d cases are played", len(calls))
	}
	answers := playAll(t, serve(t, api, "Body"), calls)
	for _, g := range groups {
		if _, ok := refused[g.op]; ok {
			continue
		}
		for _, c := range g.Tests {
			name := g.name + ": " + c.Description
			if checkAnswer(t, name, c.Data, answers[0]) != c.Valid {
				expected.differs(name, string(c.Data)+" is answered by "+string(answers[0].HTTP.Body))
			}
			answers = answers[1:]
		}
	}
	expected.finish()
	t.Logf("%d cases over both transports", len(calls))
}

// checkAnswer reports whether a value was accepted. Whatever the verdict, both
// transports must give it in the same words; what is accepted must come back
// as it was sent, apart from members that the Go type has no room for; and
// what is refused must be refused for a reason.
func checkAnswer(t *testing.T, name string, sent json.RawMessage, a play.Played) bool {
	t.Helper()
	checkParity(t, name, a)
	if a.HTTP.Status == 200 {
		if !within(t, a.HTTP.Body, sent) {
			t.Errorf("%s: %s comes back as %s", name, sent, a.HTTP.Body)
		}
		return true
	}
	var problem struct {
		Type   string
		Errors []struct{ In, Rule, Detail string }
	}
	if err := json.Unmarshal(a.HTTP.Body, &problem); err != nil || a.HTTP.Status != 400 || len(problem.Errors) == 0 {
		t.Errorf("%s: %s is answered by %d %s", name, sent, a.HTTP.Status, a.HTTP.Body)
	}
	for _, e := range problem.Errors {
		if e.In != "body" || e.Rule == "" || e.Rule == "unreadable" || e.Detail == "" {
			t.Errorf("%s: %s is refused without a reason: %s", name, sent, a.HTTP.Body)
		}
	}
	return false
}

// checkParity requires one answer of all ways to make a call.
func checkParity(t *testing.T, name string, a play.Played) {
	t.Helper()
	for way, other := range map[string]play.Answer{"socket": a.Socket, "path form": a.Path} {
		if a.HTTP.Status != other.Status || string(a.HTTP.Body) != string(other.Body) {
			t.Errorf("%s: the transports disagree:\nHTTP %d %s\n%s %d %s", name, a.HTTP.Status, a.HTTP.Body, way, other.Status, other.Body)
		}
	}
}

// within reports whether got is sent, possibly without some members of objects.
func within(t *testing.T, got, sent json.RawMessage) bool {
	t.Helper()
	var values [2]any
	for i, text := range []json.RawMessage{got, sent} {
		dec := json.NewDecoder(strings.NewReader(string(text)))
		dec.UseNumber()
		if err := dec.Decode(&values[i]); err != nil {
			t.Errorf("%s: %v", text, err)
			return false
		}
	}
	return part(values[0], values[1])
}

func part(got, sent any) bool {
	switch got := got.(type) {
	case map[string]any:
		sent, ok := sent.(map[string]any)
		for name, v := range got {
			other, has := sent[name]
			ok = ok && has && part(v, other)
		}
		return ok
	case []any:
		sent, ok := sent.([]any)
		return ok && slices.EqualFunc(got, sent, part)
	case json.Number:
		sent, ok := sent.(json.Number)
		return ok && sameNumber(string(got), string(sent))
	}
	return got == sent
}
