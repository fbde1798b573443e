package runtime

import (
	"net/http"
	"slices"
	"sync"
)

// twins are operations with the same method whose templates differ at most in the names of
// parameters, as in "/files/{id}" and "/files/{name}", or "/responses" with and without a query
// that the document requires. OpenAPI leaves to the tool which one a request means. Here the
// values decide: the operation that is stricter about its parameters is asked first, and the
// first one that takes all that it requires answers.
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
func (o *boundOperation) settle(r *http.Request, path []string, escaped bool) *boundOperation {
	if o == nil || o.twins == nil {
		return o
	}
	t := o.twins
	t.ready.Do(func() {
		slices.SortStableFunc(t.list, func(a, b *boundOperation) int { return a.freedom() - b.freedom() })
	})
	for _, twin := range t.list {
		if twin.takes(r, path, escaped) {
			return twin
		}
	}
	return t.list[0]
}

// freedom counts the path parameters that may be any text, less the other parameters that must
// be there; what cannot be served or is left to sockets is freer than everything.
func (o *boundOperation) freedom() int {
	plan := o.plan()
	if plan.err != nil || o.op.SocketOnly {
		return len(o.op.Params) + 1
	}
	free := 0
	for _, b := range plan.request.path {
		if b == nil || b.fast == fastString && b.text == nil {
			free++
		}
	}
	for _, b := range plan.request.params {
		if b.required && b.in != InPath {
			free--
		}
	}
	return free
}

// takes reports whether the parameters that o requires are there and valid.
func (o *boundOperation) takes(req *http.Request, path []string, escaped bool) bool {
	plan := o.plan()
	if plan.err != nil || o.op.SocketOnly {
		return false
	}
	r := textReader{base: requestBase(o.binding.req())}
	r.fromHTTP(plan.request, &source{req: req, path: path, escaped: escaped}, &scratch{})
	for _, e := range r.errs {
		if b := plan.request.find(In(e.In), e.Name); b == nil || b.required {
			return false
		}
	}
	return true
}
