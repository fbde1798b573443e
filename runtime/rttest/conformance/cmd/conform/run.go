package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/rtgen/rtgen/runtime/rttest/conformance"
	"github.com/rtgen/rtgen/runtime/rttest/conformance/reference"
)

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("conform", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: conform [flags] [url]")
		flags.PrintDefaults()
	}
	file := flags.String("manifest", "", "`file` that describes the server; without it, the reference server's")
	match := flags.String("run", "", "play only cases whose \"section: name\" matches this `regexp`")
	timeout := flags.Duration("timeout", 30*time.Second, "time for each case")
	library := flags.String("library", conformance.Coder, "WebSocket `library` to speak through: "+conformance.Coder+" or "+conformance.Gorilla)
	roles := flags.Bool("roles", false, "list the roles of a manifest and end")
	printed := flags.Bool("print-manifest", false, "print the reference server's manifest and end")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if *roles {
		return listRoles(stdout)
	}
	if *printed {
		return printManifest(stdout)
	}
	target := conformance.Target{URL: flags.Arg(0), Timeout: *timeout, Library: *library}
	var err error
	if target.Match, err = regexp.Compile(*match); err == nil && *file != "" {
		target.Manifest, err = readManifest(*file)
	}
	if err == nil && *library != conformance.Coder && *library != conformance.Gorilla {
		err = fmt.Errorf("no library is called %q", *library)
	}
	if err == nil && flags.NArg() > 1 {
		err = errors.New("one URL at most")
	}
	if err != nil {
		fmt.Fprintln(stderr, "conform:", err)
		return 2
	}
	results, err := play(target)
	if err == nil {
		err = conformance.WriteTAP(stdout, results)
	}
	if err != nil {
		fmt.Fprintln(stderr, "conform:", err)
		return 2
	}
	if slices.ContainsFunc(results, func(r conformance.Result) bool { return r.Failure != "" }) {
		return 1
	}
	return 0
}

// play runs the cases, against a reference server of its own where no URL is given.
func play(target conformance.Target) ([]conformance.Result, error) {
	if target.URL != "" {
		return conformance.Run(context.Background(), target), nil
	}
	ln, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return nil, err
	}
	server := reference.New()
	srv := &http.Server{Handler: server, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	target.URL = "http://" + ln.Addr().String()
	results := conformance.Run(context.Background(), target)
	server.Wait()
	err = srv.Close()
	if end := <-served; !errors.Is(end, http.ErrServerClosed) {
		err = end
	}
	return results, err
}

func readManifest(file string) (*conformance.Manifest, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return conformance.ParseManifest(text)
}

func listRoles(w io.Writer) int {
	all := conformance.Roles()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(w, "%-12s  %s\n", name, all[name])
	}
	return 0
}

func printManifest(w io.Writer) int {
	text, err := json.MarshalIndent(conformance.ReferenceManifest(), "", "  ")
	if err != nil {
		panic(err) // the texts in it are JSON
	}
	fmt.Fprintf(w, "%s\n", text)
	return 0
}
