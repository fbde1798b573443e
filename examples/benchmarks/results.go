package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// resultsFile keeps the figures that README and docs show.
const resultsFile = "results.json"

// results are all values that have been measured: section, contestant, column, and one per round.
type results struct {
	Machines map[string]machine                         `json:"machines"` // by section
	Values   map[string]map[string]map[string][]float64 `json:"values"`
}

// A machine is where a section was measured, and when.
type machine struct {
	CPU   string `json:"cpu"`
	Cores int    `json:"cores"`
	OS    string `json:"os"`
	Go    string `json:"go"`
	Node  string `json:"node,omitempty"`
	Date  string `json:"date"`
	Load  string `json:"load,omitempty"` // of the last minute, when the section ended
}

func newResults() *results {
	return &results{Machines: map[string]machine{}, Values: map[string]map[string]map[string][]float64{}}
}

func readResults(file string) (*results, error) {
	r := newResults()
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return r, json.Unmarshal(data, r)
}

func (r *results) add(section, contestant, column string, value float64) {
	if r.Values[section] == nil {
		r.Values[section] = map[string]map[string][]float64{}
	}
	if r.Values[section][contestant] == nil {
		r.Values[section][contestant] = map[string][]float64{}
	}
	r.Values[section][contestant][column] = append(r.Values[section][contestant][column], value)
}

// drop forgets a contestant that has failed.
func (r *results) drop(section, contestant string) { delete(r.Values[section], contestant) }

// median of what a contestant reached; false when it was not measured.
func (r *results) median(section, contestant, column string) (float64, bool) {
	values := slices.Clone(r.Values[section][contestant][column])
	if len(values) == 0 {
		return 0, false
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2, true
}

// save keeps the sections of this run, and those of others that it has not measured.
func (r *results) save(file string) error {
	old, err := readResults(file)
	if os.IsNotExist(err) {
		old, err = newResults(), nil
	}
	if err != nil {
		return err
	}
	for section, values := range r.Values {
		old.Values[section], old.Machines[section] = values, r.Machines[section]
	}
	data, err := json.MarshalIndent(old, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o644)
}

// thisMachine describes where the program runs.
func thisMachine() machine {
	m := machine{
		CPU: "unknown processor", Cores: runtime.NumCPU(), OS: runtime.GOOS + "/" + runtime.GOARCH,
		Go: strings.TrimPrefix(runtime.Version(), "go"), Date: time.Now().UTC().Format(time.DateOnly),
	}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				m.CPU = strings.TrimSpace(value)
				break
			}
		}
	}
	if out, err := exec.Command("node", "--version").Output(); err == nil {
		m.Node = strings.TrimPrefix(strings.TrimSpace(string(out)), "v")
	}
	if line, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load, _, _ = strings.Cut(string(line), " ")
	}
	return m
}

func (m machine) String() string {
	s := fmt.Sprintf("%s, %d cores, %s, Go %s", m.CPU, m.Cores, m.OS, m.Go)
	if m.Node != "" {
		s += ", Node " + m.Node
	}
	return s + ", " + m.Date
}
