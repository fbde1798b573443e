package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rtgen/rtgen/generator"
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
			out, err := a.build(cmd, args, flags)
			if err != nil {
				return err
			}
			return a.write(out)
		}),
	}
	flags.register(cmd.Flags())
	return cmd
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
