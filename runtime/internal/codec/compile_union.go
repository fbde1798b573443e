package codec

import (
	"slices"

	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// unionPlan is how the branch of a value is found, and which field holds it.
type unionPlan struct {
	schema   *jsonschema.Schema // the one with the oneOf or anyOf, reduced to that
	branches []branch
	twice    int       // when not zero, schema has so many branches twice
	variants []variant // fields in order, to write

	// The ways to a branch, tried in this order.
	discriminator *jsonschema.Discriminator
	byType        [8][]int       // branches that accept a JSON type, by bit number of the type
	tag           string         // member whose value names the branch of an object, or ""
	tags          map[string]int // those values
}

// branch is one alternative.
type branch struct {
	variant  *variant // nil when no field holds it
	required []string // members without which it accepts no object
}

// variant is a field of a union.
type variant struct {
	offset uintptr
	node   *node
	zero   zeroKind
}

// unionOf compiles a struct of variants.
func (j *job) unionOf(fields []tagged) {
	j.node.op = opUnion
	u, list := j.unionPlan(fields)
	if u == nil && j.schemaless {
		u, list = j.unionOfTypes(fields)
	}
	if u == nil {
		j.fail("the schema has no oneOf or anyOf with that many branches, and no list of as many types")
		return
	}
	j.node.union = u
	siblings := j.siblings()
	u.variants = make([]variant, 0, len(fields)) // branches point into it
	for _, f := range fields {
		if f.role != roleVariant || f.index >= len(list) || u.branches[f.index].variant != nil {
			j.fail("field %s: every field of a union must be the variant of a different branch", f.Name)
			return
		}
		zero := zeroOf(f.Type, omitZero)
		if zero != zeroWord && zero != zeroSlice {
			j.fail("field %s: a variant must be a pointer, slice, map or any", f.Name)
			return
		}
		roots := append([]*jsonschema.Schema{list[f.index]}, siblings...)
		if tag := j.tagSchema(u, f.index); tag != nil {
			roots = append(roots, tag)
		}
		u.variants = append(u.variants, variant{f.Offset, j.compiler.node(f.Type, roots), zero})
		u.branches[f.index].variant = &u.variants[len(u.variants)-1]
	}
	j.dispatch(u, list)
}

// tagSchema says that the discriminator of a branch has the one value that picks the branch, so that
// it is written where a program leaves it out. It is nil when there are several such values.
func (j *job) tagSchema(u *unionPlan, k int) *jsonschema.Schema {
	if u.discriminator == nil {
		return nil
	}
	only, count := "", 0
	for value, branch := range u.discriminator.Branches {
		if branch == k {
			only = value
			count++
		}
	}
	if count != 1 {
		return nil
	}
	key := tagOf{u.discriminator, k}
	s := j.tagSchemas[key]
	if s == nil {
		value := jsonschema.True()
		value.Const = jsonschema.NewEnum(appendString(nil, only))
		s = jsonschema.True()
		s.Properties = []jsonschema.Property{{Name: u.discriminator.Property, Schema: value}}
		j.tagSchemas[key], j.tagNames[s] = s, u.discriminator.Property
	}
	return s
}

// tagOf names a branch of a discriminator.
type tagOf struct {
	of     *jsonschema.Discriminator
	branch int
}

// unionPlan returns the plan of a union and its branches: those of a oneOf or anyOf, otherwise one
// for each kind of value in a list of types.
func (j *job) unionPlan(fields []tagged) (*unionPlan, []*jsonschema.Schema) {
	owner, half := j.unionOwner(fields)
	if owner == nil || owner.through {
		if u, list := j.typesPlan(fields); u != nil || owner == nil {
			return u, list
		}
	}
	list := slices.Clone(append(half.OneOf, half.AnyOf...)) // one of them
	for k := range list {
		list[k] = j.beneath(list[k], owner)
	}
	owner.unionDone = true
	u := &unionPlan{
		schema:   j.beneath(half, owner.up),
		branches: make([]branch, len(list)), discriminator: owner.s.Discriminator,
	}
	if owner.s.OneOf != nil && owner.s.AnyOf != nil {
		j.node.residual = append(j.node.residual, j.beneath(j.only(owner.s, jsonschema.KUnion), owner.up))
	}
	return u, list
}

// kinds are the groups of types that the variants of a union without branches stand for, in their
// order.
var kinds = [...]jsonschema.Types{
	jsonschema.String, jsonschema.Number, jsonschema.Boolean, jsonschema.Array, jsonschema.Object,
}

// typesPlan is the plan for "type": ["string", "integer"]. The types of the value decide, so that
// nothing is ever asked.
func (j *job) typesPlan(fields []tagged) (*unionPlan, []*jsonschema.Schema) {
	for _, level := range j.levels() {
		var list []*jsonschema.Schema
		for _, kind := range kinds {
			if types := j.typesAt(level); types&kind != 0 {
				list = append(list, j.ofTypes(types&kind))
			}
		}
		if len(list) > 1 && len(list) == len(fields) {
			return &unionPlan{schema: anything, branches: make([]branch, len(list))}, list
		}
	}
	return nil, nil
}

// levels returns nil, and every item that stands for one schema or null: what is below is a type of
// its own.
func (j *job) levels() []*item {
	out := []*item{nil}
	for _, it := range j.flat.items {
		if it.through {
			out = append(out, it)
		}
	}
	return out
}

// level returns the item of levels that it is below.
func (it *item) level() *item {
	for it = it.up; it != nil && !it.through; {
		it = it.up
	}
	return it
}

// typesAt returns what the type keywords of one level allow besides null. A schema without any gets
// a struct of variants when it describes both lists and objects.
func (j *job) typesAt(level *item) jsonschema.Types {
	types, described := jsonschema.AnyTypes, jsonschema.Types(0)
	for _, it := range j.flat.items {
		if it.level() != level {
			continue
		}
		if it.s.Types != 0 {
			types &= it.s.Types
		}
		if it.s.Has()&jsonschema.KProperties != 0 {
			described |= jsonschema.Object
		}
		if it.s.Has()&jsonschema.KItems != 0 {
			described |= jsonschema.Array
		}
	}
	if !j.typed(level) {
		return described
	}
	return types
}

// typed reports whether a schema of a level has a type.
func (j *job) typed(level *item) bool {
	return slices.ContainsFunc(j.flat.items, func(it *item) bool { return it.s.Types != 0 && it.level() == level })
}

// ofTypes returns the schema that allows some types; the same pointer for the same types.
func (c *compiler) ofTypes(t jsonschema.Types) *jsonschema.Schema {
	s := c.kinds[t]
	if s == nil {
		s = jsonschema.True()
		s.Types = t
		c.kinds[t] = s
	}
	return s
}

// unionOwner returns the item whose union has the branches that the tags speak of, and its schema
// reduced to that union.
func (j *job) unionOwner(fields []tagged) (owner *item, half *jsonschema.Schema) {
	branches := 0
	for _, f := range fields {
		branches = max(branches, f.index+1)
	}
	for _, it := range j.flat.items {
		typed := j.typed(it.level())
		for _, one := range [...]bool{true, false} {
			list := it.s.AnyOf
			if one {
				list = it.s.OneOf
			}
			if len(list) < branches || !slices.ContainsFunc(list, func(s *jsonschema.Schema) bool { return shaped(s, !typed, 0) }) {
				continue
			}
			if !it.through {
				return it, j.single(it.s, one)
			}
			// "This union, or null": the branches are those of the inner one, if it is one.
			if owner == nil {
				owner, half = it, j.single(it.s, one)
			}
		}
	}
	return owner, half
}

// shaped reports whether s says something about the form of a value, as the branches of a union
// that became a Go type do. {"required": ["a"]} alone only chooses between values of one form.
func shaped(s *jsonschema.Schema, typeToo bool, depth int) bool {
	const deepest = 20
	if depth > deepest {
		return false
	}
	if s.Ref != nil || typeToo && s.Types != 0 || s.Properties != nil || s.PatternProperties != nil ||
		s.Items != nil || s.PrefixItems != nil || s.Enum != nil || s.Const != nil ||
		s.AdditionalProperties != nil && s.AdditionalProperties.Has() != 0 && !s.AdditionalProperties.Never {
		return true
	}
	for _, list := range [...][]*jsonschema.Schema{s.AllOf, s.OneOf, s.AnyOf} {
		if slices.ContainsFunc(list, func(sub *jsonschema.Schema) bool { return shaped(sub, typeToo, depth+1) }) {
			return true
		}
	}
	return false
}

// siblings returns what applies besides the union, whatever branch is taken.
func (j *job) siblings() []*jsonschema.Schema {
	var out []*jsonschema.Schema
	for _, it := range j.flat.items {
		if it.s.Has()&jsonschema.KUnevaluated != 0 {
			// It depends on what the branches evaluate, so it cannot be taken apart.
			j.node.residual = append(j.node.residual, j.beneath(it.s, it.up))
		}
		keep := jsonschema.KAll &^ (jsonschema.KReference | jsonschema.KUnevaluated)
		if it.unionDone {
			keep &^= jsonschema.KUnion
		}
		if s := j.beneath(j.only(it.s, keep), it.up); s != nil {
			out = append(out, s)
		}
	}
	return out
}

// dispatch finds out what tells the branches apart.
func (j *job) dispatch(u *unionPlan, list []*jsonschema.Schema) {
	var objects []int
	flats := make([]flat, len(list))
	for k, s := range list {
		flats[k] = j.flatten([]*jsonschema.Schema{s})
		types := flats[k].types
		if s.Accepts("null", j.dir) {
			types |= jsonschema.Null
		}
		if flats[k].never {
			types = 0
		}
		for bit := range u.byType {
			if types>>bit&1 == 1 {
				u.byType[bit] = append(u.byType[bit], k)
			}
		}
		if types&jsonschema.Object != 0 {
			objects = append(objects, k)
		}
		u.branches[k].required = j.requiredNames(flats[k])
	}
	if len(objects) > 1 {
		j.findTag(u, flats, objects)
	}
}

func (j *job) requiredNames(f flat) []string {
	var out []string
	for _, it := range f.items {
		for _, name := range it.s.Required {
			if !it.relaxed(j.dir, name) && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// findTag looks for a member that all object branches require and whose allowed strings differ.
func (j *job) findTag(u *unionPlan, flats []flat, objects []int) {
next:
	for _, name := range u.branches[objects[0]].required {
		tags := map[string]int{}
		for _, k := range objects {
			values, ok := j.tagValues(flats[k], name)
			if !ok || !slices.Contains(u.branches[k].required, name) {
				continue next
			}
			for _, v := range values {
				if other, taken := tags[v]; taken && other != k {
					continue next
				}
				tags[v] = k
			}
		}
		u.tag, u.tags = name, tags
		return
	}
}

// tagValues returns the strings that a member must be one of.
func (j *job) tagValues(f flat, name string) ([]string, bool) {
	var roots []*jsonschema.Schema
	for _, it := range f.items {
		if s := it.s.Property(name); s != nil {
			roots = append(roots, s)
		}
	}
	for _, e := range j.flatten(roots).enums {
		if e.Types() == jsonschema.String {
			return e.Strings(), true
		}
	}
	return nil, false
}
