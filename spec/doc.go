// Package spec reads OpenAPI documents into a model that generators work from:
//
//	api, found, err := spec.Load("openapi.yaml")
//	found.Print(os.Stderr) // warnings too
//	if err != nil {
//		return err
//	}
//	for _, op := range api.Operations { … }
//
// OpenAPI 3.0, 3.1 and 3.2 are read, from JSON and YAML, in one file or many.
//
// # What the model promises
//
// It is resolved (no references to follow, only Refs to Decls), positioned
// (every element knows its file, line and column), sorted (as the fields of API
// say) and neutral (nothing in it belongs to an output language). The same
// document gives the same model, and what is added to a document does not
// change the names of what was there. See places for how inline types are named.
//
// A Type says what a value looks like; a Schema, in API.Schemas, says which
// values are valid. The two are made from the same text but not from each
// other: what has no static shape becomes Any, and its checks stay.
//
// # Errors and warnings
//
// Published documents are imperfect, and every one of them should generate. So
// whatever leaves one sensible reading is a warning: a missing operationId, a
// path parameter that nobody describes, a status 4xx. An error is what leaves
// none: a reference to nowhere, a security scheme that does not exist, two
// operations on one route. x-realtime is read strictly, since nobody else's
// document has it. All findings are reported at once, each with a stable rule.
//
// No document makes Load panic, hang or use memory without bound: nesting,
// aliases, file sizes, the number of files and the work of merging schemas are
// limited, each with a finding that says so. References reach only files below
// the main document's folder (see Root), and no network (see AllowURL).
//
// # Why a tree of our own
//
// The source of everything is an ordered, positioned tree of the document's own
// bytes: jsontext reads JSON, the node parser that kin-openapi itself links
// reads YAML. kin-openapi's model loses the order of members, places inside
// extensions, all places in JSON, and integers beyond 2^53, and takes two
// seconds for the largest published documents, where this package takes a third
// of one. JSON never passes through the YAML parser, which reads its escapes
// differently.
//
// kin-openapi is a second opinion: its validator looks at documents that were
// read without errors, up to 1 MiB unless asked (see Validate), because for the
// largest its validation takes five seconds. What it finds are warnings whose
// rules start with "openapi-". Its types do not leave kin.go.
//
// # Schemas
//
// The table is JSON Schema 2020-12 with these additions of OpenAPI, which
// validators treat as annotations: discriminator, whose mapping is complete
// (implicit names spelt out) and leads to entries ("#/Cat"); readOnly and
// writeOnly; examples, at most one and at most 1 KiB, for tests to play.
// Where a discriminator stands on a base type without oneOf, the value is one of
// the mapped entries, which refer back to the base by allOf: dispatch once.
// References never lead in a circle within the same value.
package spec
