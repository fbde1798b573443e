package golang

import (
	"slices"

	"github.com/rtgen/rtgen/spec"
)

// A plan is everything that Emit prints, with all names decided.
type plan struct {
	api  *spec.API
	opts Options

	decls   []*declPlan // by the document's name
	byDecl  map[*spec.Decl]*declPlan
	tuples  []*declPlan // types that rtgen made up for inline tuples, in order of discovery
	byList  map[*spec.List]*declPlan
	uploads map[*spec.Decl]bool   // files where a string is binary
	onWire  map[*spec.Decl]bool   // encoding/json may meet it: not in forms and parameters alone
	events  map[*spec.Decl]string // the event that an inline type is the payload of
	said    map[*spec.Decl]string // prose at the place of use of an inline type

	groups     []*groupPlan     // one handler interface for each tag, by name
	operations []*operationPlan // by operation id
	shared     []*answerPlan    // components.responses that are used, by name
	channels   []*channelPlan
	webhooks   *outboundPlan // nil when the document has none
	callbacks  *outboundPlan // likewise
	security   []*securityPlan

	servers []*serverPlan // in document order

	aliases map[string]string // import path → name, for x-go-type
	diags   spec.Diagnostics
}

// groupPlan is the handler interface of one tag; name is empty for operations
// without a tag, which belong to Handler itself.
type groupPlan struct {
	tag        string
	name       string
	doc        []string
	operations []*operationPlan
	claim      *claim
}

// newPlan decides everything. The order of its calls is the order in which
// names are given away.
func newPlan(api *spec.API, opts Options) *plan {
	p := &plan{api: api, opts: opts, byDecl: map[*spec.Decl]*declPlan{}, byList: map[*spec.List]*declPlan{}, aliases: map[string]string{}}
	p.collectDecls()
	p.collectOperations()
	p.collectChannels()
	p.collectServers()
	p.nameEverything()
	p.planShapes()
	p.planOperations()
	p.planOutbound()
	p.planChannels()
	p.planServers()
	return p
}

// nameEverything runs the allocator over the package, one call for each rank:
// what the document names itself, before what rtgen makes up.
func (p *plan) nameEverything() {
	p.nameMethods(p.operations)
	s := packageScope()
	p.reserveOutbound(s)
	give := func(claims []*claim) { p.report(s.allocate(claims)) }

	give(p.explicitClaims())
	give(p.componentClaims())
	give(p.securityClaims())
	give(p.channelClaims())
	give(p.groupClaims())
	give(p.sharedClaims())
	give(requestClaims(p.operations))
	give(answerClaims(p.operations))
	give(p.inlineClaims())
	p.collectTuples()
	give(p.tupleClaims())
	give(p.enumClaims())
	markers := scope{}
	give(variableClaims(p.operations, "Operation", markers))
	p.nameOutbound(give, markers)
	give(p.serverClaims())
	p.applyNames()
}

// report keeps diagnostics for the caller of Emit.
func (p *plan) report(ds spec.Diagnostics) { p.diags = append(p.diags, ds...) }

// warn adds one diagnostic.
func (p *plan) warn(pos spec.Position, rule, message, hint string) {
	p.report(spec.Diagnostics{{Pos: pos, Severity: spec.Warning, Rule: rule, Message: message, Hint: hint}})
}

// sortedBy returns a sorted copy.
func sortedBy[T any](list []T, key func(T) string) []T {
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b T) int {
		if key(a) < key(b) {
			return -1
		}
		if key(a) > key(b) {
			return 1
		}
		return 0
	})
	return out
}
