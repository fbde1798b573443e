package codec

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unsafe"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// Direction is what a text is part of; see jsonschema.Direction.
type Direction = jsonschema.Direction

// The directions.
const (
	Both     = jsonschema.Both
	Request  = jsonschema.Request
	Response = jsonschema.Response
)

// A Codec reads and writes one Go type as one schema. It is safe for concurrent use. Codecs of
// the same set share their programs, so asking for one again is cheap but not free: keep it.
type Codec struct {
	root   *node
	typ    reflect.Type // pointer to the Go type
	schema *jsonschema.Schema
	dir    Direction
}

// Options of one Decode. The zero value is ready to use.
type Options struct {
	// Own lets strings and raw messages of the result share memory with the text, which then
	// must never change. It saves a copy of each; in return the text lives as long as the
	// longest-lived string.
	Own bool
	// Defaults gives members that are absent the default of their schema, unless they are required
	// or readOnly. Defaults within a default, and those that break their own schema, are left out.
	Defaults bool
	// MaxDepth is how deep containers may nest, 64 when zero.
	MaxDepth int
}

// An Error says why a text was refused: it is not JSON, or it breaks rules of the schema.
type Error struct {
	Syntax     *jsonscan.SyntaxError  // nil when the text is well formed
	Violations []jsonschema.Violation // every rule that is broken, in document order
}

func (e *Error) Error() string {
	if e.Syntax != nil {
		return e.Syntax.Error()
	}
	lines := make([]string, len(e.Violations))
	for i, v := range e.Violations {
		lines[i] = v.String()
	}
	return strings.Join(lines, "; ")
}

// Unwrap returns the *jsonscan.SyntaxError, if that is what it is.
func (e *Error) Unwrap() error {
	if e.Syntax == nil {
		return nil
	}
	return e.Syntax
}

// For returns the codec of type t for the schema that set has under name. With a nil set there is
// no schema: the codec follows the Go type alone. Errors are those of jsonschema.Set.Schema, and
// places where type and schema cannot meet.
func For(set *jsonschema.Set, name string, t reflect.Type, dir Direction) (*Codec, error) {
	s := anything
	if set != nil {
		var err error
		if s, err = set.Schema(name); err != nil {
			return nil, err
		}
	}
	return ForSchema(set, s, t, dir)
}

// anything is the schema true, nothing the schema false.
var anything, nothing = jsonschema.True(), jsonschema.False()

// ForSchema is For with a schema at hand. set may be nil; it is where programs are kept.
func ForSchema(set *jsonschema.Set, s *jsonschema.Schema, t reflect.Type, dir Direction) (*Codec, error) {
	return compileOnce(set, program{s, t, dir, false})
}

// program identifies a codec within a set.
type program struct {
	schema *jsonschema.Schema
	typ    reflect.Type
	dir    Direction
	// native compiles a struct by its fields although it has JSON methods: those methods are
	// the ones asking.
	native bool
}

// compiled is a codec that is made when first asked for.
type compiled struct {
	once  sync.Once
	codec *Codec
	err   error
}

func compileOnce(set *jsonschema.Set, key program) (*Codec, error) {
	if set == nil {
		return newCodec(key)
	}
	v, ok := set.Programs.Load(key)
	if !ok {
		v, _ = set.Programs.LoadOrStore(key, new(compiled))
	}
	c := v.(*compiled)
	c.once.Do(func() { c.codec, c.err = newCodec(key) })
	return c.codec, c.err
}

func newCodec(key program) (*Codec, error) {
	c := compiler{dir: key.dir, native: key.native}
	root := c.compile(key.typ, key.schema)
	if len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	return &Codec{root, reflect.PointerTo(key.typ), key.schema, key.dir}, nil
}

// Decode reads data into what ptr points to, which must be the zero value of the codec's type:
// absent members leave their fields alone. The error is an *Error; after one the value holds
// nothing useful. Decode panics when ptr has another type.
func (c *Codec) Decode(data []byte, ptr any, o Options) error {
	return c.DecodeAt(data, c.pointer(ptr), o)
}

// DecodeAt is Decode for callers that already know the type: p points to a value of it.
func (c *Codec) DecodeAt(data []byte, p unsafe.Pointer, o Options) error {
	d := newDecoder(data, o, c.dir)
	i := c.root.decode(d, jsonscan.SkipSpace(data, 0), p)
	ok := i >= 0 && jsonscan.SkipSpace(data, i) == len(data)
	d.release()
	if ok {
		return nil
	}
	return c.explain(data, p, o)
}

// Append appends the JSON of what ptr points to. The error names the place of a value that cannot
// be written: a float that is no number, a union with none or several variants, a failing method.
// Rules of the schema are not checked. It panics when ptr has another type.
func (c *Codec) Append(dst []byte, ptr any) ([]byte, error) {
	return c.AppendAt(dst, c.pointer(ptr))
}

// AppendAt is Append for callers that already know the type: p points to a value of it.
func (c *Codec) AppendAt(dst []byte, p unsafe.Pointer) ([]byte, error) {
	e := encoder{}
	start := len(dst)
	dst = c.root.append(&e, dst, p)
	if e.err != nil {
		return dst[:start], e.place(dst[start:])
	}
	return dst, nil
}

// AppendChecked is Append followed by Check of what was appended.
func (c *Codec) AppendChecked(dst []byte, ptr any) ([]byte, error) {
	start := len(dst)
	dst, err := c.Append(dst, ptr)
	if err == nil {
		err = c.Check(dst[start:])
	}
	if err != nil {
		return dst[:start], err
	}
	return dst, nil
}

// Check validates a text against the schema without decoding it. The error is an *Error.
func (c *Codec) Check(data []byte) error {
	doc := docs.Get().(*jsonscan.Doc)
	defer putDoc(doc)
	if err := doc.Parse(data, jsonscan.DefaultMaxDepth); err != nil {
		return syntaxError(err)
	}
	if c.schema.Valid(doc, 0, c.dir) {
		return nil
	}
	return &Error{Violations: c.schema.ValidateDoc(doc, c.dir)}
}

// Validate checks a Go value against the schema, by way of its JSON. Errors are those of Append
// and Check.
func (c *Codec) Validate(ptr any) error {
	_, err := c.AppendChecked(nil, ptr)
	return err
}

// pointer returns ptr's address after checking its type.
func (c *Codec) pointer(ptr any) unsafe.Pointer {
	v := reflect.ValueOf(ptr)
	if !v.IsValid() || v.Type() != c.typ || v.IsNil() {
		panic(fmt.Sprintf("codec of %s used with %T", c.typ, ptr))
	}
	return v.UnsafePointer()
}

// explain finds every reason why a text was refused. It runs only for bad texts, so it can afford
// to look at all of it again: once for the schema, and once more for what the Go type cannot hold.
func (c *Codec) explain(data []byte, p unsafe.Pointer, o Options) error {
	doc := new(jsonscan.Doc)
	d := newDecoder(data, o, c.dir)
	defer d.release()
	if err := doc.Parse(data, d.depth); err != nil {
		return syntaxError(err)
	}
	d.collect = true
	c.root.decode(d, jsonscan.SkipSpace(data, 0), p)
	violations := c.schema.Explain(doc, c.dir, d.misfits)
	if len(violations) == 0 {
		// The two passes disagree, which is a fault of ours. The text stays refused.
		violations = append(violations, jsonschema.Violation{Rule: ruleUnreadable, Detail: "cannot be read"})
	}
	return &Error{Violations: violations}
}

// ruleUnreadable is the rule of a violation that nobody can explain. Tests look out for it.
const ruleUnreadable = "unreadable"

func syntaxError(err error) error {
	var syntax *jsonscan.SyntaxError
	errors.As(err, &syntax)
	return &Error{Syntax: syntax}
}

// docs holds tables for texts that are validated in passing.
var docs = sync.Pool{New: func() any { return new(jsonscan.Doc) }}

// putDoc returns a table to the pool unless a huge text has made it huge.
func putDoc(d *jsonscan.Doc) {
	const largest = 1 << 12 // nodes of 40 bytes
	if cap(d.Nodes) <= largest {
		d.Data = nil
		docs.Put(d)
	}
}
