package typescript

import "maps"

// Dates is what a client makes of strings that are dates.
type Dates string

// The ways to have dates. The zero value is DatesString.
const (
	DatesString   Dates = "string"   // the text, as it travels
	DatesDate     Dates = "date"     // Date, for date-time and date
	DatesTemporal Dates = "temporal" // Temporal.Instant and Temporal.PlainDate
)

// Options are what can be chosen about the output. The zero value is usable.
type Options struct {
	// Source is what the header of every emitted file names as its origin. When
	// empty it is the base name of api.Source: a path would tie the output to a machine.
	Source string

	Dates    Dates // what date-time and date are; empty is DatesString
	Brands   bool  // strings of a format have a type of their own
	BigInt   bool  // int64 and uint64 are bigint
	Validate bool  // the client can check what arrives
}

// converts reports whether some value of a client is not what JSON makes of it.
func (o Options) converts() bool {
	return o.BigInt || o.Dates == DatesDate || o.Dates == DatesTemporal
}

// steps reports whether a client does something to values at all.
func (o Options) steps() bool { return o.converts() || o.Validate }

// reserved are the names that no type gets: those of every document, and what
// index.ts exports with these options.
func (o Options) reserved() map[string]string {
	names := maps.Clone(reservedTypes)
	for _, name := range o.typeNames() {
		names[name] = "part of the runtime"
	}
	if o.Validate {
		names["ValidateOptions"], names["Violation"] = "part of the runtime", "part of the runtime"
	}
	return names
}

// typeNames are the types of the runtime that stand for scalars, sorted.
func (o Options) typeNames() []string {
	var names []string
	if o.Brands {
		names = append(names, "Branded")
	}
	if o.Dates == DatesTemporal {
		names = append(names, "Instant", "PlainDate")
	}
	return names
}

// formats are the formats that a client converts.
func (o Options) formats() map[string]bool {
	formats := map[string]bool{}
	if o.Dates == DatesDate || o.Dates == DatesTemporal {
		formats["date-time"], formats["date"] = true, true
	}
	if o.BigInt {
		formats["int64"], formats["uint64"] = true, true
	}
	return formats
}
