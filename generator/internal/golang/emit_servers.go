package golang

import (
	"github.com/dave/jennifer/jen"
)

// emitServers prints where the document says that the API is.
func (p *plan) emitServers() *jen.File {
	if len(p.servers) == 0 {
		return nil
	}
	f := p.newFile()
	for _, s := range p.servers {
		if len(s.fields) == 0 {
			f.Add(emitServerConstant(s)).Line()
			continue
		}
		f.Add(emitServerStruct(s)).Line()
		f.Add(emitServerURL(s)).Line()
	}
	return f
}

// emitServerConstant prints a server without variables.
//
//	// ProductionServer is the URL of a server: Production.
//	const ProductionServer = "https://api.example"
func emitServerConstant(s *serverPlan) *jen.Statement {
	return documented(comment(answersWith(s.name, "is the URL of a server", s.server.Doc)),
		jen.Const().Id(s.name).Op("=").Lit(s.server.URL))
}

// emitServerStruct prints the variables of a server.
//
//	// RegionalServer is the server https://{region}.example: Regional.
//	type RegionalServer struct{ Region string }
func emitServerStruct(s *serverPlan) *jen.Statement {
	return documented(comment(answersWith(s.name, "is the server "+s.server.URL, s.server.Doc)),
		jen.Type().Id(s.name).Add(structBody(s.fields)))
}

// emitServerURL prints the method that fills them in.
//
//	// URL is the URL of the server. The error says which value the document does not allow.
//	func (s RegionalServer) URL() (string, error) {
//		return rt.ServerURL("https://{region}.example",
//			rt.ServerVariable{Name: "region", Value: s.Region, Default: "eu", Enum: []string{"eu", "us"}})
//	}
func emitServerURL(s *serverPlan) *jen.Statement {
	args := []jen.Code{jen.Lit(s.server.URL)}
	for i, v := range s.server.Variables {
		args = append(args, inline(rt("ServerVariable"),
			member{"Name", jen.Lit(v.Name)},
			member{"Value", jen.Id("s").Dot(s.fields[i].name)},
			member{"Default", str(v.Default)},
			member{"Enum", stringsOf(v.Enum)},
		))
	}
	return documented(comment("URL is the URL of the server. The error says which value the document does not allow."),
		jen.Func().Params(jen.Id("s").Id(s.name)).Id("URL").Params().Params(jen.String(), jen.Error()).Block(
			jen.Return(rt("ServerURL").CallFunc(func(g *jen.Group) {
				for i, a := range args {
					if i > 0 {
						g.Line().Add(a)
						continue
					}
					g.Add(a)
				}
				if len(args) > 1 {
					g.Line()
				}
			}))))
}
