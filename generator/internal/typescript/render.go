package typescript

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"text/template"

	"github.com/rtgen/rtgen/templates"
)

// parsed are the templates, one per emitted file, named "<file>.tmpl". They are part of the
// program, so one that does not parse is a bug that every test finds.
var parsed = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Option("missingkey=error").
		Funcs(template.FuncMap{"quote": quote, "indent": indent, "header": header}).
		ParseFS(templates.TypeScript, "typescript/*.tmpl"))
})

// render prints every file of the plan.
func render(p *plan) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, t := range parsed().Templates() {
		name, ok := strings.CutSuffix(t.Name(), ".tmpl")
		if !ok || name == valuesFile && !p.Values.any() {
			continue
		}
		var b bytes.Buffer
		b.Grow(512 + 256*(len(p.Types)+len(p.Operations)))
		if err := t.Execute(&b, p); err != nil {
			return nil, fmt.Errorf("render %s: %w", name, err)
		}
		files[name] = b.Bytes()
	}
	return files, nil
}

// indent moves every line but the first by so many spaces.
func indent(spaces int, text string) string {
	return strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", spaces))
}
