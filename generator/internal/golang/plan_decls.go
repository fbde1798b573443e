package golang

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// declPlan is one emitted type.
type declPlan struct {
	decl  *spec.Decl // nil for a tuple that has no name in the document
	shape spec.Type
	place string // the document's name, or the place in its words
	name  string
	doc   []string
	claim *claim

	shared bool // stands for other places of the same component or operation too

	// Which of the following is set follows the form.
	form     declForm
	target   goType        // alias, defined, enum: what stands right of the name
	fields   []*fieldPlan  // structs
	values   []*valuePlan  // enums
	methods  methodSet     // JSON methods of structs that tags cannot describe
	replaced *goType       // x-go-type
	enum     *enumLiterals // enums
}

// declForm is the kind of declaration that a type becomes.
type declForm int

const (
	aliasForm   declForm = iota // type Email = string
	definedForm                 // type Messages []Message
	structForm                  // type Message struct{…}
	enumForm                    // type State string, and its constants
	plainForm                   // no declaration: the place of use has an unnamed type
)

// methodSet says through which runtime functions a struct reads and writes JSON
// when encoding/json meets it.
type methodSet int

const (
	noMethods methodSet = iota
	unionMethods
	objectMethods
	tupleMethods
	literalMethods
)

// fieldPlan is one field of an emitted struct.
type fieldPlan struct {
	name  string
	typ   goType
	tag   string
	doc   []string
	claim *claim
}

// valuePlan is one constant of an enum.
type valuePlan struct {
	name    string
	literal string
	doc     []string
	claim   *claim
}

// nilable reports whether the declared type has a nil that means absence.
func (d *declPlan) nilable() bool {
	switch d.form {
	case aliasForm, definedForm:
		return d.target.nilable()
	}
	return false
}

// collectDecls makes a plan for each Decl, without names or fields yet.
func (p *plan) collectDecls() {
	p.collectUses()
	for _, d := range sortedBy(p.api.Decls, func(d *spec.Decl) string { return d.Name }) {
		if p.byDecl[d] != nil {
			continue
		}
		dp := &declPlan{decl: d, shape: d.Type, place: d.Name, replaced: p.replacement(d)}
		dp.form = p.formOf(dp)
		p.byDecl[d] = dp
		if dp.form != plainForm {
			p.decls = append(p.decls, dp)
		}
	}
	p.shareShapes()
}

// formOf picks the declaration for a shape; the package comment has the reasons.
func (p *plan) formOf(d *declPlan) declForm {
	if d.replaced != nil {
		return aliasForm
	}
	switch t := d.shape.(type) {
	case *spec.Object:
		if isEmpty(t) && !d.decl.Component && d.decl.GoName == "" {
			return plainForm
		}
		return structForm
	case *spec.Union:
		return structForm
	case *spec.Enum:
		d.enum = literalsOf(t)
		switch {
		case (len(t.Values) == 1 || len(t.Values) > catalogue) && !d.decl.Component && d.decl.GoName == "":
			return plainForm
		}
		return enumForm
	case *spec.List:
		if len(t.Prefix) > 0 {
			return structForm
		}
		return definedForm
	case *spec.Map:
		return definedForm
	case *spec.Any, *spec.Scalar, *spec.Nullable, *spec.Ref:
		return aliasForm
	}
	panic(unknownType(d.shape))
}

// isEmpty reports an object without members, whose name would say nothing.
func isEmpty(o *spec.Object) bool {
	return len(o.Fields) == 0 && len(o.Patterns) == 0 && o.Additional == nil && len(o.Choices) == 0
}

// explicitClaims are the names that x-go-name asks for.
func (p *plan) explicitClaims() []*claim {
	var claims []*claim
	for _, d := range p.decls {
		if d.decl.GoName == "" {
			continue
		}
		if !isIdentifier(d.decl.GoName) {
			p.warn(d.decl.Pos, "go-name-invalid", strconv.Quote(d.decl.GoName)+" is not an exported Go identifier",
				"write a name such as "+exported(d.decl.GoName, "Model"))
			continue
		}
		d.claim = &claim{
			id: d.decl.GoName + "\x00" + d.place, want: []string{d.decl.GoName},
			what: describeDecl(d.decl), steer: "another x-go-name", pos: d.decl.Pos,
		}
		claims = append(claims, d.claim)
	}
	return claims
}

func (p *plan) componentClaims() []*claim { return p.declClaims(true) }
func (p *plan) inlineClaims() []*claim    { return p.declClaims(false) }

// declClaims are the wishes of types that have no name yet.
func (p *plan) declClaims(component bool) []*claim {
	var claims []*claim
	for _, d := range p.decls {
		if d.claim != nil || d.decl.Component != component {
			continue
		}
		want, kind := wishes(p.speaking(d), "Model"), "Model"
		if !component {
			kind = "Value"
		}
		d.claim = &claim{id: d.place, want: want, other: []string{want[0] + kind}, what: describeDecl(d.decl), steer: "x-go-name", pos: d.decl.Pos}
		claims = append(claims, d.claim)
	}
	return claims
}

// responsePlace finds the words that the loader puts into the place of an inline body.
var responsePlace = regexp.MustCompile(`\.response\.([1-5](?:[0-9][0-9]|XX)|default)(\.|$)`)

// speaking is the place of a type with the status of a response as a word:
// createOrder.response.201 becomes createOrder.Created.Body. The body of a shared
// response stands beside the response's own type: Problem.response becomes
// ProblemResponse.Body.
func (p *plan) speaking(d *declPlan) string {
	if d.decl.Component {
		return d.place
	}
	if m := responsePlace.FindStringSubmatchIndex(d.place); m != nil {
		return d.place[:m[0]] + "." + statusName(d.place[m[2]:m[3]]) + ".Body" + d.place[m[3]:]
	}
	if at := strings.Index(d.place+".", ".response."); at >= 0 {
		for _, a := range p.shared {
			if a.component == d.place[:at] {
				return sharedStem(a.component) + "Response.Body" + d.place[at+len(".response"):]
			}
		}
	}
	return d.place
}

func describeDecl(d *spec.Decl) string {
	if d.Component {
		return "schema " + strconv.Quote(d.Name)
	}
	return "the inline schema " + strconv.Quote(d.Name)
}

// replacement is the type that x-go-type names, nil without one.
func (p *plan) replacement(d *spec.Decl) *goType {
	if d.GoType == "" {
		return nil
	}
	if isPredeclaredType(d.GoType) {
		t := builtin(d.GoType)
		return &t
	}
	dot := strings.LastIndexByte(d.GoType, '.')
	if dot < 0 || !validImportPath(d.GoType[:dot]) || !isIdentifier(d.GoType[dot+1:]) {
		p.warn(d.Pos, "go-type-invalid", strconv.Quote(d.GoType)+" does not name a Go type",
			`write "import/path.Name"`)
		return nil
	}
	t := foreign(d.GoType[:dot], d.GoType[dot+1:])
	p.aliasFor(t.path)
	return &t
}

// validImportPath accepts what the go command accepts in an import path, and
// nothing that could leave the string literal.
func validImportPath(path string) bool {
	if len(path) > 250 { // longer than any module proxy would serve
		return false
	}
	for _, elem := range strings.Split(path, "/") {
		if elem == "" || elem == "." || elem == ".." || strings.HasSuffix(elem, ".") {
			return false
		}
		for _, r := range elem {
			if r >= 0x80 || !identRune(r) && !strings.ContainsRune("-._~", r) {
				return false
			}
		}
	}
	return path != "C" && path != "unsafe" && !strings.HasPrefix(path, "-")
}

// aliasFor decides under which name a package from x-go-type is imported.
// Packages that emitted code knows keep their names.
func (p *plan) aliasFor(path string) {
	if _, known := importNames[path]; known || p.aliases[path] != "" {
		return
	}
	taken := packageScope()
	for _, a := range p.aliases {
		taken[a] = nil
	}
	base := path[strings.LastIndexByte(path, '/')+1:]
	if len(base) > 1 && base[0] == 'v' && isDigit(base[1]) && strings.Contains(path, "/") {
		parts := strings.Split(path, "/")
		base = parts[len(parts)-2] // example.com/money/v2 is package money
	}
	base, _, _ = strings.Cut(base, ".")
	name := strings.ToLower(strings.Join(words(base), ""))
	if name == "" || !(name[0] >= 'a' && name[0] <= 'z') {
		name = "pkg" + name
	}
	c := &claim{id: path, want: []string{name, name + "pkg"}}
	if goKeyword(name) {
		c.want = c.want[1:]
	}
	taken.allocate([]*claim{c})
	p.aliases[path] = c.got
}
