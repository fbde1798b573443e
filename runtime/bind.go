package runtime

import (
	"errors"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// A boundOperation is an Operation together with its handler and everything that is worked out
// once: how to decode its request, how to encode each of its answers.
type boundOperation struct {
	op      *Operation
	binding Binding
	server  *Server
	hooked  bool   // realtime hooks run around the handler
	changes bool   // an Idempotency-Key means something
	pattern string // http.Request.Pattern
	twins   *twins // nil: no other operation has this method and the shape of this path

	tempo   tempo
	cookies atomic.Bool // it has been logged that a call by socket cannot set cookies

	once  sync.Once
	ready *operationPlan
}

// An operationPlan is what the first call of an operation works out for all others. Doing it
// then keeps the start of a server with a thousand operations short.
type operationPlan struct {
	request   *requestPlan
	responses map[reflect.Type]*responsePlan
	declared  []statusRange
	produces  []string // media types of success; empty: anything goes
	streams   bool     // a success may be a stream that the handler makes
	timeout   time.Duration
	err       error // why the operation cannot be served
}

func newBoundOperation(s *Server, b Binding) *boundOperation {
	op := b.op
	return &boundOperation{
		op: op, binding: b, server: s, pattern: op.Method + " " + s.settings.basePath + op.Path,
		changes: changesSomething(op.Method),
		hooked:  len(op.Subscribe)+len(op.Unsubscribe)+len(op.Publish) > 0 || op.Stream != nil || op.History != nil || op.Order != "",
	}
}

// plan returns the plan of o, made by the first caller. A document that generated is never a
// reason to panic: what does not fit together is logged once and answered with 500.
func (o *boundOperation) plan() *operationPlan {
	o.once.Do(func() {
		o.ready = o.makePlan()
		if o.ready.err != nil {
			o.server.log.Error("an operation cannot be served as generated", "operation", o.op.ID, "error", o.ready.err)
		}
	})
	return o.ready
}

func (o *boundOperation) makePlan() (plan *operationPlan) {
	plan = &operationPlan{}
	set, err := o.server.schemas()
	if err != nil {
		plan.err = err
		return plan
	}
	p := newPlanner(set, o.op)
	request := reflect.TypeOf(o.binding.req()).Elem()
	if request.Kind() != reflect.Struct {
		p.fail("%s is no struct", request)
	} else {
		plan.request = p.request(o.op, request)
	}
	plan.responses, plan.declared = p.responses(o.op)
	plan.produces = produced(o.op)
	plan.streams = o.op.Stream == nil && slices.ContainsFunc(plan.produces, func(base string) bool {
		return base == "text/event-stream" || jsonSequence(base)
	})
	if o.op.Timeout != "" {
		if plan.timeout, err = time.ParseDuration(o.op.Timeout); err != nil {
			p.errs = append(p.errs, err)
		}
	}
	plan.err = errors.Join(p.errs...)
	return plan
}

// declares reports whether the document says that the operation may answer with a status.
func (plan *operationPlan) declares(status int) bool {
	for _, s := range plan.declared {
		if s.rank(status) > 0 {
			return true
		}
	}
	return false
}

// paramJSON returns the JSON text of a decoded parameter.
func (o *boundOperation) paramJSON(req any, in In, name string) ([]byte, bool) {
	plan := o.plan()
	if plan.request == nil || req == nil {
		return nil, false
	}
	b := plan.request.find(in, name)
	if b == nil {
		return nil, false
	}
	return b.appendJSON(nil, requestBase(req))
}

// requestBase returns the address of a request struct, given a pointer to it.
func requestBase(req any) unsafe.Pointer { return reflect.ValueOf(req).UnsafePointer() }
