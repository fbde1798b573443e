package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/rtgen/rtgen/generator"
	"github.com/rtgen/rtgen/spec"
)

// report is what --format json prints. Its lists are never null.
type report struct {
	OK          bool             `json:"ok"`
	Error       string           `json:"error,omitempty"`
	Diagnostics []jsonDiagnostic `json:"diagnostics"`
	Changes     []jsonChange     `json:"changes"`

	asked bool // the command reports in this form; inspect and version have their own
}

type jsonDiagnostic struct {
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Pointer  string `json:"pointer,omitempty"`
	Severity string `json:"severity"`
	Rule     string `json:"rule"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

type jsonChange struct {
	Path string `json:"path"`
	Kind string `json:"kind"`
	Diff string `json:"diff,omitempty"`
}

func (a *app) json() bool { return a.format == "json" }

// diagnose prints findings: errors always, warnings unless --quiet, and not more of
// one kind than somebody would read. With strict
// every warning counts as an error. It returns errSaid when there are errors.
func (a *app) diagnose(ds spec.Diagnostics, strict bool) error {
	if strict {
		ds = promote(ds)
	}
	a.report.Diagnostics = append(a.report.Diagnostics, jsonDiagnostics(ds)...)
	if !a.json() {
		shown := ds
		if a.quiet {
			shown = errorsOf(ds)
		}
		shown, more := abridge(shown)
		if err := shown.Print(a.stderr); err != nil {
			return err
		}
		for _, line := range more {
			if _, err := fmt.Fprintln(a.stderr, line); err != nil {
				return err
			}
		}
	}
	if ds.HasErrors() {
		return errSaid
	}
	return nil
}

// maxAlike bounds the warnings of one rule that are printed. Published documents
// break some rules hundreds of times, and what they break once would be lost.
const maxAlike = 25

// abridge leaves out what is too much of one kind, and says of what and how much.
// Errors all stay.
func abridge(ds spec.Diagnostics) (shown spec.Diagnostics, more []string) {
	count := map[string]int{}
	var rules []string
	for _, d := range ds {
		if d.Severity == spec.Warning {
			if count[d.Rule]++; count[d.Rule] == maxAlike+1 {
				rules = append(rules, d.Rule)
			}
			if count[d.Rule] > maxAlike {
				continue
			}
		}
		shown = append(shown, d)
	}
	for _, rule := range rules {
		more = append(more, fmt.Sprintf("… and %d more (%s); --format json lists all", count[rule]-maxAlike, rule))
	}
	return shown, more
}

// promote returns the findings with warnings turned into errors.
func promote(ds spec.Diagnostics) spec.Diagnostics {
	out := make(spec.Diagnostics, len(ds))
	for i, d := range ds {
		d.Severity = spec.Error
		out[i] = d
	}
	return out
}

// errorsOf returns the findings that are not warnings.
func errorsOf(ds spec.Diagnostics) spec.Diagnostics {
	var out spec.Diagnostics
	for _, d := range ds {
		if d.Severity != spec.Warning {
			out = append(out, d)
		}
	}
	return out
}

func jsonDiagnostics(ds spec.Diagnostics) []jsonDiagnostic {
	out := make([]jsonDiagnostic, len(ds))
	for i, d := range ds {
		out[i] = jsonDiagnostic{
			File:     d.Pos.File,
			Line:     d.Pos.Line,
			Column:   d.Pos.Col,
			Pointer:  d.Pos.Pointer,
			Severity: string(d.Severity),
			Rule:     d.Rule,
			Message:  d.Message,
			Hint:     d.Hint,
		}
	}
	return out
}

// record keeps changes for the JSON report, under the paths that users know.
func (a *app) record(out *output, changes []generator.Change) {
	for _, c := range changes {
		a.report.Changes = append(a.report.Changes, jsonChange{
			Path: out.show(c.Path),
			Kind: string(c.Kind),
			Diff: c.Unified,
		})
	}
}

// finishJSON prints the report in place of text.
func (a *app) finishJSON(err error, code int) int {
	a.report.OK = err == nil
	if err != nil && !errors.Is(err, errSaid) {
		a.report.Error = err.Error()
	}
	if a.report.Diagnostics == nil {
		a.report.Diagnostics = []jsonDiagnostic{}
	}
	if a.report.Changes == nil {
		a.report.Changes = []jsonChange{}
	}
	if err := a.printJSON(a.report); err != nil {
		fmt.Fprintf(a.stderr, "rtgen: %v\n", err)
		return max(code, exitFail)
	}
	return code
}

func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
