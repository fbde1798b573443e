package templates

import "embed"

// TypeScript holds the templates of the emitted TypeScript files, below the
// folder "typescript", each named after its file with ".tmpl" behind it.
//
//go:embed typescript/*.tmpl
var TypeScript embed.FS
