// Package typescript writes the TypeScript client of a document: types, a
// table of operations and a thin client, with the runtime copied beside them.
//
// # Plan, then print
//
// Every identifier, type expression and piece of prose is decided before any
// text exists (plan.go and the files plan_*.go); the templates of package
// templates receive strings, lists and booleans and print them. Text of the
// document passes one of the functions of quote.go on its way, so nothing that
// a document says can end a comment, a string or a line.
//
// # Names
//
// One allocator decides the names of all types together (names.go). The name of a type
// is the document's, in PascalCase; the name of a method is the operationId
// itself wherever that is an identifier. Where two names meet, one of them
// keeps it by a rule that does not depend on the order of the document, the
// other gets a longer one, and a warning says which and how to choose (x-ts-name).
// Names of the language's and the browser's globals (File, Map, Promise, Event)
// are ordinary names here: the emitted files do not mention the globals that
// a type could hide, or mention them as globalThis.X where one does.
//
// # Two directions
//
// A schema with readOnly or writeOnly members has two shapes. The name of a
// component means what a response holds (writeOnly members are left out); its
// request form (readOnly members are left out) is called <Name>Input, and
// exists only where a request uses the component and the two differ, be it
// far below. Inline types, which mostly stand in one direction, have one form
// under their own name unless both directions reach them.
package typescript
