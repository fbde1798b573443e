package spec

import (
	"cmp"
	"slices"
	"strings"
)

// builder turns the tree of a document into the model. It works in two rounds:
// operations, channels and events first, which says where every schema stands
// and so what it is called; then types and schemas.
type builder struct {
	files  *fileSet
	main   *file
	report *reporter
	api    *API

	v30          bool // OpenAPI 3.0: $ref has no siblings
	saidNullable bool
	nesting      int // of callbacks

	targets   map[*node]*node // of references, by the string node
	mappings  map[*node][]mapping
	places    *places
	later     []func()
	fits      []mediaUse
	paramFits []paramUse

	schemes map[string]*SecurityScheme
	opNodes map[*Operation]*node
	ids     map[string]*Operation

	idNumbers   map[string]int          // the number to try next for an operationId that is taken
	required    map[*node][]Requirement // by security list
	keysChecked map[*node]bool
	selected    *selection // nil: every operation

	events       map[*node]*Event
	channelNodes map[*Channel]*node
	payloads     map[*Event]*node   // schemas of events
	pages        map[*Channel]*node // schemas of pages that the document leaves out
	untyped      map[*Media]bool    // media types without a schema
	checks       []func()           // what can only be checked once types are settled

	budget
	typer
	schemaTable
}

// build makes the model of a document; nil when it is none that rtgen reads.
// Other problems are reported, and as much as possible is built all the same so
// that all of them are found.
func build(f *file, files *fileSet, report *reporter) *API {
	b := &builder{
		files: files, main: f, report: report, api: &API{},
		targets: map[*node]*node{}, mappings: map[*node][]mapping{}, places: newPlaces(),
		schemes: map[string]*SecurityScheme{}, opNodes: map[*Operation]*node{}, ids: map[string]*Operation{},
		idNumbers: map[string]int{}, required: map[*node][]Requirement{}, keysChecked: map[*node]bool{},
		events: map[*node]*Event{}, channelNodes: map[*Channel]*node{},
		payloads: map[*Event]*node{}, pages: map[*Channel]*node{}, untyped: map[*Media]bool{},
		typer: newTyper(), schemaTable: newSchemaTable(),
		selected: newSelection(files.opts.include, files.opts.exclude),
	}
	b.places.collision = func(n *node, wanted, got string) {
		report.warnKey(n, "name-collision", "rename one of them", "another schema is called %s already; this one is called %s", quote(wanted), quote(got))
	}
	root := f.root
	if !b.version(root) {
		return nil
	}
	b.reserveNames(root)
	b.document(root)
	b.paths(root.get("paths"))
	b.webhooks(root)
	b.realtime(root.get("x-realtime"))
	b.checkSelection()
	b.dropUnusedSchemes()
	for _, run := range b.later {
		run()
		b.finishPending()
	}
	b.writeSchemas()
	b.checkUnused(root)
	b.settle()
	b.settlePlaces()
	for _, check := range b.checks {
		check()
	}
	b.sort()
	b.api.Fingerprint = fingerprint(b.api)
	return b.api
}

// version accepts OpenAPI 3.x and says clearly what anything else is.
func (b *builder) version(root *node) bool {
	if !root.isObject() {
		b.report.errorf(root, "document-kind", "an OpenAPI document is an object, this is %s", root.kind)
		return false
	}
	v := root.word("openapi")
	b.api.OpenAPI = v
	switch {
	case v == "3.0" || strings.HasPrefix(v, "3.0."):
		b.v30 = true
		return true
	case v == "3" || strings.HasPrefix(v, "3."):
		return true
	case root.word("swagger") != "":
		b.report.errorHint(root.get("swagger"), "document-version", "convert it to OpenAPI 3, for example with swagger2openapi",
			"this is a Swagger %s document; OpenAPI 3.0, 3.1 and 3.2 are read", root.word("swagger"))
	case v != "":
		b.report.errorf(root.get("openapi"), "document-version", "OpenAPI %s is not known; 3.0, 3.1 and 3.2 are read", quote(v))
	case root.has("asyncapi"):
		b.report.errorHint(root.get("asyncapi"), "document-version", "describe channels with x-realtime in an OpenAPI document",
			"this is an AsyncAPI document; OpenAPI 3.0, 3.1 and 3.2 are read")
	default:
		b.report.errorHint(root, "document-version", `start it with openapi: 3.1.0`, "this is no OpenAPI document: it has no openapi version")
	}
	return false
}

// reserveNames keeps the components' keys for them. A component that is only a
// reference to another file lends its key to what stands there.
func (b *builder) reserveNames(root *node) {
	schemas := root.get("components").get("schemas").members()
	for _, m := range schemas {
		if !b.pureRefObject(m.value) {
			b.places.reserve(m.value, m.key)
		}
	}
	for _, m := range schemas {
		if !b.pureRefObject(m.value) || b.places.taken[m.key] {
			continue
		}
		ref := m.value.get("$ref")
		if target, _, _ := b.find(ref, ref.text); target != nil && target.root() != root {
			if _, named := b.places.names[target]; !named {
				b.places.reserve(target, m.key)
			}
		}
	}
}

// document reads what stands beside paths and components.
func (b *builder) document(root *node) {
	info := root.get("info")
	b.api.Source = b.main.name
	b.api.Title = info.word("title")
	b.api.Version = info.word("version")
	b.api.Doc = docOf(info)
	if !info.isObject() {
		b.report.warnf(root, "info-missing", "the document has no info with title and version")
	}
	b.api.Servers = b.servers(root.get("servers"))
	b.securitySchemes(root.get("components").get("securitySchemes"))
	b.tags(root.get("tags"))
	b.checkExtensions(root)
	b.checkKeys(root, "an OpenAPI document", documentKeys)
	b.checkKeys(info, "info", infoKeys)
	b.checkKeys(root.get("components"), "components", componentKeys)
}

func (b *builder) tags(list *node) {
	for _, item := range list.items() {
		if name := item.value.word("name"); name != "" {
			b.api.Tags = append(b.api.Tags, &Tag{Name: name, Doc: docOf(item.value)})
		}
	}
}

// docOf is the prose of an element.
func docOf(n *node) Doc {
	if !n.isObject() {
		return Doc{}
	}
	summary := n.str("summary")
	if summary == "" {
		summary = n.str("title")
	}
	return Doc{Summary: summary, Description: n.str("description"), Deprecated: n.flag("deprecated", false)}
}

// place asks for the type of the schema at n, named place unless it is a
// reference; set receives type and schema name once names are settled.
func (b *builder) place(n, example *node, place string, set func(Type, string)) {
	b.places.give(n, place)
	b.later = append(b.later, func() {
		schema := b.schemaOf(n, example)
		set(b.use(n), schema)
	})
}

// settlePlaces settles the types outside of Decls and lists the Decls.
func (b *builder) settlePlaces() {
	b.eachType(func(t *Type) {
		if *t != nil {
			*t = b.settled(*t, false)
		}
	})
	b.settleMedia()
	for n, d := range b.decls {
		if s, ok := b.entries[n]; ok {
			d.Schema = s.Name
		}
	}
	// A Decl that only helped to find another type is not listed.
	used := map[*Decl]bool{}
	var queue []*Decl
	b.eachType(func(t *Type) { queue = reach(*t, used, queue) })
	for len(queue) > 0 {
		d := queue[len(queue)-1]
		queue = reach(d.Type, used, queue[:len(queue)-1])
	}
	for _, d := range b.order {
		if used[d] {
			b.api.Decls = append(b.api.Decls, d)
		}
	}
}

// reach marks the Decls that a type mentions and adds new ones to the queue.
func reach(t Type, used map[*Decl]bool, queue []*Decl) []*Decl {
	switch t := t.(type) {
	case *Ref:
		if !used[t.Decl] {
			used[t.Decl] = true
			queue = append(queue, t.Decl)
		}
	case *Nullable:
		return reach(t.Elem, used, queue)
	case *Map:
		return reach(t.Elem, used, queue)
	case *List:
		for _, p := range t.Prefix {
			queue = reach(p, used, queue)
		}
		return reach(t.Elem, used, queue)
	case *Union:
		for _, v := range t.Variants {
			queue = reach(v.Type, used, queue)
		}
	case *Object:
		for _, f := range t.Fields {
			queue = reach(f.Type, used, queue)
		}
		for _, p := range t.Patterns {
			queue = reach(p.Type, used, queue)
		}
		for _, c := range t.Choices {
			queue = reach(c.Type, used, queue)
		}
		return reach(t.Additional, used, queue)
	}
	return queue
}

// eachType calls fix for the type of every place outside of Decls.
func (b *builder) eachType(fix func(*Type)) {
	for _, op := range slices.Concat(b.api.Operations, b.api.Webhooks) {
		operationTypes(op, fix)
	}
	if rt := b.api.Realtime; rt != nil {
		realtimeTypes(rt, fix)
	}
}

func operationTypes(op *Operation, fix func(*Type)) {
	media := func(list []*Media) {
		for _, m := range list {
			fix(&m.Shape)
			for _, e := range m.Encoding {
				for _, h := range e.Headers {
					fix(&h.Type)
				}
			}
		}
	}
	for _, p := range op.Params {
		fix(&p.Type)
	}
	if op.Body != nil {
		media(op.Body.Content)
	}
	for _, r := range op.Responses {
		media(r.Content)
		for _, h := range r.Headers {
			fix(&h.Type)
		}
	}
	for _, c := range op.Callbacks {
		operationTypes(c, fix)
	}
}

// sort puts every list into the order that the model promises.
func (b *builder) sort() {
	api := b.api
	byID := func(a, b *Operation) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(api.Operations, byID)
	slices.SortFunc(api.Webhooks, byID)
	slices.SortFunc(api.Security, func(a, b *SecurityScheme) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(api.Decls, func(a, b *Decl) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(api.Schemas, func(a, b *Schema) int { return cmp.Compare(a.Name, b.Name) })
}
