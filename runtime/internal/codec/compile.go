package codec

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// compiler builds the nodes of one codec.
type compiler struct {
	dir        Direction
	schemaless bool // the root schema says nothing: Go types are all there is
	native     bool // the root struct is read by its fields whatever methods it has
	nodes      map[string]*node
	parts      map[part]*jsonschema.Schema
	kinds      map[jsonschema.Types]*jsonschema.Schema
	halves     map[half]*jsonschema.Schema

	goTypes map[goType]*jsonschema.Schema

	tagSchemas map[tagOf]*jsonschema.Schema
	tagNames   map[*jsonschema.Schema]string // the member that a tag schema speaks of
	errs       []error
}

// part names a reduced copy of a schema; reducing twice must give the same pointer, because
// pointers identify nodes.
type part struct {
	of    *jsonschema.Schema
	keep  jsonschema.Keywords
	under *jsonschema.Schema // for the copies that beneath makes
}

func (c *compiler) compile(t reflect.Type, s *jsonschema.Schema) *node {
	c.nodes = map[string]*node{}
	c.parts = map[part]*jsonschema.Schema{}
	c.kinds = map[jsonschema.Types]*jsonschema.Schema{}
	c.halves = map[half]*jsonschema.Schema{}
	c.goTypes = map[goType]*jsonschema.Schema{}
	c.tagSchemas = map[tagOf]*jsonschema.Schema{}
	c.tagNames = map[*jsonschema.Schema]string{}
	c.schemaless = s == anything
	return c.node(t, []*jsonschema.Schema{s})
}

func (c *compiler) fail(t reflect.Type, roots []*jsonschema.Schema, format string, args ...any) {
	where := make([]string, len(roots))
	for i, r := range roots {
		where[i] = r.Where
	}
	c.errs = append(c.errs, fmt.Errorf("%s as %s: %s", t, strings.Join(where, " and "), fmt.Sprintf(format, args...)))
}

// only returns s reduced to some keywords, nil when nothing is left.
func (c *compiler) only(s *jsonschema.Schema, keep jsonschema.Keywords) *jsonschema.Schema {
	p := part{of: s, keep: keep}
	if r, ok := c.parts[p]; ok {
		return r
	}
	r := s.Only(keep)
	c.parts[p] = r
	return r
}

// beneath returns s as it applies on the value of it and all that led there.
func (c *compiler) beneath(s *jsonschema.Schema, it *item) *jsonschema.Schema {
	for ; s != nil && it != nil; it = it.up {
		p := part{of: s, under: it.s}
		r, ok := c.parts[p]
		if !ok {
			r = s.Under(it.s)
			c.parts[p] = r
		}
		s = r
	}
	return s
}

// node returns the node for type t where all of roots apply.
func (c *compiler) node(t reflect.Type, roots []*jsonschema.Schema) *node {
	roots = distinct(roots)
	key := fmt.Sprintf("%p", t)
	for _, r := range roots {
		key += fmt.Sprintf(" %p", r)
	}
	if n := c.nodes[key]; n != nil {
		return n
	}
	n := &node{typ: t, size: t.Size(), maxLen: jsonschema.NoLimit}
	c.nodes[key] = n
	n.nullOK = c.nullOK(roots)
	j := &job{compiler: c, node: n, t: t, roots: roots}
	j.flat = c.flatten(roots)
	j.run()
	return n
}

func (c *compiler) nullOK(roots []*jsonschema.Schema) bool {
	for _, r := range roots {
		if !r.Accepts("null", c.dir) {
			return false
		}
	}
	return true
}

// skipNode returns a node that checks a value without keeping it.
func (c *compiler) skipNode(roots []*jsonschema.Schema) *node {
	roots = distinct(roots)
	return &node{op: opSkip, nullOK: c.nullOK(roots), residual: roots}
}

// distinct drops repeated schemas and those that say nothing.
func distinct(in []*jsonschema.Schema) []*jsonschema.Schema {
	var out []*jsonschema.Schema
next:
	for _, s := range in {
		for _, have := range out {
			if have == s {
				continue next
			}
		}
		if s.Has() != 0 {
			out = append(out, s)
		}
	}
	return out
}

// job is one node being compiled.
type job struct {
	*compiler
	node  *node
	t     reflect.Type
	roots []*jsonschema.Schema
	flat  flat
}

func (j *job) fail(format string, args ...any) { j.compiler.fail(j.t, j.roots, format, args...) }

var (
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	jsonMarshaler   = reflect.TypeFor[json.Marshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
)

// run decides how the type is read and written.
func (j *job) run() {
	n, t := j.node, j.t
	n.types = j.flat.types
	if j.flat.never || n.types == 0 {
		// Only null can pass, if anything. Values of the Go type can still be written.
		n.residual = append(n.residual, nothing)
	}
	native := j.native
	j.native = false // of the root only
	switch t {
	case reflect.TypeFor[time.Time]():
		j.scalar(opTime, jsonschema.String)
		return
	case reflect.TypeFor[UUID]():
		j.scalar(opUUID, jsonschema.String)
		return
	case reflect.TypeFor[json.RawMessage]():
		j.opaque(opRaw)
		return
	}
	if t.Kind() == reflect.Struct && (native || hasRT(t)) {
		j.structure()
		return
	}
	if t.Implements(reflect.TypeFor[nullable]()) {
		j.nullable()
		return
	}
	if t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface {
		p := reflect.PointerTo(t)
		reads, writes := p.Implements(jsonUnmarshaler), p.Implements(jsonMarshaler)
		switch {
		case reads && writes:
			j.opaque(opMethods)
			return
		case reads || writes:
			j.fail("the type has only one of MarshalJSON and UnmarshalJSON")
			return
		case p.Implements(textUnmarshaler) && p.Implements(textMarshaler):
			j.scalar(opText, jsonschema.String)
			return
		}
	}
	j.byKind()
}

func hasRT(t reflect.Type) bool {
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("rt") != "" {
			return true
		}
	}
	return false
}

func (j *job) byKind() {
	n, t := j.node, j.t
	n.bits = int(n.size) * 8
	switch t.Kind() {
	case reflect.Bool:
		j.scalar(opBool, jsonschema.Boolean)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		j.scalar(opInt, jsonschema.Integer)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		j.scalar(opUint, jsonschema.Integer)
	case reflect.Float32, reflect.Float64:
		j.scalar(opFloat, jsonschema.Number)
	case reflect.String:
		j.scalar(opString, jsonschema.String)
	case reflect.Pointer:
		n.op = opPointer
		n.elem = j.compiler.node(t.Elem(), j.roots)
	case reflect.Interface:
		if t.NumMethod() > 0 {
			j.fail("interface types other than any are not supported")
			return
		}
		j.opaque(opAny)
	case reflect.Slice:
		numbers := n.types != 0 && n.types&jsonschema.String == 0 // a list of bytes, each a number
		if t.Elem().Kind() == reflect.Uint8 && t.Elem().PkgPath() == "" && !numbers {
			j.bytes()
			return
		}
		j.items(opSlice)
	case reflect.Array:
		j.items(opArray)
	case reflect.Map:
		j.mapping()
	case reflect.Struct:
		j.structure()
	default:
		j.fail("%s values have no JSON form", t.Kind())
	}
}

// fits notes which JSON types the Go type can hold, and complains when the schema allows others
// only.
func (j *job) fits(o op, can jsonschema.Types) {
	j.node.op = o
	if j.node.types != 0 && j.node.types&can == 0 {
		j.fail("the schema wants %s", j.node.types)
	}
	j.node.types &= can
}

// hard are the keywords that no typed pass covers.
const hard = jsonschema.KNot | jsonschema.KIf

// leave gives the keywords of s that the typed pass does not check to the validator.
func (j *job) leave(keep jsonschema.Keywords) {
	for _, it := range j.flat.items {
		k := keep
		if !it.unionDone {
			k |= jsonschema.KUnion
		}
		if keep&jsonschema.KUnevaluated != 0 && it.s.Has()&jsonschema.KUnevaluated != 0 {
			k = jsonschema.KAll // what is evaluated depends on everything
		}
		if s := j.beneath(j.only(it.s, k), it.up); s != nil {
			j.node.residual = append(j.node.residual, s)
		}
	}
}

func (j *job) scalar(o op, can jsonschema.Types) {
	j.fits(o, can)
	n := j.node
	n.enums = j.flat.enums
	for _, it := range j.flat.items {
		if it.s.String != nil && can&jsonschema.String != 0 {
			n.strings = append(n.strings, it.s.String)
		}
		if it.s.Number != nil && can&jsonschema.Number != 0 {
			n.numbers = append(n.numbers, it.s.Number)
		}
	}
	j.leave(hard)
}

// bytes is []byte. A schema that speaks of base64url gets that alphabet.
func (j *job) bytes() {
	j.scalar(opBytes, jsonschema.String)
	for _, r := range j.node.strings {
		if r.Format == "base64url" {
			j.node.base64 = base64URL
		}
	}
}

// opaque types say nothing about their structure, so all checking is the validator's.
func (j *job) opaque(o op) {
	j.node.op = o
	j.node.enums = j.flat.enums
	j.node.residual = append(j.node.residual, j.roots...)
}

func (j *job) nullable() {
	j.node.op = opNullable
	value, _ := j.t.FieldByName("Value")
	state, _ := j.t.FieldByName("State")
	j.node.state = state.Offset
	j.node.elem = j.compiler.node(value.Type, j.roots)
}

func (j *job) structure() {
	fields, _, err := structFields(j.t)
	if err != nil {
		j.fail("%v", err)
		return
	}
	switch {
	case hasRole(fields, rolePart):
		j.partsOf(fields)
	case hasRole(fields, roleVariant):
		j.unionOf(fields)
	case hasRole(fields, roleItem) || hasRole(fields, roleItems):
		j.tupleOf(fields)
	default:
		j.objectOf(fields)
	}
}

func hasRole(fields []tagged, r role) bool {
	for _, f := range fields {
		if f.role == r {
			return true
		}
	}
	return false
}
