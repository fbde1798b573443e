package typescript

import (
	"slices"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// valuesFile holds what a client does to values beyond JSON: where the dates are, and the
// schemas of what arrives. It exists only where an option asks for it.
const valuesFile = "values.ts"

// valuesPlan is the content of valuesFile, and how client.ts uses it.
type valuesPlan struct {
	Shapes  *valueTable // nil: nothing is converted
	Schemas *valueTable // nil: nothing is checked

	Brands  bool     // index.ts exports what makes a branded string
	Imports []string // values that client.ts takes from the runtime, sorted
	Tables  []string // of client.ts, from values.ts
	Exports []string // types that index.ts exports besides the usual ones, sorted
	Options string   // the options that createClient gives to the client
	Steps   string   // what happens to values, in the order of their arrival
}

// valueTable is the objects of a table, by their members.
type valueTable struct {
	Types    []string // `Message: { properties: { at: 'date-time' } }`
	Requests []string
	Replies  []string
	Events   []string
}

func (v valuesPlan) any() bool { return v.Shapes != nil || v.Schemas != nil }

// planValues plans valuesFile from the options.
func (p *planner) planValues() valuesPlan {
	o := p.opts
	plan := valuesPlan{Brands: o.Brands, Options: "options", Exports: o.typeNames()}
	if o.Validate {
		plan.Exports = append(plan.Exports, "ValidateOptions", "Violation")
		slices.Sort(plan.Exports)
	}
	if !o.steps() {
		return plan
	}
	plan.Imports = []string{"convert"}
	var steps []string
	if o.BigInt {
		plan.Imports = append(plan.Imports, "exact", "longs")
		plan.Options = "exact(options)"
		steps = append(steps, "longs(api)")
	}
	if o.Validate {
		plan.Schemas = p.planSchemas()
		plan.Imports = append(plan.Imports, "validated")
		plan.Tables = append(plan.Tables, "schemas")
		steps = append(steps, "validated(schemas, options)")
	}
	if o.converts() {
		plan.Shapes = p.planShapes()
		plan.Tables = append(plan.Tables, "shapes")
		codecs, others := o.codecs()
		plan.Imports = append(append(plan.Imports, "shaped"), codecs...)
		if others != "" {
			plan.Imports = append(plan.Imports, others)
			others = ", " + others
		}
		steps = append(steps, "shaped(shapes, "+spread(codecs)+others+")")
	}
	slices.Sort(plan.Imports)
	plan.Steps = strings.Join(steps, ", ")
	return plan
}

// codecs are the tables of converters, and what takes the values that have none.
func (o Options) codecs() (tables []string, others string) {
	switch o.Dates {
	case DatesDate:
		tables = append(tables, "dates")
	case DatesTemporal:
		tables = append(tables, "temporal")
	}
	if o.BigInt {
		return append(tables, "bigints"), "rounded"
	}
	return tables, ""
}

// spread is one object of several.
func spread(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return "{ ..." + strings.Join(names, ", ...") + " }"
}

// arrival is a JSON body among the answers of an operation, or an item of one that is streamed.
type arrival struct {
	key   string // "200", "4XX", or "200 application/json" where media types differ
	media *spec.Media
}

// arrivals lists the JSON bodies of an operation's answers, and the items of streamed ones. same says whether two
// media types of a response need no telling apart.
func arrivals(op *spec.Operation, same func(a, b *spec.Media) bool) []arrival {
	var list []arrival
	for _, r := range op.Responses {
		status := strings.ToUpper(r.Status)
		if r.Status == "default" {
			status = r.Status
		}
		var media []*spec.Media
		for _, m := range r.Content {
			if essenceOf(m) == "*/*" || essenceOf(m) == "application/*" || m.Kind == spec.MediaJSON || streams(m) {
				media = append(media, m)
			}
		}
		alike := !slices.ContainsFunc(media, func(m *spec.Media) bool { return !same(m, media[0]) })
		for i, m := range media {
			switch {
			case !alike && !isPattern(m.Type):
				list = append(list, arrival{status + " " + essenceOf(m), m})
			case !alike || i == 0:
				list = append(list, arrival{status, m})
			}
		}
	}
	return list
}

func essenceOf(m *spec.Media) string {
	mediaType, _, _ := strings.Cut(strings.ToLower(m.Type), ";")
	return strings.TrimSpace(mediaType)
}

// entry is a member of an object literal.
func entry(name, value string) string { return literalKey(name) + ": " + value }

// entries adds an object of members, unless there are none.
func entries(to []string, name string, members []string) []string {
	if len(members) == 0 {
		return to
	}
	return append(to, entry(name, literal(members)))
}

// statusKey writes a status as a member: numbers need no quotes.
func statusKey(key, value string) string {
	if isStatus(key) {
		return key + ": " + value
	}
	return entry(key, value)
}
