package runtime

// A segmentTable maps the literal segments below a node to their nodes. A Go map would do; this
// is what it costs to route through eight segments in a tenth of a microsecond. Small tables
// are scanned, larger ones probed through an open-addressed index.
type segmentTable struct {
	entries []segmentEntry
	index   []uint16 // position in entries plus one; 0: free. Length is a power of two.
}

type segmentEntry struct {
	text string
	node *node
}

// scanLimit is the number of entries up to which comparing all of them is faster than hashing.
const scanLimit = 4

func (t *segmentTable) find(text string) *node {
	if len(t.index) == 0 {
		for i := range t.entries {
			if t.entries[i].text == text {
				return t.entries[i].node
			}
		}
		return nil
	}
	mask := uint32(len(t.index) - 1)
	for at := hashSegment(text) & mask; ; at = (at + 1) & mask {
		position := t.index[at]
		if position == 0 {
			return nil
		}
		if e := &t.entries[position-1]; e.text == text {
			return e.node
		}
	}
}

// add returns the node for text, making it when it is new.
func (t *segmentTable) add(text string) *node {
	if n := t.find(text); n != nil {
		return n
	}
	n := &node{}
	t.entries = append(t.entries, segmentEntry{text: text, node: n})
	switch {
	case len(t.entries) <= scanLimit || len(t.entries) > 1<<15:
		// Small enough to scan, or beyond what the index can number: no document has 32,768
		// literal segments below one node, and scanning is still right when one does.
		t.index = nil
	case 2*len(t.entries) > len(t.index):
		t.grow()
	default:
		t.place(len(t.entries))
	}
	return n
}

// grow rebuilds the index at a quarter full, so that probing stays short.
func (t *segmentTable) grow() {
	size := 16
	for size < 4*len(t.entries) {
		size *= 2
	}
	t.index = make([]uint16, size)
	for i := range t.entries {
		t.place(i + 1)
	}
}

func (t *segmentTable) place(position int) {
	mask := uint32(len(t.index) - 1)
	at := hashSegment(t.entries[position-1].text) & mask
	for t.index[at] != 0 {
		at = (at + 1) & mask
	}
	t.index[at] = uint16(position)
}

// hashSegment looks at the length and five bytes. The keys are the document's, so nobody outside
// can choose them to collide; a lookup that misses costs one comparison per entry of its run.
func hashSegment(s string) uint32 {
	n := len(s)
	if n == 0 {
		return 0
	}
	h := uint32(n)*0x9E3779B1 ^ uint32(s[0])*0x85EBCA6B ^ uint32(s[n-1])*0xC2B2AE35 ^
		uint32(s[n/2])*0x27D4EB2F ^ uint32(s[n/4])*0x165667B1 ^ uint32(s[n-1-n/4])*0x2545F491
	return h ^ h>>15
}
