// Package generator turns a document into source files.
//
//	api, warnings, err := spec.Load("openapi.yaml")            // disk → model
//	files, more, err := generator.Generate(api, cfg)           // model → files; touches no disk
//	changes, err := generator.Write(root, files)               // rtgen generate
//	changes, err = generator.Diff(root, files)                 // rtgen check
//
// Generate is a pure function: the same model and settings give the same bytes,
// in any order of the document's members, and nothing is kept between calls, so
// documents may be generated concurrently.
//
// Every file starts with a line that says rtgen wrote it. Write and Diff trust
// that line and nothing else: a file without it is never overwritten, never
// deleted, and its presence where output belongs is an error.
package generator
