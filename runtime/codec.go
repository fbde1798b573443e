package runtime

import (
	"errors"
	"reflect"
	"unsafe"

	"github.com/rtgen/rtgen/runtime/internal/codec"
	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// A valueCodec reads and writes the JSON text of one Go type under one schema.
type valueCodec struct {
	*codec.Codec
	defaults bool // decoding gives absent members their defaults
}

// newCodec returns the codec of values of type t under a schema, nil for none.
func newCodec(set *jsonschema.Set, schema *jsonschema.Schema, t reflect.Type, dir jsonschema.Direction) (*valueCodec, error) {
	var c *codec.Codec
	var err error
	if schema == nil {
		c, err = codec.For(nil, "", t, dir)
	} else {
		c, err = codec.ForSchema(set, schema, t, dir)
	}
	if err != nil {
		return nil, err
	}
	return &valueCodec{Codec: c}, nil
}

// decode checks text and writes its value to the zero variable that into points to. Owned says
// that the text never changes again, so that strings may share its memory.
func (c *valueCodec) decode(text []byte, into unsafe.Pointer, owned bool) error {
	return c.DecodeAt(text, into, codec.Options{Own: owned, Defaults: c.defaults})
}

// encode appends the JSON text of the variable that from points to.
func (c *valueCodec) encode(dst []byte, from unsafe.Pointer) ([]byte, error) {
	return c.AppendAt(dst, from)
}

// check validates an encoded answer.
func (c *valueCodec) check(text []byte) error { return c.Check(text) }

// validate is check for those who ask for it. What is checked is made only then.
func (c *valueCodec) validate(wanted bool, text func() []byte) error {
	if !wanted || c == nil {
		return nil
	}
	return c.check(text())
}

// fieldErrors tells a decode error in the words of problems.
func fieldErrors(list []FieldError, err error, in In, name string) []FieldError {
	var e *codec.Error
	switch {
	case !errors.As(err, &e):
		return append(list, FieldError{In: string(in), Name: name, Rule: "type", Detail: "cannot be read"})
	case e.Syntax != nil:
		return append(list, FieldError{In: string(in), Name: name, Pointer: e.Syntax.Pointer, Rule: "syntax", Detail: e.Syntax.Error()})
	}
	for _, v := range e.Violations {
		list = append(list, FieldError{In: string(in), Name: name, Pointer: v.Pointer, Rule: v.Rule, Detail: v.Detail})
	}
	return list
}
