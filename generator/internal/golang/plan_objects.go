package golang

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/rtgen/rtgen/spec"
)

// planObject gives every member a field; members that no field names go to maps.
func (p *plan) planObject(d *declPlan, o *spec.Object, upload bool) {
	s := scope{}
	plain := true
	var first, rest []*claim
	for _, f := range o.Fields {
		typ, omit := presence(p.goType(f.Type, upload), f)
		fp := &fieldPlan{typ: typ, doc: fieldDoc(f), claim: &claim{
			id: f.Name, want: wishes(f.Name, "Field"), other: []string{exported(f.Name, "Field") + "Field"}, pos: f.Pos,
			what: "property " + strconv.Quote(f.Name), steer: "x-go-name",
		}}
		fp.tag, plain = memberTag(f.Name, omit, plain)
		switch {
		case f.GoName == "":
			rest = append(rest, fp.claim)
		case isIdentifier(f.GoName):
			fp.claim.want, fp.claim.id = []string{f.GoName}, f.GoName+"\x00"+f.Name
			first = append(first, fp.claim)
		default:
			p.warn(f.Pos, "go-name-invalid", strconv.Quote(f.GoName)+" is not an exported Go identifier",
				"write a name such as "+exported(f.GoName, "Field"))
			rest = append(rest, fp.claim)
		}
		d.fields = append(d.fields, fp)
	}
	open := append(p.openFields(o, upload), p.choiceFields(o, upload)...)
	if len(open) > 0 || !plain {
		d.methods = objectMethods
		s["MarshalJSON"], s["UnmarshalJSON"] = nil, nil
	}
	p.report(s.allocate(first))
	p.report(s.allocate(rest))
	var own []*claim
	for _, f := range open {
		own = append(own, f.claim)
	}
	s.allocate(own)
	d.fields = append(d.fields, open...)
	applyFields(d.fields)
}

// openFields are the maps for members that an object does not name.
func (p *plan) openFields(o *spec.Object, upload bool) []*fieldPlan {
	var list []*fieldPlan
	for _, pf := range o.Patterns {
		list = append(list, &fieldPlan{
			typ: mapOf(p.goType(pf.Type, upload)),
			tag: structTag("json", "-") + " " + structTag("rt", "pattern="+pf.Pattern),
			doc: comment("Members whose name matches " + abbreviate(pf.Pattern) + "."),
			claim: &claim{id: pf.Pattern, want: dedupe([]string{
				"Pattern" + joinWords(pf.Pattern), "Pattern" + shorten(spelled(pf.Pattern), pf.Pattern)})},
		})
	}
	if o.Additional != nil {
		list = append(list, &fieldPlan{
			typ:   mapOf(p.goType(o.Additional, upload)),
			tag:   structTag("json", "-") + " " + structTag("rt", "additional"),
			doc:   comment("Members that have no field of their own."),
			claim: &claim{id: "additional", want: []string{"Additional", "AdditionalProperties"}},
		})
	}
	return list
}

// choiceFields are the unions that an object is of as well.
func (p *plan) choiceFields(o *spec.Object, upload bool) []*fieldPlan {
	var list []*fieldPlan
	for i, c := range o.Choices {
		list = append(list, &fieldPlan{
			typ:   p.goType(c.Type, upload),
			tag:   structTag("json", "-") + " " + structTag("rt", "part="+strconv.Itoa(i)),
			claim: &claim{id: strconv.Itoa(i), want: dedupe([]string{exported(c.Name, "Choice"), exported(c.Name, "Choice") + "Choice", "Choice" + strconv.Itoa(i+1)})},
		})
	}
	return list
}

// presence is the type of a member's field, and whether its zero value stays
// out of the JSON text.
//
//	required           T
//	required, nullable *T               nil is null
//	optional           *T,omitzero      nil is absence
//	optional, nullable rt.Nullable[T],omitzero
//
// A slice, map or raw value takes the place of its own pointer.
func presence(t goType, f *spec.Field) (goType, bool) {
	_, null := f.Type.(*spec.Nullable)
	switch {
	case f.Required:
		return t, false
	case !null:
		return t.optional(), true
	case t.form == pointer:
		return genericOf("Nullable", *t.elem), true
	case isRaw(t):
		return t, true // the text null is a value of it
	}
	return genericOf("Nullable", t), true
}

func isRaw(t goType) bool { return t.form == named && t.path == rawJSON.path && t.name == rawJSON.name }

// memberTag is the tag of a member. Names that encoding/json cannot have in a tag
// travel in rt's, and make the struct need methods of its own.
func memberTag(name string, omit, plain bool) (string, bool) {
	if !jsonTagName(name) {
		key := "name="
		if omit {
			key = "optional="
		}
		return structTag("json", "-") + " " + structTag("rt", key+name), false
	}
	switch {
	case omit:
		name += ",omitzero"
	case name == "-":
		name = "-,"
	}
	return structTag("json", name), plain
}

// jsonTagName repeats the rule of encoding/json for names in tags.
func jsonTagName(s string) bool {
	for _, r := range s {
		if !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return s != ""
}

// structTag is one key of a struct tag. The value is quoted in ASCII and without
// backticks, so that it stays inside any literal.
func structTag(key, value string) string {
	return key + ":" + strings.ReplaceAll(strconv.QuoteToGraphic(value), "`", `\x60`)
}

// fieldDoc is the comment of a member; none when the document says nothing.
func fieldDoc(f *spec.Field) []string {
	list := []string{prose(untitled(f.Doc))}
	switch {
	case f.ReadOnly:
		list[0] = strings.TrimSpace(endSentence(list[0]) + " Read only.")
	case f.WriteOnly:
		list[0] = strings.TrimSpace(endSentence(list[0]) + " Write only.")
	}
	if f.Doc.Deprecated {
		list = append(list, deprecated)
	}
	return comment(list...)
}

// applyFields copies allocated names.
func applyFields(fields []*fieldPlan) {
	for _, f := range fields {
		f.name = f.claim.got
	}
}
