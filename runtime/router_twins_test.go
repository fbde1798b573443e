package runtime

import (
	"context"
	"testing"
)

// Operations that differ only in the names of path parameters share a route: the values decide,
// whatever the order in which the operations are bound.
func TestTwinsAreToldApartByTheirValues(t *testing.T) {
	t.Parallel()
	type byName struct {
		Name string `path:"name"`
	}
	type byID struct {
		ID int `path:"id"`
	}
	const schemas = `{"name":{"type":"string"},"id":{"type":"integer","minimum":1},"letter":{"type":"string","enum":["a","b"]}}`
	name := Operation{ID: "name", Method: "GET", Path: "/files/{name}", Params: []Param{{Name: "name", In: InPath, Required: true, Schema: "name"}}, Responses: echoResponses}
	id := Operation{ID: "id", Method: "GET", Path: "/files/{id}", Params: []Param{{Name: "id", In: InPath, Required: true, Schema: "id"}}, Responses: echoResponses}
	letter := Operation{ID: "letter", Method: "GET", Path: "/files/{letter}", Params: []Param{{Name: "letter", In: InPath, Required: true, Schema: "letter"}}, Responses: echoResponses}
	type byLetter struct {
		Letter string `path:"letter"`
	}
	bindings := []Binding{
		Bind(&name, func(context.Context, *byName) (any, error) { return echoOf(1) }),
		Bind(&id, func(context.Context, *byID) (any, error) { return echoOf(2) }),
		Bind(&letter, func(context.Context, *byLetter) (any, error) { return echoOf(3) }),
	}
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}} {
		var list []Binding
		for _, i := range order {
			list = append(list, bindings[i])
		}
		s := NewServer(&API{Schemas: schemas}, list, silent())
		for target, want := range map[string]string{
			"/files/report.txt": "1", "/files/17": "2", "/files/0": "1", "/files/a": "3", "/files/%61": "3", "/files/c": "1",
		} {
			if got := serve(s, get(target)); got.status != 200 || got.body != want {
				t.Errorf("%v: %s: got %s, want body %s", order, target, got, want)
			}
		}
	}
	strict := NewServer(&API{Schemas: schemas}, bindings[1:], silent())
	if got := serve(strict, get("/files/report.txt")); got.status != 400 {
		t.Errorf("a value that neither takes: got %s, want 400", got)
	}
}

// What an operation requires besides the path tells it apart too.
func TestTwinsAreToldApartByWhatTheyRequire(t *testing.T) {
	t.Parallel()
	type plain struct {
		Limit *int `query:"limit"`
	}
	type beta struct {
		Beta string `query:"beta"`
	}
	const schemas = `{"limit":{"type":"integer"},"beta":{"type":"string","enum":["true"]}}`
	stable := Operation{ID: "a", Method: "GET", Path: "/responses", Params: []Param{{Name: "limit", In: InQuery, Schema: "limit"}}, Responses: echoResponses}
	fresh := Operation{ID: "b", Method: "GET", Path: "/responses", Params: []Param{{Name: "beta", In: InQuery, Required: true, Schema: "beta"}}, Responses: echoResponses}
	bindings := []Binding{
		Bind(&stable, func(context.Context, *plain) (any, error) { return echoOf(1) }),
		Bind(&fresh, func(context.Context, *beta) (any, error) { return echoOf(2) }),
	}
	for _, list := range [][]Binding{bindings, {bindings[1], bindings[0]}} {
		s := NewServer(&API{Schemas: schemas}, list, silent())
		for target, want := range map[string]string{"/responses": "1", "/responses?beta=true": "2", "/responses?beta=false": "1", "/responses?limit=3": "1"} {
			if got := serve(s, get(target)); got.status != 200 || got.body != want {
				t.Errorf("%s: got %s, want body %s", target, got, want)
			}
		}
		if got := serve(s, get("/responses?limit=x")); got.status != 400 {
			t.Errorf("an invalid optional parameter: got %s, want 400", got)
		}
	}
}
