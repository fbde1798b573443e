package codec

import (
	"reflect"
	"sync"
	"unsafe"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// decoder is the state of one Decode. Its methods and those of node take the offset where a value
// starts and return the offset after it, or a negative number to give up. Why is not recorded:
// explain finds out.
type decoder struct {
	jsonscan.Skipper
	data    []byte
	own     bool
	dir     Direction
	filling bool // absent members get their defaults
	depth   int  // how many more containers may nest
	scratch []byte
	entry   string // the value of a map's entry that is being read

	// Memory for small values behind pointers.
	strings batch[string]
	words   batch[uint64]
	texts   textLists

	// In the second look at a text that was refused, collect is set: the text is known to be
	// well formed, rules of the schema no longer stop the reader, and what the Go types cannot
	// hold goes to misfits.
	collect bool
	misfits []jsonschema.Extra
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

func newDecoder(data []byte, o Options, dir Direction) *decoder {
	d := decoders.Get().(*decoder)
	d.data, d.own, d.dir, d.filling, d.depth = data, o.Own, dir, o.Defaults, o.MaxDepth
	if d.depth <= 0 {
		d.depth = jsonscan.DefaultMaxDepth
	}
	return d
}

func (d *decoder) release() {
	const largest = 1 << 14 // bytes; a rare long string must not stay in the pool
	if cap(d.scratch) > largest {
		d.scratch = nil
	}
	d.Reset()
	d.data, d.entry, d.collect, d.misfits = nil, "", false, nil
	d.strings, d.words, d.texts = batch[string]{}, batch[uint64]{}, textLists{} // what is left is not for the next value
	decoders.Put(d)
}

// skip steps over the value at i.
func (d *decoder) skip(i int) int { return d.Skip(d.data, i, d.depth) }

// space returns the offset of the next byte that is no white space. Compact texts have none, so
// that is decided here.
func (d *decoder) space(i int) int {
	if i < len(d.data) && d.data[i] > ' ' {
		return i
	}
	return jsonscan.SkipSpace(d.data, i)
}

// reject refuses the value at i for a reason that the schema knows.
func (d *decoder) reject(i int) int {
	if d.collect {
		return d.skip(i)
	}
	return -1
}

// misfit refuses the value at i because its Go type cannot hold it.
func (d *decoder) misfit(i int, rule, detail string) int {
	if !d.collect {
		return -1
	}
	if len(d.misfits) < jsonschema.MaxViolations {
		d.misfits = append(d.misfits, jsonschema.Extra{Offset: i, Rule: rule, Detail: detail})
	}
	return d.skip(i)
}

// wrongType refuses the value at i because of its type.
func (d *decoder) wrongType(n *node, i int) int {
	return d.misfit(i, "type", "must be "+n.types.String())
}

// valid checks the bytes of a value against schemas.
func (d *decoder) valid(schemas []*jsonschema.Schema, raw []byte) bool {
	doc := docs.Get().(*jsonscan.Doc)
	defer putDoc(doc)
	if doc.Parse(raw, d.depth) != nil {
		return false
	}
	for _, s := range schemas {
		if !s.Valid(doc, 0, d.dir) {
			return false
		}
	}
	return true
}

// decode reads the value at i into p.
func (n *node) decode(d *decoder, i int, p unsafe.Pointer) int {
	if i >= len(d.data) {
		return -1
	}
	if d.data[i] == 'n' {
		return n.decodeNull(d, i, p)
	}
	if n.residual != nil && !d.collect {
		end := d.skip(i)
		if end < 0 || !d.valid(n.residual, d.data[i:end]) {
			return -1
		}
	}
	switch n.op {
	case opString:
		return n.decodeString(d, i, p)
	case opInt:
		return n.decodeInt(d, i, p)
	case opUint:
		return n.decodeUint(d, i, p)
	case opFloat:
		return n.decodeFloat(d, i, p)
	case opBool:
		return n.decodeBool(d, i, p)
	case opStruct:
		return n.decodeStruct(d, i, p)
	case opSlice:
		return n.decodeSlice(d, i, p)
	case opPointer:
		v := d.allocate(n.elem)
		*(*unsafe.Pointer)(p) = v
		return n.elem.decode(d, i, v)
	case opNullable:
		*(*uint8)(unsafe.Add(p, n.state)) = stateValue
		return n.elem.decode(d, i, p)
	case opTime, opUUID, opText, opBytes:
		return n.decodeText(d, i, p)
	case opMap:
		return n.decodeMap(d, i, p)
	case opUnion:
		return n.decodeUnion(d, i, p)
	case opParts:
		return n.decodeParts(d, i, p)
	case opTuple:
		return n.decodeTuple(d, i, p)
	case opArray:
		return n.decodeArray(d, i, p)
	case opAny:
		return n.decodeAny(d, i, p)
	case opRaw:
		return n.decodeRaw(d, i, p)
	case opMethods:
		return n.decodeMethods(d, i, p)
	case opSkip:
		return d.skip(i)
	}
	return d.reject(i)
}

// decodeNull reads null, which leaves most values as they are: nil.
func (n *node) decodeNull(d *decoder, i int, p unsafe.Pointer) int {
	end := jsonscan.Literal(d.data, i, "null")
	if end < 0 {
		return -1
	}
	if !n.nullOK {
		return d.reject(i)
	}
	switch n.op {
	case opPointer, opSlice, opMap, opAny, opBytes, opUnion, opSkip:
		return end
	case opNullable:
		*(*uint8)(unsafe.Add(p, n.state)) = stateNull
		return end
	case opRaw:
		return n.decodeRaw(d, i, p)
	case opMethods:
		return n.decodeMethods(d, i, p)
	}
	return d.wrongType(n, i)
}

// decodeMethods hands a value to its UnmarshalJSON.
func (n *node) decodeMethods(d *decoder, i int, p unsafe.Pointer) int {
	end := d.skip(i)
	if end < 0 {
		return -1
	}
	if err := unmarshaler(n.typ, p).UnmarshalJSON(d.data[i:end]); err != nil {
		return d.misfit(i, "format", err.Error())
	}
	return end
}

// decodeRaw keeps the bytes of a value.
func (n *node) decodeRaw(d *decoder, i int, p unsafe.Pointer) int {
	end := d.skip(i)
	if end < 0 {
		return -1
	}
	raw := d.data[i:end:end]
	if !d.own {
		raw = append([]byte(nil), raw...)
	}
	*(*[]byte)(p) = raw
	return end
}

// interfaceAt returns the pointer p to a value of type t as an interface, to call methods.
func interfaceAt(t reflect.Type, p unsafe.Pointer) any { return reflect.NewAt(t, p).Interface() }
