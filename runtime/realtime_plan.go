package runtime

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// An actionPlan is what an operation does to channels, with names resolved and expressions read.
type actionPlan struct {
	subscribe   []targetPlan
	unsubscribe []targetPlan
	publish     []publishPlan
	stream      *targetPlan
	history     *historyPlan
	order       *expression // nil: by connection, or none
	byConn      bool
	err         error // the document does not hold together; generated ones do
}

// A targetPlan is a channel that an operation joins, leaves or streams.
type targetPlan struct {
	typ      *channelType
	bind     []expression // in the order of the address
	on       []string
	presence bool
}

// A publishPlan is an event that an answer publishes.
type publishPlan struct {
	targetPlan
	event  *eventType
	data   expression
	fields []fieldPlan // instead of data
}

type fieldPlan struct {
	name  string
	value expression
}

// plan returns the plan of an operation, made when it is first asked for.
func (rt *realtime) plan(op *Operation) *actionPlan {
	if p, ok := rt.plans.Load(op); ok {
		return p.(*actionPlan)
	}
	p := rt.hub.newPlan(op)
	if p.err != nil {
		rt.log().Error("operation cannot be served", "operation", op.ID, "error", p.err)
	}
	kept, _ := rt.plans.LoadOrStore(op, p)
	return kept.(*actionPlan)
}

func (h *hub) newPlan(op *Operation) *actionPlan {
	p := &actionPlan{byConn: op.Order == "connection"}
	keep := func(t targetPlan, err error) targetPlan {
		if err != nil && p.err == nil {
			p.err = err
		}
		return t
	}
	for _, t := range op.Subscribe {
		p.subscribe = append(p.subscribe, keep(h.newTarget(t)))
	}
	for _, t := range op.Unsubscribe {
		p.unsubscribe = append(p.unsubscribe, keep(h.newTarget(t)))
	}
	if op.Stream != nil {
		t := keep(h.newTarget(*op.Stream))
		p.stream = &t
	}
	if op.History != nil {
		t, err := h.newHistory(op)
		keep(targetPlan{}, err)
		p.history = t
	}
	for _, t := range op.Publish {
		if t.Data == "handler" {
			continue // only the typed publisher was generated
		}
		one, err := h.newPublish(t)
		keep(targetPlan{}, err)
		p.publish = append(p.publish, one)
	}
	if op.Order != "" && op.Order != "none" && !p.byConn {
		e, err := parseExpression(op.Order)
		if err != nil {
			keep(targetPlan{}, fmt.Errorf("order %q %w", op.Order, err))
		}
		p.order = &e
	}
	return p
}

func (h *hub) newTarget(t Target) (targetPlan, error) {
	plan := targetPlan{typ: h.types[t.Channel], on: t.On, presence: t.Presence}
	if plan.typ == nil {
		return plan, fmt.Errorf("no channel is called %q", t.Channel)
	}
	for _, part := range plan.typ.parts {
		if part.param == "" {
			continue
		}
		text, ok := t.Bind[part.param]
		if !ok {
			return plan, fmt.Errorf("channel %q: nothing is bound to %q", t.Channel, part.param)
		}
		e, err := parseExpression(text)
		if err != nil {
			return plan, fmt.Errorf("channel %q: %q %w", t.Channel, text, err)
		}
		plan.bind = append(plan.bind, e)
	}
	return plan, nil
}

func (h *hub) newPublish(t Publish) (publishPlan, error) {
	target, err := h.newTarget(Target{Channel: t.Channel, Bind: t.Bind, On: t.On})
	plan := publishPlan{targetPlan: target}
	if err != nil {
		return plan, err
	}
	if plan.event = target.typ.events[t.Event]; plan.event == nil {
		return plan, fmt.Errorf("channel %q has no event %q", t.Channel, t.Event)
	}
	data := t.Data
	if data == "" {
		data = "$response.body"
	}
	if plan.data, err = parseExpression(data); err != nil {
		return plan, fmt.Errorf("event %q: %q %w", t.Event, data, err)
	}
	for name, text := range t.DataFields {
		e, err := parseExpression(text)
		if err != nil {
			return plan, fmt.Errorf("event %q: %q %w", t.Event, text, err)
		}
		plan.fields = append(plan.fields, fieldPlan{name, e})
	}
	slices.SortFunc(plan.fields, func(a, b fieldPlan) int { return strings.Compare(a.name, b.name) })
	return plan, nil
}

// leaves tells whether an answer with the status leaves channels.
func (p *actionPlan) leaves(status int) bool {
	return slices.ContainsFunc(p.unsubscribe, func(t targetPlan) bool { return t.matches(status) })
}

// needsResponse tells whether the channel is known only when the handler has answered.
func (t *targetPlan) needsResponse() bool {
	return slices.ContainsFunc(t.bind, func(e expression) bool { return e.needsResponse() })
}

// address returns the concrete address for one exchange.
func (t *targetPlan) address(ex *exchange, a *answered) (string, bool) {
	return t.typ.address(func(i int, _ string) (string, bool) {
		text, ok := t.bind[i].eval(ex, a)
		if !ok {
			return "", false
		}
		return scalarText(text)
	})
}

// payload returns the JSON text of the event.
func (p *publishPlan) payload(ex *exchange, a *answered) ([]byte, bool) {
	if p.fields == nil {
		return p.data.eval(ex, a)
	}
	b := []byte{'{'}
	for _, f := range p.fields {
		text, ok := f.value.eval(ex, a)
		if !ok {
			continue // an optional member; the event's schema has the last word
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(appendString(b, f.name), ':')
		b = append(b, text...)
	}
	return append(b, '}'), true
}

// matches tells whether a status is on the list of a target.
func (t *targetPlan) matches(status int) bool {
	if t.on == nil {
		return status >= 200 && status < 300
	}
	for _, pattern := range t.on {
		if len(pattern) == 3 && int(pattern[0]-'0') == status/100 &&
			(strings.EqualFold(pattern[1:], "XX") || pattern[1:] == fmt.Sprintf("%02d", status%100)) {
			return true
		}
	}
	return false
}

// encodeClaim writes a claim of an identity as JSON.
func encodeClaim(value any) ([]byte, bool) {
	if s, ok := value.(string); ok {
		return appendString(nil, s), true
	}
	text, err := json.Marshal(value)
	return text, err == nil
}
