package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/rtgen/rtgen/spec"
)

// maxConfig bounds rtgen.yaml: its few keys fit in a fraction of that, and
// whatever is larger was named so by mistake.
const maxConfig = 64 << 10

// configKey is one key of rtgen.yaml. Keys have the names of the flags; exactly
// one of the three functions says where the value goes.
type configKey struct {
	name string
	path bool // relative to the file's folder
	text func(*settings) *string
	list func(*settings) *[]string
	flag func(*settings) *bool
}

var configKeys = [...]configKey{
	{name: "document", path: true, text: func(s *settings) *string { return &s.document }},
	{name: "go", path: true, text: func(s *settings) *string { return &s.goDir }},
	{name: "go-package", text: func(s *settings) *string { return &s.goPackage }},
	{name: "ts", path: true, text: func(s *settings) *string { return &s.tsDir }},
	{name: "js", path: true, text: func(s *settings) *string { return &s.js }},
	{name: "ts-dates", text: func(s *settings) *string { return &s.tsDates }},
	{name: "ts-int64", text: func(s *settings) *string { return &s.tsInt64 }},
	{name: "ts-brands", flag: func(s *settings) *bool { return &s.tsBrands }},
	{name: "ts-validate", flag: func(s *settings) *bool { return &s.tsCheck }},
	{name: "root", path: true, text: func(s *settings) *string { return &s.root }},
	{name: "allow-url", list: func(s *settings) *[]string { return &s.allowURL }},
	{name: "include", list: func(s *settings) *[]string { return &s.include }},
	{name: "exclude", list: func(s *settings) *[]string { return &s.exclude }},
	{name: "strict", flag: func(s *settings) *bool { return &s.strict }},
}

// readConfig reads rtgen.yaml. Everything wrong inside it is a diagnostic with
// its place; the error is for a file that cannot be read. Paths in the result
// are relative to the current folder.
func readConfig(path string) (settings, spec.Diagnostics, error) {
	data, err := readBounded(path, maxConfig)
	if err != nil {
		return settings{}, nil, err
	}
	r := configReader{path: filepath.ToSlash(path), dir: filepath.Dir(path), lines: strings.Split(string(data), "\n")}
	r.read(data)
	return r.settings, r.diags.Sort(), nil
}

func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read %s: larger than %d KiB, which no settings file is", path, limit>>10)
	}
	return data, nil
}

// configReader decodes one settings file.
type configReader struct {
	path  string
	dir   string
	lines []string

	settings settings
	diags    spec.Diagnostics
}

func (r *configReader) read(data []byte) {
	// The parser is foreign code fed with foreign text: a panic in it is a
	// finding about the file, not the end of the program.
	defer func() {
		if p := recover(); p != nil {
			r.add(&yaml.Node{Line: 1, Column: 1}, "config-syntax", fmt.Sprintf("not YAML: %v", p), "")
		}
	}()
	var root yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&root); err == io.EOF {
		return // an empty file says nothing
	} else if err != nil {
		r.syntax(err)
		return
	}
	if dec.Decode(new(yaml.Node)) != io.EOF {
		r.add(&root, "config-syntax", "more than one YAML document", "keep the first one")
	}
	if len(root.Content) == 0 || isNull(root.Content[0]) {
		return
	}
	top := root.Content[0]
	if top.Kind != yaml.MappingNode {
		r.add(top, "config-syntax", "settings are a mapping of keys to values", "write 'go: api' for example")
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(top.Content); i += 2 {
		r.member(top.Content[i], top.Content[i+1], seen)
	}
}

// member reads one key and its value.
func (r *configReader) member(key, value *yaml.Node, seen map[string]int) {
	name := key.Value
	if key.Kind != yaml.ScalarNode {
		r.add(key, "config-syntax", "a key must be a word", "")
		return
	}
	if line, ok := seen[name]; ok {
		r.add(key, "config-key-duplicate", fmt.Sprintf("%s is already set in line %d", name, line), "keep one of them")
		return
	}
	seen[name] = key.Line
	for _, k := range configKeys {
		if k.name == name {
			r.value(k, value)
			return
		}
	}
	r.add(key, "config-key-unknown", "unknown key "+strconv.Quote(name), suggestKey(name))
}

func (r *configReader) value(k configKey, value *yaml.Node) {
	switch {
	case k.flag != nil:
		if value.Kind != yaml.ScalarNode || value.ShortTag() != "!!bool" {
			r.add(value, "config-value", k.name+" must be true or false", "")
			return
		}
		*k.flag(&r.settings) = strings.EqualFold(value.Value, "true")
	case k.list != nil:
		if value.Kind != yaml.SequenceNode {
			r.add(value, "config-value", k.name+" must be a list of strings", fmt.Sprintf("write %s: [\"…\"]", k.name))
			return
		}
		for _, item := range value.Content {
			if text, ok := r.text(k, item); ok {
				*k.list(&r.settings) = append(*k.list(&r.settings), text)
			}
		}
	default:
		if text, ok := r.text(k, value); ok {
			*k.text(&r.settings) = text
		}
	}
}

// text is the string that a scalar holds, made relative to the current folder
// when it is a path.
func (r *configReader) text(k configKey, value *yaml.Node) (string, bool) {
	if value.Kind != yaml.ScalarNode || value.ShortTag() != "!!str" || value.Value == "" {
		hint := ""
		if value.Kind == yaml.ScalarNode && value.Value != "" && !isNull(value) {
			hint = fmt.Sprintf("write %q", value.Value)
		}
		r.add(value, "config-value", k.name+" must be a string that is not empty", hint)
		return "", false
	}
	text := value.Value
	if k.path {
		text = filepath.FromSlash(text)
		if !filepath.IsAbs(text) {
			text = filepath.Join(r.dir, text)
		}
	}
	return text, true
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// syntax reports what the YAML parser could not read. Its text starts with the
// line when it knows one: "yaml: line 3: did not find …".
func (r *configReader) syntax(err error) {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	at := &yaml.Node{}
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		if number, text, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(number); err == nil {
				at.Line, message = n, text
			}
		}
	}
	r.add(at, "config-syntax", message, "")
}

func (r *configReader) add(at *yaml.Node, rule, message, hint string) {
	d := spec.Diagnostic{
		Pos:      spec.Position{File: r.path, Line: at.Line, Col: at.Column},
		Severity: spec.Error,
		Rule:     rule,
		Message:  message,
		Hint:     hint,
	}
	if at.Line > 0 && at.Line <= len(r.lines) {
		d.Line = strings.TrimSuffix(r.lines[at.Line-1], "\r")
	}
	r.diags = append(r.diags, d)
}

// suggestKey is a hint for an unknown key: the one that was probably meant, or
// all there are.
func suggestKey(name string) string {
	known := make([]string, len(configKeys))
	for i, k := range configKeys {
		known[i] = k.name
	}
	if meant := spec.Nearest(name, known); meant != "" {
		return fmt.Sprintf("did you mean %q?", meant)
	}
	return "known keys are " + strings.Join(known, ", ")
}
