package behaviour

import (
	"log/slog"
	"path/filepath"
	"testing"

	acceptance "github.com/rtgen/rtgen/golden/acceptance/go"
	allof "github.com/rtgen/rtgen/golden/allof/go"
	basic "github.com/rtgen/rtgen/golden/basic/go"
	bigints "github.com/rtgen/rtgen/golden/bigints/go"
	bodies "github.com/rtgen/rtgen/golden/bodies/go"
	brands "github.com/rtgen/rtgen/golden/brands/go"
	channels "github.com/rtgen/rtgen/golden/channels/go"
	chat "github.com/rtgen/rtgen/golden/chat/go"
	checks "github.com/rtgen/rtgen/golden/checks/go"
	dates "github.com/rtgen/rtgen/golden/dates/go"
	defaults "github.com/rtgen/rtgen/golden/defaults/go"
	diffoperationafter "github.com/rtgen/rtgen/golden/diff-operation-after/go"
	diffoperationbefore "github.com/rtgen/rtgen/golden/diff-operation-before/go"
	diffpropertyafter "github.com/rtgen/rtgen/golden/diff-property-after/go"
	diffpropertybefore "github.com/rtgen/rtgen/golden/diff-property-before/go"
	directions "github.com/rtgen/rtgen/golden/directions/go"
	enums "github.com/rtgen/rtgen/golden/enums/go"
	events "github.com/rtgen/rtgen/golden/events/go"
	everything "github.com/rtgen/rtgen/golden/everything/go"
	fallbacks "github.com/rtgen/rtgen/golden/fallbacks/go"
	files "github.com/rtgen/rtgen/golden/files/go"
	groups "github.com/rtgen/rtgen/golden/groups/go"
	hostile "github.com/rtgen/rtgen/golden/hostile/go"
	incomplete "github.com/rtgen/rtgen/golden/incomplete/go"
	names "github.com/rtgen/rtgen/golden/names/go"
	nullable "github.com/rtgen/rtgen/golden/nullable/go"
	openapi30 "github.com/rtgen/rtgen/golden/openapi30/go"
	orders "github.com/rtgen/rtgen/golden/orders/go"
	params "github.com/rtgen/rtgen/golden/params/go"
	petstore "github.com/rtgen/rtgen/golden/petstore/go"
	plain "github.com/rtgen/rtgen/golden/plain/go"
	responses "github.com/rtgen/rtgen/golden/responses/go"
	security "github.com/rtgen/rtgen/golden/security/go"
	shapes "github.com/rtgen/rtgen/golden/shapes/go"
	split "github.com/rtgen/rtgen/golden/split/go"
	steered "github.com/rtgen/rtgen/golden/steered/go"
	streams "github.com/rtgen/rtgen/golden/streams/go"
	temporal "github.com/rtgen/rtgen/golden/temporal/go"
	unions "github.com/rtgen/rtgen/golden/unions/go"
	validate "github.com/rtgen/rtgen/golden/validate/go"
	rt "github.com/rtgen/rtgen/runtime"
)

// TestEveryOperationCanBeServed lets the server of every case work out how it
// reads and writes the emitted types: what compiles may still not fit the
// schemas.
func TestEveryOperationCanBeServed(t *testing.T) {
	t.Parallel()
	quiet := rt.WithLogger(slog.New(slog.DiscardHandler))
	servers := map[string]*rt.Server{
		"acceptance":            acceptance.NewServer(acceptance.Unimplemented{}, quiet),
		"allof":                 allof.NewServer(allof.Unimplemented{}, quiet),
		"basic":                 basic.NewServer(basic.Unimplemented{}, quiet),
		"bigints":               bigints.NewServer(bigints.Unimplemented{}, quiet),
		"bodies":                bodies.NewServer(bodies.Unimplemented{}, quiet),
		"brands":                brands.NewServer(brands.Unimplemented{}, quiet),
		"channels":              channels.NewServer(channels.Unimplemented{}, quiet),
		"chat":                  chat.NewServer(chat.Unimplemented{}, quiet),
		"checks":                checks.NewServer(checks.Unimplemented{}, quiet),
		"dates":                 dates.NewServer(dates.Unimplemented{}, quiet),
		"defaults":              defaults.NewServer(defaults.Unimplemented{}, quiet),
		"diff-operation-after":  diffoperationafter.NewServer(diffoperationafter.Unimplemented{}, quiet),
		"diff-operation-before": diffoperationbefore.NewServer(diffoperationbefore.Unimplemented{}, quiet),
		"diff-property-after":   diffpropertyafter.NewServer(diffpropertyafter.Unimplemented{}, quiet),
		"diff-property-before":  diffpropertybefore.NewServer(diffpropertybefore.Unimplemented{}, quiet),
		"directions":            directions.NewServer(directions.Unimplemented{}, quiet),
		"enums":                 enums.NewServer(enums.Unimplemented{}, quiet),
		"events":                events.NewServer(events.Unimplemented{}, quiet),
		"everything":            everything.NewServer(everything.Unimplemented{}, quiet),
		"fallbacks":             fallbacks.NewServer(fallbacks.Unimplemented{}, quiet),
		"files":                 files.NewServer(files.Unimplemented{}, quiet),
		"groups":                groups.NewServer(groups.Unimplemented{}, quiet),
		"hostile":               hostile.NewServer(hostile.Unimplemented{}, quiet),
		"incomplete":            incomplete.NewServer(incomplete.Unimplemented{}, quiet),
		"names":                 names.NewServer(names.Unimplemented{}, quiet),
		"nullable":              nullable.NewServer(nullable.Unimplemented{}, quiet),
		"openapi30":             openapi30.NewServer(openapi30.Unimplemented{}, quiet),
		"orders":                orders.NewServer(orders.Unimplemented{}, quiet),
		"params":                params.NewServer(params.Unimplemented{}, quiet),
		"petstore":              petstore.NewServer(petstore.Unimplemented{}, quiet),
		"plain":                 plain.NewServer(plain.Unimplemented{}, quiet),
		"responses":             responses.NewServer(responses.Unimplemented{}, quiet),
		"security":              security.NewServer(security.Unimplemented{}, quiet),
		"shapes":                shapes.NewServer(shapes.Unimplemented{}, quiet),
		"split":                 split.NewServer(split.Unimplemented{}, quiet),
		"steered":               steered.NewServer(steered.Unimplemented{}, quiet),
		"streams":               streams.NewServer(streams.Unimplemented{}, quiet),
		"temporal":              temporal.NewServer(temporal.Unimplemented{}, quiet),
		"unions":                unions.NewServer(unions.Unimplemented{}, quiet),
		"validate":              validate.NewServer(validate.Unimplemented{}, quiet),
	}
	documents, err := filepath.Glob("../*/openapi.yaml")
	if err != nil || len(documents) != len(servers) {
		t.Errorf("%d cases, %d servers here: %v", len(documents), len(servers), err)
	}
	for _, document := range documents {
		name := filepath.Base(filepath.Dir(document))
		if s := servers[name]; s == nil {
			t.Errorf("%s has no server here", name)
		} else if err := s.Verify(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
