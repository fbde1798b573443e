package jsonscan

import (
	"cmp"
	"slices"
	"unsafe"
)

// A Skipper steps over whole values while checking them as strictly as Parse does. The zero value
// is ready; keeping one keeps its buffer. A Skipper serves one goroutine at a time.
type Skipper struct {
	Names // of the objects being read
}

// Skip returns the offset after the value that starts at data[i], which is not white space, or -1
// when it is not well formed. depth is how many more containers may nest.
func (s *Skipper) Skip(data []byte, i, depth int) int {
	if i >= len(data) {
		return -1
	}
	switch data[i] {
	case '"':
		end, _ := String(data, i)
		return end
	case '{':
		return s.object(data, i, depth)
	case '[':
		return s.array(data, i, depth)
	case 't':
		return Literal(data, i, "true")
	case 'f':
		return Literal(data, i, "false")
	case 'n':
		return Literal(data, i, "null")
	}
	end, _ := Number(data, i)
	return end
}

func (s *Skipper) array(data []byte, i, depth int) int {
	if depth <= 0 {
		return -1
	}
	i = SkipSpace(data, i+1)
	if i < len(data) && data[i] == ']' {
		return i + 1
	}
	for {
		if i = s.Skip(data, i, depth-1); i < 0 {
			return -1
		}
		i = SkipSpace(data, i)
		if i >= len(data) {
			return -1
		}
		switch data[i] {
		case ',':
			i = SkipSpace(data, i+1)
		case ']':
			return i + 1
		default:
			return -1
		}
	}
}

func (s *Skipper) object(data []byte, i, depth int) int {
	if depth <= 0 {
		return -1
	}
	i = SkipSpace(data, i+1)
	if i < len(data) && data[i] == '}' {
		return i + 1
	}
	mark := s.Open()
	for {
		if i >= len(data) || data[i] != '"' {
			break
		}
		end, escaped := String(data, i)
		if end < 0 {
			break
		}
		s.Add(data, i, end, escaped)
		i = SkipSpace(data, end)
		if i >= len(data) || data[i] != ':' {
			break
		}
		if i = s.Skip(data, SkipSpace(data, i+1), depth-1); i < 0 {
			break
		}
		i = SkipSpace(data, i)
		if i >= len(data) {
			break
		}
		if data[i] == '}' {
			if s.Close(mark) >= 0 {
				return -1
			}
			return i + 1
		}
		if data[i] != ',' {
			break
		}
		i = SkipSpace(data, i+1)
	}
	s.Close(mark)
	return -1
}

// Names collects the member names of nested objects on one stack and finds repeated ones when an
// object closes. Sorting at the end costs n log n whatever names an attacker chooses, and needs
// no memory besides the stack.
type Names struct {
	stack []name
}

type name struct {
	text string // points into the text being read unless it had escapes
	at   int
}

// Open starts an object and returns the mark to close it with.
func (n *Names) Open() int { return len(n.stack) }

// Add notes the member name that stands, quotes included, at data[start:end].
func (n *Names) Add(data []byte, start, end int, escaped bool) {
	n.stack = append(n.stack, name{Text(data[start+1:end-1], escaped), start})
}

// Close ends the object opened at mark. It returns the offset of the first name that repeats an
// earlier one, or -1.
func (n *Names) Close(mark int) int {
	at := repeated(n.stack[mark:])
	clear(n.stack[mark:]) // do not keep the text alive
	n.stack = n.stack[:mark]
	return at
}

// Reset forgets every open object, after a read that was given up.
func (n *Names) Reset() {
	clear(n.stack)
	n.stack = n.stack[:0]
}

// small is the number of names up to which comparing all pairs beats sorting.
const small = 8

func repeated(names []name) int {
	if len(names) <= small {
		for i := 1; i < len(names); i++ {
			for j := range i {
				if names[i].text == names[j].text {
					return names[i].at
				}
			}
		}
		return -1
	}
	slices.SortFunc(names, func(a, b name) int {
		if c := cmp.Compare(a.text, b.text); c != 0 {
			return c
		}
		return cmp.Compare(a.at, b.at)
	})
	first := -1
	for i := 1; i < len(names); i++ {
		if names[i].text == names[i-1].text && (first < 0 || names[i].at < first) {
			first = names[i].at
		}
	}
	return first
}

// Text returns the text of a string, raw being what stands between its quotes. Without escapes
// the result shares memory with raw.
func Text(raw []byte, escaped bool) string {
	if escaped {
		raw = Unquote(make([]byte, 0, len(raw)), raw)
	}
	return unsafe.String(unsafe.SliceData(raw), len(raw))
}
