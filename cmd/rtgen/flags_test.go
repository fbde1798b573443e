package main

import (
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagNames are the names of a command's own flags that users see.
func flagNames(cmd *cobra.Command) []string {
	var names []string
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Name != "help" {
			names = append(names, f.Name)
		}
	})
	return names
}

// TestEverySettingIsFlagAndKey keeps rtgen.yaml and the command line equal:
// what one can say, the other can.
func TestEverySettingIsFlagAndKey(t *testing.T) {
	t.Parallel()
	keys := map[string]bool{}
	for _, k := range configKeys {
		keys[k.name] = true
	}
	delete(keys, "document") // the argument
	for _, name := range flagNames((&app{}).generateCommand()) {
		if !keys[name] {
			t.Errorf("--%s cannot be said in rtgen.yaml", name)
		}
		delete(keys, name)
	}
	for name := range keys {
		t.Errorf("%s: of rtgen.yaml is no flag of generate", name)
	}
	generate, check := flagNames((&app{}).generateCommand()), flagNames((&app{}).checkCommand())
	if len(generate) != len(check) {
		t.Errorf("generate takes %v and check takes %v; they must take the same", generate, check)
	}
}
