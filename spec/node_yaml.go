package spec

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	yaml "github.com/oasdiff/yaml3"
)

// maxAliasNodes bounds what aliases may add to a document: each use of an
// anchor is a copy, so a few lines could otherwise unfold to gigabytes.
const maxAliasNodes = 200_000

// parseYAML reads the first document of a YAML text.
func parseYAML(f *file, note func(spot, string, string)) (fault *parseFault) {
	// The parser is foreign code fed with foreign text: a panic in it is a
	// finding about the document, not the end of the program.
	defer func() {
		if r := recover(); r != nil {
			fault = &parseFault{spot{1, 1}, "document-syntax", fmt.Sprintf("not YAML: %v", r)}
		}
	}()
	dec := yaml.NewDecoder(strings.NewReader(f.src))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return &parseFault{spot{1, 1}, "document-empty", "the document is empty"}
		}
		return yamlFault(err)
	}
	if len(doc.Content) != 1 {
		return &parseFault{spot{1, 1}, "document-empty", "the document is empty"}
	}
	c := &yamlConverter{note: note, open: map[*yaml.Node]bool{}}
	root, fault := c.convert(doc.Content[0], 0, false)
	if fault != nil {
		return fault
	}
	var next yaml.Node
	if err := dec.Decode(&next); err == nil {
		note(spot{int32(max(next.Line, 1)), int32(max(next.Column, 1))}, "document-several",
			"the file holds several YAML documents; only the first is read")
	}
	root.file = f
	f.root = root
	return nil
}

// yamlFault finds the line in the parser's message: it has no other form.
func yamlFault(err error) *parseFault {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		number, text, found := strings.Cut(rest, ": ")
		if n, err := strconv.Atoi(number); err == nil && found {
			line, message = n, text
		}
	}
	return &parseFault{spot{int32(line), 1}, "document-syntax", "not YAML: " + message}
}

type yamlConverter struct {
	nodes   nodeSlab
	members memberSlab
	open    map[*yaml.Node]bool // anchored nodes being converted, to notice cycles
	copied  int                 // nodes made by aliases
	note    func(at spot, rule, message string)
}

func yamlSpot(y *yaml.Node) spot { return spot{int32(y.Line), int32(y.Column)} }

// convert makes a node of y; copying says that an alias led here.
func (c *yamlConverter) convert(y *yaml.Node, depth int, copying bool) (*node, *parseFault) {
	if depth > maxDepth {
		return nil, &parseFault{yamlSpot(y), "document-depth", "nested too deeply"}
	}
	if copying {
		if c.copied++; c.copied > maxAliasNodes {
			return nil, &parseFault{yamlSpot(y), "yaml-alias-limit", "aliases make the document too large"}
		}
	}
	if y.Kind == yaml.AliasNode {
		return c.alias(y, depth)
	}
	n := c.nodes.get()
	n.at = yamlSpot(y)
	if y.Anchor != "" && !copying {
		c.open[y] = true
		defer delete(c.open, y)
	}
	switch y.Kind {
	case yaml.ScalarNode:
		n.kind, n.text = yamlScalar(y)
		return n, nil
	case yaml.SequenceNode:
		n.kind = arrayNode
		list := make([]member, 0, len(y.Content))
		for _, item := range y.Content {
			v, fault := c.convert(item, depth+1, copying)
			if fault != nil {
				return nil, fault
			}
			list = append(list, member{value: v})
		}
		n.adopt(list, &c.members, c.note)
		return n, nil
	default:
		n.kind = objectNode
		list, fault := c.mapping(y, depth, copying)
		if fault != nil {
			return nil, fault
		}
		n.adopt(list, &c.members, c.note)
		return n, nil
	}
}

func (c *yamlConverter) alias(y *yaml.Node, depth int) (*node, *parseFault) {
	if y.Alias == nil || c.open[y.Alias] {
		return nil, &parseFault{yamlSpot(y), "yaml-alias-cycle", "the alias *" + y.Value + " contains itself"}
	}
	c.open[y.Alias] = true
	defer delete(c.open, y.Alias)
	return c.convert(y.Alias, depth, true)
}

func (c *yamlConverter) mapping(y *yaml.Node, depth int, copying bool) ([]member, *parseFault) {
	list := make([]member, 0, len(y.Content)/2)
	var merged []member
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		if k.Kind == yaml.AliasNode && k.Alias != nil {
			k = k.Alias
		}
		if k.Kind != yaml.ScalarNode {
			c.note(yamlSpot(k), "yaml-key", "a key must be a plain word; this one is left out")
			continue
		}
		value, fault := c.convert(v, depth+1, copying)
		if fault != nil {
			return nil, fault
		}
		if k.Value == "<<" && k.Style == 0 && (k.Tag == "" || k.Tag == "!!merge") {
			merged = append(merged, c.mergeKey(value)...)
			continue
		}
		list = append(list, member{key: k.Value, at: yamlSpot(k), value: value})
	}
	if len(merged) == 0 {
		return list, nil
	}
	own := make(map[string]bool, len(list)+len(merged))
	for _, m := range list {
		own[m.key] = true
	}
	for _, m := range merged {
		if !own[m.key] { // what the mapping says itself wins, then the first merged
			own[m.key] = true
			list = append(list, m)
		}
	}
	return list, nil
}

// mergeKey is what "<<" brings in: the members of one mapping or of several.
func (c *yamlConverter) mergeKey(v *node) []member {
	switch v.kind {
	case objectNode:
		return v.kids
	case arrayNode:
		var all []member
		for _, item := range v.kids {
			all = append(all, item.value.members()...)
		}
		return all
	}
	c.note(v.at, "yaml-merge", "<< merges mappings only; this value is left out")
	return nil
}

// yamlScalar decides what a scalar is by YAML 1.2's core schema: yes, no, on
// and off are strings, dates are strings, 0o17 and 0x1F are numbers.
func yamlScalar(y *yaml.Node) (nodeKind, string) {
	const quoted = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	tagged := y.Style&yaml.TaggedStyle != 0
	if tagged && y.Tag != "!!int" && y.Tag != "!!float" && y.Tag != "!!bool" && y.Tag != "!!null" {
		return stringNode, y.Value
	}
	if y.Style&quoted != 0 && !tagged {
		return stringNode, y.Value
	}
	switch y.Value {
	case "", "~", "null", "Null", "NULL":
		return nullNode, ""
	case "true", "True", "TRUE":
		return boolNode, "true"
	case "false", "False", "FALSE":
		return boolNode, "false"
	}
	if number, ok := yamlNumber(y.Value); ok {
		return numberNode, number
	}
	return stringNode, y.Value
}

// yamlNumber writes a number of YAML's core schema as JSON does, digit for
// digit.
func yamlNumber(s string) (string, bool) {
	if c := s[0]; c != '-' && c != '+' && c != '.' && (c < '0' || c > '9') {
		return "", false
	}
	if strings.HasPrefix(s, "0o") || strings.HasPrefix(s, "0x") {
		u, err := strconv.ParseUint(s[2:], map[byte]int{'o': 8, 'x': 16}[s[1]], 64)
		return strconv.FormatUint(u, 10), err == nil && s[2] != '+'
	}
	sign, digits := "", s
	switch s[0] {
	case '-':
		sign, digits = "-", s[1:]
	case '+':
		digits = s[1:]
	}
	whole, rest := cutDigits(digits)
	fraction, exponent := "", ""
	if strings.HasPrefix(rest, ".") {
		fraction, rest = cutDigits(rest[1:])
		if whole == "" && fraction == "" {
			return "", false
		}
	} else if whole == "" {
		return "", false
	}
	if rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		e := rest[1:]
		if e != "" && (e[0] == '-' || e[0] == '+') {
			exponent, e = e[:1], e[1:]
		}
		var power string
		if power, rest = cutDigits(e); power == "" {
			return "", false
		}
		exponent = "e" + exponent + power
	}
	if rest != "" {
		return "", false
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if fraction != "" {
		fraction = "." + fraction
	}
	return sign + whole + fraction + exponent, true
}

func cutDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}
