package golang

import (
	"bytes"
	"go/format"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rtgen/rtgen/spec"
)

// emit is the output for a model; the test fails unless all of it is formatted Go.
func emit(t testing.TB, api *spec.API) map[string]string {
	t.Helper()
	files, _, err := Emit(api, Options{Package: "api", Source: "api.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for name, content := range files {
		out[name] = string(content)
		formatted, err := format.Source(content)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, content)
		}
		if !bytes.Equal(formatted, content) {
			t.Errorf("%s is not as gofmt leaves it: %s", name, cmp.Diff(string(formatted), string(content)))
		}
	}
	return out
}

// unheard is a kind of type that nobody wrote a case for.
type unheard struct{ spec.Type }

func TestUnknownTypeIsLoud(t *testing.T) {
	t.Parallel()
	for name, typ := range map[string]spec.Type{"declared": unheard{}, "nested": object(field("a", unheard{}, true)), "listed": &spec.List{Elem: unheard{}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if r := recover(); r == nil || !strings.Contains(r.(string), "unheard") {
					t.Errorf("recovered %v, want the name of the type", r)
				}
			}()
			Emit(&spec.API{Decls: []*spec.Decl{component("A", typ)}}, Options{Package: "api"})
		})
	}
}

// Every kind of type has a case everywhere, inline and declared.
func TestEveryKindOfTypeIsEmitted(t *testing.T) {
	t.Parallel()
	target := component("Target", text)
	for _, typ := range []spec.Type{
		&spec.Any{}, &spec.Scalar{Kind: spec.Null}, &spec.Scalar{Kind: "odd"}, &spec.Enum{Kind: spec.Boolean, Values: values("true")}, object(),
		&spec.List{}, &spec.List{Prefix: []spec.Type{text}}, &spec.Map{}, &spec.Union{}, &spec.Nullable{Elem: text}, ref(target), ref(component("Elsewhere", text)),
	} {
		emit(t, &spec.API{Decls: []*spec.Decl{target, component("A", typ), inlineDecl("B.c", typ), component("B", object(field("x", typ, false), field("y", typ, true)))}})
	}
}

func TestOutputIsDeterministic(t *testing.T) {
	t.Parallel()
	want := emit(t, chat())
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		api := chat()
		rnd.Shuffle(len(api.Decls), func(i, j int) { api.Decls[i], api.Decls[j] = api.Decls[j], api.Decls[i] })
		rnd.Shuffle(len(api.Operations), func(i, j int) { api.Operations[i], api.Operations[j] = api.Operations[j], api.Operations[i] })
		events := api.Realtime.Channels[0].Events
		rnd.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		if d := cmp.Diff(want, emit(t, api)); d != "" {
			t.Fatalf("order of the model matters: %s", d)
		}
	}
}

// Adding a property changes its own line and at most a few beside it.
func TestAddingAPropertyIsASmallDiff(t *testing.T) {
	t.Parallel()
	for at := range 5 {
		for _, name := range []string{"x", "aVeryLongPropertyNameIndeed"} {
			before, after := chat(), chat()
			message := after.Decls[0].Type.(*spec.Object)
			message.Fields = slices.Insert(message.Fields, at, field(name, instant, false))
			if removed, added := changed(emit(t, before), emit(t, after)); removed+added > 12 {
				t.Errorf("%s at %d: %d lines removed, %d added", name, at, removed, added)
			}
		}
	}
}

// Adding an operation removes no line of the others.
func TestAddingAnOperationTouchesNoOther(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"aaa", "createMessages", "zzz", "aMuchLongerNameThanAllTheOthers"} {
		after := chat()
		op := *after.Operations[0]
		op.ID = id
		after.Operations = append(after.Operations, &op)
		if removed, added := changed(emit(t, chat()), emit(t, after)); removed > 0 || added == 0 {
			t.Errorf("%s: %d lines removed, %d added", id, removed, added)
		}
	}
}

// changed counts the lines of a that are gone in b, and those that are new, by file.
func changed(a, b map[string]string) (removed, added int) {
	for name := range a {
		count := map[string]int{}
		for _, l := range strings.Split(a[name], "\n") {
			count[l]++
		}
		for _, l := range strings.Split(b[name], "\n") {
			count[l]--
		}
		for line, n := range count {
			if line != "" {
				removed += max(n, 0)
				added += max(-n, 0)
			}
		}
	}
	return removed, added
}

// Every exported name that is declared at the top has a comment that starts with it.
func TestEverythingIsDocumented(t *testing.T) {
	t.Parallel()
	for name, src := range emit(t, chat()) {
		lines := strings.Split(src, "\n")
		for i, line := range lines {
			for _, keyword := range []string{"type ", "func "} {
				rest, ok := strings.CutPrefix(line, keyword)
				if !ok || !token.IsExported(rest) {
					continue
				}
				first := i
				for first > 0 && strings.HasPrefix(lines[first-1], "//") {
					first--
				}
				ident := rest[:strings.IndexAny(rest, " (")]
				if !strings.HasPrefix(lines[first], "// "+ident) {
					t.Errorf("%s:%d: %s lacks a comment that starts with it", name, i+1, ident)
				}
			}
		}
		if _, err := parser.ParseFile(token.NewFileSet(), name, src, 0); err != nil {
			t.Error(err)
		}
	}
}
