package spec

import (
	"slices"
	"strings"
)

// params merges the parameters of path item and operation; the operation's own
// replace those with the same name and place.
func (b *builder) params(op *Operation, n *node, item []*node) []*Param {
	var list []*Param
	types := map[*Param]func(){}
	levels := map[*Param]*node{} // the list that a parameter stands in
	add := func(p *Param, typed func(), level, at *node) {
		if p == nil {
			return
		}
		levels[p] = level
		types[p] = typed
		if !b.room() || !b.spend(len(list)) {
			return
		}
		i := slices.IndexFunc(list, func(q *Param) bool { return sameParam(p, q) })
		switch {
		case i < 0:
			list = append(list, p)
		case levels[list[i]] == level:
			b.report.warnf(at, "parameter-duplicate", "%s parameter %s is described twice in one list; the last counts", p.In, quote(p.Name))
			list[i] = p
		case level == n:
			list[i] = p
		}
	}
	for _, level := range item {
		for _, m := range level.get("parameters").items() {
			p, typed := b.param(m.value, pathPlace(op))
			add(p, typed, level, m.value)
		}
	}
	for _, m := range n.get("parameters").items() {
		p, typed := b.param(m.value, op.ID)
		add(p, typed, n, m.value)
	}
	list = b.matchPath(op, n, list)
	for _, p := range list { // only of those that are left: what nobody uses has no type
		if typed := types[p]; typed != nil {
			typed()
		}
	}
	return list
}

func sameParam(p, q *Param) bool {
	if p.In != q.In {
		return false
	}
	return p.Name == q.Name || p.In == InHeader && strings.EqualFold(p.Name, q.Name)
}

// pathPlace names what the operations of a path share: by its words.
func pathPlace(op *Operation) string {
	var words []string
	for _, seg := range op.Path.Segments {
		for _, part := range seg {
			words = append(words, strings.Trim(part.Literal, ".")+part.Param)
		}
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	if len(words) == 0 {
		return "root"
	}
	return strings.Join(words, ".")
}

// matchPath compares parameters with the template: one that the template names
// and nobody describes is a string, one that it does not name is left out.
func (b *builder) matchPath(op *Operation, n *node, list []*Param) []*Param {
	if len(op.Path.Segments) == 0 {
		return list
	}
	names := op.Path.Params()
	kept := list[:0]
	for _, p := range list {
		if p.In == InPath && !slices.Contains(names, p.Name) {
			b.report.warnKey(n, "path-parameter-unused", didYouMean(p.Name, names),
				"path parameter %s of %s is not in the path %s and is left out", quote(p.Name), quote(op.ID), quote(op.Path.Template))
			continue
		}
		kept = append(kept, p)
	}
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			b.report.warnKey(n, "path-parameter-twice", "", "path %s names %s twice; the last value counts", quote(op.Path.Template), quote(name))
			continue
		}
		seen[name] = true
		if !slices.ContainsFunc(kept, func(p *Param) bool { return p.In == InPath && p.Name == name }) {
			b.report.warnKey(n, "path-parameter-undeclared", "describe it in parameters",
				"path parameter %s of %s is not described; it is taken as a string", quote(name), quote(op.ID))
			kept = append(kept, &Param{Name: name, In: InPath, Required: true, Style: "simple", Type: &Scalar{Kind: String}, Pos: n.keyPos()})
		}
	}
	return kept
}

// param reads a Parameter Object; nil when it is none. The function plans its
// type.
func (b *builder) param(n *node, owner string) (p *Param, typed func()) {
	target, via := b.follow(n)
	if target == nil {
		return nil, nil
	}
	if target.is(nullNode) { // "-" with nothing behind it
		b.report.warnf(target, "parameter-form", "a parameter is empty; it is left out")
		return nil, nil
	}
	if !target.isObject() {
		b.report.errorf(target, "parameter-form", "a parameter must be an object, this is %s", target.kind)
		return nil, nil
	}
	p = &Param{
		Name: target.word("name"), In: In(strings.ToLower(target.str("in"))), Doc: docOf(target),
		Required: target.flag("required", false), AllowReserved: target.flag("allowReserved", false),
		AllowEmpty: target.flag("allowEmptyValue", false), Pos: n.pos(),
	}
	overrideDoc(&p.Doc, via)
	b.checkParameterKeys(target, "a parameter")
	b.checkExtensions(target)
	if !b.paramPlace(p, target) {
		return nil, nil
	}
	b.paramStyle(p, target)
	p.GoName, p.TSName = b.nameExtensions(target)
	place := owner + "." + string(p.In) + "." + p.Name
	if len(via) > 0 {
		place = b.places.sharedName(target) + ".parameter"
	}
	return p, func() { b.paramType(p, target, place) }
}

func (b *builder) paramPlace(p *Param, n *node) bool {
	if p.Name == "" && p.In != InQueryString {
		b.report.warnf(n, "parameter-form", "a parameter has no name; it is left out")
		return false
	}
	switch p.In {
	case InPath:
		if !p.Required {
			b.report.warnf(n, "path-parameter-required", "path parameter %s must say required: true", quote(p.Name))
		}
		p.Required = true
	case InQuery, InHeader, InCookie, InQueryString:
	case "body", "formdata":
		b.report.errorHint(n, "parameter-in", "describe it in requestBody", "parameter %s has in: %s, which is Swagger 2.0", quote(p.Name), p.In)
		return false
	default:
		b.report.errorHint(n, "parameter-in", didYouMean(string(p.In), []string{"path", "query", "header", "cookie", "querystring"}),
			"parameter %s has in: %s; it must be path, query, header, cookie or querystring", quote(p.Name), quote(string(p.In)))
		return false
	}
	if p.In == InHeader {
		switch strings.ToLower(p.Name) {
		case "accept", "content-type", "authorization":
			b.report.warnf(n, "parameter-header-ignored", "header %s is described by the media types and security schemes, not by a parameter", quote(p.Name))
			return false
		}
	}
	return true
}

// styles are the serialisation styles of each place, the default first.
var styles = map[In][]string{
	InPath:        {"simple", "label", "matrix"},
	InQuery:       {"form", "spaceDelimited", "pipeDelimited", "deepObject"},
	InHeader:      {"simple"},
	InCookie:      {"form", "cookie"},
	InQueryString: {"form"},
}

func (b *builder) paramStyle(p *Param, n *node) {
	known := styles[p.In]
	p.Style = known[0]
	if style := n.get("style"); style != nil {
		if slices.Contains(known, style.text) {
			p.Style = style.text
		} else {
			b.report.warnf(style, "parameter-style", "style %s is not for a parameter in %s; %s is used", quote(style.text), p.In, known[0])
		}
	}
	p.Explode = n.flag("explode", p.Style == "form" || p.Style == "cookie" || p.Style == "deepObject")
}

func (b *builder) paramType(p *Param, n *node, place string) {
	schema := n.get("schema")
	if content := n.get("content").members(); len(content) > 0 {
		p.Content = content[0].key
		media, _ := b.follow(content[0].value)
		p.Encoding = b.encodings(media, place)
		b.paramFits = append(b.paramFits, paramUse{p, content[0].value})
		schema = media.get("schema")
		n = media
	}
	if schema == nil {
		p.Type = &Scalar{Kind: String}
		if p.Content != "" {
			p.Type = &Any{}
		} else if n.has("type") { // Swagger 2.0's form: the parameter is its schema
			b.report.warnf(n, "parameter-schema", "parameter %s has no schema; its own type is read instead", quote(p.Name))
			schema = n
		}
		if schema == nil {
			return
		}
	}
	p.Default = rawJSON(b.defaultOf(schema))
	b.place(schema, b.exampleOf(n), place, func(t Type, name string) {
		p.Type, p.Schema = t, name
		b.checkParamShape(p, n)
	})
}

// defaultOf finds a default, also behind references.
func (b *builder) defaultOf(schema *node) *node {
	for hops := 0; schema.isObject() && hops < 16; hops++ {
		if v := schema.get("default"); v != nil {
			return v
		}
		ref := schema.get("$ref")
		if !ref.is(stringNode) {
			return nil
		}
		schema = b.resolve(ref)
	}
	return nil
}

// checkParamShape warns where style and type do not go together.
func (b *builder) checkParamShape(p *Param, n *node) {
	if p.Style != "deepObject" {
		return
	}
	t := p.Type
	if null, ok := t.(*Nullable); ok {
		t = null.Elem
	}
	if r, ok := t.(*Ref); ok {
		t = r.Decl.Type
	}
	switch t.(type) {
	case *List, *Scalar, *Enum:
		b.report.warnf(n, "parameter-style", "style deepObject is for objects; parameter %s is none", quote(p.Name))
	}
}

// exampleOf is the first example of a media type, parameter or header.
func (b *builder) exampleOf(n *node) *node {
	if v := n.get("example"); v != nil {
		return v
	}
	examples := n.get("examples")
	if examples.isArray() && len(examples.kids) > 0 {
		return examples.kids[0].value
	}
	for _, m := range examples.members() {
		if e, _ := b.followExtra(m.value); e != nil {
			for _, key := range [...]string{"value", "dataValue"} {
				if v := e.get(key); v != nil {
					return v
				}
			}
			if e != m.value && e.isObject() && !e.has("value") && !e.has("externalValue") && !e.has("dataValue") {
				return e // a file that is the value, as splitters write it
			}
		}
	}
	return nil
}
