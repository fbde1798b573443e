package runtime

import (
	"context"
	"testing"
)

// TestVerifyListsWhatCannotBeServed: everything at once, nothing of what is fine.
func TestVerifyListsWhatCannotBeServed(t *testing.T) {
	t.Parallel()
	type body struct {
		Body int `body:"application/json"`
	}
	bind := func(op *Operation) Binding {
		return Bind(op, func(context.Context, *body) (any, error) { return nil, nil })
	}
	content := func(schema string) *Body { return &Body{Content: []Media{{Type: "application/json", Schema: schema}}} }
	api := &API{Schemas: `{"Text":{"type":"string"},"Number":{"type":"integer"}}`, Realtime: &Realtime{}}
	s := NewServer(api, []Binding{
		bind(&Operation{ID: "right", Method: "POST", Path: "/right", Body: content("Number")}),
		bind(&Operation{ID: "wrong", Method: "POST", Path: "/wrong", Body: content("Text")}),
		bind(&Operation{ID: "unknown", Method: "POST", Path: "/unknown", Body: content("None")}),
		bind(&Operation{ID: "joins", Method: "POST", Path: "/joins", Body: content("Number"), Subscribe: []Target{{Channel: "nowhere"}}}),
		bind(&Operation{ID: "right", Method: "POST", Path: "/twice", Body: content("Number")}),
		bind(&Operation{ID: "lost", Method: "POST", Path: "/{", Body: content("Number")}),
		{},
	}, silent())
	want := `operation right: another has the same id
operation lost: no route: path "/{": a parameter has no closing brace
a binding is empty: make it with Bind
operation joins: no channel is called "nowhere"
operation unknown: the set has no schema "None"
operation wrong: body of type application/json: int as #/Text: the schema wants a string`
	if err := s.Verify(); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	fine := NewServer(api, []Binding{bind(&Operation{ID: "right", Method: "POST", Path: "/right", Body: content("Number")})}, silent())
	if err := fine.Verify(); err != nil {
		t.Error(err)
	}
}
