package golang

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"
)

// This file is where jennifer ends: ordered literals (its Dict sorts keys),
// comments line by line (a line feed turns its comment into a block, which text
// from a document could close), tags in the order given, import groups.

// importNames are the packages that emitted code mentions, under their names.
var importNames = map[string]string{
	"context":       "context",
	"encoding/json": "json",
	"io":            "io",
	"net/netip":     "netip",
	"time":          "time",
	runtimePath:     "rt",
}

// newFile is an empty file of the package with the header that marks it as ours.
func (p *plan) newFile(packageDoc ...string) *jen.File {
	f := jen.NewFile(p.opts.Package)
	f.NoFormat = true
	for path, name := range importNames {
		f.ImportName(path, name)
	}
	f.ImportAlias(runtimePath, "rt")
	for path, name := range p.aliases {
		f.ImportAlias(path, name)
	}
	f.HeaderComment(Header)
	if p.opts.Source != "" {
		f.HeaderComment("// Source: " + strings.Join(strings.Fields(cleanText(p.opts.Source)), " "))
	}
	for _, line := range packageDoc {
		f.PackageComment(line)
	}
	return f
}

// documented is a declaration under its comment.
func documented(doc []string, decl *jen.Statement) *jen.Statement {
	s := &jen.Statement{}
	for _, line := range doc {
		s.Comment(line).Line()
	}
	return s.Add(decl)
}

// structBody is the fields of a struct, each with comment and tag. Undocumented
// fields stand together in paragraphs whose columns gofmt aligns.
func structBody(fields []*fieldPlan) *jen.Statement {
	rows := make([]row, len(fields))
	for i, f := range fields {
		rows[i] = row{name: len([]rune(f.name)), typ: f.typ.width(), documented: len(f.doc) > 0}
	}
	breaks := paragraphs(rows)
	return jen.StructFunc(func(g *jen.Group) {
		for i, f := range fields {
			if breaks[i] {
				g.Line()
			}
			for _, line := range f.doc {
				g.Comment(line)
			}
			g.Id(f.name).Add(f.typ.code()).Add(tagLiteral(f.tag))
		}
	})
}

// row is what gofmt aligns by.
type row struct {
	name, typ  int
	documented bool
}

// freeRows is how many rows of a paragraph may set its columns. A new row moves at
// most this many less one of its neighbours.
const freeRows = 4

// paragraphs says in front of which rows an empty line goes. A row that would
// widen the columns of a paragraph that is long already starts a new one, so that
// adding a row never realigns a long list.
func paragraphs(rows []row) []bool {
	breaks := make([]bool, len(rows))
	n, name, typ := 0, 0, 0
	for i, r := range rows {
		switch {
		case r.documented: // a comment line ends the paragraph for gofmt too
			n, name, typ = 0, 0, 0
		case n >= freeRows && (r.name > name || r.typ > typ):
			breaks[i] = true
			n, name, typ = 0, 0, 0
		}
		n++
		name, typ = max(name, r.name), max(typ, r.typ)
	}
	return breaks
}

// tagLiteral is a struct tag as a literal; a backtick in it cannot happen (structTag).
func tagLiteral(tag string) *jen.Statement {
	if tag == "" {
		return jen.Null()
	}
	if strconv.CanBackquote(tag) {
		return jen.Op("`" + tag + "`")
	}
	return jen.Lit(tag)
}

// oneLine is a body that stays on the line of its head; jennifer's own breaks it.
func oneLine(body *jen.Statement) *jen.Statement {
	return jen.Op("{").Add(body).Op("}")
}

// member is one key of a composite literal.
type member struct {
	key   string
	value *jen.Statement // nil: left out
}

// literal is a composite literal with its keys in the given order, one to a line.
func literal(typ *jen.Statement, members ...member) *jen.Statement {
	return typ.ValuesFunc(func(g *jen.Group) {
		for _, m := range members {
			if m.value != nil {
				g.Line().Id(m.key).Op(":").Add(m.value)
			}
		}
		g.Line()
	})
}

// inline is literal on one line; an empty typ is elided, as in a slice of structs.
func inline(typ *jen.Statement, members ...member) *jen.Statement {
	if typ == nil {
		typ = &jen.Statement{}
	}
	return typ.ValuesFunc(func(g *jen.Group) {
		for _, m := range members {
			if m.value != nil {
				g.Id(m.key).Op(":").Add(m.value)
			}
		}
	})
}

// rows is a slice or map literal with one element to a line; nil when there is none.
func rows(typ *jen.Statement, elems []*jen.Statement) *jen.Statement {
	if len(elems) == 0 {
		return nil
	}
	return typ.ValuesFunc(func(g *jen.Group) {
		for _, e := range elems {
			g.Line().Add(e)
		}
		g.Line()
	})
}

// compactRows is rows, but a single element stays on the line.
func compactRows(typ *jen.Statement, elems []*jen.Statement) *jen.Statement {
	if len(elems) == 1 {
		return typ.Values(elems[0])
	}
	return rows(typ, elems)
}

// str is a string literal, nil for the empty string: a zero field is left out.
func str(s string) *jen.Statement {
	if s == "" {
		return nil
	}
	return jen.Lit(s)
}

// yes is true, or nil: a false field is left out.
func yes(b bool) *jen.Statement {
	if !b {
		return nil
	}
	return jen.True()
}

// count is a number, nil for zero.
func count(n int) *jen.Statement {
	if n == 0 {
		return nil
	}
	return jen.Lit(n)
}

// stringsOf is []string{…} on one line, nil for none.
func stringsOf(list []string) *jen.Statement {
	if len(list) == 0 {
		return nil
	}
	return jen.Index().String().ValuesFunc(func(g *jen.Group) {
		for _, s := range list {
			g.Lit(s)
		}
	})
}

// rt is a name of the runtime.
func rt(name string) *jen.Statement { return jen.Qual(runtimePath, name) }

// groupImports puts the standard library's imports before the others, as people do.
func groupImports(src []byte) []byte {
	const open, shut = "import (\n", "\n)\n"
	start := bytes.Index(src, []byte("\n"+open))
	if start < 0 {
		return src
	}
	start += 1 + len(open)
	end := bytes.Index(src[start:], []byte(shut))
	if end < 0 {
		return src
	}
	var std, other []string
	for _, line := range strings.Split(string(src[start:start+end]), "\n") {
		path := line[strings.IndexByte(line, '"')+1:]
		if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
			other = append(other, line)
		} else {
			std = append(std, line)
		}
	}
	lines := std
	if len(std) > 0 && len(other) > 0 {
		lines = append(lines, "")
	}
	return slices.Concat(src[:start], []byte(strings.Join(append(lines, other...), "\n")), src[start+end:])
}
