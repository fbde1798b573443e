package runtime

import (
	"cmp"
	"strings"
)

// This file reads query and cookie parameters: pairs of a name and a value.

// query reads all query parameters of the operation.
func (r *textReader) query(plan *requestPlan, raw string, list []pair) []pair {
	if len(plan.query) == 0 && plan.whole == nil {
		return list
	}
	list, ok := splitPairs(list[:0], raw)
	if !ok {
		r.errs = append(r.errs, FieldError{In: string(InQuery), Rule: "maxItems", Detail: "has too many parameters"})
		return list
	}
	for _, b := range plan.query {
		r.fromPairs(b, list, plan.query)
	}
	if plan.whole != nil {
		r.queryString(plan.whole, raw)
	}
	return list
}

// queryString reads the one parameter that is the whole query (OpenAPI 3.2).
func (r *textReader) queryString(b *boundParam, raw string) {
	switch {
	case raw == "":
		r.errs = b.setAbsent(r.base, r.errs)
	case b.content == kindForm:
		r.form(b, raw)
	default:
		r.document(b, raw, escapePath) // a JSON text, percent-encoded as a whole; + stands for itself
	}
}

// fromPairs reads a parameter in query or cookie. Siblings are the parameters of the same place:
// what belongs to them by name is not a member of an exploded object.
func (r *textReader) fromPairs(b *boundParam, list []pair, siblings []*boundParam) {
	if !b.encoded {
		switch {
		case b.style == styleDeep:
			r.deep(b, list)
			return
		case b.style == styleForm && b.explode && b.shape.isObject():
			r.exploded(b, list, siblings)
			return
		}
	}
	first, more := -1, 0
	for i := range list {
		if list[i].name == b.name {
			if first < 0 {
				first = i
			}
			more++
		}
	}
	if first < 0 {
		r.errs = b.setAbsent(r.base, r.errs)
		return
	}
	if b.allowNil && list[first].raw == "" && more == 1 {
		r.empty(b)
		return
	}
	if b.in == InCookie && !(b.explode && b.shape.isArray()) {
		more = 1 // browsers repeat a cookie that exists for several paths, closest first
	}
	r.formValue(b, list, first, more)
}

// escaping is how the values of b are encoded in a query or a cookie.
func (b *boundParam) escaping() escaping {
	switch {
	case b.literal:
		return escapeNone
	case b.in == InCookie:
		return escapePath
	}
	return escapeQuery
}

// empty reads a parameter with allowEmptyValue that is there without a value. For a text which the schema allows to be empty
// that is its value; else it says as much as a parameter that is not there, but nobody misses it.
func (r *textReader) empty(b *boundParam) {
	if b.shape.types == textShape.types && b.codec.check([]byte(`""`)) == nil {
		r.errs = b.setJSON(r.base, []byte(`""`), r.errs)
	} else if b.fallback != nil {
		r.errs = b.setJSON(r.base, b.fallback, r.errs)
	}
}

func (r *textReader) formValue(b *boundParam, list []pair, first, count int) {
	how := b.escaping()
	if b.encoded {
		r.document(b, list[first].raw, how)
		return
	}
	if count > 1 || b.explode && b.shape.isArray() {
		parts := make([]string, 0, count)
		for i := first; i < len(list) && len(parts) < count; i++ {
			if list[i].name == b.name {
				parts = append(parts, list[i].raw)
			}
		}
		// Where the schema wants no list, the codec says so: a repeated value is never dropped.
		r.list(b, parts, how)
		return
	}
	raw := list[first].raw
	switch {
	case b.shape.isArray():
		r.list(b, b.split(raw), how)
	case b.shape.isObject():
		r.object(b, b.split(raw), how)
	default:
		r.scalar(b, raw, how)
	}
}

// split takes apart the unexploded form, spaceDelimited and pipeDelimited styles. The delimiters of
// the last two have no business unescaped in a URL, so both spellings are taken.
func (b *boundParam) split(raw string) []string {
	switch b.style {
	case styleSpace:
		raw = strings.ReplaceAll(raw, "%20", "+")
		return splitList(strings.ReplaceAll(raw, " ", "+"), "+")
	case stylePipe:
		if strings.IndexByte(raw, '|') < 0 {
			raw = strings.NewReplacer("%7C", "|", "%7c", "|").Replace(raw)
		}
		return splitList(raw, "|")
	}
	return splitList(raw, ",")
}

// exploded reads an object whose members are pairs of their own: R=100&G=200.
func (r *textReader) exploded(b *boundParam, list []pair, siblings []*boundParam) {
	var root formNode
	for i := range list {
		p := &list[i]
		if b.shape.props[p.name] == nil && (!b.shape.open || claimed(siblings, b, p.name)) {
			continue
		}
		value, wrong := b.escaping().unescape(p.raw)
		if wrong = cmp.Or(wrong, p.wrong); wrong != "" {
			r.complain(b, "encoding", wrong)
			return
		}
		n := root.child(p.name)
		n.values = append(n.values, value)
	}
	if len(root.names) == 0 {
		r.errs = b.setAbsent(r.base, r.errs)
		return
	}
	r.tree(b, &root)
}

// claimed reports whether a name belongs to another parameter.
func claimed(siblings []*boundParam, self *boundParam, name string) bool {
	if siblings == nil {
		return self.in == InCookie // unknown cookies are never an object's members
	}
	for _, s := range siblings {
		if s == self {
			continue
		}
		if s.name == name || s.style == styleDeep && strings.HasPrefix(name, s.name+"[") || s.shape.props[name] != nil {
			return true
		}
	}
	return false
}

// deep reads name[member]=value, nested as deep as it goes.
func (r *textReader) deep(b *boundParam, list []pair) {
	var root formNode
	for i := range list {
		rest, ok := strings.CutPrefix(list[i].name, b.name)
		if !ok || rest != "" && rest[0] != '[' {
			continue
		}
		value, wrong := escapeQuery.unescape(list[i].raw)
		if wrong = cmp.Or(wrong, list[i].wrong); wrong != "" {
			r.complain(b, "encoding", wrong)
			return
		}
		n, ok := root.at(rest)
		if !ok {
			r.complain(b, "style", "must be written as "+b.name+"[member]=value")
			return
		}
		n.values = append(n.values, value)
	}
	if len(root.names) == 0 && len(root.values) == 0 {
		r.errs = b.setAbsent(r.base, r.errs)
		return
	}
	r.tree(b, &root)
}
