package main

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected output in the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rtgen": main})
}

// TestScript runs the user stories of testdata/script. Beside the usual
// commands they have
//
//	status N command …   the command ends with exit code N
//	drive server         the server that init wrote answers over both transports
func TestScript(t *testing.T) {
	t.Parallel()
	env := goEnv(t)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, env...)
			e.Vars = append(e.Vars, "RTGEN_CACHE="+filepath.Join(e.WorkDir, "cache"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status,
			"drive":  drive,
		},
	})
}

// goEnv lets scripts build against this checkout with the caches of the
// machine and without the network.
func goEnv(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMOD", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		t.Fatalf("go env: %v", err)
	}
	values := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(values) != 3 {
		t.Fatalf("go env printed %q, want three lines", out)
	}
	return []string{
		"MODULE=" + filepath.Dir(values[0]),
		"GOCACHE=" + values[1],
		"GOMODCACHE=" + values[2],
		"GOPROXY=off",
		"GONOSUMDB=*",
		"GOTOOLCHAIN=local",
		"GOFLAGS=",
	}
}

func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	got := 0
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("%s ended with exit code %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// TestManualNamesEveryCommandAndFlag keeps doc.go, the manual, in step with
// the commands.
func TestManualNamesEveryCommandAndFlag(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	manual := string(text)
	root := (&app{}).root()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "help" || cmd.Name() == "completion" {
			continue
		}
		if !strings.Contains(manual, "rtgen "+cmd.Name()) {
			t.Errorf("doc.go does not mention rtgen %s", cmd.Name())
		}
		for _, name := range flagNames(cmd) {
			if !strings.Contains(manual, "--"+name) {
				t.Errorf("doc.go does not mention --%s of rtgen %s", name, cmd.Name())
			}
		}
	}
	for _, key := range configKeys {
		if !strings.Contains(manual, "//\t"+key.name+": ") {
			t.Errorf("the rtgen.yaml in doc.go does not show %s", key.name)
		}
	}
}
