package spec

import "strings"

// parsePath takes a path template apart. What stands behind "?" or "#" is no
// part of a path and is cut off; unclosed braces are literal text.
func parsePath(template string) Path {
	if i := strings.IndexAny(template, "?#"); i >= 0 {
		template = template[:i]
	}
	p := Path{Template: template}
	for _, text := range splitSegments(strings.TrimPrefix(template, "/")) {
		p.Segments = append(p.Segments, parseSegment(text))
	}
	return p
}

// splitSegments splits at slashes outside of braces.
func splitSegments(s string) []string {
	var parts []string
	depth, start := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			depth = max(depth-1, 0)
		case '/':
			if depth == 0 || !strings.Contains(s[i:], "}") {
				parts = append(parts, s[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, s[start:])
}

func parseSegment(text string) Segment {
	seg := Segment{}
	for text != "" {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			return append(seg, SegmentPart{Literal: text})
		}
		length := strings.IndexByte(text[open:], '}')
		if length < 2 { // "{}" and "{" alone are literal
			return append(seg, SegmentPart{Literal: text})
		}
		if open > 0 {
			seg = append(seg, SegmentPart{Literal: text[:open]})
		}
		seg = append(seg, SegmentPart{Param: text[open+1 : open+length]})
		text = text[open+length+1:]
	}
	return seg
}

// Params are the names of the template's parameters, in order.
func (p Path) Params() []string {
	var names []string
	for _, seg := range p.Segments {
		for _, part := range seg {
			if part.Param != "" {
				names = append(names, part.Param)
			}
		}
	}
	return names
}

// shape is the template without names: what makes two templates the same.
func (p Path) shape() string {
	var sb strings.Builder
	for _, seg := range p.Segments {
		sb.WriteByte('/')
		for _, part := range seg {
			if part.Param != "" {
				sb.WriteString("{}")
			} else {
				sb.WriteString(part.Literal)
			}
		}
	}
	return sb.String()
}

// derivedID is the operationId for an operation without one: "getRoomsByIdMessages".
func derivedID(method string, p Path) string {
	var sb strings.Builder
	sb.WriteString(strings.ToLower(method))
	for _, seg := range p.Segments {
		for _, part := range seg {
			word := part.Literal
			if part.Param != "" {
				sb.WriteString("By")
				word = part.Param
			}
			sb.WriteString(camel(word))
		}
	}
	return sb.String()
}

// camel joins the words of a text, each with a capital.
func camel(s string) string {
	var sb strings.Builder
	up := true
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z' && up:
			sb.WriteRune(r - 'a' + 'A')
			up = false
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			sb.WriteRune(r)
			up = false
		default:
			up = true
		}
	}
	return sb.String()
}
