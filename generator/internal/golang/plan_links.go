package golang

import (
	"maps"
	"slices"

	"github.com/rtgen/rtgen/spec"
)

// linkDocs are paragraphs on what an answer offers to call next:
//
//	Link owner: getOwner with path.ownerId = $response.header.X-Owner.
func linkDocs(r *spec.Response) []string {
	var list []string
	for _, l := range r.Links {
		if l.Operation == "" {
			continue
		}
		text := "Link " + l.Name + ": " + l.Operation
		for i, name := range slices.Sorted(maps.Keys(l.Params)) {
			word := " and "
			if i == 0 {
				word = " with "
			}
			text += word + name + " = " + l.Params[name]
		}
		text += "."
		if about := prose(l.Doc); about != "" {
			text += " " + endSentence(about)
		}
		list = append(list, text)
	}
	return list
}
