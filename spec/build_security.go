package spec

import (
	"cmp"
	"slices"
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
// anybody satisfies is nil too.
func (b *builder) requirements(list *node) []Requirement {
	if !list.isArray() {
		if list != nil && !list.is(nullNode) {
			b.report.warnf(list, "security-form", "security must be a list, this is %s", list.kind)
		}
		return nil
	}
	var reqs []Requirement
	for _, item := range list.kids {
		req := Requirement{}
		for _, m := range item.value.members() {
			if b.schemes[m.key] == nil && !b.unknownScheme(m) {
				continue
			}
			use := SchemeUse{Scheme: m.key}
			for _, scope := range m.value.items() {
				use.Scopes = append(use.Scopes, scope.value.text)
			}
			req = append(req, use)
		}
		if len(req) == 0 && len(item.value.members()) > 0 {
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

// unknownScheme makes up for a scheme that the document does not describe, as a
// bearer token: generating without the check would open what the document
// wanted closed. A name that is nearly another's is an error: the wrong check
// is as bad as none.
func (b *builder) unknownScheme(m member) (made bool) {
	names := make([]string, 0, len(b.schemes))
	for _, s := range b.api.Security {
		names = append(names, s.Name)
	}
	if hint := didYouMean(m.key, names); hint != "" {
		b.report.errorKey(m.value, "security-unknown", hint, "%s is not one of components.securitySchemes", quote(m.key))
		return false
	}
	b.report.warnKey(m.value, "security-unknown", "describe it there",
		"%s is not one of components.securitySchemes; it is taken as a bearer token", quote(m.key))
	s := &SecurityScheme{Name: m.key, Type: "http", Scheme: "bearer", Pos: m.value.keyPos()}
	b.schemes[m.key] = s
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
