package parity

import (
	"flag"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite what the client is answered")

// The emitted client calls every operation of the everything document in Node, and the emitted server answers with what
// its handler got: what one writes, the other reads, in every style and body and over both transports.
func TestClientAndServerAgree(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs Node")
	}
	program := bundle(t)
	server := httptest.NewServer(everythingServer())
	t.Cleanup(server.Close)
	got := map[string]string{}
	for _, transport := range []string{"http", "socket"} {
		// Newer versions of Node have WebSocket without being asked.
		node := exec.CommandContext(t.Context(), "node", "--no-warnings", "--experimental-websocket", program, server.URL, transport)
		node.Stderr = os.Stderr
		out, err := node.Output()
		if err != nil {
			t.Fatalf("node: %v", err)
		}
		got[transport] = string(out)
	}
	golden := filepath.Join("testdata", "client.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got["http"]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for transport, lines := range got {
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(lines, "\n")); diff != "" {
			t.Errorf("by %s (-want +got):\n%s", transport, diff)
		}
	}
}

// bundle makes one file of the calls, the emitted client and the runtime, and gives its path.
func bundle(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "calls.mjs")
	runtime, err := filepath.Abs("../../templates/typescript/runtime/index.ts")
	if err != nil {
		t.Fatal(err)
	}
	result := api.Build(api.BuildOptions{
		Stdin: &api.StdinOptions{
			Contents:   "import { play } from './calls.ts'; await play(process.argv[2], process.argv[3]);",
			ResolveDir: "client",
		},
		Bundle: true, Write: true, Outfile: out, Platform: api.PlatformNode, Format: api.FormatESModule, Target: api.ES2022,
		// The runtime is not repeated beside the golden files.
		Plugins: []api.Plugin{{Name: "runtime", Setup: func(build api.PluginBuild) {
			build.OnResolve(api.OnResolveOptions{Filter: `^\./runtime/index\.js$`}, func(api.OnResolveArgs) (api.OnResolveResult, error) {
				return api.OnResolveResult{Path: runtime}, nil
			})
		}}},
	})
	for _, message := range result.Errors {
		t.Error(message.Text)
	}
	return out
}
