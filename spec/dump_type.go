package spec

import (
	"fmt"
	"strings"
)

func (d *dumper) decl(decl *Decl) {
	component := "type"
	if !decl.Component {
		component = "inline"
	}
	d.line(0, "%s %s%s%s", component, decl.Name, schemaText(decl.Schema),
		joinPrefixed(" go ", decl.GoName, " go type ", decl.GoType, " ts ", decl.TSName, " ts type ", decl.TSType))
	switch t := decl.Type.(type) {
	case *Object:
		d.object(t)
	case *Enum:
		d.line(1, "%s", enumText(t))
	case *Union:
		d.line(1, "one of%s", joinPrefixed(" by ", t.Discriminator))
		for _, v := range t.Variants {
			tags := ""
			if len(v.Tags) > 0 {
				tags = fmt.Sprintf(" when %q", v.Tags)
			}
			d.line(2, "%d %s%s%s", v.Branch, joinPrefixed("", v.Name, ": "), typeText(v.Type), tags)
		}
	default:
		d.line(1, "%s", typeText(t))
	}
}

// joinPrefixed writes pairs of label and value whose value is not empty. A last
// label without value follows a value.
func joinPrefixed(pairs ...string) string {
	var sb strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			sb.WriteString(pairs[i] + pairs[i+1])
		}
	}
	if len(pairs)%2 == 1 && sb.Len() > 0 {
		sb.WriteString(pairs[len(pairs)-1])
	}
	return sb.String()
}

func (d *dumper) object(o *Object) {
	for _, f := range o.Fields {
		def := ""
		if f.Default != nil {
			def = " default " + string(f.Default)
		}
		d.line(1, "%q%s %s%s%s%s%s%s", f.Name, when(!f.Required, "?"), typeText(f.Type), when(f.ReadOnly, " readOnly"),
			when(f.WriteOnly, " writeOnly"), when(f.Doc.Deprecated, " deprecated"), joinPrefixed(" go ", f.GoName, " ts ", f.TSName), def)
	}
	for _, p := range o.Patterns {
		d.line(1, "/%s/ %s", p.Pattern, typeText(p.Type))
	}
	for _, c := range o.Choices {
		d.line(1, "and %s %s", c.Name, typeText(c.Type))
	}
	switch {
	case o.Closed:
		d.line(1, "closed")
	case o.Additional != nil:
		d.line(1, "* %s", typeText(o.Additional))
	}
}

func enumText(e *Enum) string {
	words := make([]string, len(e.Values))
	for i, v := range e.Values {
		words[i] = string(v.JSON) + joinPrefixed(" as ", v.Name)
	}
	return "enum " + string(e.Kind) + " " + strings.Join(words, ", ") + when(e.Open, ", …")
}

// typeText is a type on one line.
func typeText(t Type) string {
	switch t := t.(type) {
	case nil:
		return "unset"
	case *Any:
		return "any" + joinPrefixed(" (", t.Why, ")")
	case *Scalar:
		return string(t.Kind) + joinPrefixed("/", t.Format)
	case *Enum:
		return enumText(t)
	case *List:
		if t.Prefix == nil && t.Elem != nil {
			return "[]" + typeText(t.Elem)
		}
		words := make([]string, 0, len(t.Prefix)+1)
		for i, p := range t.Prefix {
			words = append(words, typeText(p)+when(i >= t.Min, "?"))
		}
		if t.Elem != nil {
			words = append(words, "..."+typeText(t.Elem))
		}
		return "[" + strings.Join(words, ", ") + "]"
	case *Map:
		return "map " + typeText(t.Elem)
	case *Nullable:
		return "null|" + typeText(t.Elem)
	case *Ref:
		return t.Decl.Name
	case *Object:
		return "object"
	case *Union:
		return "union"
	}
	return fmt.Sprintf("%T", t)
}
