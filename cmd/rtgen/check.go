package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/rtgen/rtgen/generator"
)

func (a *app) checkCommand() *cobra.Command {
	var flags settings
	cmd := &cobra.Command{
		Use:   "check [document]",
		Short: "Say whether the code on disk is what generate would write",
		Long: "Check generates into memory and compares with the files on disk. It prints a unified diff and\n" +
			"exits with 1 when generate would change anything. It takes the settings of generate and writes nothing.",
		Example: "  rtgen check openapi.yaml --go api --ts web/client",
		Args:    cobra.MaximumNArgs(1),
		RunE: a.action(func(cmd *cobra.Command, args []string) error {
			a.report.asked = true
			s, err := a.wanted(cmd, args, flags)
			if err != nil {
				return err
			}
			out, err := a.emit(s)
			if err != nil {
				return err
			}
			return a.compare(out)
		}),
	}
	flags.register(cmd.Flags())
	return cmd
}

// compare prints what generate would change; the error says how many files are
// stale.
func (a *app) compare(out *output) error {
	changes, err := generator.Diff(out.root, out.files)
	a.record(out, changes)
	if err != nil {
		return err
	}
	stale := 0
	for _, c := range changes {
		if c.Kind == generator.Unchanged {
			continue
		}
		stale++
		if a.json() {
			continue
		}
		if _, err := io.WriteString(a.stdout, c.Unified); err != nil {
			return err
		}
	}
	switch stale {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("1 file is stale; run rtgen generate")
	}
	return fmt.Errorf("%d files are stale; run rtgen generate", stale)
}
