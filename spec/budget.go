package spec

// Limits that keep a hostile document from taking time or memory out of
// proportion to its size. Each is far beyond what published documents need; the
// numbers in brackets are the largest among them.
const (
	// maxWork bounds the steps of merging schemas, where every part can drag in
	// all others (150,000).
	maxWork = 1_500_000

	// maxElements bounds operations, parameters, responses, headers and media
	// types: by references, many paths can share one path item (20,000).
	maxElements = 500_000

	// maxGuesses bounds the comparisons with known words for suggestions.
	maxGuesses = 20_000

	// callbackCost is what an operation of a callback counts as: callbacks of
	// callbacks may lead back to themselves, and multiply.
	callbackCost = 50

	// maxChain bounds references to references (4).
	maxChain = 100

	// maxFrames bounds recursion through references; nesting is bounded by
	// maxDepth. A frame takes less than a kilobyte of a gigabyte of stack.
	maxFrames = 100_000

	// deferDepth is where components are shaped later instead of in depth.
	deferDepth = 500
)

// budget counts what is limited.
type budget struct {
	work, elements, guesses int
	said                    bool // that the document is refused
	exhausted               bool // no work is left
}

// spend counts steps of merging; false says that there are none left.
func (b *builder) spend(steps int) bool {
	if b.work <= maxWork {
		b.work += steps
	}
	if b.work > maxWork && !b.exhausted {
		b.exhausted = true
		b.report.warnf(b.main.root, "schemas-too-complex",
			"the schemas refer to each other in a way that takes too long to merge; types that are not settled by now take any value")
	}
	return b.work <= maxWork
}

// room counts an element; false says that there are too many.
func (b *builder) room() bool {
	if b.elements++; b.elements > maxElements {
		b.tooComplex("the document unfolds to more than half a million parameters, responses and media types")
	}
	return b.elements <= maxElements
}

// tooComplex says once that the document is beyond a limit.
func (b *builder) tooComplex(message string) {
	if !b.said {
		b.said = true
		b.report.errorf(b.main.root, "document-too-complex", "%s", message)
	}
}

// guess is nearest as long as guessing is affordable.
func (b *builder) guess(word string, known []string) string {
	if b.guesses += 1 + len(known)/50; b.guesses > maxGuesses {
		return ""
	}
	return nearest(word, known)
}
