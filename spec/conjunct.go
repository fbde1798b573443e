package spec

import "strings"

// conjunct is a schema taken apart: everything that must hold at once, through
// allOf and references, in document order.
type conjunct struct {
	at    *node         // the schema that is being shaped, for names and messages
	place string        // overrides at's name; for shapes that no single schema has
	parts []*node       // without their allOf and $ref
	seen  map[*node]int // 1 while being taken apart, 2 after
	null  bool          // the schema itself says nullable: true
	loop  bool          // allOf led back to where it came from
}

func (b *builder) conjunction(n *node) *conjunct {
	c := &conjunct{at: n, seen: map[*node]int{}, null: n.flag("nullable", false)}
	b.takeApart(n, c, 0)
	return c
}

// with is c and one more schema.
func (b *builder) with(c *conjunct, place string, n *node) *conjunct {
	next := &conjunct{at: c.at, place: place, seen: make(map[*node]int, len(c.seen)), loop: c.loop}
	for k, v := range c.seen {
		next.seen[k] = v
	}
	next.parts = append(next.parts, c.parts...)
	b.spend(len(c.seen) + len(c.parts))
	b.takeApart(n, next, 0)
	return next
}

func (b *builder) takeApart(n *node, c *conjunct, depth int) {
	if !n.isObject() || !b.spend(1) {
		return
	}
	if depth > maxFrames {
		b.tooComplex("a schema is made of too many references in a row")
		return
	}
	if state := c.seen[n]; state != 0 {
		c.loop = c.loop || state == 1
		return
	}
	c.seen[n] = 1
	if ref := refNode(n); ref != nil {
		b.takeApart(b.resolve(ref), c, depth+1)
		if b.v30 && ref.key() == "$ref" {
			c.seen[n] = 2
			return
		}
	}
	for _, item := range n.get("allOf").items() {
		b.takeApart(item.value, c, depth+1)
	}
	c.parts = append(c.parts, n)
	c.seen[n] = 2
}

func (c *conjunct) nameIn(p *places) string {
	if c.place == "" {
		c.place = p.of(c.at)
	}
	return c.place
}

// format is the format of a scalar: the last one that a part gives.
func (c *conjunct) format() string {
	format := ""
	for _, part := range c.parts {
		if f := part.str("format"); f != "" {
			format = f
		}
		if part.str("contentEncoding") == "base64" {
			format = "base64"
		}
		if part.str("type") == "file" || format == "" && isBinary(part) {
			format = "binary"
		}
	}
	return format
}

// isBinary reports whether a schema describes bytes as OpenAPI 3.1 does: with a contentMediaType that is no text, and
// no contentEncoding.
func isBinary(schema *node) bool {
	if schema.has("contentEncoding") {
		return false
	}
	media := schema.str("contentMediaType")
	main, sub, _ := strings.Cut(strings.ToLower(media), "/")
	return media != "" && mediaKind(media) == MediaBinary && main != "message" && sub != "xml" && !strings.HasSuffix(sub, "+xml")
}
