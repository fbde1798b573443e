package golang

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dave/jennifer/jen"
)

// emitSchemas prints the schema table: one JSON object, one schema to a line. The
// comma stands in front, so that a new schema changes its own line only.
//
//	// schemas are the JSON Schemas of what travels, by name.
//	const schemas = `{"":true
//	,"Message":{"type":"object","required":["id"],"properties":{"id":{"type":"string"}}}
//	}`
func (p *plan) emitSchemas() *jen.File {
	var b strings.Builder
	b.WriteString("`{\"\":true\n")
	for _, s := range p.api.Schemas {
		b.WriteByte(',')
		b.Write(rawSafe(quoteJSON(s.Name)))
		b.WriteByte(':')
		b.Write(rawSafe(compact(s.JSON)))
		b.WriteByte('\n')
	}
	b.WriteString("}`")
	f := p.newFile()
	f.Add(documented(comment("schemas are the JSON Schemas (2020-12) of what travels, by name; references lead to names of this table."),
		jen.Const().Id("schemas").Op("=").Op(b.String())))
	return f
}

func quoteJSON(s string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return []byte(`""`) // a string always encodes
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// appendCompact is json.Compact as a function.
func appendCompact(text []byte) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(text))
	err := json.Compact(&b, text)
	return b.Bytes(), err
}

// rawSafe rewrites JSON text so that it can stand in a raw string literal: what Go
// forbids there or a screen would reorder is escaped, which only strings contain.
func rawSafe(text []byte) []byte {
	if !bytes.ContainsFunc(text, needsEscape) {
		return text
	}
	out := make([]byte, 0, len(text)+64)
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && n == 1:
			out = append(out, `\ufffd`...)
		case needsEscape(r):
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			out = append(out, text[:n]...)
		}
		text = text[n:]
	}
	return out
}

func needsEscape(r rune) bool {
	return r == '`' || r == utf8.RuneError || r == '\uFEFF' || r < 0x20 || r == 0x7F ||
		r >= 0x80 && r <= 0xFFFF && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029')
}
