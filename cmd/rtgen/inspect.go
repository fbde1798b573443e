package main

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/rtgen/rtgen/spec"
)

func (a *app) inspectCommand() *cobra.Command {
	var (
		flags settings
		table bool
	)
	cmd := &cobra.Command{
		Use:   "inspect [document]",
		Short: "Print the dispatch table and the model",
		Long: "Inspect prints how rtgen understands a document: which operation is callable by which transport and,\n" +
			"where it is not, why; what each operation does to channels; and then the whole model.",
		Example: "  rtgen inspect openapi.yaml --table",
		Args:    cobra.MaximumNArgs(1),
		RunE: a.action(func(cmd *cobra.Command, args []string) error {
			s, err := a.resolve(cmd, args, flags)
			if err != nil {
				return err
			}
			a.report.asked = true // until the document is read, failures are the ordinary report
			api, _, err := a.load(s)
			if err != nil {
				return err
			}
			a.report.asked = false
			if a.json() {
				return a.printJSON(inspectJSON(api, a.report.Diagnostics))
			}
			if err := a.printTable(api); err != nil || table {
				return err
			}
			fmt.Fprintln(a.stdout)
			return a.printModel(api)
		}),
	}
	flags.registerReading(cmd.Flags())
	cmd.Flags().BoolVar(&table, "table", false, "print the dispatch table without the model")
	return cmd
}

// printTable prints the dispatch table: one line for each operation and, below
// it, one for each channel.
func (a *app) printTable(api *spec.API) error {
	fmt.Fprintf(a.stdout, "%s %s (OpenAPI %s, %s)\n", clean(api.Title), clean(api.Version), clean(api.OpenAPI), api.Source)
	if rt := api.Realtime; rt != nil {
		fmt.Fprintf(a.stdout, "socket at %s, event stream at %s\n", clean(rt.Endpoint), clean(rt.Stream))
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "\nOPERATION\tREQUEST\tHTTP\tSOCKET\tREALTIME\n")
	for _, op := range api.Operations {
		fmt.Fprintf(w, "%s\t%s %s\t%s\t%s\t%s\n", clean(op.ID), op.Method, clean(op.Path.Template),
			verdict(op.Call.HTTP, "socket only"), verdict(op.Call.Socket, op.Call.Reason), clean(actions(op.Actions)))
	}
	if api.Realtime != nil && len(api.Realtime.Channels) > 0 {
		fmt.Fprint(w, "\nCHANNEL\tADDRESS\tEVENTS\n")
		for _, ch := range api.Realtime.Channels {
			fmt.Fprintf(w, "%s\t%s\t%s\n", clean(ch.Name), clean(ch.Template), clean(strings.Join(eventNames(ch), ", ")))
		}
	}
	return w.Flush()
}

// printModel prints the whole model, for people: what it quotes stays as it is,
// and nothing in it reaches the terminal as a control character.
func (a *app) printModel(api *spec.API) error {
	var text strings.Builder
	if err := spec.Dump(&text, api); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		if _, err := fmt.Fprintln(a.stdout, clean(strings.TrimSuffix(line, "\n"))); err != nil {
			return err
		}
	}
	return nil
}

func verdict(yes bool, why string) string {
	switch {
	case yes:
		return "yes"
	case why == "":
		return "no"
	}
	return "no: " + clean(why)
}

// actions says what an operation does to channels: "subscribes room; publishes
// room message.created". A dash stands for nothing.
func actions(act *spec.Actions) string {
	if act == nil {
		return "-"
	}
	var out []string
	add := func(verb string, targets []*spec.Target) {
		for _, t := range targets {
			out = append(out, verb+" "+t.Channel.Name)
		}
	}
	add("subscribes", act.Subscribe)
	add("unsubscribes", act.Unsubscribe)
	for _, p := range act.Publish {
		out = append(out, "publishes "+p.Channel.Name+" "+p.Event.Name)
	}
	if act.Stream != nil {
		out = append(out, "streams "+act.Stream.Channel.Name)
	}
	if act.History != nil {
		out = append(out, "history of "+act.History.Channel.Name)
	}
	return cmp.Or(strings.Join(out, "; "), "-")
}

func eventNames(ch *spec.Channel) []string {
	names := make([]string, len(ch.Events))
	for i, e := range ch.Events {
		names[i] = e.Name
	}
	return names
}

// clean keeps a document's words from breaking the table or driving the
// terminal: control characters become spaces.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return ' '
		}
		return r
	}, s)
}
