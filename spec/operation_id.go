package spec

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// announced is an operation that was found and is not read yet. All operations
// under paths are announced before the first of them is named, so that a name
// depends neither on the order of the document nor on who else has none.
type announced struct {
	op   *Operation
	node *node
	item []*node // the levels of the path item

	given bool       // called by something else than an operationId: webhooks, callbacks
	first *Operation // who has the operationId that this one wanted
	wish  string     // that operationId
}

// announce notes an operation; nil for what is none, which has then been
// reported. id is given for what is called by something else than operationId.
func (b *builder) announce(n *node, item []*node, method string, path Path, id string) *announced {
	if target, _ := b.follow(n); target != n {
		n = target
	}
	if !n.isObject() {
		if n != nil && !n.is(nullNode) {
			b.report.errorf(n, "operation-form", "an operation must be an object, this is %s", n.kind)
		}
		return nil
	}
	op := &Operation{ID: id, Method: method, Path: path, Doc: docOf(n), Pos: n.keyPos()}
	return &announced{op: op, node: n, item: item, given: id != ""}
}

// nameOperations settles the names of operations: every one has a name, and no
// two have the same. An operationId goes to the operation whose path is first in
// the alphabet; who wanted it too is told apart by its method. Names that are
// made of method and path are given last, so that they take none away.
func (b *builder) nameOperations(list []*announced) {
	order := slices.Clone(list)
	slices.SortStableFunc(order, func(x, y *announced) int {
		return cmp.Or(cmp.Compare(x.op.Path.Template, y.op.Path.Template), cmp.Compare(x.op.Method, y.op.Method))
	})
	var twice, nameless []*announced
	for _, a := range order {
		switch id := a.node.word("operationId"); {
		case id == "":
			nameless = append(nameless, a)
		case b.ids[id] != nil:
			a.wish, a.first = id, b.ids[id]
			twice = append(twice, a)
		default:
			b.take(a, id)
		}
	}
	for _, a := range twice {
		b.nameTwice(a)
	}
	for _, a := range nameless {
		if id := derivedID(a.op.Method, a.op.Path); b.ids[id] == nil {
			b.take(a, id)
		} else {
			a.wish, a.first = id, b.ids[id]
			b.nameTwice(a)
		}
	}
}

// nameGiven names what a webhook or callback is called by, after all operations.
func (b *builder) nameGiven(a *announced) {
	if id := a.op.ID; b.ids[id] == nil {
		b.take(a, id)
	} else {
		a.wish, a.first = id, b.ids[id]
		b.nameTwice(a)
	}
}

// nameTwice names an operation whose wish another one has: by its method, then by
// its method and path, and at last by a number.
func (b *builder) nameTwice(a *announced) {
	short := a.wish + "." + strings.ToLower(a.op.Method)
	long := a.wish + "." + derivedID(a.op.Method, a.op.Path)
	for _, id := range []string{short, long} {
		if b.ids[id] == nil {
			b.take(a, id)
			return
		}
	}
	id := long
	for b.ids[id] != nil {
		b.idNumbers[long]++
		id = long + "." + strconv.Itoa(b.idNumbers[long]+1)
	}
	b.take(a, id)
}

func (b *builder) take(a *announced, id string) {
	a.op.ID = id
	b.ids[id] = a.op
}

// reportName warns of a name that the document did not give.
func (b *builder) reportName(a *announced) {
	op := a.op
	written := a.node.has("operationId") && a.node.word("operationId") != ""
	switch {
	case !a.given && !written:
		b.report.warnKey(a.node, "operation-id-missing", "give it an operationId", "%s %s has no operationId; it is called %s",
			op.Method, op.Path.Template, quote(op.ID))
	case a.first != nil && written:
		b.report.warnKey(a.node, "operation-id-duplicate", "give it an operationId of its own",
			"operationId %s is already that of %s; this one is called %s", quote(a.wish), a.first.place(), quote(op.ID))
	}
}

// place says where an operation is, for messages.
func (op *Operation) place() string {
	if op.Path.Template == "" {
		return "the webhook " + quote(op.ID)
	}
	return op.Method + " " + op.Path.Template
}
