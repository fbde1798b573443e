// Package docs keeps the pages for users in step with what they speak of.
//
// The pages in docs hold prose and, between two comments, excerpts of the golden
// cases: a document, the Go and the TypeScript that rtgen makes of
// it. The comment says what to cut and the tests of this package cut it, so a
// page shows what is emitted now or the test fails:
//
//	<!-- golden members nullable Value -->      a row for each property
//	<!-- golden parameters params findItems --> a row for each parameter
//	<!-- golden code unions document=Pet go=Pet ts=Pet -->
//	<!-- golden warnings names -->
//	<!-- golden diagnostic channel-unknown -->
//	<!-- golden example serveUntil -->          a function of runtime/example_test.go
//	<!-- golden extensions -->                  the keys that package spec knows
//	<!-- /golden -->                            where the excerpt ends
//
// Other tests compare docs/rules.md with the rules that the code reports, and
// docs/x-realtime.md with the keys that it reads.
package docs
