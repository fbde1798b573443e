package codec

import (
	"reflect"
	"unsafe"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// fallbacks notes the defaults of members. Those of required members never apply, those of
// readOnly ones are not the client's, and one that its own schema refuses is a fault of the
// document that must not become a value.
func (j *job) fallbacks() {
	o := j.node.object
	for k := range o.fields {
		f := &o.fields[k]
		if f.into != nil || f.node.op == opSkip || o.required.has(k) {
			continue
		}
		roots := j.member(f.name)
		text := defaultOf(roots)
		if text != nil && j.allowed(roots, text) {
			o.defaults = append(o.defaults, fallback{k, text})
		}
	}
}

// defaultOf returns the first default that schemas of a member have. A $ref, or an allOf of one,
// stands for what it refers to.
func defaultOf(roots []*jsonschema.Schema) []byte {
	const deepest = 16
	for _, s := range roots {
		for hops := 0; s != nil && hops < deepest; hops++ {
			switch {
			case s.ReadOnly:
				return nil
			case s.Default != nil:
				return s.Default
			case s.Ref != nil:
				s = s.Ref
			case len(s.AllOf) == 1:
				s = s.AllOf[0]
			default:
				s = nil
			}
		}
	}
	return nil
}

func (j *job) allowed(roots []*jsonschema.Schema, text []byte) bool {
	var doc jsonscan.Doc
	if doc.Parse(text, jsonscan.DefaultMaxDepth) != nil {
		return false
	}
	for _, s := range roots {
		if !s.Valid(&doc, 0, j.dir) {
			return false
		}
	}
	return true
}

// fill gives absent members of the struct at p their defaults.
func (o *objectPlan) fill(d *decoder, seen bitset, p unsafe.Pointer) {
	for _, v := range o.defaults {
		if seen.has(v.field) {
			continue
		}
		f := &o.fields[v.field]
		at := unsafe.Add(p, f.offset)
		sub := newDecoder(v.text, Options{Own: true}, d.dir)
		end := f.node.decode(sub, 0, at)
		sub.release()
		if end < 0 { // the Go type cannot hold it
			reflect.NewAt(f.node.typ, at).Elem().SetZero()
		}
	}
}
