package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// Exit codes; the manual in doc.go explains them to users.
const (
	exitFine  = 0
	exitFail  = 1
	exitUsage = 2
)

// usageError says that the command line or rtgen.yaml is wrong, as opposed to
// the document. It ends the program with exitUsage.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// failure carries an error out of a command's own code. Whatever cobra returns
// without this mark is a complaint about the command line.
type failure struct{ err error }

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// errSaid ends a command whose findings have already been printed.
var errSaid = errors.New("said already")

// app is one invocation: where it reads and writes, and the flags that every
// command shares.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	format string // "text" or "json"
	quiet  bool

	report report // what --format json prints at the end
}

// run is the whole program: it returns the exit code and never exits.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	root := a.root()
	root.SetArgs(args)
	return a.finish(root.ExecuteC())
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "rtgen",
		Short: "Typed Go handlers and a TypeScript client from one OpenAPI document",
		Long: "rtgen turns an OpenAPI document, annotated with x-realtime where sockets are wanted,\n" +
			"into a Go server package and a TypeScript client.",
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.PersistentFlags().StringVar(&a.format, "format", "text", "output `format`: text, or json for machines")
	root.PersistentFlags().BoolVarP(&a.quiet, "quiet", "q", false, "print errors and diffs only")
	root.AddCommand(
		a.generateCommand(),
		a.checkCommand(),
		a.inspectCommand(),
		a.initCommand(),
		a.versionCommand(),
	)
	return root
}

// action adapts a command's code to cobra: it checks the shared flags first and
// marks errors as the command's own.
func (a *app) action(fn func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if a.format != "text" && a.format != "json" {
			return fmt.Errorf("--format %s: must be text or json", a.format)
		}
		if err := fn(cmd, args); err != nil {
			return &failure{err}
		}
		return nil
	}
}

// finish turns the outcome of a command into text and an exit code.
func (a *app) finish(cmd *cobra.Command, err error) int {
	code := exitCode(err)
	if a.json() && a.report.asked {
		return a.finishJSON(err, code)
	}
	if err == nil || errors.Is(err, errSaid) {
		return code
	}
	fmt.Fprintf(a.stderr, "rtgen: %v\n", err)
	if code == exitUsage && cmd != nil {
		fmt.Fprintf(a.stderr, "Run '%s --help' for usage.\n", cmd.CommandPath())
	}
	return code
}

func exitCode(err error) int {
	var (
		usage *usageError
		own   *failure
	)
	switch {
	case err == nil:
		return exitFine
	case errors.As(err, &usage), !errors.As(err, &own):
		return exitUsage
	}
	return exitFail
}
