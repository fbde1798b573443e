package spec

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// file is one parsed file.
type file struct {
	name string // as shown: relative as given, with forward slashes
	path string // identity: path below the root, or a URL
	src  string
	root *node

	lines   []int32                  // offsets of line starts, made when first asked for
	indexes map[*node]map[string]int // of objects with many members, made when first asked for
	ids     *identifiers             // made when first asked for
	indexed bool                     // ids was asked for
}

// wide finds a member of an object with many of them.
func (f *file) wide(n *node, key string) *member {
	index, ok := f.indexes[n]
	if !ok {
		index = make(map[string]int, len(n.kids))
		for i := range n.kids {
			index[n.kids[i].key] = i
		}
		if f.indexes == nil {
			f.indexes = map[*node]map[string]int{}
		}
		f.indexes[n] = index
	}
	if i, ok := index[key]; ok {
		return &n.kids[i]
	}
	return nil
}

// lineStarts are the offsets at which lines begin.
func (f *file) lineStarts() []int32 {
	if f.lines == nil {
		f.lines = append(f.lines, 0)
		for off := 0; ; {
			i := strings.IndexByte(f.src[off:], '\n')
			if i < 0 {
				break
			}
			off += i + 1
			f.lines = append(f.lines, int32(off))
		}
	}
	return f.lines
}

// line is the text of a line, counted from 1, without its line break.
func (f *file) line(number int) string {
	starts := f.lineStarts()
	if number < 1 || number > len(starts) {
		return ""
	}
	end := len(f.src)
	if number < len(starts) {
		end = int(starts[number])
	}
	return strings.TrimRight(f.src[starts[number-1]:end], "\r\n")
}

// position turns a spot into line and byte column.
func (f *file) position(s spot) Position {
	p := Position{File: f.name}
	if s.col == offsetSpot {
		starts := f.lineStarts()
		p.Line = sort.Search(len(starts), func(i int) bool { return starts[i] > s.line })
		p.Col = int(s.line-starts[p.Line-1]) + 1
		return p
	}
	p.Line, p.Col = int(s.line), int(s.col)
	// The YAML parser counts characters; before the first wide one in the line
	// that is the same as bytes.
	text := f.line(p.Line)
	off := 0
	for i := 1; i < p.Col && off < len(text); i++ {
		_, size := utf8.DecodeRuneInString(text[off:])
		off += size
	}
	p.Col = max(p.Col, off+1)
	return p
}
