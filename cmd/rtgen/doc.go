// Rtgen turns an OpenAPI document, annotated with x-realtime where sockets are
// wanted, into a Go server package and a TypeScript client.
//
// Usage:
//
//	rtgen init                    start a project in this folder
//	rtgen generate [document]     write the Go and TypeScript code
//	rtgen check    [document]     say whether the code on disk is what generate would write
//	rtgen inspect  [document]     print the dispatch table and the model
//	rtgen version                 print the version
//
// The usual way to run it is a line in a Go file beside the document
//
//	//go:generate go tool rtgen generate
//
// with the tool pinned in go.mod by
//
//	go get -tool github.com/rtgen/rtgen/cmd/rtgen
//
// so that generator and runtime always have the same version.
//
// # The document
//
// Without an argument rtgen reads the document that rtgen.yaml in the current
// folder names, and otherwise openapi.yaml, openapi.yml or openapi.json there.
// The argument "-" reads the document from standard input; its references are
// relative to the current folder.
//
// # Settings
//
// Settings are flags, or keys of the same names in rtgen.yaml beside the
// document. A flag wins over the file. Paths in flags are relative to the
// current folder, paths in the file to the file's folder.
//
//	--go DIR            write a Go package to DIR
//	--go-package NAME   its name; by default that of the Go files in DIR, else DIR's own
//	--ts DIR            write the TypeScript client to DIR
//	--js FILE           also write the client as one minified ES module (needs --ts)
//	--ts-dates KIND     what date-time and date are in TypeScript: string (their text,
//	                    the default), date (Date) or temporal (Temporal.Instant and
//	                    Temporal.PlainDate)
//	--ts-int64 KIND     what int64 and uint64 are: number (the default, which rounds
//	                    beyond 2^53) or bigint
//	--ts-brands         give strings with a format a type of their own: Branded<'uuid'>
//	--ts-validate       let the client check the answers and events that arrive
//	--root DIR          let references reach every file below DIR, not only
//	                    below the document's folder
//	--allow-url PREFIX  let references fetch URLs that start with PREFIX
//	--include PATTERN   read only operations that PATTERN matches: an operationId, a tag or
//	                    a path such as "GET /pets/**"; repeatable
//	--exclude PATTERN   leave out operations that PATTERN matches; repeatable
//	--strict            treat warnings as errors
//
// A complete rtgen.yaml:
//
//	document: openapi.yaml
//	go: api
//	go-package: api
//	ts: web/client
//	js: web/client.js
//	ts-dates: date
//	ts-int64: bigint
//	ts-brands: true
//	ts-validate: true
//	root: .
//	allow-url: ["https://schemas.example/v1/"]
//	include: [pets, "GET /owners/*"]
//	exclude: [deletePet]
//	strict: true
//
// An unknown key is an error that names its place and the key that was probably
// meant. At least one of go and ts must be given.
//
// # Files
//
// generate writes a file only when its bytes change, deletes a file of an
// earlier run that is no longer emitted, and never touches a file that it did
// not write: when one is in the way, nothing is written and the file is named.
// check compares instead of writing and prints a unified diff.
//
// generate remembers the sums of what it read and wrote. When the program, the
// settings, the files that are read and those that were written are the same as in
// the last run, the next one says what that one said and is done. check
// remembers nothing and believes nothing. The memory is in the folder rtgen below the
// user's cache folder; the environment variable RTGEN_CACHE names another folder,
// or is "off".
//
// # Inspecting
//
// inspect prints one line for each operation: its request, whether it can be
// called over HTTP and by socket and why not, and what it does to channels; then
// the channels, and then the whole model. With --table the model is left out.
//
// # Output and exit codes
//
// Results (changed files, diffs, tables) go to standard output, diagnostics and
// errors to standard error. Every command accepts
//
//	--format json       print one JSON object to standard output instead
//	-q, --quiet         print errors and diffs only
//
// The JSON object of generate, check and init has these members:
//
//	ok           whether the exit code is 0
//	error        what went wrong, when it is not a diagnostic
//	diagnostics  list of {file, line, column, pointer, severity, rule, message, hint}
//	changes      list of {path, kind, diff}; kind is created, modified, deleted or unchanged
//
// Exit codes:
//
//	0  everything is fine
//	1  the document has errors, the code is stale, or a file cannot be read or written
//	2  the command line or rtgen.yaml is wrong
package main
