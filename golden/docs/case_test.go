package docs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// goldenCase is a folder of package golden, read.
type goldenCase struct {
	document *document
	goCode   *goCode
	tsCode   *tsCode
	said     string // warnings.txt
}

func openCase(name string) (*goldenCase, error) {
	dir := filepath.Join("..", name)
	doc, err := openDocument(filepath.Join(dir, "openapi.yaml"))
	if err != nil {
		return nil, err
	}
	goText, err := openGo(filepath.Join(dir, "go"))
	if err != nil {
		return nil, err
	}
	tsText, err := openTS(filepath.Join(dir, "ts"))
	if err != nil {
		return nil, err
	}
	said, err := os.ReadFile(filepath.Join(dir, "warnings.txt"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return &goldenCase{doc, goText, tsText, string(said)}, nil
}

// members is a table with a row for each property of a schema, or for those
// that are named.
func (c *goldenCase) members(words []string) (string, error) {
	if len(words) == 0 {
		return "", errors.New("name a schema")
	}
	list, err := c.document.properties(words[0])
	if err != nil {
		return "", err
	}
	if wanted := words[1:]; len(wanted) > 0 {
		if list, err = pick(list, wanted); err != nil {
			return "", err
		}
	}
	t := table{"member", "document", "Go", "TypeScript"}.start()
	for _, p := range list {
		field, err := c.goCode.field(words[0], "json", p.name)
		if err != nil {
			return "", err
		}
		member, err := c.tsMember(words[0], p.name)
		if err != nil {
			return "", err
		}
		name := code(p.name)
		if p.required {
			name += ", required"
		}
		t.row(name, code(p.text), code(field), member)
	}
	return t.String(), nil
}

// tsMember is the cell of a property in TypeScript; writeOnly ones are members of
// another interface.
func (c *goldenCase) tsMember(typeName, name string) (string, error) {
	if member, err := c.tsCode.member(typeName, name); err == nil {
		return code(member), nil
	}
	member, err := c.tsCode.member(typeName+"Input", name)
	return code(member) + " of " + code(typeName+"Input"), err
}

// pick keeps the properties with the wanted names, in that order.
func pick(list []property, wanted []string) ([]property, error) {
	var out []property
	for _, name := range wanted {
		i := slices.IndexFunc(list, func(p property) bool { return p.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no property %s", name)
		}
		out = append(out, list[i])
	}
	return out, nil
}

// parameters is a table with a row for each parameter of an operation.
func (c *goldenCase) parameters(words []string) (string, error) {
	if len(words) != 1 {
		return "", errors.New("name an operation")
	}
	list, err := c.document.parameters(words[0])
	if err != nil {
		return "", err
	}
	request := strings.ToUpper(words[0][:1]) + words[0][1:] + "Request"
	t := table{"in", "document", "Go", "TypeScript"}.start()
	for _, p := range list {
		field, err := c.goCode.field(request, p.in, p.name)
		if err != nil {
			return "", err
		}
		group := map[string]string{"path": "path", "query": "query", "header": "headers", "cookie": "cookies"}[p.in]
		member, err := c.tsCode.member(request, group, p.name)
		if err != nil {
			return "", err
		}
		t.row(p.in, code(p.text), code(field), code(member))
	}
	return t.String(), nil
}

// code shows the three languages beside each other; one that is not asked for
// has no column.
func (c *goldenCase) code(words []string) (string, error) {
	var heads, cells strings.Builder
	for _, word := range words {
		what, names, found := strings.Cut(word, "=")
		if !found {
			return "", fmt.Errorf("%s is not document=, go= or ts=", word)
		}
		var cut func(string) (string, error)
		var head, lang string
		switch what {
		case "document":
			cut, head, lang = c.document.cut, "Document", "yaml"
		case "go":
			cut, head, lang = c.goCode.cut, "Go", "go"
		case "ts":
			cut, head, lang = c.tsCode.cut, "TypeScript", "ts"
		default:
			return "", fmt.Errorf("%s is not document=, go= or ts=", word)
		}
		var parts []string
		for name := range strings.SplitSeq(names, ",") {
			text, err := cut(name)
			if err != nil {
				return "", err
			}
			parts = append(parts, strings.TrimSpace(text))
		}
		between := "\n\n"
		if what == "document" {
			between = "\n"
		}
		fmt.Fprintf(&heads, "<th>%s</th>", head)
		fmt.Fprintf(&cells, "<td>\n\n```%s\n%s\n```\n\n</td>", lang, strings.ReplaceAll(strings.Join(parts, between), "\t", "    "))
	}
	return "<table>\n<tr>" + heads.String() + "</tr>\n<tr valign=\"top\">" + cells.String() + "</tr>\n</table>", nil
}

// warnings is what rtgen says about the document, or those of some rules.
func (c *goldenCase) warnings(rules []string) (string, error) {
	var lines []string
	for line := range strings.Lines(c.said) {
		wanted := len(rules) == 0 || slices.ContainsFunc(rules, func(r string) bool { return strings.Contains(line, "("+r+")") })
		if strings.HasPrefix(line, "openapi.yaml:") && wanted {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return "", errors.New("rtgen says nothing of the kind")
	}
	return "```\n" + strings.Join(lines, "") + "```", nil
}

// table is the heads of a Markdown table.
type table []string

type rows struct{ strings.Builder }

func (heads table) start() *rows {
	var r rows
	r.row(heads...)
	fmt.Fprintln(&r, "|"+strings.Repeat("---|", len(heads)))
	return &r
}

func (r *rows) row(cells ...string) {
	for i := range cells {
		cells[i] = strings.ReplaceAll(cells[i], "|", `\|`)
	}
	fmt.Fprintf(r, "| %s |\n", strings.Join(cells, " | "))
}

// code is a code span, whatever it holds.
func code(s string) string {
	if s == "" {
		return "(empty)"
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}
