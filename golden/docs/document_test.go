package docs

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/oasdiff/yaml3"
)

// narrow is how many columns a mapping or list may take to stay on one line,
// since three languages share the width of a page.
const narrow = 46

// document is the YAML of a case.
type document struct{ root *yaml.Node }

func openDocument(file string) (*document, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var n yaml.Node
	if err := yaml.Unmarshal(text, &n); err != nil {
		return nil, err
	}
	dropComments(&n)
	return &document{n.Content[0]}, nil
}

func dropComments(n *yaml.Node) {
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	for _, child := range n.Content {
		dropComments(child)
	}
}

// cut shows an element with its key: what a JSON pointer names, an operation by
// its operationId, or a component schema by its name.
func (d *document) cut(name string) (string, error) {
	if pointer, ok := strings.CutPrefix(name, "/"); ok {
		keys := strings.Split(pointer, "/")
		n := d.root
		for i, key := range keys {
			keys[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(key)
			if n = get(n, keys[i]); n == nil {
				return "", fmt.Errorf("the document has no %s", name)
			}
		}
		return show(n, keys[len(keys)-1])
	}
	if path, method, op := d.operation(name); op != nil {
		return show(op, path, method)
	}
	if s := get(d.root, "components", "schemas", name); s != nil {
		return show(s, name)
	}
	return "", fmt.Errorf("the document has no operation and no schema %s", name)
}

// operation finds an operation by its operationId.
func (d *document) operation(id string) (path, method string, op *yaml.Node) {
	for path, item := range pairs(get(d.root, "paths")) {
		for method, op := range pairs(item) {
			if v := get(op, "operationId"); v != nil && v.Value == id {
				return path, method, op
			}
		}
	}
	return "", "", nil
}

// property is one property of a schema, or one parameter of an operation.
type property struct {
	name, in string
	text     string // its schema on one line
	required bool
}

func (d *document) properties(schema string) ([]property, error) {
	s := get(d.root, "components", "schemas", schema)
	if get(s, "properties") == nil {
		return nil, fmt.Errorf("there is no schema %s with properties", schema)
	}
	var required []string
	if list := get(s, "required"); list != nil {
		for _, item := range list.Content {
			required = append(required, item.Value)
		}
	}
	var out []property
	for name, n := range pairs(get(s, "properties")) {
		text, err := oneLine(n)
		if err != nil {
			return nil, err
		}
		out = append(out, property{name: name, text: text, required: slices.Contains(required, name)})
	}
	return out, nil
}

func (d *document) parameters(id string) ([]property, error) {
	_, _, op := d.operation(id)
	list := get(op, "parameters")
	if list == nil {
		return nil, fmt.Errorf("there is no operation %s with parameters", id)
	}
	var out []property
	for _, n := range list.Content {
		shown := &yaml.Node{Kind: yaml.MappingNode}
		for i := 0; i < len(n.Content); i += 2 {
			if n.Content[i].Value != "in" { // which has a column of its own
				shown.Content = append(shown.Content, n.Content[i:i+2]...)
			}
		}
		text, err := oneLine(shown)
		if err != nil {
			return nil, err
		}
		out = append(out, property{name: get(n, "name").Value, in: get(n, "in").Value, text: text})
	}
	return out, nil
}

// get follows keys into mappings; nil when one is missing.
func get(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		var next *yaml.Node
		for k, v := range pairs(n) {
			if k == key {
				next = v
			}
		}
		n = next
	}
	return n
}

// pairs yields the members of a mapping, and nothing for anything else.
func pairs(n *yaml.Node) func(yield func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, n.Content[i+1]) {
				return
			}
		}
	}
}

// show prints an element below its keys, as narrow as YAML allows.
func show(n *yaml.Node, keys ...string) (string, error) {
	for _, key := range slices.Backward(keys) {
		var k yaml.Node
		k.SetString(key)
		n = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{&k, n}}
	}
	if err := fold(n, len(keys)); err != nil {
		return "", err
	}
	return encode(n)
}

// fold writes what is short on one line and the rest on several; the outermost
// mappings are always open.
func fold(n *yaml.Node, open int) error {
	if n.Kind != yaml.MappingNode && n.Kind != yaml.SequenceNode {
		return nil
	}
	line, err := oneLine(n)
	if err != nil {
		return err
	}
	if open <= 0 && len(line) <= narrow {
		n.Style = yaml.FlowStyle
		return nil
	}
	n.Style = 0
	for _, child := range n.Content {
		if err := fold(child, open-1); err != nil {
			return err
		}
	}
	return nil
}

// oneLine prints a copy of a node on one line.
func oneLine(n *yaml.Node) (string, error) {
	flat := *n
	if flat.Kind != yaml.ScalarNode {
		flat.Style = yaml.FlowStyle // what is inside follows
	}
	text, err := encode(&flat)
	return strings.TrimSpace(text), err
}

func encode(n *yaml.Node) (string, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return "", err
	}
	return b.String(), e.Close()
}
