package spec

import (
	"bytes"
	"hash/fnv"
)

// schemaHash hashes the meaning of a schema that this package wrote: the order
// of members and the examples do not count. Members are hashed one by one and
// added up, so nothing needs to be sorted.
func schemaHash(text []byte) uint64 {
	h := textHasher{text: text}
	return h.value(asSchema)
}

// hashMode is how the text at a place is to be understood: "examples" is prose in a
// schema and a name among properties.
type hashMode int

const (
	asData      hashMode = iota
	asSchema             // a schema
	asSchemaMap          // an object of schemas
)

func modeOf(keyword []byte) hashMode {
	switch string(keyword) {
	case `"properties"`, `"patternProperties"`, `"dependentSchemas"`:
		return asSchemaMap
	case `"additionalProperties"`, `"unevaluatedProperties"`, `"unevaluatedItems"`, `"propertyNames"`, `"contains"`, `"not"`,
		`"if"`, `"then"`, `"else"`, `"contentSchema"`, `"items"`, `"prefixItems"`, `"allOf"`, `"anyOf"`, `"oneOf"`:
		return asSchema
	}
	return asData
}

// textHasher walks over valid JSON without white space.
type textHasher struct {
	text []byte
	at   int
}

func (h *textHasher) value(mode hashMode) uint64 {
	switch h.text[h.at] {
	case '{':
		return h.object(mode)
	case '[':
		sum := uint64(1)
		for h.at++; h.text[h.at] != ']'; {
			sum = scramble(sum*31 + h.value(mode))
			h.skip(',')
		}
		h.at++
		return sum
	case '"':
		return hashBytes(h.quoted())
	}
	end := h.at + bytes.IndexAny(h.text[h.at:], ",]}")
	if end < h.at {
		end = len(h.text)
	}
	word := h.text[h.at:end]
	h.at = end
	return hashBytes(word)
}

func (h *textHasher) object(mode hashMode) uint64 {
	sum := uint64(2)
	for h.at++; h.text[h.at] != '}'; {
		key := h.quoted()
		h.at++ // the colon
		inner := asData
		switch mode {
		case asSchema:
			inner = modeOf(key)
		case asSchemaMap:
			inner = asSchema
		}
		value := h.value(inner)
		if mode != asSchema || string(key) != `"examples"` {
			sum += scramble(hashBytes(key)*31 + value)
		}
		h.skip(',')
	}
	h.at++
	return scramble(sum)
}

// quoted is the string at the place, with its quotes.
func (h *textHasher) quoted() []byte {
	start := h.at
	for h.at++; h.text[h.at] != '"'; h.at++ {
		if h.text[h.at] == '\\' {
			h.at++
		}
	}
	h.at++
	return h.text[start:h.at]
}

func (h *textHasher) skip(c byte) {
	if h.text[h.at] == c {
		h.at++
	}
}

func hashBytes(b []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(b) // a hash does not fail
	return scramble(h.Sum64())
}

// scramble spreads the bits, so that sums of hashes do not cancel out.
func scramble(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
