package corpus

import (
	"os"
	"path/filepath"
	"testing"
)

// The two ends of the settings that the output has to pass.
var (
	strictest = []string{
		"--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--noPropertyAccessFromIndexSignature",
		"--noImplicitOverride", "--noImplicitReturns", "--noFallthroughCasesInSwitch", "--noUnusedLocals",
		"--noUnusedParameters", "--verbatimModuleSyntax", "--isolatedModules", "--forceConsistentCasingInFileNames",
		"--module", "NodeNext", "--moduleResolution", "NodeNext", "--target", "ES2022", "--lib", "ES2022,DOM,DOM.Iterable",
	}
	loosest = []string{
		"--strict", "false", "--skipLibCheck", "--module", "ESNext", "--moduleResolution", "Bundler",
		"--target", "ES2020", "--lib", "ES2022,DOM,DOM.Iterable",
	}
)

// checkTypeScript compiles the clients of all documents. There are a few of them
// to one run of the compiler: each run reads the libraries again, and all at
// once take gigabytes.
func checkTypeScript(t *testing.T, module string, table []outcome) {
	t.Helper()
	tools, err := filepath.Abs(filepath.Join("..", "..", "templates", "typescript"))
	if err != nil {
		t.Fatal(err)
	}
	compiler := filepath.Join(tools, "node_modules", ".bin", "tsc")
	if _, err := os.Stat(compiler); err != nil {
		run(t, tools, "npm", "ci", "--no-audit", "--no-fund")
	}
	const most = 120_000 // lines in one run
	var entries []string
	size := 0
	flush := func() {
		if len(entries) == 0 {
			return
		}
		for _, settings := range [][]string{strictest, loosest} {
			args := append(append([]string{"--noEmit", "--pretty", "false"}, settings...), entries...)
			if got := timed(t, module, compiler, args...); got.err != nil {
				t.Errorf("tsc %v: %v\n%s", entries, got.err, got.out[:min(len(got.out), 4000)])
			}
		}
		entries, size = nil, 0
	}
	for _, row := range table {
		if size > 0 && size+row.tsLines > most {
			flush()
		}
		entries = append(entries, row.name+"/ts/index.ts")
		size += row.tsLines
	}
	flush()
}
