package codec

import (
	"fmt"
	"reflect"

	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// Marshal writes what ptr points to by its fields, even when its type has JSON methods. It is
// what the MarshalJSON of emitted types calls, so that structs with rt tags work with
// encoding/json. A nil set means no schema: nil slices are then null.
func Marshal(set *jsonschema.Set, name string, ptr any) ([]byte, error) {
	c, err := nativeCodec(set, name, ptr)
	if err != nil {
		return nil, err
	}
	return c.Append(nil, ptr)
}

// Unmarshal reads data into what ptr points to by its fields, even when its type has JSON methods.
// It is what the UnmarshalJSON of emitted types calls. Strings are copied. The value is replaced
// as a whole, which is zero afterwards when there is an error.
func Unmarshal(set *jsonschema.Set, name string, data []byte, ptr any) error {
	c, err := nativeCodec(set, name, ptr)
	if err != nil {
		return err
	}
	v := reflect.ValueOf(ptr).Elem()
	v.SetZero()
	if err = c.Decode(data, ptr, Options{}); err != nil {
		v.SetZero()
	}
	return err
}

// MarshalUnion is Marshal for a union, which needs no schema to be written.
func MarshalUnion(ptr any) ([]byte, error) {
	t := reflect.TypeOf(ptr)
	if t == nil || t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("a union must be given as pointer to a struct, got %T", ptr)
	}
	fields, _, err := structFields(t.Elem())
	if err != nil {
		return nil, err
	}
	v := reflect.ValueOf(ptr).Elem()
	var set any
	found := 0
	for _, f := range fields {
		if x := v.FieldByIndex(f.Index); !x.IsZero() {
			set = x.Interface()
			found++
		}
	}
	switch found {
	case 0:
		return nil, fmt.Errorf("no variant of %s is set", t.Elem())
	case 1:
		e := encoder{}
		out := appendAny(&e, nil, set)
		return out, e.err
	}
	return nil, fmt.Errorf("more than one variant of %s is set", t.Elem())
}

// UnmarshalUnion is Unmarshal under the name that emitted unions use.
func UnmarshalUnion(set *jsonschema.Set, name string, data []byte, ptr any) error {
	return Unmarshal(set, name, data, ptr)
}

func nativeCodec(set *jsonschema.Set, name string, ptr any) (*Codec, error) {
	t := reflect.TypeOf(ptr)
	if t == nil || t.Kind() != reflect.Pointer || reflect.ValueOf(ptr).IsNil() {
		return nil, fmt.Errorf("a pointer to a value is needed, got %T", ptr)
	}
	s := anything
	if set != nil {
		var err error
		if s, err = set.Schema(name); err != nil {
			return nil, err
		}
	}
	return compileOnce(set, program{s, t.Elem(), Both, true})
}
