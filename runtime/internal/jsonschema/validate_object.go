package jsonschema

import "github.com/rtgen/rtgen/runtime/internal/jsonscan"

// object checks the object keywords of s for node i.
func (r *run) object(s *Schema, i int, ev *evaluated, sc *scope, report bool) bool {
	n := int(r.doc.Nodes[i].Len)
	ok := true
	if n < s.MinProperties {
		ok = r.fail(report, i, "minProperties", "must have at least %s", plural(s.MinProperties, "property"))
	}
	if n > s.MaxProperties {
		ok = r.fail(report, i, "maxProperties", "must have at most %s", plural(s.MaxProperties, "property"))
	}
	if ok || report {
		ok = r.required(s, i, sc, report) && ok
	}
	if ok || report {
		ok = r.members(s, i, ev, report) && ok
	}
	if ok || report {
		ok = r.dependencies(s, i, ev, sc, report) && ok
	}
	return ok
}

func (r *run) required(s *Schema, i int, sc *scope, report bool) bool {
	ok := true
	for _, name := range s.Required {
		if r.doc.Member(i, name) >= 0 || sc.relaxed(r.dir, name) {
			continue
		}
		if ok = r.missing(i, name, "required", "is required", report); !report {
			return false
		}
	}
	return ok
}

func (sc *scope) relaxed(dir Direction, name string) bool {
	for ; sc != nil; sc = sc.up {
		if sc.schema.Relaxed(dir, name) {
			return true
		}
	}
	return false
}

// missing records that object i lacks a member.
func (r *run) missing(i int, name, rule, text string, report bool) bool {
	if report && len(r.found) < MaxViolations {
		r.found = append(r.found, finding{node: i, name: name, missing: true, rule: rule, text: text})
	}
	return false
}

// members checks each member against the subschemas for its name.
func (r *run) members(s *Schema, i int, ev *evaluated, report bool) bool {
	if s.Properties == nil && s.PatternProperties == nil && s.AdditionalProperties == nil && s.PropertyNames == nil {
		return true
	}
	ok, k := true, 0
	for c := range r.doc.Children(i) {
		if ok = r.oneMember(s, c, k, ev, report) && ok; !ok && !report {
			return false
		}
		k++
	}
	return ok
}

func (r *run) oneMember(s *Schema, c, k int, ev *evaluated, report bool) bool {
	ok, matched, name := true, false, r.doc.Key(c)
	if sub := s.Property(name); sub != nil {
		matched = true
		ok = r.member(sub, c, "properties", report)
	}
	for _, p := range s.PatternProperties {
		if (ok || report) && p.Pattern.Match(name) {
			matched = true
			ok = r.member(p.Schema, c, "patternProperties", report) && ok
		}
	}
	if !matched && s.AdditionalProperties != nil {
		matched = true
		ok = r.member(s.AdditionalProperties, c, "additionalProperties", report) && ok
	}
	if matched {
		ev.mark(k)
	}
	if s.PropertyNames != nil && (ok || report) && !r.nameOK(s.PropertyNames, name) {
		ok = r.fail(report, c, "propertyNames", "has a name that is not allowed")
	}
	return ok
}

// nameOK validates a member name as the string that it is.
func (r *run) nameOK(s *Schema, name string) bool {
	return s.Valid(jsonscan.NewString(name), 0, r.dir)
}

func (r *run) dependencies(s *Schema, i int, ev *evaluated, sc *scope, report bool) bool {
	ok := true
	for _, dep := range s.DependentRequired {
		if r.doc.Member(i, dep.Name) < 0 {
			continue
		}
		for _, name := range dep.Required {
			if r.doc.Member(i, name) < 0 && !sc.relaxed(r.dir, name) {
				ok = r.missing(i, name, "dependentRequired", "is required when "+dep.Name+" is present", report)
			}
		}
	}
	for _, dep := range s.DependentSchemas {
		if (ok || report) && r.doc.Member(i, dep.Name) >= 0 {
			ok = r.eval(dep.Schema, i, ev, sc, report) && ok
		}
	}
	return ok
}
