package jsonschema

import "github.com/rtgen/rtgen/runtime/internal/jsonscan"

// Annotation returns the JSON text of a keyword of an entry that is not an assertion, such as
// "default", nil when the entry does not have it. References are followed, as an entry that is
// only a $ref stands for what it refers to; the keyword beside a $ref wins.
func (s *Set) Annotation(name, keyword string) []byte {
	// A chain of references longer than the set has entries goes in a circle.
	for range len(s.names) + 1 {
		e := s.entries[name]
		if e == nil {
			return nil
		}
		var d jsonscan.Doc
		if d.Parse(e.text, maxSchemaDepth) != nil || d.Nodes[0].Kind != jsonscan.KindObject {
			return nil
		}
		if i := d.Member(0, keyword); i >= 0 {
			return d.Raw(i)
		}
		ref := d.Member(0, "$ref")
		if ref < 0 || d.Nodes[ref].Kind != jsonscan.KindString {
			return nil
		}
		target, ok := s.resolve(e, d.Text(ref))
		if !ok || target.node != 0 {
			return nil
		}
		name = target.entry.name
	}
	return nil
}
