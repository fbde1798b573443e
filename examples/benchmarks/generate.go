package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"github.com/rtgen/rtgen/generator"
	"github.com/rtgen/rtgen/spec"
)

// published are documents that people generate from, by their names in the corpus.
var published = []string{"spotify.yaml", "kubernetes.json", "openai.json", "stripe.json", "github.json"}

// generate measures what rtgen makes of published documents, where they are at hand: a folder
// documents in RTGEN_CORPUS, or in shared/corpus beside the checkout.
func (b *bench) generate() error {
	dir := corpus()
	if dir == "" {
		fmt.Fprintln(os.Stderr, "generate: not measured, there are no published documents: see RTGEN_CORPUS in the Makefile")
		return nil
	}
	tool, clean, err := b.tool()
	if err != nil {
		return err
	}
	defer clean()
	for round := range b.rounds {
		for _, name := range published {
			if b.over() {
				return nil
			}
			text, err := unpacked(filepath.Join(dir, name+".gz"))
			if err != nil {
				return err
			}
			g, err := b.generateOnce(tool, document{name, text})
			if err != nil {
				return err
			}
			if b.profiles != "" && round == 0 {
				if err := b.profileGenerating(document{name, text}); err != nil {
					return err
				}
			}
			b.note(name, "wall", g.wall.Seconds())
			b.note(name, "cpu", g.cpu.Seconds())
			b.note(name, "rss", float64(g.rss)/(1<<20))
			b.note(name, "lines", float64(g.lines))
			b.note(name, "compile", g.compile.Seconds())
		}
	}
	return nil
}

func corpus() string {
	for _, dir := range []string{os.Getenv("RTGEN_CORPUS"), "../../../shared/corpus", "../../../../shared/corpus"} {
		if found, err := os.Stat(filepath.Join(dir, "documents")); dir != "" && err == nil && found.IsDir() {
			return filepath.Join(dir, "documents")
		}
	}
	return ""
}

func unpacked(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// tool builds rtgen as it is in this checkout.
func (b *bench) tool() (file string, clean func(), err error) {
	dir, err := os.MkdirTemp("", "rtgen-benchmarks-")
	if err != nil {
		return "", nil, err
	}
	file = filepath.Join(dir, "rtgen")
	build := exec.CommandContext(b.ctx, "go", "build", "-C", filepath.Join("..", ".."), "-o", file, "./cmd/rtgen")
	build.Stderr = os.Stderr
	return file, func() { _ = os.RemoveAll(dir) }, build.Run()
}

// A document is what is generated from.
type document struct {
	name string
	text []byte
}

// A generation is what one run of rtgen took.
type generation struct {
	wall, cpu time.Duration
	rss       int // bytes at the peak
	lines     int // of Go
	compile   time.Duration
}

// generateOnce runs rtgen in a fresh folder of this module and compiles what it wrote: Go and
// TypeScript, nothing remembered from other runs.
func (b *bench) generateOnce(tool string, doc document) (g generation, err error) {
	if err := os.MkdirAll("out", 0o755); err != nil {
		return g, err
	}
	dir, err := os.MkdirTemp("out", "generated")
	if err != nil {
		return g, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, doc.name)
	if err := os.WriteFile(file, doc.text, 0o644); err != nil {
		return g, err
	}
	var said bytes.Buffer
	run := exec.CommandContext(b.ctx, tool, "generate", "--go", filepath.Join(dir, "api"), "--ts", filepath.Join(dir, "client"), file)
	run.Env = append(os.Environ(), "RTGEN_CACHE=off")
	run.Stderr, run.Stdout = &said, &said
	began := time.Now()
	if err := run.Run(); err != nil {
		return g, fmt.Errorf("%s: %w\n%s", doc.name, err, said.Bytes())
	}
	g.wall = time.Since(began)
	g.cpu = run.ProcessState.UserTime() + run.ProcessState.SystemTime()
	g.rss = int(run.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) << 10
	if g.lines, err = goLines(dir); err != nil || b.section != "generate" {
		return g, err
	}
	// The runtime has been compiled before: it is not what the document costs.
	compile := exec.CommandContext(b.ctx, "go", "build", "./"+filepath.ToSlash(filepath.Join(dir, "api")))
	compile.Stderr = os.Stderr
	began = time.Now()
	err = compile.Run()
	g.compile = time.Since(began)
	return g, err
}

// profileGenerating generates in this process, often enough for a profile.
func (b *bench) profileGenerating(doc document) error {
	dir, err := os.MkdirTemp("", "rtgen-benchmarks-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, doc.name)
	if err := os.WriteFile(file, doc.text, 0o644); err != nil {
		return err
	}
	if err := os.MkdirAll(b.profiles, 0o755); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(b.profiles, "generate-"+doc.name+".pprof"))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	for range 3 {
		api, _, err := spec.Load(file)
		if err != nil {
			return err
		}
		_, _, err = generator.Generate(api, generator.Config{
			Go: &generator.GoConfig{Dir: "api"}, TypeScript: &generator.TypeScriptConfig{Dir: "client"},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func goLines(dir string) (n int, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		text, err := os.ReadFile(path)
		n += bytes.Count(text, []byte("\n"))
		return err
	})
	return n, err
}

// synthetic is a document of n operations, each with a body and an answer of their own.
func synthetic(n int) document {
	var paths, schemas strings.Builder
	for i := range n {
		if i > 0 {
			paths.WriteByte(',')
			schemas.WriteByte(',')
		}
		fmt.Fprintf(&paths, `"/things%d/{id}":{"post":{"operationId":"changeThing%d","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],`+
			`"requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Change%d"}}}},`+
			`"responses":{"200":{"description":"Changed","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Thing%d"}}}}}}}`, i, i, i, i)
		fmt.Fprintf(&schemas, `"Change%d":{"type":"object","required":["name"],"properties":{"name":{"type":"string","minLength":1},"size":{"type":"integer"}}},`+
			`"Thing%d":{"type":"object","required":["id","name"],"properties":{"id":{"type":"string"},"name":{"type":"string"},"kind":{"type":"string","enum":["a","b"]},"tags":{"type":"array","items":{"type":"string"}}}}`, i, i)
	}
	return document{"openapi.json", fmt.Appendf(nil, `{"openapi":"3.1.0","info":{"title":"Synthetic","version":"1"},"x-realtime":{},"paths":{%s},"components":{"schemas":{%s}}}`, &paths, &schemas)}
}
