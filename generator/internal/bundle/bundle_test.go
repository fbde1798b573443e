package bundle

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

func files(texts ...string) map[string][]byte {
	m := map[string][]byte{}
	for i := 0; i < len(texts); i += 2 {
		m[texts[i]] = []byte(texts[i+1])
	}
	return m
}

func TestModulesAreJoinedAndTypesVanish(t *testing.T) {
	t.Parallel()
	got, err := JavaScript(files(
		"index.ts", "export { greet } from './client.js';\nexport type * from './types.js';\n",
		"types.ts", "export interface Name { text: string }\n",
		"client.ts", "import { join } from './runtime/index.js';\nimport type { Name } from './types.js';\n"+
			"/*! legal */ export function greet(name: Name): string { return join('Hello', name.text); }\n",
		"runtime/index.ts", "export { join } from './join.js';\nexport const unused = 'never seen';\n",
		"runtime/join.ts", "export const join = (a: string, b: string): string => `${a}, ${b}`;\n",
	), "index.ts")
	if err != nil {
		t.Fatal(err)
	}
	text := string(got)
	if !strings.HasPrefix(text, header) || strings.Contains(text, "legal") || strings.Contains(text, "never seen") {
		t.Errorf("unexpected bundle:\n%s", text)
	}
	if out := node(t, got, "console.log(m.greet({text: 'you'}))"); out != "Hello, you" {
		t.Errorf("greet printed %q", out)
	}
}

func TestBundleCanBeInlined(t *testing.T) {
	t.Parallel()
	const hostile = "<!-- <script>alert(1)</script> </SCRIPT > \u2028"
	got, err := JavaScript(files("index.ts",
		"export const text = '<!-- <script>alert(1)</script> </SCRIPT > \\u2028';\nexport const both = (n: number) => `${n}<!--</script>`;\n"), "index.ts")
	if err != nil {
		t.Fatal(err)
	}
	lower := strings.ToLower(string(got))
	if strings.Contains(lower, "</script") || strings.Contains(lower, "<!--") {
		t.Errorf("the bundle would end or hide its script element:\n%s", got)
	}
	if out := node(t, got, "console.log(JSON.stringify([m.text, m.both(1)]))"); out != `["<!-- <script>alert(1)</script> </SCRIPT > `+"\u2028"+`","1<!--</script>"]` {
		t.Errorf("the text changed: %s, want %q", out, hostile)
	}
}

func TestErrorsNameEveryPlace(t *testing.T) {
	t.Parallel()
	_, err := JavaScript(files("index.ts", "import './gone.js';\nimport 'left-pad';\nimport '../../etc/passwd';\nexport const a = ;\n"), "index.ts")
	if err == nil {
		t.Fatal("no error")
	}
	if !strings.Contains(err.Error(), "index.ts:4:18:") {
		t.Errorf("the syntax error has no place: %v", err)
	}
	_, err = JavaScript(files("index.ts", "import './gone.js';\nimport 'left-pad';\nimport '../../etc/passwd';\n"), "index.ts")
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"gone.ts", `"left-pad"`, "etc/passwd"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %s: %v", want, err)
		}
	}
	if _, err := JavaScript(files(), "index.ts"); err == nil {
		t.Error("a missing entry is no error")
	}
}

func TestEqualInputGivesEqualBytes(t *testing.T) {
	t.Parallel()
	input := files(
		"index.ts", "import { a } from './a.js';\nimport { b } from './b.js';\nexport const both = [a, b];\n",
		"a.ts", "const value = [1];\nexport const a = () => value;\n", "b.ts", "const value = [2];\nexport const b = () => value;\n",
	)
	first, err := JavaScript(input, "index.ts")
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		again, err := JavaScript(input, "index.ts")
		if err != nil || !bytes.Equal(first, again) {
			t.Fatalf("bundles differ: %v\n%s\n%s", err, first, again)
		}
	}
}

// node imports a module as m and runs a statement.
func node(t *testing.T, module []byte, statement string) string {
	t.Helper()
	cmd := exec.Command("node", "--input-type=module")
	cmd.Stdin = strings.NewReader("const m = await import('data:text/javascript,' + encodeURIComponent(" + quoteJS(module) + "));\n" + statement)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, out)
	}
	return strings.TrimRight(string(out), "\n")
}

func quoteJS(text []byte) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`", "$", "\\$").Replace(string(text)) + "`"
}
