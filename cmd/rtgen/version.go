package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: a.action(func(*cobra.Command, []string) error {
			v := buildVersion()
			if a.json() {
				return a.printJSON(v)
			}
			_, err := fmt.Fprintf(a.stdout, "rtgen %s (%s, %s)\n", v.Version, v.Go, v.Platform)
			return err
		}),
	}
}

// version identifies a build. Generated files do not carry it: an upgrade that
// changes nothing should change no file.
type version struct {
	Version  string `json:"version"` // of the module: "v1.2.3", a pseudo-version, or "devel"
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func buildVersion() version {
	v := version{Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if m := moduleVersion(); m != "" {
		v.Version = m
	}
	return v
}

// moduleVersion is the released version that this program was built from; ""
// when it was built from a checkout.
func moduleVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Path != modulePath || info.Main.Version == "(devel)" {
		return ""
	}
	return info.Main.Version
}
