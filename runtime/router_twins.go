package runtime

import (
	"slices"
	"sync"
)

// twins are operations with the same method whose templates differ only in the names of
// parameters, as in "/files/{id}" and "/files/{name}". OpenAPI leaves to the tool which one a
// request means. Here the values decide: the operation that is stricter about its path
// parameters is asked first, and the first one that takes the values answers.
type twins struct {
	list []*boundOperation // as bound; by strictness once ready has run

	ready sync.Once
}

// join enters an operation beside o, whose place in the router it shares.
func (o *boundOperation) join(other *boundOperation) {
	if o.twins == nil {
		o.twins = &twins{list: []*boundOperation{o}}
	}
	o.twins.list = append(o.twins.list, other)
}

// settle returns the operation that answers for a path found in the router: o, unless a twin
// of it is the one that takes the values. When none does, the first one complains.
func (o *boundOperation) settle(path []string, escaped bool) *boundOperation {
	if o == nil || o.twins == nil {
		return o
	}
	t := o.twins
	t.ready.Do(func() {
		slices.SortStableFunc(t.list, func(a, b *boundOperation) int { return a.freedom() - b.freedom() })
	})
	for _, twin := range t.list {
		if twin.takes(path, escaped) {
			return twin
		}
	}
	return t.list[0]
}

// freedom counts the path parameters that may be any text; what cannot be served or is left to
// sockets is freer than everything.
func (o *boundOperation) freedom() int {
	plan := o.plan()
	if plan.err != nil || o.op.SocketOnly {
		return len(templateParams(o.op.Path)) + 1
	}
	free := 0
	for _, b := range plan.request.path {
		if b == nil || b.fast == fastString && b.text == nil {
			free++
		}
	}
	return free
}

// takes reports whether the values of a path are valid for o.
func (o *boundOperation) takes(path []string, escaped bool) bool {
	plan := o.plan()
	if plan.err != nil || o.op.SocketOnly {
		return false
	}
	r := textReader{base: requestBase(o.binding.req())}
	for i, b := range plan.request.path {
		if b != nil && i < len(path) {
			r.path(b, path[i], escaped)
		}
	}
	return len(r.errs) == 0
}
