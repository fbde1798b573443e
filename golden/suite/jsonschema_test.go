package suite

import (
	"testing"

	"github.com/rtgen/rtgen/golden/suite/play"
)

// draft is a version of JSON Schema with the version of OpenAPI that has its
// semantics.
type draft struct {
	name     string
	openapi  string
	optional []string
}

var drafts = []draft{
	{name: "draft2020-12", openapi: "3.1.0"},
	{name: "draft4", openapi: "3.0.3"},
}

// TestSuite plays the JSON Schema Test Suite over both transports.
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
	api, refused := load(t, dir, d, groups)
	var calls []play.Call
	for _, g := range groups {
		if refused[g.op] != "" {
			t.Logf("REFUSED %s: %s", g.name, refused[g.op])
			continue
		}
		for _, c := range g.Tests {
			calls = append(calls, play.Call{Op: g.op, Body: c.Data})
		}
	}
	answers := playAll(t, serve(t, api), calls)
	for _, g := range groups {
		if refused[g.op] != "" {
			continue
		}
		for _, c := range g.Tests {
			a := answers[0]
			answers = answers[1:]
			if a.HTTP.Status != a.Socket.Status || string(a.HTTP.Body) != string(a.Socket.Body) {
				t.Errorf("TRANSPORT %s: %s: %d %s, %d %s", g.name, c.Description, a.HTTP.Status, a.HTTP.Body, a.Socket.Status, a.Socket.Body)
			}
			accepted := a.HTTP.Status == 200
			if accepted != c.Valid || !accepted && a.HTTP.Status != 400 {
				t.Errorf("VERDICT %s: %s: valid %v, answers %d %s to %s", g.name, c.Description, c.Valid, a.HTTP.Status, a.HTTP.Body, c.Data)
			}
		}
	}
}
