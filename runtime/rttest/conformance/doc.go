// Package conformance plays the wire protocol rtgen.v1 against a running server and says case by
// case what holds. It is a black box: it knows an address and a manifest that names the server's
// operations, nothing of how the server is made. It speaks through a WebSocket library other than
// the one that the runtime uses, so that every run compares two implementations of RFC 6455 too; the
// same cases can be played through that other one ([Target].Library), and have to come out alike.
//
//	results := conformance.Run(ctx, conformance.Target{URL: "http://localhost:8080"})
//	conformance.WriteTAP(os.Stdout, results)
//
// The command below this folder does the same from a shell. Without an address it plays against the
// [reference] server, whose document shows what each role of a manifest means.
//
// [reference]: https://pkg.go.dev/github.com/rtgen/rtgen/runtime/rttest/conformance/reference
package conformance
