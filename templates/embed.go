// Package templates holds the text that the generator copies or renders into
// its output. It imports nothing of this module: what to render is decided by
// the emitters.
//
// It is a package of its own because a go:embed pattern cannot reach upwards.
package templates

import "embed"

// TypeScriptRuntime is the client runtime, below the folder
// "typescript/runtime". Its files are ordinary TypeScript and are copied byte
// for byte next to the emitted client; their tests live outside the folder so
// that they are not shipped.
//
//go:embed typescript/runtime/*.ts
var TypeScriptRuntime embed.FS
