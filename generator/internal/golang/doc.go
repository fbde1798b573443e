// Package golang turns a spec.API into the Go half of what rtgen emits: types,
// the handler interface, operations as data, typed channels and a constructor,
// in one package of six files.
//
// Emit plans first and prints afterwards. The plan (plan*.go) walks the model
// once and decides every identifier, type expression and sentence; after it
// nothing can fail. Printing (emit_*.go) is one function per emitted
// declaration, each with a sample of its output above it, and goes through
// jennifer, so that imports are a consequence of mentioning a name.
//
// # Names
//
// All identifiers of the emitted package come from one allocator (allocate.go).
// Components are served before anything that rtgen makes up, so a schema keeps
// the name that the document gives it; only Handler, Unimplemented and NewServer
// come first, because people write them by hand. Who gets a contested name, and
// what the others get instead, depends on the contestants alone: not on order,
// and not on anything else in the document. A name that had to yield is reported
// as name-collision together with the extension that settles it.
//
// # Shapes
//
//   - A component that is a scalar is an alias (type Email = string): values go in
//     and out without conversions, and time.Time keeps its methods.
//   - A component that is a list or a map is a defined type, which plain slices
//     and maps are assignable to.
//   - An optional member is a pointer, or a plain slice, map or json.RawMessage
//     whose nil is absence. An optional member that may be null is rt.Nullable.
//   - A union is a struct with one pointer for each variant.
//   - A struct that would contain itself does so through a pointer.
//   - What has no static shape is json.RawMessage; the runtime still checks it
//     against its schema.
//   - An inline enum of one value, or of more than people switch over, is a plain
//     string or number; an inline object without members is struct{}.
//   - An inline shape that one component or operation repeats has one type.
//   - A shared response has one type. It carries a StatusCode as soon as an operation
//     uses it where the status is open; with one declared status zero means that.
package golang
