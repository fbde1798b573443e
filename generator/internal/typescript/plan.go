package typescript

import (
	"maps"
	"slices"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// plan is everything that the templates print. No field needs work anymore: text of the
// document is quoted or made a comment, types are written out.
type plan struct {
	Source     string // the document's file name, for the header
	Title      string // the document's, for comments; "the document" without one
	Types      []typePlan
	Operations []operationPlan
	Channels   []channelPlan
	Values     valuesPlan
	Paths      []methodPlan
	API        apiPlan

	// Imports are the names that operations.ts takes from the runtime, sorted.
	Imports   []string
	UsesTypes bool // operations.ts mentions types.ts

	// TypeImports are the names that types.ts takes from the runtime, sorted.
	TypeImports []string
}

// typePlan is one exported type: an interface when it has Members or says so, else an alias.
type typePlan struct {
	Doc       string
	Name      string
	Interface bool
	Members   []member
	Operands  []string // of an alias; several are written one per line
}

// planner carries what the stages of planning share.
type planner struct {
	api   *spec.API
	opts  Options
	typer *typer
	types *scope
	diags spec.Diagnostics

	imports map[string]bool // what operations.ts mentions of the runtime
	styles  bool            // some row has a style
	forms   bool            // some body is a form
}

// newPlan decides everything that will be printed.
func newPlan(api *spec.API, opts Options) (*plan, spec.Diagnostics) {
	p := &planner{api: api, opts: opts, types: newScope("type", typeHint, opts.reserved()), imports: map[string]bool{}}
	forms := newForms(api.Decls)
	p.markUses(forms)
	p.typer = &typer{forms: forms, aliases: newAliases(api.Decls), blob: "Blob", scalars: scalars{opts: opts, date: "Date", used: p.imports}}
	p.nameTypes()
	if !p.types.free("Blob") {
		p.typer.blob = "globalThis.Blob"
	}
	if !p.types.free("Date") {
		p.typer.scalars.date = "globalThis.Date"
	}
	out := &plan{Source: oneLine(opts.Source), Title: oneLine(api.Title)}
	if out.Title == "" {
		out.Title = "the document"
	}
	out.Types = p.planTypes()
	out.TypeImports = slices.Sorted(maps.Keys(p.imports))
	clear(p.imports)
	p.typer.prefix = "types."
	p.planOperations(out)
	out.UsesTypes = p.typer.used
	out.API = p.planAPI(out)
	out.Values = p.planValues()
	p.diags = append(p.diags, p.types.diags...)
	return out, p.diags.Sort()
}

const typeHint = "x-ts-name on the schema chooses another name"

// markUses tells the forms where every declaration is met.
func (p *planner) markUses(forms *forms) {
	for _, d := range p.api.Decls {
		if d.Component {
			forms.mark(&spec.Ref{Decl: d}, inDocument)
		}
	}
	for _, op := range p.api.Operations {
		markOperation(forms, op)
	}
	// Webhooks and callbacks are requests that the server sends: for a client they
	// are what it receives.
	for _, op := range p.api.Webhooks {
		markReceived(forms, op)
	}
	if p.api.Realtime == nil {
		return
	}
	for _, event := range p.api.Realtime.Events {
		forms.mark(event.Type, inResponse)
	}
	for _, channel := range p.api.Realtime.Channels {
		for _, param := range channel.Params {
			forms.mark(param.Type, inRequest)
		}
		for _, event := range channel.Events {
			forms.mark(event.Event.Type, inResponse)
		}
		if channel.Presence != nil {
			forms.mark(channel.Presence.Info, inResponse)
		}
	}
}

func markOperation(forms *forms, op *spec.Operation) {
	for _, param := range op.Params {
		forms.mark(param.Type, inRequest)
	}
	if op.Body != nil {
		for _, media := range op.Body.Content {
			forms.mark(media.Shape, requestUse(media))
		}
	}
	for _, response := range op.Responses {
		if op.Actions != nil && op.Actions.Stream != nil {
			response = streamed(response)
		}
		for _, media := range response.Content {
			forms.mark(media.Shape, inResponse)
		}
	}
	for _, callback := range op.Callbacks {
		markReceived(forms, callback)
	}
}

func markReceived(forms *forms, op *spec.Operation) {
	if op.Body == nil {
		return
	}
	for _, media := range op.Body.Content {
		forms.mark(media.Shape, inResponse)
	}
}

// requestUse is the bit of a request body.
func requestUse(media *spec.Media) use {
	if media.Kind == spec.MediaMultipart || media.Kind == spec.MediaForm {
		return inUpload
	}
	return inRequest
}

// oneLine makes text fit behind "//".
func oneLine(text string) string {
	return strings.Join(strings.Fields(strings.Join(splitLines(cleanLine(text)), " ")), " ")
}
