package codec

import (
	"unsafe"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

// decodeParts reads the value at i as an object and as each of its parts.
func (n *node) decodeParts(d *decoder, i int, p unsafe.Pointer) int {
	end := n.elem.decode(d, i, p)
	for k := range n.parts {
		if end < 0 {
			return end
		}
		end = n.parts[k].node.decode(d, i, unsafe.Add(p, n.parts[k].offset))
	}
	return end
}

// appendParts writes the members of the object, then those of each part that are not there yet.
func (n *node) appendParts(e *encoder, dst []byte, p unsafe.Pointer) []byte {
	start := len(dst)
	dst = n.elem.append(e, dst, p)
	doc := docs.Get().(*jsonscan.Doc)
	defer putDoc(doc)
	have := map[string]bool{}
	if e.err != nil || !isObject(doc, dst[start:]) {
		return e.fail(dst, "%s is not written as an object", n.typ)
	}
	for c := range doc.Children(0) {
		have[doc.Key(c)] = true
	}
	for k := range n.parts {
		end := len(dst)
		dst = n.parts[k].node.append(e, dst, unsafe.Add(p, n.parts[k].offset))
		text := append([]byte(nil), dst[end:]...)
		if e.err != nil || !isObject(doc, text) {
			return e.fail(dst[:end], "a part of %s is not written as an object", n.typ)
		}
		dst = dst[:end-1] // without the brace
		for c := range doc.Children(0) {
			name := doc.Key(c)
			if have[name] {
				continue
			}
			if len(have) > 0 {
				dst = append(dst, ',')
			}
			have[name] = true
			dst = append(append(appendString(dst, name), ':'), doc.Raw(c)...)
		}
		dst = append(dst, '}')
	}
	return dst
}

func isObject(doc *jsonscan.Doc, text []byte) bool {
	return doc.Parse(text, maxEncodeDepth) == nil && doc.Nodes[0].Kind == jsonscan.KindObject
}
