package runtime

import (
	"errors"
	"fmt"
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

// Verify works out how every operation reads its request, writes its answers and acts on channels,
// which otherwise its first call does, and returns what cannot be served as generated: an error that joins one for
// each operation, by id. It is nil for the servers of emitted code that belongs to its document. Verify
// is for tests and for programs that rather do not start; it may be called at any time.
func (s *Server) Verify() error {
	errs := slices.Clone(s.faults)
	live, _ := s.realtime.(*realtime)
	for _, id := range slices.Sorted(maps.Keys(s.ops)) {
		o := s.ops[id]
		if err := o.plan().err; err != nil {
			errs = append(errs, fmt.Errorf("operation %s: %w", id, err))
		}
		if live == nil || !o.hooked {
			continue
		}
		if err := live.plan(o.op).err; err != nil {
			errs = append(errs, fmt.Errorf("operation %s: %w", id, err))
		}
	}
	return errors.Join(errs...)
}
