package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// tsCode is the emitted TypeScript of a case, line by line.
type tsCode struct{ lines []string }

func openTS(dir string) (*tsCode, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.ts"))
	if err != nil {
		return nil, err
	}
	var c tsCode
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		c.lines = append(c.lines, strings.Split(string(text), "\n")...)
	}
	return &c, nil
}

// cut shows a declaration with its comment, or with "Type.name" one member.
func (c *tsCode) cut(name string) (string, error) {
	name, member, inside := strings.Cut(name, ".")
	from, to, err := c.declaration(name)
	if err != nil {
		return "", err
	}
	if inside {
		at := find(c.lines[from+1:to], "  ", member)
		if at < 0 {
			return "", fmt.Errorf("the TypeScript type %s has no member %s", name, member)
		}
		from += 1 + at
		to = end(c.lines, from)
	}
	for from > 0 && comment.MatchString(c.lines[from-1]) {
		from--
	}
	indent := len(c.lines[from]) - len(strings.TrimLeft(c.lines[from], " "))
	var out strings.Builder
	for _, line := range c.lines[from:to] {
		out.WriteString(line[min(indent, len(line)):] + "\n")
	}
	return out.String(), nil
}

// comment is a line of a JSDoc.
var comment = regexp.MustCompile(`^\s*(/\*\*|\*( |/|$))`)

// declaration finds an exported declaration: its first line, and the one after
// its last.
func (c *tsCode) declaration(name string) (from, to int, err error) {
	head := regexp.MustCompile(`^export (interface|type|const|function) ` + regexp.QuoteMeta(name) + `\b`)
	for i, line := range c.lines {
		if head.MatchString(line) {
			return i, end(c.lines, i), nil
		}
	}
	return 0, 0, fmt.Errorf("the TypeScript declares no %s", name)
}

// end is the line after what starts at a line: where its brackets are closed.
func end(lines []string, from int) int {
	depth := 0
	for i := from; i < len(lines); i++ {
		depth += strings.Count(lines[i], "{") + strings.Count(lines[i], "(") - strings.Count(lines[i], "}") - strings.Count(lines[i], ")")
		if depth == 0 && (strings.HasSuffix(lines[i], ";") || strings.HasSuffix(lines[i], "}")) {
			return i + 1
		}
	}
	return len(lines)
}

// member is one member of an interface on one line; names lead into it.
func (c *tsCode) member(typeName string, names ...string) (string, error) {
	from, to, err := c.declaration(typeName)
	if err != nil {
		return "", err
	}
	indent := ""
	for _, name := range names {
		indent += "  "
		at := find(c.lines[from+1:to], indent, name)
		if at < 0 {
			return "", fmt.Errorf("the TypeScript type %s has no member %s", typeName, name)
		}
		from += 1 + at
		to = end(c.lines, from)
	}
	var words []string
	for _, line := range c.lines[from:to] {
		words = append(words, strings.TrimSpace(line))
	}
	return strings.TrimSuffix(strings.Join(words, " "), ";"), nil
}

// find is the line at which a member of that indent starts; -1 when none does.
func find(lines []string, indent, name string) int {
	head := regexp.MustCompile(`^` + indent + `(readonly )?'?` + regexp.QuoteMeta(name) + `'?[?:(]`)
	for i, line := range lines {
		if head.MatchString(line) {
			return i
		}
	}
	return -1
}
