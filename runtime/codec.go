package runtime

import (
	"encoding/json"
	"errors"
	"reflect"
	"unsafe"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// A valueCodec reads and writes the JSON text of one Go type under one schema. This file is the
// only door to the codec.
type valueCodec struct {
	typ    reflect.Type
	schema *jsonschema.Schema // nil: unchecked
}

// newCodec returns the codec of values of type t under a schema, nil for none.
func newCodec(set *jsonschema.Set, schema *jsonschema.Schema, t reflect.Type, dir jsonschema.Direction) (*valueCodec, error) {
	return &valueCodec{typ: t, schema: schema}, nil
}

// decode checks text and writes its value to the variable that into points to. Owned says that
// the text never changes again, so that strings may share its memory.
func (c *valueCodec) decode(text []byte, into unsafe.Pointer, owned bool) error {
	var err error
	if c.schema != nil {
		vs, err := c.schema.Validate(text, jsonschema.Request)
		if err != nil {
			return err
		}
		if vs != nil {
			return violations(vs)
		}
	}
	if err = json.Unmarshal(text, reflect.NewAt(c.typ, into).Interface()); err != nil {
		return violations{{Rule: "type", Detail: err.Error()}}
	}
	return nil
}

// encode appends the JSON text of the variable that from points to.
func (c *valueCodec) encode(dst []byte, from unsafe.Pointer) ([]byte, error) {
	text, err := json.Marshal(reflect.NewAt(c.typ, from).Interface())
	return append(dst, text...), err
}

// check validates an encoded answer.
func (c *valueCodec) check(text []byte) error {
	if c.schema == nil {
		return nil
	}
	vs, err := c.schema.Validate(text, jsonschema.Response)
	if err == nil && vs != nil {
		err = violations(vs)
	}
	return err
}

// violations is the error of a value that does not satisfy its schema.
type violations []jsonschema.Violation

func (v violations) Error() string {
	text := "the value does not fit its schema"
	for i := range v {
		text += "; " + v[i].String()
	}
	return text
}

// fieldErrors tells a decode error in the words of problems.
func fieldErrors(list []FieldError, err error, in In, name string) []FieldError {
	var vs violations
	if errors.As(err, &vs) {
		for _, v := range vs {
			list = append(list, FieldError{In: string(in), Name: name, Pointer: v.Pointer, Rule: v.Rule, Detail: v.Detail})
		}
		return list
	}
	var syntax *jsonscan.SyntaxError
	if errors.As(err, &syntax) {
		return append(list, FieldError{In: string(in), Name: name, Pointer: syntax.Pointer, Rule: "syntax", Detail: syntax.Error()})
	}
	return append(list, FieldError{In: string(in), Name: name, Rule: "type", Detail: "cannot be read"})
}
