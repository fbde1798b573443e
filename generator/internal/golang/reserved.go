package golang

import "go/token"

// runtimePath is what emitted code calls rt.
const runtimePath = "github.com/rtgen/rtgen/runtime"

// infrastructure are the names that people write by hand against every emitted
// package, so they never depend on the document.
var infrastructure = []string{"Handler", "Unimplemented", "NewServer"}

// imported are the names under which emitted files import packages. A package
// level identifier of that name would not compile beside the import.
var imported = []string{"context", "io", "json", "netip", "rt", "time"}

// variables are the package level variables and constants of emitted code.
var variables = []string{"api", "schemas"}

// predeclared are Go's own identifiers. They may be redeclared, but code that
// does is hard to read, and emitted code relies on some of them.
var predeclared = []string{
	"any", "bool", "byte", "comparable", "complex64", "complex128", "error", "float32", "float64",
	"int", "int8", "int16", "int32", "int64", "rune", "string", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr",
	"true", "false", "iota", "nil", "append", "cap", "clear", "close", "complex", "copy", "delete", "imag", "len",
	"make", "max", "min", "new", "panic", "print", "println", "real", "recover", "init", "main",
}

// packageScope is the scope of package level identifiers before the document's.
func packageScope() scope {
	s := newScope(infrastructure...)
	for _, list := range [][]string{imported, variables, predeclared} {
		for _, n := range list {
			s[n] = nil
		}
	}
	return s
}

// isIdentifier reports whether a name from x-go-name may be used as it is: an
// exported Go identifier.
func isIdentifier(s string) bool { return token.IsIdentifier(s) && token.IsExported(s) }

// isPredeclaredType reports the types that x-go-type may name without a package.
func isPredeclaredType(s string) bool {
	for _, n := range predeclared[:21] {
		if n == s {
			return s != "comparable"
		}
	}
	return false
}

// goKeyword reports the words that can never be identifiers.
func goKeyword(s string) bool { return token.IsKeyword(s) }
