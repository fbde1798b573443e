package main

import (
	"fmt"
	"strings"
)

// titles of contestants in tables and charts.
var titles = map[string]string{
	"rtgen":        "**rtgen**",
	"gorilla":      "gorilla, raw echo",
	"gorilla-json": "gorilla + encoding/json, by hand",
	"gorilla-hub":  "gorilla hub (queue and writer per socket)",
	"gws":          "gws, raw echo",
	"coder":        "coder/websocket, raw echo",
	"centrifuge":   "Centrifuge",
	"socketio":     "socket.io 4.8",
	"nethttp":      "net/http + encoding/json, by hand",
	"oapi":         "oapi-codegen strict",
	"ogen":         "ogen",
}

// fanOutTitles are those that have another name when they publish.
var fanOutTitles = map[string]string{"gorilla": "gorilla, loop over PreparedMessage", "gws": "gws broadcaster"}

// A table is how a section is shown.
type table struct {
	section string
	title   string
	note    string
	rows    []string
	titles  map[string]string // over those of everybody
	columns []column
}

// A column shows a median, and its ratio to that of another contestant where there is one.
type column struct {
	title  string
	key    string
	format func(float64) string
	base   string // contestant that ratios are relative to
}

// tables of this run; sizes stand in their keys.
func tables(sockets int) []table {
	var all []table
	calls := func(section, title, note, base string, rows []string, shapes []shape, name func(shape) string) {
		t := table{section: section, title: title, note: note, rows: rows}
		for _, s := range shapes {
			t.columns = append(t.columns,
				column{name(s) + ": calls/s", s.String() + " rate", thousands, base},
				column{"CPU", s.String() + " cpu", decimals, base})
		}
		t.columns = append(t.columns, column{"allocs", shapes[len(shapes)-1].String() + " allocs", rounded, ""})
		all = append(all, t)
	}
	calls("requests", "Requests over a socket",
		"`createMessage`: a body of 290 bytes, an answer of 350. CPU: seconds of the server per 100,000 calls. In brackets: relative to a raw echo by gorilla, which knows no JSON and no types. "+
			"net/http has one request at a time on a connection, so it gets as many connections as there are calls in flight.",
		"gorilla", socketContestants, socketShapes, func(s shape) string { return s.String() })
	calls("http", "Requests over HTTP",
		"The same operation by keep-alive connections. In brackets: relative to net/http + encoding/json by hand. rtgen and ogen validate, the others do not.",
		"nethttp", httpContestants, httpShapes, func(s shape) string { return plural(s.conns, "connection") })

	process := table{section: "process", title: "Requests in one process", rows: httpContestants,
		note: "`createOrder` through `ServeHTTP`, without a network. CPU: microseconds per request. In brackets: relative to ogen."}
	for _, s := range orderSizes {
		process.columns = append(process.columns, column{s.name + ": CPU", s.name + " cpu", decimals, "ogen"}, column{"allocs", s.name + " allocs", rounded, ""})
	}
	all = append(all, process)

	size := fmt.Sprint(sockets)
	fan := table{section: "fanout", title: "Fan-out", titles: fanOutTitles, rows: fanOutContestants,
		note: "An event of 294 bytes to everybody. CPU: seconds of the server per million deliveries. In brackets: relative to a loop over a prepared message. " +
			"rtgen numbers events and keeps a log for recovery; Centrifuge runs without history, the others have none.",
		columns: []column{
			{thousands(float64(sockets)) + " sockets: deliveries/s", size + " rate", thousands, "gorilla"}, {"CPU", size + " cpu", decimals, "gorilla"},
			{"10,000 sockets: deliveries/s", "10000 rate", thousands, "gorilla"}, {"CPU", "10000 cpu", decimals, "gorilla"},
			{thousands(float64(sockets)) + " at 50 events/s: CPU", "paced cpu", decimals, "gorilla"}, {"p99 ms", "paced p99", decimals, "gorilla"},
		}}
	all = append(all, fan,
		table{section: "stalled", title: "A member that does not read", titles: fanOutTitles, rows: []string{"rtgen", "gorilla", "gorilla-hub", "gws", "centrifuge"},
			note: fmt.Sprintf("%d members, %d events a second, send buffers of 64 KiB as on a network. p99: until an event is at the others, without and with the stalled member.", stalledMembers, stalledPace),
			columns: []column{
				{"p99 ms without", "calm p99", decimals, ""}, {"p99 ms with", "p99", decimals, ""}, {"p99 ms of publishing", "publish p99", decimals, ""},
				{"growth MiB", "growth", decimals, ""}, {"stalled one is dropped", "dropped", yes, ""}, {"room freezes", "frozen", yes, ""},
			}},
		table{section: "idle", title: "Idle sockets", rows: idleContestants,
			note:    "Resident memory of the server per socket, after a collection. rtgen has sessions, heartbeats and one channel joined, Centrifuge and socket.io theirs; the others have none.",
			columns: []column{{"KiB per socket", "rss", kib, "gorilla"}}},
		table{section: "generate", title: "Generating", rows: published,
			note: "rtgen alone, Go server, channels and TypeScript client in one run, nothing remembered. Compile: `go build` of the emitted package.",
			columns: []column{
				{"wall s", "wall", decimals, ""}, {"CPU s", "cpu", decimals, ""}, {"peak MiB", "rss", rounded, ""}, {"lines of Go", "lines", thousands, ""}, {"compile s", "compile", decimals, ""},
			}})
	return all
}

// markdown of everything that has been measured.
func (r *results) markdown() string {
	var out strings.Builder
	for _, t := range tables(r.members()) {
		if len(r.Values[t.section]) == 0 {
			continue
		}
		fmt.Fprintf(&out, "## %s\n\n%s\n\n%s\n", t.title, t.note, r.table(t))
		m := r.Machines[t.section]
		fmt.Fprintf(&out, "%s.%s\n\n", m, busy(m))
	}
	if growth := r.growthTables(); growth != "" {
		fmt.Fprintf(&out, "## Growth\n\nThe cost of rtgen at several sizes: processor time of the server, and memory. What is linear has the same cost per unit.\n\n%s\n%s.%s\n", growth, r.Machines["growth"], busy(r.Machines["growth"]))
	}
	return strings.TrimRight(out.String(), "\n")
}

// members is how many sockets a fan-out was measured with.
func (r *results) members() int {
	n := 1000
	for key := range r.Values["fanout"]["rtgen"] {
		var size int
		if _, err := fmt.Sscanf(key, "%d rate", &size); err == nil && size != manyMore {
			n = size
		}
	}
	return n
}

// busy warns of a machine that had other things to do.
func busy(m machine) string {
	var load float64
	if _, err := fmt.Sscan(m.Load, &load); err != nil || load <= float64(2*m.Cores) {
		return ""
	}
	return fmt.Sprintf(" The machine was busy with other work (load %s): only ratios and CPU times mean something, and latencies little.", m.Load)
}

func (r *results) table(t table) string {
	var columns []column
	for _, c := range t.columns {
		for _, row := range t.rows {
			if _, ok := r.median(t.section, row, c.key); ok {
				columns = append(columns, c)
				break
			}
		}
	}
	var out strings.Builder
	out.WriteString("| |")
	for _, c := range columns {
		fmt.Fprintf(&out, " %s |", c.title)
	}
	out.WriteString("\n|---|" + strings.Repeat("---:|", len(columns)) + "\n")
	for _, row := range t.rows {
		if len(r.Values[t.section][row]) == 0 {
			continue
		}
		fmt.Fprintf(&out, "| %s |", t.titleOf(row))
		for _, c := range columns {
			fmt.Fprintf(&out, " %s |", r.cell(t.section, row, c))
		}
		out.WriteByte('\n')
	}
	return out.String()
}

func (t table) titleOf(row string) string {
	if title, ok := t.titles[row]; ok {
		return title
	}
	if title, ok := titles[row]; ok {
		return title
	}
	return row
}

func (r *results) cell(section, row string, c column) string {
	value, ok := r.median(section, row, c.key)
	if !ok {
		return ""
	}
	if row == "socketio" && strings.HasSuffix(c.key, "allocs") {
		return "" // node does not tell
	}
	text := c.format(value)
	if base, ok := r.median(section, c.base, c.key); ok && base > 0 {
		text += fmt.Sprintf(" (%s)", decimals(value/base))
	}
	return text
}

func decimals(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func rounded(v float64) string { return fmt.Sprintf("%.0f", v) }
func kib(v float64) string     { return decimals(v / 1024) }

func yes(v float64) string {
	if v > 0 {
		return "yes"
	}
	return "no"
}

// thousands writes 1234567 as 1,234,567.
func thousands(v float64) string {
	s := fmt.Sprintf("%.0f", v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
