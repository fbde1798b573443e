package spec

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

func (b *builder) securitySchemes(n *node) {
	for _, m := range n.members() {
		target, via := b.follow(m.value)
		if target == nil {
			continue
		}
		if !target.isObject() {
			b.report.warnf(target, "security-scheme", "a security scheme must be an object, this is %s", target.kind)
			continue
		}
		s := &SecurityScheme{
			Name: m.key, Type: target.str("type"), Doc: docOf(target), Pos: m.value.keyPos(),
		}
		overrideDoc(&s.Doc, via)
		switch s.Type {
		case "http":
			s.Scheme = strings.ToLower(target.str("scheme"))
		case "apiKey":
			s.In, s.Param = target.str("in"), target.str("name")
			if s.In != "header" && s.In != "query" && s.In != "cookie" || s.Param == "" {
				b.report.warnKey(m.value, "security-scheme", "", "apiKey scheme %s needs in (header, query or cookie) and name", quote(m.key))
			}
		case "oauth2", "openIdConnect", "mutualTLS":
		default:
			b.report.warnKey(m.value, "security-scheme", didYouMean(s.Type, []string{"http", "apiKey", "oauth2", "openIdConnect", "mutualTLS"}),
				"security scheme %s has the unknown type %s", quote(m.key), quote(s.Type))
		}
		b.schemes[m.key] = s
		b.api.Security = append(b.api.Security, s)
	}
}

// requirements reads a security list; nil when there is none. A list that
// anybody satisfies is nil too. What is written in another form counts as what
// it means: to leave it out would open what the document wanted closed.
func (b *builder) requirements(list *node) []Requirement {
	if list == nil || list.is(nullNode) {
		return nil
	}
	items := []*node{list}
	if list.isArray() {
		items = items[:0]
		for _, item := range list.kids {
			items = append(items, item.value)
		}
	} else {
		b.report.warnHint(list, "security-form", "write a list of requirements such as [{key: []}]",
			"security must be a list, this is %s; it is read as a list of that one", list.kind)
	}
	var reqs []Requirement
	for _, item := range items {
		req, named := b.requirement(item)
		if len(req) == 0 && named {
			continue // it named only schemes that do not exist: not "anybody"
		}
		slices.SortFunc(req, func(a, b SchemeUse) int { return cmp.Compare(a.Scheme, b.Scheme) })
		reqs = append(reqs, req)
	}
	if len(reqs) == 1 && len(reqs[0]) == 0 {
		return nil
	}
	return reqs
}

// requirement reads one alternative; named reports whether it asks for anything.
func (b *builder) requirement(n *node) (req Requirement, named bool) {
	req = Requirement{}
	if n.is(stringNode) && n.text != "" {
		b.report.warnHint(n, "security-form", "write {name: []}", "a requirement must be an object, this is a string; it is taken for the name of a scheme")
		if b.schemes[n.text] != nil || b.unknownScheme(n, n.text) {
			req = append(req, SchemeUse{Scheme: n.text})
		}
		return req, true
	}
	if !n.isObject() {
		b.report.warnf(n, "security-form", "a requirement must be an object, this is %s; it is left out", n.kind)
		return req, true
	}
	for _, m := range n.members() {
		if b.schemes[m.key] == nil && !b.unknownScheme(m.value, m.key) {
			continue
		}
		use := SchemeUse{Scheme: m.key}
		if m.value.is(stringNode) && m.value.text != "" {
			b.report.warnHint(m.value, "security-form", "write [scope]", "scopes must be a list, this is a string; it is read as a list of that one")
			use.Scopes = []string{m.value.text}
		}
		for _, scope := range m.value.items() {
			use.Scopes = append(use.Scopes, scope.value.text)
		}
		req = append(req, use)
	}
	return req, len(n.members()) > 0
}

// unknownScheme makes up for a scheme that the document does not describe, as a
// bearer token: generating without the check would open what the document
// wanted closed. A name that is nearly another's is an error: the wrong check
// is as bad as none.
func (b *builder) unknownScheme(n *node, name string) (made bool) {
	names := make([]string, 0, len(b.schemes))
	for _, s := range b.api.Security {
		names = append(names, s.Name)
	}
	if near := nearest(name, names); near != "" && !numbered(name, near) {
		hint := "did you mean " + strconv.Quote(near) + "?"
		b.report.errorKey(n, "security-unknown", hint, "%s is not one of components.securitySchemes", quote(name))
		return false
	}
	b.report.warnKey(n, "security-unknown", "describe it there",
		"%s is not one of components.securitySchemes; it is taken as a bearer token", quote(name))
	s := &SecurityScheme{Name: name, Type: "http", Scheme: "bearer", Pos: n.keyPos()}
	b.schemes[name] = s
	b.api.Security = append(b.api.Security, s)
	return true
}

func (b *builder) servers(list *node) []*Server {
	var servers []*Server
	for _, item := range list.items() {
		n := item.value
		s := &Server{URL: n.word("url"), Name: n.word("name"), Doc: docOf(n), Pos: n.pos()}
		for _, m := range n.get("variables").members() {
			v := ServerVariable{Name: m.key, Default: m.value.word("default"), Doc: docOf(m.value)}
			for _, e := range m.value.get("enum").items() {
				v.Enum = append(v.Enum, e.value.text)
			}
			s.Variables = append(s.Variables, v)
		}
		servers = append(servers, s)
	}
	return servers
}

// overrideDoc lets summary and description beside references win over what the
// target says, the outermost first.
func overrideDoc(doc *Doc, via []*node) {
	for _, n := range slices.Backward(via) {
		if s := n.str("summary"); s != "" {
			doc.Summary = s
		}
		if s := n.str("description"); s != "" {
			doc.Description = s
		}
	}
}
