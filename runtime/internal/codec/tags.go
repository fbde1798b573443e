package codec

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Struct fields take these tags, beside json:
//
//	rt:"additional"     map[string]T of the members that no other field takes
//	rt:"pattern=^x-"    map[string]T of the members whose names match; the text is that of the
//	                    schema's patternProperties
//	rt:"item=0"         the item at a position: the struct is a tuple, an array in JSON
//	rt:"items"          []T of the items after those
//	rt:"variant=0"      what the value is when branch 0 of the schema's oneOf or anyOf matches: the
//	                    struct is a union, of which one field is set
//	rt:"part=0"         a union that the value is of as well, for schemas with several oneOf and
//	                    anyOf: the struct holds the other members
//	rt:"name=a,b"       a member whose name no json tag can have; always written
//	rt:"optional=a,b"   the same, left out when zero
//	rt:"native"         on any field, such as a blank one: read and write the struct by its fields
//	                    although it has JSON methods
//
// A struct with an rt tag is always read and written by its fields. Its JSON methods, which
// encoding/json needs, call Marshal and Unmarshal.

// role is what a field is for.
type role uint8

const (
	roleMember role = iota
	roleAdditional
	rolePattern
	roleItem
	roleItems
	roleVariant
	rolePart
)

// tagged is a struct field as its tags describe it.
type tagged struct {
	reflect.StructField
	role    role
	name    string // of the member
	pattern string
	index   int // of the item, variant or part
	omit    omission
}

// omission says when a member is left out of the output.
type omission uint8

const (
	omitNever omission = iota
	omitZero
	omitEmpty
)

// structFields reads the tags of a struct. native reports an rt tag.
func structFields(t reflect.Type) (fields []tagged, native bool, err error) {
	for i := range t.NumField() {
		f := tagged{StructField: t.Field(i)}
		rt := f.Tag.Get("rt")
		native = native || rt != ""
		if !f.IsExported() {
			continue
		}
		if f.Anonymous {
			return nil, native, fmt.Errorf("%s: embedded field %s is not supported", t, f.Name)
		}
		ok, err := f.readRT(rt)
		if err != nil {
			return nil, native, fmt.Errorf("%s.%s: %w", t, f.Name, err)
		}
		if !ok {
			if ok, err = f.readJSON(); err != nil {
				return nil, native, fmt.Errorf("%s.%s: %w", t, f.Name, err)
			}
		}
		if ok {
			fields = append(fields, f)
		}
	}
	return fields, native, nil
}

// MemberName returns the name of the member that a struct field holds, by its tags; empty when it
// holds none.
func MemberName(field reflect.StructField) string {
	f := tagged{StructField: field}
	ok, err := f.readRT(field.Tag.Get("rt"))
	if err == nil && !ok {
		ok, err = f.readJSON()
	}
	if !ok || err != nil || f.role != roleMember {
		return ""
	}
	return f.name
}

// readRT reads the rt tag. ok is false when the json tag has the field's name.
func (f *tagged) readRT(tag string) (ok bool, err error) {
	key, value, _ := strings.Cut(tag, "=")
	switch key {
	case "", "native":
		return false, nil
	case "name", "optional":
		if f.name = value; key == "optional" {
			f.omit = omitZero
		}
	case "additional":
		f.role = roleAdditional
	case "pattern":
		f.role, f.pattern = rolePattern, value
	case "items":
		f.role = roleItems
	case "item", "variant", "part":
		f.role = map[string]role{"item": roleItem, "variant": roleVariant, "part": rolePart}[key]
		if f.index, err = strconv.Atoi(value); err != nil || f.index < 0 {
			return true, fmt.Errorf("tag rt:%q needs a number", tag)
		}
	default:
		return true, fmt.Errorf("unknown tag rt:%q", tag)
	}
	return true, nil
}

// readJSON reads the json tag as encoding/json does. ok is false for json:"-".
func (f *tagged) readJSON() (ok bool, err error) {
	tag := f.Tag.Get("json")
	if tag == "-" {
		return false, nil
	}
	name, options, _ := strings.Cut(tag, ",")
	if f.name = name; name == "" {
		f.name = f.Name
	}
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "":
		case "omitzero":
			f.omit = omitZero
		case "omitempty":
			if f.omit != omitZero {
				f.omit = omitEmpty
			}
		default:
			return true, fmt.Errorf("option %q of the json tag is not supported", option)
		}
	}
	return true, nil
}
