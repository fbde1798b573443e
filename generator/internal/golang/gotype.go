package golang

import (
	"strings"

	"github.com/dave/jennifer/jen"
)

// goType is a Go type expression, decided by the plan and printed by code.
type goType struct {
	form typeForm
	path string    // named: import path, empty for predeclared and local types
	name string    // named: identifier
	elem *goType   // pointer, slice, mapping, generic
	decl *declPlan // named: the declaration, when it is one of ours
}

type typeForm int

const (
	named   typeForm = iota
	pointer          // *elem
	slice            // []elem
	mapping          // map[string]elem
	generic          // path.name[elem]
)

func builtin(name string) goType       { return goType{name: name} }
func foreign(path, name string) goType { return goType{path: path, name: name} }
func runtimeType(name string) goType   { return foreign(runtimePath, name) }
func pointerTo(t goType) goType        { return goType{form: pointer, elem: &t} }
func sliceOf(t goType) goType          { return goType{form: slice, elem: &t} }
func mapOf(t goType) goType            { return goType{form: mapping, elem: &t} }
func genericOf(n string, t goType) goType {
	return goType{form: generic, path: runtimePath, name: n, elem: &t}
}

// rawJSON is the type of what has no static shape.
var rawJSON = foreign("encoding/json", "RawMessage")

// nilable reports whether nil can stand for absence, so that no pointer is needed.
func (t goType) nilable() bool {
	switch t.form {
	case pointer, slice, mapping:
		return true
	case named:
		if t.decl != nil {
			return t.decl.nilable()
		}
		return t.path == rawJSON.path && t.name == rawJSON.name || t.path == "io" && t.name == "Reader"
	}
	return false
}

// optional is t where it may be missing.
func (t goType) optional() goType {
	if t.nilable() {
		return t
	}
	return pointerTo(t)
}

// code is the expression in jennifer's terms.
func (t goType) code() *jen.Statement {
	switch t.form {
	case pointer:
		return jen.Op("*").Add(t.elem.code())
	case slice:
		return jen.Index().Add(t.elem.code())
	case mapping:
		return jen.Map(jen.String()).Add(t.elem.code())
	case generic:
		return jen.Qual(t.path, t.name).Types(t.elem.code())
	}
	if t.path != "" {
		return jen.Qual(t.path, t.name)
	}
	return jen.Id(t.name)
}

// width is how many columns the expression takes, for fieldBreaks.
func (t goType) width() int {
	switch t.form {
	case pointer:
		return 1 + t.elem.width()
	case slice:
		return 2 + t.elem.width()
	case mapping:
		return len("map[string]") + t.elem.width()
	case generic:
		return len("rt.") + len(t.name) + 2 + t.elem.width()
	}
	if t.path == runtimePath {
		return len("rt.") + len(t.name)
	}
	if t.path != "" {
		return len(t.path[strings.LastIndexByte(t.path, '/')+1:]) + 1 + len(t.name)
	}
	return len([]rune(t.name))
}
