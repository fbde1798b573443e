package typescript

import (
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// sentPlan is what the server of the API sends: webhooks or callbacks with the types of their payloads.
type sentPlan struct {
	Name    string // Webhooks, Callbacks
	Doc     string
	Members []member
}

// reservedIn adds to the names that no type gets what webhooks.ts exports, where there is such a file.
func (o Options) reservedIn(api *spec.API) map[string]string {
	names := o.reserved()
	if len(api.Webhooks) == 0 && len(callbacks(api)) == 0 {
		return names
	}
	return with(names, map[string]string{"Webhooks": "the list of webhooks", "Callbacks": "the list of callbacks"})
}

func callbacks(api *spec.API) []*spec.Operation {
	var list []*spec.Operation
	for _, op := range api.Operations {
		list = append(list, op.Callbacks...)
	}
	return list
}

// planSent writes the payloads by name. A receiver checks them with a server of its own.
func (p *planner) planSent(out *plan) {
	p.typer.used = false
	defer func() { out.SentUsesTypes = p.typer.used }()
	for _, s := range []struct {
		name, what string
		list       []*spec.Operation
	}{{"Webhooks", "webhook", p.api.Webhooks}, {"Callbacks", "callback", callbacks(p.api)}} {
		if len(s.list) == 0 {
			continue
		}
		plan := sentPlan{Name: s.name, Doc: docComment(0, []string{"What the server of the API sends: the payload of every " + s.what + " by its name."}, nil)}
		for _, op := range s.list {
			name := strings.TrimSuffix(op.ID, "."+strings.ToLower(op.Method))
			plan.Members = append(plan.Members, member{Doc: proseDoc(2, op.Doc, nil), Text: key(name) + ": " + p.payload(op)})
		}
		out.Sent = append(out.Sent, plan)
	}
}

// payload is the type of what arrives.
func (p *planner) payload(op *spec.Operation) string {
	if op.Body == nil {
		return "undefined"
	}
	var texts []string
	for _, media := range op.Body.Content {
		switch media.Kind {
		case spec.MediaJSON, spec.MediaForm:
			texts = append(texts, p.typer.expr(media.Shape, responseForm, inResponse))
		case spec.MediaText:
			texts = append(texts, "string")
		default:
			texts = append(texts, "unknown")
		}
	}
	if !op.Body.Required {
		texts = append(texts, "undefined")
	}
	return strings.Join(unique(texts), " | ")
}
