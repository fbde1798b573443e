package typescript

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// planSchemas plans the table of schemas: those of what arrives, and all that they lead to.
func (p *planner) planSchemas() *valueTable {
	table := &valueTable{}
	used := map[string]bool{}
	var extra []string
	for _, op := range p.api.Operations {
		var replies []string
		same := func(a, b *spec.Media) bool { return a.Schema == b.Schema }
		for _, a := range arrivals(op, same) {
			if a.media.Schema != "" {
				used[a.media.Schema] = true
				replies = append(replies, statusKey(a.key, quote(a.media.Schema)))
			}
		}
		table.Replies = entries(table.Replies, op.ID, replies)
	}
	if p.api.Realtime != nil {
		for _, c := range p.api.Realtime.Channels {
			var events []string
			for _, e := range c.Events {
				if e.Event.Schema != "" {
					used[e.Event.Schema] = true
					events = append(events, entry(e.Name, quote(e.Event.Schema)))
				}
			}
			if c.Presence != nil && c.Presence.InfoSchema != "" {
				used[c.Presence.InfoSchema] = true
				name := "$presence." + c.Name
				events = append(events, entry("$presence", quote(name)))
				extra = append(extra, entry(name, "{ properties: { join: { items: { properties: { info: { $ref: "+
					quote("#/"+pointerStep(c.Presence.InfoSchema))+" } } } } } }"))
			}
			table.Events = entries(table.Events, c.Name, events)
		}
	}
	s := newSchemas(p.api.Schemas)
	for _, name := range s.reach(used) {
		table.Types = append(table.Types, entry(name, literalJSON(s.arriving(s.parsed[name], nil))))
	}
	table.Types = append(table.Types, extra...)
	return table
}

// pointerStep escapes a name for a JSON pointer in a fragment.
func pointerStep(name string) string {
	return strings.NewReplacer("%", "%25", "~", "~0", "/", "~1").Replace(name)
}

// schemas reads the table of a document's schemas.
type schemas struct {
	parsed map[string]jsonValue
}

func newSchemas(list []*spec.Schema) *schemas {
	s := &schemas{parsed: make(map[string]jsonValue, len(list))}
	for _, schema := range list {
		s.parsed[schema.Name] = parseJSON(schema.JSON)
	}
	return s
}

// target is the name in the table that a reference begins with.
func (s *schemas) target(ref string) string {
	rest, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return ref // a mapping may hold a bare name
	}
	name, _, _ := strings.Cut(rest, "/")
	name = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
	if _, ok := s.parsed[name]; !ok {
		return unescapePercent(name)
	}
	return name
}

// reach lists the names that lead from some names to others, sorted.
func (s *schemas) reach(names map[string]bool) []string {
	queue := slices.Sorted(maps.Keys(names))
	found := map[string]bool{}
	for len(queue) > 0 {
		name := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		value, ok := s.parsed[name]
		if !ok || found[name] {
			continue
		}
		found[name] = true
		eachText(value, func(text string) { queue = append(queue, s.target(text)) })
	}
	return slices.Sorted(maps.Keys(found))
}

// eachText calls visit for every reference in a schema, and for the targets of discriminators.
func eachText(v jsonValue, visit func(string)) {
	for _, item := range v.items {
		eachText(item, visit)
	}
	for _, m := range v.members {
		var text string
		switch {
		case m.name == "$ref" && json.Unmarshal(m.value.raw, &text) == nil:
			visit(text)
		case m.name == "mapping":
			for _, target := range m.value.members {
				if json.Unmarshal(target.value.raw, &text) == nil {
					visit(text)
				}
			}
		}
		eachText(m.value, visit)
	}
}

// in-place applicators apply to the value itself, the others to a part of it.
var (
	inPlaceOne  = []string{"not", "if", "then", "else"}
	inPlaceMany = []string{"allOf", "anyOf", "oneOf"}
	partOne     = []string{"items", "contains", "additionalProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties"}
	partMany    = []string{"prefixItems"}
	partNamed   = []string{"properties", "patternProperties", "$defs"}
)

// arriving is a schema as it holds for what arrives: members that are writeOnly are not required. hidden
// are those that schemas around it, for the same value, know.
func (s *schemas) arriving(v jsonValue, hidden map[string]bool) jsonValue {
	if v.members == nil {
		return v
	}
	own := maps.Clone(hidden)
	if own == nil {
		own = map[string]bool{}
	}
	s.findHidden(v, own, 0)
	out := jsonValue{members: make([]jsonMember, 0, len(v.members))}
	for _, m := range v.members {
		switch {
		case m.name == "writeOnly" || m.name == "readOnly":
			continue
		case m.name == "required":
			m.value = without(m.value, own)
		case slices.Contains(inPlaceOne, m.name):
			m.value = s.arriving(m.value, own)
		case slices.Contains(inPlaceMany, m.name):
			m.value = each(m.value, func(v jsonValue) jsonValue { return s.arriving(v, own) })
		case m.name == "dependentSchemas":
			m.value = eachMember(m.value, func(v jsonValue) jsonValue { return s.arriving(v, own) })
		case slices.Contains(partOne, m.name):
			m.value = s.arriving(m.value, nil)
		case slices.Contains(partMany, m.name):
			m.value = each(m.value, func(v jsonValue) jsonValue { return s.arriving(v, nil) })
		case slices.Contains(partNamed, m.name):
			m.value = eachMember(m.value, func(v jsonValue) jsonValue { return s.arriving(v, nil) })
		}
		out.members = append(out.members, m)
	}
	return out
}

// deepest is how many references and allOf are followed to learn about a member.
const deepest = 8

// findHidden collects the writeOnly properties of a schema, through references and allOf.
func (s *schemas) findHidden(v jsonValue, found map[string]bool, depth int) {
	if depth > deepest {
		return
	}
	for _, m := range v.members {
		switch m.name {
		case "properties":
			for _, property := range m.value.members {
				if s.writeOnly(property.value, depth) {
					found[property.name] = true
				}
			}
		case "allOf":
			for _, item := range m.value.items {
				s.findHidden(item, found, depth+1)
			}
		case "$ref":
			var ref string
			if json.Unmarshal(m.value.raw, &ref) == nil {
				s.findHidden(s.parsed[s.target(ref)], found, depth+1)
			}
		}
	}
}

func (s *schemas) writeOnly(v jsonValue, depth int) bool {
	if depth > deepest {
		return false
	}
	return slices.ContainsFunc(v.members, func(m jsonMember) bool {
		switch m.name {
		case "writeOnly":
			return string(m.value.raw) == "true"
		case "allOf":
			return slices.ContainsFunc(m.value.items, func(v jsonValue) bool { return s.writeOnly(v, depth+1) })
		case "$ref":
			var ref string
			return json.Unmarshal(m.value.raw, &ref) == nil && s.writeOnly(s.parsed[s.target(ref)], depth+1)
		}
		return false
	})
}

// without is a list of strings without some.
func without(v jsonValue, names map[string]bool) jsonValue {
	items := make([]jsonValue, 0, len(v.items))
	for _, item := range v.items {
		var name string
		if json.Unmarshal(item.raw, &name) != nil || !names[name] {
			items = append(items, item)
		}
	}
	return jsonValue{items: items}
}
