package main

import (
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// A curve is one series of the growth section.
type curve struct {
	key    string // before the size, in results
	file   string
	title  string
	across string
	up     string
	sizes  []int
}

var curves = []curve{
	{"sockets", "growth-sockets.svg", "Idle sockets: memory", "sockets", "MiB", growthSockets},
	{"deliveries", "growth-deliveries.svg", "Fan-out: CPU of 200 events", "sockets", "CPU s", growthSockets},
	{"events", "growth-events.svg", "Fan-out to 1,000 sockets: CPU", "events", "CPU s", growthEvents},
	{"operations", "growth-operations.svg", "Generating: CPU", "operations", "CPU s", growthOperations},
}

// points of a curve that have been measured.
func (r *results) points(c curve) (xs, ys []float64) {
	for _, size := range c.sizes {
		if y, ok := r.median("growth", "rtgen", fmt.Sprintf("%s %d", c.key, size)); ok {
			xs, ys = append(xs, float64(size)), append(ys, y)
		}
	}
	return xs, ys
}

func (r *results) growthTables() string {
	var out strings.Builder
	for _, c := range curves {
		xs, ys := r.points(c)
		if len(xs) == 0 {
			continue
		}
		fmt.Fprintf(&out, "| %s |", c.title)
		for _, x := range xs {
			fmt.Fprintf(&out, " %s |", thousands(x)+" "+c.across)
		}
		fmt.Fprintf(&out, "\n|---|%s\n| %s |", strings.Repeat("---:|", len(xs)), c.up)
		for _, y := range ys {
			fmt.Fprintf(&out, " %s |", decimals(y))
		}
		fmt.Fprintf(&out, "\n| per thousand %s |", c.across)
		for i, y := range ys {
			fmt.Fprintf(&out, " %.3g |", y/xs[i]*1000)
		}
		out.WriteString("\n\n")
	}
	return out.String()
}

// A bars chart compares contestants by one column.
type bars struct{ file, title, section, key, unit string }

func barCharts(sockets int) []bars {
	return []bars{
		{"requests.svg", "A call over a socket, 100 connections × 16: CPU s per 100,000 calls", "requests", "100×16 cpu", ""},
		{"http.svg", "A request over HTTP, 64 connections: CPU s per 100,000 requests", "http", "64×1 cpu", ""},
		{"fanout.svg", fmt.Sprintf("Fan-out to %s sockets: CPU s per million deliveries", thousands(float64(sockets))), "fanout", fmt.Sprint(sockets, " cpu"), ""},
		{"idle.svg", "An idle socket: KiB of resident memory", "idle", "rss", "KiB"},
	}
}

// writeCharts draws what has been measured.
func (r *results) writeCharts(dir string) (files []string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	keep := func(file, svg string) {
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, file), []byte(svg), 0o644)
			files = append(files, file)
		}
	}
	all := tables(r.members())
	for _, c := range barCharts(r.members()) {
		for _, t := range all {
			if t.section == c.section && len(r.Values[t.section]) > 0 {
				keep(c.file, r.bars(c, t))
			}
		}
	}
	for _, c := range curves {
		if xs, ys := r.points(c); len(xs) > 1 {
			keep(c.file, line(c, xs, ys))
		}
	}
	return files, err
}

// The look of charts: readable on white and on black.
const (
	ink    = "#6b7280"
	accent = "#2563eb"
	plain  = "#9ca3af"
	header = `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="13" fill="` + ink + `">` + "\n"
)

// bars draws a horizontal bar for each contestant.
func (r *results) bars(c bars, t table) string {
	const left, width, row = 270, 720, 26
	type bar struct {
		title string
		value float64
		own   bool
	}
	var list []bar
	largest := 0.0
	for _, name := range t.rows {
		value, ok := r.median(t.section, name, c.key)
		if !ok {
			continue
		}
		if c.unit == "KiB" {
			value /= 1024
		}
		list = append(list, bar{strings.Trim(t.titleOf(name), "*"), value, name == "rtgen"})
		largest = math.Max(largest, value)
	}
	height := 40 + row*len(list)
	var out strings.Builder
	fmt.Fprintf(&out, header, width, height, width, height)
	fmt.Fprintf(&out, `<text x="8" y="20" font-weight="bold">%s</text>`+"\n", html.EscapeString(c.title))
	for i, b := range list {
		y := 34 + i*row
		color := plain
		if b.own {
			color = accent
		}
		long := b.value / largest * (width - left - 70)
		fmt.Fprintf(&out, `<text x="%d" y="%d" text-anchor="end">%s</text><rect x="%d" y="%d" width="%.1f" height="18" rx="2" fill="%s"/><text x="%.1f" y="%d">%s</text>`+"\n",
			left-8, y+14, html.EscapeString(b.title), left, y, long, color, left+long+6, y+14, decimals(b.value))
	}
	out.WriteString("</svg>\n")
	return out.String()
}

// line draws a curve, and a straight line from nothing to its last point to hold it against.
func line(c curve, xs, ys []float64) string {
	const width, height, left, top, right, bottom = 480, 280, 60, 36, 24, 44
	lastX, most := xs[len(xs)-1], 0.0
	for _, y := range ys {
		most = math.Max(most, y)
	}
	at := func(x, y float64) (float64, float64) {
		return left + x/lastX*(width-left-right), height - bottom - y/most*(height-top-bottom)
	}
	var out, path strings.Builder
	fmt.Fprintf(&out, header, width, height, width, height)
	fmt.Fprintf(&out, `<text x="8" y="20" font-weight="bold">%s</text>`+"\n", html.EscapeString(c.title))
	x0, y0 := at(0, 0)
	x1, y1 := at(lastX, ys[len(ys)-1])
	fmt.Fprintf(&out, `<path d="M%.1f %d V%.1f H%d" fill="none" stroke="%s"/>`+"\n", x0, top, y0, width-right, ink)
	fmt.Fprintf(&out, `<path d="M%.1f %.1f L%.1f %.1f" stroke="%s" stroke-dasharray="4 4"/>`+"\n", x0, y0, x1, y1, plain)
	for i := range xs {
		x, y := at(xs[i], ys[i])
		if i == 0 {
			fmt.Fprintf(&path, "M%.1f %.1f", x, y)
		} else {
			fmt.Fprintf(&path, " L%.1f %.1f", x, y)
		}
		fmt.Fprintf(&out, `<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/><text x="%.1f" y="%d" text-anchor="middle" font-size="11">%s</text><text x="%.1f" y="%.1f" text-anchor="end" font-size="11">%s</text>`+"\n",
			x, y, accent, x, height-bottom+16, thousands(xs[i]), x-6, y-6, decimals(ys[i]))
	}
	fmt.Fprintf(&out, `<path d="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", &path, accent)
	fmt.Fprintf(&out, `<text x="%d" y="%d" text-anchor="end">%s</text><text x="8" y="%d">%s</text>`+"\n</svg>\n", width-right, height-10, c.across, top+4, c.up)
	return out.String()
}
