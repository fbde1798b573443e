package golang

import (
	"github.com/dave/jennifer/jen"
)

// emitTypes prints every type that the document names, components and inline ones
// alike, by the document's name, so that a new type moves no other.
func (p *plan) emitTypes() *jen.File {
	f := p.newFile(p.packageDoc()...)
	for _, d := range p.decls {
		p.emitDecl(f, d)
	}
	for _, d := range sortedBy(p.tuples, func(d *declPlan) string { return d.place }) {
		p.emitDecl(f, d)
	}
	return f
}

// packageDoc is the package comment.
func (p *plan) packageDoc() []string {
	how := "over HTTP."
	if p.api.Realtime != nil {
		how = "over HTTP and WebSocket."
	}
	return comment("Package "+p.opts.Package+" serves "+p.apiName()+" "+how, prose(p.api.Doc))
}

// emitDecl prints one type and what belongs to it.
func (p *plan) emitDecl(f *jen.File, d *declPlan) {
	switch d.form {
	case aliasForm:
		f.Add(emitAlias(d)).Line()
	case definedForm:
		f.Add(emitDefined(d)).Line()
	case structForm:
		f.Add(emitStruct(d)).Line()
		if d.decl == nil || p.onWire[d.decl] {
			emitMethods(f, d)
		}
	case enumForm:
		f.Add(emitEnum(d)).Line()
		f.Add(emitConstants(d)).Line()
		if d.methods == literalMethods {
			emitLiteralMethods(f, d)
		}
	}
}

// emitAlias prints a scalar component, or one that another type replaces.
//
//	// Email is an address.
//	type Email = string
func emitAlias(d *declPlan) *jen.Statement {
	return documented(d.doc, jen.Type().Id(d.name).Op("=").Add(d.target.code()))
}

// emitDefined prints a list or map component.
//
//	// Messages is the newest first.
//	type Messages []Message
func emitDefined(d *declPlan) *jen.Statement {
	return documented(d.doc, jen.Type().Id(d.name).Add(d.target.code()))
}

// emitStruct prints an object, a union or a tuple.
//
//	// Pet is a pet in the store.
//	type Pet struct {
//		// What to call it.
//		Name string  `json:"name"`
//		Tag  *string `json:"tag,omitzero"`
//	}
func emitStruct(d *declPlan) *jen.Statement {
	return documented(d.doc, jen.Type().Id(d.name).Add(structBody(d.fields)))
}

// emitMethods prints what encoding/json needs where tags do not suffice; the
// runtime's own codec reads the tags and never calls them.
//
//	// MarshalJSON writes the variant that is set.
//	func (v Pet) MarshalJSON() ([]byte, error) { return rt.MarshalUnion(v) }
//
//	// UnmarshalJSON picks the variant that data is.
//	func (v *Pet) UnmarshalJSON(data []byte) error { return rt.UnmarshalUnion(data, v) }
func emitMethods(f *jen.File, d *declPlan) {
	words := map[methodSet][3]string{
		unionMethods:  {"Union", "writes the variant that is set.", "picks the variant that data is."},
		objectMethods: {"Object", "writes all members.", "reads all members."},
		tupleMethods:  {"Object", "writes the items as an array.", "reads the items of an array."},
	}[d.methods]
	if words[0] == "" {
		return
	}
	f.Comment("// MarshalJSON " + words[1])
	f.Func().Params(jen.Id("v").Id(d.name)).Id("MarshalJSON").Params().Params(jen.Index().Byte(), jen.Error()).
		Add(oneLine(jen.Return(rt("Marshal" + words[0]).Call(jen.Id("v"))))).Line()
	f.Comment("// UnmarshalJSON " + words[2])
	f.Func().Params(jen.Id("v").Op("*").Id(d.name)).Id("UnmarshalJSON").Params(jen.Id("data").Index().Byte()).Error().
		Add(oneLine(jen.Return(rt("Unmarshal"+words[0]).Call(jen.Id("data"), jen.Id("v"))))).Line()
}

// emitLiteralMethods prints how an enum of JSON texts reads and writes them.
//
//	// MarshalJSON writes the value, which is JSON.
//	func (v Level) MarshalJSON() ([]byte, error) { return rt.MarshalLiteral(v) }
//
//	// UnmarshalJSON picks the value that equals data.
//	func (v *Level) UnmarshalJSON(data []byte) error { return rt.UnmarshalLiteral(data, v, LevelAuto, Level1) }
func emitLiteralMethods(f *jen.File, d *declPlan) {
	args := []jen.Code{jen.Id("data"), jen.Id("v")}
	for _, v := range d.values {
		args = append(args, jen.Id(v.name))
	}
	f.Comment("// MarshalJSON writes the value, which is JSON.")
	f.Func().Params(jen.Id("v").Id(d.name)).Id("MarshalJSON").Params().Params(jen.Index().Byte(), jen.Error()).
		Add(oneLine(jen.Return(rt("MarshalLiteral").Call(jen.Id("v"))))).Line()
	f.Comment("// UnmarshalJSON picks the value that equals data.")
	f.Func().Params(jen.Id("v").Op("*").Id(d.name)).Id("UnmarshalJSON").Params(jen.Id("data").Index().Byte()).Error().
		Add(oneLine(jen.Return(rt("UnmarshalLiteral").Call(args...)))).Line()
}

// emitEnum prints the type of an enum.
//
//	// OrderState is how far an order got.
//	type OrderState string
func emitEnum(d *declPlan) *jen.Statement {
	return documented(d.doc, jen.Type().Id(d.name).Add(d.target.code()))
}

// emitConstants prints the values of an enum.
//
//	// Values of OrderState.
//	const (
//		OrderStatePlaced OrderState = "placed"
//		OrderStatePaid   OrderState = "paid"
//	)
func emitConstants(d *declPlan) *jen.Statement {
	if len(d.values) == 0 {
		return jen.Null()
	}
	list := make([]row, len(d.values))
	for i, v := range d.values {
		list[i] = row{name: len([]rune(v.name)), documented: len(v.doc) > 0}
	}
	breaks := paragraphs(list)
	return documented(comment("Values of "+d.name+"."), jen.Const().DefsFunc(func(g *jen.Group) {
		for i, v := range d.values {
			if breaks[i] {
				g.Line()
			}
			for _, line := range v.doc {
				g.Comment(line)
			}
			g.Id(v.name).Id(d.name).Op("=").Op(v.literal)
		}
	}))
}
