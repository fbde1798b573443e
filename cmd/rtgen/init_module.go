package main

import (
	"errors"
	"fmt"
	"go/build"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// module is the Go module that a new project belongs to.
type module struct {
	name    string // import path of the project's folder
	created bool   // there was none; init writes go.mod
}

// findModule looks for go.mod here and in the folders above.
func findModule() (module, error) {
	dir, err := os.Getwd()
	if err != nil {
		return module{}, err
	}
	below := ""
	for here := dir; ; {
		text, err := os.ReadFile(filepath.Join(here, "go.mod"))
		if err == nil {
			name := moduleName(string(text))
			if name == "" {
				return module{}, fmt.Errorf("%s has no module line", filepath.Join(here, "go.mod"))
			}
			return module{name: path.Join(name, below)}, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return module{}, err
		}
		parent := filepath.Dir(here)
		if parent == here {
			return module{name: newModuleName(filepath.Base(dir)), created: true}, nil
		}
		below = path.Join(filepath.Base(here), below)
		here = parent
	}
}

// moduleName is what the module line of a go.mod says.
func moduleName(text string) string {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "//")
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == "module" {
			return strings.Trim(fields[1], "\"`")
		}
	}
	return ""
}

// newModuleName makes a module path of a folder's name. It keeps what Go allows
// in one, and adds a word where the result could be a package of the standard
// library or start with a dot.
func newModuleName(folder string) string {
	name := strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '-', r == '_':
			return r
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, folder), "-_")
	if name == "" {
		return "guestbook"
	}
	if standard(name) {
		return name + "-app"
	}
	return name
}

// standard reports whether the standard library has a package of that name. A
// program that was built with -trimpath has to ask where the library is.
func standard(name string) bool {
	ctx := build.Default
	if ctx.GOROOT == "" {
		out, err := exec.Command("go", "env", "GOROOT").Output()
		if err != nil {
			return false
		}
		ctx.GOROOT = strings.TrimSpace(string(out))
	}
	pkg, err := ctx.Import(name, "", build.FindOnly)
	return err == nil && pkg.Goroot
}

// text is the go.mod of a new project. Without a released version of rtgen to
// name, 'go mod tidy' finds the newest one.
func (m module) text(replace string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "module %s\n\ngo 1.26\n\ntool %s/cmd/rtgen\n", m.name, modulePath)
	switch version := moduleVersion(); {
	case replace != "":
		fmt.Fprintf(&b, "\nrequire %s v0.0.0-00010101000000-000000000000\n", modulePath)
		fmt.Fprintf(&b, "\nreplace %s => %s\n", modulePath, quotePath(replace))
	case version != "":
		fmt.Fprintf(&b, "\nrequire %s %s\n", modulePath, version)
	}
	return b.String()
}

// quotePath writes a folder for go.mod, which wants quotes around anything
// unusual.
func quotePath(p string) string {
	p = filepath.ToSlash(p)
	if strings.ContainsAny(p, " \t\"'`(),[]{}") {
		return fmt.Sprintf("%q", p)
	}
	return p
}

// fill puts the module's names into an initial file.
func (m module) fill(text string) string {
	return strings.NewReplacer("{{name}}", path.Base(m.name), "{{api}}", path.Join(m.name, "api")).Replace(text)
}
