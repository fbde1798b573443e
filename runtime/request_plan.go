package runtime

import (
	"errors"
	"fmt"
	"mime"
	"reflect"
	"strings"
	"unsafe"

	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// A requestPlan is how to fill the request struct of one operation: which field takes which
// parameter at which offset, by which codec. It is made once, by reflection, when the operation
// is called for the first time, and then only read.
type requestPlan struct {
	params  []*boundParam
	path    []*boundParam // by position in the template; nil where the document declares none
	query   []*boundParam
	headers []*boundParam
	cookies []*boundParam
	whole   *boundParam // the parameter in querystring, OpenAPI 3.2; nil: none
	bodies  []*boundBody
	body    *Body

	template []templatePart // the path of virtual requests
}

// planner is what plans are made from.
type planner struct {
	set     *jsonschema.Set
	shapes  shaper
	in, out jsonschema.Direction // of requests and of answers
	errs    []error
}

func newPlanner(set *jsonschema.Set, op *Operation) planner {
	p := planner{set: set, shapes: make(shaper), in: jsonschema.Request, out: jsonschema.Response}
	if op.Outbound {
		p.in, p.out = p.out, p.in
	}
	return p
}

func (p *planner) fail(format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf(format, args...))
}

// schema compiles a named schema. A fault is remembered and the value stays unchecked.
func (p *planner) schema(name string) *jsonschema.Schema {
	if name == "" {
		return nil
	}
	s, err := p.set.Schema(name)
	if err != nil {
		p.errs = append(p.errs, err)
		return nil
	}
	return s
}

// request plans the request struct t of op.
func (p *planner) request(op *Operation, t reflect.Type) *requestPlan {
	plan := &requestPlan{body: op.Body}
	for i := range op.Params {
		field, ok := taggedField(t, string(op.Params[i].In), op.Params[i].Name)
		if !ok {
			p.fail("%s has no field for the %s parameter %s", t, op.Params[i].In, op.Params[i].Name)
			continue
		}
		plan.add(p.param(&op.Params[i], field))
	}
	for _, name := range templateParams(op.Path) {
		plan.path = append(plan.path, plan.find(InPath, name))
	}
	plan.template = plan.templateParts(op.Path)
	if op.Body != nil {
		for i := range op.Body.Content {
			if b := p.requestBody(&op.Body.Content[i], t); b != nil {
				if b.codec != nil {
					// In a change, what is absent stays as it is.
					b.codec.defaults = op.Method != "PATCH" && b.base != "application/merge-patch+json"
				}
				plan.bodies = append(plan.bodies, b)
			}
		}
	}
	return plan
}

func (plan *requestPlan) add(param *boundParam) {
	param.index = len(plan.params)
	plan.params = append(plan.params, param)
	switch param.in {
	case InQuery:
		plan.query = append(plan.query, param)
	case InHeader:
		plan.headers = append(plan.headers, param)
	case InCookie:
		plan.cookies = append(plan.cookies, param)
	case InQueryString:
		plan.whole = param
	}
}

func (plan *requestPlan) find(in In, name string) *boundParam {
	for _, param := range plan.params {
		if param.in == in && (param.name == name || in == InHeader && strings.EqualFold(param.name, name)) {
			return param
		}
	}
	return nil
}

// taggedField finds the field of t with a tag such as `query:"limit"`.
func taggedField(t reflect.Type, key, value string) (reflect.StructField, bool) {
	for field := range t.Fields() {
		if tag, ok := field.Tag.Lookup(key); ok && tag == value {
			return field, true
		}
	}
	return reflect.StructField{}, false
}

// A fieldPlace is a field of a request or response struct: where it is and how absence shows.
type fieldPlace struct {
	offset  uintptr
	typ     reflect.Type // as declared
	value   reflect.Type // of a pointer field, what it points to; else typ
	pointer bool         // nil: the value is absent
}

func placeOf(f reflect.StructField) fieldPlace {
	place := fieldPlace{offset: f.Offset, typ: f.Type, value: f.Type}
	if f.Type.Kind() == reflect.Pointer {
		place.value, place.pointer = f.Type.Elem(), true
	}
	return place
}

// at returns the address of the field in the struct at base.
func (f *fieldPlace) at(base unsafe.Pointer) unsafe.Pointer { return unsafe.Add(base, f.offset) }

// make returns where the value goes in the struct at base, making room for it when the field is
// a pointer.
func (f *fieldPlace) make(base unsafe.Pointer) unsafe.Pointer {
	if !f.pointer {
		return f.at(base)
	}
	value := reflect.New(f.value).UnsafePointer()
	*(*unsafe.Pointer)(f.at(base)) = value
	return value
}

// addr returns the address of the value, which may be nil only where the field is a pointer.
func (f *fieldPlace) addr(base unsafe.Pointer) unsafe.Pointer {
	if f.pointer {
		return *(*unsafe.Pointer)(f.at(base))
	}
	return f.at(base)
}

// get returns where the value is in the struct at base, nil when it is absent: a nil pointer,
// slice, map or interface.
func (f *fieldPlace) get(base unsafe.Pointer) unsafe.Pointer {
	at := f.at(base)
	switch f.typ.Kind() {
	case reflect.Pointer:
		return *(*unsafe.Pointer)(at)
	case reflect.Slice, reflect.Map, reflect.Interface, reflect.Func:
		// All of these begin with a word that is nil when they are.
		if *(*unsafe.Pointer)(at) == nil {
			return nil
		}
	}
	return at
}

// mediaKind groups media types by how their bodies are read and written.
type mediaKind int

const (
	kindJSON      mediaKind = iota
	kindForm                // application/x-www-form-urlencoded
	kindMultipart           // multipart/form-data and relatives
	kindText                // a string field; of text/*, also a number or a boolean
	kindBytes               // a []byte field
	kindReader              // an io.Reader field
	kindStream              // a Stream[T] field: items one after the other
)

// mediaOf decides the kind of a body from its media type and from the field that holds it.
func mediaOf(media string, t reflect.Type) (mediaKind, error) {
	base := baseMedia(media)
	switch {
	case t == readerType || t == fileType || t.Implements(readerType):
		return kindReader, nil
	case t.Implements(streamType):
		return kindStream, nil
	case isJSONMedia(base):
		return kindJSON, nil
	case base == "application/x-www-form-urlencoded" && t.Kind() != reflect.String:
		return kindForm, nil
	case strings.HasPrefix(base, "multipart/") && t.Kind() == reflect.Struct:
		return kindMultipart, nil
	case t.Kind() == reflect.String, strings.HasPrefix(base, "text/") && isScalarKind(t.Kind()):
		return kindText, nil
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return kindBytes, nil
	}
	return 0, fmt.Errorf("%s cannot hold a body of type %s", t, media)
}

// isScalarKind reports whether values of a kind are numbers or booleans.
func isScalarKind(k reflect.Kind) bool {
	return k == reflect.Bool || reflect.Int <= k && k <= reflect.Float64 && k != reflect.Uintptr
}

// baseMedia returns a media type in lower case without parameters.
func baseMedia(media string) string {
	if i := strings.IndexByte(media, ';'); i >= 0 {
		media = media[:i]
	}
	return strings.ToLower(strings.TrimSpace(media))
}

// isJSONMedia reports whether a media type as baseMedia returns it holds one JSON text.
func isJSONMedia(base string) bool {
	return base == "application/json" || strings.HasSuffix(base, "+json") || base == "text/json"
}

// isJSONSequence reports whether a media type as baseMedia returns it is a JSON text sequence (RFC 7464, RFC 8091).
func isJSONSequence(base string) bool {
	return base == "application/json-seq" || strings.HasSuffix(base, "+json-seq")
}

// mediaMatches reports whether a media type, without parameters and in lower case, is one that
// the pattern ("application/json", "image/*", "*/*", possibly with parameters) means.
func mediaMatches(pattern, base string) bool {
	pattern = baseMedia(pattern)
	if pattern == base || pattern == "*/*" || pattern == "*" {
		return true
	}
	prefix, ok := strings.CutSuffix(pattern, "/*")
	return ok && strings.HasPrefix(base, prefix) && len(base) > len(prefix) && base[len(prefix)] == '/'
}

// charsetOK reports whether the parameters of a Content-Type leave the text UTF-8.
func charsetOK(contentType string) bool {
	if strings.IndexByte(contentType, ';') < 0 {
		return true
	}
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return errors.Is(err, mime.ErrInvalidMediaParameter) && !strings.Contains(strings.ToLower(contentType), "charset")
	}
	charset := strings.ToLower(params["charset"])
	return charset == "" || charset == "utf-8" || charset == "utf8" || charset == "us-ascii"
}
