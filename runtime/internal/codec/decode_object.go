package codec

import (
	"bytes"
	"reflect"
	"strings"
	"unsafe"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// enter opens the container at i, whose first byte is known. It returns the offset of what is
// inside, or -1 when it nests too deeply.
func (d *decoder) enter(i int) int {
	if d.depth--; d.depth < 0 {
		return -1
	}
	return d.space(i + 1)
}

// next steps over what follows a member or item at i. done is set at the closing byte, end is
// then the offset after it.
func (d *decoder) next(i int, closing byte) (end int, done bool) {
	i = d.space(i)
	if i >= len(d.data) {
		return -1, true
	}
	switch d.data[i] {
	case ',':
		return d.space(i + 1), false
	case closing:
		d.depth++
		return i + 1, true
	}
	return -1, true
}

// seenBits is how many fields a struct can have before noting them takes an allocation.
const seenBits = 256

// decodeStruct reads members into fields. Names mostly come in the order of the fields, so the
// next field is tried before any search.
func (n *node) decodeStruct(d *decoder, i int, p unsafe.Pointer) int {
	if d.data[i] != '{' {
		return d.wrongType(n, i)
	}
	o := n.object
	var room [seenBits / 64]uint64
	seen := bitset(room[:])
	if len(o.required) > len(room) {
		seen = make(bitset, len(o.required))
	}
	start, mark, count, guess := i, d.Open(), 0, 0
	if i = d.enter(i); i < 0 {
		return -1
	}
	if i < len(d.data) && d.data[i] == '}' {
		d.depth++
		i++
	} else {
		for done := false; !done; {
			if i >= len(d.data) || d.data[i] != '"' {
				return -1
			}
			k, end := o.find(d, i, guess)
			if end < 0 {
				return -1
			}
			value := d.space(end)
			if value >= len(d.data) || d.data[value] != ':' {
				return -1
			}
			value = d.space(value + 1)
			if k >= 0 {
				if seen.has(k) {
					return -1
				}
				seen.set(k)
				guess = k + 1
				f := &o.fields[k]
				switch {
				case f.into == nil && f.node.op == opString && f.node.residual == nil &&
					value < len(d.data) && d.data[value] == '"':
					i = f.node.decodeString(d, value, unsafe.Add(p, f.offset)) // by far the most common
				case f.into == nil:
					i = f.node.decode(d, value, unsafe.Add(p, f.offset))
				default:
					i = f.into.node.put(d, f.name, f.node, value, unsafe.Add(p, f.into.offset))
				}
			} else {
				i = o.decodeOther(d, i, end, value, p)
			}
			if i < 0 {
				return -1
			}
			count++
			i, done = d.next(i, '}')
		}
		if i < 0 || d.Close(mark) >= 0 {
			return -1
		}
	}
	if !d.collect && (count < n.minLen || count > n.maxLen || !o.required.within(seen)) {
		return d.reject(start)
	}
	if d.filling && o.defaults != nil {
		o.fill(d, seen, p)
	}
	return i
}

// find returns the number of the field whose name stands at i, or -1, and the offset after the
// name. Names of no field are noted, to find repeated ones.
func (o *objectPlan) find(d *decoder, i, guess int) (k, end int) {
	if guess < len(o.fields) {
		f := &o.fields[guess]
		end := i + len(f.name) + 2
		if f.plain && end <= len(d.data) && d.data[end-1] == '"' && string(d.data[i+1:end-1]) == f.name {
			return guess, end
		}
	}
	name, escaped, end := d.text(i)
	if end < 0 {
		return -1, -1
	}
	if o.index != nil {
		if k, ok := o.index[name]; ok {
			return k, end
		}
	} else {
		for k := range o.fields {
			if o.fields[k].name == name {
				return k, end
			}
		}
	}
	d.Add(d.data, i, end, escaped)
	return -1, end
}

// decodeOther reads a member that no field names. Its name stands at data[start:end].
func (o *objectPlan) decodeOther(d *decoder, start, end, value int, p unsafe.Pointer) int {
	if o.restOpen {
		return d.skip(value)
	}
	quoted := d.data[start:end]
	name := jsonscan.Text(quoted[1:len(quoted)-1], bytes.IndexByte(quoted, '\\') >= 0)
	var into *overflow
	for _, v := range o.overflow {
		if v.pattern == nil || v.pattern.Match(name) {
			into = v
			break
		}
	}
	if !d.collect && !o.otherOK(d, name, value, into) {
		return -1
	}
	if into == nil {
		return d.skip(value)
	}
	return into.node.put(d, strings.Clone(name), into.node.elem, value, unsafe.Add(p, into.offset))
}

// otherOK checks such a member against every schema that has a say, except for the one that the
// map's own node checks while reading.
func (o *objectPlan) otherOK(d *decoder, name string, value int, into *overflow) bool {
	var also []*jsonschema.Schema
	for _, r := range o.rest {
		matched := false
		for _, p := range r.patterns {
			if p.Pattern.Match(name) {
				matched = true
				also = append(also, p.Schema)
			}
		}
		if !matched && r.additional != nil {
			also = append(also, r.additional)
		}
	}
	checks := also[:0]
	for _, s := range also {
		if s.Never {
			return false
		}
		if into == nil || into.covers != s {
			checks = append(checks, s)
		}
	}
	if len(checks) == 0 {
		return true
	}
	end := d.skip(value)
	return end >= 0 && d.valid(checks, d.data[value:end])
}

// put reads the value at i with node elem and stores it under name in the map at p. n is the map.
func (n *node) put(d *decoder, name string, elem *node, i int, p unsafe.Pointer) int {
	switch n.kind {
	case mapOfString:
		d.entry = "" // in the decoder, because a variable here would be an allocation for each entry
		if i = elem.decode(d, i, unsafe.Pointer(&d.entry)); i < 0 {
			return -1
		}
		m := (*map[string]string)(p)
		if *m == nil {
			*m = map[string]string{}
		}
		(*m)[name] = d.entry
	case mapOfAny:
		var v any
		if i = elem.decode(d, i, unsafe.Pointer(&v)); i < 0 {
			return -1
		}
		m := (*map[string]any)(p)
		if *m == nil {
			*m = map[string]any{}
		}
		(*m)[name] = v
	default:
		v := reflect.New(elem.typ)
		if i = elem.decode(d, i, v.UnsafePointer()); i < 0 {
			return -1
		}
		m := reflect.NewAt(n.typ, p).Elem()
		if m.IsNil() {
			m.Set(reflect.MakeMap(n.typ))
		}
		m.SetMapIndex(reflect.ValueOf(name).Convert(n.typ.Key()), v.Elem())
	}
	return i
}

// decodeMap reads an object into a map.
func (n *node) decodeMap(d *decoder, i int, p unsafe.Pointer) int {
	if d.data[i] != '{' {
		return d.wrongType(n, i)
	}
	mark, count := d.Open(), 0
	if m := reflect.NewAt(n.typ, p).Elem(); m.IsNil() {
		m.Set(reflect.MakeMap(n.typ))
	}
	if i = d.enter(i); i < 0 {
		return -1
	}
	if i < len(d.data) && d.data[i] == '}' {
		d.depth++
		i++
	} else {
		for done := false; !done; {
			if i >= len(d.data) || d.data[i] != '"' {
				return -1
			}
			name, escaped, end := d.text(i)
			if end < 0 {
				return -1
			}
			d.Add(d.data, i, end, escaped)
			if escaped || !d.own {
				name = strings.Clone(name)
			}
			value := d.space(end)
			if value >= len(d.data) || d.data[value] != ':' {
				return -1
			}
			if i = n.put(d, name, n.elem, d.space(value+1), p); i < 0 {
				return -1
			}
			count++
			i, done = d.next(i, '}')
		}
		if i < 0 || d.Close(mark) >= 0 {
			return -1
		}
	}
	if (count < n.minLen || count > n.maxLen) && !d.collect {
		return -1
	}
	return i
}
