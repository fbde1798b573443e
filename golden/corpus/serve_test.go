package corpus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// askProgram is a program that serves every emitted package with Unimplemented and
// sends one request to each operation of its document. Nobody implements
// anything, so what comes back says only whether the operation is there and
// could be planned: 501, or a refusal of the request, which has neither
// credentials nor a body.
const askProgram = `package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"

	rt "github.com/rtgen/rtgen/runtime"
IMPORTS)

var servers = map[string]func(...rt.Option) *rt.Server{
SERVERS}

type route struct{ Method, Path string }

// recorder keeps what the server logs for a request.
type recorder struct{ lines []string }

func (r *recorder) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }
func (r *recorder) WithAttrs([]slog.Attr) slog.Handler           { return r }
func (r *recorder) WithGroup(string) slog.Handler                { return r }
func (r *recorder) Handle(_ context.Context, rec slog.Record) error {
	line := rec.Message
	if strings.HasPrefix(line, "a security scheme has no check") {
		return nil // Unimplemented has none
	}
	rec.Attrs(func(a slog.Attr) bool { line += " " + a.String(); return true })
	r.lines = append(r.lines, line)
	return nil
}

var parameter = regexp.MustCompile("[{][^}]*[}]")

func ask(server http.Handler, log *recorder, pattern *string, r route) string {
	log.lines, *pattern = nil, ""
	req := httptest.NewRequest(http.MethodPost, "/", nil)
	req.Method = r.Method
	req.URL.Path = parameter.ReplaceAllString(r.Path, "1")
	req.RequestURI = req.URL.RequestURI()
	rec := httptest.NewRecorder()
	server.ServeHTTP(rec, req)
	said := strings.Join(log.lines, "; ")
	noCheck := strings.HasPrefix(said, "no check for a security scheme")
	got, want := parameter.ReplaceAllString(*pattern, "{}"), parameter.ReplaceAllString(r.Method+" "+r.Path, "{}")
	switch {
	case rec.Code == 404 || rec.Code == 405:
		return fmt.Sprintf("is not served: %d %s", rec.Code, rec.Body)
	case said != "" && !noCheck:
		return said
	case rec.Code < 400 || rec.Code >= 500 && rec.Code != 501 && !noCheck:
		return fmt.Sprintf("answers %d %s", rec.Code, rec.Body)
	case got != want:
		return "is answered by " + *pattern
	}
	return ""
}

func main() {
	var documents map[string][]route
	text, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = json.Unmarshal(text, &documents)
	}
	if err != nil {
		panic(err)
	}
	failures := []string{}
	for name, routes := range documents {
		log, pattern := &recorder{}, ""
		server := servers[name](rt.WithLogger(slog.New(log)))
		server.Use(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				pattern = r.Pattern
				next.ServeHTTP(w, r)
			})
		})
		if len(log.lines) > 0 {
			failures = append(failures, name+": "+strings.Join(log.lines, "; "))
		}
		if got := len(rt.Describe(server).Operations); got != len(routes) {
			failures = append(failures, fmt.Sprintf("%s: %d operations, the document has %d", name, got, len(routes)))
		}
		for _, r := range routes {
			if problem := ask(server, log, &pattern, r); problem != "" {
				failures = append(failures, fmt.Sprintf("%s: %s %s: %s", name, r.Method, r.Path, problem))
			}
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(failures); err != nil {
		panic(err)
	}
}
`

// serveAll builds and runs the program for all documents at once.
func serveAll(t *testing.T, module string, routes map[string][]route) {
	t.Helper()
	var imports, servers strings.Builder
	number := 0
	for name := range routes {
		number++
		fmt.Fprintf(&imports, "\tapi%d %q\n", number, "emitted.test/"+name+"/api")
		fmt.Fprintf(&servers, "\t%q: func(o ...rt.Option) *rt.Server { return api%d.NewServer(api%d.Unimplemented{}, o...) },\n",
			name, number, number)
	}
	program := strings.NewReplacer("IMPORTS", imports.String(), "SERVERS", servers.String()).Replace(askProgram)
	write(t, filepath.Join(module, "ask", "main.go"), []byte(program))
	text, err := json.Marshal(routes)
	if err != nil {
		t.Fatal(err)
	}
	asked := filepath.Join(module, "ask", "routes.json")
	write(t, asked, text)
	run(t, module, "go", "build", "-o", filepath.Join(module, "ask", "ask"), "./ask")
	var failures []string
	if err := json.Unmarshal(run(t, module, filepath.Join(module, "ask", "ask"), asked), &failures); err != nil {
		t.Fatal(err)
	}
	for _, f := range failures {
		t.Error(f)
	}
}

// run starts a program and returns what it prints; a program that fails ends
// the test.
func run(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod")
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", filepath.Base(name), strings.Join(args, " "), err, tail(stdout.Bytes()), tail(stderr.Bytes()))
	}
	return stdout.Bytes()
}

// tail is the end of an output, where compilers say what is wrong.
func tail(out []byte) []byte {
	const most = 4000
	return out[max(0, len(out)-most):]
}
