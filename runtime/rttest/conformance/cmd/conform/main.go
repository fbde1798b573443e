// Conform plays the wire protocol rtgen.v1 against a server and prints case by case what holds, in the
// Test Anything Protocol.
//
//	go run github.com/rtgen/rtgen/runtime/rttest/conformance/cmd/conform [flags] [url]
//
// Without a URL it plays against the reference server. A manifest, as JSON, says how the operations of
// another server serve the cases; -roles lists what it can name, -print-manifest shows the one of the
// reference server. Cases that need what the manifest leaves out are skipped.
//
// The last case shuts the server down, if the manifest names an operation for that.
//
// Exit codes: 0, everything that was played holds; 1, something does not; 2, wrong usage.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }
