package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// goCode is the emitted Go package of a case.
type goCode struct {
	fset  *token.FileSet
	files map[string]*ast.File
	texts map[string]string
}

func openGo(dir string) (*goCode, error) {
	if !strings.HasSuffix(dir, ".go") {
		dir = filepath.Join(dir, "*.go")
	}
	names, err := filepath.Glob(dir)
	if err != nil {
		return nil, err
	}
	g := &goCode{token.NewFileSet(), map[string]*ast.File{}, map[string]string{}}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if g.files[name], err = parser.ParseFile(g.fset, name, text, parser.ParseComments|parser.SkipObjectResolution); err != nil {
			return nil, err
		}
		g.texts[name] = string(text)
	}
	return g, nil
}

// cut shows a declaration with its comment: a type with its constants, a
// function, or with "Type.Name" a method or a member.
func (g *goCode) cut(name string) (string, error) {
	typeName, member, _ := strings.Cut(name, ".")
	var parts []string
	for _, f := range g.files {
		for _, d := range f.Decls {
			for _, n := range declared(d, typeName, member) {
				parts = append(parts, g.source(n))
			}
		}
	}
	if len(parts) == 0 {
		return "", fmt.Errorf("the Go package declares no %s", name)
	}
	return strings.Join(parts, "\n\n"), nil
}

// declared are the nodes of a declaration that bear a name.
func declared(d ast.Decl, name, member string) []ast.Node {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil && member == "" && d.Name.Name == name {
			return []ast.Node{d}
		}
		if d.Recv != nil && member == d.Name.Name && receiver(d) == name {
			return []ast.Node{d}
		}
	case *ast.GenDecl:
		if len(d.Specs) == 0 {
			return nil
		}
		switch s := d.Specs[0].(type) {
		case *ast.TypeSpec:
			if s.Name.Name == name && member == "" {
				return []ast.Node{d}
			}
			if i, ok := s.Type.(*ast.InterfaceType); ok && s.Name.Name == name {
				return methods(i, member)
			}
		case *ast.ValueSpec:
			if id, ok := s.Type.(*ast.Ident); member == "" && (s.Names[0].Name == name || ok && d.Tok == token.CONST && id.Name == name) {
				return []ast.Node{d}
			}
		}
	}
	return nil
}

func methods(i *ast.InterfaceType, name string) []ast.Node {
	for _, m := range i.Methods.List {
		if len(m.Names) == 1 && m.Names[0].Name == name {
			return []ast.Node{m}
		}
	}
	return nil
}

func receiver(d *ast.FuncDecl) string {
	t := d.Recv.List[0].Type
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// source is the text of a node with its comment, without its indent.
func (g *goCode) source(n ast.Node) string {
	from := n.Pos()
	switch n := n.(type) {
	case *ast.GenDecl:
		from = start(n.Doc, from)
	case *ast.FuncDecl:
		from = start(n.Doc, from)
	case *ast.Field:
		from = start(n.Doc, from)
	}
	a, b := g.fset.Position(from), g.fset.Position(n.End())
	text := g.texts[a.Filename][a.Offset:b.Offset]
	return strings.ReplaceAll(text, "\n"+strings.Repeat("\t", a.Column-1), "\n")
}

func start(doc *ast.CommentGroup, from token.Pos) token.Pos {
	if doc == nil {
		return from
	}
	return doc.Pos()
}

// field is name and type of the member of a struct that travels under a name in
// a place: json, or the location of a parameter.
func (g *goCode) field(typeName, place, name string) (string, error) {
	for _, f := range g.files {
		for _, d := range f.Decls {
			s := structOf(d, typeName)
			if s == nil {
				continue
			}
			for _, m := range s.Fields.List {
				if m.Tag != nil && len(m.Names) == 1 && travels(m.Tag.Value, place) == name {
					return m.Names[0].Name + " " + g.source(m.Type), nil
				}
			}
		}
	}
	return "", fmt.Errorf("the Go type %s has no member for %s", typeName, name)
}

func structOf(d ast.Decl, name string) *ast.StructType {
	g, ok := d.(*ast.GenDecl)
	if !ok || g.Tok != token.TYPE {
		return nil
	}
	t := g.Specs[0].(*ast.TypeSpec)
	s, ok := t.Type.(*ast.StructType)
	if !ok || t.Name.Name != name {
		return nil
	}
	return s
}

// travels is the name on the wire that a tag gives; "-" when there is none.
func travels(literal, place string) string {
	text, err := strconv.Unquote(literal)
	if err != nil {
		return "-"
	}
	tag := reflect.StructTag(text)
	for _, word := range []string{"name=", "optional="} {
		if name, ok := strings.CutPrefix(tag.Get("rt"), word); ok {
			return name
		}
	}
	v, ok := tag.Lookup(place)
	if !ok {
		return "-"
	}
	name, _, _ := strings.Cut(v, ",")
	return name
}
