package spec

import (
	"slices"
	"strings"
)

// selection says which operations of a document are wanted: those that a
// pattern of include matches, all without one, less those that a pattern of
// exclude matches.
type selection struct {
	include, exclude []pattern
}

// pattern is one entry of include or exclude.
type pattern struct {
	text   string
	method string   // in front of a path; empty: any
	path   []string // segments of a path pattern; nil: text is an operationId or a tag
	used   bool
}

func newSelection(include, exclude []string) *selection {
	if len(include) == 0 && len(exclude) == 0 {
		return nil
	}
	return &selection{include: patterns(include), exclude: patterns(exclude)}
}

func patterns(texts []string) []pattern {
	list := make([]pattern, len(texts))
	for i, text := range texts {
		p := pattern{text: text}
		path := text
		if method, rest, ok := strings.Cut(text, " "); ok && strings.HasPrefix(rest, "/") {
			p.method, path = strings.ToUpper(method), rest
		}
		if strings.HasPrefix(path, "/") {
			p.path = strings.Split(path, "/")[1:]
		}
		list[i] = p
	}
	return list
}

// wants decides about an operation whose ID, path and tags are known. A nil
// selection wants everything.
func (s *selection) wants(op *Operation) bool {
	if s == nil {
		return true
	}
	wanted := len(s.include) == 0
	for i := range s.include {
		wanted = s.include[i].matches(op) || wanted
	}
	for i := range s.exclude {
		wanted = !s.exclude[i].matches(op) && wanted
	}
	return wanted
}

func (p *pattern) matches(op *Operation) bool {
	var ok bool
	if p.path != nil {
		ok = (p.method == "" || p.method == op.Method) && op.Path.Template != "" &&
			matchSegments(p.path, strings.Split(op.Path.Template, "/")[1:])
	} else {
		ok = matchText(p.text, op.ID) || slices.ContainsFunc(op.Tags, func(tag string) bool { return matchText(p.text, tag) })
	}
	p.used = p.used || ok
	return ok
}

// matchSegments matches a path: * is any text within a segment, ** any number of
// segments.
func matchSegments(pattern, path []string) bool {
	// What the first i segments of the pattern match, row by row: no backtracking.
	row := make([]bool, len(path)+1)
	row[0] = true
	for _, p := range pattern {
		next := make([]bool, len(path)+1)
		for j := range next {
			switch {
			case p == "**":
				next[j] = row[j] || j > 0 && next[j-1]
			case j > 0:
				next[j] = row[j-1] && matchText(p, path[j-1])
			}
		}
		row = next
	}
	return row[len(path)]
}

// matchText matches a whole text; * is any part of it.
func matchText(pattern, text string) bool {
	first, rest, starred := strings.Cut(pattern, "*")
	if !starred {
		return pattern == text
	}
	if !strings.HasPrefix(text, first) {
		return false
	}
	text = text[len(first):]
	parts := strings.Split(rest, "*")
	for _, part := range parts[:len(parts)-1] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}

// checkSelection warns of patterns that match nothing: a typo in include leaves
// an operation out, and one in exclude lets it in.
func (b *builder) checkSelection() {
	s := b.selected
	if s == nil {
		return
	}
	var known []string
	for id, op := range b.ids {
		known = append(known, id, op.Path.Template)
		known = append(known, op.Tags...)
	}
	slices.Sort(known)
	known = slices.Compact(known)
	unused := func(key string, list []pattern) {
		for _, p := range list {
			if !p.used {
				b.report.warnHint(b.main.root, "selection-unused", didYouMean(p.text, known),
					"%s: %s matches no operationId, tag or path", key, quote(p.text))
			}
		}
	}
	unused("include", s.include)
	unused("exclude", s.exclude)
	if len(b.api.Operations)+len(b.api.Webhooks) == 0 {
		b.report.errorf(b.main.root, "selection-empty", "include and exclude leave no operation")
	}
}

// dropUnusedSchemes keeps the security schemes that something selected asks for.
func (b *builder) dropUnusedSchemes() {
	if b.selected == nil {
		return
	}
	used := map[string]bool{}
	use := func(list []Requirement) {
		for _, alternative := range list {
			for _, scheme := range alternative {
				used[scheme.Scheme] = true
			}
		}
	}
	for _, op := range slices.Concat(b.api.Operations, b.api.Webhooks) {
		use(op.Security)
		for _, callback := range op.Callbacks {
			use(callback.Security)
		}
	}
	if rt := b.api.Realtime; rt != nil {
		use(rt.Security)
		for _, channel := range rt.Channels {
			use(channel.Security)
		}
	}
	b.api.Security = slices.DeleteFunc(b.api.Security, func(s *SecurityScheme) bool { return !used[s.Name] })
}
