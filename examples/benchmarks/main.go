// Benchmarks compares rtgen with its peers on one operation and one event:
//
//	go run .                              # everything, in about five minutes; tables on standard output
//	go run . -sections requests,fanout    # some of it
//	go run . -many                        # fan-out to 10,000 sockets too
//	go run . -budget 20m -save            # longer, kept in results.json
//	go run . -render                      # README, docs and charts from results.json
//
// Each contestant is a process of its own and so is the load generator, which is this program; they
// take turns over several rounds, and tables show medians. CPU time of the server per operation is the
// figure to trust: what is left of two processes that share a machine is throughput. Everything happens
// on the loopback device.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/rtgen/rtgen/examples/benchmarks/servers"
)

// The contestants that are generated: rtgen, ogen, and oapi-codegen's strict server.
//
//go:generate go tool rtgen generate
//go:generate go tool ogen --target ogen --package ogen --clean openapi.yaml
//go:generate go tool oapi-codegen --config oapi-codegen.yaml openapi.yaml

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "benchmarks:", err)
		os.Exit(1)
	}
}

// sections in the order in which they run: what matters most comes first, because a budget may end.
var sections = []struct {
	name string
	run  func(*bench) error
}{
	{"process", (*bench).process},
	{"requests", (*bench).requests},
	{"http", (*bench).http},
	{"fanout", (*bench).fanOut},
	{"idle", (*bench).idle},
	{"growth", (*bench).growth},
	{"stalled", (*bench).stalled},
	{"generate", (*bench).generate},
}

func run(args []string) error {
	if len(args) > 0 && args[0] == "serve" {
		return serve(args[1:])
	}
	var names []string
	for _, s := range sections {
		names = append(names, s.name)
	}
	flags := flag.NewFlagSet("benchmarks", flag.ExitOnError)
	b := bench{}
	flags.DurationVar(&b.budget, "budget", 5*time.Minute, "how long the whole may take, about; nothing begins after it")
	flags.IntVar(&b.rounds, "rounds", 3, "how often contestants take turns")
	flags.IntVar(&b.sockets, "sockets", 1000, "members of a fan-out")
	flags.BoolVar(&b.many, "many", false, "fan-out to 10,000 sockets too")
	flags.IntVar(&b.idleSockets, "idle", 10000, "idle sockets")
	flags.StringVar(&b.profiles, "profiles", "", "folder for CPU profiles of rtgen, as a server and while it generates")
	which := flags.String("sections", strings.Join(names, ","), "what to measure")
	only := flags.String("only", "", "contestants, all when empty")
	save := flags.Bool("save", false, "keep the figures in results.json, beside those of other sections")
	render := flags.Bool("render", false, "measure nothing; write README, docs and charts from results.json")
	_ = flags.Parse(args)
	if *render {
		r, err := readResults(resultsFile)
		if err != nil {
			return err
		}
		return r.writeDocs(filepath.Join("..", ".."))
	}
	if *only != "" {
		b.only = strings.Split(*only, ",")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	b.ctx, b.began, b.results = ctx, time.Now(), newResults()
	for name := range strings.SplitSeq(*which, ",") {
		if !slices.Contains(names, name) {
			return fmt.Errorf("there is no section %q; there are %s", name, strings.Join(names, ", "))
		}
	}
	var failed error
	for _, s := range sections {
		if !slices.Contains(strings.Split(*which, ","), s.name) {
			continue
		}
		if b.over() {
			fmt.Fprintf(os.Stderr, "%s: not measured, the time is over\n", s.name)
			continue
		}
		b.section = s.name
		if err := s.run(&b); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", s.name, err)) // what has been measured before is shown
		}
		b.results.Machines[s.name] = thisMachine()
		fmt.Fprintf(os.Stderr, "%s: done after %s\n", s.name, time.Since(b.began).Round(time.Second))
	}
	fmt.Println(b.results.markdown())
	if *save {
		failed = errors.Join(failed, b.results.save(resultsFile))
	}
	return failed
}

// serve is the other process.
func serve(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	buffer := flags.Int("sndbuf", 0, "send buffer of sockets in bytes")
	_ = flags.Parse(args)
	return servers.Serve(flags.Arg(0), *buffer, os.Stdin, os.Stdout)
}
