package corpus

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	yaml "github.com/oasdiff/yaml3"
)

// route is one operation as the document writes it.
type route struct {
	Method string `json:"method"`
	Path   string `json:"path"` // without query and fragment, with its first slash
}

// documentRoutes reads the operations of a document with nothing but a YAML parser, so
// that what rtgen's own loader overlooks is noticed.
func documentRoutes(t *testing.T, path string) []route {
	t.Helper()
	files := rawFiles{}
	root := files.read(t, path)
	paths, _ := root["paths"].(map[string]any)
	var list []route
	for template, item := range paths {
		if strings.HasPrefix(template, "x-") {
			continue
		}
		template, _, _ = strings.Cut(template, "#")
		template, _, _ = strings.Cut(template, "?")
		if !strings.HasPrefix(template, "/") {
			template = "/" + template
		}
		members, _ := files.follow(t, path, item).(map[string]any)
		for key, operation := range members {
			if _, ok := operation.(map[string]any); !ok {
				continue
			}
			if slices.Contains([]string{"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"}, strings.ToLower(key)) {
				list = append(list, route{strings.ToUpper(key), template})
			}
			if key == "additionalOperations" {
				for method := range operation.(map[string]any) {
					list = append(list, route{method, template})
				}
			}
		}
	}
	return list
}

// rawFiles are the files of a document by path, decoded.
type rawFiles map[string]map[string]any

func (f rawFiles) read(t *testing.T, path string) map[string]any {
	t.Helper()
	if root, known := f[path]; known {
		return root
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := yaml.Unmarshal(data, &root); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	f[path] = root
	return root
}

// follow leads through the references of a path item.
func (f rawFiles) follow(t *testing.T, path string, item any) any {
	t.Helper()
	for range 10 {
		members, _ := item.(map[string]any)
		ref, _ := members["$ref"].(string)
		if ref == "" {
			return item
		}
		location, pointer, _ := strings.Cut(ref, "#")
		if location != "" {
			path = filepath.Join(filepath.Dir(path), filepath.FromSlash(location))
		}
		item = f.read(t, path)
		for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
			if token != "" {
				members, _ := item.(map[string]any)
				item = members[strings.NewReplacer("~1", "/", "~0", "~", "%7B", "{", "%7D", "}").Replace(token)]
			}
		}
	}
	t.Fatalf("%s: a path item refers to itself", path)
	return nil
}
