package runtime

import (
	"maps"
	"slices"
)

// Description is what a server serves.
type Description struct {
	API        *API
	Operations []*Operation // by ID
	BasePath   string
}

// Describe tells what a server serves, for tools such as runtime/rttest. What it returns must not be changed.
func Describe(s *Server) Description {
	d := Description{API: s.api, BasePath: s.settings.basePath}
	for _, id := range slices.Sorted(maps.Keys(s.ops)) {
		d.Operations = append(d.Operations, s.ops[id].op)
	}
	return d
}
