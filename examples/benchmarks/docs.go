package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// What README shows stands between these.
const (
	readmeBegin = "<!-- figures: from examples/benchmarks/results.json -->\n"
	readmeEnd   = "<!-- end of the figures -->\n"
)

// writeDocs writes the figures into the documentation of the repository at root.
func (r *results) writeDocs(root string) error {
	dir := filepath.Join(root, "docs", "performance")
	charts, err := r.writeCharts(dir)
	if err != nil {
		return err
	}
	var page strings.Builder
	page.WriteString("# Figures\n\nWritten by `go run . -render` in [examples/benchmarks](../../examples/benchmarks) from the results of `make bench`; [what they mean](../performance.md).\n" +
		"Each contestant is a process, the load generator another; they take turns and the medians are shown. Compare within one table only.\n\n")
	page.WriteString(r.markdown())
	page.WriteString("\n\n## Charts\n\n")
	for _, c := range charts {
		fmt.Fprintf(&page, "![](%s)\n", c)
	}
	if err := os.WriteFile(filepath.Join(dir, "figures.md"), []byte(page.String()), 0o644); err != nil {
		return err
	}
	return r.writeReadme(filepath.Join(root, "README.md"))
}

// summary are the columns of the table in README: one of each kind.
var summary = []struct {
	title, section, key string
	format              func(float64) string
}{
	{"a call by socket: CPU µs", "requests", "100×16 cpu", tenth},
	{"a request by HTTP: CPU µs", "http", "64×1 cpu", tenth},
	{"an event to 1,000 sockets: CPU ms", "fanout", "1000 cpu", decimals},
	{"an idle socket: KiB", "idle", "rss", kib},
}

// tenth makes seconds for 100,000 calls microseconds for one.
func tenth(v float64) string { return decimals(v * 10) }

func (r *results) writeReadme(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, ok := bytes.Cut(text, []byte(readmeBegin))
	_, after, closed := bytes.Cut(rest, []byte(readmeEnd))
	if !ok || !closed {
		return fmt.Errorf("%s has no place for figures: %s", file, readmeBegin)
	}
	var out bytes.Buffer
	out.Write(before)
	out.WriteString(readmeBegin + r.summaryTable() + readmeEnd)
	out.Write(after)
	return os.WriteFile(file, out.Bytes(), 0o644)
}

func (r *results) summaryTable() string {
	var out strings.Builder
	out.WriteString("\n| |")
	for _, c := range summary {
		fmt.Fprintf(&out, " %s |", c.title)
	}
	out.WriteString("\n|---|" + strings.Repeat("---:|", len(summary)) + "\n")
	for _, row := range []string{"rtgen", "gorilla", "gws", "gorilla-json", "nethttp", "oapi", "ogen", "centrifuge", "socketio"} {
		fmt.Fprintf(&out, "| %s |", table{titles: map[string]string{"gorilla": "gorilla, raw echo and loop", "gws": "gws, raw echo and broadcaster"}}.titleOf(row))
		for _, c := range summary {
			cell := ""
			if v, ok := r.median(c.section, row, c.key); ok {
				cell = c.format(v)
			}
			fmt.Fprintf(&out, " %s |", cell)
		}
		out.WriteByte('\n')
	}
	m := r.Machines["requests"]
	fmt.Fprintf(&out, "\n%s.", m)
	for _, c := range summary {
		if busy(r.Machines[c.section]) != "" {
			fmt.Fprintf(&out, " The machine was busy with other work during %s (load %s).", c.section, r.Machines[c.section].Load)
		}
	}
	out.WriteByte('\n')
	return out.String()
}
