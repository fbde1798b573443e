package jsonscan

import (
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// Parse reads data into d, reusing the table d has. Containers may nest maxDepth deep. The error
// is nil or a *SyntaxError; after an error d holds nothing useful.
func (d *Doc) Parse(data []byte, maxDepth int) error {
	d.Data, d.Nodes = data, d.Nodes[:0]
	if len(data) >= math.MaxInt32 {
		return &SyntaxError{Message: "text is larger than 2 GiB"}
	}
	p := parser{Doc: d}
	i, ok := p.value(SkipSpace(data, 0), -1, maxDepth)
	if ok {
		if i = SkipSpace(data, i); i < len(data) {
			p.fail(i, -1, "unexpected %s after the value", p.found(i))
		}
	}
	if p.err != nil {
		return p.err
	}
	return nil
}

type parser struct {
	*Doc
	err *SyntaxError

	// The member name to put on the next node.
	keyStart, keyEnd int
	keyEscaped       bool
}

// fail records a fault at offset at, inside node (or its parent when node is -1).
func (p *parser) fail(at int, node int32, format string, args ...any) (int, bool) {
	pointer := ""
	if node >= 0 {
		pointer = p.Pointer(int(node))
	}
	p.err = &SyntaxError{Offset: at, Pointer: pointer, Message: fmt.Sprintf(format, args...)}
	return at, false
}

func (p *parser) open(kind Kind, start int, parent int32) int32 {
	p.Nodes = append(p.Nodes, Node{
		Kind: kind, Start: int32(start), Parent: parent,
		keyStart: int32(p.keyStart), keyEnd: int32(p.keyEnd), keyEscaped: p.keyEscaped,
	})
	p.keyStart, p.keyEnd, p.keyEscaped = 0, 0, false
	return int32(len(p.Nodes) - 1)
}

func (p *parser) close(node int32, end int) (int, bool) {
	p.Nodes[node].End = int32(end)
	p.Nodes[node].Skip = int32(len(p.Nodes))
	return end, true
}

func (p *parser) value(i int, parent int32, depth int) (int, bool) {
	if i >= len(p.Data) {
		return p.fail(i, p.open(KindNull, i, parent), "unexpected end of text")
	}
	switch c := p.Data[i]; c {
	case '{':
		return p.object(i, p.open(KindObject, i, parent), depth)
	case '[':
		return p.array(i, p.open(KindArray, i, parent), depth)
	case '"':
		node := p.open(KindString, i, parent)
		end, escaped := String(p.Data, i)
		if end < 0 {
			return p.badString(i, node)
		}
		p.Nodes[node].escaped = escaped
		return p.close(node, end)
	case 't':
		return p.literal(i, p.open(KindBool, i, parent), "true")
	case 'f':
		return p.literal(i, p.open(KindBool, i, parent), "false")
	case 'n':
		return p.literal(i, p.open(KindNull, i, parent), "null")
	default:
		node := p.open(KindNumber, i, parent)
		if c != '-' && !isDigit(c) {
			return p.fail(i, node, "expected a value, found %s", p.found(i))
		}
		end, _ := Number(p.Data, i)
		if end < 0 {
			return p.badNumber(i, node)
		}
		return p.close(node, end)
	}
}

func (p *parser) literal(i int, node int32, word string) (int, bool) {
	end := Literal(p.Data, i, word)
	if end < 0 {
		return p.fail(i, node, "expected %s", word)
	}
	if word == "true" {
		p.Nodes[node].Len = 1
	}
	return p.close(node, end)
}

func (p *parser) array(i int, node int32, depth int) (int, bool) {
	if depth <= 0 {
		return p.fail(i, node, "values nest too deeply")
	}
	i = SkipSpace(p.Data, i+1)
	if i < len(p.Data) && p.Data[i] == ']' {
		return p.close(node, i+1)
	}
	for {
		end, ok := p.value(i, node, depth-1)
		if !ok {
			return end, false
		}
		p.Nodes[node].Len++
		i = SkipSpace(p.Data, end)
		switch {
		case i >= len(p.Data):
			return p.fail(i, node, "unexpected end of text in an array")
		case p.Data[i] == ',':
			i = SkipSpace(p.Data, i+1)
		case p.Data[i] == ']':
			return p.close(node, i+1)
		default:
			return p.fail(i, node, "expected ',' or ']', found %s", p.found(i))
		}
	}
}

func (p *parser) object(i int, node int32, depth int) (int, bool) {
	if depth <= 0 {
		return p.fail(i, node, "values nest too deeply")
	}
	i = SkipSpace(p.Data, i+1)
	if i < len(p.Data) && p.Data[i] == '}' {
		return p.close(node, i+1)
	}
	mark := p.names.Open()
	i, ok := p.members(i, node, depth)
	at := p.names.Close(mark)
	if ok && at >= 0 {
		end, escaped := String(p.Data, at)
		return p.fail(at, node, "duplicate member %q", Text(p.Data[at+1:end-1], escaped))
	}
	return i, ok
}

func (p *parser) members(i int, node int32, depth int) (int, bool) {
	for {
		if i >= len(p.Data) {
			return p.fail(i, node, "unexpected end of text in an object")
		}
		if p.Data[i] != '"' {
			return p.fail(i, node, "expected a member name, found %s", p.found(i))
		}
		end, escaped := String(p.Data, i)
		if end < 0 {
			return p.badString(i, node)
		}
		p.names.Add(p.Data, i, end, escaped)
		p.keyStart, p.keyEnd, p.keyEscaped = i+1, end-1, escaped
		i = SkipSpace(p.Data, end)
		if i >= len(p.Data) || p.Data[i] != ':' {
			return p.fail(i, node, "expected ':' after the member name, found %s", p.found(i))
		}
		end, ok := p.value(SkipSpace(p.Data, i+1), node, depth-1)
		if !ok {
			return end, false
		}
		p.Nodes[node].Len++
		i = SkipSpace(p.Data, end)
		switch {
		case i >= len(p.Data):
			return p.fail(i, node, "unexpected end of text in an object")
		case p.Data[i] == ',':
			i = SkipSpace(p.Data, i+1)
		case p.Data[i] == '}':
			return p.close(node, i+1)
		default:
			return p.fail(i, node, "expected ',' or '}', found %s", p.found(i))
		}
	}
}

// found describes the character at offset i.
func (p *parser) found(i int) string {
	if i >= len(p.Data) {
		return "end of text"
	}
	r, n := utf8.DecodeRune(p.Data[i:])
	if r == utf8.RuneError && n == 1 {
		return fmt.Sprintf("byte 0x%02x", p.Data[i])
	}
	return strconv.QuoteRune(r)
}

// badString says what String did not like.
func (p *parser) badString(i int, node int32) (int, bool) {
	for i++; i < len(p.Data); {
		c := p.Data[i]
		if c < 0x20 {
			return p.fail(i, node, "control character 0x%02x in a string", c)
		}
		if c == '\\' {
			n := escape(p.Data, i)
			if n == 0 {
				return p.badEscape(i, node)
			}
			i += n
			continue
		}
		r, n := utf8.DecodeRune(p.Data[i:])
		if r == utf8.RuneError && n == 1 {
			return p.fail(i, node, "invalid UTF-8 in a string")
		}
		i += n
	}
	return p.fail(len(p.Data), node, "unexpected end of text in a string")
}

func (p *parser) badEscape(i int, node int32) (int, bool) {
	if r := hex4(p.Data, i+2); i+1 < len(p.Data) && p.Data[i+1] == 'u' && r >= 0 {
		return p.fail(i, node, "lone surrogate \\u%04x", r)
	}
	return p.fail(i, node, "invalid escape in a string")
}

// badNumber says what Number did not like.
func (p *parser) badNumber(i int, node int32) (int, bool) {
	j := i
	if p.Data[j] == '-' {
		j++
	}
	if j+1 < len(p.Data) && p.Data[j] == '0' && isDigit(p.Data[j+1]) {
		return p.fail(i, node, "leading zero in a number")
	}
	return p.fail(i, node, "invalid number")
}
