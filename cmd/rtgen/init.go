package main

import (
	"embed"
	"errors"
	"fmt"
	"go/build"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rtgen/rtgen/generator"
)

// modulePath is where the generator and the runtime live.
const modulePath = "github.com/rtgen/rtgen"

//go:embed initial
var initial embed.FS

// initialFiles are the files of a new project, in the order in which they are
// written: source in the embedded folder, name in the project.
var initialFiles = [...]struct{ source, name string }{
	{"initial/openapi.yaml", "openapi.yaml"},
	{"initial/rtgen.yaml", "rtgen.yaml"},
	{"initial/main.go.txt", "main.go"},
	{"initial/index.html", "web/index.html"},
}

// initialSettings are what initial/rtgen.yaml says.
var initialSettings = settings{
	document: "openapi.yaml",
	goDir:    "api",
	tsDir:    filepath.FromSlash("web/client"),
	js:       filepath.FromSlash("web/client.js"),
}

func (a *app) initCommand() *cobra.Command {
	var replace string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Start a project in this folder",
		Long: "Init writes a small annotated document, its settings, a server, a page and the generated code,\n" +
			"and go.mod when the folder is not in a module yet. It overwrites nothing.",
		Example: "  rtgen init && go mod tidy && go run .",
		Args:    cobra.NoArgs,
		RunE: a.action(func(*cobra.Command, []string) error {
			a.report.asked = true
			return a.init(replace)
		}),
	}
	cmd.Flags().StringVar(&replace, "replace", "", "use the rtgen module in `DIR` instead of a published one")
	if err := cmd.Flags().MarkHidden("replace"); err != nil {
		panic(err) // the flag is declared two lines above
	}
	return cmd
}

// init writes the project. Everything that could be in the way is looked for
// first, so that a refusal leaves the folder as it was.
func (a *app) init(replace string) error {
	if err := refuseToOverwrite(); err != nil {
		return err
	}
	mod, err := findModule()
	if err != nil {
		return err
	}
	if replace != "" {
		if replace, err = filepath.Abs(replace); err != nil {
			return err
		}
	}
	if mod.created {
		if err := a.create("go.mod", mod.text(replace)); err != nil {
			return err
		}
	}
	for _, f := range initialFiles {
		text, err := initial.ReadFile(f.source)
		if err != nil {
			panic(err) // the list above names a file that is not embedded
		}
		if err := a.create(f.name, mod.fill(string(text))); err != nil {
			return err
		}
	}
	out, err := a.emit(initialSettings)
	if err != nil {
		return err
	}
	if err := a.write(out); err != nil {
		return err
	}
	a.printNext(mod)
	return nil
}

// refuseToOverwrite lists everything that init would have to replace.
func refuseToOverwrite() error {
	names := make([]string, 0, len(initialFiles)+3)
	for _, f := range initialFiles {
		names = append(names, f.name)
	}
	s := initialSettings
	names = append(names, s.goDir, s.tsDir, s.js)
	var found []string
	for _, name := range names {
		switch _, err := os.Lstat(filepath.FromSlash(name)); {
		case err == nil:
			found = append(found, filepath.ToSlash(name))
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	if len(found) > 0 {
		return fmt.Errorf("init overwrites nothing, and these are already here: %s", strings.Join(found, ", "))
	}
	if pkg, err := build.ImportDir(".", 0); err == nil && pkg.Name != "main" {
		return fmt.Errorf("init writes main.go, and the Go files here are package %s", pkg.Name)
	}
	return nil
}

// create writes a file of the new project, and its folders.
func (a *app) create(name, text string) error {
	file := filepath.FromSlash(name)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	a.report.Changes = append(a.report.Changes, jsonChange{Path: name, Kind: string(generator.Created)})
	if !a.json() && !a.quiet {
		fmt.Fprintf(a.stdout, "%s %s\n", generator.Created, name)
	}
	return nil
}

// printNext says what to do now.
func (a *app) printNext(mod module) {
	if a.json() || a.quiet {
		return
	}
	tool := "go mod tidy             # fetch the runtime"
	if !mod.created {
		tool = "go get -tool " + modulePath + "/cmd/rtgen && go mod tidy"
	}
	fmt.Fprintf(a.stdout, `
A guestbook over HTTP and WebSocket is ready. Next:

  %s
  go run .                # open the page twice and sign in one
  go generate ./...       # after every change of openapi.yaml
`, tool)
}
