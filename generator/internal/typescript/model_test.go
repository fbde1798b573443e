package typescript

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rtgen/rtgen/spec"
)

// Short words for building models by hand.

var (
	str     = &spec.Scalar{Kind: spec.String}
	integer = &spec.Scalar{Kind: spec.Integer}
	boolean = &spec.Scalar{Kind: spec.Boolean}
	binary  = &spec.Scalar{Kind: spec.String, Format: "binary"}
)

func component(name string, t spec.Type) *spec.Decl {
	return &spec.Decl{Name: name, Component: true, Type: t}
}

func ref(d *spec.Decl) spec.Type { return &spec.Ref{Decl: d} }

func object(fields ...*spec.Field) *spec.Object { return &spec.Object{Fields: fields} }

// field is a member whose name may end in "?".
func field(name string, t spec.Type) *spec.Field {
	name, optional := strings.CutSuffix(name, "?")
	return &spec.Field{Name: name, Type: t, Required: !optional}
}

func enum(values ...string) *spec.Enum {
	e := &spec.Enum{Kind: spec.String}
	for _, v := range values {
		text, _ := json.Marshal(v)
		e.Values = append(e.Values, spec.EnumValue{JSON: text})
	}
	return e
}

func union(variants ...spec.Type) *spec.Union {
	u := &spec.Union{}
	for i, t := range variants {
		u.Variants = append(u.Variants, spec.Variant{Branch: i, Type: t})
	}
	return u
}

func null(t spec.Type) spec.Type { return &spec.Nullable{Elem: t} }

func content(mediaType string, kind spec.MediaKind, t spec.Type) *spec.Media {
	return &spec.Media{Type: mediaType, Kind: kind, Shape: t}
}

func jsonContent(t spec.Type) []*spec.Media {
	return []*spec.Media{content("application/json", spec.MediaJSON, t)}
}

// document is a model with these declarations and operations.
func document(decls []*spec.Decl, operations ...*spec.Operation) *spec.API {
	return &spec.API{Source: "api.yaml", Decls: decls, Operations: operations}
}

// get is an operation that answers 200 with a JSON value.
func get(id string, answer spec.Type) *spec.Operation {
	return &spec.Operation{
		ID: id, Method: "GET", Path: spec.Path{Template: "/" + id},
		Responses: []*spec.Response{{Status: "200", Content: jsonContent(answer)}},
	}
}

// post is an operation that takes a JSON value.
func post(id string, body spec.Type) *spec.Operation {
	return &spec.Operation{
		ID: id, Method: "POST", Path: spec.Path{Template: "/" + id},
		Body:      &spec.Body{Required: true, Content: jsonContent(body)},
		Responses: []*spec.Response{{Status: "204"}},
	}
}

func emit(t testing.TB, api *spec.API) map[string][]byte {
	t.Helper()
	files, _, err := Emit(api, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// text is an emitted file without its header.
func text(t testing.TB, api *spec.API, file string) string {
	t.Helper()
	_, body, ok := strings.Cut(string(emit(t, api)[file]), "\n\n")
	if !ok {
		t.Fatalf("%s has no header", file)
	}
	return body
}

func diff(t testing.TB, what, got, want string) {
	t.Helper()
	if d := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}
