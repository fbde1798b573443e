// Package codec reads and writes typed Go values as JSON, checked against JSON Schema.
//
// For a pair of Go type and schema it compiles a program once: a tree of nodes that know the
// offset of each field, the bytes of each member name, and the rules for each value. Decode then
// walks the text once, writing fields and checking rules as it goes, without reflection and
// without values in between; Append does the same in the other direction. What a schema says that
// has no counterpart in the Go type (not, if, unevaluatedProperties, …) is checked on the raw
// bytes of the value by package jsonschema, which is also asked for the full list of violations
// when the fast pass has found the first.
//
// The Go types are those that the generator emits:
//
//   - bool, string, numbers, types derived from them, and [N]T, []T, map[string]T, *T of all these
//   - structs with json tags; omitzero and omitempty have their usual meaning
//   - any, json.RawMessage, []byte (base64), time.Time, and types with text or JSON methods
//   - Nullable, UUID, Date, TimeOfDay and Duration of this package
//   - structs whose fields have rt tags, see the table in tags.go: unions, tuples, and maps for
//     additional properties
//
// Package unsafe stays within the files that begin with decode, encode and memory.go.
package codec
