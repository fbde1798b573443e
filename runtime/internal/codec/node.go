package codec

import (
	"reflect"

	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// op is how a node reads and writes its value.
type op uint8

const (
	opNone op = iota // not compiled
	opSkip           // checked but not kept
	opBool
	opInt   // signed, by size
	opUint  // unsigned, by size
	opFloat // by size
	opString
	opBytes   // []byte as base64
	opTime    // time.Time
	opUUID    // UUID
	opText    // encoding.TextUnmarshaler and TextMarshaler
	opMethods // json.Unmarshaler and Marshaler
	opRaw     // json.RawMessage
	opAny     // any
	opPointer
	opNullable // Nullable[T]
	opSlice
	opArray // [N]T
	opMap   // map[string]T
	opStruct
	opTuple // struct of items
	opUnion // struct of variants
	opParts // struct of members and unions
)

// A node is one place of a type, with the rules of the schemas that apply there. Nodes of
// recursive types refer to each other. They do not change after compilation.
type node struct {
	op     op
	nullOK bool             // the schemas accept null, whatever the rest of the node says
	types  jsonschema.Types // what the schemas accept besides null
	size   uintptr          // of the Go value
	typ    reflect.Type

	// Rules that the typed pass checks.
	strings []*jsonschema.StringRules
	numbers []*jsonschema.NumberRules
	enums   []*jsonschema.Enum
	minLen  int // items or members
	maxLen  int
	// Schemas, reduced to what the typed pass does not check, for the raw bytes of the value.
	residual []*jsonschema.Schema

	elem   *node // of pointers, slices, arrays, maps, Nullable; the members beside parts
	object *objectPlan
	tuple  *tuplePlan
	union  *unionPlan
	parts  []variant
	fields []memberPlan // of a struct, to write

	state  uintptr // offset of Nullable.State
	stride uintptr // size of an element of a slice or array
	bits   int     // of a number
	kind   mapKind
	base64 base64Form
}

// zeroKind is how to tell that a field is to be left out.
type zeroKind uint8

const (
	zeroNever  zeroKind = iota // written always
	zeroMemory                 // all bytes are zero
	zeroWord                   // the first word is zero: pointers, maps, nil slices, interfaces
	zeroString                 // length zero
	zeroSlice                  // length zero, nil or not
	zeroMap                    // length zero, nil or not
	zeroState                  // a Nullable that is absent
	zeroMethod                 // IsZero says so
	zeroSlow                   // ask reflection
)

// memberPlan is a member to write.
type memberPlan struct {
	prefix string // `,"name":`
	offset uintptr
	node   *node
	zero   zeroKind
	many   bool // the field is a map, each of whose entries is a member
	// only is the JSON text of the one value that the schema allows, when the field's type makes it
	// forgettable: it is written in place of the zero value, which blank tells.
	only  []byte
	blank zeroKind
}

// field is a member to read.
type field struct {
	name   string
	plain  bool // the name looks the same within quotes
	offset uintptr
	node   *node
	into   *overflow // the map field that takes the member, or nil when offset does
	zero   zeroKind  // of an item: how to tell that it is absent
}

// objectPlan is how members are read.
type objectPlan struct {
	fields   []field
	index    map[string]int // of fields, when they are many
	required bitset
	defaults []fallback
	overflow []*overflow
	// What applies to members that no field names, one entry per schema that says something.
	rest []restRule
	// restOpen is set when such members are neither checked nor kept.
	restOpen bool
}

// fallback is the default of a member.
type fallback struct {
	field int    // of fields
	text  []byte // never changes, so values may share its memory
}

// overflow is a map field for members without a field of their own.
type overflow struct {
	offset  uintptr
	pattern *jsonschema.Pattern // nil for all that is left
	node    *node               // the map
	covers  *jsonschema.Schema  // the schema that node's elements check, or nil
}

// restRule is the part of one schema about members that it has no property for.
type restRule struct {
	patterns   []jsonschema.PatternProperty
	additional *jsonschema.Schema
}

// tuplePlan is how items of a tuple are read and written.
type tuplePlan struct {
	items []field
	rest  *field // slice for what follows, or nil
	tail  *node  // what follows when there is no field, never nil
}

// bitset is a set of field numbers.
type bitset []uint64

func (b bitset) set(i int) { b[i>>6] |= 1 << (i & 63) }

func (b bitset) has(i int) bool { return b[i>>6]>>(i&63)&1 == 1 }

// within reports whether all of b is in c.
func (b bitset) within(c bitset) bool {
	for i, w := range b {
		if w&^c[i] != 0 {
			return false
		}
	}
	return true
}
