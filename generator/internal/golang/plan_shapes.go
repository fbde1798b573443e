package golang

import (
	"fmt"
	"strconv"

	"github.com/rtgen/rtgen/spec"
)

// unknownType is what a switch over spec.Type panics with when a kind has no case.
func unknownType(t spec.Type) string { return fmt.Sprintf("golang: no case for %T", t) }

// planShapes fills in what every declaration consists of, now that all have names.
func (p *plan) planShapes() {
	all := append(append([]*declPlan{}, p.decls...), p.tuples...)
	for _, d := range all {
		p.planShape(d)
	}
	breakCycles(all)
}

// planShape fills in one declaration.
func (p *plan) planShape(d *declPlan) {
	upload := d.decl != nil && p.uploads[d.decl]
	if d.decl != nil {
		d.doc = p.declDoc(d)
	} else {
		d.doc = comment(d.name + " is the tuple at " + d.place + ".")
	}
	switch {
	case d.replaced != nil:
		d.target = *d.replaced
	case d.form == enumForm:
		d.target = builtin(d.enum.base)
		if d.enum.json {
			d.methods = literalMethods
		}
	case d.form != structForm && p.selfAlias(d):
		d.target = rawJSON
	case d.form != structForm:
		d.target = p.goType(d.shape, upload)
	default:
		p.planStruct(d, upload)
	}
}

// planStruct fills in the fields of an object, a union or a tuple.
func (p *plan) planStruct(d *declPlan, upload bool) {
	switch t := d.shape.(type) {
	case *spec.Object:
		p.planObject(d, t, upload)
	case *spec.Union:
		p.planUnion(d, t, upload)
	case *spec.List:
		p.planTuple(d, t, upload)
	default:
		panic(unknownType(t))
	}
}

// goType is the expression for a type where it is always present. Binary strings
// are files when upload is true.
func (p *plan) goType(t spec.Type, upload bool) goType {
	switch t := t.(type) {
	case nil, *spec.Any:
		return rawJSON
	case *spec.Scalar:
		return scalarType(t, upload)
	case *spec.Enum:
		return literalsOf(t).valueType()
	case *spec.Ref:
		d := p.byDecl[t.Decl]
		switch {
		case d == nil:
			return rawJSON
		case d.form == plainForm:
			return plainType(d)
		}
		return goType{name: d.name, decl: d}
	case *spec.Nullable:
		return p.goType(t.Elem, upload).optional()
	case *spec.Map:
		return mapOf(p.goType(t.Elem, upload))
	case *spec.List:
		if tuple := p.tupleOf(t); tuple != nil {
			return goType{name: tuple.name, decl: tuple}
		}
		return sliceOf(p.goType(t.Elem, upload))
	case *spec.Object, *spec.Union:
		return rawJSON // they are reached through a Ref; see spec.Decl
	}
	panic(unknownType(t))
}

// plainType stands for a declaration that is none.
func plainType(d *declPlan) goType {
	if d.enum != nil {
		return d.enum.valueType()
	}
	return builtin("struct{}")
}

// scalarTypes maps formats (OpenAPI Format Registry) to Go, by JSON type.
var scalarTypes = map[spec.ScalarKind]map[string]goType{
	spec.String: {
		"date-time": foreign("time", "Time"),
		"date":      runtimeType("Date"),
		"time":      runtimeType("TimeOfDay"),
		"duration":  runtimeType("Duration"),
		"uuid":      runtimeType("UUID"),
		"ipv4":      foreign("net/netip", "Addr"),
		"ipv6":      foreign("net/netip", "Addr"),
		"byte":      sliceOf(builtin("byte")),
		"base64":    sliceOf(builtin("byte")),
		"":          builtin("string"),
	},
	spec.Integer: {
		"int8": builtin("int8"), "int16": builtin("int16"), "int32": builtin("int32"), "int64": builtin("int64"),
		"uint8": builtin("uint8"), "uint16": builtin("uint16"), "uint32": builtin("uint32"), "uint64": builtin("uint64"),
		"": builtin("int"),
	},
	spec.Number:  {"float": builtin("float32"), "": builtin("float64")},
	spec.Boolean: {"": builtin("bool")},
	spec.Null:    {"": rawJSON},
}

// scalarType is the Go type of a scalar; unknown formats are those of their JSON type.
func scalarType(t *spec.Scalar, upload bool) goType {
	if upload && t.Kind == spec.String && t.Format == "binary" {
		return runtimeType("File")
	}
	formats, ok := scalarTypes[t.Kind]
	if !ok {
		return rawJSON
	}
	if gt, ok := formats[t.Format]; ok {
		return gt
	}
	return formats[""]
}

// nilShape reports whether the Go type of a declaration has a nil, from its
// shape alone, because declarations refer to each other in any order.
func (p *plan) nilShape(d *declPlan, seen map[*declPlan]bool) bool {
	switch {
	case d.replaced != nil || d.form == structForm || d.form == enumForm || d.form == plainForm:
		return false
	case d.form == definedForm || seen[d]:
		return true
	}
	seen[d] = true
	switch t := d.shape.(type) {
	case *spec.Scalar:
		return scalarType(t, false).nilable()
	case *spec.Ref:
		target := p.byDecl[t.Decl]
		return target == nil || p.nilShape(target, seen)
	}
	return true
}

// selfAlias reports an alias that leads back to itself, which Go has no type for.
func (p *plan) selfAlias(d *declPlan) bool {
	seen := map[*declPlan]bool{}
	for cur := d; cur != nil && cur.form == aliasForm && cur.replaced == nil; {
		if seen[cur] {
			return true
		}
		seen[cur] = true
		t := cur.shape
		if n, ok := t.(*spec.Nullable); ok {
			t = n.Elem
		}
		ref, ok := t.(*spec.Ref)
		if !ok {
			return false
		}
		cur = p.byDecl[ref.Decl]
	}
	return false
}

// planUnion gives every variant a field; exactly one of them is set.
func (p *plan) planUnion(d *declPlan, u *spec.Union, upload bool) {
	d.methods = unionMethods
	s := newScope("MarshalJSON", "UnmarshalJSON")
	var claims []*claim
	for i, v := range u.Variants {
		typ := p.goType(v.Type, upload)
		c := &claim{id: strconv.Itoa(i), want: p.variantWishes(d, v, typ), pos: declPos(d), what: "a variant of " + d.place}
		claims = append(claims, c)
		d.fields = append(d.fields, &fieldPlan{
			typ: typ.optional(), claim: c, tag: structTag("rt", "variant="+strconv.Itoa(v.Branch)), doc: variantDoc(u, v),
		})
	}
	s.allocate(claims) // a variant's name is made up here; there is nothing to warn of
	applyFields(d.fields)
}

// variantDoc names the tags that pick a variant when they are not its name.
func variantDoc(u *spec.Union, v spec.Variant) []string {
	if u.Discriminator == "" || len(v.Tags) == 0 {
		return nil
	}
	if ref, ok := v.Type.(*spec.Ref); ok && len(v.Tags) == 1 && v.Tags[0] == ref.Decl.Name {
		return nil
	}
	list := ""
	for i, tag := range v.Tags {
		if i > 0 {
			list += ", "
		}
		list += strconv.Quote(tag)
	}
	return comment("Picked by " + u.Discriminator + " " + list + ".")
}

// variantWishes names a variant after its type: Cat, String, PetList.
func (p *plan) variantWishes(d *declPlan, v spec.Variant, typ goType) []string {
	var want []string
	if ref, ok := v.Type.(*spec.Ref); ok && !ref.Decl.Component {
		if title := cleanText(ref.Decl.Doc.Summary); title != "" && len(title) <= 32 && len(words(title)) <= 3 {
			want = append(want, exported(title, "Variant"))
		}
	}
	if typ.decl != nil && typ.form == named {
		name := typ.decl.name
		if dd := typ.decl.decl; dd != nil && !dd.Component && len(name) > len(d.name) && name[:len(d.name)] == d.name &&
			(name[len(d.name)] >= 'A' && name[len(d.name)] <= 'Z') {
			name = name[len(d.name):]
		}
		want = append(want, name)
	}
	if v.Name != "" {
		want = append(want, exported(v.Name, "Variant"))
	}
	want = append(want, variantWord(typ))
	return dedupe(append(want, "Variant"+strconv.Itoa(v.Branch+1)))
}

// variantWord is the word for a type expression without a name of its own.
func variantWord(t goType) string {
	switch t.form {
	case pointer:
		return variantWord(*t.elem)
	case slice:
		return variantWord(*t.elem) + "List"
	case mapping:
		return variantWord(*t.elem) + "Map"
	}
	return exported(t.name, "Variant")
}

// tupleOf is the declaration of an inline tuple, nil for other lists.
func (p *plan) tupleOf(t *spec.List) *declPlan {
	return p.byList[t]
}

// planTuple gives every item a field, and the rest of the list one more.
func (p *plan) planTuple(d *declPlan, t *spec.List, upload bool) {
	d.methods = tupleMethods
	for i, item := range t.Prefix {
		typ, _ := presence(p.goType(item, upload), &spec.Field{Type: item, Required: i < t.Min})
		d.fields = append(d.fields, &fieldPlan{
			name: "Item" + strconv.Itoa(i), typ: typ, tag: structTag("rt", "item="+strconv.Itoa(i)),
		})
	}
	if t.Elem != nil {
		d.fields = append(d.fields, &fieldPlan{name: "Items", typ: sliceOf(p.goType(t.Elem, upload)), tag: structTag("rt", "items")})
	}
}

func declPos(d *declPlan) spec.Position {
	if d.decl == nil {
		return spec.Position{}
	}
	return d.decl.Pos
}
