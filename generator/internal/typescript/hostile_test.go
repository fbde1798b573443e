package typescript

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rtgen/rtgen/generator/internal/bundle"
	"github.com/rtgen/rtgen/spec"
	"pgregory.net/rapid"
)

// hostile is text that would end a comment, a string or a line, or that
// compilers and browsers look for.
var hostile = []string{
	"*/ globalThis.pwned = 1; /*",
	"'; globalThis.pwned = 1; //",
	"\"; globalThis.pwned = 1; //",
	"`${globalThis.pwned = 1}`",
	"${globalThis.pwned = 1}",
	"\\", "\\'", "\\u0027;globalThis.pwned=1//",
	"line\nglobalThis.pwned = 1;", "line\r\nglobalThis.pwned = 1;", "line\rglobalThis.pwned = 1;",
	"line\u2028globalThis.pwned = 1;", "line\u2029globalThis.pwned = 1;", "line\u0085globalThis.pwned = 1;",
	"\x00", "\x7f", "\ufeff", "\u202eevil", "\xff\xfe",
	"@ts-ignore", "@ts-expect-error", "@ts-nocheck", "@deprecated", "@type {string}", "@import fs from 'fs'",
	"</script><script>globalThis.pwned = 1</script>", "<!-- <script>", "]]>",
	"/// <reference path=\"/etc/passwd\" />", "//# sourceMappingURL=http://evil.example/", "/* @__PURE__ */",
	"__proto__", "constructor", "prototype", "toString", "then", "new", "class", "get", "set", "readonly", "async", "static",
	"", " ", "200", "+1", "-1", "日本", "\U0001F600", "a-b", "a_b", "a.b", "Array", "Record", "Promise", "Blob", "File", "Reply", "types", "Default",
	"{@link x}", "}", "{", "=>", "${", strings.Repeat("long ", 60), strings.Repeat("x", 300),
}

// hostileAPI says every hostile text in every place that a document has.
func hostileAPI() *spec.API {
	api := &spec.API{
		Title: hostile[0] + "\n@ts-ignore", Source: "evil\n*/.yaml", Fingerprint: hostile[1],
		Servers:  []*spec.Server{{URL: "https://{host}/" + hostile[2], Variables: []spec.ServerVariable{{Name: "host", Default: hostile[3]}}}},
		Realtime: &spec.Realtime{Endpoint: "/'+globalThis.pwned+'"},
	}
	tagged := &spec.Union{Discriminator: "__proto__"}
	everything := object()
	values := &spec.Enum{Kind: spec.String}
	for i, text := range hostile {
		doc := spec.Doc{Summary: text, Description: "lead " + text + "\n" + text, Deprecated: i%2 == 0}
		literal, _ := json.Marshal(text)
		decl := &spec.Decl{Name: text, Component: i%3 != 0, Doc: doc, Type: object(&spec.Field{Name: text, Type: str, Doc: doc, Default: literal, Required: i%2 == 0})}
		if i%5 == 0 {
			decl.TSName = text
			if _, expression := foreignType(text); !expression {
				decl.TSType = text
			}
		}
		api.Decls = append(api.Decls, decl)
		values.Values = append(values.Values, spec.EnumValue{JSON: literal, Doc: text, Name: text})
		tagged.Variants = append(tagged.Variants, spec.Variant{Type: ref(decl), Tags: []string{text}})
		everything.Fields = append(everything.Fields, &spec.Field{Name: text, Type: ref(decl), Doc: doc})
		everything.Patterns = append(everything.Patterns, spec.PatternFields{Pattern: "^" + text, Type: str})
		channel := &spec.Channel{
			Name: text, Template: text + "/{p}", Doc: doc, Params: []*spec.ChannelParam{{Name: text, Type: str, Doc: doc}},
			Events: []*spec.ChannelEvent{{Name: text, Event: &spec.Event{Name: text, Doc: doc, Type: ref(decl)}}},
		}
		api.Realtime.Channels = append(api.Realtime.Channels, channel)
		api.Operations = append(api.Operations, &spec.Operation{
			ID: text, Method: "POST", Path: spec.Path{Template: fmt.Sprintf("/%d/%s", i, text)}, Doc: doc, TSName: []string{"", text}[i%2],
			Params: []*spec.Param{
				{Name: text, In: spec.InPath, Required: true, Style: "matrix", Type: str, Doc: doc, Default: literal},
				{Name: text, In: spec.InQuery, Style: text, Type: &spec.Map{Elem: str}, Doc: doc},
				{Name: text, In: spec.InHeader, Style: "simple", Type: str, Doc: doc},
			},
			Body: &spec.Body{Doc: doc, Content: []*spec.Media{
				{Type: text, Kind: spec.MediaJSON, Shape: ref(decl)},
				{Type: text + "/*", Kind: spec.MediaForm, Shape: ref(decl), Encoding: map[string]*spec.Encoding{text: {Style: text}}},
				{Type: "x/" + text, Kind: spec.MediaText, Shape: str},
			}},
			Responses: []*spec.Response{
				{Status: "200", Headers: []*spec.Header{{Name: text, Type: str}}, Content: []*spec.Media{
					{Type: text, Kind: spec.MediaJSON, Shape: ref(decl)}, {Type: "y/" + text, Kind: spec.MediaText},
				}},
				{Status: text},
			},
			Actions: &spec.Actions{Subscribe: []*spec.Target{{Channel: channel, On: []string{"2XX"}}}},
		})
	}
	api.Decls = append(api.Decls, component("HostileEnum", values), component("HostileUnion", tagged), component("HostileObject", everything))
	return api
}

func TestHostileTextStaysText(t *testing.T) {
	t.Parallel()
	files := emit(t, hostileAPI())
	for name, text := range files {
		if strings.HasPrefix(name, RuntimeDir) {
			continue
		}
		if !utf8.Valid(text) {
			t.Errorf("%s is not UTF-8", name)
		}
		for _, r := range string(text) {
			if r != '\n' && unprintable(r) {
				t.Errorf("%s holds %U", name, r)
			}
		}
		for n, line := range strings.Split(string(text), "\n") {
			code := strings.TrimLeft(line, " ")
			comment := strings.TrimLeft(code, "/* ")
			if strings.HasPrefix(code, "globalThis.pwned") || strings.HasPrefix(comment, "@ts-") || strings.HasPrefix(comment, "@type") {
				t.Errorf("%s:%d: text became code: %s", name, n+1, line)
			}
			if code != comment && strings.Contains(comment, "sourceMappingURL=") {
				t.Errorf("%s:%d: a comment that tools follow: %s", name, n+1, line)
			}
		}
		for _, marker := range []string{"</script", "<!--"} {
			if strings.Contains(string(text), marker) {
				t.Errorf("%s holds %s", name, marker)
			}
		}
	}
	files["check.ts"] = []byte("import './index.js';\ndeclare const pwned: unique symbol;\nexport type Safe = typeof pwned;\n")
	dir := writeFiles(t, files)
	mustCompile(t, dir, strictest, "index.ts", "check.ts")
	mustCompile(t, dir, loosest, "index.ts", "check.ts")

	js, err := bundle.JavaScript(files, Entry)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "client.mjs"), js)
	write(t, filepath.Join(dir, "run.mjs"), []byte(`
import { createHttpClient } from './client.mjs';
const client = createHttpClient({ fetch: async () => new Response('{}') });
if (globalThis.pwned !== undefined) throw new Error('text of the document ran');
if (Object.getPrototypeOf({}).pwned !== undefined) throw new Error('prototype changed');
console.log(Object.keys(client).filter((name) => name !== 'post').length, typeof client.then);
`))
	if got, want := runNode(t, dir, "run.mjs"), fmt.Sprintf("%d undefined", len(hostile)); got != want {
		t.Errorf("the client has %s methods, want %s", got, want)
	}
}

func runNode(t testing.TB, dir, script string) string {
	t.Helper()
	cmd := exec.Command("node", script)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("node %s: %v\n%s", script, err, out)
	}
	return strings.TrimSpace(string(out))
}

// TestStringsMeanWhatTheySay evaluates quoted strings and compares them.
func TestStringsMeanWhatTheySay(t *testing.T) {
	t.Parallel()
	var script strings.Builder
	script.WriteString("const pairs = [\n")
	for _, text := range hostile {
		want, _ := json.Marshal(text) // turns bytes that are not UTF-8 into U+FFFD, as quote does
		fmt.Fprintf(&script, "[%s, JSON.parse(%s)],\n", quote(text), quote(string(want)))
		fmt.Fprintf(&script, "[Object.keys({%s: 1})[0], JSON.parse(%s)],\n", literalKey(text), quote(string(want)))
	}
	script.WriteString("];\nfor (const [a, b] of pairs) if (a !== b) throw new Error(JSON.stringify([a, b]));\nconsole.log('equal');\n")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "run.mjs"), []byte(script.String()))
	if got := runNode(t, dir, "run.mjs"); got != "equal" {
		t.Error(got)
	}
}

func TestCommentsNeverEnd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.OneOf(rapid.SampledFrom([]string{"*", "/", "*/", "@", "@x", "\n", " ", "\u2028", "\r", "\\", "<", "word "}), rapid.String())).Draw(t, "parts")
		comment := docComment(rapid.IntRange(0, 6).Draw(t, "indent"), []string{strings.Join(parts, ""), "and more"}, nil)
		trimmed := strings.TrimSpace(comment)
		inner, ok := strings.CutSuffix(strings.TrimPrefix(trimmed, "/**"), "*/")
		if !ok || strings.Contains(inner, "*/") {
			t.Fatalf("the comment ends early: %q", comment)
		}
		for line := range strings.SplitSeq(inner, "\n") {
			if strings.HasPrefix(strings.TrimLeft(line, " *"), "@") {
				t.Fatalf("text became a tag: %q", comment)
			}
			if strings.ContainsAny(line, "\r\u2028\u2029\u0085\v\f") {
				t.Fatalf("a line ends inside: %q", comment)
			}
		}
	})
}

func TestForeignTypesAreOneExpression(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"Date", "Money[]", "Map<string, Date>", "import('./money.js').Money", `import("@scope/pkg").A.B<C>`, "'a' | 'b' | null",
		"[string, number]", "{ a: string; b?: number }", "{ }", "Array<{ 'a': 1 }>", "readonly (string | A.B[])[]", "A['b']",
	} {
		if got, ok := foreignType(good); !ok || got != good {
			t.Errorf("foreignType(%q) = %q, %v", good, got, ok)
		}
	}
	for _, bad := range []string{
		"", " ", "string; alert(1)", "string // x", "string /* x */", "`a`", "a\\u0041", "(string", "string)", "[a}", "{a", "'a", "a = 1", "a\u2028b", "string\x00", "@a", "=>", "(a: string) => void", "new", "class", "a b", "|", "A<", "A<>", "a.", "import('x'", "import(x)", "string\nexport", strings.Repeat("(", 1000), "#a", "a + b", "'\n'",
	} {
		if got, ok := foreignType(bad); ok {
			t.Errorf("foreignType(%q) = %q, want a refusal", bad, got)
		}
	}
}
