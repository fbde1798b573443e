package spec

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth bounds the nesting of a document. Published documents stay below
// fifty; beyond this every walk over the tree would be at risk.
const maxDepth = 1000

// parseFault is why a text is no document, and where.
type parseFault struct {
	at      spot
	rule    string
	message string
}

// parseJSON reads JSON text in one pass. Scalars without escapes are slices of
// src, so a tree costs little more than its nodes.
func parseJSON(f *file, note func(spot, string, string)) *parseFault {
	p := &jsonParser{
		src:  f.src,
		note: note,
		dec: jsontext.NewDecoder(bytes.NewBuffer([]byte(f.src)),
			jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)),
	}
	root, fault := p.value(0)
	if fault != nil {
		return fault
	}
	if _, err := p.dec.ReadToken(); err != io.EOF {
		return &parseFault{p.here(), "document-syntax", "text after the end of the document"}
	}
	root.file = f
	f.root = root
	return nil
}

type jsonParser struct {
	src     string
	dec     *jsontext.Decoder
	nodes   nodeSlab
	members memberSlab
	stack   []member // of the objects and arrays being read
	note    func(at spot, rule, message string)
}

func (p *jsonParser) here() spot { return spot{int32(p.dec.InputOffset()), offsetSpot} }

// value reads the next value.
func (p *jsonParser) value(depth int) (*node, *parseFault) {
	if depth > maxDepth {
		return nil, &parseFault{p.here(), "document-depth", "nested too deeply"}
	}
	switch kind := p.dec.PeekKind(); kind {
	case '{', '[':
		return p.container(kind, depth)
	default:
		text, at, fault := p.scalar()
		if fault != nil {
			return nil, fault
		}
		n := p.nodes.get()
		n.at = at
		switch kind {
		case '"':
			n.kind, n.text = stringNode, p.unquote(text)
		case '0':
			n.kind, n.text = numberNode, text
		case 't', 'f':
			n.kind, n.text = boolNode, text
		}
		return n, nil
	}
}

func (p *jsonParser) container(open jsontext.Kind, depth int) (*node, *parseFault) {
	if _, err := p.dec.ReadToken(); err != nil {
		return nil, p.fault(err)
	}
	n := p.nodes.get()
	n.at = p.here()
	n.at.line--
	n.kind = arrayNode
	if open == '{' {
		n.kind = objectNode
	}
	base := len(p.stack)
	for {
		if kind := p.dec.PeekKind(); kind == '}' || kind == ']' {
			break
		}
		var m member
		if n.kind == objectNode {
			text, at, fault := p.scalar()
			if fault != nil {
				return nil, fault
			}
			m.key, m.at = p.unquote(text), at
		}
		v, fault := p.value(depth + 1)
		if fault != nil {
			return nil, fault
		}
		m.value = v
		p.stack = append(p.stack, m)
	}
	if _, err := p.dec.ReadToken(); err != nil {
		return nil, p.fault(err)
	}
	n.adopt(p.stack[base:], &p.members, p.note)
	clear(p.stack[base:])
	p.stack = p.stack[:base]
	return n, nil
}

// scalar reads a scalar (or a member name) as it is written.
func (p *jsonParser) scalar() (string, spot, *parseFault) {
	raw, err := p.dec.ReadValue()
	if err != nil {
		return "", spot{}, p.fault(err)
	}
	end := int(p.dec.InputOffset())
	start := end - len(raw)
	return p.src[start:end], spot{int32(start), offsetSpot}, nil
}

func (p *jsonParser) unquote(quoted string) string {
	if strings.IndexByte(quoted, '\\') < 0 {
		return strings.ToValidUTF8(quoted[1:len(quoted)-1], "\uFFFD")
	}
	text, _ := jsontext.AppendUnquote(nil, quoted) // a lone surrogate becomes U+FFFD
	return string(text)
}

func (p *jsonParser) fault(err error) *parseFault {
	var syntax *jsontext.SyntacticError
	if !errors.As(err, &syntax) {
		return &parseFault{p.here(), "document-syntax", "the document ends too early"}
	}
	if errors.Is(syntax.Err, io.ErrUnexpectedEOF) {
		return &parseFault{spot{int32(len(p.src)), offsetSpot}, "document-syntax", "the document ends too early"}
	}
	off := min(int32(syntax.ByteOffset), int32(len(p.src)))
	return &parseFault{spot{off, offsetSpot}, "document-syntax", "not JSON: " + syntax.Err.Error()}
}
