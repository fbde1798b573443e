package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rtgen/rtgen/generator"
	"github.com/rtgen/rtgen/spec"
)

func (a *app) generateCommand() *cobra.Command {
	var flags settings
	cmd := &cobra.Command{
		Use:   "generate [document]",
		Short: "Write the Go and TypeScript code",
		Long: "Generate writes the Go package and the TypeScript client of a document.\n" +
			"Settings that are not given as flags come from rtgen.yaml beside the document.\n" +
			"A file is written only when its bytes change; files that rtgen did not write are never touched.",
		Example: "  rtgen generate openapi.yaml --go api --ts web/client\n" +
			"  //go:generate go tool rtgen generate",
		Args: cobra.MaximumNArgs(1),
		RunE: a.action(func(cmd *cobra.Command, args []string) error {
			a.report.asked = true
			s, err := a.wanted(cmd, args, flags)
			if err != nil {
				return err
			}
			return a.generate(s)
		}),
	}
	flags.register(cmd.Flags())
	return cmd
}

// generate writes the code, or says again what the last run said when that wrote the
// same from the same.
func (a *app) generate(s settings) error {
	out, cfg, err := s.place()
	if err != nil {
		return err
	}
	tool := toolIdentity()
	if last := recall(memoryPath(s, cfg)); last != nil && last.Tool == tool && last.holds(s, out.root) {
		return a.repeat(out, last, s.strict)
	}
	seen := witness{inputs: map[string]string{}}
	now := memory{Tool: tool}
	if err := a.fill(out, s, cfg, &now, spec.Observe(seen.observe)); err != nil {
		return err
	}
	if err := a.write(out); err != nil {
		return err
	}
	if seen.lost || tool == "" {
		return nil
	}
	// The next run joins the package that this one may have begun.
	if _, cfg, err = s.place(); err == nil {
		now.Inputs = seen.inputs
		now.keep(memoryPath(s, cfg))
	}
	return nil
}

// repeat is a run in which nothing changes.
func (a *app) repeat(out *output, last *memory, strict bool) error {
	for _, diags := range []spec.Diagnostics{last.Read, last.Emitted} {
		if said := a.diagnose(diags, strict); said != nil {
			return said
		}
	}
	changes := make([]generator.Change, len(last.Outputs))
	for i, o := range last.Outputs {
		changes[i] = generator.Change{Path: o.Path, Kind: generator.Unchanged}
	}
	a.record(out, changes)
	return nil
}

// write brings the files to disk and says which ones changed.
func (a *app) write(out *output) error {
	changes, err := generator.Write(out.root, out.files)
	a.record(out, changes)
	if !a.json() && !a.quiet {
		for _, c := range changes {
			if c.Kind != generator.Unchanged {
				fmt.Fprintf(a.stdout, "%s %s\n", c.Kind, out.show(c.Path))
			}
		}
	}
	return err
}
