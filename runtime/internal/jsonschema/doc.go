// Package jsonschema validates JSON texts against JSON Schema 2020-12, and keeps the compiled
// schemas in a form that a typed codec can read.
//
// A Set is the schemas of one OpenAPI document, written by the generator as one JSON object of
// name to schema. Its schemas are normalised: OpenAPI 3.0 spellings are gone and every $ref is
// "#/Name" or a JSON pointer inside the same entry. All assertions and applicators of the
// 2020-12 core, applicator, unevaluated and validation vocabularies hold as written, formats are
// asserted (format.go has the table), numbers are compared as exact decimals, and two things of
// OpenAPI are added: discriminator, which selects the branch of a oneOf or anyOf, and a
// Direction, in which readOnly or writeOnly members are not required. Identifiers that need a
// registry of resources ($id, $anchor, $dynamicRef, remote $ref) are outside of it: the
// generator resolves them.
//
// Validation is linear in the text for ordinary schemas. Where a schema branches and recurses,
// results per schema and value are remembered, so that no text takes exponential time.
package jsonschema
