package jsonschema

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

// A Set is the named schemas of a document. Entries are compiled when they are first asked for.
// It is safe for concurrent use.
type Set struct {
	// Programs is for the codec: what it has compiled from the schemas of this set.
	Programs sync.Map

	names       []string
	entries     map[string]*entry
	unsupported func(Unsupported)

	mu       sync.RWMutex // guards what follows
	compiled map[place]*Schema
	failed   map[string]error
	nextID   uint32
}

// entry is one named schema as text, parsed when first needed under Set.mu.
type entry struct {
	name string
	text []byte
	doc  *jsonscan.Doc
}

// place is a position in a set: an entry and the index of a node in it.
type place struct {
	entry *entry
	node  int
}

// Unsupported describes a keyword that is valid but cannot be checked here, such as a pattern
// with a lookahead.
type Unsupported struct {
	Where   string // pointer to the schema, e.g. "#/Pet/properties/name"
	Keyword string
	Detail  string // for people
}

func (u Unsupported) Error() string {
	return fmt.Sprintf("%s: %s: %s", u.Where, u.Keyword, u.Detail)
}

// Options configure a Set.
type Options struct {
	// Unsupported is told about every keyword that cannot be checked, which is then left out.
	// Without it such a schema does not compile. It is called while compiling, possibly from
	// several goroutines, but never twice at once for one set.
	Unsupported func(Unsupported)
}

// maxSchemaDepth bounds how deep a schema text may nest. Ten times the limit for instances:
// schemas take about three levels for each level of what they describe.
const maxSchemaDepth = 10 * jsonscan.DefaultMaxDepth

// NewSet reads a set: a JSON object of name to schema. The error is a *jsonscan.SyntaxError, or
// says that the text is no object. Schemas are not looked at yet.
func NewSet(text string, o Options) (*Set, error) {
	s := &Set{
		entries:     map[string]*entry{},
		unsupported: o.Unsupported,
		compiled:    map[place]*Schema{},
		failed:      map[string]error{},
	}
	// The text is usually a constant of several hundred kilobytes. Nothing writes to it.
	data := unsafe.Slice(unsafe.StringData(text), len(text))
	i := jsonscan.SkipSpace(data, 0)
	if i >= len(data) || data[i] != '{' {
		return nil, errors.New("a schema set must be a JSON object")
	}
	if !s.index(data, i) {
		var d jsonscan.Doc
		if err := d.Parse(data, maxSchemaDepth+1); err != nil {
			return nil, err
		}
		return nil, errors.New("schema set cannot be read")
	}
	return s, nil
}

// index splits the object at data[i] into entries without parsing them.
func (s *Set) index(data []byte, i int) bool {
	var skip jsonscan.Skipper
	if end := skip.Skip(data, i, maxSchemaDepth+1); end < 0 || jsonscan.SkipSpace(data, end) < len(data) {
		return false
	}
	// The text is well formed from here on.
	for i = jsonscan.SkipSpace(data, i+1); data[i] != '}'; {
		end, escaped := jsonscan.String(data, i)
		name := strings.Clone(jsonscan.Text(data[i+1:end-1], escaped))
		start := jsonscan.SkipSpace(data, jsonscan.SkipSpace(data, end)+1)
		end = skip.Skip(data, start, maxSchemaDepth)
		s.names = append(s.names, name)
		s.entries[name] = &entry{name: name, text: data[start:end:end]}
		if i = jsonscan.SkipSpace(data, end); data[i] == ',' {
			i = jsonscan.SkipSpace(data, i+1)
		}
	}
	return true
}

// Names returns the names of the entries in the order of the text.
func (s *Set) Names() []string { return s.names }

// Schema returns the compiled schema of an entry. The error lists every fault of the schemas that
// it reaches, each with its place: *SchemaError, Unsupported values, or a wrong name.
func (s *Set) Schema(name string) (*Schema, error) {
	e := s.entries[name]
	if e == nil {
		return nil, fmt.Errorf("the set has no schema %q", name)
	}
	s.mu.RLock()
	schema, err := s.compiled[place{e, 0}], s.failed[name]
	s.mu.RUnlock()
	if schema != nil || err != nil {
		return schema, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if schema, err := s.compiled[place{e, 0}], s.failed[name]; schema != nil || err != nil {
		return schema, err
	}
	schema, err = compile(s, e)
	if err != nil {
		s.failed[name] = err
		return nil, err
	}
	return schema, nil
}

// Check compiles every entry and returns all faults.
func (s *Set) Check() error {
	var errs []error
	for _, name := range s.names {
		if _, err := s.Schema(name); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// parse makes the node table of an entry. The caller holds mu.
func (e *entry) parse() {
	if e.doc != nil {
		return
	}
	d := new(jsonscan.Doc)
	if err := d.Parse(e.text, maxSchemaDepth); err != nil {
		panic(fmt.Sprintf("entry %q was accepted by index: %v", e.name, err))
	}
	e.doc = d
}

// resolve finds what a $ref in entry e refers to.
func (s *Set) resolve(e *entry, ref string) (place, bool) {
	fragment, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return place{}, false
	}
	// The generator writes names as they are, whatever a URL would make of them.
	if name, ok := strings.CutPrefix(fragment, "/"); ok && !strings.Contains(name, "/") {
		if target := s.entries[jsonscan.UnescapePointer(name)]; target != nil {
			return place{target, 0}, true
		}
	}
	fragment, err := url.PathUnescape(fragment)
	if err != nil {
		return place{}, false
	}
	if fragment == "" {
		return place{e, 0}, true
	}
	if fragment[0] != '/' {
		return place{}, false
	}
	first, rest, deeper := strings.Cut(fragment[1:], "/")
	target := s.entries[jsonscan.UnescapePointer(first)]
	if target != nil && !deeper {
		return place{target, 0}, true
	}
	if node := follow(e, fragment[1:]); node >= 0 {
		return place{e, node}, true
	}
	if target != nil {
		if node := follow(target, rest); node >= 0 {
			return place{target, node}, true
		}
	}
	return place{}, false
}

// follow walks a JSON pointer, given without its leading slash, from the root of an entry.
func follow(e *entry, pointer string) int {
	e.parse()
	node := 0
	for token := range strings.SplitSeq(pointer, "/") {
		if node = child(e.doc, node, jsonscan.UnescapePointer(token)); node < 0 {
			return -1
		}
	}
	return node
}

// child returns the member or item of a node that a pointer token names, or -1.
func child(d *jsonscan.Doc, node int, token string) int {
	switch d.Nodes[node].Kind {
	case jsonscan.KindObject:
		return d.Member(node, token)
	case jsonscan.KindArray:
		n := 0
		for c := range d.Children(node) {
			if strconv.Itoa(n) == token {
				return c
			}
			n++
		}
	}
	return -1
}
