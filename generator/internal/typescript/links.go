package typescript

import (
	"maps"
	"slices"

	"github.com/rtgen/rtgen/spec"
)

// linkDocs are paragraphs on what the answers of an operation offer to call next.
//
//	201 links to `getOwner` with path.ownerId = `$response.header.X-Owner` (owner).
func linkDocs(op *spec.Operation) []string {
	var list []string
	for _, r := range op.Responses {
		for _, l := range r.Links {
			if l.Operation == "" {
				continue
			}
			text := r.Status + " links to " + codeText(l.Operation)
			for i, name := range slices.Sorted(maps.Keys(l.Params)) {
				word := " and "
				if i == 0 {
					word = " with "
				}
				text += word + name + " = " + codeText(l.Params[name])
			}
			list = append(list, text+" ("+oneLine(l.Name)+").")
		}
	}
	return list
}
